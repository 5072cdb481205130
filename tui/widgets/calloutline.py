"""The line that calls something out without being asked: the most urgent, and how many there are.

It takes no room while there is nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.format import shorten
from tui.theme import Meaning, Parts
from tui.widgets.line import Line

if TYPE_CHECKING:
    from ledger.reports.notices.notice import Notice


class CalloutLine(Line):
    """Says the first of several callouts, cut to the room there is."""

    DEFAULT_CSS = """
    CalloutLine { display: none; background: $surface; }
    CalloutLine.shown { display: block; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._callouts: tuple[Notice, ...] = ()
        self._key = ""

    def say(self, callouts: tuple[Notice, ...], key: str) -> None:
        """Show the first of ``callouts``, or nothing; ``key`` lists them all."""
        self._callouts, self._key = callouts, key
        self.set_class(bool(callouts), "shown")
        self._tell()

    def on_resize(self) -> None:
        super().on_resize()
        self._tell()

    def _tell(self) -> None:
        if not self._callouts:
            return
        first, others = self._callouts[0], len(self._callouts) - 1
        more = f"+{others}  {self._key} all" if others else f"{self._key} all"
        room = (self.size.width or self.app.size.width) - cell_len(more) - len(self.GAP) - 4
        sign: Meaning = "burn" if first.at is None else "pending"
        said: Parts = (("! ", sign), (shorten(first.sentence, max(1, room)), ""))
        self.show(((0, said),), ((0, ((more, "muted"),)),))
