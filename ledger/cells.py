"""Tables for spreadsheets: in every cell stands what was written, and nothing is run.

All CSV that the program writes is written by :func:`csv_text`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from functools import lru_cache

_BLANK = (
    r"(?:[^\S\t\r\n]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff])*"
)
"""What a spreadsheet may skip before it looks at a cell."""

_SIGNS = "=+@＝＋－＠﹦﹢﹣﹫-"
"""What a formula begins with, for some program somewhere."""

_LATER = rf"'*{_BLANK}[{_SIGNS}]"
_FIRST = rf"(?:'*[\t\r\n]|{_LATER})"
_RISKY = re.compile(rf"^(?={_FIRST})|([;\t\r\n])(?={_LATER})")
"""Where one may begin: with the cell, or behind what separates cells in other countries."""

_MARKED = re.compile(rf"^'(?={_FIRST})|([;\t\r\n])'(?={_LATER})")
"""The same places once they are marked."""

_HARMLESS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?|-")
"""Numbers, and the dash that stands for nothing."""

_USUAL = re.compile(r"[A-Za-z0-9][^;\t\r\n]*|")
"""What most cells hold: nothing in it can begin a formula."""

_PLAIN = re.compile(r'[A-Za-z0-9][^;\t\r\n,"]*|')
"""Of those the ones that need no quotes in CSV."""


@lru_cache(maxsize=4_096)
def inert(text: str) -> str:
    """``text`` with an apostrophe wherever a spreadsheet could take it for a formula."""
    if _USUAL.fullmatch(text):
        return text
    return text if _HARMLESS.fullmatch(text) else _RISKY.sub(r"\1'", text)


def restored(cell: str) -> str:
    """The text that :func:`inert` made ``cell`` of."""
    return _MARKED.sub(r"\1", cell)


def csv_text(lines: Iterable[Iterable[object]]) -> str:
    """``lines`` of cells as CSV; texts are made :func:`inert`, numbers and dates stay exact."""
    return "".join(map(_line, lines))


def _line(line: Iterable[object]) -> str:
    cells = [
        _quoted(cell) if isinstance(cell, str) else "" if cell is None else str(cell)
        for cell in line
    ]
    # An empty line would be no cell at all.
    return ('""' if cells == [""] else ",".join(cells)) + "\n"


@lru_cache(maxsize=4_096)
def _quoted(text: str) -> str:
    """A text as it stands in a line: texts come again from line to line, so that this is quicker
    than writing each of them anew."""
    if _PLAIN.fullmatch(text):
        return text
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow((inert(text), ""))
    return written.getvalue()[: -len(",\n")]
