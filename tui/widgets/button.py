"""What is pressed. Markup in its label means nothing."""

from __future__ import annotations

from typing import Any

from textual import widgets
from textual.content import Content
from textual.events import Click


class Button(widgets.Button):
    """One line high, labelled as it is written."""

    def __init__(self, label: str, *, id: str, classes: str | None = None) -> None:
        super().__init__(Content(label), id=id, classes=classes, compact=True)

    def update_node_styles(self, animate: bool = True) -> None:
        """Not while it is made: mounting it gives it its style."""
        if self.is_attached:
            super().update_node_styles(animate)

    def validate_label(self, label: Any) -> Content:
        """A label that is given later, as it is written as well."""
        return label if isinstance(label, Content) else Content(str(label))


class Deliberate(Button):
    """Pressed by a click only where it had the focus before, so that one click does no more than
    go there: what cannot be undone takes two steps, by keys or by mouse."""

    _had_focus = False

    def focus_on_click(self) -> bool:
        """Asked as soon as the mouse button goes down."""
        self._had_focus = self.has_focus
        return True

    def on_click(self, event: Click) -> None:
        if not self._had_focus:
            event.stop()
            event.prevent_default()
