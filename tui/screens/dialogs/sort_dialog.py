"""By which column a table is sorted: each has a letter, and the same letter again reverses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any, ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note
from tui.widgets.tables.columns import Column
from tui.widgets.tables.grid import Grid

AS_GIVEN = "0"
"""The key of the order in which the rows came."""

_MOVING = "jkq"
"""Letters that mean something in every list."""

_FRAME = 4
"""Rows of the screen that are not for columns."""

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


class SortDialog(Dialog[Order]):
    """Ends with the order chosen; Enter at once keeps the one there is."""

    DEFAULT_CSS = "SortDialog #columns { text-wrap: nowrap; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("q", "back", show=False),
    ]

    def __init__(self, columns: Sequence[Column[Any]], now: Order) -> None:
        super().__init__("Sort by", "a letter, again reverses · ↑↓ enter · esc keep")
        self._columns = columns
        self._now = now
        found = letters([column.label.strip() for column in columns])
        self._letters: Mapping[str, int] = {
            letter: at for at, letter in enumerate([*found, AS_GIVEN]) if letter
        }
        keys = [column.key for column in columns]
        self._at = keys.index(now.key) if now.key in keys else len(keys)

    def compose_frame(self) -> Iterable[Widget]:
        note = Note(id="columns")
        note.styles.height = self._room
        note.show(self._listed())
        yield note

    def on_key(self, event: Key) -> None:
        """Take a column's letter."""
        at = self._letters.get(event.character or "")
        if at is not None:
            event.stop()
            event.prevent_default()
            self._take(at, keep=False)

    def action_move(self, rows: int) -> None:
        """Mark another one."""
        self._at = max(0, min(len(self._columns), self._at + rows))
        self.query_one("#columns", Note).show(self._listed())

    def action_choose(self) -> None:
        """Take the one that is marked."""
        self._take(self._at, keep=True)

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

    @property
    def _room(self) -> int:
        return max(1, min(len(self._columns) + 1, self.app.size.height - _FRAME))

    def _listed(self) -> Content:
        """As many columns as there is room for, the marked one among them."""
        first = max(0, min(self._at - self._room // 2, len(self._columns) + 1 - self._room))
        rows = range(first, min(first + self._room, len(self._columns) + 1))
        return Content("\n").join(self._row(at) for at in rows)

    def _row(self, at: int) -> Content:
        letter = next((key for key, number in self._letters.items() if number == at), " ")
        mark = "▌ " if at == self._at else "  "
        if at == len(self._columns):
            return Content.assemble((mark, "$mark"), (letter, "bold $mark"), "  as they come")
        column = self._columns[at]
        here = column.key == self._now.key
        reverse = not self._now.reverse if here else column.descends
        label = set_cell_size(column.label.strip(), _LABEL)
        return Content.assemble(
            (mark, "$mark"),
            (letter, "bold $mark"),
            (f"  {label}", "bold" if here else ""),
            ("▼" if reverse else "▲", "$text-muted"),
            ("  reverses" if here else "", "$text-muted"),
        )
