"""Kills the process that runs the queue at random moments, and looks what became of the changes.

The sandbox applies each change or does not, and answers as it should, with a 502, with nothing or
with rubbish. Whatever happens, no change may be applied twice, none may be lost, and after
reconciling the ledger has to agree with the sandbox wherever that can be told.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import CONFIRMED, Change, ChangeKind, ChangeState, Conditions
from ledger.numerai.client import NumeraiClient
from ledger.queue.executor import SETTLING, Executor, recover
from ledger.queue.reconciling import in_doubt
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.benchmarks.nursery import Nursery, kill
from tests.benchmarks.progress import at_kill

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PATIENCE = 60.0
ATONCE = 5
"""New changes a round of the trial; each on a model of its own."""

WORK = """
import numerapi, requests
from datetime import datetime
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.queue.executor import Executor
from ledger.numerai.client import NumeraiClient
from ledger.queue.run import run_queue
from ledger.store import Store

def work(path, url, public_id, secret, now):
    clock = FrozenClock(datetime.fromisoformat(now))
    store = Store.open(Path(path), clock=clock)
    key = Credentials(public_id, Secret(secret))
    client = NumeraiClient(
        key, api_url=url, clock=clock, retries=0, account_reads_per_minute=100_000
    )
    run_queue(Executor(store, client, clock, pause=lambda _: None), store)
"""
"""What a worker does: run the queue."""

FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("status_before", {"status": 502}),
    ("status_after", {"status": 502}),
    ("drop_before", {}),
    ("drop_after", {}),
    ("html", {"after": False}),
    ("html", {"after": True}),
    ("nulls", {}),
    ("hang", {"seconds": 0.2, "after": False}),
    ("hang", {"seconds": 0.2, "after": True}),
    ("latency", {"ms": 30}),
)


@dataclass
class Tally:
    """What a trial came to."""

    kills: int = 0
    under_way: int = 0
    changes: int = 0
    twice: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unclear: int = 0
    ends: Counter[str] = field(default_factory=Counter)


def wait_for_quiet() -> None:
    """Until the sandbox has done with every request: a dead client's one may still work."""
    deadline = time.monotonic() + PATIENCE
    while any("process_request" in thread.name for thread in threading.enumerate()):
        if time.monotonic() > deadline:
            raise TimeoutError("the sandbox never came to rest")
        time.sleep(0.002)


_LAST_ROUNDS = 5
"""Sendings in the end until nothing is open: some changes wait until another one is seen."""


class Trial:
    """A sandbox, a ledger synced from it, and a nursery of processes that run its queue."""

    def __init__(self, folder: Path, *, seed: int = 1, models: int = 64) -> None:
        self.tally = Tally()
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._path = folder / "kills.sqlite3"
        self._sandbox = Sandbox(
            seed=seed,
            models=models,
            rounds=30,
            now=NOW,
            frozen=True,
            payouts=False,
            rate_scale=0,
        )
        self._applied: Counter[int] = Counter()
        self._counted = 0
        self._patience = 0.1

    def __enter__(self) -> Self:
        self._sandbox.start()
        self._clock = FrozenClock(self._sandbox.now())
        self._store = Store.open(self._path, clock=self._clock)
        with self._client() as client:
            sync(client, self._store, self._clock, history_rounds=1)
        self._models = [
            model for model in self._store.models() if model.tournament is Tournament.SIGNALS
        ]
        self._nursery = Nursery(WORK)
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.close()
        self._store.close()
        self._sandbox.stop()

    def run(self, kills: int) -> Tally:
        """Go on until so many processes were killed while they worked."""
        while self.tally.kills < kills:
            self._wish()
            self._spread_faults()
            self._kill_a_worker()
            self._sandbox.clear_faults()
            wait_for_quiet()
            self._count()
            self._find_out()
            at_kill(self.tally.kills, kills)
        self._finish()
        return self.tally

    def _wish(self) -> None:
        """New confirmed changes on models that have none."""
        busy = {change.model_id for change in self._open()}
        free = [model for model in self._models if model.id not in busy and self._possible(model)]
        for model in self._random.sample(free, min(ATONCE, len(free))):
            kind = self._random.choice(self._possible(model))
            amount = None
            if kind in {ChangeKind.INCREASE, ChangeKind.DECREASE}:
                amount = NMR(f"0.00{self._random.randint(1, 999)}")
            change = self._store.add_change(
                model=model,
                system=System.CONTINUOUS,
                kind=kind,
                nmr=amount,
                conditions=Conditions(),
                reason="To be killed.",
            )
            self._move(change, ChangeState.QUEUED)
            self.tally.changes += 1

    def _possible(self, model: Model) -> list[ChangeKind]:
        slot = self._sandbox.world.slot(model.id)
        if model.id not in self._store.stakes():  # Numerai tells no take profit of it
            return [ChangeKind.INCREASE] if slot.pending is None else []
        toggle = ChangeKind.TAKE_PROFIT_OFF if slot.take_profit else ChangeKind.TAKE_PROFIT_ON
        if slot.pending is not None:
            return [ChangeKind.CANCEL_RELEASE] if slot.pending.releases else [toggle]
        kinds = [toggle, ChangeKind.INCREASE, ChangeKind.INCREASE]
        return [*kinds, ChangeKind.DECREASE, ChangeKind.DRAIN] if slot.stake > NMR(2) else kinds

    def _spread_faults(self) -> None:
        for _ in range(self._random.randint(0, 3)):
            kind, options = self._random.choice(FAULTS)
            self._sandbox.fail(kind, on="mutation", **options)

    def _kill_a_worker(self) -> None:
        public_id, secret = self._sandbox.keys["stake"]
        worker = self._nursery.start(
            path=str(self._path),
            url=self._sandbox.url,
            public_id=public_id,
            secret=secret,
            now=self._clock.now().isoformat(),
        )
        time.sleep(self._random.uniform(0, self._patience))
        alive = kill(worker)
        self._nursery.wait()
        sending = self._store.changes(states={ChangeState.SENDING})
        self.tally.kills += alive
        self.tally.under_way += bool(sending)
        self._patience *= 1.03 if alive else 0.9

    def _count(self) -> None:
        """Whose changes the sandbox has applied since it was last asked.

        A model gets a new change when the one before has ended, so it was the newest one.
        """
        newest: dict[str, int] = {}
        for change in self._store.changes():
            newest.setdefault(change.model_id, change.id)
        applied = self._sandbox.mutations_applied[self._counted :]
        self._counted += len(applied)
        self._applied.update(newest[entry["model_id"]] for entry in applied)
        self.tally.twice = [change for change, times in self._applied.items() if times > 1]

    def _find_out(self) -> None:
        with self._store.executing():
            recover(self._store)
        with self._client() as client:
            executor = Executor(self._store, client, self._clock, pause=lambda _: None)
            for change in in_doubt(self._store):
                executor.reconcile(change.id)
        self._clock.advance(2 * SETTLING)
        self._sandbox.advance(to=self._clock.now())
        with self._client() as client:
            executor = Executor(self._store, client, self._clock, pause=lambda _: None)
            for change in self._store.changes(states={ChangeState.UNKNOWN}):
                if executor.reconcile(change.id).state is ChangeState.UNKNOWN:
                    self.tally.unclear += 1
                    executor.judge(change.id, arrived=bool(self._applied[change.id]))
        self._compare()

    def _compare(self) -> None:
        """The ledger against what the sandbox really did."""
        expected = {ChangeState.ACCEPTED: 1, ChangeState.REFUSED: 0}
        expected |= dict.fromkeys(CONFIRMED, 0)
        self.tally.wrong = [
            f"{change.id} {change.kind} is {change.state}, applied {self._applied[change.id]} times"
            for change in self._store.changes()
            if self._applied[change.id] != expected[change.state]
        ]

    def _finish(self) -> None:
        """Nothing is lost: what is left goes out in the end, and what came of it is found out."""
        for _ in range(_LAST_ROUNDS):
            if not self._open():
                break
            with self._client() as client:
                executor = Executor(self._store, client, self._clock, pause=lambda _: None)
                for change in self._store.changes(states=CONFIRMED):
                    executor.send(change.id)
            wait_for_quiet()
            self._count()
            self._find_out()
        self._compare()
        states = Counter(change.state.value for change in self._store.changes())
        self.tally.ends = states
        self.tally.wrong += self._store.check()

    def _open(self) -> tuple[Change, ...]:
        return self._store.changes(states=CONFIRMED | {ChangeState.SENDING, ChangeState.UNKNOWN})

    def _move(self, change: Change, to: ChangeState) -> None:
        self._store.move(change.id, to, expect=change.state, reason="Trial.")

    @contextmanager
    def _client(self) -> Iterator[NumeraiClient]:
        public_id, secret = self._sandbox.keys["stake"]
        key = Credentials(public_id, Secret(secret))
        client = NumeraiClient(
            key,
            api_url=self._sandbox.url,
            clock=self._clock,
            account_reads_per_minute=100_000,
        )
        try:
            yield client
        finally:
            client.close()
        wait_for_quiet()
