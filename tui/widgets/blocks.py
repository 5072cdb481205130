"""What a board shows: blocks of lines, each with a place of its own."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from rich.cells import cell_len

from ledger.dataclass import dataclass
from tui.theme import Parts
from tui.widgets.charts.plot import Curve, Row
from tui.widgets.tables.columns import GUTTER, Cell, Column, Placed, Placement, place


@dataclass(frozen=True, slots=True)
class Label:
    """What stands above a column of a block; ``right`` aligns its cells. Where there is little room
    those with the largest ``drop`` go first, never those with 0."""

    text: str
    right: bool = False
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: a cell for each label of its block. ``key`` stays when lines come anew. ``about`` is
    what it leads to, and ``exact`` what is copied of it, with all digits there are."""

    key: str
    cells: tuple[Cell, ...]
    about: Any = None
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """``entries`` under ``labels``, of which the first is the block's name.

    ``key`` tells blocks apart. ``note`` says something below them, in ``height`` lines below that
    stands ``chart``. The block is in the board's ``column``, below those before it there.
    """

    key: str
    labels: tuple[Label, ...]
    entries: tuple[Entry, ...] = ()
    note: Parts = ()
    chart: Curve | None = None
    height: int = 0
    column: int = 0

    @property
    def lines(self) -> int:
        """How many there are, without the blank one below."""
        return 1 + len(self.entries) + bool(self.note) + self.height


@dataclass(frozen=True, slots=True)
class Spot:
    """A line that the cursor can be on: an entry of a block, by their numbers."""

    block: int
    entry: int
    column: int
    y: int


@dataclass(slots=True)
class Shown:
    """A block where it is: ``width`` cells from ``x``, its first line ``y``."""

    block: Block
    number: int
    x: int
    y: int
    width: int
    placement: Placement[Entry]
    chart: list[Row] = field(default_factory=list)
    """Its chart as it is drawn, empty until then."""


def head(shown: Shown) -> Placed[Entry] | None:
    """What says what a line is."""
    return next(iter(shown.placement.placed), None)


def placed(block: Block, width: int) -> Placement[Entry]:
    columns = [
        Column[Entry](
            str(place),
            label.text,
            lambda entry, place=place: entry.cells[place],  # type: ignore[misc]
            align="right" if label.right else "left",
            drop=label.drop,
        )
        for place, label in enumerate(block.labels)
    ]

    def wide(column: Column[Entry]) -> int:
        cells = (entry.cells[int(column.key)] for entry in block.entries)
        widest = max(
            (cell_len("".join(text for text, _ in cell.body)) for cell in cells), default=0
        )
        return max(widest, cell_len(column.label)) + hang(column)

    def hang(column: Column[Entry]) -> int:
        if column.align != "right":
            return 0
        cells = (entry.cells[int(column.key)] for entry in block.entries)
        return max((cell_len(cell.hang) for cell in cells), default=0)

    return place(columns, wide, width - GUTTER, 0, hang)
