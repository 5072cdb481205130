"""By which column a table is sorted: each has a letter, and the same letter again reverses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from rich.cells import set_cell_size
from textual.content import Content
from textual.events import Key

from tui.screens.dialogs.list_dialog import ListDialog
from tui.widgets.tables.columns import Column
from tui.widgets.tables.grid import Grid

AS_GIVEN = "0"
"""The key of the order in which the rows came."""

_MOVING = "jkq"
"""Letters that mean something in every list."""

_LABEL = 40
"""Cells of a label at most."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column sorted by, ``None`` for the rows as given, and whether from the largest down."""

    key: str | None
    reverse: bool


def sort_by_choice(grid: Grid[Any]) -> None:
    """Let the user choose a column of ``grid``, and sort by it."""
    columns = grid.sortable
    if not columns or not grid.rows:
        return

    def sort(order: Order | None) -> None:
        if order is not None:
            grid.sort_anew(order.key, order.reverse)

    grid.app.push_screen(SortDialog(columns, Order(grid.sort_key, grid.sort_reversed)), sort)


def letters(labels: Sequence[str]) -> list[str]:
    """A key for each label: its first letter that is free, else any; none when all are taken."""
    taken: list[str] = []
    for label in labels:
        there = [letter for letter in label.casefold() if letter in ascii_lowercase]
        choices = (*there, *ascii_lowercase, *ascii_uppercase)
        free = (key for key in choices if key not in taken and key not in _MOVING)
        taken.append(next(free, ""))
    return taken


class SortDialog(ListDialog[Order]):
    """Ends with the order chosen; Enter at once keeps the one there is. A click is a letter."""

    LIST = "columns"

    def __init__(self, columns: Sequence[Column[Any]], now: Order) -> None:
        keys = [column.key for column in columns]
        at = keys.index(now.key) if now.key in keys else len(keys)
        super().__init__("Sort by", "its letter, again reverses · ↑↓ enter · esc keep", at)
        self._columns = columns
        self._now = now
        found = letters([column.label.strip() for column in columns])
        self._letters: Mapping[str, int] = {
            letter: at for at, letter in enumerate([*found, AS_GIVEN]) if letter
        }

    @property
    def length(self) -> int:
        return len(self._columns) + 1

    def on_key(self, event: Key) -> None:
        """Take a column's letter."""
        at = self._letters.get(event.character or "")
        if at is not None:
            event.stop()
            event.prevent_default()
            self.pick(at)

    def pick(self, number: int) -> None:
        self._take(number, keep=False)

    def action_choose(self) -> None:
        """Take the one that is marked."""
        self._take(self.at, keep=True)

    def _take(self, at: int, *, keep: bool) -> None:
        """Sort by the column number ``at``; the one sorted by is reversed unless ``keep``."""
        if at == len(self._columns):
            self.dismiss(Order(None, reverse=False))
            return
        column = self._columns[at]
        if column.key == self._now.key:
            reverse = self._now.reverse if keep else not self._now.reverse
        else:
            reverse = column.descends
        self.dismiss(Order(column.key, reverse))

    def line(self, number: int) -> Content:
        letter = next((key for key, at in self._letters.items() if at == number), " ")
        if number == len(self._columns):
            return Content.assemble((letter, "bold $mark"), "  as they come")
        column = self._columns[number]
        here = column.key == self._now.key
        reverse = not self._now.reverse if here else column.descends
        label = set_cell_size(column.label.strip(), _LABEL)
        return Content.assemble(
            (letter, "bold $mark"),
            (f"  {label}", "bold" if here else ""),
            ("▼" if reverse else "▲", "$text-muted"),
            ("  reverses" if here else "  hidden" if column.hidden else "", "$text-muted"),
        )
