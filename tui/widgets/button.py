"""What is pressed. Markup in its label means nothing."""

from __future__ import annotations

from typing import Any

from textual import widgets
from textual.content import Content


class Button(widgets.Button):
    """One line high, labelled as it is written."""

    def __init__(self, label: str, *, id: str, classes: str | None = None) -> None:
        super().__init__(Content(label), id=id, classes=classes, compact=True)

    def validate_label(self, label: Any) -> Content:
        """A label that is given later, as it is written as well."""
        return label if isinstance(label, Content) else Content(str(label))
