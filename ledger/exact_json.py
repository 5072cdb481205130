"""JSON in which no figure loses a digit: numbers with a point are ``Decimal`` on the way in and
leave as they came."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def decode(text: str | bytes) -> Any:
    """The value in ``text``.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def encode(value: Any) -> str:
    """``value`` on one line, without characters beyond ASCII."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(encode, value)) + "]"
    return json.dumps(value)
