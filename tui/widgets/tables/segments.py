"""Writes the lines of a table, each in as few segments as it has styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.theme import Meaning, Parts
from tui.widgets.tables.columns import Cell, Placed, Placement, Row


class SegmentWriter:
    """Writes styled text from left to right, joining neighbours of one style."""

    def __init__(self, blank: Style) -> None:
        self.x = 0
        self.blank = blank
        self._segments: list[Segment] = []

    def move(self, x: int) -> None:
        """Fill with blanks up to ``x``."""
        self.write(" " * (x - self.x), self.blank)

    def write(self, text: str, style: Style) -> None:
        if not text:
            return
        last = self._segments[-1] if self._segments else None
        if last is not None and last.style == style:
            self._segments[-1] = Segment(last.text + text, style)
        else:
            self._segments.append(Segment(text, style))
        self.x += cell_len(text)

    def strip(self, width: int) -> Strip:
        """Everything written, exactly ``width`` cells long."""
        self.move(width)
        return Strip(self._segments, self.x).crop(0, width)


def draw_header(
    writer: SegmentWriter, placement: Placement[Row], sort_key: str | None, *, reverse: bool
) -> None:
    """The labels; the sorted one with its sign, which may reach into the gap behind it."""
    for placed in placement.placed:
        column = placed.column
        sign = ("▼" if reverse else "▲") if column.key == sort_key else ""
        label = fit(((column.label, ""),), placed.width)[0][0]
        right = placed.x + placed.width - placed.hang
        if column.full_label and right - cell_len(column.full_label) > writer.x:
            writer.move(right - cell_len(column.full_label))
            writer.write(column.full_label + sign, writer.blank)
            continue
        spare = placed.width - placed.hang - cell_len(label)
        writer.move(placed.x + (max(0, spare) if column.align == "right" else 0))
        writer.write(label + sign, writer.blank)


def shade(strip: Strip, parts: Sequence[tuple[int, int]], style: Style) -> Strip:
    """``strip`` with its cells in ``parts`` in ``style``, which go from left to right."""
    cuts = [cut for part in parts for cut in part]
    pieces = strip.divide([*cuts, strip.cell_length])
    return Strip.join(
        Strip([Segment(piece.text, style)], piece.cell_length) if index % 2 else piece
        for index, piece in enumerate(pieces)
    )


def draw_cells(
    writer: SegmentWriter,
    placement: Placement[Row],
    cells: Sequence[Cell],
    style: Callable[[Placed[Row], Meaning], Style],
) -> None:
    """One cell for each column in sight, aligned as the column says."""
    for placed, cell in zip(placement.placed, cells, strict=True):
        pieces = fit(cell.pieces, placed.width)
        right = placed.column.align == "right"
        written = sum(cell_len(text) for text, _ in pieces)
        spare = placed.width - written - max(0, placed.hang - cell_len(cell.hang))
        writer.move(placed.x + (max(0, spare) if right else 0))
        for text, meaning in pieces:
            writer.write(text, style(placed, meaning))


def fit(pieces: Parts, room: int) -> Parts:
    """``pieces`` cut to ``room`` cells, the cut marked with an ellipsis."""
    if sum(cell_len(text) for text, _ in pieces) <= room:
        return pieces
    fitted: list[tuple[str, Meaning]] = []
    for text, meaning in pieces:
        if cell_len(text) >= room:
            fitted.append((set_cell_size(text, max(0, room - 1)) + "…", meaning))
            break
        fitted.append((text, meaning))
        room -= cell_len(text)
    return tuple(fitted)
