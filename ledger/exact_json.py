"""JSON in which no figure loses a digit: numbers with a point are ``Decimal`` on the way in and
leave as they came."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ledger.domain import text as texts


def decode(text: str | bytes) -> Any:
    """The value in ``text``.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def answer(content: bytes) -> Any:
    """The value in an answer from outside; every text in it is a line, see ``domain.text``.

    Raises:
        ValueError: it is no JSON.
    """
    value = decode(content)
    try:
        return value if _is_plain(content) else texts.value(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _is_plain(content: bytes) -> bool:
    """Whether no text in valid JSON can be more than that: nothing is escaped or beyond ASCII,
    and no sign takes two bytes."""
    return content.isascii() and not any(byte in content for byte in b"\\\x7f\0")


def encode(value: Any) -> str:
    """``value`` on one line, without characters beyond ASCII."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(encode, value)) + "]"
    return json.dumps(value)
