"""Edited targets: every edit is one step on disk, to undo and redo, per tournament."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.domain.targets.target import TargetDraft, TargetEntry
from ledger.errors import ReadOnly
from ledger.store import Store
from ledger.store.migrate import migrate, shipped
from ledger.store.targets import targets as rows

SIGNALS, CRYPTO = Tournament.SIGNALS, Tournament.CRYPTO


def test_nothing_is_edited_at_first(store: Store) -> None:
    assert store.targets(SIGNALS) == TargetDraft(SIGNALS)
    assert store.undo_targets(SIGNALS) == TargetDraft(SIGNALS)
    assert store.redo_targets(SIGNALS) == TargetDraft(SIGNALS)


def test_an_edit_leaves_other_rows_and_other_tournaments_alone(store: Store) -> None:
    store.edit_targets(SIGNALS, texts={"a": "+3", "b": "25%"})
    store.edit_targets(CRYPTO, texts={"c": "max"})
    found = store.edit_targets(SIGNALS, texts={"a": ""}, locks={"b": True})
    assert found.entries == {"b": TargetEntry("25%", True)}
    assert store.targets(CRYPTO).entries == {"c": TargetEntry("max")}
    store.undo_targets(CRYPTO)
    assert store.targets(SIGNALS) == found


def test_steps_and_their_pointer_survive_a_restart(store: Store, clock: FrozenClock) -> None:
    store.edit_targets(SIGNALS, texts={"a": "1"})
    store.replace_targets(SIGNALS, {"b": TargetEntry("2", True)}, name="autumn")
    store.edit_targets(SIGNALS, texts={"b": "3"})
    store.undo_targets(SIGNALS)
    store.close()
    again = Store.open(store.path, clock=clock)
    try:
        there = again.targets(SIGNALS)
        assert there.entries == {"b": TargetEntry("2", True)}
        assert (there.name, there.can_undo, there.can_redo) == ("autumn", True, True)
        back = again.undo_targets(SIGNALS)
        assert (back.entries, back.name) == ({"a": TargetEntry("1")}, None)
        again.redo_targets(SIGNALS)
        last = again.redo_targets(SIGNALS)
        assert last.entries == {"b": TargetEntry("3", True)}
        assert (last.name, last.can_redo) == ("autumn", False)
    finally:
        again.close()


def test_a_new_edit_ends_what_was_undone(store: Store) -> None:
    store.edit_targets(SIGNALS, texts={"a": "1"})
    store.edit_targets(SIGNALS, texts={"a": "2"})
    store.undo_targets(SIGNALS)
    assert not store.edit_targets(SIGNALS, texts={"a": "3"}).can_redo
    assert store.redo_targets(SIGNALS).entries == {"a": TargetEntry("3")}
    assert store.undo_targets(SIGNALS).entries == {"a": TargetEntry("1")}


def test_an_edit_that_changes_nothing_is_no_step(store: Store) -> None:
    store.edit_targets(SIGNALS, texts={"a": "1"})
    store.edit_targets(SIGNALS, texts={"a": "1", "b": ""}, locks={"a": False})
    assert not store.undo_targets(SIGNALS).can_undo


def test_a_name_is_given_without_a_step(store: Store) -> None:
    store.edit_targets(SIGNALS, texts={"a": "1"})
    store.name_targets(SIGNALS, "winter")
    assert store.targets(SIGNALS).name == "winter"
    assert not store.undo_targets(SIGNALS).can_undo


def test_only_so_many_steps_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "STEPS_KEPT", 3)
    for amount in range(1, 8):
        store.edit_targets(SIGNALS, texts={"a": str(amount)})
    seen = []
    while store.targets(SIGNALS).can_undo:
        seen.append(store.undo_targets(SIGNALS).entries["a"].text)
    assert seen == ["6", "5", "4"]


def test_a_ledger_opened_for_reading_is_not_edited(store: Store, clock: FrozenClock) -> None:
    store.edit_targets(SIGNALS, texts={"a": "1"})
    reader = Store.open(store.path, clock=clock, read_only=True)
    try:
        with pytest.raises(ReadOnly):
            reader.undo_targets(SIGNALS)
        assert reader.targets(SIGNALS).entries == {"a": TargetEntry("1")}
    finally:
        reader.close()


def test_an_older_ledger_gets_room_for_targets(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "old.sqlite3"
    path.touch(mode=0o600)
    migrate(path, shipped()[:2], patience=timedelta(seconds=5))
    store = Store.open(path, clock=clock)
    try:
        assert store.edit_targets(SIGNALS, texts={"a": "1"}).can_undo
    finally:
        store.close()
