"""One run of the queue: everything that is due leaves, in the queue's order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

from ledger.domain.model import Tournament
from ledger.domain.queue.change import CONFIRMED, Change, ChangeState
from ledger.domain.queue.run import Halt, Held, RunProgress, RunReport
from ledger.errors import (
    BadAnswer,
    BadCredentials,
    ChangeError,
    LedgerError,
    MissingScope,
    NumeraiError,
    RateLimited,
    TournamentMoved,
    Unreachable,
)
from ledger.queue.executor import Executor, recover
from ledger.queue.reconciling import in_doubt
from ledger.store import Store

_FOR_EVERYBODY = (BadCredentials, MissingScope, Unreachable)
"""What stands against every further change, whatever its tournament."""


def run_queue(
    executor: Executor,
    store: Store,
    *,
    stop: threading.Event | None = None,
    on_progress: Callable[[RunProgress], None] = lambda _: None,
    patience: timedelta = timedelta(0),
) -> RunReport:
    """Send what is due, wait for nothing but ``patience`` for another run.

    First every lost answer is looked into, and what was accepted and not seen is looked for. A
    change that another one of the same run makes due goes out in the same run. ``stop`` is heeded
    between two changes. Trouble that concerns more than one change ends the run, for a tournament
    or as a whole, and leaves the rest queued; it is told in the report, not raised.

    Raises:
        LedgerBusy: another process is executing still.
        StoreError: the ledger could not be written; what was sent is on disk as ``sending``.
    """
    with store.executing(patience, stop):
        recover(store)
        return _Run(executor, store, stop or threading.Event(), on_progress).report()


class _Run:
    """The state of one run."""

    def __init__(
        self,
        executor: Executor,
        store: Store,
        stop: threading.Event,
        on_progress: Callable[[RunProgress], None],
    ) -> None:
        self._executor = executor
        self._store = store
        self._stop = stop
        self._on_progress = on_progress
        self._reconciled: list[Change] = []
        self._sent: list[Change] = []
        self._held: dict[int, Held] = {}
        self._unprepared: set[int] = set()
        self._returned: list[Held] = []
        self._left: list[Change] = []
        self._halts: dict[Tournament | None, LedgerError] = {}
        self._done = self._total = 0

    def report(self) -> RunReport:
        """Run, and say what came of it."""
        self._look_into_lost()
        due = in_order(self._store.changes(states=CONFIRMED))
        self._total = len(due)
        while due:
            before = len(self._sent)
            for change in due:
                self._turn(change)
            due = self._freed() if len(self._sent) > before else []
        return RunReport(
            reconciled=tuple(self._reconciled),
            sent=tuple(self._sent),
            held=tuple(self._held.values()),
            left=tuple(self._left),
            halts=tuple(Halt(where, error) for where, error in self._halts.items()),
            stopped=self._stop.is_set(),
            unprepared=tuple(
                held for number, held in self._held.items() if number in self._unprepared
            ),
            returned=tuple(self._returned),
        )

    def _look_into_lost(self) -> None:
        for change in in_doubt(self._store):
            if not self._over(change):
                looked_into = self._looked_into(change)
                if ChangeState.UNKNOWN in {change.state, looked_into.state}:
                    self._reconciled.append(looked_into)

    def _looked_into(self, change: Change) -> Change:
        try:
            return self._executor.look_into(change)
        except NumeraiError as error:
            self._heed(error, change)
        except ChangeError:
            pass  # its model is gone from the ledger: it stays unknown until the user judges
        return change

    def _turn(self, change: Change) -> None:
        """It is this change's turn, unless the run ended or the user has altered it meanwhile."""
        if self._over(change):
            self._held.pop(change.id, None)
            self._left.append(change)
            return
        change = self._store.change(change.id)
        if change.state not in CONFIRMED:
            return
        self._on_progress(RunProgress(change, self._done, self._total))
        self._done = min(self._done + 1, self._total)
        try:
            outcome = self._executor.attempt(change)
        except (NumeraiError, ChangeError) as error:
            self._not_sent(change, error)
            return
        if outcome.held is not None:
            self._hold(outcome.change, outcome.held, unprepared=outcome.unprepared)
            return
        self._held.pop(change.id, None)
        if outcome.returned is not None:
            self._returned.append(Held(outcome.change, outcome.returned))
            return
        if isinstance(outcome.error, NumeraiError):
            self._heed_answer(outcome.error, change)
        sent = outcome.change
        lost = sent.state is ChangeState.UNKNOWN and not self._over(sent)
        self._sent.append(self._looked_into(sent) if lost else sent)

    def _not_sent(self, change: Change, error: LedgerError) -> None:
        if isinstance(error, NumeraiError) and self._heed(error, change):
            self._left.append(change)
        else:
            self._hold(change, str(error), unprepared=isinstance(error, NumeraiError))

    def _hold(self, change: Change, why: str, *, unprepared: bool) -> None:
        """``unprepared``: it was due, and what it rests on could not be learned."""
        self._held[change.id] = Held(change, why)
        self._unprepared.discard(change.id)
        if unprepared:
            self._unprepared.add(change.id)

    def _heed_answer(self, error: NumeraiError, change: Change) -> None:
        """An answer that was lost says nothing about the next change; a clear no may."""
        if isinstance(error, BadAnswer | RateLimited):
            return
        if isinstance(error, Unreachable) and error.sent:
            return
        self._heed(error, change)

    def _heed(self, error: NumeraiError, change: Change) -> bool:
        """Whether this error stands against more than this change; if so it is kept."""
        if isinstance(error, _FOR_EVERYBODY):
            self._halts.setdefault(None, error)
        elif isinstance(error, TournamentMoved):
            self._halts.setdefault(change.tournament, error)
        else:
            return False
        return True

    def _over(self, change: Change) -> bool:
        return self._stop.is_set() or None in self._halts or change.tournament in self._halts

    def _freed(self) -> list[Change]:
        """What was held back for another change, and may be due now."""
        held = (entry.change for entry in self._held.values())
        return in_order(change for change in held if change.conditions.after_change is not None)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Changes in the queue's order, the next one first."""
    return sorted(changes, key=lambda change: (change.position, change.id))
