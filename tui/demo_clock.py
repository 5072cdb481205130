"""The demo's clock under the user's keys: it moves when no sync runs, and forgets no key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui import format, jobs
from tui.messages import ClockMoved

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.book import Book
    from tui.host import Host


class DemoClock:
    """Moves on at once, or once a running sync has ended: by all that was pressed until then."""

    def __init__(self, app: Host, book: Book) -> None:
        self._app = app
        self._book = book
        self._waiting = 0
        self._moving = False

    def advance(self, rounds: int) -> None:
        """So many rounds more."""
        self._waiting += rounds
        if self._app.syncing.running or self._moving:
            ahead = format.count(self._waiting, "round")
            self._app.notify(f"{ahead} on when the sync has ended.", timeout=3)
        else:
            self.go_on()

    def go_on(self) -> None:
        """No sync runs any more: move by what has come together."""
        rounds, self._waiting = self._waiting, 0
        if rounds:
            self._moving = True
            call = partial(self._move, rounds)
            jobs.run(self._app, call, lambda _: ClockMoved(), group="advance")

    def _move(self, rounds: int) -> datetime:
        """Runs in a thread."""
        try:
            return self._book.advance(rounds=rounds)
        finally:
            self._moving = False
