"""The sync in the background: one at a time, on start, every few minutes, or when asked."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from textual.message import Message

from ledger.clock import off_by
from ledger.errors import BadCredentials, CredentialsError, LedgerError, Unreachable
from tui import format, jobs, problems
from tui.messages import (
    BookChanged,
    MissingFound,
    ReachFound,
    SyncFailed,
    SyncFinished,
    SyncProgressed,
)

if TYPE_CHECKING:
    from textual.timer import Timer

    from ledger.book import Book
    from ledger.domain.knowledge import Fact
    from ledger.domain.syncing.facts import SyncLog, SyncProgress
    from ledger.reports.account.first_sync import StepWatch
    from ledger.reports.account.missing import MissingReport
    from ledger.reports.account.reach import Reach
    from tui.host import Host

LOOK_EVERY = 1.0
"""Seconds between two looks at what a running sync has brought in."""

INCOMPLETE = "Numerai did not tell everything"
IN_FULL = 2
"""Facts that are said in full after a sync; the notices list all."""


class Syncing:
    """Runs ``Book.sync`` for the app and keeps the top bar informed.

    ``error``: why the last sync failed, ``None`` after one that went through.
    """

    def __init__(self, app: Host, book: Book) -> None:
        self.error: LedgerError | None = None
        self._app = app
        self._book = book
        self._stop: threading.Event | None = None
        self._steps: StepWatch | None = None
        self._revision = -1
        self._looked = 0.0
        self._look_later: Timer | None = None
        self._reported: set[tuple[Fact, str]] = set()

    @property
    def running(self) -> bool:
        """Whether a sync is under way."""
        return self._stop is not None

    @property
    def first_sync(self) -> str:
        """How far a first sync is that runs now, in a sentence; empty while none does."""
        return self._steps.sentence() if self._steps is not None else ""

    @property
    def filling(self) -> bool:
        """Whether a first sync brings in the history now."""
        return self.running and self._app.headline.reaches_back_to is not None

    def begin(self) -> None:
        """Follow the config: sync now, and every so often."""
        settings = self._book.config.app
        if settings.sync_on_start:
            self.start()
        if settings.sync_every:
            self._app.set_interval(settings.sync_every * 60, self.start)

    def start(self) -> bool:
        """Start a sync; ``False`` when one is running."""
        if self.running:
            return False
        stop = self._stop = threading.Event()
        headline = self._app.headline
        headline.syncing, headline.progress = True, None
        self._app.draw_headline()
        self._app.draw_sync()
        self._app.once_painted(lambda: self._run(stop))
        return True

    def _run(self, stop: threading.Event) -> None:
        if self._is_empty():
            self._watch_steps()
        self.look()

        def call() -> SyncLog:
            try:
                self._book.queue.recover()
                return self._book.sync(lambda step: self._post(SyncProgressed(step)), stop)
            except LedgerError:
                raise
            except Exception:  # goes on to the problem screen; the next sync must not wait for it
                self._app.call_later(self._ended, LedgerError("The last sync broke off."))
                raise

        jobs.run(self._app, call, SyncFinished, SyncFailed, group="sync")

    def stop(self) -> bool:
        """Ask the running sync to stop; ``False`` when none runs."""
        if self._stop is None:
            return False
        self._stop.set()
        return True

    def progressed(self, progress: SyncProgress) -> None:
        if self.running:
            self._app.headline.progress = progress
            self._app.draw_headline()
            if self._steps is None and self.filling:
                self._watch_steps()
            if self._steps is not None:
                self._steps.note(progress, monotonic())
                self._app.draw_first_sync()
            self._look_soon()

    def _watch_steps(self) -> None:
        from ledger.reports.account.first_sync import StepWatch

        self._steps = StepWatch()

    # What it has brought in so far

    def _look_soon(self) -> None:
        """See whether the ledger has grown, at most once in :data:`LOOK_EVERY`."""
        wait = self._looked + LOOK_EVERY - monotonic()
        if wait <= 0:
            self.look()
        elif self._look_later is None:
            self._look_later = self._app.set_timer(wait, self.look)

    def look(self) -> None:
        """Find out how far back the ledger reaches by now."""
        if self._look_later is not None:
            self._look_later.stop()
        self._looked, self._look_later = monotonic(), None
        jobs.run(self._app, self._book.reach, ReachFound, group="reach")

    def reached(self, reach: Reach) -> bool:
        """Say how far back the ledger reaches; whether a running sync has filled in more."""
        before, self._revision = self._revision, reach.revision
        headline, off = self._app.headline, off_by(self._book.clock_shift())
        if (headline.reaches_back_to, headline.clock_off) != (reach.back_to, off):
            headline.reaches_back_to, headline.clock_off = reach.back_to, off
            self._app.draw_headline()
        return self.running and 0 <= before < reach.revision

    def notify_missing(self, missing: MissingReport) -> None:
        """Say once what is not told, unless the user knows it."""
        lines = [line for line in missing.lines if not line.acknowledged]
        gaps = {(line.fact, subject) for line in lines for subject in line.subjects}
        if gaps - self._reported:
            sentences = [line.sentence for line in lines[:IN_FULL]]
            sentences += [f"And {len(lines) - IN_FULL} more."] if len(lines) > IN_FULL else []
            self._app.notify(" ".join(sentences), title=INCOMPLETE, timeout=10)
        self._reported = gaps

    # How it ends

    def finished(self, log: SyncLog) -> None:
        self._ended(None)
        if log.problems:
            values = format.count(len(log.problems), "value")
            self._app.notify(
                f"{values} of Numerai's answer made no sense and was left out; "
                "“numstake-tui sync” lists them.",
                severity="warning",
            )
        self._app.post_message(BookChanged())
        jobs.run(self._app, self._book.missing, MissingFound, group="missing")

    def failed(self, error: LedgerError) -> None:
        self._ended(error)
        self._app.post_message(BookChanged())
        empty = self._is_empty()
        if empty and isinstance(error, Unreachable):
            return  # the empty table says what to do
        if empty and isinstance(error, (CredentialsError, BadCredentials)):
            self._app.welcome(error)
            return
        problems.show(self._app, error)

    def _ended(self, error: LedgerError | None) -> None:
        self._stop = self._steps = None
        self.error = error
        self.look()
        self._app.draw_first_sync()
        headline = self._app.headline
        headline.syncing, headline.progress = False, None
        headline.offline = isinstance(error, Unreachable)
        self._app.draw_headline()
        self._app.draw_sync()

    def _is_empty(self) -> bool:
        """Whether nothing was ever synced, as far as is known."""
        portfolio = self._app.headline.portfolio
        return portfolio is None or portfolio.as_of is None

    def _post(self, message: Message) -> None:
        """From the sync's thread, which may outlive the app."""
        if self._app.is_running:
            self._app.post_message(message)
