"""A sync at the command line: progress on standard error, and Ctrl+C stops it cleanly."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from ledger.errors import Cancelled

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.facts import Refetch, SyncLog, SyncProgress

_ERASE = "\r\x1b[K"


def run_sync(book: Book, *, again: Refetch | None = None) -> SyncLog:
    """Sync ``book``; what it is at is shown where standard error is a terminal.

    ``again``: the history to fetch anew.

    Raises:
        KeyboardInterrupt: the user stopped it; the ledger is as it was.
        NumeraiError, CredentialsError, StoreError: as :meth:`Book.sync`.
    """
    show = sys.stderr.isatty()
    with stopping() as stop:
        try:
            return book.sync(_show if show else _hide, stop, again=again)
        except Cancelled:
            raise KeyboardInterrupt from None
        finally:
            if show:
                _write(_ERASE)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl+C sets; pressed again, it ends the program at once."""
    stop = threading.Event()

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _show(step: SyncProgress) -> None:
    """One line that rewrites itself."""
    line = f"{step.done}/{step.total} {step.stage}"
    _write(_ERASE + line[: shutil.get_terminal_size().columns - 1])


def _hide(_step: SyncProgress) -> None:
    """Progress that nobody watches."""


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
