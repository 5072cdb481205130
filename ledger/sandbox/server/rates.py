"""The published rate limits, by the real clock."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable

SCALE = "NUMSTAKE_SANDBOX_RATE_SCALE"
"""The variable that says how many times the published rates a sandbox takes, unless it is told."""

RATES: dict[str, tuple[int, float]] = {
    "account": (100, 60.0),
    "apiTokenInfo": (100, 60.0),
    "v2RoundModelPerformances": (500, 60.0),
    "v2ChangeStake": (1, 0.5),
    "releaseStake": (1, 0.5),
    "cancelPendingStakeRelease": (1, 1.0),
    "v3ChangePayoutSelection": (10, 1.0),
}
"""How often a top-level field may be asked for within how many seconds."""


def default_scale() -> float:
    """What :data:`SCALE` says, else 1.

    Raises:
        ValueError: it is no number.
    """
    return float(os.environ.get(SCALE) or 1)


class RateLimits:
    """Counts what each key asks for. The published rates are multiplied by ``scale``; 0 is no
    limit.

    Raises:
        ValueError: ``scale`` is negative.
    """

    def __init__(self, scale: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not scale >= 0:
            raise ValueError(f"a rate cannot be scaled by {scale}")
        self._scale = scale
        self._clock = clock
        self._served: dict[tuple[str, str], deque[float]] = {}
        self._refusals = 0

    def refuses(self, key: str, fields: Iterable[str]) -> int | None:
        """The HTTP status, 200 and 429 in turn, that refuses a request for these fields; else
        ``None``, and the request counts."""
        if not self._scale:
            return None
        asked = [field for field in fields if field in RATES]
        now = self._clock()
        if any(self._left(key, field, now) < asked.count(field) for field in set(asked)):
            self._refusals += 1
            return 200 if self._refusals % 2 else 429
        for field in asked:
            self._served[key, field].append(now)
        return None

    def _left(self, key: str, field: str, now: float) -> int:
        most, seconds = RATES[field]
        served = self._served.setdefault((key, field), deque())
        while served and now - served[0] >= seconds / self._scale:
            served.popleft()
        return most - len(served)
