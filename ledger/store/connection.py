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
from ledger.store import file_systems
from ledger.store.files import beside, newest_backup, size
from ledger.store.marks import count_write

PATIENCE = timedelta(seconds=5)
"""How long to wait for another process that is writing."""

_JOURNAL_LIMIT = 4 * 1024 * 1024
"""Bytes the write-ahead log is cut back to, so that one large sync does not keep its size."""

_OF_LOCKS = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL}
)
"""The errors that a lock which could not be taken may come as."""

_OF_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""Those that a full disk may come as, beside its own: what is kept beside the file, or a makeshift,
can't be written."""

_SHARED_MEMORY = 32 * 1024 - 1
"""Bytes that SQLite's index of the log has at least; less is one that could not be made."""

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
    """A connection with the ledger's pragmas, in autocommit mode; the file has to exist.

    Where there is no room for what SQLite keeps beside it, the file alone can be read.
    """
    how = "mode=ro" if read_only else "mode=rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{'immutable=1' if lacks_room(path) else how}",
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


def lacks_room(path: Path) -> bool:
    """Whether the disk is full, and nobody has made what is kept beside an open ledger."""
    beside_it = size(beside(path, "-wal")) or size(beside(path, "-shm")) > _SHARED_MEMORY
    return not beside_it and file_systems.is_full(path.parent)


def corrupt(path: Path, detail: str) -> CorruptLedger:
    """The refusal to use a damaged file, with the ways out."""
    backup = newest_backup(path)
    newest = f"; the newest copy beside it is {backup}" if backup else ""
    return CorruptLedger(
        f"The ledger {path} is damaged ({detail}). It was left as it is.",
        f"Put a backup back with `numstake-tui restore FILE`{newest}. Or move it aside together "
        "with its -wal and -shm files, then sync again: models, stakes and earnings come back from "
        "Numerai, the history of the queue does not.",
    )


def unusable(path: Path, detail: str) -> StoreError:
    """The system does not let us have the file."""
    return StoreError(
        f"The ledger {path} can't be opened ({detail}).",
        "Check that the file and its folder exist and belong to you, or choose another folder.",
    )


def full(path: Path) -> StoreError:
    """There is no room for what was to be written."""
    return StoreError(
        f"The disk is full: the ledger {path} can't be written.",
        "Make room and try again; what was saved before is intact.",
    )


def lockless(path: Path) -> StoreError:
    """Nobody can be kept from writing at the same time."""
    where = file_systems.file_system(path) or "this file system"
    return StoreError(
        f"Files on {where} can't be locked, so the ledger {path} can't be used safely.",
        "Mount it with locks (NFS: with its lock service), or keep the ledger on a disk of this "
        "machine: `--at DIR`.",
    )


def explain(error: sqlite3.Error, path: Path) -> LedgerError | None:
    """What an error of SQLite means for the user; ``None`` when it is our own mistake.

    SQLite takes a lock that a file system does not have for one that somebody else holds.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & _PRIMARY_CODE if isinstance(code, int) else None
    if primary in _OF_LOCKS and not file_systems.can_lock(path.parent):
        return lockless(path)
    if primary in _OF_ROOM and file_systems.is_full(path.parent):
        return full(path)
    return _explained_by_code(error, primary, path)


def _explained_by_code(error: sqlite3.Error, code: int | None, path: Path) -> LedgerError | None:
    meaning: LedgerError | None = None
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            meaning = LedgerBusy(
                f"Another process is writing to the ledger {path}.",
                "Wait until it has finished, or end it, and try again.",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            meaning = corrupt(path, str(error))
        case sqlite3.SQLITE_FULL:
            meaning = full(path)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            meaning = unusable(path, str(error))
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PROTOCOL:
            meaning = StoreError(
                f"The disk failed under the ledger {path} ({error}).",
                "Check the disk; what was saved before is intact as far as SQLite can tell.",
            )
    return meaning


def explain_os(error: OSError, path: Path) -> StoreError:
    """What an error of the file system means for the user."""
    if error.errno in file_systems.FULL:
        return full(path)
    if error.errno in file_systems.LOCKLESS:
        return lockless(path)
    return unusable(path, error.strerror or str(error))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into the ledger's own."""
    try:
        yield
    except OSError as error:
        raise explain_os(error, path) from error
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
    """A thread's own connection. ``lock`` is held while it is used, so closing can wait.

    ``makeshift``: for want of room it sees the file alone, so it is not used for long.
    """

    __slots__ = ("connection", "lock", "makeshift", "owner")

    def __init__(
        self, connection: sqlite3.Connection, owner: threading.Thread, *, makeshift: bool
    ) -> None:
        self.connection = connection
        self.owner = owner
        self.makeshift = makeshift
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
            count_write(connection)
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
        if lease is None or lease.makeshift:
            lease = self._own.lease = self._open()
        with lease.lock:
            if self._closed:
                raise StoreError(f"The ledger {self.path} has been closed.")
            yield lease.connection

    def _open(self) -> _Lease:
        with self._lock:
            if self._closed:
                raise StoreError(f"The ledger {self.path} has been closed.")
            self._close_unneeded()
            makeshift = lacks_room(self.path)
            connection = connect(self.path, read_only=self.read_only, patience=self._patience)
            lease = _Lease(connection, threading.current_thread(), makeshift=makeshift)
            self._leases.append(lease)
            return lease

    def _close_unneeded(self) -> None:
        """Close what threads have left that ended, and this thread's own makeshift."""
        mine = threading.current_thread()
        unneeded = [
            lease
            for lease in self._leases
            if not lease.owner.is_alive() or (lease.owner is mine and lease.makeshift)
        ]
        self._leases = [lease for lease in self._leases if lease not in unneeded]
        for lease in unneeded:
            lease.close()
