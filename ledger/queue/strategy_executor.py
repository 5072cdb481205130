"""Carries out changes of an allocation strategy: by hand, or as one transaction that is sent once.

A transaction is on disk, signed, with its hash and nonce, before a node hears of it. After
whatever went wrong it is looked up by that hash; the words of an error decide nothing. Its nonce
lets it take effect once at most, and one transaction per sender is under way at a time: until
enough blocks have followed its own, since those may be taken back.
"""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.queue.change import FUNDS, SETTINGS, Change, ChangeEvent, ChangeState
from ledger.domain.queue.run import Outcome
from ledger.domain.stakes.strategy import (
    ChainTransaction,
    Channel,
    TransactionState,
    newest_pending,
)
from ledger.errors import ChangeError, LedgerError, NumeraiError
from ledger.queue.assumptions import Assumptions
from ledger.queue.checks import hold
from ledger.queue.receipts import Receipts

if TYPE_CHECKING:
    from ledger.chain.sending import TransactionStatus
    from ledger.clock import Clock
    from ledger.queue.checks import Checks
    from ledger.store import Store

POLL = timedelta(seconds=2)
"""How often a node is asked whether a transaction is in a block; blocks take twelve seconds."""

_NEXT = {
    Channel.BY_HAND: "Set it on Numerai's V3 Stakes page, then mark it as done.",
    Channel.UNSIGNED: "Export the transaction, sign it elsewhere and import the signed one.",
    Channel.SIGNED: "Waits for your signature.",
}
"""What a change of each channel waits for while there is no signed transaction for it."""


class Broadcaster(Protocol):
    """The part of the chain that takes transactions and shows what became of them.

    :class:`ledger.chain.sending.Broadcaster` is the real one. ``send`` hands a transaction over
    once and says what is known of it then, whatever went wrong; it raises ``ChangeError`` only
    where nothing left this machine.
    """

    def send(self, transaction: ChainTransaction) -> TransactionStatus: ...
    def look_up(self, transaction: ChainTransaction) -> TransactionStatus: ...


class StrategyExecutor:
    """Carries out changes of one ledger, with the queue's lock held by the caller.

    ``broadcaster`` is ``None`` where no chain is configured; ``patience`` is how long a
    transaction is watched until it is in a block, ``stop`` ends the watching.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        checks: Checks,
        broadcaster: Broadcaster | None,
        *,
        patience: timedelta,
        stop: threading.Event | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._checks = checks
        self._broadcaster = broadcaster
        self._assumptions = Assumptions(store)
        self._receipts = Receipts(store, broadcaster)
        self._patience = patience
        self._stop = stop or threading.Event()

    def attempt(self, change: Change) -> Outcome:
        """Broadcast the signed transaction of a confirmed change if nothing keeps it back.

        Raises:
            ChangeError: it is no change of a strategy, or was altered meanwhile.
        """
        _check_kind(change)
        why = self._checks.why_wait(change) or self._checks.why_wait_for_funds(change)
        if why is not None:
            return hold(self._store, change, why)
        transaction = self._signed(change)
        why = self._not_ready(change, transaction)
        if why is not None or transaction is None or self._broadcaster is None:
            why = why or _NEXT[change.channel]
            return hold(self._store, change, why)
        stopped = self._stopped(change)
        if stopped is not None:
            return stopped
        self._store.move(
            change.id,
            ChangeState.SENDING,
            expect=change.state,
            reason="Sent to the chain.",
            attempt=uuid.uuid4().hex,
            request=f"{change.kind.value} on {said(change.model_name)}: "
            f"transaction {transaction.hash}, nonce {transaction.nonce}",
            last_read=change,
        )
        self._mark_sent(transaction)
        return self._deliver(change, transaction, self._broadcaster)

    def _stopped(self, change: Change) -> Outcome | None:
        """What keeps a signed change here: its model or setting is another one by now, or
        nobody tells a fact it rests on. What is a draft again gives its transaction up."""
        objection = self._assumptions.about_model(change) or self._assumptions.about_setting(change)
        if objection is not None:
            draft = self._store.move(
                change.id,
                ChangeState.DRAFT,
                expect=change.state,
                reason=objection.why,
                last_read=change,
            )
            return Outcome(draft, returned=objection.why)
        why = None if self._assumptions.on_chain(change) else self._checks.missing_fact(change)
        if why is not None:
            return hold(self._store, change, why, unprepared=True)
        return None

    def look_into(self, change: Change) -> Change:
        """Look a transaction up that may or may not have arrived, once.

        Returns:
            The change as ``accepted`` or ``refused``, or still ``unknown`` with what the chain
            shows in its history.

        Raises:
            ChangeError: there is no transaction, or no chain to ask.
            NumeraiError: the chain could not be asked.
        """
        state, reason = self._receipts.of(change)
        return self._conclude(change, state, reason)

    def judge(self, change: Change, *, arrived: bool) -> Change:
        """Take the user's word for what became of a transaction the chain tells nothing about.

        Raises:
            ChangeError: the chain clearly says otherwise, or still has it to be mined.
        """
        state, waits, reason = None, False, ""
        try:
            if self._receipts.transactions(change):
                state, reason = self._receipts.of(change)
                waits = state is None and self._receipts.waits(change)
        except LedgerError as error:
            reason = f"The chain could not be asked: {error.what}"
        if waits:
            raise ChangeError(
                f"A node has the transaction of change {change.id}: it can still be put into a "
                "block.",
                "Wait, or sign it once more with a higher fee.",
            )
        said = ChangeState.ACCEPTED if arrived else ChangeState.REFUSED
        if state not in {None, said}:
            raise ChangeError(
                f"The chain says otherwise about change {change.id}: {reason}",
                "Reconcile it instead; what the chain shows then counts.",
            )
        self._close(change, arrived=arrived)
        word = "arrived" if arrived else "did not arrive"
        return self._store.move(
            change.id,
            said,
            expect=ChangeState.UNKNOWN,
            reason=f"You judged that it {word}. {reason}".rstrip(),
            attempt=self._attempt_of(change),
        )

    def offer_again(self, change: Change) -> Change:
        """Hand the same signed transaction to the node once more, on the user's word, after no
        node knew it or its block was taken back. Its nonce still lets it take effect once at most.

        Raises:
            ChangeError: what became of it is known, or the chain knows it.
            NumeraiError: the chain could not be asked.
        """
        if change.system is not System.ATOMIC or change.state is not ChangeState.UNKNOWN:
            raise ChangeError(
                f"Change {change.id} is {change.state.value}.", "There is nothing to send again."
            )
        state, _ = self._receipts.of(change)
        transaction = newest_pending(self._receipts.transactions(change))
        if self._receipts.in_block(change):
            return self.look_into(change)
        if state is not None or transaction is None or self._broadcaster is None:
            return self.look_into(change)
        self._mark_sent(transaction)
        with suppress(ChangeError):
            self._broadcaster.send(transaction)
        return self._watch(change)

    def _mark_sent(self, transaction: ChainTransaction) -> None:
        """On disk before a node can have it."""
        if transaction.state is TransactionState.SIGNED:
            self._store.strategies.move_transaction(
                transaction.hash, TransactionState.SENT, expect=TransactionState.SIGNED
            )

    def _deliver(
        self, change: Change, transaction: ChainTransaction, broadcaster: Broadcaster
    ) -> Outcome:
        """Hand it over; until it is in a block nobody knows whether it arrived."""
        error: LedgerError | None = None
        try:
            status = broadcaster.send(transaction)
            words, left = status.reason or "", status.state is not TransactionState.SIGNED
        except ChangeError as caught:
            error, words, left = caught, caught.what, False
        except Exception as caught:
            words, left = f"Failed with {type(caught).__name__}.", True
        if not left:
            return Outcome(self._never_left(change, transaction, words), error=error)
        lost = self._store.move(
            change.id,
            ChangeState.UNKNOWN,
            expect=ChangeState.SENDING,
            reason="Handed to the chain; it is looked up by its hash.",
            attempt=self._attempt_of(change),
            answer=words,
        )
        return Outcome(self._watch(lost), error=error)

    def _never_left(self, change: Change, transaction: ChainTransaction, words: str) -> Change:
        self._store.strategies.move_transaction(
            transaction.hash,
            TransactionState.DROPPED,
            expect=TransactionState.SENT,
            note="It never left this machine.",
        )
        return self._store.move(
            change.id,
            ChangeState.REFUSED,
            expect=ChangeState.SENDING,
            reason="It never left this machine.",
            attempt=self._attempt_of(change),
            answer=words,
        )

    def _watch(self, change: Change) -> Change:
        """Look a transaction up until it is in a block, for as long as patience lasts."""
        deadline = self._clock.now() + self._patience
        while True:
            try:
                state, reason = self._receipts.of(change)
            except NumeraiError as error:
                state, reason = None, error.what
            over = self._clock.now() >= deadline or self._stop.is_set()
            if state is not None or over:
                return self._conclude(change, state, reason)
            if self._stop.wait(POLL.total_seconds()):
                return self._conclude(change, state, reason)

    def _conclude(self, change: Change, state: ChangeState | None, reason: str) -> Change:
        if state is None:
            state = ChangeState.UNKNOWN
            if self._store.events(change.id)[-1].reason == reason:
                return change
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.UNKNOWN,
            reason=reason,
            attempt=self._attempt_of(change),
        )

    def _signed(self, change: Change) -> ChainTransaction | None:
        """The signed transaction of a change that no node has heard of."""
        transactions = self._receipts.transactions(change)
        return next((tx for tx in transactions if tx.state is TransactionState.SIGNED), None)

    def _close(self, change: Change, *, arrived: bool) -> None:
        """Nothing of a change is on its way any more, on the user's word."""
        pending = [tx for tx in self._receipts.transactions(change) if tx.state.pending]
        newest = newest_pending(pending)
        if arrived and newest is not None:
            pending = [newest]
        for transaction in pending:
            self._store.strategies.move_transaction(
                transaction.hash,
                TransactionState.MINED if arrived else TransactionState.DROPPED,
                expect=transaction.state,
                note=f"You judged that it {'arrived' if arrived else 'did not arrive'}.",
            )

    def _not_ready(self, change: Change, transaction: ChainTransaction | None) -> str | None:
        if change.channel is Channel.BY_HAND or transaction is None:
            return _NEXT[change.channel]
        if self._broadcaster is None:
            return "Waits for an Ethereum endpoint: set atomic.rpc_url in the config."
        for other in self._store.strategies.transactions(pending=True):
            mine = other.hash == transaction.hash or other.change_id == change.id
            if other.sender == transaction.sender and not mine:
                return (
                    f"Waits until transaction {other.hash} of change {other.change_id} is in a "
                    "block: one at a time."
                )
        return None

    def _attempt_of(self, change: Change) -> str | None:
        return _sending(self._store.events(change.id)).attempt


def _check_kind(change: Change) -> None:
    if change.system is not System.ATOMIC or change.kind not in SETTINGS | FUNDS:
        raise ChangeError(
            f"Change {change.id} is about continuous staking.", "It is sent through Numerai."
        )


def _sending(events: tuple[ChangeEvent, ...]) -> ChangeEvent:
    sent = [event for event in events if event.state is ChangeState.SENDING]
    if not sent:
        raise ChangeError("There is no record of the change being sent.")
    return sent[-1]
