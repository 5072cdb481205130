"""What a table shows: rows of one type, drawn line by line.

Lines are drawn when they come into sight and kept. Columns that do not fit are left out by their
``drop`` number, then the rest scrolls sideways, whole columns at a time, beside the fixed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.theme import Meaning
from tui.widgets.tables.columns import (
    GUTTER,
    Cell,
    Column,
    Placed,
    Placement,
    as_cell,
    cell_of,
    exact_text,
    place,
    rails,
    sort_rows,
)
from tui.widgets.tables.segments import KeptLines, SegmentWriter, draw_cells, draw_header, shade

Row = TypeVar("Row")

MARK = "▌"
"""Stands in the gutter of the row under the cursor."""

_KEPT = 100
"""Rows that are kept as they were drawn."""

_RAILS, _CELL_RAILS = 2, 0
"""Gaps between columns that are shaded in the row under the cursor, besides what is right of all.
Shading all of it would cost a cursor key up to 600 bytes; this costs 60, of 120 in all, at any
width. A cell cursor has its cell."""


class GridView(KeptLines, Generic[Row], inherit_bindings=False):
    """``Row`` values with the cursor wherever it was put; it has no keys."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"grid--cell", "grid--totals"}

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        row_key: Callable[[Row], str],
        empty: str,
        cell_cursor: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.columns: tuple[Column[Row], ...] = tuple(columns)
        self.rows: list[Row] = []
        """In the order shown."""
        self.cursor = 0
        self.empty = empty
        """What to say instead of rows, once it was told that there are none."""
        self._filled = False
        self.sort_key: str | None = None
        self.sort_reversed = False
        self._row_key = row_key
        self._cell_cursor = cell_cursor
        self._unsorted: list[Row] = []
        self._totals: Mapping[str, Cell | str] | None = None
        self._column_key: str | None = None
        self._widths: dict[str, tuple[int, int]] = {}
        self._placement: Placement[Row] = Placement()
        self._drawn: dict[int, Strip] = {}
        """Rows by their index, as they look without the cursor: scrolling alters none of them."""

    # What it shows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show ``rows``. Cursor (by key), sort order and scroll position stay."""
        before = self.selected
        self._filled = True
        self._unsorted = list(rows)
        self._arrange_rows(self._row_key(before) if before is not None else None)
        self._widths.clear()
        self._redraw()

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns; the sort order stays if its column does."""
        self.columns = tuple(columns)
        self._forget_missing_columns()
        self._widths.clear()
        self._redraw()

    def _forget_missing_columns(self) -> None:
        there = {column.key for column in self.columns}
        if self.sort_key not in there:
            self.sort_key = None
        if self._column_key not in there:
            self._column_key = None
            self._placement = Placement()

    def set_totals(self, totals: Mapping[str, Cell | str] | None) -> None:
        """Show a last line that never scrolls: cells by column key, or none."""
        if totals != self._totals:
            self._totals = totals
            self._widths.clear()
            self._redraw()

    def show(
        self,
        rows: Sequence[Row],
        *,
        columns: Sequence[Column[Row]],
        totals: Mapping[str, Cell | str] | None = None,
    ) -> None:
        """Rows, columns and totals in one repaint."""
        self.columns, self._totals = tuple(columns), totals
        self._forget_missing_columns()
        self.set_rows(rows)

    def set_empty(self, text: str) -> None:
        """What to say instead of rows."""
        if text != self.empty:
            self.empty = text
            self._redraw()

    def sort_by(self, key: str | None, reverse: bool = False) -> None:
        """Sort by the column ``key``; ``None`` is the order in which rows were given."""
        row = self.selected
        self.sort_key, self.sort_reversed = key, reverse
        self._arrange_rows(self._row_key(row) if row is not None else None)
        self._redraw()
        self._show_cursor()

    def sort_anew(self, key: str | None, reverse: bool = False) -> None:
        """Sort because the user says so: the view begins at the top, and the cursor goes there
        unless its row is in sight there."""
        before = self.selected
        self.sort_key, self.sort_reversed = key, reverse
        self._arrange_rows(self._row_key(before) if before is not None else None)
        if self.cursor >= self._page:
            self.cursor = 0
        self.scroll_to(y=0, animate=False)
        self._redraw()

    def sort_towards(self, column: Column[Row]) -> None:
        """Sort by ``column``, first in the direction that fits it, then in the other."""
        again = column.key == self.sort_key
        self.sort_anew(column.key, not self.sort_reversed if again else column.descends)

    @property
    def placed(self) -> frozenset[str]:
        """The keys of the columns that have a place, in sight or scrolled out of it."""
        free = (column.key for column in self._placement.free)
        return frozenset([*self._placement.keys, *free])

    @property
    def sortable(self) -> list[Column[Row]]:
        """The columns that rows can be sorted by: in sight, scrolled out of it, or hidden."""
        there = self.placed
        sorting = (column for column in self.columns if column.sort is not None)
        return [column for column in sorting if column.hidden or column.key in there]

    @property
    def hidden_sort(self) -> Column[Row] | None:
        """The column that rows are sorted by, if it is hidden."""
        column = self._column(self.sort_key)
        return column if column is not None and column.hidden else None

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def selected_column(self) -> Column[Row] | None:
        """The column under a cell cursor."""
        return self._column(self._column_key) if self._cell_cursor else None

    @property
    def row_key(self) -> Callable[[Row], str]:
        """Finds what tells a row from the others, and stays when rows come anew."""
        return self._row_key

    def text_of(self, row: Row) -> str:
        """A row as text, its cells separated by tabs and amounts exact: for the clipboard."""
        return "\t".join(exact_text(column, row) for column in self.shown)

    @property
    def shown(self) -> list[Column[Row]]:
        """The columns without those that are hidden."""
        return [column for column in self.columns if not column.hidden]

    # Order and layout

    def _arrange_rows(self, cursor_key: str | None) -> None:
        self.rows = sort_rows(self._unsorted, self._column(self.sort_key), self.sort_reversed)
        self.cursor = min(self.cursor, max(0, len(self.rows) - 1))
        if cursor_key is not None:
            for index, row in enumerate(self.rows):
                if self._row_key(row) == cursor_key:
                    self.cursor = index
                    break

    def _column(self, key: str | None) -> Column[Row] | None:
        return next((column for column in self.columns if column.key == key), None)

    def _width(self, column: Column[Row]) -> int:
        return self._measures(column)[0]

    def _hang(self, column: Column[Row]) -> int:
        return self._measures(column)[1]

    def _measures(self, column: Column[Row]) -> tuple[int, int]:
        """The cells of a column, and how many of them are for signs that hang."""
        measures = self._widths.get(column.key)
        if measures is None:
            cells = [] if column.width else [cell_of(column, row) for row in self.rows]
            if self._totals is not None and column.key in self._totals:
                cells.append(as_cell(self._totals[column.key]))
            measures = self._widths[column.key] = _measured(column, cells)
        return measures

    def _lay_out(self) -> None:
        room = self.scrollable_content_region.width - GUTTER
        self._placement = place(self.shown, self._width, room, self._placement.first, self._hang)
        free = [column.key for column in self._placement.free]
        if not self._cell_cursor or not free:
            return
        self._column_key = self._column_key or free[0]
        if self._column_key in free and self._placement.find(self._column_key) is None:
            first = free.index(self._column_key) - len(self._placement.placed) // 2
            self._placement = place(self.shown, self._width, room, first, self._hang)

    @property
    def _pinned(self) -> int:
        """Lines that never scroll: the header, and the totals if there are any."""
        return 1 if self._totals is None else 2

    @property
    def _page(self) -> int:
        """Rows that fit."""
        return max(1, self.scrollable_content_region.height - self._pinned)

    # Drawing

    def _redraw(self) -> None:
        """Lay out again and repaint the lines in sight that look different."""
        self._drawn.clear()
        self.virtual_size = Size(1, max(1, len(self.rows)) + self._pinned)
        self._show_changed()

    def _forget(self) -> None:
        self._drawn.clear()
        super()._forget()

    def on_resize(self) -> None:
        self._show_cursor()

    def _draw(self, y: int) -> Strip:
        if not self.rows:
            return self._note(y)
        width, height = self._drawn_for
        if y == 0:
            writer = SegmentWriter(self._palette["muted"])
            draw_header(writer, self._placement, self.sort_key, reverse=self.sort_reversed)
        elif self._totals is not None and y == min(height - 1, len(self.rows) + 1):
            writer = self._draw_totals(self._totals)
        else:
            index = self.scroll_offset.y + y - 1
            if index == self.cursor and index < len(self.rows):
                strip = self._draw_row(index).strip(width)
                return shade(strip, self._rails(strip), self._palette["row"])
            return self._unmarked(index)
        return writer.strip(width)

    def _unmarked(self, index: int) -> Strip:
        """A row without the cursor, drawn once."""
        strip = self._drawn.get(index)
        if strip is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            strip = self._drawn[index] = self._draw_row(index).strip(self._drawn_for.width)
        return strip

    def _draw_row(self, index: int) -> SegmentWriter:
        writer = SegmentWriter(self._palette[""])
        if index >= len(self.rows):
            return writer
        here = index == self.cursor
        if here:
            writer.write(MARK, self._palette[""])
        head = self._head if here else None

        def style(placed: Placed[Row], meaning: Meaning) -> Style:
            plain = self._palette[meaning]
            if placed is head:
                return plain + self._palette["chosen"]
            under = here and placed.column.key == self._column_key
            return plain + self.get_component_rich_style("grid--cell") if under else plain

        cells = [cell_of(placed.column, self.rows[index]) for placed in self._placement.placed]
        draw_cells(writer, self._placement, cells, style)
        return writer

    @property
    def _head(self) -> Placed[Row] | None:
        """The column that says what a row is: the first with a label."""
        return next((one for one in self._placement.placed if one.column.label.strip()), None)

    def _rails(self, strip: Strip) -> list[tuple[int, int]]:
        """Which cells of a row are shaded when it is under the cursor."""
        most = _CELL_RAILS if self._cell_cursor else _RAILS
        return rails(self._placement, strip.text, most)

    def _draw_totals(self, totals: Mapping[str, Cell | str]) -> SegmentWriter:
        base = self.get_component_rich_style("grid--totals")

        def style(_: Placed[Row], meaning: Meaning) -> Style:
            return base + Style(color=self._palette[meaning].color) if meaning else base

        writer = SegmentWriter(base)
        cells = [as_cell(totals.get(key, "")) for key in self._placement.keys]
        draw_cells(writer, self._placement, cells, style)
        return writer

    def _note(self, y: int) -> Strip:
        lines = ["", "", *(self.empty.splitlines() if self._filled else ())]
        writer = SegmentWriter(self._palette["muted"])
        writer.move(GUTTER)
        writer.write(lines[y] if y < len(lines) else "", self._palette["muted"])
        return writer.strip(self._drawn_for.width)

    # The cursor

    def _repaint_mark(self, index: int) -> None:
        y = index - self.scroll_offset.y + 1
        if not 1 <= y <= self._page:
            return
        strip = self.render_line(y)
        del self._strips[y]
        marked = [self._head, self._placement.find(self._column_key)]
        parts = [(0, 1), *((one.x, one.x + one.width) for one in marked if one is not None)]
        self.refresh(*(Region(x, y, end - x, 1) for x, end in [*parts, *self._rails(strip)]))

    def _show_cursor(self) -> None:
        """Scroll by half a page when the cursor has left the lines in sight."""
        top, page = self.scroll_offset.y, self._page
        if top <= self.cursor < top + page:
            return
        far = abs(self.cursor - (top if self.cursor < top else top + page - 1)) > page // 2
        if far:
            target = self.cursor - page // 2
        else:
            target = top + (page // 2 if self.cursor >= top + page else -(page // 2))
        self.scroll_to(y=max(0, target), animate=False)


def _measured(column: Column[Row], cells: Sequence[Cell]) -> tuple[int, int]:
    label = cell_len(column.label)
    if column.width or column.align != "right":
        widest = max((cell_len(cell.plain) for cell in cells), default=0)
        return max(column.width, label, widest, 1), 0
    hang = max((cell_len(cell.hang) for cell in cells), default=0)
    bodies = (cell_len("".join(text for text, _ in cell.body)) for cell in cells)
    return max(label, max(bodies, default=0), 1) + hang, hang
