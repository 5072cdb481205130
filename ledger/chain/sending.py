"""Handing a signed transaction to a node, once, and finding out what became of it.

What a node says to a transaction is never taken as final: after any error it is looked up by
its hash. Sending the same signed bytes again could not execute them twice, yet nothing here does.
A block may be taken back: a transaction is decided once enough blocks follow its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.chain import abi, reverts
from ledger.chain.abi import ConfigUpdate
from ledger.chain.rpc import Call, reverted
from ledger.chain.strategy import StrategyReader, config_updates
from ledger.chain.surface import LATEST, wrong_chain
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState
from ledger.errors import (
    BadChainAnswer,
    ChainError,
    ChainUnreachable,
    ChangeError,
    LedgerError,
)

_ENDPOINT = (ChainUnreachable, BadChainAnswer, ChainError)

EVERY = 2.0
"""Seconds between look-ups; a block takes twelve."""

REPLACED_AFTER = 2
"""Blocks since a nonce was used until a transaction without a receipt counts as replaced, at
least; as many as confirm a transaction where those are more.

Nodes behind one address are not always at the same block: one may know the nonce before another
knows the receipt.
"""


@dataclass(frozen=True, slots=True)
class TransactionStatus:
    """What the chain shows of a transaction.

    ``found``: the endpoint knows it under its hash. ``block`` is the one it is in; with state
    ``sent`` too few blocks follow that one yet. ``reason`` says in words why it reverted, why it
    is not found or not decided, or what the endpoint answered to the send. ``updates`` are the
    ``ModelConfigUpdated`` events it wrote when mined. ``spent``: another transaction used its
    nonce, but a moment ago.
    """

    state: TransactionState
    found: bool
    block: int | None = None
    reason: str | None = None
    updates: tuple[ConfigUpdate, ...] = ()
    spent: bool = False


class Broadcaster:
    """Sends and follows signed transactions on the reader's chain.

    ``confirmations`` is how many blocks have to follow a transaction's until it is decided.
    """

    def __init__(self, reader: StrategyReader, *, confirmations: int) -> None:
        self._reader = reader
        self._rpc = reader.rpc
        self._confirmations = confirmations

    def send(self, tx: ChainTransaction) -> TransactionStatus:
        """Hand ``tx`` to the endpoint, once. It has to be on disk by now.

        ``signed``: it never left this machine. ``sent``: a node has it, or may have it
        (``found`` tells which). Other states when a look-up after an error shows them.

        Raises:
            ChangeError: the endpoint is on another chain; nothing was sent.
        """
        try:
            chain = self._reader.chain()
        except _ENDPOINT as error:
            return TransactionStatus(
                TransactionState.SIGNED, found=False, reason=f"Not sent: {error.what}"
            )
        if chain != tx.chain_id:
            raise ChangeError(
                f"{wrong_chain(chain, tx.chain_id)} Nothing was sent.",
                "Check [atomic] in the config.",
            )
        return self._handed_over(tx)

    def look_up(self, tx: ChainTransaction) -> TransactionStatus:
        """What became of ``tx``, by its hash: ``sent``, ``mined``, ``reverted``, ``replaced``.

        The latter three once enough blocks have followed; ``replaced``: another transaction used
        its nonce.

        Raises:
            ChainUnreachable, BadChainAnswer, ChainError: the endpoint failed; nothing is known.
        """
        chain = self._reader.chain()
        if chain != tx.chain_id:
            raise BadChainAnswer(wrong_chain(chain, tx.chain_id), "Check [atomic] in the config.")
        receipt = self._receipt(tx, self._rpc.call("eth_getTransactionReceipt", [tx.hash]))
        if receipt is not None:
            return self._in_block(tx, receipt)
        transaction = self._rpc.call("eth_getTransactionByHash", [tx.hash])
        if isinstance(transaction, Mapping):
            if not _same(transaction.get("hash"), tx.hash):
                raise BadChainAnswer("The Ethereum endpoint showed another transaction.")
            return TransactionStatus(TransactionState.SENT, found=True)
        return self._missing(tx)

    def follow(
        self,
        tx: ChainTransaction,
        *,
        seconds: float,
        stop: threading.Event | None = None,
        every: float = EVERY,
    ) -> TransactionStatus:
        """:meth:`look_up` until ``tx`` is decided, ``seconds`` have passed, or ``stop`` is set.

        An endpoint that fails in between is asked again. Still ``sent`` in the end means: look it
        up later.
        """
        waiting = stop or threading.Event()
        deadline = time.monotonic() + seconds
        while True:
            status = self._looked_up(tx)
            if not status.state.pending or time.monotonic() >= deadline or waiting.wait(every):
                return status

    def _looked_up(self, tx: ChainTransaction) -> TransactionStatus:
        try:
            return self.look_up(tx)
        except _ENDPOINT as error:
            return TransactionStatus(TransactionState.SENT, found=False, reason=error.what)

    def _handed_over(self, tx: ChainTransaction) -> TransactionStatus:
        try:
            answer = self._rpc.tell("eth_sendRawTransaction", [tx.raw])
        except ChainUnreachable as error:
            if not error.sent:
                return TransactionStatus(
                    TransactionState.SIGNED, found=False, reason=f"Not sent: {error.what}"
                )
            return self._after(tx, error)
        except (BadChainAnswer, ChainError) as error:
            return self._after(tx, error)
        if str(answer).lower() == tx.hash.lower():
            return TransactionStatus(TransactionState.SENT, found=True)
        odd = BadChainAnswer("The Ethereum endpoint answered the send with another hash.")
        return self._after(tx, odd)

    def _after(self, tx: ChainTransaction, error: LedgerError) -> TransactionStatus:
        """What the hash shows after a send that was not answered with a plain yes."""
        status = self._looked_up(tx)
        if status.found:
            return status
        return replace(status, reason=f"{error.what} Looked up by its hash: {status.reason}")

    def _receipt(self, tx: ChainTransaction, answer: object) -> Mapping[str, object] | None:
        """The receipt of ``tx``, ``None`` where there is none."""
        if not isinstance(answer, Mapping):
            return None
        if not _same(answer.get("transactionHash"), tx.hash):
            raise BadChainAnswer("The Ethereum endpoint gave the receipt of another transaction.")
        return answer

    def _in_block(self, tx: ChainTransaction, receipt: Mapping[str, object]) -> TransactionStatus:
        """What a receipt means, by what the chain has built upon its block."""
        status = abi.quantity(receipt.get("status"), "the transaction's status")
        number = abi.quantity(receipt.get("blockNumber"), "the transaction's block")
        short = self._not_deep(number, receipt.get("blockHash"))
        if short is not None:
            return TransactionStatus(TransactionState.SENT, found=True, block=number, reason=short)
        if status == 1:
            logs = receipt.get("logs")
            updates = tuple(
                config_updates(logs if isinstance(logs, list) else (), tx.to, self._reader.modes)
            )
            return TransactionStatus(
                TransactionState.MINED, found=True, block=number, updates=updates
            )
        used = abi.quantity(receipt.get("gasUsed"), "the gas used")
        reason = self._why_reverted(tx, number, used)
        return TransactionStatus(TransactionState.REVERTED, found=True, block=number, reason=reason)

    def _not_deep(self, number: int, block_hash: object) -> str | None:
        """Why block ``number`` may still be taken back, or was; ``None`` when it is deep enough.

        Block and head are asked for together, so that one node answers: others may be behind.
        """
        calls: list[Call] = [
            ("eth_getBlockByNumber", (hex(number), False)),
            ("eth_blockNumber", ()),
        ]
        block, newest = self._answers(calls)
        if block is None:
            return f"It is in block {number}, which not every node knows yet."
        if not isinstance(block, Mapping) or not _same(block.get("number"), hex(number)):
            raise BadChainAnswer(
                "The Ethereum endpoint showed another block than it was asked for."
            )
        if not _same(block.get("hash"), str(block_hash)):
            return f"It was put into a block {number} that is not part of the chain any more."
        follow = max(0, abi.quantity(newest, "the newest block") - number)
        if follow >= self._confirmations:
            return None
        return f"It is in block {number}: {follow} of {self._confirmations} blocks follow."

    def _missing(self, tx: ChainTransaction) -> TransactionStatus:
        """No receipt, not waiting: another took the nonce, or nobody has it."""
        deep = max(0, self._reader.block() - max(REPLACED_AFTER, self._confirmations))
        asked: list[Call] = [
            ("eth_getTransactionReceipt", (tx.hash,)),
            ("eth_getTransactionCount", (tx.sender, hex(deep))),
            ("eth_getTransactionCount", (tx.sender, LATEST)),
        ]
        answer, then, now = self._answers(asked)
        receipt = self._receipt(tx, answer)
        if receipt is not None:
            return self._in_block(tx, receipt)
        if abi.quantity(then, "the owner's nonce") > tx.nonce:
            reason = f"Another transaction used its nonce {tx.nonce}."
            return TransactionStatus(TransactionState.REPLACED, found=False, reason=reason)
        spent = abi.quantity(now, "the owner's nonce") > tx.nonce
        reason = f"The endpoint does not know transaction {tx.hash}, and its nonce is free."
        if spent:
            reason = f"Its nonce {tx.nonce} was used a moment ago, by it or by another."
        return TransactionStatus(TransactionState.SENT, found=False, reason=reason, spent=spent)

    def _answers(self, calls: Sequence[Call]) -> list[object]:
        """What one node answers to several calls."""
        answers = self._rpc.call_many(calls)
        for answer in answers:
            if isinstance(answer, ChainError):
                raise answer
        return answers

    def _why_reverted(self, tx: ChainTransaction, block: int, used: int) -> str:
        """The same call on the block's state, then on its parent's: one of them says why."""
        for number in (block, block - 1):
            try:
                self._rpc.call("eth_call", [_replay(tx), hex(number)])
            except ChainError as error:
                if reverted(error):
                    return f"The contract refused it: {reverts.of(error)}."
            except (ChainUnreachable, BadChainAnswer):
                break
        if used >= tx.gas:
            return "It ran out of gas."
        return "The contract refused it, and does not say why any more."


def _same(answered: object, expected: str) -> bool:
    """Whether an answer names this hash or number."""
    return str(answered).lower() == expected.lower()


def _replay(tx: ChainTransaction) -> dict[str, str]:
    return {
        "from": tx.sender,
        "to": tx.to,
        "data": tx.data,
        "value": hex(tx.value),
        "gas": hex(tx.gas),
    }
