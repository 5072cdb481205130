"""Where the demo's tour speaks: above the keys, in no room while it is silent."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.static import Static


class TourLine(Static, can_focus=False):
    """A line or two."""

    DEFAULT_CSS = """
    TourLine { display: none; width: 1fr; height: auto; padding: 0 1; background: $surface; }
    TourLine.shown { display: block; }
    """

    def say(self, text: Content) -> None:
        """Show ``text``, or nothing."""
        self.set_class(bool(text.plain), "shown")
        self.update(text)
