"""Processes that run the queue, killed at random or two at a time: each change is sent once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.domain.model import System, Tournament
from ledger.domain.queue.change import ChangeKind, ChangeState, Conditions
from ledger.numerai.client import NumeraiClient
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.benchmarks.kills import Trial
from tests.conftest import NOW
from tests.ledger.queue.together import two_at_once

pytestmark = pytest.mark.long

KILLS = 10
CHANGES = 100
RUNNER = """
import sys, threading
from datetime import datetime
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.domain.queue.change import ChangeState
from ledger.errors import LedgerBusy
from ledger.queue.executor import Executor
from ledger.numerai.client import NumeraiClient
from ledger.queue.run import run_queue
from ledger.store import Store

path, url, public_id, secret, now = sys.argv[1:]
clock = FrozenClock(datetime.fromisoformat(now))
store = Store.open(Path(path), clock=clock)
client = NumeraiClient(Credentials(public_id, Secret(secret)), api_url=url, clock=clock,
                       account_reads_per_minute=100_000)
executor = Executor(store, client, clock, pause=lambda _: None)
busy = sent = 0
print("ready", flush=True)
sys.stdin.readline()
while store.changes(states={ChangeState.QUEUED}):
    stop = threading.Event()
    try:
        # Lets go of the lock after a few, so that both processes have their turns.
        report = run_queue(executor, store, stop=stop,
                           on_progress=lambda step: step.done >= 4 and stop.set())
        sent += len(report.sent)
    except LedgerBusy:
        busy += 1
print(sent, busy, flush=True)
"""


def test_killed_at_random_no_change_is_sent_twice_or_lost(tmp_path: Path) -> None:
    with Trial(tmp_path, seed=3, models=32) as trial:
        tally = trial.run(KILLS)
    assert tally.kills == KILLS
    assert not tally.twice
    assert not tally.wrong
    assert set(tally.ends) <= {"accepted", "refused"}
    assert sum(tally.ends.values()) == tally.changes


def test_two_processes_at_one_queue_send_each_change_once(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite3"
    with Sandbox(seed=2, models=32, rounds=30, now=NOW, frozen=True) as sandbox:
        public_id, secret = sandbox.keys["stake"]
        clock = FrozenClock(NOW)
        store = Store.open(path, clock=clock)
        client = NumeraiClient(
            Credentials(public_id, Secret(secret)), api_url=sandbox.url, clock=clock
        )
        sync(client, store, clock, history_rounds=1)
        client.close()
        wanted = queue_toggles(store)
        said = two_at_once(RUNNER, str(path), sandbox.url, public_id, secret, NOW.isoformat())
        sent = [int(one.split()[0]) for one in said]
        applied = Counter(entry["model_id"] for entry in sandbox.mutations_applied)
    assert sum(sent) == CHANGES
    assert applied == wanted
    assert len(store.changes(states={ChangeState.ACCEPTED})) == CHANGES
    store.close()


def queue_toggles(store: Store) -> Counter[str]:
    """A hundred confirmed changes over all staked Signals models; how many each of them has."""
    staked = store.stakes()
    models = [
        model
        for model in store.models()
        if model.tournament is Tournament.SIGNALS and model.id in staked
    ]
    wanted: Counter[str] = Counter()
    for number in range(CHANGES):
        model = models[number % len(models)]
        on = number // len(models) % 2 == 0
        change = store.add_change(
            model=model,
            system=System.CONTINUOUS,
            kind=ChangeKind.TAKE_PROFIT_ON if on else ChangeKind.TAKE_PROFIT_OFF,
            nmr=None,
            conditions=Conditions(),
            reason="Toggled.",
        )
        store.move(change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="Yes.")
        wanted[model.id] += 1
    return wanted
