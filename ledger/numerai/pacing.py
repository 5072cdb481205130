"""Keeping the rates Numerai publishes: so many requests in any sixty seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW = 60.0
"""Seconds over which a rate is counted."""

Sleep = Callable[[float, threading.Event | None], None]
"""Waits so many seconds, less when the event is set."""


class Pace:
    """At most ``per_minute`` requests in any minute; the first of them may go at once.

    Usable from any thread: each caller gets a time of its own, and waits for it.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._lock = threading.Lock()
        self._taken: deque[float] = deque(maxlen=per_minute)

    def wait(self, requests: int = 1, stop: threading.Event | None = None) -> None:
        """Return when ``requests`` more may be sent, or at once when ``stop`` is set."""
        pause = self._reserve(requests)
        if pause > 0:
            self._sleep(pause, stop)

    def _reserve(self, requests: int) -> float:
        with self._lock:
            now = at = self._now()
            most = self._taken.maxlen or 1
            requests = min(requests, most)
            freed = len(self._taken) + requests - most
            if freed > 0:
                at = max(at, self._taken[freed - 1] + WINDOW)
            if self._taken:
                at = max(at, self._taken[-1])
            self._taken.extend([at] * requests)
            return at - now
