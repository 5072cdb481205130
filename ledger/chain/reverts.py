"""Why a contract said no: revert data in words."""

from __future__ import annotations

from ledger.chain.contracts import ERROR_STRING, ERRORS, PANIC, Function
from ledger.errors import ChainError

_DIGITS = 64
"""Hex digits of a word of the revert data."""

_LONGEST = 300
"""Bytes kept of a contract's message: it can be of any length, and of anybody's making."""

_PANICS = {
    0x01: "an assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division by zero",
    0x21: "a number that is no value of its enum",
    0x31: "pop from an empty array",
    0x32: "index out of bounds",
    0x41: "out of memory",
}


def in_words(data: str | None) -> str:
    """Revert data (``0x`` hex) as ``NotOwner()``, the message of ``Error(string)``, a panic's
    meaning, or the selector of an error that is not known."""
    if not data or len(data) < 10:
        return "it gave no reason"
    selector, body = data[:10].lower(), data[10:]
    error_type = next((error for error in ERRORS if error.selector == selector), None)
    if error_type is None:
        return f"an error this program does not know, selector {selector}"
    if error_type is ERROR_STRING:
        return _message(body)
    values = [int(body[at : at + _DIGITS], 16) for at in range(0, len(body), _DIGITS)]
    if error_type is PANIC and values:
        return f"panic 0x{values[0]:02x}, {_PANICS.get(values[0], 'of a kind not known')}"
    return _named(error_type, values)


def of(error: ChainError) -> str:
    """The reason in an endpoint's refusal: the decoded data, else the endpoint's own words."""
    return in_words(error.data) if error.data and len(error.data) >= 10 else error.message


def _named(error: Function, values: list[int]) -> str:
    if len(values) != len(error.arguments):
        return f"{error.name}, selector {error.selector}"
    shown = (
        f"0x{value:040x}" if kind == "address" else str(value)
        for kind, value in zip(error.arguments, values, strict=True)
    )
    return f"{error.name}({', '.join(shown)})"


def _message(body: str) -> str:
    raw = bytes.fromhex(body[: len(body) - len(body) % 2])
    length = int.from_bytes(raw[32:64])
    text = raw[64 : 64 + min(length, _LONGEST)].decode("utf-8", "replace")
    printable = "".join(sign for sign in text if sign.isprintable())
    return f"“{printable}”" if printable else "it gave an empty reason"
