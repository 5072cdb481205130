"""The line that says a notice without being asked: the most urgent, and how many there are.

It takes no room while there is nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.readable import readable
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

    @dataclass
    class Pressed(Message):
        """It was clicked: the notice said, or what stands for ``all`` of them."""

        notice: Notice
        all: bool

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._notices: tuple[Notice, ...] = ()
        self._key = ""
        self._decimals = 0

    def say(self, notices: tuple[Notice, ...], key: str, decimals: int) -> None:
        """Show the first of ``notices`` with ``decimals`` in it, or nothing; ``key`` lists all."""
        self._notices, self._key, self._decimals = notices, key, decimals
        self.set_class(bool(notices), "shown")
        self._draw_text()

    def on_click(self, event: Click) -> None:
        spot = self.spot(event.x)
        if spot is not None and self._notices:
            self.post_message(self.Pressed(self._notices[0], spot.right))

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
        sentence = shorten(readable(first.sentence, self._decimals), max(1, room))
        parts: Parts = ((sign, LEVELS[first.level]), (sentence, ""))
        self.show(((0, parts),), ((0, ((more, "muted"),)),))
