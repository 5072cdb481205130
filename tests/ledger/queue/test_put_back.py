"""A ledger put back from a backup sends nothing again, and claims nothing of what it can't know."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.config.config import Config
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.stakes.stake import ContinuousStake
from ledger.errors import ChangeError, RateLimited, ReadOnly
from ledger.numerai.client import Answer
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.run import run_queue
from ledger.store import Store
from ledger.store.backups import back_up, restore
from tests.ledger.queue.test_executor import (
    MODEL,
    NOW,
    QUIET,
    Account1,
    Killed,
    open_store,
    queued,
    sync_shows,
)

ROOT = Path(__file__).parents[3]
UNKNOWN = ChangeState.UNKNOWN
STAKE = ContinuousStake(MODEL.id, NMR(20), NMR(20), False, None)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[Store]:
    with_models = open_store(tmp_path, clock)
    yield with_models
    with_models.close()


class Limiting(Account1):
    """Says that requests come too fast, and applies all the same."""

    def increase(self, model: Model, nmr: NMR) -> Answer:
        super().increase(model, nmr)
        raise RateLimited("Numerai says: rate_limited")


class Copying(Account1):
    """A backup is made, and the process dies, while a change is on its way."""

    store: Store
    copy: Path

    def increase(self, model: Model, nmr: NMR) -> Answer:
        super().increase(model, nmr)
        back_up(self.store.path, self.copy, self.clock)
        raise Killed


def put_back(store: Store, copy: Path, clock: FrozenClock, after: timedelta) -> Store:
    store.close()
    clock.advance(after)
    restore(store.path, copy, clock)
    again = Store.open(store.path, clock=clock)
    sync_shows(again, clock, STAKE)
    return again


def look(store: Store, numerai: Account1, clock: FrozenClock, change: Change) -> Change:
    run_queue(Executor(store, numerai, clock, pause=lambda _: None), store)
    return store.change(change.id)


@pytest.mark.parametrize("answer", ["ok", "lost", "refused", "killed"])
def test_what_was_sent_after_the_backup_is_not_sent_again(
    store: Store, clock: FrozenClock, tmp_path: Path, answer: str
) -> None:
    numerai = Account1(clock, answer=answer)
    change = queued(store)
    back_up(store.path, tmp_path / "copy.db", clock)
    with suppress(Killed):
        Executor(store, numerai, clock).send(change.id)
    numerai.state = QUIET  # it was paid, or withdrawn, since
    with closing(put_back(store, tmp_path / "copy.db", clock, timedelta(days=40))) as again:
        assert look(again, numerai, clock, change).state is ChangeState.DRAFT
        with pytest.raises(ChangeError, match="Only confirmed"):
            Executor(again, numerai, clock).send(change.id)
    assert numerai.applied == 1


def test_of_what_was_on_its_way_no_trace_proves_nothing(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    numerai = Copying(clock)
    numerai.store, numerai.copy = store, tmp_path / "copy.db"
    change = queued(store)
    with suppress(Killed):
        Executor(store, numerai, clock).send(change.id)
    numerai.state = QUIET
    with closing(put_back(store, numerai.copy, clock, SETTLING)) as again:
        for _ in range(3):
            looked_into = look(again, numerai, clock, change)
            clock.advance(2 * SETTLING)
        assert looked_into.state is UNKNOWN
        assert "put back from a backup" in again.events(change.id)[-1].reason
        judged = Executor(again, numerai, clock).judge(change.id, arrived=True)
        assert judged.state is ChangeState.ACCEPTED
    assert numerai.applied == 1


def test_what_was_too_fast_is_not_sent_again_by_itself(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    numerai = Limiting(clock)
    change = queued(store)
    Executor(store, numerai, clock).send(change.id)
    back_up(store.path, tmp_path / "copy.db", clock)
    numerai.state = QUIET
    with closing(put_back(store, tmp_path / "copy.db", clock, SETTLING)) as again:
        for _ in range(3):
            looked_into = look(again, numerai, clock, change)
            clock.advance(2 * SETTLING)
        assert looked_into.state is UNKNOWN
    assert (numerai.applied, numerai.calls) == (1, 1)


def test_what_the_account_shows_is_found_all_the_same(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    numerai = Copying(clock)
    numerai.store, numerai.copy = store, tmp_path / "copy.db"
    change = queued(store)
    with suppress(Killed):
        Executor(store, numerai, clock).send(change.id)
    with closing(put_back(store, numerai.copy, clock, timedelta(minutes=1))) as again:
        assert look(again, numerai, clock, change).state is ChangeState.ACCEPTED


def test_nothing_is_confirmed_before_a_sync(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    change = queued(store)
    back_up(store.path, tmp_path / "copy.db", clock)
    store.close()
    restore(store.path, tmp_path / "copy.db", clock)
    again = Store.open(store.path, clock=clock)
    book = Book(profile="default", store=again, clock=clock, config=Config(), connect=lambda: None)  # type: ignore[arg-type]
    for attempt in (
        lambda: book.queue.confirm(change.id),
        lambda: book.queue.send(change.id),
        book.queue.run,
        lambda: book.queue.reconcile(change.id),
    ):
        with pytest.raises(ReadOnly, match="put back from a backup: sync first"):
            attempt()
    with pytest.raises(sqlite3.IntegrityError, match="compared with the account first"):
        again.move(change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="")
    sync_shows(again, clock, STAKE)
    assert book.writable() is None
    again.move(change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="")
    book.close()


FULL = """
import resource, sys
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.errors import LedgerError
from ledger.queue.executor import Executor
from ledger.store import Store
from tests.ledger.queue.test_executor import NOW, Account1

clock = FrozenClock(NOW)
store = Store.open(Path(sys.argv[1]), clock=clock)
numerai = Account1(clock, answer=sys.argv[3])
store.changes()
room = Path(sys.argv[1] + "-wal").stat().st_size + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    Executor(store, numerai, clock).send(1)
except LedgerError as error:
    print(numerai.calls, len(store.models()), str(error))
"""


@pytest.mark.parametrize("room", [0, 5_000, 20_000])
def test_what_can_not_be_written_first_is_not_sent(
    store: Store, clock: FrozenClock, room: int
) -> None:
    """The log may grow by ``room`` bytes: by nothing, or by a part of what is to be written."""
    change = queued(store)
    result = subprocess.run(
        [sys.executable, "-c", FULL, str(store.path), str(room), "ok"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    calls, models, *words = result.stdout.split()
    assert (calls, models) == ("0", "2")
    assert "The disk failed under the ledger" in " ".join(words)
    assert store.change(change.id).state is ChangeState.QUEUED
    assert store.events(change.id)[-1].state is ChangeState.QUEUED
    assert store.check() == []
