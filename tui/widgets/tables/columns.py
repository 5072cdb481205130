"""What a table's columns and cells are, and which of them fit into its width."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import ceil
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR
from tui.theme import Meaning, Parts

Row = TypeVar("Row")

_AMOUNT = re.compile(r"(?P<less><?)(?P<number>\d[\d,]*(?:\.\d+)?)")

GUTTER = 2
"""Cells left of the first column: the mark of the cursor and a space."""

_MIN_GAP, _MAX_GAP = 2, 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with one meaning, or in ``parts`` with several (``text`` is then ignored).

    ``hang`` is a sign behind it that moves no digit: in a column aligned to the right it stands
    beside the others.
    """

    text: str = ""
    style: Meaning = ""
    parts: Parts = ()
    hang: str = ""

    @property
    def body(self) -> Parts:
        """The text without its sign, in pieces."""
        return self.parts or ((self.text, self.style),)

    @property
    def pieces(self) -> Parts:
        """The text in pieces, each with its meaning, and its sign."""
        return (*self.body, (self.hang, "stale")) if self.hang else self.body

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column.

    ``cell`` draws a row's cell; ``sort`` gives its sort key, ``None`` sorts last either way.
    Narrow screens leave out the columns with the largest ``drop`` first, never those with 0.
    ``fixed`` columns stay when the others scroll sideways. ``width`` in cells: computed from all
    rows when 0; say it for matrices with many columns. ``largest_first`` says of a column that is
    not aligned to the right that it has amounts; ``full_label`` stands instead of the
    label of one that is, where the gap beside it has room. ``hidden`` by the user, it can still be
    sorted by.
    """

    key: str
    label: str
    cell: Callable[[Row], Cell | str]
    sort: Callable[[Row], Any] | None = None
    align: str = "left"
    drop: int = 0
    fixed: bool = False
    width: int = 0
    largest_first: bool = False
    full_label: str = ""
    hidden: bool = False

    @property
    def descends(self) -> bool:
        """Whether it is first sorted from the largest down: amounts are, names are not."""
        return self.largest_first or self.align == "right"


@dataclass(frozen=True)
class Placed(Generic[Row]):
    """A column in sight: ``x`` is its first cell; of its ``width`` the last ``hang`` cells are for
    the signs behind what is aligned to the right."""

    column: Column[Row]
    x: int
    width: int
    hang: int = 0


@dataclass(frozen=True)
class Placement(Generic[Row]):
    """Which columns are in sight, and where.

    ``free`` are those that scroll, in sight or not; ``first`` is the first of them in sight.
    """

    placed: tuple[Placed[Row], ...] = ()
    free: tuple[Column[Row], ...] = ()
    first: int = 0

    @property
    def keys(self) -> list[str]:
        """The columns in sight."""
        return [placed.column.key for placed in self.placed]

    @property
    def scrolls(self) -> bool:
        """Whether some columns are out of sight on either side."""
        shown = sum(not placed.column.fixed for placed in self.placed)
        return shown < len(self.free)

    def find(self, key: str | None) -> Placed[Row] | None:
        """The column ``key``, if it is in sight."""
        return next((placed for placed in self.placed if placed.column.key == key), None)


def place(
    columns: Sequence[Column[Row]],
    width: Callable[[Column[Row]], int],
    room: int,
    first: int,
    hang: Callable[[Column[Row]], int] = lambda _: 0,
) -> Placement[Row]:
    """Place ``columns`` into ``room`` cells, scrolled to the free column number ``first``.

    ``hang`` tells how many cells of a column's ``width`` are for the signs that hang behind it.

    Columns are left out by their ``drop`` numbers first; what then does not fit scrolls. A column
    is in sight as a whole or not at all, unless it is the only one.
    """
    kept = _without_dropped(columns, width, room)
    fixed = [column for column in kept if column.fixed]
    free = [column for column in kept if not column.fixed]
    first = max(0, min(first, _last_first(fixed, free, width, room)))
    shown = _fitting(fixed + free[first:], width, room)
    spare = max(0, room - _span(shown, width))
    gap = min(_MAX_GAP, _MIN_GAP + spare // max(1, len(shown)))
    x, placed = GUTTER, []
    for column in shown:
        cells = min(width(column), max(1, room + GUTTER - x))
        placed.append(Placed(column, x, cells, min(hang(column), cells - 1)))
        x += width(column) + gap
    return Placement(tuple(placed), tuple(free), first)


def _without_dropped(
    columns: Sequence[Column[Row]], width: Callable[[Column[Row]], int], room: int
) -> list[Column[Row]]:
    kept = list(columns)
    # Only where one can be left out is the width of all of them looked at.
    while kept and (worst := max(kept, key=lambda column: column.drop)).drop:
        if _span(kept, width) <= room:
            break
        kept.remove(worst)
    return kept


def _fitting(
    columns: list[Column[Row]], width: Callable[[Column[Row]], int], room: int
) -> list[Column[Row]]:
    """The first of ``columns``, as many as fit, and one in any case."""
    end = -_MIN_GAP
    for count, column in enumerate(columns):
        end += _MIN_GAP + width(column)
        if end > room:
            return columns[: max(1, count)]
    return columns


def _last_first(
    fixed: Sequence[Column[Row]],
    free: Sequence[Column[Row]],
    width: Callable[[Column[Row]], int],
    room: int,
) -> int:
    """How far scrolling makes sense: the last column is then just in sight."""
    first, end = len(free), _span(fixed, width) if fixed else -_MIN_GAP
    while first:
        end += _MIN_GAP + width(free[first - 1])
        if end > room:
            break
        first -= 1
    return min(first, len(free) - 1)


def _span(columns: Sequence[Column[Row]], width: Callable[[Column[Row]], int]) -> int:
    return sum(map(width, columns)) + _MIN_GAP * max(0, len(columns) - 1)


def rails(placement: Placement[Row], text: str, most: int) -> list[tuple[int, int]]:
    """From where up to where the row that reads ``text`` is shaded, to lead the eye along it: the
    blanks around ``most`` gaps between columns, evenly chosen, and those right of all columns.
    Nothing where letters are wider than a cell."""
    starts = [one.x for one in placement.placed[1:]]
    if not most or cell_len(text) != len(text):
        return []
    chosen = starts[:: max(1, ceil(len(starts) / most))]
    blanks = [_blanks_around(text, x - 1) for x in chosen] + [_blanks_around(text, len(text) - 1)]
    return sorted({(x, end) for x, end in blanks if x < end})


def _blanks_around(text: str, x: int) -> tuple[int, int]:
    """The run of blanks that ``x`` is in; none if it is in none."""
    before = len(text[: x + 1].rstrip(" "))
    return (before, before) if before > x else (before, len(text) - len(text[x:].lstrip(" ")))


def sort_rows(rows: Sequence[Row], column: Column[Row] | None, reverse: bool) -> list[Row]:
    """``rows`` by ``column``, those it knows nothing of last; as given without a sort key."""
    if column is None or column.sort is None:
        return list(rows)
    sort = column.sort
    with_value = [row for row in rows if sort(row) is not None]
    unknown = [row for row in rows if sort(row) is None]
    return sorted(with_value, key=sort, reverse=reverse) + unknown


def as_cell(value: Cell | str) -> Cell:
    """A plain text as a cell."""
    return Cell(value) if isinstance(value, str) else value


def cell_of(column: Column[Row], row: Row) -> Cell:
    """What ``column`` shows for ``row``."""
    return as_cell(column.cell(row))


def exact_text(column: Column[Row], row: Row) -> str:
    """The same as text; an amount that the column is sorted by stands there to its last digit."""
    text = cell_of(column, row).plain.strip()
    amount = column.sort(row) if column.sort is not None else None
    value = amount.amount if isinstance(amount, NMR) else amount
    shown = _AMOUNT.search(text)
    if not isinstance(value, Decimal) or shown is None or not _rounds_to(value, shown, text):
        return text
    digits = f"{abs(value):,f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{text[: shown.start()]}{digits}{text[shown.end() :]}"


def _rounds_to(value: Decimal, shown: re.Match[str], text: str) -> bool:
    """Whether ``value`` is what is shown, and not what something else is sorted by."""
    size, number = abs(value), Decimal(shown["number"].replace(",", ""))
    if "%" in text:
        return False
    if shown["less"]:
        return size < number
    _, _, places = number.as_tuple()
    return abs(size - number) <= Decimal(1).scaleb(int(places)) / 2
