"""Kills the process that signs and sends transactions, at points of its work and at random.

The sandbox takes each transaction or does not, mines it or lets it wait, and answers as it should,
with a 502, with nothing or with rubbish. Whatever happens, no change may be applied twice, also
where a transaction was replaced by a dearer one; none may be lost; and after reconciling the
ledger has to agree with the chain wherever the chain tells. Young blocks may be taken back in
between. Claims name two models by each other's keys: nothing may be signed for these.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from ledger.credentials import Secret
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import CONFIRMED, Change, ChangeKind, ChangeState
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import strategy_id
from ledger.queue.wallet import KeyStore
from ledger.sandbox import Sandbox
from tests.benchmarks.chain_work import PASSPHRASE, open_book, send
from tests.benchmarks.kills import FAULTS, NOW, wait_for_quiet
from tests.benchmarks.nursery import Nursery, kill
from tests.benchmarks.progress import at_kill

ATONCE = 2
"""New settings a round of the trial; an account has one transaction on its way at a time."""

STAGES = ("work", "bump", "_keep", "attempt", "_deliver", "_handed_over", "look_up")
"""Functions of the execution; points of it are counted from one of them on."""

_WORK = "from tests.benchmarks.chain_work import work\n"
_ON = ("rpc:eth_sendRawTransaction",) * 3 + ("rpc:eth_getTransactionReceipt", "rpc")
_A_WHILE = timedelta(minutes=5)


@dataclass
class ChainTally:
    """What a trial came to.

    ``at`` counts what the ledger said when the process died: the newest sent or signed change
    with its transaction. ``sends`` and ``allowed`` are how often transactions were handed over,
    and may have been: once each, and once more for each time one was offered again. ``swapped``
    are changes of models whose keys claims had swapped, ``taken_back`` transactions whose block
    was.
    """

    kills: int = 0
    changes: int = 0
    replaced: int = 0
    sends: int = 0
    allowed: int = 0
    unclear: int = 0
    offered: int = 0
    swapped: int = 0
    taken_back: int = 0
    twice: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    at: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


class ChainTrial:
    """A sandbox, a ledger synced from it, and processes that sign and send its changes.

    ``confirmations`` blocks decide a transaction; as many are taken back now and then.
    """

    def __init__(
        self, folder: Path, *, seed: int = 1, models: int = 32, confirmations: int = 0
    ) -> None:
        self.tally = ChainTally()
        self._confirmations = confirmations
        self._swapped: dict[str, str] = {}
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._folder = folder
        self.sandbox = Sandbox(
            seed=seed, models=models, rounds=30, now=NOW, frozen=True, payouts=False
        )
        self._judged: set[int] = set()
        self._points, self._patience = dict.fromkeys(STAGES, 60.0), 0.3

    def __enter__(self) -> Self:
        self.sandbox.start()
        path, keystore = self._folder / "kills.sqlite3", self._folder / "keystore.json"
        owner = Secret(self.sandbox.owner_key)
        KeyStore(keystore, work=2).import_("default", owner, PASSPHRASE)
        atomic = {
            "rpc_url": self.sandbox.rpc_url,
            "channel": "signed",
            "receipt_timeout": 0,
            "confirmations": self._confirmations,
            "search_blocks": 10**9,
        } | {
            f"{tournament.name.lower()}_strategy": address
            for tournament, address in self.sandbox.strategies.items()
        }
        self._at: dict[str, Any] = {
            "path": str(path),
            "keystore": str(keystore),
            "url": self.sandbox.url,
            "key": list(self.sandbox.keys["full"]),
            "atomic": atomic,
        }
        self.open()
        self.book.sync()
        self._swap_claims()
        self.book.close()
        self._nursery = Nursery(_WORK)
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.close()
        self.sandbox.stop()

    def run(self, kills: int) -> ChainTally:
        """Go on until so many processes were killed while they worked."""
        while self.tally.kills < kills:
            if self._random.random() < 0.3:
                self._round(None)
            else:
                stage = self._random.choice(STAGES)
                self._round((stage, self._random.randint(1, int(self._points[stage]))))
            at_kill(self.tally.kills, kills)
        return self._finished()

    def sweep(self, stage: str, points: range) -> ChainTally:
        """Kill at each of these points since a stage of the work, with nothing else in the way."""
        for point in points:
            self._round((stage, point), calm=True)
        return self._finished()

    def _round(self, point: tuple[str, int] | None, *, calm: bool = False) -> None:
        self.open()
        self.wish(ATONCE)
        if not calm:
            self._spread_trouble()
        self._kill_a_worker(point)
        self.sandbox.clear_faults()
        wait_for_quiet()
        self.open()
        self.book.queue.recover()
        if self._confirmations and not calm:
            self._take_back()
        self._reconcile()
        self._compare()
        if calm:
            self._settle()
        else:
            self._go_on()
        self._compare()
        self.book.close()

    def wish(self, settings: int, *, swapped: bool = True) -> None:
        """New confirmed changes of what has none, one of a strategy's funds, and one for a model
        that claims name by another's key."""
        busy = {change.model_id for change in self._changes() if change.state not in _OVER}
        known = self._store.strategies.keys()
        keys = {one.model_id for one in known if one.proof is not None}
        systems = self._store.systems()
        models = [
            model
            for model in self._store.models()
            if model.id in keys - busy and systems[model.tournament] is System.ATOMIC
        ]
        for model in self._random.sample(models, min(len(models), settings)):
            amount = NMR(f"0.{self._random.randint(1, 10**6):06d}")
            drafted = self.book.queue.strategies.add(
                model.id, ChangeKind.SET_PER_ROUND, per_round=amount, mode=StakeMode.CONSTANT
            )
            self._confirm(drafted)
        if swapped:
            self._wish_for_swapped(busy)
        if strategy_id(Tournament.CRYPTO) not in busy:
            kind = self._random.choice((ChangeKind.DEPOSIT, ChangeKind.WITHDRAW))
            amount = NMR(f"0.0{self._random.randint(1, 999):03d}")
            self._confirm(self.book.queue.strategies.add_funds(Tournament.CRYPTO, kind, amount))

    def _wish_for_swapped(self, busy: set[str]) -> None:
        """Wish for a model that claims name by another's key."""
        model_id = self._random.choice(sorted(self._swapped))
        if model_id in busy:
            return
        drafted = self.book.queue.strategies.add(
            model_id, ChangeKind.SET_PER_ROUND, per_round=NMR("0.5"), mode=StakeMode.CONSTANT
        )
        self.book.queue.confirm(drafted.id)
        self.tally.swapped += 1

    def _confirm(self, change: Change) -> None:
        self.book.queue.confirm(change.id)
        self.tally.changes += 1

    def _spread_trouble(self) -> None:
        self.sandbox.automine(self._random.random() < 0.5)
        for _ in range(self._random.randint(0, 2)):
            kind, options = self._random.choice(FAULTS)
            self.sandbox.fail(kind, on=self._random.choice(_ON), **options)

    def _kill_a_worker(self, point: tuple[str, int] | None) -> None:
        waiting = [change.id for change in self._lost() if self._pooled(change)]
        job = {"book": self.where(), "speed_up": waiting, "to_send": self._to_send()}
        self.book.close()
        self.tally.allowed += len(waiting)
        if self._killed(job) if point is None else self._killed_at(job, *point):
            self.tally.kills += 1
            self.open()
            self.tally.at[self._moment()] += 1
            self.book.close()

    def _killed_at(self, job: dict[str, Any], stage: str, last: int) -> bool:
        self._nursery.start(**job, begin=stage, last=last)
        killed = self._nursery.wait()
        self._points[stage] = max(9, self._points[stage] * (1.05 if killed else 0.9))
        return killed

    def _killed(self, job: dict[str, Any]) -> bool:
        worker = self._nursery.start(**job)
        time.sleep(self._random.uniform(0, self._patience))
        killed = kill(worker)
        self._nursery.wait()
        self._patience *= 1.03 if killed else 0.9
        return killed

    def _moment(self) -> str:
        for transaction in self._store.strategies.transactions():
            change = self._store.change(transaction.change_id)
            if transaction.state.pending or change.state not in _OVER:
                return f"{change.state.value}/{transaction.state.value}"
        return "nothing signed"

    def _reconcile(self) -> None:
        """As the next start does it. What the chain tells clearly can't stay unknown."""
        self._pass_time()
        self._reconcile_now()
        for change in self._lost():
            if any(one.hash in self.sandbox.chain.mined for one in self._sent(change)):
                self.tally.wrong.append(f"{change.id} is unknown, yet in a block")

    def _take_back(self) -> None:
        """Young blocks are taken back, and what was in them mined again or forgotten."""
        keep = self._random.random() < 0.5
        self.tally.taken_back += self.sandbox.reorganise(self._confirmations, keep=keep)
        self._reconcile_now()
        for change in self._lost():
            if not self._pooled(change) and self._random.random() < 0.5:
                self._decide(change)
        self.sandbox.automine(True)
        self.sandbox.mine()

    def _reconcile_now(self) -> None:
        for change in self._lost():
            self.book.queue.reconcile(change.id)

    def _go_on(self) -> None:
        """What the chain does not tell: mined or forgotten by it, or left to the user."""
        events = (self.sandbox.mine, self.sandbox.chain.drop, None, None)
        happens = self._random.choice(events)
        if happens is not None:
            happens()
        self._reconcile()
        for change in self._lost():
            if not self._pooled(change):
                self.tally.unclear += 1
                self._decide(change)

    def _decide(self, change: Change) -> None:
        """The user's choices: offer it again, or hold it for lost, or leave it for now."""
        choice = self._random.choice(("offer", "judge", "leave"))
        if choice == "offer":
            self._offer(change)
        elif choice == "judge":
            self.book.queue.judge(change.id, arrived=False)
            self._judged.add(change.id)

    def _offer(self, change: Change) -> None:
        self.sandbox.automine(True)
        self.tally.allowed += 1
        self.tally.offered += 1
        self.book.queue.offer_again(change.id)
        self._pass_time()
        after = self._store.change(change.id)
        if after.state is ChangeState.UNKNOWN:
            after = self.book.queue.reconcile(change.id)
        if after.state is not ChangeState.ACCEPTED:
            self.tally.wrong.append(f"{change.id} was offered again and is {after.state.value}")

    def _compare(self) -> None:
        """The ledger against what the chain really did."""
        applied = Counter(
            self._store.strategies.transaction(entry["tx_hash"]).change_id
            for entry in self.sandbox.mutations_applied
        )
        for entry in self.sandbox.mutations_applied:
            change = self._store.change(
                self._store.strategies.transaction(entry["tx_hash"]).change_id
            )
            if entry["field"] == "setModelConfig" and entry["model_id"] != change.model_id:
                self.tally.wrong.append(f"{change.id} was applied to {entry['model']}")
        self.tally.twice = [change for change, times in applied.items() if times > 1]
        for change in self._changes():
            expected = int(change.state is ChangeState.ACCEPTED)
            if change.state is not ChangeState.UNKNOWN and applied[change.id] != expected:
                self.tally.wrong.append(
                    f"{change.id} is {change.state.value}, applied {applied[change.id]} times"
                )

    def _finished(self) -> ChainTally:
        """Nothing is lost: what is left goes out in the end."""
        self.open()
        self._settle()
        for change_id in self._to_send():
            send(self.book, change_id)
            if self._confirmations:
                self._take_back()
            self._settle()
        self._compare()
        for change in self._changes():
            if change.model_id in self._swapped:
                self.book.queue.cancel(change.id)
        tally, transactions = self.tally, self._store.strategies.transactions()
        tally.ends = Counter(
            change.state.value for change in self._changes() if change.model_id not in self._swapped
        )
        tally.replaced = sum(one.replaces is not None for one in transactions)
        tally.sends = sum(_SEND in request["fields"] for request in self.sandbox.requests)
        tally.allowed += len(transactions)
        tally.wrong += self._store.check()
        self.book.close()
        return tally

    def _settle(self) -> None:
        self.sandbox.automine(True)
        self.sandbox.mine()
        self._reconcile()
        for change in self._lost():
            self._offer(change)

    def open(self) -> None:
        """Open the ledger as ``book``, at the sandbox's time."""
        self.book = open_book(**self.where())
        self._store = self.book._store

    def where(self) -> dict[str, Any]:
        """What :func:`tests.benchmarks.chain_work.open_book` needs."""
        return {**self._at, "now": self.sandbox.now().isoformat()}

    def _pass_time(self) -> None:
        """Blocks go by, until a nonce that was used counts as used."""
        self.sandbox.advance(to=self.sandbox.now() + _A_WHILE)

    def _changes(self) -> tuple[Change, ...]:
        return self._store.changes()

    def _lost(self) -> tuple[Change, ...]:
        return self._store.changes(states={ChangeState.UNKNOWN})

    def _to_send(self) -> list[int]:
        return sorted(change.id for change in self._store.changes(states=CONFIRMED))

    def _sent(self, change: Change) -> tuple[Any, ...]:
        return self._store.strategies.transactions(change_id=change.id)

    def _pooled(self, change: Change) -> bool:
        waiting = {one.hash for one in self.sandbox.chain.pool.values()}
        return any(one.hash in waiting for one in self._sent(change))

    def _swap_claims(self) -> None:
        """Two models' keys come to be known from a list of claims that swapped them."""
        known = self._store.strategies.keys(Tournament.CRYPTO)
        one, other = [key for key in known if key.proof is not None][:2]
        self._swapped = {one.model_id: other.key, other.model_id: one.key}
        with self._store._connections.writing() as writing:
            for model_id, key in self._swapped.items():
                writing.execute(
                    "UPDATE model_key SET key = ?, origin = 'claims', proof = NULL, "
                    "evidence = NULL, proved = NULL WHERE model_id = ?",
                    (key, model_id),
                )


_SEND = "eth_sendRawTransaction"
_OVER = {ChangeState.ACCEPTED, ChangeState.REFUSED}
