"""A transaction before and after it is signed, and what a signed one has to match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.chain.abi import Call
from ledger.domain.model import Tournament
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState
from ledger.errors import ChangeError

GWEI = 10**9
"""Wei in a gwei."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An EIP-1559 transaction as built and checked. Amounts and fees in wei, fees per gas.

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

    A legacy transaction's gas price stands in both fees. Addresses are lower case.
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


_EXACT: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("chain id", lambda tx: tx.chain_id),
    ("sender (from)", lambda tx: tx.sender.lower()),
    ("recipient (to)", lambda tx: tx.to.lower()),
    ("data", lambda tx: tx.data.lower()),
    ("value", lambda tx: tx.value),
    ("nonce", lambda tx: tx.nonce),
)


def check_signed(raw: str, expected: Unsigned, *, max_fee_gwei: int) -> Signed:
    """A transaction that was signed elsewhere, if it is the one that was exported.

    Chain id, sender, recipient, data, value and nonce have to be equal. Whoever signed may have
    chosen gas and fees: gas from the estimate to twice the limit, a fee up to
    ``max_fee_gwei``. Types 2 and legacy (EIP-155) are taken. Needs ``numstake-tui[atomic]``.

    Raises:
        ChangeError: it is another one; names the field.
        WalletError: the Ethereum libraries are not installed.
    """
    from ledger.chain.signing import taken_apart

    signed = taken_apart(raw)
    for name, field in _EXACT:
        if field(signed) != field(expected):
            raise _differs(name, field(signed), field(expected))
    lowest, highest = expected.gas * 4 // 5, expected.gas * 2
    if not lowest <= signed.gas <= highest:
        raise _differs("gas limit", signed.gas, f"{lowest} to {highest}")
    if signed.max_fee > max_fee_gwei * GWEI:
        raise _differs("fee cap", in_gwei(signed.max_fee), f"at most {max_fee_gwei} gwei")
    if signed.max_priority_fee > signed.max_fee:
        raise _differs("tip", in_gwei(signed.max_priority_fee), "at most the fee cap")
    return signed


def in_gwei(wei: int) -> str:
    """A fee per gas: ``1.5 gwei``."""
    whole, rest = divmod(wei, GWEI)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") + " gwei"


def _differs(name: str, found: object, wanted: object) -> ChangeError:
    return ChangeError(
        f"The signed transaction is not the one exported: {name} is {_short(found)}, not"
        f" {_short(wanted)}.",
        "Nothing was sent. Export it again, sign exactly that, and import the result.",
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 90 else f"{text[:74]}… ({len(text)} characters)"
