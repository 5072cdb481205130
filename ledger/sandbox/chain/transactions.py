"""Signed transactions as a node takes them. The Ethereum libraries are imported on first use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_PLAIN, _PER_BYTE = 21_000, 16

_HIGHEST_S = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 // 2
"""Half the order of secp256k1: nodes take the lower of a signature's two forms alone (EIP-2)."""


class Undecodable(Exception):
    """No signed transaction; the text is the node's answer."""


class NoLibrary(Exception):
    """eth-account is not installed: senders can't be recovered."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction. Addresses are lower-case; ``hash`` and ``data`` have ``0x``.

    ``chain_id`` is ``None`` for one that any chain takes, ``to`` for one that makes a contract.
    ``value`` and fees are in wei. A legacy transaction has ``kind`` 0 and its gas price in both
    fees, ``max_fee`` and ``max_priority_fee``.
    """

    hash: str
    kind: int
    chain_id: int | None
    sender: str
    nonce: int
    to: str | None
    data: str
    value: int
    gas: int
    max_fee: int
    max_priority_fee: int

    @property
    def intrinsic_gas(self) -> int:
        """What it costs before anything runs."""
        return _PLAIN + _PER_BYTE * (len(self.data) // 2 - 1)

    @property
    def most(self) -> int:
        """The most wei it can take from its sender."""
        return self.gas * self.max_fee + self.value

    def price(self, base_fee: int) -> int:
        """Wei per gas in a block with this base fee."""
        return min(self.max_fee, base_fee + self.max_priority_fee)


def decode(raw: str) -> Transaction:
    """A raw transaction (``0x`` hex) of type 2, or a legacy one, with its sender recovered.

    Raises:
        Undecodable: it is none, or its signature is no good.
        NoLibrary: the optional libraries are missing.
    """
    try:
        import rlp
        from eth_account import Account
        from eth_utils.crypto import keccak
        from eth_utils.exceptions import ValidationError
    except ImportError:
        raise NoLibrary from None
    try:
        data = bytes.fromhex(raw.removeprefix("0x"))
        typed = data[:1] == b"\x02"
        items = rlp.decode(data[1:] if typed else data)
        fields = _typed(items) if typed else _legacy(items)
        sender = Account.recover_transaction(raw)
    except rlp.exceptions.RLPException as error:
        raise Undecodable(f"rlp: {error}") from None
    except (ValueError, TypeError, IndexError, ValidationError) as error:
        raise Undecodable(f"invalid transaction: {type(error).__name__}") from None
    if _int(items[-1]) > _HIGHEST_S:
        raise Undecodable("invalid transaction v, r, s values")
    return Transaction(hash="0x" + keccak(data).hex(), sender=str(sender).lower(), **fields)


def _typed(fields: list[Any]) -> dict[str, Any]:
    chain_id, nonce, tip, fee, gas, to, value, data = fields[:8]
    return {
        "kind": 2,
        "chain_id": _int(chain_id),
        "max_priority_fee": _int(tip),
        "max_fee": _int(fee),
        **_common(nonce, gas, to, value, data),
    }


def _legacy(fields: list[Any]) -> dict[str, Any]:
    nonce, price, gas, to, value, data, v = fields[:7]
    return {
        "kind": 0,
        # EIP-155: the chain is in the signature; without one it holds on every chain.
        "chain_id": (_int(v) - 35) // 2 if _int(v) >= 35 else None,
        "max_priority_fee": _int(price),
        "max_fee": _int(price),
        **_common(nonce, gas, to, value, data),
    }


def _common(nonce: bytes, gas: bytes, to: bytes, value: bytes, data: bytes) -> dict[str, Any]:
    return {
        "nonce": _int(nonce),
        "gas": _int(gas),
        "to": "0x" + to.hex() if to else None,
        "value": _int(value),
        "data": "0x" + data.hex(),
    }


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")
