"""Rights that one process at a time has over a ledger: a lock on a file beside it each."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from ledger.store.connection import explained
from ledger.store.files import FILE_MODE

OTHERS_TURN = timedelta(seconds=15)
"""How long an action of the user's waits for another process that is sending changes."""

_LOOK = timedelta(milliseconds=100)
"""Between two looks at whether the right is free by now."""


class Turn:
    """Somebody's turn at the right whose lock is ``path``; ``stop`` ends the waiting for it."""

    def __init__(self, path: Path, stop: threading.Event | None = None) -> None:
        self._path = path
        self._lock = FileLock(path, timeout=0, mode=FILE_MODE)
        self._stop = stop or threading.Event()

    def take(self, patience: timedelta | None = timedelta(0)) -> bool:
        """Have the right within ``patience``, ``None`` for whenever it is free; whether it was.

        Raises:
            StoreError: the file system does not let us lock.
        """
        until = None if patience is None else monotonic() + patience.total_seconds()
        with explained(self._path):
            while True:
                with suppress(Timeout):
                    self._lock.acquire()
                    return True
                late = until is not None and monotonic() >= until
                if late or self._stop.wait(_LOOK.total_seconds()):
                    return False

    def give_back(self) -> None:
        """Let the next one have it."""
        self._lock.release()
