"""Taking a signed transaction's bytes apart: type 2 (EIP-1559) and legacy (EIP-155).

The encoding is RLP. It is read strictly: what is not its shortest form is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.errors import ChangeError

_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})+)")
_LARGEST = 64 * 1024
"""Bytes of the largest transaction that is taken apart: far more than any call here needs."""

_DEEPEST = 4
"""How deep lists are nested: a transaction, its access list, an entry of that, its slots."""

_LIST = 0xC0
"""The first byte from which an RLP item is a list; below it is a string."""

_TYPE_2 = 2
"""The first byte of an EIP-1559 transaction."""

_ADDRESS_BYTES = 20
"""Bytes of an Ethereum address."""

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1: a private key is from 1 to one below it."""

_Item = bytes | list["_Item"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed transaction's fields, ``raw`` as they were signed; amounts and fees in wei.

    A legacy transaction's gas price stands in both fees, ``max_fee`` and ``max_priority_fee``.
    """

    raw: bytes
    chain_id: int
    nonce: int
    to: str
    data: str
    value: int
    gas: int
    max_fee: int
    max_priority_fee: int


def opened(raw: str) -> Envelope:
    """The fields of a signed transaction in hex.

    Raises:
        ChangeError: no signed transaction, or of a kind that is not taken.
    """
    match = _HEX.fullmatch(raw.strip())
    if match is None or len(match[1]) > 2 * _LARGEST:
        raise _unreadable("it is not hex")
    content = bytes.fromhex(match[1])
    try:
        if content[0] == _TYPE_2:
            return _type_2(content, _whole(content[1:]))
        if content[0] >= _LIST:
            return _legacy(content, _whole(content))
    except (ValueError, IndexError, TypeError):
        raise _unreadable("its fields can't be read") from None
    raise _unreadable(f"type {content[0]} is not taken, only type 2 (EIP-1559) and legacy")


def _type_2(raw: bytes, fields: list[_Item]) -> Envelope:
    chain, nonce, tip, fee, gas, to, value, data, access, parity, r, s = fields
    if _number(parity) > 1:
        raise ValueError("no parity")
    _require_canonical(r, s)
    if access != []:
        raise _unreadable("it has an access list, which the exported one has not")
    return Envelope(
        raw,
        _number(chain),
        _number(nonce),
        _address(to),
        "0x" + _bytes(data).hex(),
        _number(value),
        _number(gas),
        _number(fee),
        _number(tip),
    )


def _legacy(raw: bytes, fields: list[_Item]) -> Envelope:
    nonce, price, gas, to, value, data, v, r, s = fields
    _require_canonical(r, s)
    recovery = _number(v)
    if recovery < 35:
        raise _unreadable("it names no chain (EIP-155), so it would be valid on any")
    return Envelope(
        raw,
        (recovery - 35) // 2,
        _number(nonce),
        _address(to),
        "0x" + _bytes(data).hex(),
        _number(value),
        _number(gas),
        _number(price),
        _number(price),
    )


def _require_canonical(r: _Item, s: _Item) -> None:
    """A signature has a twin that is as good for the same key (EIP-2), under which the transaction
    has another hash: the one whose ``s`` is the higher half is refused."""
    if not 0 < _number(r) < ORDER or not 0 < _number(s) < ORDER:
        raise _unreadable("its signature is void")
    if _number(s) > ORDER // 2:
        raise _unreadable("its signature is the high twin, which no node takes (EIP-2)")


def _unreadable(why: str) -> ChangeError:
    return ChangeError(
        f"This is no signed transaction that could be sent: {why}.",
        "Import what the wallet program gives as raw or serialized signed transaction.",
    )


def _bytes(item: _Item) -> bytes:
    if not isinstance(item, bytes):
        raise TypeError("a list where bytes belong")
    return item


def _number(item: _Item) -> int:
    content = _bytes(item)
    if content[:1] == b"\0" or len(content) > 32:
        raise ValueError("a number with leading zeros, or beyond 256 bits")
    return int.from_bytes(content)


def _address(item: _Item) -> str:
    content = _bytes(item)
    if len(content) != _ADDRESS_BYTES:
        raise ValueError("no recipient")
    return "0x" + content.hex()


def _whole(content: bytes) -> list[_Item]:
    item, rest = _item(content, _DEEPEST)
    if rest or not isinstance(item, list):
        raise ValueError("not one list")
    return item


def _item(content: bytes, depth: int) -> tuple[_Item, bytes]:
    """The first RLP item, and what follows it; lists are nested ``depth`` deep at most."""
    first = content[0]
    if first < 0x80:
        return content[:1], content[1:]
    kind = 0x80 if first < _LIST else _LIST
    payload, rest = _payload(content, first - kind)
    if kind == _LIST:
        return _items(payload, depth - 1), rest
    if len(payload) == 1 and payload[0] < 0x80:
        raise ValueError("a byte that needed no length")
    return payload, rest


def _payload(content: bytes, size: int) -> tuple[bytes, bytes]:
    start = 1
    if size > 55:
        start = 1 + size - 55
        size = _number(content[1:start])
        if size <= 55:
            raise ValueError("a long form for a short length")
    end = start + size
    if len(content) < end:
        raise ValueError("cut off")
    return content[start:end], content[end:]


def _items(payload: bytes, depth: int) -> list[_Item]:
    if depth < 0:
        raise ValueError("nested too deeply")
    items = []
    while payload:
        item, payload = _item(payload, depth)
        items.append(item)
    return items
