"""The line that says a notice without being asked: the most urgent, and how many there are.

It takes no room while there is nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.format import LEVEL_SIGNS, shorten
from tui.theme import LEVELS, Parts
from tui.widgets.line import Line

if TYPE_CHECKING:
    from ledger.reports.notices.notice import Notice


class NoticeLine(Line):
    """Says the first of several notices, cut to the room there is."""

    DEFAULT_CSS = """
    NoticeLine { display: none; background: $surface; }
    NoticeLine.shown { display: block; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._notices: tuple[Notice, ...] = ()
        self._key = ""

    def say(self, notices: tuple[Notice, ...], key: str) -> None:
        """Show the first of ``notices``, or nothing; ``key`` lists them all."""
        self._notices, self._key = notices, key
        self.set_class(bool(notices), "shown")
        self._draw_text()

    def on_resize(self) -> None:
        super().on_resize()
        self._draw_text()

    def _draw_text(self) -> None:
        if not self._notices:
            return
        first, others = self._notices[0], len(self._notices) - 1
        more = f"+{others}  {self._key} all" if others else f"{self._key} all"
        sign = f"{LEVEL_SIGNS[first.level]} "
        room = (self.size.width or self.app.size.width) - cell_len(more) - len(self.GAP) - 2
        room -= cell_len(sign)
        parts: Parts = ((sign, LEVELS[first.level]), (shorten(first.sentence, max(1, room)), ""))
        self.show(((0, parts),), ((0, ((more, "muted"),)),))
