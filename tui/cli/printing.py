"""What commands print, without what could steer the terminal it ends up on.

Names, reasons and messages come from outside, and from ledgers written before. They are printed
from many places and by libraries; all of it goes through the two streams of this process. On a
terminal they break sentences between words, as a terminal does not.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterable
from typing import IO, Any

from ledger.domain import names
from ledger.domain.text import line, lines

_ERASE = "\r\x1b[K"
"""Begins a line anew: the one sequence that commands print themselves."""


class PlainStream:
    """Takes text as :func:`ledger.domain.text.lines`, and leads to no bytes around that.

    Lines that are longer than a terminal is wide are broken between words.
    """

    buffer = None

    def __init__(self, stream: IO[str]) -> None:
        self.raw = stream
        """What takes anything; for this module alone."""

    def write(self, text: str) -> int:
        """Write what is text of ``text``."""
        plain = lines(text)
        self.raw.write(_fitted(plain) if self.raw.isatty() else plain)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def print_plainly() -> None:
    """From now on; a locale without our signs gets question marks, not a crash; nor does input
    in another encoding than the locale's."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, PlainStream):
            setattr(sys, name, PlainStream(stream))


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of ``width`` cells, broken between words; a word stays whole."""
    if names.cells(text) <= width:
        return [text]
    parts = [""]
    for word in text.split(" "):
        longer = f"{parts[-1]} {word}" if parts[-1] else word
        if names.cells(longer) <= width or not parts[-1]:
            parts[-1] = longer
        else:
            parts.append(word)
    return parts


def _fitted(text: str) -> str:
    """``text`` with its lines broken where the terminal ends, each part as far in as the first."""
    width = shutil.get_terminal_size().columns
    return "\n".join(_broken(whole, width) for whole in text.split("\n"))


def _broken(whole: str, width: int) -> str:
    sentence = whole.lstrip(" ")
    margin = " " * (len(whole) - len(sentence))
    return "\n".join(f"{margin}{part}" for part in wrapped(sentence, width - len(margin)))


def print_verbatim(text: str) -> None:
    """Print lines that another program reads: as they are, however long they are."""
    stream = sys.stdout
    raw = stream.raw if isinstance(stream, PlainStream) else stream
    raw.write(lines(text))


Styled = tuple[str, str]
"""A text, and the codes of how a terminal shows it; "" is plain text."""


def print_styled(pieces: Iterable[Styled]) -> None:
    """Print a line in pieces; the codes are the program's, of the texts what is text."""
    stream = sys.stdout
    raw = stream.raw if isinstance(stream, PlainStream) else stream
    shown = (
        f"\x1b[{code}m{line(text)}\x1b[m" if code and text.strip() else line(text)
        for text, code in pieces
    )
    raw.write("".join(shown) + "\n")


def rewrite_line(text: str) -> None:
    """Show ``text`` on standard error in place of what was shown so before; "" takes that off."""
    stream = sys.stderr
    raw = stream.raw if isinstance(stream, PlainStream) else stream
    raw.write(_ERASE + line(text))
    raw.flush()
