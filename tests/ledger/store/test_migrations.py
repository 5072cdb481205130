"""An older ledger is brought up to date after a copy of it was made."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.nmr import NMR
from ledger.errors import (
    CorruptLedger,
    LedgerBusy,
    NewerLedger,
    StoreError,
)
from ledger.store import Store, migrate
from ledger.store.connection import connect
from ledger.store.files import newest_backup
from tests.ledger.store.samples import ACCOUNT, FACTS, LOG, files_beside

SHORT = timedelta(milliseconds=50)
NEXT = migrate.SCHEMA_VERSION + 1
GOOD_STEP = migrate.Migration(
    NEXT,
    "notes",
    """
    -- A table; with a trigger; in one script.
    CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
    CREATE TRIGGER note_stays BEFORE DELETE ON note
    BEGIN SELECT 1; SELECT RAISE(ABORT, 'stays'); END;
    INSERT INTO note (body) SELECT username FROM account;
    """,
)


@pytest.fixture(autouse=True)
def blank_ledgers() -> None:
    """Here ledgers are made by their migrations."""


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program one migration later."""
    steps = (*migrate.shipped(), GOOD_STEP)
    monkeypatch.setattr(migrate, "shipped", lambda: steps)
    monkeypatch.setattr(migrate, "SCHEMA_VERSION", NEXT)


def test_the_schema_version_is_that_of_the_last_migration() -> None:
    numbers = [migration.number for migration in migrate.shipped()]
    assert numbers == list(range(1, migrate.SCHEMA_VERSION + 1))


def test_an_older_ledger_is_brought_up_to_date_after_a_copy(
    filled: Path, clock: FrozenClock, next_version: None
) -> None:
    store = Store.open(filled, clock=clock)

    assert store.account() == ACCOUNT
    store.apply(FACTS, LOG)
    assert store.check() == []
    connection = connect(filled, read_only=True)
    assert connection.execute("SELECT body FROM note").fetchall() == [(ACCOUNT.username,)]
    assert connection.execute("PRAGMA user_version").fetchone() == (NEXT,)
    connection.close()
    store.close()


def test_the_copy_is_the_ledger_as_it_was(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        steps = (*migrate.shipped(), GOOD_STEP)
        later.setattr(migrate, "shipped", lambda: steps)
        later.setattr(migrate, "SCHEMA_VERSION", NEXT)
        Store.open(filled, clock=clock).close()

    backup = filled.with_name(f"{filled.name}.before-{NEXT:04}.bak")
    assert newest_backup(filled) == backup
    assert backup.stat().st_mode & 0o777 == 0o600
    with pytest.raises(NewerLedger):
        Store.open(filled, clock=clock)
    backup.replace(filled)
    store = Store.open(filled, clock=clock)
    assert store.account() == ACCOUNT
    store.close()


def test_a_new_ledger_leaves_no_copy(store: Store, path: Path) -> None:
    assert newest_backup(path) is None


def test_a_second_copy_does_not_replace_the_first(
    filled: Path, clock: FrozenClock, next_version: None
) -> None:
    first = filled.with_name(f"{filled.name}.before-{NEXT:04}.bak")
    first.write_bytes(b"the first")

    Store.open(filled, clock=clock).close()

    assert first.read_bytes() == b"the first"
    assert newest_backup(filled) == filled.with_name(f"{filled.name}.before-{NEXT:04}-2.bak")


@pytest.mark.parametrize(
    "step",
    [
        "CREATE TABLE note (body TEXT) STRICT; SELECT no_such_function();",
        "CREATE TABLE note (body TEXT) STRICT; DELETE FROM performance;",
    ],
)
def test_a_migration_that_fails_changes_nothing(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    steps = (*migrate.shipped(), migrate.Migration(NEXT, "broken", step.replace("; ", ";\n")))
    with monkeypatch.context() as later:
        later.setattr(migrate, "shipped", lambda: steps)
        later.setattr(migrate, "SCHEMA_VERSION", NEXT)
        with pytest.raises((sqlite3.Error, CorruptLedger)):
            Store.open(filled, clock=clock)

    store = Store.open(filled, clock=clock)
    assert store.performances(FACTS.performances[0].tournament) == FACTS.performances[::-1]
    assert store.check() == []
    store.close()


def test_of_many_that_open_at_once_one_migrates(
    filled: Path, clock: FrozenClock, next_version: None
) -> None:
    start = threading.Barrier(6)

    def open_it(_: int) -> Store:
        start.wait()
        return Store.open(filled, clock=clock)

    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(open_it, range(6)))

    assert [store.account() for store in stores] == [ACCOUNT] * 6
    for store in stores:
        store.close()
    copies = [name for name in files_beside(filled) if ".before-" in name]
    assert copies == [f"{filled.name}.before-{NEXT:04}.bak"]


def test_a_running_program_does_not_write_into_a_ledger_migrated_meanwhile(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Store.open(filled, clock=clock)
    assert old.account() == ACCOUNT
    with monkeypatch.context() as later:
        steps = (*migrate.shipped(), GOOD_STEP)
        later.setattr(migrate, "shipped", lambda: steps)
        later.setattr(migrate, "SCHEMA_VERSION", NEXT)
        Store.open(filled, clock=clock).close()

    with pytest.raises(NewerLedger, match="while this one was running"):
        old.log_sync(LOG)
    old.close()


def test_a_newer_ledger_is_refused(filled: Path, clock: FrozenClock) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = files_beside(filled)

    with pytest.raises(
        NewerLedger, match=f"version 999.*up to {migrate.SCHEMA_VERSION}"
    ) as refusal:
        Store.open(filled, clock=clock)

    assert "Update numstake-tui" in refusal.value.advice
    assert files_beside(filled) == before


def test_reading_only_needs_a_ledger_of_this_version(
    filled: Path, clock: FrozenClock, next_version: None
) -> None:
    with pytest.raises(StoreError, match="no ledger"):
        Store.open(filled.with_name("other.sqlite3"), clock=clock, read_only=True)
    assert not filled.with_name("other.sqlite3").exists()
    with pytest.raises(StoreError, match="older version"):
        Store.open(filled, clock=clock, read_only=True)


def test_a_migration_gives_up_on_a_busy_ledger(
    filled: Path, clock: FrozenClock, next_version: None
) -> None:
    other = connect(filled, read_only=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy):
        Store.open(filled, clock=clock, patience=SHORT)
    other.close()


def test_statements_are_cut_where_they_end() -> None:
    assert len(list(migrate.statements(GOOD_STEP.sql))) == 3


BEFORE_DOUBTS = 10
QUEUED_ONCE = """
INSERT INTO account VALUES (1, 'user', '2026-11-24T09:00:00Z', NULL, '100', '0', '0', 'key', NULL);
INSERT INTO model (id, name, tournament, archived) VALUES
    ('m-1', 'alder', 11, 0), ('m-2', 'birch', 11, 0), ('m-3', 'cedar', 11, 0);
INSERT INTO continuous_stake VALUES
    ('m-1', '20', '21', 0, 'decrease', '3', '2026-12-20T14:00:00Z', 'pending', 'r-1'),
    ('m-2', '7', '7', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO missing_fact (fact, subject, since, why) VALUES ('stake', 'm-2', '2026-11-24', '');
INSERT INTO performance (tournament, round, model_id, at_risk, payout, state) VALUES
    (11, 1001, 'm-1', '20', '1', 'settled'), (11, 1002, 'm-1', '20', '1', 'pending'),
    (11, 1003, 'm-1', '20', NULL, 'pending');
INSERT INTO change (tournament, model_id, model_name, system, kind, nmr, state,
    when_release_gone, reason, created, updated) VALUES
    (11, 'm-1', 'alder', 'continuous', 'increase', '2', 'draft', 0, '', '2026-11-24', '2026-11-24'),
    (11, 'm-2', 'birch', 'continuous', 'increase', '2', 'draft', 0, '', '2026-11-24', '2026-11-24'),
    (11, 'm-3', 'cedar', 'continuous', 'increase', '2', 'draft', 0, '', '2026-11-24', '2026-11-24');
INSERT INTO change_event (change_id, at, state, reason)
    SELECT id, '2026-11-24T09:00:00Z', 'draft', '' FROM change;
UPDATE change SET state = 'queued' WHERE id < 3;
INSERT INTO change_event (change_id, at, state, reason) SELECT id, '2026-11-24T09:01:00Z',
    'queued', '' FROM change WHERE id < 3;
UPDATE change SET state = 'sending' WHERE id = 1;
INSERT INTO change_event (change_id, at, state, reason, attempt)
    VALUES (1, '2026-11-24T09:02:00Z', 'sending', '', 'a-1');
INSERT INTO change_snapshot VALUES
    (6, 'before', '2026-11-24T09:02:00Z', '100', '0', '20', 0, NULL, NULL, NULL, NULL, 2);
INSERT INTO change (tournament, model_id, model_name, system, kind, state, when_release_gone,
    reason, created, updated)
    VALUES (11, 'm-1', 'alder', 'continuous', 'drain', 'draft', 0, '', '2026-11-24', '2026-11-24');
INSERT INTO change_event (change_id, at, state, reason)
    VALUES (4, '2026-11-24T09:00:00Z', 'draft', '');
UPDATE change SET state = 'queued' WHERE id = 4;
UPDATE change SET state = 'waiting' WHERE id = 4;
INSERT INTO change_event (change_id, at, state, reason)
    VALUES (4, '2026-11-24T09:00:00Z', 'waiting', '');
"""


def test_changes_of_an_earlier_version_keep_their_history_and_get_a_basis(
    path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        steps = migrate.shipped()[:BEFORE_DOUBTS]
        earlier.setattr(migrate, "shipped", lambda: steps)
        earlier.setattr(migrate, "SCHEMA_VERSION", BEFORE_DOUBTS)
        Store.open(path, clock=clock).close()
    connection = sqlite3.connect(path)
    connection.executescript(QUEUED_ONCE)
    connection.close()

    store = Store.open(path, clock=clock)
    assert store.check() == []
    (before,) = [event.before for event in store.events(1) if event.before is not None]
    assert (before.settled, before.scheduled, before.pending_known) == (NMR(20), 2, True)
    old, unknown, draft = store.basis(2), store.basis(4), store.basis(3)
    assert draft is None
    assert old is not None and (old.model_name, old.settled) == ("birch", None)
    assert unknown is not None
    assert (unknown.settled, unknown.pending_amount, unknown.pending_id) == (NMR(20), NMR(3), "r-1")
    assert (unknown.newest_round, unknown.open_rounds) == (1003, frozenset({1002, 1003}))
    store.close()


BEFORE_ACCOUNTS = 15
BOOKED = """
INSERT INTO model (id, name, tournament, archived) VALUES ('m-1', 'alder', 8, 0),
    ('m-2', 'birch', 11, 1);
INSERT INTO record (key, part, kind, at, nmr, giver, taker, source, tournament, model_id)
    SELECT 'payout:' || id, 0, 'payout', '2026-11-24', '1', 'income', 'stake', 'numerai', place, id
    FROM (SELECT 'm-2' AS id, 11 AS place UNION ALL SELECT 'gone', 8 UNION ALL SELECT 'm-1', 8);
"""


def test_models_with_records_of_an_earlier_version_have_accounts_in_their_order(
    path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        steps = migrate.shipped()[:BEFORE_ACCOUNTS]
        earlier.setattr(migrate, "shipped", lambda: steps)
        earlier.setattr(migrate, "SCHEMA_VERSION", BEFORE_ACCOUNTS)
        Store.open(path, clock=clock).close()
    connection = sqlite3.connect(path)
    connection.executescript(BOOKED)
    connection.close()
    store = Store.open(path, clock=clock)
    assert store.check() == []
    assert [(account.model_id, account.name) for account in store.records.accounts()] == [
        ("m-2", "birch"),
        ("gone", "gone"),
        ("m-1", "alder"),
    ]
    store.close()
