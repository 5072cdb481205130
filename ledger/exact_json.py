"""JSON in which no figure loses a digit: numbers with a point are ``Decimal`` on the way in and
leave as they came. Texts come in without what could steer a terminal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ledger.domain import text as texts


def decode(text: str | bytes) -> Any:
    """The value in ``text``; every text in it is a :func:`ledger.domain.text.line`.

    Raises:
        ValueError: it is no JSON.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=str)
        return value if _is_plain(text) else texts.value(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _is_plain(text: str) -> bool:
    """Whether no text in valid JSON can be more than that: nothing is escaped or beyond ASCII."""
    return text.isascii() and "\\" not in text and "\x7f" not in text


def encode(value: Any) -> str:
    """``value`` on one line, without characters beyond ASCII."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(encode, value)) + "]"
    return json.dumps(value)
