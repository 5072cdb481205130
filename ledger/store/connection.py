"""Connections to the ledger: one per thread, every access in a transaction of its own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from ledger.domain import text as texts
from ledger.errors import CorruptLedger, LedgerBusy, LedgerError, NewerLedger, ReadOnly, StoreError
from ledger.store.files import newest_backup

PATIENCE = timedelta(seconds=5)
"""How long to wait for another process that is writing."""

_JOURNAL_LIMIT = 4 * 1024 * 1024
"""Bytes the write-ahead log is cut back to, so that one large sync does not keep its size."""

_PRIMARY_CODE = 0xFF
"""The bits of SQLite's error codes that say which error it is; the others give details."""


class _PlainTexts(sqlite3.Connection):
    """Binds no text that holds more than a line of text, wherever it came from."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql, _plain(parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return super().executemany(sql, map(_plain, parameters))


def _plain(parameters: Any) -> Any:
    """``parameters`` themselves, unless one of them is in need of it."""
    values = parameters.values() if isinstance(parameters, dict) else parameters
    for value in values:
        if isinstance(value, str) and not value.isprintable():
            break
    else:
        return parameters
    if isinstance(parameters, dict):
        return {name: texts.value(value) for name, value in parameters.items()}
    return tuple(map(texts.value, parameters))


def connect(path: Path, *, read_only: bool, patience: timedelta = PATIENCE) -> sqlite3.Connection:
    """A connection with the ledger's pragmas, in autocommit mode; the file has to exist."""
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=patience.total_seconds(),
        factory=_PlainTexts,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def corrupt(path: Path, detail: str) -> CorruptLedger:
    """The refusal to use a damaged file, with the ways out."""
    backup = newest_backup(path)
    restore = f"put the copy {backup} in its place, or " if backup else ""
    return CorruptLedger(
        f"The ledger {path} is damaged ({detail}). It was left as it is.",
        f"Move it aside together with its -wal and -shm files; then {restore}sync again: models, "
        "stakes and earnings come back from Numerai, the history of the queue does not.",
    )


def unusable(path: Path, detail: str) -> StoreError:
    """The system does not let us have the file."""
    return StoreError(
        f"The ledger {path} can't be opened ({detail}).",
        "Check that the file and its folder exist and belong to you, or choose another folder.",
    )


def explain(error: sqlite3.Error, path: Path) -> LedgerError | None:
    """What an error of SQLite means for the user; ``None`` when it is our own mistake."""
    code = getattr(error, "sqlite_errorcode", None)
    match code & _PRIMARY_CODE if isinstance(code, int) else None:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerBusy(
                f"Another process is writing to the ledger {path}.",
                "Wait until it has finished, or end it, and try again.",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return corrupt(path, str(error))
        case sqlite3.SQLITE_FULL:
            return StoreError(
                f"The disk is full: the ledger {path} can't be written.",
                "Make room and try again; what was saved before is intact.",
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return unusable(path, str(error))
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                f"The disk failed under the ledger {path} ({error}).",
                "Check the disk; what was saved before is intact as far as SQLite can tell.",
            )
    return None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into the ledger's own."""
    try:
        yield
    except OSError as error:
        raise unusable(path, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        meaning = explain(error, path)
        if meaning is None:
            raise
        raise meaning from error


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """All or nothing of what happens inside; ``begin`` starts it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class _Lease:
    """A thread's own connection. ``lock`` is held while it is used, so closing can wait."""

    __slots__ = ("connection", "lock", "owner")

    def __init__(self, connection: sqlite3.Connection, owner: threading.Thread) -> None:
        self.connection = connection
        self.owner = owner
        self.lock = threading.RLock()

    def close(self) -> None:
        with self.lock:
            self.connection.close()


class Connections:
    """The connections of one process to one ledger, usable from any thread."""

    def __init__(
        self, path: Path, *, version: int, read_only: bool, patience: timedelta = PATIENCE
    ) -> None:
        self.path = path
        self.version = version
        self.read_only = read_only
        self._patience = patience
        self._own = threading.local()
        self._lock = threading.Lock()
        self._leases: list[_Lease] = []
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection on one unchanging state of the ledger."""
        with explained(self.path), self._leased() as connection, transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection that holds the right to write; on disk when the block has ended.

        Raises:
            LedgerBusy: another process kept writing for too long.
            NewerLedger: a newer version has migrated the ledger since it was opened.
            ReadOnly: the ledger was opened for reading.
        """
        if self.read_only:
            raise ReadOnly(
                f"The ledger {self.path} was opened for reading only.",
                "Start without --read-only to change it.",
            )
        with (
            explained(self.path),
            self._leased() as connection,
            transaction(connection, "BEGIN IMMEDIATE"),
        ):
            self._check_version(connection)
            yield connection

    def close(self) -> None:
        """Close every thread's connection, waiting for what is in progress."""
        with self._lock:
            self._closed = True
            leases, self._leases = self._leases, []
        for lease in leases:
            lease.close()

    def _check_version(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != self.version:
            raise NewerLedger(
                f"A newer numstake-tui has brought the ledger {self.path} to version {version} "
                "while this one was running.",
                "End this one and start the new version.",
            )

    @contextmanager
    def _leased(self) -> Iterator[sqlite3.Connection]:
        lease: _Lease | None = getattr(self._own, "lease", None)
        if lease is None:
            lease = self._own.lease = self._open()
        with lease.lock:
            if self._closed:
                raise StoreError(f"The ledger {self.path} has been closed.")
            yield lease.connection

    def _open(self) -> _Lease:
        with self._lock:
            if self._closed:
                raise StoreError(f"The ledger {self.path} has been closed.")
            self._close_orphans()
            connection = connect(self.path, read_only=self.read_only, patience=self._patience)
            lease = _Lease(connection, threading.current_thread())
            self._leases.append(lease)
            return lease

    def _close_orphans(self) -> None:
        orphans = [lease for lease in self._leases if not lease.owner.is_alive()]
        self._leases = [lease for lease in self._leases if lease.owner.is_alive()]
        for lease in orphans:
            lease.close()
