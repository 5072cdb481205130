"""The app's only table: rows of one type, a cursor, and the keys that move it.

Moving the cursor repaints its mark in two rows, their names and the shaded gaps, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from ledger.dataclass import dataclass
from tui import keys
from tui.widgets.tables.columns import Cell, Column
from tui.widgets.tables.grid_view import GridView, Row

__all__ = ["Cell", "Column", "Grid"]

Item = TypeVar("Item")

PAUSE = 0.045
"""Seconds without a further move after which :class:`Grid.Moved` is posted; a key that is held
repeats every 0.04 seconds or faster."""


class Grid(GridView[Row], can_focus=True, inherit_bindings=False):
    """A table of ``Row`` values with a row cursor, and with ``cell_cursor`` a cell cursor too."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.TABLE)

    _pause: Timer | None = None

    @dataclass
    class Moved(Message, Generic[Item]):
        """The cursor rests on ``row`` (``None``: the table is empty)."""

        grid: Grid[Item]
        row: Item | None

        @property
        def control(self) -> Grid[Item]:
            return self.grid

    @dataclass
    class Chosen(Message, Generic[Item]):
        """Enter on ``row``."""

        grid: Grid[Item]
        row: Item

        @property
        def control(self) -> Grid[Item]:
            return self.grid

    @dataclass
    class Sorted(Message):
        """The rows are in another order."""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show ``rows``. Cursor (by key), sort order and scroll position stay."""
        before = self.selected
        super().set_rows(rows)
        if before != self.selected:
            self._rest()

    def sort_anew(self, key: str | None, reverse: bool = False) -> None:
        before = self.selected
        super().sort_anew(key, reverse)
        self.post_message(self.Sorted())
        if before != self.selected:
            self._rest()

    def move_to(self, index: int) -> None:
        """Put the cursor on row ``index``, cut to the rows there are."""
        index = max(0, min(index, len(self.rows) - 1))
        if not self.rows or index == self.cursor:
            return
        old, self.cursor = self.cursor, index
        self._repaint_mark(old)
        self._repaint_mark(index)
        self._show_cursor()
        self._rest()

    def move_to_column(self, key: str) -> None:
        """Put a cell cursor into the column ``key``, in sight; nothing if it has no place there."""
        if self._cell_cursor and not self._placement.placed:
            if any(column.key == key for column in self.columns if not column.fixed):
                self._column_key = key
            return
        keys_there = [column.key for column in self._placement.free]
        in_sight = self._placement.find(key) is not None
        if not self._cell_cursor or key not in keys_there or (self._column_key == key and in_sight):
            return
        self._repaint_mark(self.cursor)
        self._column_key = key
        if in_sight:
            self._repaint_mark(self.cursor)
        else:
            half = max(1, len(self._placement.placed) // 2)
            self._scroll_to_column(keys_there.index(key) - half)
        self._rest()

    def _rest(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        if self.is_attached:
            self._pause = self.set_timer(PAUSE, self._announce)

    def _announce(self) -> None:
        self._pause = None
        self.post_message(self.Moved(self, self.selected))

    def action_down(self) -> None:
        self.move_to(self.cursor + 1)

    def action_up(self) -> None:
        self.move_to(self.cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self.cursor + self._page)

    def action_page_up(self) -> None:
        self.move_to(self.cursor - self._page)

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self.rows) - 1)

    def action_left(self) -> None:
        self._sideways(-1)

    def action_right(self) -> None:
        self._sideways(1)

    def action_choose(self) -> None:
        row = self.selected
        if row is not None:
            self.post_message(self.Chosen(self, row))

    def _sideways(self, step: int) -> None:
        if self._cell_cursor:
            self._move_cell(step)
        elif self._placement.scrolls:
            self._scroll_to_column(self._placement.first + step)

    def _scroll_to_column(self, first: int) -> None:
        self._placement = replace(self._placement, first=first)
        self._redraw()

    def _move_cell(self, step: int) -> None:
        free = [column.key for column in self._placement.free]
        if not free:
            return
        at = free.index(self._column_key) if self._column_key in free else 0
        to = max(0, min(at + step, len(free) - 1))
        self._repaint_mark(self.cursor)
        self._column_key = free[to]
        if self._placement.find(free[to]) is not None:
            self._repaint_mark(self.cursor)
        else:
            half = max(1, len(self._placement.placed) // 2)
            self._scroll_to_column(self._placement.first + half if step > 0 else to - half)
        self._rest()

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            self._sort_at(event.x)
            return
        index = self.scroll_offset.y + event.y - 1
        if event.y > self._page or index >= len(self.rows):
            return
        if self._cell_cursor:
            for placed in self._placement.placed:
                inside = placed.x <= event.x < placed.x + placed.width
                if inside and not placed.column.fixed:
                    self._repaint_mark(self.cursor)
                    self._column_key = placed.column.key
                    self._repaint_mark(self.cursor)
        if index == self.cursor and event.chain == 2:
            self.action_choose()
        self.move_to(index)

    def _sort_at(self, x: int) -> None:
        """Sort by the column whose label is at ``x``, or the sign behind it."""
        for placed in self._placement.placed:
            if placed.x <= x <= placed.x + placed.width and placed.column.sort is not None:
                self.sort_towards(placed.column)
