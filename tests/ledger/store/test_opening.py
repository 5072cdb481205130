"""A file becomes a ledger that only its owner can read, and says no in words."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.errors import (
    LedgerBusy,
    ReadOnly,
    StoreError,
)
from ledger.store import Store
from ledger.store.connection import connect
from ledger.store.files import create_private
from ledger.store.migrate import migrate, shipped
from tests.blank import migrate_at_once
from tests.ledger.store.samples import ACCOUNT, FACTS, LOG

SHORT = timedelta(milliseconds=50)


@pytest.fixture(autouse=True)
def blank_ledgers() -> None:
    """Here ledgers are made by their migrations."""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_every_table_is_strict(store: Store, path: Path) -> None:
    connection = connect(path, read_only=True)
    tables = connection.execute(
        "SELECT name, strict FROM pragma_table_list WHERE type = 'table'"
    ).fetchall()
    connection.close()

    loose = [name for name, strict in tables if not strict and not name.startswith("sqlite_")]
    assert loose == []


def test_connections_keep_their_promises(store: Store, path: Path) -> None:
    connection = connect(path, read_only=False)
    values = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]
    connection.close()

    assert values == ["wal", 2, 1]


def test_only_the_owner_can_read_the_ledger(store: Store, path: Path) -> None:
    store.apply(FACTS, LOG)
    with store.executing():
        made = {file.name: mode(file) for file in path.parent.iterdir()}

    assert made == dict.fromkeys(
        ("default.sqlite3", "default.sqlite3-wal", "default.sqlite3-shm", "default.sqlite3.lock"),
        0o600,
    )
    assert mode(path.parent) == 0o700


def test_a_ledger_others_could_read_is_made_private(filled: Path, clock: FrozenClock) -> None:
    filled.chmod(0o644)
    Store.open(filled, clock=clock).close()
    assert mode(filled) == 0o600


def test_many_can_create_the_same_ledger(path: Path, clock: FrozenClock) -> None:
    start = threading.Barrier(6)

    def open_it(_: int) -> Store:
        start.wait()
        return Store.open(path, clock=clock)

    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(open_it, range(6)))

    stores[0].apply(FACTS, LOG)
    assert stores[5].account() == ACCOUNT
    for store in stores:
        store.close()


def test_an_empty_file_becomes_a_ledger(path: Path, clock: FrozenClock) -> None:
    path.parent.mkdir()
    path.touch()
    store = Store.open(path, clock=clock)
    assert store.check() == []
    store.close()


def test_a_ledger_whose_creation_was_interrupted_is_created(path: Path, clock: FrozenClock) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert path.stat().st_size

    store = Store.open(path, clock=clock)
    store.apply(FACTS, LOG)
    assert store.check() == []
    store.close()


def test_a_folder_in_its_place(tmp_path: Path, clock: FrozenClock) -> None:
    with pytest.raises(StoreError, match="can't be"):
        Store.open(tmp_path, clock=clock)


def test_a_file_where_its_folder_should_be(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StoreError, match="can't be"):
        Store.open(tmp_path / "data" / "default.sqlite3", clock=clock)


def test_reading_only_refuses_every_write(filled: Path, clock: FrozenClock) -> None:
    store = Store.open(filled, clock=clock, read_only=True)

    assert store.account() == ACCOUNT
    assert store.check() == []
    with pytest.raises(ReadOnly):
        store.apply(FACTS, LOG)
    with pytest.raises(ReadOnly):
        store.log_sync(LOG)
    with pytest.raises(ReadOnly), store.executing():
        pass
    store.close()


def test_sqlite_itself_refuses_writes_when_reading_only(filled: Path) -> None:
    connection = connect(filled, read_only=True)
    assert connection.execute("PRAGMA query_only").fetchone() == (1,)
    connection.execute("PRAGMA query_only = OFF")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM model")
    connection.close()


def test_a_ledger_with_a_strange_name(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "who? 50% #1" / "my profile?.sqlite3"
    store = Store.open(path, clock=clock)
    store.apply(FACTS, LOG)
    store.close()
    assert path.is_file()


def test_a_writer_gives_up_on_a_busy_ledger(filled: Path, clock: FrozenClock) -> None:
    store = Store.open(filled, clock=clock, patience=SHORT)
    other = connect(filled, read_only=False)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerBusy, match="Another process is writing"):
        store.log_sync(LOG)
    assert store.account() == ACCOUNT

    other.execute("ROLLBACK")
    store.log_sync(LOG)
    other.close()
    store.close()


def test_the_ledgers_of_other_tests_are_what_migrations_make(tmp_path: Path) -> None:
    """To the byte, and a ledger that is there already is left to them."""
    made, copied = tmp_path / "made.sqlite3", tmp_path / "copied.sqlite3"
    for path, migrating in ((made, migrate), (copied, migrate_at_once)):
        create_private(path)
        migrating(path, shipped(), patience=SHORT)
    assert made.read_bytes() == copied.read_bytes()
    older = tmp_path / "older.sqlite3"
    create_private(older)
    migrate_at_once(older, shipped()[:-1], patience=SHORT)
    assert older.read_bytes() != copied.read_bytes()
    migrate_at_once(older, shipped(), patience=SHORT)
    assert [file.name for file in tmp_path.glob("older*.bak")]
