"""A sync at the command line: progress on standard error, Ctrl+C stops it cleanly, and what was
asked and answered can be kept."""

from __future__ import annotations

import re
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from ledger.errors import Cancelled, FileError
from tui.cli.manner import MANNER
from tui.cli.printing import rewrite_line

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.domain.syncing.facts import Refetch, SyncLog, SyncProgress
    from ledger.numerai.exchanges import Exchange, Observer


def run_sync(
    book: Book, *, observer: Observer | None = None, again: Refetch | None = None
) -> SyncLog:
    """Sync ``book``; what it is at is shown where standard error is a terminal.

    ``observer`` is told of every query and its answer. ``again``: the history to fetch anew.

    Raises:
        KeyboardInterrupt: the user stopped it; the ledger is as it was.
        NumeraiError, CredentialsError, StoreError: as :meth:`Book.sync`.
    """
    show = MANNER.progress
    if MANNER.verbose and observer is None:
        observer = _tell
    with stopping() as stop:
        try:
            show_progress = _show if show else _hide
            return book.sync(show_progress, stop, observer=observer, again=again)
        except Cancelled:
            raise KeyboardInterrupt from None
        finally:
            if show:
                rewrite_line("")


@contextmanager
def showing(what: str) -> Iterator[None]:
    """Say on standard error that ``what`` is going on, as long as it is and somebody sees it."""
    if not MANNER.progress:
        yield
        return
    rewrite_line(what[: shutil.get_terminal_size().columns - 1])
    try:
        yield
    finally:
        rewrite_line("")


@contextmanager
def recording(file: Path, book: Book) -> Iterator[Observer]:
    """An observer of a sync of ``book``; what it saw is in ``file`` afterwards, come what may.

    Raises:
        click.UsageError: there is something at ``file`` already, or no folder for it.
        FileError: it could not be written.
    """
    from ledger.numerai.recording import Recorder

    if file.exists() or not file.parent.is_dir():
        why = "exists already" if file.exists() else "is in no folder that exists"
        raise click.UsageError(f"{file} {why}. Choose another place for the recording.")
    recorder = Recorder(book.clock, _names(book))
    try:
        yield recorder.keep
    except BaseException:
        with suppress(FileError):
            recorder.write(file)
            click.echo(f"What was exchanged until then is in {file}.", err=True)
        raise
    recorder.write(file)


def _names(book: Book) -> Iterator[str]:
    """The names the ledger knows."""
    portfolio = book.portfolio()
    yield from (portfolio.username,) if portfolio.username else ()
    yield from (line.name for line in portfolio.lines)


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


def _tell(exchange: Exchange) -> None:
    """One line for each query and how it was answered."""
    name = re.search(r"\b(?:query|mutation)\s+(\w+)|\{\s*(\w+)", exchange.document)
    called = next(filter(None, name.groups()), "") if name else ""
    answer = exchange.status or "no answer"
    click.echo(f"{exchange.milliseconds:>6} ms  {answer}  {called}", err=True)


def _show(step: SyncProgress) -> None:
    """One line that rewrites itself."""
    line = f"{step.done}/{step.total} {step.stage}"
    rewrite_line(line[: shutil.get_terminal_size().columns - 1])


def _hide(_step: SyncProgress) -> None:
    """Progress that nobody watches."""
