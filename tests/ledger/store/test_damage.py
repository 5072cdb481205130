"""A damaged or strange file is named and kept as it is, byte for byte."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.errors import (
    CorruptLedger,
    ForeignLedger,
)
from ledger.store import Store, migrate
from ledger.store.connection import connect
from tests.ledger.store.samples import ACCOUNT, FACTS, LOG, files_beside


def test_another_programs_file_is_refused(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "places.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmark (url TEXT)")
    connection.close()
    before = files_beside(path)

    with pytest.raises(ForeignLedger, match="another program"):
        Store.open(path, clock=clock)

    assert files_beside(path) == before


def test_a_file_that_is_no_database_is_kept(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "default.sqlite3"
    path.write_bytes(b"not a ledger at all\n" * 100)
    before = files_beside(path)

    with pytest.raises(CorruptLedger, match="is damaged") as refusal:
        Store.open(path, clock=clock)

    assert "sync again" in refusal.value.advice
    assert files_beside(path) == before


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("damage", ["cut", "scribbled", "zeroed"])
def test_a_damaged_ledger_is_named_and_kept(
    filled: Path, clock: FrozenClock, damage: str, read_only: bool
) -> None:
    content = bytearray(filled.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 + 100 :]
    else:
        content[5000:40_000] = (b"\xff" if damage == "scribbled" else b"\x00") * 35_000
    filled.write_bytes(content)
    backup = filled.with_name(f"{filled.name}.before-0001.bak")
    backup.write_bytes(b"an older one")
    before = files_beside(filled)

    with pytest.raises(CorruptLedger, match=re.escape(str(filled))) as refusal:
        Store.open(filled, clock=clock, read_only=read_only)

    assert str(backup) in refusal.value.advice
    assert files_beside(filled) == before


@pytest.mark.parametrize("damage", [slice(None, -20_000), slice(4096)])
def test_a_big_ledger_that_was_cut_is_named_and_kept(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, damage: slice
) -> None:
    monkeypatch.setattr(migrate, "_CHEAP_CHECK", 0)
    filled.write_bytes(filled.read_bytes()[damage])
    before = files_beside(filled)

    with pytest.raises(CorruptLedger):
        Store.open(filled, clock=clock)

    assert files_beside(filled) == before


def test_damage_inside_a_big_ledger_is_named_when_it_is_met(
    filled: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_CHEAP_CHECK", 0)
    connection = connect(filled, read_only=True)
    (page,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'performance'"
    ).fetchone()
    connection.close()
    content = bytearray(filled.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    filled.write_bytes(content)
    store = Store.open(filled, clock=clock)

    assert store.account() == ACCOUNT
    with pytest.raises(CorruptLedger, match="damaged"):
        store.performances(FACTS.performances[0].tournament)
    assert any("amage" in problem for problem in store.check())
    store.close()
    assert filled.read_bytes() == content


def test_an_emptied_ledger_with_a_journal_is_not_started_over(
    store: Store, path: Path, clock: FrozenClock
) -> None:
    store.apply(FACTS, LOG)
    journal = path.with_name(f"{path.name}-wal").read_bytes()
    store.close()
    path.write_bytes(b"")
    path.with_name(f"{path.name}-wal").write_bytes(journal)
    before = files_beside(path)

    with pytest.raises(CorruptLedger, match="empty"):
        Store.open(path, clock=clock)

    assert files_beside(path) == before
