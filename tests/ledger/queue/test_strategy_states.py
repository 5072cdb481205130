"""Signed transactions against a chain that does what it likes, with deaths at every write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.chain.sending import TransactionStatus
from ledger.clock import FrozenClock
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONFIRMED,
    UNSENT,
    Change,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ChainTransaction,
    Channel,
    ModelSetting,
    TransactionState,
    newest_pending,
)
from ledger.errors import BadChainAnswer, ChainError, ChangeError, NumeraiError
from ledger.queue.executor import Executor, recover
from ledger.queue.run import run_queue
from ledger.store import Store
from tests.conftest import NOW

MODELS = [Model(f"model-{n}", f"model {n}", Tournament.CRYPTO) for n in range(3)]
UNKNOWN, MINED = ChangeState.UNKNOWN, TransactionState.MINED
OWNER = "0xowner"
ANSWERS = ("yes", "lost", "never left", "dies before", "dies after")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Node:
    """A chain with one account. ``answer`` is how the next send goes, ``takes`` whether the pool
    keeps what arrives, ``mines`` whether it is put into a block at once, ``silent`` whether
    look-ups fail."""

    takes: bool = True
    mines: bool = True
    answer: str = "yes"
    silent: str | None = None
    nonce: int = 0
    pool: dict[int, ChainTransaction] = field(default_factory=dict)
    mined: list[ChainTransaction] = field(default_factory=list)
    sends: Counter[str] = field(default_factory=Counter)

    def send(self, transaction: ChainTransaction) -> TransactionStatus:
        answer = self.answer
        if answer == "dies before":
            raise Killed
        if answer == "never left":
            return TransactionStatus(TransactionState.SIGNED, found=False, reason="Not sent.")
        self.sends[transaction.hash] += 1
        if self.takes and transaction.nonce >= self.nonce:
            self.pool[transaction.nonce] = transaction
        if self.mines:
            self.mine()
        if answer == "dies after":
            raise Killed
        return TransactionStatus(TransactionState.SENT, found=answer == "yes", reason=answer)

    def look_up(self, transaction: ChainTransaction) -> TransactionStatus:
        if self.silent == "error":
            raise ChainError(-32005, "limit exceeded")
        if self.silent == "rubbish":
            raise BadChainAnswer("Rubbish.")
        for place, one in enumerate(self.mined):
            if one.hash == transaction.hash:
                return TransactionStatus(MINED, found=True, block=place)
        if self.pool.get(transaction.nonce) == transaction:
            return TransactionStatus(TransactionState.SENT, found=True)
        if transaction.hash in {one.hash for one in self.pool.values()}:
            return TransactionStatus(TransactionState.SENT, found=True)
        if transaction.nonce < self.nonce:
            return TransactionStatus(
                TransactionState.REPLACED, found=False, reason="Its nonce was used."
            )
        return TransactionStatus(TransactionState.SENT, found=False, reason="Nobody knows it.")

    def mine(self) -> None:
        while self.nonce in self.pool:
            self.mined.append(self.pool.pop(self.nonce))
            self.nonce += 1

    def knows(self, transaction: ChainTransaction) -> bool:
        return transaction.hash in {one.hash for one in (*self.mined, *self.pool.values())}


class StrategyStates(RuleBasedStateMachine):
    """Every order of signing, sending, dying, looking, replacing, judging, editing."""

    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.clock = FrozenClock(NOW)
        self.node = Node()
        self.made = 0
        self.offers: Counter[int] = Counter()
        self.open()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.end()
            self.store.close()
            self.folder.cleanup()

    def open(self) -> None:
        self.store = Store.open(Path(self.folder.name) / "ledger.sqlite3", clock=self.clock)

    def executor(self) -> Executor:
        none: Any = None
        return Executor(self.store, none, self.clock, broadcaster=self.node)

    @contextmanager
    def mortal(self, writes: int) -> Iterator[None]:
        """A process that dies before so many writes, or where the node lets it; then a new one."""
        connections, left = self.store._connections, writes
        writing = connections.writing

        @contextmanager
        def counted() -> Iterator[Any]:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            with writing() as connection:
                yield connection

        connections.writing = counted  # type: ignore[method-assign]
        try:
            with suppress(Killed, ChangeError, NumeraiError):
                yield
        finally:
            connections.writing = writing  # type: ignore[method-assign]
        self.node.answer, self.node.silent = "yes", None
        self.store.close()
        self.open()

    def in_state(self, *states: ChangeState) -> list[Change]:
        return list(self.store.changes(states=set(states)))

    def transactions(self, change: Change) -> tuple[ChainTransaction, ...]:
        return self.store.strategies.transactions(change.id)

    # what the user does

    @rule(number=st.integers(0, 2), funds=st.booleans())
    def wish(self, number: int, funds: bool) -> None:
        change = self.store.add_change(
            model=MODELS[number],
            system=System.ATOMIC,
            kind=ChangeKind.DEPOSIT if funds else ChangeKind.SET_PER_ROUND,
            nmr=NMR(1) if funds else None,
            conditions=Conditions(),
            reason="Wished.",
            channel=Channel.SIGNED,
            setting=None if funds else ModelSetting(NMR(1), StakeMode.CONSTANT),
        )
        self.store.move(change.id, ChangeState.QUEUED, expect=change.state, reason="Yes.")

    @rule(data=st.data(), stale=st.booleans())
    def sign(self, data: st.DataObject, stale: bool) -> None:
        if not (waiting := self.in_state(*CONFIRMED)):
            return
        change = data.draw(st.sampled_from(waiting))
        nonce = max(0, self.node.nonce - stale)
        self.keep(change, nonce, None)

    def keep(self, change: Change, nonce: int, replaces: str | None) -> None:
        self.made += 1
        one = ChainTransaction(
            hash=f"0x{self.made * 7919 % 65536:064x}",
            change_id=change.id,
            chain_id=1,
            sender=OWNER,
            nonce=nonce,
            to="0xdef",
            data="0x",
            value=0,
            gas=120_000,
            max_fee=self.made,
            max_priority_fee=1,
            raw="0x02ff",
            state=TransactionState.SIGNED,
            made=self.clock.now(),
            replaces=replaces,
        )
        with suppress(ChangeError):
            self.store.strategies.add_transaction(one, last_read=change)

    @rule(
        answer=st.sampled_from(ANSWERS),
        takes=st.booleans(),
        mines=st.booleans(),
        silent=st.sampled_from([None, None, "error", "rubbish"]),
        writes=st.integers(0, 12),
    )
    def run(self, answer: str, takes: bool, mines: bool, silent: str | None, writes: int) -> None:
        self.node.answer, self.node.takes, self.node.mines = answer, takes, mines
        self.node.silent = silent
        with self.mortal(writes):
            run_queue(self.executor(), self.store)

    @precondition(lambda self: self.in_state(UNKNOWN))
    @rule(data=st.data(), takes=st.booleans(), mines=st.booleans(), writes=st.integers(0, 6))
    def offer(self, data: st.DataObject, takes: bool, mines: bool, writes: int) -> None:
        change = data.draw(st.sampled_from(self.in_state(UNKNOWN)))
        self.node.answer = data.draw(st.sampled_from(ANSWERS))
        self.node.takes, self.node.mines = takes, mines
        self.offers[change.id] += 1
        with self.mortal(writes):
            self.executor().offer_again(change.id)

    @precondition(lambda self: self.in_state(UNKNOWN))
    @rule(data=st.data())
    def bump(self, data: st.DataObject) -> None:
        change = data.draw(st.sampled_from(self.in_state(UNKNOWN)))
        pending = newest_pending(self.transactions(change))
        if pending is not None:
            self.keep(change, pending.nonce, pending.hash)

    @precondition(lambda self: self.in_state(UNKNOWN))
    @rule(data=st.data(), arrived=st.booleans(), writes=st.integers(0, 4))
    def judge(self, data: st.DataObject, arrived: bool, writes: int) -> None:
        """The user's word is true as far as anybody can know; a wrong one is refused."""
        change = data.draw(st.sampled_from(self.in_state(UNKNOWN)))
        known = any(map(self.node.knows, self.transactions(change)))
        mined = {one.hash for one in self.node.mined}
        if arrived and not any(one.hash in mined for one in self.transactions(change)):
            return
        self.node.silent = "error" if arrived else None
        with self.mortal(writes):
            self.executor().judge(change.id, arrived=arrived)
        if not arrived and known:
            assert self.store.change(change.id).state is not ChangeState.REFUSED

    @rule(data=st.data(), cancel=st.booleans())
    def take_back(self, data: st.DataObject, cancel: bool) -> None:
        if not (unsent := self.in_state(*UNSENT)):
            return
        change = data.draw(st.sampled_from(unsent))
        if cancel:
            to = ChangeState.CANCELLED
            self.store.move(change.id, to, expect=change.state, reason="Cancelled.")
            return
        later = replace(change.conditions, not_before=self.clock.now())
        edited = self.store.edit(change, nmr=change.nmr, conditions=later, reason="Edited.")
        self.store.move(edited.id, ChangeState.QUEUED, expect=edited.state, reason="Yes.")

    # what the chain does

    @rule()
    def mine(self) -> None:
        self.node.mine()

    @rule()
    def forget(self) -> None:
        self.node.pool.clear()

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(timedelta(minutes=1))

    # what has to hold

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "store"):
            return
        applied = Counter(one.change_id for one in self.node.mined)
        for change in self.store.changes():
            if change.state is ChangeState.ACCEPTED:
                assert applied[change.id] == 1
            elif change.state not in {UNKNOWN, ChangeState.SENDING}:
                assert applied[change.id] == 0, change
            assert applied[change.id] <= 1
            sent = sum(self.node.sends[one.hash] for one in self.transactions(change))
            assert sent <= 1 + self.offers[change.id]
        for one in self.store.strategies.transactions():
            if one.state is MINED and one.block is not None:
                assert one.hash in {mined.hash for mined in self.node.mined}

    def end(self) -> None:
        """The chain tells all there is: nothing is lost, and nobody's account stays blocked."""
        self.node.mine()
        self.node.takes = self.node.mines = True
        with self.store.executing():
            recover(self.store)
        for change in self.in_state(UNKNOWN):
            if self.executor().reconcile(change.id).state is UNKNOWN:
                self.offers[change.id] += 1
                assert self.executor().offer_again(change.id).state is not UNKNOWN
        run_queue(self.executor(), self.store)
        self.holds()
        pending = self.store.strategies.transactions(pending=True)
        states = {self.store.change(one.change_id).state for one in pending}
        assert states <= CONFIRMED


StrategyStates.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestStrategyStates = StrategyStates.TestCase
