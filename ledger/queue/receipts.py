"""What became of the transactions of a change, by their hashes and nonce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState
from ledger.errors import BadChainAnswer, ChainError, ChangeError

if TYPE_CHECKING:
    from ledger.chain.sending import TransactionStatus
    from ledger.store import Store

_SHOWN = {
    TransactionState.SIGNED: "No node knows it yet.",
    TransactionState.SENT: "It waits to be put into a block.",
    TransactionState.MINED: "It is in a block.",
    TransactionState.REVERTED: "The contract refused it.",
    TransactionState.REPLACED: "Another transaction took its nonce.",
    TransactionState.DROPPED: "It was given up.",
}
_END = {
    TransactionState.MINED: ChangeState.ACCEPTED,
    TransactionState.REVERTED: ChangeState.REFUSED,
}
_NO_MORE = {TransactionState.REPLACED, TransactionState.DROPPED}


class Chain(Protocol):
    """Where transactions are looked up; see :class:`ledger.queue.strategy_executor.Broadcaster`."""

    def look_up(self, transaction: ChainTransaction) -> TransactionStatus: ...


class Receipts:
    """Looks up what a ledger's changes sent; ``chain`` is ``None`` where none is configured."""

    def __init__(self, store: Store, chain: Chain | None) -> None:
        self._store = store
        self._chain = chain

    def transactions(self, change: Change) -> tuple[ChainTransaction, ...]:
        """What was signed for a change, oldest first."""
        return self._store.strategies.transactions(change_id=change.id)[::-1]

    def of(self, change: Change) -> tuple[ChangeState | None, str]:
        """How a change ended by all of its transactions together, ``None`` for not yet; in words.

        Raises:
            ChangeError: there is no transaction, or no chain to ask.
            NumeraiError: the chain could not be asked.
        """
        mine = self.transactions(change)
        if not mine:
            raise ChangeError(f"Change {change.id} has no transaction.")
        given_up = TransactionState.DROPPED
        live = [tx for tx in mine if tx.state is not given_up] or mine
        states, words = set(), ""
        for tx in live:
            state, words = self._state(tx.hash)
            if state in _END:
                return _END[state], words
            states.add(state)
        return (ChangeState.REFUSED if states <= _NO_MORE else None), words

    def waits(self, change: Change) -> bool:
        """Whether a node has a transaction of a change that may still be put into a block.

        Raises:
            ChangeError, NumeraiError: as in :meth:`of`.
        """
        pending = [tx for tx in self.transactions(change) if tx.state.pending]
        return any(self._asked(tx).found for tx in pending)

    def in_block(self, change: Change) -> bool:
        """Whether a transaction of a change was in a block when it was last looked up, and may
        still be taken back."""
        return any(tx.state.pending and tx.block is not None for tx in self.transactions(change))

    def _state(self, hash_: str) -> tuple[TransactionState, str]:
        """One transaction's state. What was given up, too, is in a block if the chain says so."""
        transaction = self._store.strategies.transaction(hash_)
        settled = not transaction.state.pending
        if settled and transaction.state is not TransactionState.DROPPED:
            return transaction.state, transaction.note or _SHOWN[transaction.state]
        now = self._asked(transaction)
        if now.state not in _END and settled:
            return transaction.state, transaction.note or _SHOWN[transaction.state]
        words = _taken_back(transaction, now) or now.reason or _SHOWN[now.state]
        if not settled and (not now.state.pending or now.block != transaction.block):
            state = transaction.state if now.state.pending else now.state
            self._store.strategies.move_transaction(
                hash_, state, expect=transaction.state, block=now.block, note=words
            )
        return now.state, words

    def _asked(self, transaction: ChainTransaction) -> TransactionStatus:
        if self._chain is None:
            raise ChangeError(
                "No Ethereum endpoint is configured, so the transaction can't be looked up.",
                "Set atomic.rpc_url in the config.",
            )
        try:
            return self._chain.look_up(transaction)
        except ChainError as error:
            raise BadChainAnswer(error.what, error.advice) from error


def _taken_back(before: ChainTransaction, now: TransactionStatus) -> str | None:
    """What is to be said of a transaction that was in a block and is in none now."""
    if before.block is None or now.block is not None or not now.state.pending:
        return None
    return (
        f"It was in block {before.block}, which was taken back. "
        f"{now.reason or _SHOWN[TransactionState.SENT]}"
    )
