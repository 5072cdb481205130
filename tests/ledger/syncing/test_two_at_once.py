"""Two at once on one ledger: none ends with an error of the other's making."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from ledger.clock import FrozenClock
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState, Conditions
from ledger.domain.syncing.coverage import Covered
from ledger.errors import Cancelled, LedgerBusy
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import NOW, BookMaker
from tests.tui.cli.shell import Shell


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=7, models=16, rounds=40, now=NOW, frozen=True) as running:
        yield running


class Home:
    """A profile of its own below ``folder``, and programs started on it."""

    def __init__(self, folder: Path, world: Sandbox) -> None:
        folder.mkdir()
        (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
        public_id, secret = world.keys["stake"]
        self._shell = Shell(folder, world.url)
        self._at = ("--at", str(folder))
        self._environment = self._shell.environment | {
            "NUMSTAKE_PUBLIC_ID": public_id,
            "NUMSTAKE_SECRET_KEY": secret,
        }
        self.ledger = folder / "data" / "default.sqlite3"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The program, under way."""
        shell = self._shell
        return subprocess.Popen(
            [sys.executable, "-m", "tui", "--api-url", shell.url, *self._at, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=shell.home,
            env=self._environment,
        )

    def all(self, *commands: tuple[str, ...]) -> list[int]:
        """How commands that ran at the same time ended."""
        running = [self.start(*command) for command in commands]
        said = [one.communicate(timeout=120) for one in running]
        assert not any("Traceback" in errors for _, errors in said), said
        return [one.returncode for one in running]

    def store(self) -> Store:
        return Store.open(self.ledger, clock=FrozenClock(NOW))


def held(store: Store) -> dict[str, Any]:
    """What a ledger knows, but for when and how it learned of it."""
    account = store.account()
    assert account is not None
    return {
        "wallet": account.available,
        "models": store.models(archived=True),
        "stakes": store.stakes(),
        "missing": [(one.fact, one.subject) for one in store.missing()],
        "covered": {what: store.covered(what) for what in Covered},
        "history": store.sync_state().history,
        **{
            str(tournament): (
                store.rounds(tournament),
                store.performances(tournament),
                store.submissions(tournament),
                store.stake_transactions(tournament),
            )
            for tournament in Tournament
        },
    }


def test_two_first_syncs_leave_the_ledger_of_one(tmp_path: Path, world: Sandbox) -> None:
    alone, both = Home(tmp_path / "alone", world), Home(tmp_path / "both", world)
    assert alone.all(("sync",)) == [0]
    assert both.all(("sync",), ("sync",)) == [0, 0]
    first, second = alone.store(), both.store()
    assert held(second) == held(first)
    assert [one.outcome for one in second.syncs(9)] == ["done", "done"]
    first.close()
    second.close()


def test_a_sync_and_two_runs_and_an_edit_end_well(tmp_path: Path, world: Sandbox) -> None:
    home = Home(tmp_path / "home", world)
    assert home.all(("sync",)) == [0]
    store = home.store()
    first, second = _quiet(store)
    changes = [
        store.add_change(
            model=model,
            system=System.CONTINUOUS,
            kind=ChangeKind.INCREASE,
            nmr=NMR(1),
            conditions=Conditions(when_free=wanted),
            reason="",
        )
        for model, wanted in ((first, None), (second, NMR(1_000_000)))
    ]
    for change in changes:
        store.move(change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="")
    edit = ("queue", "edit", str(changes[1].id), "--nmr", "2")
    assert home.all(("sync",), ("queue", "run"), ("queue", "run"), edit) == [0, 0, 0, 0]
    sent = [one for one in store.events(changes[0].id) if one.state is ChangeState.SENDING]
    assert len(sent) == 1
    assert store.change(changes[0].id).state in {ChangeState.ACCEPTED, ChangeState.SETTLED}
    assert store.change(changes[1].id).nmr == NMR(2)
    assert store.change(changes[1].id).state is ChangeState.DRAFT
    store.close()


def _quiet(store: Store) -> list[Any]:
    """Two models that take a change."""
    stakes = store.stakes()
    return [
        model
        for model in store.models()
        if model.tournament is Tournament.SIGNALS
        and model.id in stakes
        and stakes[model.id].pending is None
    ][:2]


def test_a_sync_that_waits_can_be_stopped_and_others_are_not_hindered(
    make_book: BookMaker, ledger_file: Path
) -> None:
    other = Store.open(ledger_file, clock=FrozenClock(NOW))
    book, stop, stages = make_book(), threading.Event(), []

    def progressed(step: Any) -> None:
        stages.append(step.stage)
        stop.set()

    with other.syncing():
        with pytest.raises(Cancelled):
            book.sync(progressed, stop)
        assert book.portfolio().lines
        model = _quiet(other)[0]
        change = book.queue.add(model.id, ChangeKind.INCREASE, NMR(1))
        assert book.queue.confirm_all([change.id])
    assert stages == ["waiting for another sync"]
    assert book.sync().outcome == "done"
    other.close()


def test_a_sync_that_waits_goes_on(make_book: BookMaker, ledger_file: Path) -> None:
    other = Store.open(ledger_file, clock=FrozenClock(NOW))
    book, waiting = make_book(), threading.Event()
    outcomes: list[str] = []
    with other.syncing():
        thread = threading.Thread(
            target=lambda: outcomes.append(book.sync(lambda _: waiting.set()).outcome)
        )
        thread.start()
        assert waiting.wait(30)
        assert not outcomes
    thread.join(60)
    assert outcomes == ["done"]
    other.close()


def test_a_run_that_waits_gives_up_when_it_is_stopped(ledger_file: Path) -> None:
    store = Store.open(ledger_file, clock=FrozenClock(NOW))
    stop = threading.Event()
    stop.set()
    late = store.executing(timedelta(minutes=5), stop)
    with store.executing(), pytest.raises(LedgerBusy), late:
        raise AssertionError
    with store.executing(timedelta(minutes=5), stop):
        pass
    store.close()


def test_one_action_waits_until_a_run_has_ended(
    make_book: BookMaker, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, waiting = make_book(), threading.Event()
    model = _quiet(book._store)[0]
    change = book.queue.add(model.id, ChangeKind.INCREASE, NMR(1))
    book.queue.confirm_all([change.id])
    states: list[ChangeState] = []
    other = Store.open(ledger_file, clock=FrozenClock(NOW))
    acquire = FileLock.acquire

    def noted(lock: FileLock, *how: Any) -> Any:
        try:
            return acquire(lock, *how)
        except Timeout:
            waiting.set()
            raise

    with other.executing():
        monkeypatch.setattr(FileLock, "acquire", noted)
        thread = threading.Thread(target=lambda: states.append(book.queue.send(change.id).state))
        thread.start()
        assert waiting.wait(30)
        assert not states
    thread.join(60)
    assert states == [ChangeState.ACCEPTED]
    other.close()


def test_what_a_run_made_wait_meanwhile_can_be_edited_and_dropped(make_book: BookMaker) -> None:
    book = make_book()
    store = book._store
    model = _quiet(store)[0]
    change = book.queue.add(model.id, ChangeKind.INCREASE, NMR(1))
    (seen,) = book.queue.confirm_all([change.id])
    store.move(change.id, ChangeState.WAITING, expect=ChangeState.QUEUED, reason="Not yet.")
    edited = store.edit(seen, nmr=NMR(2), conditions=seen.conditions, reason="Edited.")
    assert (edited.nmr, edited.state) == (NMR(2), ChangeState.DRAFT)
    assert book.queue.cancel(change.id).state is ChangeState.CANCELLED
