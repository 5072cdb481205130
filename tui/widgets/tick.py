"""A checkbox that is told apart without colour. Markup in its label means nothing."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """Empty when off."""

    DEFAULT_CSS = """
    Tick {
        height: 1; border: none; padding: 0; background: transparent;
        &:focus { border: none; }
    }
    """

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        self.BUTTON_INNER = "✓" if value else " "
        super().__init__(Content(label), value, id=id)

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()
