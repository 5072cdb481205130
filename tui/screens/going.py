"""From one page to what is behind it, back to the same row, and forward again.

A page opens over the one it was opened from, which stays as it is. What is left by going back is
made anew by going forward, with the cursor where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from ledger.dataclass import dataclass
from tui.screens.seeking import Place

if TYPE_CHECKING:
    from ledger.domain.model import Tournament


@dataclass(frozen=True)
class Opened:
    """How a page was opened: ``make`` makes it, ``closed`` hears of its end."""

    make: Callable[[], Going]
    closed: Callable[[Any], None] | None = None


@dataclass(frozen=True)
class Left:
    """A page that was left: how it was opened, where its user was, and what was left before it."""

    opened: Opened
    place: Place
    onward: Left | None


class Going(Screen[None]):
    """Mixed into panes."""

    MODE: ClassVar[str]

    TRAIL: tuple[str, ...] = ()
    """Where a page stands that was opened over another: the way to it, its own name last. Empty
    for a mode that stands by itself."""

    opens_detail: bool = False
    """Whether what is known of the row marked is shown from the start, where there is such."""

    _opened: Opened | None = None
    _onward: Left | None = None

    def place(self) -> Place:
        """Where the user is on this page."""
        raise NotImplementedError

    def go_to(self, place: Place) -> None:
        """Be there, before anything is on screen."""
        raise NotImplementedError

    def seek(
        self, row: Callable[[Any], bool], *, tournament: Tournament | None = None, column: str = ""
    ) -> None:
        """Put the cursor on the first row that ``row`` takes, as soon as all are loaded, and a cell
        cursor into ``column``. Filters that would hide it are dropped."""
        raise NotImplementedError

    def narrow(
        self,
        model_id: str,
        tournament: Tournament,
        title: str,
        numbers: Collection[int] | None = None,
    ) -> None:
        """Be a page about one model, of the rounds ``numbers`` or of all; before anything is on
        screen."""
        raise NotImplementedError

    @property
    def way(self) -> tuple[str, ...]:
        """Where this is, to be read from left to right."""
        return self.TRAIL or (self.MODE.capitalize(),)

    def open(self, make: Callable[[], Going], closed: Callable[[Any], None] | None = None) -> Going:
        """Show the page that ``make`` makes; the way forward leads to nothing else any more."""
        self._onward = None
        return self._show(Opened(make, closed))

    def _show(self, opened: Opened, left: Left | None = None) -> Going:
        page = opened.make()
        page._opened = opened
        page.TRAIL = (*self.way, *(page.TRAIL[-1:] or page.way))
        if left is not None:
            page._onward = left.onward
            page.go_to(left.place)
        self.app.push_screen(page, opened.closed)
        return page

    def note_leaving(self) -> None:
        """Let the page below know the way forward to here."""
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]
        if isinstance(below, Going) and self._opened is not None:
            below._onward = Left(self._opened, self.place(), self._onward)

    def leave(self) -> None:
        """Go back to what this was opened from; nothing where it stands by itself."""
        if self.TRAIL:
            self.note_leaving()
            self.dismiss()

    def leave_to(self, step: int) -> None:
        """Go back to the page at the ``step`` of the way, counted from 0."""
        for _ in range(len(self.way) - 1 - step):
            page = self.app.screen
            if isinstance(page, Going):
                page.leave()

    def action_forward(self) -> None:
        """Show again what was left last."""
        if self._onward is None:
            self.notify("There is nothing to go forward to.", timeout=3)
        else:
            self._show(self._onward.opened, self._onward)
