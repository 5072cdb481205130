"""Is the write-ahead log beside a ledger its own?

SQLite takes any log that is sound in itself and lays it over the file. Where the file was put there
later, from a backup say, a mixture of two ledgers comes of it. So each transaction counts: the file
alone holds a count that the log beside it continues, or the two do not belong together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.errors import CorruptLedger
from ledger.store.files import beside, size
from ledger.store.marks import is_copy

_HEADER, _FRAME = 32, 24
"""Bytes at the log's beginning, and before each of its pages."""

_MAGIC = b"\x37\x7f\x06"
_SHARED = (0x40000002, 510)
"""Which bytes of the file are locked by whoever has it open: the first, and how many."""


def check(path: Path) -> None:
    """Look at the log beside the ledger at ``path``, if there is one.

    Raises:
        CorruptLedger: it is another ledger's; both are as they were.
    """
    journal = beside(path, "-wal")
    if size(journal) <= _HEADER or not size(path):
        return
    if is_copy(path):
        raise _strange(path, journal)
    if not _continues(path, journal):
        with _alone(path) as alone:  # a process at work may write between two looks
            if alone and not _continues(path, journal):
                raise _strange(path, journal)


def _continues(path: Path, journal: Path) -> bool:
    """Whether the file holds the count of before the log's first transaction, or of one in it."""
    try:
        inside = _writes(path, "immutable=1")
        commits = _commits(journal)
        at_end = _writes(path, "mode=ro")
    except sqlite3.DatabaseError:
        return True  # damaged, which is found elsewhere
    return at_end - commits <= inside <= at_end


def _writes(path: Path, how: str) -> int:
    """The count, 0 of a version that did not count yet."""
    uri = f"{path.absolute().as_uri()}?{how}"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        counted = connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE name = 'ledger_mark'"
        ).fetchone()
        if counted is None:
            return 0
        return int(connection.execute("SELECT writes FROM ledger_mark").fetchone()[0])


def _commits(journal: Path) -> int:
    """How many transactions end in the log, those of an earlier use of it left out."""
    with journal.open("rb") as file:
        header = file.read(_HEADER)
        page = int.from_bytes(header[8:12], "big")
        if header[:3] != _MAGIC or not page:
            return 0
        commits = 0
        while True:
            frame = file.read(_FRAME)
            if len(frame) < _FRAME or frame[8:16] != header[16:24]:
                return commits
            commits += any(frame[4:8])
            file.seek(page, 1)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process has the ledger open, nor opens it meanwhile."""
    try:
        import fcntl

        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED[1], _SHARED[0])
            yield True
    except (ImportError, OSError):
        yield False


def _strange(path: Path, journal: Path) -> CorruptLedger:
    return CorruptLedger(
        f"The ledger {path} was put beside the write-ahead log of another one ({journal.name}). "
        "Both were left as they are.",
        f"If it is a backup, move {journal.name} and {beside(path, '-shm').name} away, and start "
        "again; `numstake-tui restore FILE` puts a backup back without such traces.",
    )
