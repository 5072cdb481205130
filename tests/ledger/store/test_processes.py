"""Other processes: they read during a sync, and may die at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState, Conditions
from ledger.errors import ChangeError, LedgerBusy
from ledger.store import Store
from ledger.store.connection import connect
from tests.ledger.store.samples import ACCOUNT, ALPHA, FACTS, LOG, PERFORMANCES

PREAMBLE = """
import sys
from dataclasses import replace
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.domain.queue.change import ChangeKind, ChangeState, Conditions
from ledger.domain.nmr import NMR
from ledger.domain.targets.plan import Plan, Step
from ledger.errors import LedgerError
from ledger.store import Store
from ledger.store.account import syncs
from tests.ledger.store.samples import *

store = Store.open(Path(sys.argv[1]), clock=FrozenClock(NOON))

def pause():
    print("here", flush=True)
    sys.stdin.readline()
"""

PAUSE_INSIDE_APPLY = """
write_sync = syncs.write_sync
def slow(connection, log):
    write_sync(connection, log)
    pause()
syncs.write_sync = slow
store.apply(replace(FACTS, account=replace(ACCOUNT, available=NMR(7))), LOG)
print("applied", flush=True)
"""

PAUSE_WHILE_EXECUTING = """
with store.executing():
    pause()
"""

PAUSE_AFTER_SENDING = """
store.move(1, ChangeState.SENDING, expect=ChangeState.QUEUED, reason="", attempt="a-1",
           before=BEFORE)
pause()
"""

RACE = """
pause()
try:
    store.move(1, ChangeState.SENDING, expect=ChangeState.QUEUED, reason="", attempt=sys.argv[2])
    print("moved", flush=True)
except LedgerError as error:
    print(type(error).__name__, flush=True)
"""

ENQUEUE = """
step = Step(ChangeKind.INCREASE, ALPHA, NMR(2), Conditions(), None, NOON, NOON, "")
seen = store.changes(states=[state for state in ChangeState if state.open])
plan = Plan((step,), None, (), (), (), NMR(0), (), seen)
pause()
try:
    print(len(store.add_plan(plan)), flush=True)
except LedgerError as error:
    print(type(error).__name__, flush=True)
"""

ROOT = Path(__file__).parents[3]


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process that has come to its first pause."""
    running = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "here\n"
        yield running
    finally:
        running.kill()
        running.communicate()


def kill(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGKILL)
    running.wait(60)


def queued(store: Store) -> int:
    change = store.add_change(
        model=ALPHA,
        system=System.CONTINUOUS,
        kind=ChangeKind.INCREASE,
        nmr=NMR(2),
        conditions=Conditions(),
        reason="",
    )
    return store.move(change.id, ChangeState.QUEUED, expect=change.state, reason="").id


def test_readers_do_not_wait_for_a_sync_in_another_process(
    store: Store, path: Path, clock: FrozenClock
) -> None:
    store.apply(FACTS, LOG)
    with process(PAUSE_INSIDE_APPLY, path) as writer:
        second = Store.open(path, clock=clock, read_only=True)
        assert store.account() == second.account() == ACCOUNT
        assert store.performances(ALPHA.tournament) == PERFORMANCES[::-1]

        output, _ = writer.communicate("go on\n", timeout=60)
        assert output == "applied\n"
        assert store.account() == second.account() == replace(ACCOUNT, available=NMR(7))
        second.close()


def test_a_sync_killed_midway_leaves_the_ledger_as_it_was(
    store: Store, path: Path, clock: FrozenClock
) -> None:
    store.apply(FACTS, LOG)
    store.close()
    with process(PAUSE_INSIDE_APPLY, path) as writer:
        kill(writer)

    again = Store.open(path, clock=clock)
    assert again.account() == ACCOUNT
    assert again.syncs(10) == (LOG,)
    assert again.check() == []
    again.apply(FACTS, LOG)
    again.close()


def test_a_change_that_was_sending_when_its_process_died_is_still_sending(
    store: Store, path: Path
) -> None:
    change_id = queued(store)
    with process(PAUSE_AFTER_SENDING, path) as sender:
        kill(sender)

    assert store.change(change_id).state is ChangeState.SENDING
    assert store.events(change_id)[-1].attempt == "a-1"
    with pytest.raises(ChangeError):
        store.move(change_id, ChangeState.SENDING, expect=ChangeState.QUEUED, reason="")


def test_of_several_processes_one_sends(store: Store, path: Path) -> None:
    change_id = queued(store)
    with process(RACE, path, "a-1") as one, process(RACE, path, "a-2") as two:
        for running in (one, two):
            assert running.stdin is not None
            running.stdin.write("go on\n")
            running.stdin.flush()
        outcomes = [running.communicate(timeout=60)[0].strip() for running in (one, two)]

    assert sorted(outcomes) == ["ChangeError", "moved"]
    assert store.events(change_id)[-1].attempt == f"a-{outcomes.index('moved') + 1}"


def test_of_several_processes_with_one_plan_one_puts_it_into_the_queue(
    store: Store, path: Path
) -> None:
    store.apply(FACTS, LOG)
    with process(ENQUEUE, path) as one, process(ENQUEUE, path) as two:
        for running in (one, two):
            assert running.stdin is not None
            running.stdin.write("go on\n")
            running.stdin.flush()
        outcomes = [running.communicate(timeout=60)[0].strip() for running in (one, two)]

    assert sorted(outcomes) == ["1", "ChangeError"]
    assert len(store.changes()) == 1


def test_the_queue_is_taken_over_from_a_process_that_died(store: Store, path: Path) -> None:
    with process(PAUSE_WHILE_EXECUTING, path) as owner:
        with pytest.raises(LedgerBusy), store.executing():
            pass
        kill(owner)
        with store.executing():
            assert store.changes() == ()


def test_damage_and_lost_history_are_found(store: Store, path: Path) -> None:
    store.apply(FACTS, LOG)
    change_id = queued(store)
    path.chmod(0o644)
    connection = connect(path, read_only=False)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE change SET state = 'sending' WHERE id = ?", (change_id,))
    connection.execute("DELETE FROM performance WHERE model_id = ?", (ALPHA.id,))
    connection.close()

    found = "\n".join(store.check())

    assert f"Change {change_id} is sending, but its history ends with queued." in found
    assert "A row of score refers to a missing row of performance." in found
    assert "chmod 600" in found
