"""Sends changes to a Numerai that lies in its answers, and looks what the ledger makes of it.

Whatever is said, no change may be applied twice by us, none may be called done that was not
applied, none refused that was, and none may be lost. What the account can't tell is left to the
user. Between a sending and the next look people ask for the same, or something else, on the
website, withdraw what was asked for, set the machine's clock, or start it anew.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.errors import ChangeError, NumeraiError
from ledger.numerai.client import NumeraiClient
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.reconciling import in_doubt
from ledger.queue.run import run_queue
from ledger.sandbox import Sandbox
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.benchmarks.liar import CLAIMS, LATEST, NOES, ODD, SILENT, Liar, Lie
from tests.benchmarks.mortal import Killed, Mortal, Tally

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AT_ONCE = 20
WEBSITE = (timedelta(seconds=40), timedelta(hours=10))
"""How soon after a sending somebody acts on the website, and how late."""

WITHDRAWN = timedelta(minutes=10)
"""How long what was asked for stays, at least, before somebody withdraws it on the website."""

LATE = timedelta(seconds=55)
"""How long after its answer a write is carried out at most."""

_OPEN = frozenset(
    {ChangeState.QUEUED, ChangeState.WAITING, ChangeState.SENDING, ChangeState.UNKNOWN}
)
_DONE = frozenset({ChangeState.ACCEPTED, ChangeState.SETTLED})
_AMOUNTS = frozenset({ChangeKind.INCREASE, ChangeKind.DECREASE})


@dataclass(order=True)
class _Act:
    """Something somebody does on the website."""

    due: datetime
    what: str = field(compare=False)
    change: Change = field(compare=False)


class LyingTrial:
    """A sandbox behind a liar, and a ledger whose queue is run against it."""

    slow = 0.0
    """Seconds that a request and its answer may take each."""

    def __init__(self, folder: Path, *, seed: int, models: int = 48) -> None:
        self.tally = Tally()
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._sandbox = Sandbox(
            seed=seed % 1000 + 1,
            models=models,
            rounds=30,
            now=NOW,
            frozen=True,
            payouts=False,
            rate_scale=0,
        )
        self._path = folder / "lies.sqlite3"
        self._planned: dict[str, Lie] = {}
        self._current: dict[str, int] = {}
        self._applied: dict[int, set[int]] = {}
        self._acts: list[_Act] = []
        self._judged: set[int] = set()
        self._said_no: set[int] = set()
        self._kill_at = 0

    def __enter__(self) -> Self:
        self._sandbox.start()
        self._liar = Liar(self._sandbox, self._lie, self._random, slow=self.slow)
        self._liar.start()
        self._clock = FrozenClock(self._sandbox.now())
        self._store = Store.open(self._path, clock=self._clock)
        self._website = self._client(self._sandbox.url)
        self._program = self._client(self._liar.url)
        self._sync()
        self._models = {
            model.id: model
            for model in self._store.models()
            if model.tournament is Tournament.SIGNALS
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._program.close()
        self._website.close()
        self._liar.stop()
        self._store.close()
        self._sandbox.stop()

    def run(self, changes: int) -> Tally:
        """Go on until so many changes were sent."""
        while self.tally.changes < changes:
            self._batch()
        self._finish()
        return self.tally

    def _batch(self) -> None:
        batch = self._wish()
        self._send()
        self._wait_and_look()
        self._leave_to_user()
        self._compare(batch)
        self._pass_days()

    # what is wanted, and what becomes of it

    def _wish(self) -> list[Change]:
        busy = {change.model_id for change in self._store.changes(states=_OPEN)}
        busy |= {change.model_id for change in in_doubt(self._store)}
        free = [model for key, model in self._models.items() if key not in busy]
        chosen = self._random.sample(free, min(AT_ONCE, len(free)))
        return [self._queue(model) for model in chosen]

    def _queue(self, model: Model) -> Change:
        kind = self._random.choice(self._possible(model))
        amount = NMR(f"0.{self._random.randint(1, 9)}") if kind in _AMOUNTS else None
        change = self._store.add_change(
            model=model, system=System.CONTINUOUS, kind=kind, nmr=amount,
            conditions=Conditions(), reason="To be lied about.",
        )  # fmt: skip
        self._store.move(
            change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="Confirmed."
        )
        self._current[model.id] = change.id
        self._planned[model.id] = self._any_lie()
        self.tally.changes += 1
        return change

    def _possible(self, model: Model) -> list[ChangeKind]:
        slot = self._sandbox.world.slot(model.id)
        if slot.pending is None and not (slot.stake and model.id in self._store.stakes()):
            return [ChangeKind.INCREASE]  # Numerai tells no take profit of what is not staked
        toggle = ChangeKind.TAKE_PROFIT_OFF if slot.take_profit else ChangeKind.TAKE_PROFIT_ON
        if slot.pending is not None:
            return [ChangeKind.CANCEL_RELEASE] if slot.pending.releases else [toggle]
        kinds = [toggle, ChangeKind.INCREASE, ChangeKind.INCREASE]
        return (
            [*kinds, *[ChangeKind.DECREASE] * 2, ChangeKind.DRAIN] if slot.stake > NMR(2) else kinds
        )

    def _any_lie(self) -> Lie:
        said = self._random.choice(
            ("truth", "truth", "below", "invalid", *SILENT, *NOES, *CLAIMS, *ODD)
        )
        late = self._random.random() * LATE
        after = self._random.choice((timedelta(0), timedelta(0), late, None, None))
        if said == "invalid":
            after = None
        if said == "below":
            after = timedelta(0)
        return Lie(after, said, twice=self._random.random() < 0.15)

    def _lie(self, model_id: str) -> Lie:
        """What becomes of a write that just came; the liar asks."""
        lie = self._planned.pop(model_id, None) or self._any_lie()
        self.tally.said[lie.said] += 1
        self.tally.writes += 1
        self._liar.current = (self._current[model_id], self.tally.writes)
        if lie.said in NOES or lie.twice:
            self._said_no.add(self._current[model_id])
        self._plan_website(self._store.change(self._current[model_id]))
        return lie

    # time

    def _send(self) -> None:
        """Run the queue; now and then the process dies while a change is on its way."""
        self._kill_at = self._random.randint(1, AT_ONCE) if self._random.random() < 0.2 else 0
        with suppress(Killed):
            self._look()
        self._kill_at = 0
        self._look()

    def _look(self) -> None:
        run_queue(self._executor(), self._store)

    def _executor(self) -> Executor:
        return Executor(self._store, Mortal(self._program, self._dies), self._clock,
                        pause=lambda _: None)  # fmt: skip

    def _dies(self) -> bool:
        self._kill_at -= 1
        return self._kill_at == 0

    def _plan_website(self, change: Change) -> None:
        """Somebody acts on the website after a sending, once; what Numerai said no to nobody
        withdraws there, and nothing so soon as it was asked for."""
        self._acts = [act for act in self._acts if act.change.id != change.id]
        what = self._random.choice(("nothing", "nothing", "same", "same", "other", "withdraw"))
        if what == "nothing" or (what == "withdraw" and change.id in self._said_no):
            return
        soonest, latest = WEBSITE
        soonest = WITHDRAWN if what == "withdraw" else soonest
        delay = self._random.choice((timedelta(minutes=4), latest)) * self._random.random()
        self._acts.append(_Act(self._sandbox.now() + soonest + delay, what, change))

    def _wait_and_look(self) -> None:
        """Let time pass until everything was looked at: by and by, or only hours later."""
        prompt = self._random.random() < 0.7
        for _ in range(8):
            self._pass(timedelta(seconds=self._random.uniform(5, 40)))
            self._disturb()
            if prompt and self._random.random() < 0.3:
                self._look()
        if not prompt:
            self._pass(timedelta(hours=self._random.uniform(0.1, 12)))
        for _ in range(2):
            self._look()
            self._pass(SETTLING)
        self._pass(WEBSITE[1] + timedelta(hours=1) if not prompt else timedelta(minutes=6))
        for _ in range(3):
            if in_doubt(self._store):
                self._look()
            self._pass(LATEST + timedelta(seconds=70))

    def _pass(self, by: timedelta) -> None:
        """Time passes for all, and what is due happens."""
        end = self._sandbox.now() + by
        while True:
            now = self._sandbox.now()
            next_act = min((act.due for act in self._acts), default=end)
            step = min(end, max(next_act, now), self._liar.next_due or end)
            self._sandbox.advance(to=step)
            self._clock.advance(step - now)
            self._liar.catch_up()
            due = [act for act in self._acts if act.due <= step]
            self._acts = [act for act in self._acts if act.due > step]
            for act in sorted(due):
                self._act(act)
            if step >= end:
                return

    def _disturb(self) -> None:
        """Somebody sets the clock, or starts the machine anew."""
        if self._random.random() < 0.05:
            self._clock.jump(timedelta(seconds=self._random.uniform(-600, 600)))
        if self._random.random() < 0.03:
            self._clock.restart()

    def _act(self, act: _Act) -> None:
        change, client = act.change, self._website
        model = self._models[change.model_id]
        self._liar.remember(model.id)
        acts: dict[str, Callable[[], object]] = {
            "same": lambda: self._ask_for(change.kind, change.nmr, model),
            "other": lambda: client.increase(model, NMR("0.77")),
            "withdraw": lambda: self._withdraw(change, model),
        }
        with suppress(NumeraiError):
            acts[act.what]()

    def _ask_for(self, kind: ChangeKind, nmr: NMR | None, model: Model) -> object:
        client = self._website
        if kind is ChangeKind.INCREASE:
            return client.increase(model, nmr or NMR(1))
        if kind is ChangeKind.DECREASE:
            return client.decrease(model, nmr or NMR(1))
        if kind is ChangeKind.DRAIN:
            return client.drain(model)
        if kind is ChangeKind.CANCEL_RELEASE:
            return client.cancel_release(model)
        return client.set_take_profit(model, kind is ChangeKind.TAKE_PROFIT_ON)

    def _withdraw(self, change: Change, model: Model) -> object:
        if change.kind in {ChangeKind.TAKE_PROFIT_ON, ChangeKind.TAKE_PROFIT_OFF}:
            on = change.kind is ChangeKind.TAKE_PROFIT_OFF
            return self._website.set_take_profit(model, on)
        return self._website.cancel_release(model)

    def _pass_days(self) -> None:
        """Increases come to count, releases are paid, and a sync sees it."""
        self._pass(timedelta(days=self._random.choice((1, 2, 3, 40))))
        self._sync()

    # what it came to

    def _leave_to_user(self) -> None:
        executor = self._executor()
        for change in self._store.changes(states={ChangeState.UNKNOWN}):
            arrived = bool(self._count(change))
            why = self._store.events(change.id)[-1].reason
            self.tally.left.append(f"{change.id} {change.kind}, applied {arrived}: {why}")
            self._judged.add(change.id)
            try:
                executor.judge(change.id, arrived=arrived)
            except ChangeError as error:
                self.tally.lost.append(f"{change.id} {change.kind}, applied {arrived}: {error}")

    def _count(self, change: Change) -> int:
        return len(self._liar.applied.get(change.id, ()))

    def _compare(self, batch: list[Change]) -> None:
        doubted = {change.id for change in in_doubt(self._store)}
        for change in [self._store.change(one.id) for one in batch]:
            applied, words = self._count(change), self._words(change)
            if applied > 1:
                self.tally.twice.append(words)
            if change.id in self._judged:
                continue
            if change.state in _DONE and change.id not in doubted and not applied:
                self.tally.done.append(words)
            if change.state not in _DONE | {ChangeState.CANCELLED} and applied:
                self.tally.refused.append(words)

    def _words(self, change: Change) -> str:
        told = [f"{event.state}: {event.reason}" for event in self._store.events(change.id)]
        return f"{change.id} {change.kind} applied {self._count(change)} times; " + " | ".join(told)

    def _finish(self) -> None:
        self._liar.omits = 0.0
        for _ in range(4):
            self._look()
            self._pass(2 * SETTLING)
            self._leave_to_user()
        everything = [self._store.change(number) for number in sorted(self._current_ids())]
        self._compare(everything)
        self.tally.ends = Counter(change.state.value for change in everything)
        lost = [change for change in everything if change.state in _OPEN]
        self.tally.lost += [self._words(change) for change in lost]
        self.tally.lost += self._store.check()

    def _current_ids(self) -> set[int]:
        return {change.id for change in self._store.changes()}

    def _sync(self) -> None:
        with self._reader() as client:
            sync(client, self._store, self._clock, history_rounds=1)

    @contextmanager
    def _reader(self) -> Iterator[NumeraiClient]:
        client = self._client(self._sandbox.url)
        try:
            yield client
        finally:
            client.close()

    def _client(self, url: str) -> NumeraiClient:
        public_id, secret = self._sandbox.keys["full"]
        return NumeraiClient(
            Credentials(public_id, Secret(secret)), api_url=url, clock=self._clock, retries=0,
            read_timeout=300,
            account_reads_per_minute=1_000_000, performance_reads_per_minute=1_000_000,
        )  # fmt: skip
