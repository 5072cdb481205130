"""Tables of text: columns that line up by cells, fit a terminal, and stay whole in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.domain import names
from tui.cli.manner import MANNER
from tui.cli.printing import Styled, print_styled, wrapped

_GAP = "  "
_NARROWEST = 16
"""Cells that a column of sentences keeps at least when it is broken into lines."""

Tone = Callable[[str], str]
"""What the text of a cell stands for, as :data:`_CODES` has it; "" is plain text."""

_CODES = {"gain": "94", "burn": "33", "pending": "33", "muted": "2", "title": "1"}
_CODES_OF_256 = _CODES | {"gain": "38;5;75", "burn": "38;5;173", "pending": "38;5;179"}
"""How a terminal shows a meaning: the app's own are closest among 256 colours."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a text table; on a narrow terminal the highest ``rank`` goes first.

    One of a ``name`` has names of models in it, which others chose. ``tone`` tells what a cell
    stands for; signs and words say it as well.
    """

    title: str
    right: bool = False
    rank: int = 0
    name: bool = False
    tone: Tone | None = None


def by_sign(cell: str) -> str:
    """A gain or a burn, by the sign of an amount."""
    return {"+": "gain", "−": "burn", "-": "burn"}.get(cell.lstrip("~ ")[:1], "")


def by_level(cell: str) -> str:
    """How much a notice or a check asks for attention, by its sign."""
    levels = {"!!": "burn", "FAIL": "burn", "!": "pending", "warn": "pending", "i": "muted"}
    return levels.get(cell.strip(), "")


def echo_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; as wide as they need in a pipe, no wider than a terminal otherwise."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in _lines(columns, rows, width):
        print_styled(line)


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None
) -> list[str]:
    """The lines of an aligned table, at most ``width`` cells where dropping columns and breaking
    sentences can do it.

    Names come from Numerai: what could steer a terminal is shown as a question mark.
    """
    return ["".join(text for text, _ in line) for line in _lines(columns, rows, width)]


def styled(text: str, meaning: str) -> Styled:
    """``text`` with the code of what it stands for, where there is colour."""
    if not MANNER.coloured:
        return text, ""
    codes = _CODES_OF_256 if "256" in os.environ.get("TERM", "") else _CODES
    return text, codes.get(meaning, "")


def _lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterator[list[Styled]]:
    cells = [
        [
            names.marked(_printable(cell)) if column.name else _printable(cell)
            for column, cell in zip(columns, row, strict=True)
        ]
        for row in rows
    ]
    widths = [
        max([names.cells(column.title), *(names.cells(row[index]) for row in cells)])
        for index, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    if width is not None:
        shown = _fitting(columns, widths, width)
        _narrow(columns, widths, shown, width)
    yield _line(columns, [column.title for column in columns], widths, shown, title=True)
    for row in cells:
        for part in _broken(row, widths, shown):
            yield _line(columns, part, widths, shown)


def _fitting(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The columns there is room for."""
    shown = list(range(len(columns)))
    while _total(widths, shown) > width:
        last = max(shown, key=lambda index: (columns[index].rank, index))
        if columns[last].rank == 0:
            break
        shown.remove(last)
    return shown


def _narrow(columns: Sequence[Column], widths: list[int], shown: Sequence[int], width: int) -> None:
    """Take from the widest column of sentences what is too much for a terminal."""
    texts = [index for index in shown if not columns[index].right and not columns[index].name]
    over = _total(widths, shown) - width
    if texts and over > 0:
        widest = max(texts, key=lambda index: widths[index])
        least = max(_NARROWEST, names.cells(columns[widest].title))
        widths[widest] = min(widths[widest], max(least, widths[widest] - over))


def _total(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[index] + len(_GAP) for index in shown) - len(_GAP)


def _broken(row: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> Iterator[list[str]]:
    """A row in as many lines as its longest cell takes."""
    parts = {index: wrapped(row[index], widths[index]) for index in shown}
    for number in range(max(map(len, parts.values()), default=1)):
        yield [
            parts[index][number] if index in parts and number < len(parts[index]) else ""
            for index in range(len(row))
        ]


def _line(
    columns: Sequence[Column],
    row: Sequence[str],
    widths: Sequence[int],
    shown: Sequence[int],
    *,
    title: bool = False,
) -> list[Styled]:
    """A line in pieces; nothing but blanks is left out at its end."""
    texts = [_aligned(row[index], widths[index], right=columns[index].right) for index in shown]
    while texts and not texts[-1].strip():
        texts.pop()
    if texts:
        texts[-1] = texts[-1].rstrip()
    pieces: list[Styled] = []
    for place, (index, text) in enumerate(zip(shown, texts, strict=False)):
        tone = columns[index].tone
        meaning = "title" if title else "" if tone is None else tone(row[index])
        pieces += [(_GAP if place else "", ""), styled(text, meaning)]
    return pieces


def _aligned(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - names.cells(text))
    return blanks + text if right else text + blanks


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
