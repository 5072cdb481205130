"""Handing a signed transaction to a node, once, and finding out what became of it.

What a node says to a transaction is never taken for its fate: after any error it is looked up by
its hash. Sending the same signed bytes again could not execute them twice, yet nothing here does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ledger.chain import abi, reverts
from ledger.chain.abi import ConfigUpdate
from ledger.chain.rpc import reverted
from ledger.chain.strategy import StrategyReader, config_updates
from ledger.chain.surface import wrong_chain
from ledger.domain.strategy import ChainTransaction, TransactionState
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
"""Blocks since a nonce was used until a transaction without a receipt counts as replaced.

Nodes behind one address are not always at the same block: one may know the nonce before another
knows the receipt.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the chain shows of a transaction.

    ``found``: the endpoint knows it under its hash. ``reason`` says in words why it reverted,
    why it is not found, or what the endpoint answered to the send. ``updates`` are the
    ``ModelConfigUpdated`` events it wrote when mined.
    """

    state: TransactionState
    found: bool
    block: int | None = None
    reason: str | None = None
    updates: tuple[ConfigUpdate, ...] = ()


class Broadcaster:
    """Sends and follows signed transactions on the reader's chain."""

    def __init__(self, reader: StrategyReader) -> None:
        self._reader = reader
        self._rpc = reader.rpc

    def send(self, tx: ChainTransaction) -> Seen:
        """Hand ``tx`` to the endpoint, once. It has to be on disk by now.

        ``signed``: it never left this machine. ``sent``: a node has it, or may have it
        (``found`` tells which). Other states when a look-up after an error shows them.

        Raises:
            ChangeError: the endpoint is on another chain; nothing was sent.
        """
        try:
            chain = self._reader.chain()
        except _ENDPOINT as error:
            return Seen(TransactionState.SIGNED, found=False, reason=f"Not sent: {error.what}")
        if chain != tx.chain_id:
            raise ChangeError(
                f"{wrong_chain(chain, tx.chain_id)} Nothing was sent.",
                "Check [atomic] in the config.",
            )
        return self._handed_over(tx)

    def look_up(self, tx: ChainTransaction) -> Seen:
        """What became of ``tx``, by its hash: ``sent``, ``mined``, ``reverted``, ``replaced``.

        ``replaced``: another transaction used its nonce, :data:`REPLACED_AFTER` blocks ago or more.

        Raises:
            ChainUnreachable, BadChainAnswer, ChainError: the endpoint failed; nothing is known.
        """
        chain = self._reader.chain()
        if chain != tx.chain_id:
            raise BadChainAnswer(wrong_chain(chain, tx.chain_id), "Check [atomic] in the config.")
        seen = self._mined(tx)
        if seen is not None:
            return seen
        known = self._rpc.call("eth_getTransactionByHash", [tx.hash])
        if isinstance(known, Mapping):
            return Seen(TransactionState.SENT, found=True)
        return self._missing(tx)

    def follow(
        self,
        tx: ChainTransaction,
        *,
        seconds: float,
        stop: threading.Event | None = None,
        every: float = EVERY,
    ) -> Seen:
        """:meth:`look_up` until ``tx`` is decided, ``seconds`` have passed, or ``stop`` is set.

        An endpoint that fails in between is asked again. Still ``sent`` in the end means: look it
        up later.
        """
        waiting = stop or threading.Event()
        deadline = time.monotonic() + seconds
        while True:
            seen = self._looked_up(tx)
            if not seen.state.pending or time.monotonic() >= deadline or waiting.wait(every):
                return seen

    def _looked_up(self, tx: ChainTransaction) -> Seen:
        try:
            return self.look_up(tx)
        except _ENDPOINT as error:
            return Seen(TransactionState.SENT, found=False, reason=error.what)

    def _handed_over(self, tx: ChainTransaction) -> Seen:
        try:
            answer = self._rpc.tell("eth_sendRawTransaction", [tx.raw])
        except ChainUnreachable as error:
            if not error.sent:
                return Seen(TransactionState.SIGNED, found=False, reason=f"Not sent: {error.what}")
            return self._after(tx, error)
        except (BadChainAnswer, ChainError) as error:
            return self._after(tx, error)
        if str(answer).lower() == tx.hash.lower():
            return Seen(TransactionState.SENT, found=True)
        odd = BadChainAnswer("The Ethereum endpoint answered the send with another hash.")
        return self._after(tx, odd)

    def _after(self, tx: ChainTransaction, error: LedgerError) -> Seen:
        """What the hash shows after a send that was not answered with a plain yes."""
        seen = self._looked_up(tx)
        if seen.found:
            return seen
        return replace(seen, reason=f"{error.what} Looked up by its hash: {seen.reason}")

    def _mined(self, tx: ChainTransaction) -> Seen | None:
        receipt = self._rpc.call("eth_getTransactionReceipt", [tx.hash])
        if not isinstance(receipt, Mapping):
            return None
        if str(receipt.get("transactionHash")).lower() != tx.hash.lower():
            raise BadChainAnswer("The Ethereum endpoint gave the receipt of another transaction.")
        status = abi.quantity(receipt.get("status"), "the transaction's status")
        block = abi.quantity(receipt.get("blockNumber"), "the transaction's block")
        if status == 1:
            logs = receipt.get("logs")
            updates = tuple(
                config_updates(logs if isinstance(logs, list) else (), tx.to, self._reader.modes)
            )
            return Seen(TransactionState.MINED, found=True, block=block, updates=updates)
        used = abi.quantity(receipt.get("gasUsed"), "the gas used")
        reason = self._why_reverted(tx, block, used)
        return Seen(TransactionState.REVERTED, found=True, block=block, reason=reason)

    def _missing(self, tx: ChainTransaction) -> Seen:
        """No receipt, not waiting: another took the nonce, or nobody has it."""
        newest = self._reader.block()
        if self._used(tx, max(0, newest - REPLACED_AFTER)):
            seen = self._mined(tx)
            reason = f"Another transaction used its nonce {tx.nonce}."
            return seen or Seen(TransactionState.REPLACED, found=False, reason=reason)
        reason = f"The endpoint does not know transaction {tx.hash}, and its nonce is free."
        if self._used(tx, newest):
            reason = f"Its nonce {tx.nonce} was used a moment ago, by it or by another."
        return Seen(TransactionState.SENT, found=False, reason=reason)

    def _used(self, tx: ChainTransaction, block: int) -> bool:
        count = self._rpc.call("eth_getTransactionCount", [tx.sender, hex(block)])
        return abi.quantity(count, "the wallet's nonce") > tx.nonce

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


def _replay(tx: ChainTransaction) -> dict[str, str]:
    return {
        "from": tx.sender,
        "to": tx.to,
        "data": tx.data,
        "value": hex(tx.value),
        "gas": hex(tx.gas),
    }
