"""Text that stands there. Markup in it means nothing: names come from outside."""

from __future__ import annotations

from typing import Any

from textual import widgets
from textual.visual import VisualType


class Static(widgets.Static):
    """Shows a text as it is written, or what is styled already."""

    def __init__(self, content: VisualType = "", **how: Any) -> None:
        super().__init__(content, **how, markup=False)
