"""Garbage is looked for while nobody waits: doing so takes part of the time a key has."""

from __future__ import annotations

import asyncio
import gc

REST = 0.2
"""Seconds without a key after which nobody waits."""

YOUNG = 100_000
"""New objects after which it is looked for at any time: a dialog makes about ten thousand."""


class Tidying:
    """Looks for garbage a moment after the last key."""

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None

    def put_off(self) -> None:
        """Somebody waits for something just now."""
        if self._due is not None:
            self._due.cancel()
        self._due = asyncio.get_running_loop().call_later(REST, gc.collect, 1)
