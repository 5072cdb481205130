"""A transaction before and after it is signed, and what a signed one has to match."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.chain.abi import Call
from ledger.domain.model import Tournament
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState

GWEI = 10**9
"""Wei in a gwei."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An EIP-1559 transaction as built and checked: ``sender`` calls ``to`` with ``data``.

    ``value``, ``max_fee`` and ``max_priority_fee`` are in wei, the fees per unit of ``gas``.
    ``call`` is its data in readable form, ``sentences`` what it does in words for people.
    ``replaces`` is the hash of the pending transaction whose nonce it takes.
    """

    tournament: Tournament
    chain_id: int
    sender: str
    to: str
    data: str
    value: int
    nonce: int
    gas: int
    max_fee: int
    max_priority_fee: int
    call: Call
    sentences: tuple[str, ...]
    replaces: str | None = None

    @property
    def most_for_gas(self) -> int:
        """The most its gas can cost, in wei."""
        return self.gas * self.max_fee

    def as_json(self) -> dict[str, Any]:
        """What is signed elsewhere, with its meaning beside it.

        ``transaction`` has the fields, as hex quantities, that ``eth_signTransaction`` and the
        wallets' libraries take.
        """
        return {
            "transaction": {
                "type": "0x2",
                "chainId": hex(self.chain_id),
                "from": self.sender,
                "to": self.to,
                "data": self.data,
                "value": hex(self.value),
                "nonce": hex(self.nonce),
                "gas": hex(self.gas),
                "maxFeePerGas": hex(self.max_fee),
                "maxPriorityFeePerGas": hex(self.max_priority_fee),
            },
            "tournament": int(self.tournament),
            "call": {"function": self.call.function, "arguments": [*map(dict, self.call.rows)]},
            "description": list(self.sentences),
            "replaces": self.replaces,
        }


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction, taken apart. ``raw`` is what is broadcast, ``0x`` hex.

    ``value`` and fees are in wei, the fees per unit of ``gas``; a legacy transaction's gas price
    stands in both, ``max_fee`` and ``max_priority_fee``. Addresses are lower case.
    """

    hash: str
    raw: str
    sender: str
    chain_id: int
    nonce: int
    to: str
    data: str
    value: int
    gas: int
    max_fee: int
    max_priority_fee: int

    def transaction(
        self, change_id: int, made: datetime, *, replaces: str | None = None
    ) -> ChainTransaction:
        """What goes to disk before it is sent: state ``signed``."""
        return ChainTransaction(
            hash=self.hash,
            change_id=change_id,
            chain_id=self.chain_id,
            sender=self.sender,
            nonce=self.nonce,
            to=self.to,
            data=self.data,
            value=self.value,
            gas=self.gas,
            max_fee=self.max_fee,
            max_priority_fee=self.max_priority_fee,
            raw=self.raw,
            state=TransactionState.SIGNED,
            made=made,
            replaces=replaces,
        )


def in_gwei(wei: int) -> str:
    """A fee per gas: ``1.5 gwei``."""
    whole, rest = divmod(wei, GWEI)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") + " gwei"
