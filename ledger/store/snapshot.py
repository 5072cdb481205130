"""A ledger as it stands, in one file, for another to begin as."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.store.connection import connect, explained

_BY_HAND = (
    "SELECT count(*) FROM change",
    "SELECT count(*) FROM target_step",
    "SELECT count(*) FROM policy",
    "SELECT count(*) FROM predictor",
    "SELECT count(*) FROM assignment_step",
    "SELECT count(*) FROM missing_fact WHERE acknowledged",
)
"""What grows when the user does anything that no sync does."""


def by_hand(path: Path) -> int:
    """How much the user has done in the ledger at ``path``: a number that grows with it.

    Raises:
        StoreError: it can't be read.
    """
    with explained(path), closing(connect(path, read_only=True)) as ledger:
        return sum(int(ledger.execute(count).fetchone()[0]) for count in _BY_HAND)


def snapshot(path: Path, target: Path) -> None:
    """Copy the ledger at ``path``, as last committed, to the new file ``target``, without a log.

    It is no backup: nothing marks it as a copy.

    Raises:
        StoreError: it can't be read or written.
    """
    with (
        explained(path),
        closing(connect(path, read_only=True)) as ledger,
        closing(sqlite3.connect(target)) as copy,
    ):
        ledger.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
