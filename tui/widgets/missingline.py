"""The line that says what the signs for unknown and old figures mean, and since when.

It takes no room while everything is known.
"""

from __future__ import annotations

from textual.message import Message

from ledger.dataclass import dataclass
from tui.widgets.line import Group, Line


class MissingLine(Line):
    """Below a page whose figures are not all known."""

    DEFAULT_CSS = """
    MissingLine { display: none; background: $surface; }
    MissingLine.shown { display: block; }
    """

    @dataclass
    class Pressed(Message):
        """It was clicked."""

    def on_click(self) -> None:
        self.post_message(self.Pressed())

    def say(self, groups: tuple[Group, ...]) -> None:
        """Show ``groups``, or nothing."""
        self.set_class(bool(groups), "shown")
        if groups:
            self.show(groups)
