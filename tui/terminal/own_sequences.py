"""What may go to the terminal: the sequences that the app itself paints with, and text.

Text is made harmless before it is painted; this is for what slipped through, a frame that nobody
could read included. A sequence that the app has no use for loses what makes it one.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_STEERING = (
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""Controls, format characters, line separators and surrogates, as parts of a character class."""

_PAINTS = (
    r"\x1b\[[\d;]*[ABCDGHJKXbm]"  # moves, erases, repeats, colours
    r"|\x1b\[\?(?:\d+[hl]|\d+\$p)|\x1b\[[<>=?]\d*u"  # modes, and what keys report
    r"|\x1bM|[\x08\n\x0b\r]"  # steps
    r"|\x1b\]8;[^\x00-\x1f;]*;[^\x00-\x1f\x7f-\x9f]*\x1b\\"  # hyperlinks
)
_BESIDE = re.compile(
    r"\x07|\x1b\]22;[a-z-]*\x1b\\|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|\x1b\[2;1H\xa0\x1b\[2b\x1b\[6n"
)
"""What is written by itself: the bell, the shape of the pointer, the clipboard, a question."""

_FRAME = re.compile(rf"(?:[^{_STEERING}]+|{_PAINTS})*+")
_STEERS = re.compile(rf"({_PAINTS})|[{_STEERING}]")


def only_own(data: str) -> str:
    """``data`` without what would steer a terminal and is not the app's; as wide as before."""
    if _FRAME.fullmatch(data) or _BESIDE.fullmatch(data):
        return data
    return _STEERS.sub(_kept, data)


def _kept(found: re.Match[str]) -> str:
    return found[1] or " " * cell_len(found[0])
