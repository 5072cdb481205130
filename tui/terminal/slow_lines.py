"""How fast the line to the terminal is, where that can be known: on a serial line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from time import monotonic

from tui.terminal import signs

SLOWEST_FULL = 38_400
"""Bits per second from which charts are drawn in full."""

_PSEUDO = re.compile("/dev/(?:pts/|tty[pqrs])")
"""Names of pseudo terminals, whose speed means nothing: macOS says 9,600 for all of them, and SSH
passes that on."""


def takes_full_charts(charts: str, glyphs: str) -> bool:
    """Whether charts are drawn in full; ``charts`` is the setting: auto, plain or full.

    ``auto`` means yes but for terminals without the signs (``glyphs`` as in ``[app]``) and lines
    slower than :data:`SLOWEST_FULL`.
    """
    if charts != "auto":
        return charts == "full"
    return not signs.are_plain(glyphs) and slow_rate() is None


def slow_rate() -> int | None:
    """Bits per second of a slow serial line; ``None`` on any other terminal."""
    if sys.platform == "win32" or sys.__stdin__ is None:
        return None
    import termios

    try:
        line = sys.__stdin__.fileno()
        if _PSEUDO.match(os.ttyname(line)):
            return None
        speed = termios.tcgetattr(line)[5]
    except (OSError, ValueError, termios.error):
        return None
    names = ((name[1:], code) for name, code in vars(termios).items() if name[0] == "B")
    rates = {code: int(bits) for bits, code in names if bits.isdigit()}
    rate = rates.get(speed, SLOWEST_FULL)
    return rate if 0 < rate < SLOWEST_FULL else None


class Pace:
    """When a line of ``rate`` bits per second will have carried what it was given.

    The kernel takes kilobytes at once, so only reckoning tells that the terminal lags behind.
    """

    BITS = 10
    """A byte takes on a serial line: eight, one before and one after."""

    def __init__(self, rate: int | None, now: Callable[[], float] = monotonic) -> None:
        self._seconds_a_byte = self.BITS / rate if rate else 0.0
        self._now = now
        self._free_at = 0.0

    def add(self, count: int) -> None:
        """``count`` bytes more are on their way."""
        self._free_at = max(self._free_at, self._now()) + count * self._seconds_a_byte

    @property
    def lag(self) -> float:
        """Seconds until all of it has arrived."""
        return max(0.0, self._free_at - self._now())
