"""The distance Numerai asks writes to keep, over all runs and processes on one ledger."""

from __future__ import annotations

import time
from collections.abc import Callable

from ledger.clock import Clock
from ledger.config.settings import NumeraiSettings
from ledger.domain.queue.change import REQUESTS, TAKE_PROFIT, ChangeKind
from ledger.store import Store

_CANCEL = frozenset({ChangeKind.CANCEL_RELEASE})

Pause = Callable[[float], None]
"""Sleeps for so many seconds."""


class Pace:
    """Holds a write back until its kind's distance from the last one is over.

    The last one is read from the ledger's history, with the lock on the queue held: whichever
    process sent it. A clock that was set back costs one distance at most.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: NumeraiSettings | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        settings = settings or NumeraiSettings()
        self._store = store
        self._clock = clock
        self._pause = pause
        self._distances = (
            (REQUESTS, settings.stake_write_seconds),
            (_CANCEL, settings.cancel_write_seconds),
            (TAKE_PROFIT, settings.take_profit_write_seconds),
        )

    def keep(self, kind: ChangeKind) -> None:
        """Wait until a change of ``kind`` may be sent."""
        for kinds, distance in self._distances:
            if kind in kinds:
                seconds = self._left(distance, kinds)
                if seconds > 0:
                    self._pause(seconds)

    def _left(self, distance: float, kinds: frozenset[ChangeKind]) -> float:
        last = self._store.last_write(kinds)
        if last is None:
            return 0.0
        elapsed = (self._clock.now() - last).total_seconds()
        return min(distance, distance - elapsed)
