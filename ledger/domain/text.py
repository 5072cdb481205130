"""Text from outside is text: nothing in it steers a terminal, turns what is read around, or hides.

What enters the ledger goes through :func:`line` or :func:`lines`, and so does what leaves for a
terminal or a log: a ledger written before, a path or a library's message is from outside as well.
Ids and digits are printable and stay as they are.
"""

from __future__ import annotations

import re
from typing import Any
from unicodedata import category

_BLANK_LOOKING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
"""Signs that count as letters, symbols or marks, and show nothing: fillers, the empty Braille
pattern, joiners, choices of a variant."""

_SPACES = frozenset({"Cc", "Zs", "Zl", "Zp"})
"""The categories of what a space stands for, so that words do not run together."""


def line(text: str) -> str:
    """``text`` on one line: a space for each control (C0, C1, line breaks with them) and each
    other blank, nothing for format characters (bidirectional overrides, what has no width), lone
    surrogates and what means nothing in Unicode."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def lines(text: str) -> str:
    """The same for text that may have several lines; they end with ``\\n``."""
    if text.isprintable():
        return text
    return "\n".join(map(line, text.replace("\r\n", "\n").split("\n")))


def rows(text: str) -> str:
    """The same where tabs stand between cells, as a clipboard has them."""
    return "\t".join(map(lines, text.split("\t")))


def name(text: str) -> str:
    """A name as it looks: a :func:`line` without letters that look blank or like nothing, and
    with single spaces between what is left. Empty where nothing is left."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    kept = "".join(letter for letter in text if letter == " " or category(letter) not in _SPACES)
    return " ".join(_BLANK_LOOKING.sub("", line(kept)).split())


def value(outside: Any) -> Any:
    """A value as JSON or TOML has them with every text in it a :func:`line`, names of fields too.

    What is harmless already is returned itself, not a copy.
    """
    if isinstance(outside, str):
        return line(outside)
    if isinstance(outside, dict):
        return {line(key): value(inner) for key, inner in outside.items()}
    if isinstance(outside, list):
        return [value(inner) for inner in outside]
    return outside


def _harmless(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if category(letter) in _SPACES else ""
