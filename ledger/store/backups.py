"""Copies of a ledger that can be trusted: made while it is in use, checked, put back with care.

A copy is one file without a log, under its name only when it is whole and sound. It is marked as a
copy, so that whatever way it comes back (:func:`restore`, or by hand) it is put back by
:mod:`ledger.store.putting_back`.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import CorruptLedger, ForeignLedger, LedgerBusy, NewerLedger, StoreError
from ledger.files import make_folder
from ledger.store import journals, marks
from ledger.store.connection import PATIENCE, connect, explained
from ledger.store.files import beside, size
from ledger.store.migrate import inspect
from ledger.store.store import Store
from ledger.store.turns import Turn

if TYPE_CHECKING:
    from ledger.clock import Clock

_LOGS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file."""

_OURS = ("", *_LOGS, ".lock", ".sync.lock")


@dataclass(frozen=True, slots=True)
class PutBack:
    """What a restore did. ``aside`` is where the ledger went that was there before, ``None`` where
    there was none; ``copied`` is when the backup was made (UTC), ``None`` where it does not say."""

    aside: Path | None
    copied: datetime | None


def back_up(path: Path, file: Path, clock: Clock, *, force: bool = False) -> None:
    """Copy the ledger at ``path``, as last committed, into ``file``, which only its owner can read.

    ``force`` replaces a file that is there.

    Raises:
        StoreError: there is something at ``file``, it can't be written, or there is no ledger.
        CorruptLedger, ForeignLedger, NewerLedger: the ledger can't be used; nothing was written.
    """
    with _written(file) as part:
        if file.exists() and not force:
            raise StoreError(
                f"{file} exists already.", "Name another file, or give --force to replace it."
            )
        if _is_part_of(file, path):
            raise StoreError(f"{file} belongs to the ledger itself.", "Choose another place.")
        _look_at(path)
        Store.open(path, clock=clock).close()
        _copy(path, part)
        with closing(_sole(part)) as copy:
            marks.mark_copy(copy, clock.now())
        _check(part)
        part.replace(file)
        _sync_folder(file.parent)


def restore(path: Path, file: Path, clock: Clock) -> PutBack:
    """Put the backup ``file`` in the place of the ledger at ``path``, which is kept aside.

    What is in ``file`` stays as it is. A ledger that is copied by other means is put back like a
    backup: nothing that was confirmed in it is sent unasked.

    Raises:
        StoreError: ``file`` is missing, or of another account than the ledger.
        CorruptLedger, ForeignLedger, NewerLedger: ``file`` can't be used as a ledger.
        LedgerBusy: another process has the ledger open.
    """
    if not file.is_file():
        raise StoreError(f"There is no file {file}.", "Give the file that a backup was written to.")
    if _is_part_of(file, path):
        raise StoreError(f"{file} belongs to the ledger itself.", "Give another file.")
    with explained(file):
        _look_at(file)
        _check(file)
        _same_account(path, file)
    with explained(path), _nobody_else(path), _written(path) as part:
        copied = _made_ready(file, part)
        aside = _set_aside(path)
        try:
            part.replace(path)
        except OSError:
            _forget_name(aside, path)
            raise
        _sync_folder(path.parent)
        if aside is not None:
            _mark(aside, clock.now())
    Store.open(path, clock=clock).close()
    return PutBack(aside, copied)


def _made_ready(file: Path, part: Path) -> datetime | None:
    """A marked copy of ``file``; when the backup was made."""
    _copy(file, part)
    with closing(_sole(part)) as copy:
        has_mark = copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'ledger_mark'").fetchone()
        copied = marks.read_copied(copy) if has_mark and marks.is_copy(file) else None
        marks.mark_copy(copy, copied)
    _check(part)
    return copied


def _copy(source: Path, target: Path) -> None:
    with (
        closing(connect(source, read_only=True)) as from_,
        closing(sqlite3.connect(target)) as to,
    ):
        from_.backup(to)
        to.execute("PRAGMA journal_mode = DELETE")


def _sole(path: Path) -> sqlite3.Connection:
    """A connection to a file that nobody else knows of, on disk after each statement."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _look_at(path: Path) -> None:
    """Whether the file is a ledger.

    Raises:
        StoreError: it is blank, or as :func:`ledger.store.migrate.inspect`.
    """
    with explained(path):
        journals.check(path)
        if not size(path) or not inspect(path, patience=PATIENCE):
            raise StoreError(f"There is no ledger at {path}.", "Run `numstake-tui sync` first.")


def _check(path: Path) -> None:
    """Raises:
    CorruptLedger: SQLite finds damage in the file."""
    with closing(connect(path, read_only=True)) as connection:
        damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if damage != "ok" or broken is not None:
        detail = " ".join(damage.split()) if damage != "ok" else "rows refer to rows that are gone"
        raise CorruptLedger(
            f"{path} is not sound ({detail}).",
            "`numstake-tui doctor` says more of a ledger; of a backup, take another one.",
        )


@contextmanager
def _written(file: Path) -> Iterator[Path]:
    """A new private file beside ``file``, to be given its name; nothing is left of it otherwise.
    What goes wrong meanwhile is said of ``file``."""
    part = file
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        os.close(descriptor)
        part = Path(name)
        yield part
    except OSError as error:
        raise _unwritten(file, error.strerror or str(error)) from error
    except sqlite3.OperationalError as error:
        raise _unwritten(file, str(error)) from error
    finally:
        if part != file:
            for leftover in (part, *(beside(part, ending) for ending in _LOGS)):
                with suppress(OSError):
                    leftover.unlink(missing_ok=True)


def _unwritten(file: Path, why: str) -> StoreError:
    return StoreError(
        f"{file} could not be written ({why}).",
        "Nothing else was touched. Make room, or choose a folder that is yours, and try again.",
    )


@contextmanager
def _nobody_else(path: Path) -> Iterator[None]:
    """The rights to sync and to send, and proof that no other process has the ledger open.

    Raises:
        LedgerBusy: one has.
    """
    turns = [Turn(beside(path, ending)) for ending in (".sync.lock", ".lock")]
    make_folder(path.parent)
    try:
        for turn in turns:
            if not turn.take():
                raise _in_use(path)
        _fold_up(path)
        yield
    finally:
        for turn in turns:
            turn.give_back()


def _fold_up(path: Path) -> None:
    """Bring the log of a sound ledger into its file; SQLite refuses while others have it open.

    One that is damaged, or none of ours, is left to be kept with all that lies beside it.
    """
    with suppress(CorruptLedger, ForeignLedger, NewerLedger), explained(path):
        journals.check(path)
        if not size(path) or not inspect(path, patience=PATIENCE):
            return
        try:
            with closing(connect(path, read_only=False, patience=timedelta(0))) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise _in_use(path) from error
            raise


def _in_use(path: Path) -> LedgerBusy:
    return LedgerBusy(
        f"Another numstake-tui has the ledger {path} open.", "Leave it, then try again."
    )


def _same_account(path: Path, copy: Path) -> None:
    """Raises:
    StoreError: the copy is of another account than the ledger."""
    there, new = _username(path), _username(copy)
    if None not in {there, new} and there != new:
        raise StoreError(
            f"The backup is of the account {new}, the ledger {path} of {there}.",
            "Give the --profile that the backup was made from.",
        )


def _username(path: Path) -> str | None:
    try:
        with closing(connect(path, read_only=True)) as connection:
            row = connection.execute("SELECT username FROM account").fetchone()
    except sqlite3.Error:
        return None  # not there, or not readable
    return None if row is None else str(row[0])


def _set_aside(path: Path) -> Path | None:
    """Keep the ledger, with the logs of one that could not be folded up, under a free name."""
    if not size(path):
        return None
    number = 1
    while (aside := beside(path, f".replaced-{number}.bak")).exists():
        number += 1
    for ending in _LOGS:
        with suppress(FileNotFoundError):
            beside(path, ending).rename(beside(aside, ending))
    try:
        os.link(path, aside)
    except OSError:  # a file system without second names
        path.rename(aside)
    return aside


def _forget_name(aside: Path | None, path: Path) -> None:
    """Take a second name away from the ledger that has kept its place."""
    if aside is not None and path.exists() and aside.samefile(path):
        aside.unlink()


def _mark(aside: Path, now: datetime) -> None:
    """What is kept aside is a copy too, unless it is damaged: by hand it is put back as one."""
    if size(beside(aside, "-wal")):
        return
    with suppress(sqlite3.Error), closing(_sole(aside)) as copy:
        marks.mark_copy(copy, now)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_part_of(file: Path, path: Path) -> bool:
    return file.resolve() in {beside(path.resolve(), ending) for ending in _OURS}
