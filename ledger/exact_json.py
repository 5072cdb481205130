"""JSON in which no figure loses a digit, and in bounds: numbers with a point are ``Decimal`` on the
way in and leave as they came.

What comes from outside may be nested without end, or hold numbers that fill the memory as soon as
anybody calculates with them. The former is refused; the latter come as infinite, which no reader
takes for an amount.
"""

from __future__ import annotations

import json
import re
from decimal import Context, Decimal
from typing import Any

from ledger.domain import text as texts

DEEPEST = 64
"""How deep lists and objects may be nested: far deeper than any answer or file is."""

_BOUNDED = Context(prec=1_000, Emax=999, Emin=-999, traps=[])
"""Every number of 1,000 digits or less that lies within 1e-999 and 1e999; others are infinite."""


def decode(text: str | bytes) -> Any:
    """The value in ``text``. NaN and Infinity, which are no JSON, come as texts.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    if not _is_plainly_flat(text) and _is_deep(text):
        raise ValueError("nested too deeply")
    return _parsed(text)


def _parsed(text: str | bytes) -> Any:
    number = _BOUNDED.create_decimal
    try:
        return json.loads(text, parse_float=number, parse_constant=str)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:  # a whole number of more digits than Python converts
        return json.loads(text, parse_float=number, parse_int=number, parse_constant=str)


def _is_deep(text: str | bytes) -> bool:
    """Whether it has to be refused before it is read: what reads it calls itself for each level,
    and where a library has raised Python's limit of such calls, that ends the process."""
    depth = 0
    for part in _PARTS.finditer(text if isinstance(text, str) else text.decode(errors="replace")):
        sign = part[0]
        if sign in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif sign in "]}":
            depth -= 1
    return False


_PARTS = re.compile(r'"(?:[^"\\]+|\\.)*"?|[\[\]{}]', re.DOTALL)
"""Texts, whatever stands in them, and brackets."""


def _is_plainly_flat(text: str | bytes) -> bool:
    """Whether a look at the brackets alone proves it, which takes a tenth of the time: pairs with
    nothing in between are taken out until none is left."""
    if isinstance(text, str) or b"\\" in text:
        return False
    brackets = text.translate(None, _BESIDE_BRACKETS).replace(b'""', b"")
    for _ in range(DEEPEST):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return False


_BESIDE_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


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
