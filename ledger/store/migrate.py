"""Makes sure that a file is a ledger this version can use, and brings older ones up to date.

Nothing is written before the file has proved to be ours and sound. ``PRAGMA application_id``
tells our files from other programs', ``PRAGMA user_version`` is the number of the last migration.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.errors import ForeignLedger, NewerLedger, StoreError
from ledger.store import journals, marks
from ledger.store.connection import connect, corrupt, explained, transaction
from ledger.store.files import beside, create_private, make_private, new_backup, size
from ledger.store.marks import APPLICATION_ID, COPY_ID

SCHEMA_VERSION = 23
"""The newest migration. Kept as a number so that opening does not read the migrations."""

if TYPE_CHECKING:
    from ledger.clock import Clock

_MAGIC = b"SQLite format 3\x00"
_CHEAP_CHECK = 4 * 1024 * 1024
_RETRY = timedelta(milliseconds=20)
"""How long to wait until the file is tried again that another process has locked."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from version ``number - 1`` to ``number`` of the ledger file.

    ``name`` is what it is about, ``sql`` the statements that take it.
    """

    number: int
    name: str
    sql: str


def shipped() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    from importlib.resources import files

    scripts = sorted(
        (file for file in files("ledger.store.migrations").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple(
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text("utf-8")) for file in scripts
    )


def prepare(path: Path, *, read_only: bool, patience: timedelta, clock: Clock) -> int:
    """Leave ``path`` as a ledger of this version, which is returned. A copy is put back.

    Raises:
        CorruptLedger: damaged, or beside the log of another ledger; the file is untouched.
        ForeignLedger: another program's SQLite file.
        NewerLedger: written by a newer version.
        LedgerBusy: another process kept writing for too long.
        StoreError: can't be created or opened, or is missing or too old to only read.
    """
    with explained(path):
        journals.check(path)
        version = 0 if _is_empty(path) else inspect(path, patience=patience)
        copy = version > 0 and marks.is_copy(path)
        if version == SCHEMA_VERSION and (read_only or not copy):
            if not read_only:
                make_private(path)
                _keep_wal(path, patience)
            return version
        if read_only:
            raise _not_ready(path, version)
        create_private(path)
        make_private(path)
        migrate(path, shipped(), patience=patience)
        if copy:
            put_back(path, clock.now(), patience=patience)
        return SCHEMA_VERSION


def put_back(path: Path, now: datetime, *, patience: timedelta) -> None:
    """Make a ledger of a copy that has this version."""
    from ledger.store import putting_back

    putting_back.put_back(path, now, patience=patience)
    _keep_wal(path, patience)


def inspect(path: Path, *, patience: timedelta) -> int:
    """The version of the ledger in ``path``, looked at without writing; 0 when it is blank."""
    _check_header(path)
    connection = connect(path, read_only=True, patience=patience)
    try:
        with transaction(connection, "BEGIN"):
            version = _version(connection, path)
            if size(path) <= _CHEAP_CHECK:
                _check_pages(connection, path)
        return version
    finally:
        connection.close()


def migrate(path: Path, migrations: tuple[Migration, ...], *, patience: timedelta) -> None:
    """Apply what is missing, each migration in one transaction, with a copy before each.

    A blank ledger gets all of them in one transaction: there is nothing to copy in between.
    Of several processes that try at the same time one does the work and the others find it done.
    """
    connection = connect(path, read_only=False, patience=patience)
    try:
        if not size(path) or not marks.is_copy(path):
            _use_wal(connection, patience)
        # A migration that rebuilds a table would trip over references into it; they are
        # checked as a whole before each commit.
        connection.execute("PRAGMA foreign_keys = OFF")
        with transaction(connection, "BEGIN IMMEDIATE"):
            if _version(connection, path) == 0:
                for migration in migrations:
                    _apply(connection, path, migration)
        for migration in migrations:
            with transaction(connection, "BEGIN IMMEDIATE"):
                _step(connection, path, migration, patience)
    finally:
        connection.close()


def statements(script: str) -> Iterator[str]:
    """The single statements of ``script``; triggers stay in one piece."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _step(
    connection: sqlite3.Connection, path: Path, migration: Migration, patience: timedelta
) -> None:
    if _version(connection, path) >= migration.number:
        return
    _check_pages(connection, path)
    _back_up(path, migration.number, patience)
    _apply(connection, path, migration)


def _apply(connection: sqlite3.Connection, path: Path, migration: Migration) -> None:
    for statement in statements(migration.sql):
        connection.execute(statement)
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise corrupt(path, f"{len(broken)} rows refer to rows that are missing")
    if not marks.application(connection):
        marks.mark_ledger(connection)
    connection.execute(f"PRAGMA user_version = {migration.number}")


def _back_up(path: Path, migration: int, patience: timedelta) -> None:
    """Copy the ledger as last committed; the copy appears under its name when it is whole."""
    part = beside(path, f".before-{migration:04}.part")
    part.unlink(missing_ok=True)
    create_private(part)
    source = connect(path, read_only=True, patience=patience)
    target = sqlite3.connect(part)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    part.replace(new_backup(path, migration))


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The ledger's version; inside a transaction, so that the answers belong together."""
    tables, application, version = (
        connection.execute(query).fetchone()[0]
        for query in (
            "SELECT count(*) FROM sqlite_schema",
            "PRAGMA application_id",
            "PRAGMA user_version",
        )
    )
    if application == 0 and version == 0 and tables == 0:
        return 0
    if application not in {APPLICATION_ID, COPY_ID}:
        raise ForeignLedger(
            f"{path} is an SQLite file of another program, not a ledger. It was left as it is.",
            "Move it aside, or use another profile or folder.",
        )
    if version > SCHEMA_VERSION:
        raise NewerLedger(
            f"The ledger {path} has version {version}; this program knows up to {SCHEMA_VERSION}.",
            "Update numstake-tui, or use another profile or folder.",
        )
    return int(version)


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start != _MAGIC:
        raise corrupt(path, "it is not an SQLite file")


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise corrupt(path, " ".join(finding.split()))


def _is_empty(path: Path) -> bool:
    """Whether there is nothing yet. A journal beside an empty file means that it lost its content.

    The journal is looked at first: whoever creates the ledger writes the file before it.
    """
    journal = size(beside(path, "-wal"))
    empty = size(path) == 0
    if empty and journal:
        raise corrupt(path, "it is empty, but its -wal file is not")
    return empty


def _use_wal(connection: sqlite3.Connection, patience: timedelta) -> None:
    """Switch to write-ahead logging; SQLite does not wait for others here, so we do."""
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY.total_seconds())


def _keep_wal(path: Path, patience: timedelta) -> None:
    """Switch a file to write-ahead logging that was put there without, as its header says."""
    with path.open("rb") as file:
        file.seek(len(_MAGIC) + 2)
        if file.read(1) == b"\x02":
            return
    connection = connect(path, read_only=False, patience=patience)
    try:
        _use_wal(connection, patience)
    finally:
        connection.close()


def _not_ready(path: Path, version: int) -> StoreError:
    if version:
        what = f"The ledger {path} has the older version {version} and can't be brought up to date."
    else:
        what = f"There is no ledger at {path} yet."
    return StoreError(what, "Start once without --read-only.")
