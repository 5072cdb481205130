"""Garbage is looked for while nobody waits: doing so takes part of the time a key has.

Textual 8.2 keeps the strips of up to 1,024 widgets that are gone, as keys of a cache of colours
(``StylesCache.get_inner_outer``); here that was nearly 1 MB a dialog. It is emptied meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from textual._styles_cache import StylesCache

PAUSE, LONG_PAUSE = 0.2, 1.0
"""Seconds without a key after which young garbage is looked for, and then all of it.

What was in use during an earlier look, like a dialog that was open, is young no more; looking
through everything takes several times as long.
"""

AT_LEAST_EVERY = 10.0
"""Seconds after which all of it is looked for without waiting for a long pause."""

YOUNG = 100_000
"""New objects after which it is looked for at any time: a dialog makes about ten thousand."""


class Tidying:
    """Looks for garbage when the last key is a moment ago, and once more after a while."""

    def __init__(self) -> None:
        self._due: Sequence[asyncio.TimerHandle] = ()
        self._overdue_at = 0.0
        self._has_settled = False
        self._settles = False

    def settle_down(self) -> None:
        """All is loaded: leave that out of collections after the next one, once; a key would wait
        up to 0.1 s for one. To be said from any thread, but not while a sync runs: what it works
        with would stay for good."""
        self._settles = not self._has_settled

    def put_off(self) -> None:
        """Somebody waits for something just now."""
        for one in self._due:
            one.cancel()
        later = asyncio.get_running_loop().call_later
        self._due = later(PAUSE, self._tidy), later(LONG_PAUSE, self._tidy_up)

    def _tidy(self) -> None:
        if monotonic() > self._overdue_at:
            self._tidy_up()
        else:
            gc.collect(1)

    def _tidy_up(self) -> None:
        self._overdue_at = monotonic() + AT_LEAST_EVERY
        StylesCache.get_inner_outer.cache_clear()
        gc.collect()
        if self._settles:
            self._settles, self._has_settled = False, True
            gc.freeze()
        _give_back()


def _give_back() -> None:
    """Give memory that is free back to the system: glibc keeps what lies between used pieces,
    after a thread that has read years of rounds several MB."""
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError):  # another library, which does not keep it
            ctypes.CDLL(None).malloc_trim(0)
