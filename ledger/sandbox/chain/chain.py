"""The sandbox's Ethereum: blocks by the clock, a pool, and transactions that reach the contracts.

Blocks go by the sandbox's time, one every twelve seconds, and are not kept: only transactions are.
A transaction is mined when it arrives, unless :attr:`Chain.automine` is off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.sandbox.chain.coding import CONFIG_UPDATED, Revert, setting_words, word
from ledger.sandbox.chain.contracts import Contracts, Outcome
from ledger.sandbox.chain.transactions import Transaction
from ledger.sandbox.world import addresses
from ledger.sandbox.world.state import SettingRow
from ledger.sandbox.world.world import World

CHAIN_ID = 1
"""Ethereum's, so that the strategies' settings need not be changed for the sandbox."""

GWEI = 10**9
"""Wei in a gwei."""

_MERGE_BLOCK, _MERGE = 15_537_394, datetime(2022, 9, 15, 6, 42, 42, tzinfo=UTC)
_BLOCK_TIME = timedelta(seconds=12)
"""How long a block takes on Ethereum since the merge."""

_BUMP = 110
"""Percent of the fees of a pending transaction that one in its place has to offer at least."""


class NotAccepted(Exception):
    """The node does not take a transaction; the text is its answer."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block of its own, made at ``time``.

    Without ``success`` the contract refused it. ``gas_used`` has been paid for at ``price`` wei
    each, whatever came of it; ``undo`` takes back what it did.
    """

    transaction: Transaction
    block: int
    time: datetime
    success: bool
    gas_used: int
    price: int
    undo: Callable[[], None]


class Chain:
    """Accounts, pool and mined transactions of one world.

    ``applied`` takes a line for every change that took effect. ``base_fee`` is in wei; a
    transaction that offers less waits in the pool. ``behind``: every other request is answered by
    a node that is so many blocks behind (its blocks, receipts, logs and nonces; the contracts'
    state is the newest all the same).
    """

    def __init__(self, world: World, applied: list[dict[str, Any]]) -> None:
        self.world = world
        self.contracts = Contracts(world)
        self.automine = True
        self.base_fee = 7 * GWEI
        self.behind = 0
        self.pool: dict[tuple[str, int], Transaction] = {}
        self.mined: dict[str, Mined] = {}
        self._applied = applied
        self._nonces: dict[str, int] = {}
        self._balances: dict[str, int] = {}
        self._last = 0
        self._forks: list[int] = []

    # looking

    @property
    def block(self) -> int:
        """The newest block's number."""
        return max(self.block_at(self.world.now), self._last)

    def block_at(self, moment: datetime) -> int:
        """The block that was the newest at a moment."""
        return _MERGE_BLOCK + (moment - _MERGE) // _BLOCK_TIME

    def block_time(self, number: int) -> datetime:
        """When a block was made."""
        return _MERGE + (number - _MERGE_BLOCK) * _BLOCK_TIME

    def block_hash(self, number: int) -> str:
        """A block's hash: another one after each reorganisation that reached it."""
        fork = sum(first <= number for first in self._forks)
        parts = ("block", number, fork) if fork else ("block", number)
        return "0x" + self.world.hash(*parts)

    def balance(self, address: str) -> int:
        """An address's ether, in wei."""
        if address.lower() == self.world.owner.address.lower():
            return self.world.owner.gas_wei
        return self._balances.get(address.lower(), 0)

    def nonce(self, address: str, *, pending: bool = False, at: int | None = None) -> int:
        """The next nonce of an address; ``pending`` counts what waits in the pool, too.

        ``at`` is the block whose state counts, ``None`` the newest.
        """
        sender = address.lower()
        nonce = self._nonces.get(sender, 0)
        if at is not None:
            later = [m for m in self.mined.values() if m.block > at]
            return nonce - sum(mined.transaction.sender == sender for mined in later)
        while pending and (address.lower(), nonce) in self.pool:
            nonce += 1
        return nonce

    def find(self, tx_hash: str) -> Mined | Transaction | None:
        """A transaction by its hash, mined or waiting."""
        mined = self.mined.get(tx_hash.lower())
        waiting = (t for t in self.pool.values() if t.hash == tx_hash.lower())
        return mined or next(waiting, None)

    def run(self, to: str | None, data: str, sender: str, value: int = 0) -> Outcome:
        """What a call would come to now.

        Raises:
            Revert: the contract refuses.
        """
        return self.contracts.call(to, data, sender, value) if to else Outcome(gas=0)

    def used(self, transaction: Transaction, outcome: Outcome) -> int:
        """The gas an outcome costs as a transaction."""
        runs = transaction.to and self.contracts.code(transaction.to) != "0x"
        return transaction.intrinsic_gas + (outcome.gas if runs else 0)

    def events(self) -> list[dict[str, Any]]:
        """``ModelConfigUpdated``, oldest first, as ``eth_getLogs`` shows it."""
        counted: dict[str, int] = {}
        logs = []
        for row in self.world.settings:
            index = counted.get(row.tx_hash, 0)
            counted[row.tx_hash] = index + 1
            logs.append(self._event(row, index))
        return sorted(logs, key=lambda log: int(log["blockNumber"], 16))

    # writing

    def fund(self, address: str, wei: int) -> None:
        """Give an address ether."""
        self._change(address, wei)

    def send(self, transaction: Transaction) -> str:
        """Take a transaction into the pool, and mine it if that is on; its hash.

        Raises:
            NotAccepted: with the node's words.
        """
        self._check(transaction)
        key = (transaction.sender, transaction.nonce)
        if key in self.pool:
            self._check_replacement(self.pool[key], transaction)
        self.pool[key] = transaction
        if self.automine:
            self.mine()
        return transaction.hash

    def mine(self) -> int:
        """Mine what can be mined, in order of nonces; how many that were."""
        count = 0
        while ready := [t for t in self.pool.values() if self._ready(t)]:
            for transaction in ready:
                del self.pool[transaction.sender, transaction.nonce]
                self._mine(transaction)
                count += 1
        return count

    def drop(self) -> int:
        """Forget what waits in the pool, as nodes do under pressure; how many that were."""
        count = len(self.pool)
        self.pool.clear()
        return count

    def reorganise(self, blocks: int, *, keep: bool = True) -> int:
        """Take back the newest ``blocks`` blocks; how many transactions were in them.

        Those go back to the pool, or are forgotten when not ``keep``. What they did is undone, in
        the contracts and in the senders' accounts; what the world made of it meanwhile stays.
        """
        first = self.block - blocks + 1
        taken = sorted(
            (mined for mined in self.mined.values() if mined.block >= first),
            key=lambda mined: mined.block,
            reverse=True,
        )
        for mined in taken:
            self._take_back(mined)
            if keep:
                transaction = mined.transaction
                self.pool[transaction.sender, transaction.nonce] = transaction
        self._forks.append(first)
        return len(taken)

    def _take_back(self, mined: Mined) -> None:
        transaction = mined.transaction
        mined.undo()
        self._nonces[transaction.sender] = transaction.nonce
        self._change(transaction.sender, mined.gas_used * mined.price)
        if mined.success:
            self._change(transaction.sender, transaction.value)
            if transaction.to is not None:
                self._change(transaction.to, -transaction.value)
        self._applied[:] = [
            line for line in self._applied if line.get("tx_hash") != transaction.hash
        ]
        del self.mined[transaction.hash]

    def _check(self, transaction: Transaction) -> None:
        if transaction.chain_id not in {CHAIN_ID, None}:
            raise NotAccepted(
                f"invalid chain id for signer: have {transaction.chain_id} want {CHAIN_ID}"
            )
        if self.find(transaction.hash) in self.pool.values():
            raise NotAccepted("already known")
        following = self.nonce(transaction.sender)
        if transaction.nonce < following:
            raise NotAccepted(
                f"nonce too low: next nonce {following}, tx nonce {transaction.nonce}"
            )
        if transaction.max_priority_fee > transaction.max_fee:
            raise NotAccepted("max priority fee per gas higher than max fee per gas")
        if transaction.gas < transaction.intrinsic_gas:
            raise NotAccepted(
                f"intrinsic gas too low: gas {transaction.gas}, "
                f"minimum needed {transaction.intrinsic_gas}"
            )
        balance = self.balance(transaction.sender)
        if balance < transaction.most:
            raise NotAccepted(
                f"insufficient funds for gas * price + value: balance {balance}, "
                f"tx cost {transaction.most}, overshot {transaction.most - balance}"
            )

    def _check_replacement(self, old: Transaction, new: Transaction) -> None:
        fees = ((old.max_fee, new.max_fee), (old.max_priority_fee, new.max_priority_fee))
        if any(after * 100 < before * _BUMP for before, after in fees):
            raise NotAccepted("replacement transaction underpriced")

    def _ready(self, transaction: Transaction) -> bool:
        in_turn = transaction.nonce == self.nonce(transaction.sender)
        return in_turn and transaction.max_fee >= self.base_fee

    def _mine(self, transaction: Transaction) -> None:
        self._nonces[transaction.sender] = transaction.nonce + 1
        self._last = self.block + 1
        success, gas_used, undo = self._execute(transaction)
        price = transaction.price(self.base_fee)
        self._change(transaction.sender, -gas_used * price)
        self.mined[transaction.hash] = Mined(
            transaction, self._last, self.world.now, success, gas_used, price, undo
        )

    def _execute(self, transaction: Transaction) -> tuple[bool, int, Callable[[], None]]:
        to, value = transaction.to, transaction.value
        try:
            outcome = self.run(to, transaction.data, transaction.sender, value)
        except Revert:
            return False, min(transaction.gas, transaction.intrinsic_gas + Outcome().gas), _nothing
        gas_used = self.used(transaction, outcome)
        if gas_used > transaction.gas:
            return False, transaction.gas, _nothing
        undo = outcome.apply(transaction.hash.removeprefix("0x"))
        self._applied.extend({**said, "tx_hash": transaction.hash} for said in outcome.what)
        self._change(transaction.sender, -value)
        if to is not None:
            self._change(to, value)
        return True, gas_used, undo

    def _change(self, address: str, wei: int) -> None:
        if address.lower() == self.world.owner.address.lower():
            self.world.owner.gas_wei += wei
        else:
            self._balances[address.lower()] = self.balance(address) + wei

    def _event(self, row: SettingRow, index: int) -> dict[str, Any]:
        tx_hash = "0x" + row.tx_hash
        mined = self.mined.get(tx_hash)
        block = mined.block if mined else self.block_at(row.time)
        return {
            "address": addresses.strategy(self.world, row.tournament),
            "topics": [CONFIG_UPDATED, "0x" + word(int(row.tournament)), row.key],
            "data": "0x" + setting_words(row.setting),
            "blockNumber": hex(block),
            "blockHash": self.block_hash(block),
            "transactionHash": tx_hash,
            "transactionIndex": "0x0",
            "logIndex": hex(index),
            "removed": False,
        }


def _nothing() -> None:
    """What taking back a transaction that failed undoes."""
