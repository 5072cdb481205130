"""Copies of a ledger: whole while it is written, checked, put back without a change going out."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.errors import CorruptLedger, ForeignLedger, LedgerBusy, NewerLedger, StoreError
from ledger.store import Store, journals, migrate
from ledger.store.backups import back_up, restore
from ledger.store.files import beside
from tests.ledger.store.samples import ACCOUNT, ALPHA, BEFORE, FACTS, LOG, files_beside
from tests.ledger.store.test_processes import PAUSE_INSIDE_APPLY, kill, process

DRAFT, QUEUED, WAITING = ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.WAITING

KILLED_WHILE_OPEN = """
for number in range(int(sys.argv[2])):
    store.apply(replace(FACTS, account=replace(ACCOUNT, available=NMR(number))), LOG)
pause()
"""


def drafted(store: Store, *states: ChangeState) -> Change:
    """A change taken through ``states``."""
    change = store.add_change(
        model=ALPHA, system=System.CONTINUOUS, kind=ChangeKind.INCREASE, nmr=NMR(2),
        conditions=Conditions(), reason="Wanted.",
    )  # fmt: skip
    for state in states:
        before = BEFORE if state is ChangeState.SENDING else None
        attempt = f"a-{change.id}" if before else None
        change = store.move(
            change.id, state, expect=change.state, reason="", attempt=attempt, before=before
        )
    return change


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


class TestBackingUp:
    def test_while_another_process_writes_it_is_the_last_committed_state(
        self, store: Store, path: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        store.apply(FACTS, LOG)
        with process(PAUSE_INSIDE_APPLY, path):
            back_up(path, tmp_path / "copy.db", clock)
        assert names(tmp_path) == {"data", "copy.db"}
        assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
        with closing(Store.open(tmp_path / "copy.db", clock=clock, read_only=True)) as copy:
            assert copy.account() == ACCOUNT
            assert copy.check() == []

    def test_nothing_is_overwritten_unasked(
        self, filled: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        file = tmp_path / "copy.db"
        file.write_bytes(b"precious")
        with pytest.raises(StoreError, match="--force"):
            back_up(filled, file, clock)
        assert file.read_bytes() == b"precious"
        back_up(filled, file, clock, force=True)
        assert file.read_bytes().startswith(b"SQLite format 3")

    @pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
    def test_the_ledger_is_never_the_place_for_its_copy(
        self, filled: Path, clock: FrozenClock, ending: str
    ) -> None:
        with pytest.raises(StoreError, match="belongs to the ledger"):
            back_up(filled, beside(filled, ending), clock, force=True)

    def test_what_fails_leaves_nothing(
        self, filled: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        with pytest.raises(StoreError, match="There is no ledger"):
            back_up(tmp_path / "none.sqlite3", tmp_path / "copy.db", clock)
        with pytest.raises(StoreError, match="could not be written"):
            back_up(filled, tmp_path / ("x" * 300), clock)
        before = files_beside(filled)
        content = bytearray(filled.read_bytes())
        content[8192:40_000] = b"\xff" * (40_000 - 8192)
        filled.write_bytes(content)
        with pytest.raises(CorruptLedger):
            back_up(filled, tmp_path / "copy.db", clock)
        assert "copy.db" not in names(tmp_path)
        assert before.keys() == files_beside(filled).keys()


class TestPuttingBack:
    def test_it_is_as_it_was_and_the_other_is_kept(
        self, filled: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        back_up(filled, tmp_path / "copy.db", clock)
        later = replace(ACCOUNT, available=NMR(7))
        with closing(Store.open(filled, clock=clock)) as store:
            store.apply(replace(FACTS, account=later), LOG)

        done = restore(filled, tmp_path / "copy.db", clock)

        assert done.copied == clock.now()
        with closing(Store.open(filled, clock=clock)) as store:
            assert store.account() == ACCOUNT
            assert store.check() == []
        assert done.aside is not None
        with closing(Store.open(done.aside, clock=clock, read_only=True)) as store:
            assert store.account() == later

    @pytest.mark.parametrize("by", ["restore", "hand"])
    def test_what_was_confirmed_needs_another_yes(
        self, store: Store, path: Path, clock: FrozenClock, tmp_path: Path, by: str
    ) -> None:
        store.apply(FACTS, LOG)
        numbers = [
            drafted(store, *states).id
            for states in ((), (QUEUED,), (QUEUED, WAITING), (QUEUED, ChangeState.SENDING))
        ]
        back_up(path, tmp_path / "copy.db", clock)
        store.move(numbers[1], ChangeState.CANCELLED, expect=QUEUED, reason="")
        store.close()
        clock.advance(timedelta(days=1))
        if by == "restore":
            restore(path, tmp_path / "copy.db", clock)
        else:
            shutil.copyfile(tmp_path / "copy.db", path)

        with closing(Store.open(path, clock=clock)) as again:
            states = [again.change(number).state for number in numbers]
            assert states == [DRAFT, DRAFT, DRAFT, ChangeState.SENDING]
            for number in numbers[:3]:
                event = again.events(number)[-1]
                assert (event.state, event.at) == (DRAFT, clock.now())
                assert "put back from a backup of 2026-09-03 13:05 UTC" in event.reason
            assert again.sent_before_put_back() == {numbers[3]}
            assert again.awaits_sync()
            again.apply(FACTS, replace(LOG, outcome="stopped"))
            assert again.awaits_sync()
            again.apply(FACTS, LOG)
            assert not again.awaits_sync()
            assert again.check() == []
        with closing(Store.open(path, clock=clock)) as twice:
            assert len(twice.events(numbers[1])) == len(states) - 1

    def test_a_plain_copy_is_put_back_like_a_backup(
        self, store: Store, path: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        number = drafted(store, QUEUED).id
        store.close()
        shutil.copyfile(path, tmp_path / "plain.db")
        assert restore(path, tmp_path / "plain.db", clock).copied is None
        with closing(Store.open(path, clock=clock)) as again:
            assert again.change(number).state is DRAFT

    def test_where_no_ledger_is_there_is_one_afterwards(
        self, filled: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        back_up(filled, tmp_path / "copy.db", clock)
        new = tmp_path / "new" / "machine" / "default.sqlite3"
        assert restore(new, tmp_path / "copy.db", clock).aside is None
        assert new.stat().st_mode & 0o777 == 0o600
        assert new.parent.stat().st_mode & 0o777 == 0o700
        with closing(Store.open(new, clock=clock)) as store:
            assert store.account() == ACCOUNT

    @pytest.mark.parametrize("how", ["open", "sending", "syncing"])
    def test_not_while_another_process_has_it(
        self, store: Store, path: Path, clock: FrozenClock, tmp_path: Path, how: str
    ) -> None:
        store.apply(FACTS, LOG)
        back_up(path, tmp_path / "copy.db", clock)
        store.close()
        held = {
            "open": "store.account(); pause()",
            "sending": "\nwith store.executing(): pause()",
            "syncing": "\nwith store.syncing(): pause()",
        }
        with process(held[how], path):
            before = path.read_bytes()
            with pytest.raises(LedgerBusy, match="has the ledger"):
                restore(path, tmp_path / "copy.db", clock)
            assert path.read_bytes() == before
        assert not [name for name in names(path.parent) if "replaced" in name or "part" in name]

    def test_of_another_account_a_newer_program_or_damaged_it_is_refused(
        self, filled: Path, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other.sqlite3"
        with closing(Store.open(other, clock=clock)) as store:
            store.apply(replace(FACTS, account=replace(ACCOUNT, username="somebody")), LOG)
        copy, newer, cut, text = (tmp_path / name for name in ("copy.db", "newer", "cut", "text"))
        back_up(filled, copy, clock)
        shutil.copyfile(copy, newer)
        with closing(sqlite3.connect(newer)) as connection:
            connection.execute("PRAGMA user_version = 999")
        cut.write_bytes(copy.read_bytes()[: 4096 * 12])
        text.write_text("no ledger")
        with closing(sqlite3.connect(tmp_path / "foreign")) as connection:
            connection.execute("CREATE TABLE bookmark (url TEXT)")
        before = files_beside(filled)
        refusals: list[tuple[Path, type[StoreError]]] = [
            (other, StoreError), (newer, NewerLedger), (cut, CorruptLedger), (text, CorruptLedger),
            (tmp_path / "foreign", ForeignLedger), (tmp_path / "none", StoreError),
            (filled, StoreError),
        ]  # fmt: skip
        for file, refusal in refusals:
            with pytest.raises(refusal):
                restore(filled, file, clock)
        after = {name: data for name, data in files_beside(filled).items() if "lock" not in name}
        assert {name: after[name] for name in before if name.endswith("sqlite3")} == {
            name: data for name, data in before.items() if name.endswith("sqlite3")
        }
        assert not [name for name in after if "replaced" in name or "part" in name]

    def test_a_damaged_ledger_is_kept_with_its_log(
        self, filled: Path, clock: FrozenClock, tmp_path: Path
    ) -> None:
        back_up(filled, tmp_path / "copy.db", clock)
        damaged = b"SQLite format 3\0" + b"\7" * 5000
        filled.write_bytes(damaged)
        beside(filled, "-wal").write_bytes(b"a log")
        done = restore(filled, tmp_path / "copy.db", clock)
        assert done.aside is not None
        assert done.aside.read_bytes() == damaged
        assert beside(done.aside, "-wal").read_bytes() == b"a log"
        with closing(Store.open(filled, clock=clock)) as store:
            assert store.account() == ACCOUNT

    def test_what_can_not_take_its_place_leaves_it_alone(
        self, filled: Path, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        back_up(filled, tmp_path / "copy.db", clock)

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", refuse)
        with pytest.raises(StoreError, match="No space left"):
            restore(filled, tmp_path / "copy.db", clock)
        assert not [name for name in names(filled.parent) if "replaced" in name]
        with closing(Store.open(filled, clock=clock)) as store:
            assert store.account() == ACCOUNT
            assert not store.awaits_sync()


class TestBesideAnOldLog:
    """A copy put back by hand while the log of the later ledger is still there."""

    @pytest.mark.parametrize("made", ["backup", "cp"])
    @pytest.mark.parametrize("read_only", [False, True])
    def test_it_is_noticed_and_both_are_kept(
        self, filled: Path, clock: FrozenClock, tmp_path: Path, made: str, read_only: bool
    ) -> None:
        copy = tmp_path / "copy.db"
        if made == "backup":
            back_up(filled, copy, clock)
        else:
            shutil.copyfile(filled, copy)
            with closing(Store.open(filled, clock=clock)) as store:
                store.apply(FACTS, LOG)
        with process(KILLED_WHILE_OPEN, filled, 2) as writer:
            kill(writer)
        assert beside(filled, "-wal").stat().st_size
        log = beside(filled, "-wal").read_bytes()
        shutil.copyfile(copy, filled)
        with pytest.raises(CorruptLedger, match="beside the write-ahead log of another"):
            Store.open(filled, clock=clock, read_only=read_only)
        assert filled.read_bytes() == copy.read_bytes()
        assert beside(filled, "-wal").read_bytes() == log
        done = restore(filled, copy, clock)
        assert done.aside is not None
        assert beside(done.aside, "-wal").read_bytes() == log
        with closing(Store.open(filled, clock=clock)) as store:
            assert store.account() == ACCOUNT

    @pytest.mark.parametrize("limit", [1000, 10, 33])
    def test_its_own_log_after_a_kill_is_not_taken_for_another(
        self, filled: Path, clock: FrozenClock, limit: int
    ) -> None:
        """Also where SQLite had brought a part of it into the file, and begun the log anew."""
        checkpoint = (
            "with store._connections._leased() as connection:\n"
            f"    connection.execute('PRAGMA wal_autocheckpoint = {limit}')\n"
        )
        with process(checkpoint + KILLED_WHILE_OPEN, filled, 30) as writer:
            kill(writer)
        with closing(Store.open(filled, clock=clock)) as store:
            account = store.account()
            assert account is not None
            assert account.available == NMR(29)
            assert store.check() == []

    def test_a_log_in_use_is_not_taken_for_another(
        self, store: Store, path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was written between two looks is, while somebody else is at work."""
        with process("store.apply(FACTS, LOG); pause()", path):
            monkeypatch.setattr(journals, "_commits", lambda _: 0)
            with closing(Store.open(path, clock=clock)) as second:
                assert second.account() == ACCOUNT


def test_migrations_of_a_copy_come_before_it_is_put_back(
    store: Store, path: Path, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = drafted(store, QUEUED).id
    back_up(path, tmp_path / "copy.db", clock)
    store.close()
    later = migrate.SCHEMA_VERSION + 1
    step = migrate.Migration(later, "later", "CREATE TABLE later (x TEXT) STRICT;\n")
    steps = (*migrate.shipped(), step)
    monkeypatch.setattr(migrate, "shipped", lambda: steps)
    monkeypatch.setattr(migrate, "SCHEMA_VERSION", later)
    shutil.copyfile(tmp_path / "copy.db", path)
    with closing(Store.open(path, clock=clock)) as again:
        assert again.change(number).state is DRAFT
