"""Which columns a table has, and in which order: seen behind the dialog as they are arranged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.screens.dialogs.list_dialog import ListDialog
from tui.widgets.note import Note
from tui.widgets.tables.arrangement import Arrangement
from tui.widgets.tables.columns import Column
from tui.widgets.tables.grid import Grid

_KEYS = "space shows or hides · r resets\nJ K move it down and up"


class ColumnsDialog(ListDialog[Arrangement]):
    """Ends with the arrangement to keep. A click on a line is space on it.

    ``columns`` are all there are, as they stand by default; ``grid`` is the table behind, and
    ``preview`` arranges it.
    """

    LIST = "columns"
    BESIDE = 7
    DEFAULT_CSS = """
    ColumnsDialog { align: right bottom; }
    ColumnsDialog > .dialog--frame { width: 40; }
    ColumnsDialog #keys { height: 3; padding-top: 1; color: $muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", show=False),
        Binding("J,shift+down", "shift(1)", show=False),
        Binding("K,shift+up", "shift(-1)", show=False),
        Binding("r", "reset", show=False),
    ]

    def __init__(
        self,
        columns: Sequence[Column[Any]],
        now: Arrangement,
        grid: Grid[Any],
        preview: Callable[[Arrangement], None],
    ) -> None:
        fixed = sum(column.fixed for column in columns)
        super().__init__("Columns", "enter keep · esc leave", min(fixed, len(columns) - 1))
        self._columns = columns
        self._before = now
        self._grid = grid
        self._preview = preview
        self._listed_columns = now.of(columns)

    @property
    def length(self) -> int:
        return len(self._listed_columns)

    @property
    def arrangement(self) -> Arrangement:
        """As the list stands now."""
        free = [column for column in self._listed_columns if not column.fixed]
        hidden = frozenset(column.key for column in free if column.hidden)
        order = tuple(column.key for column in free)
        by_default = tuple(column.key for column in self._columns if not column.fixed)
        return Arrangement(() if order == by_default else order, hidden)

    def compose_frame(self) -> Iterable[Widget]:
        yield from super().compose_frame()
        keys = Note(id="keys")
        keys.show(_KEYS)
        yield keys

    def pick(self, number: int) -> None:
        self.action_move(number - self.at)
        self.action_switch()

    def action_switch(self) -> None:
        """Show or hide the column marked."""
        column = self._listed_columns[self.at]
        hidden = self.arrangement.hidden ^ {column.key}
        if not column.fixed:
            self._arrange(Arrangement(self.arrangement.order, hidden))

    def action_shift(self, by: int) -> None:
        """Move the column marked, but not in front of those that are fixed."""
        to = self.at + by
        order = [column.key for column in self._listed_columns]
        pair = {self.at, to}
        if 0 <= to < len(order) and not any(self._listed_columns[at].fixed for at in pair):
            order[self.at], order[to] = order[to], order[self.at]
            self.at = to
            self._arrange(Arrangement(tuple(order), self.arrangement.hidden))

    def action_reset(self) -> None:
        """All columns as they are by default."""
        self._arrange(Arrangement())

    def action_choose(self) -> None:
        """Keep it so."""
        self.dismiss(self.arrangement)

    def action_back(self) -> None:
        """Put back what was there."""
        self._preview(self._before)
        self.dismiss(None)

    def _arrange(self, arrangement: Arrangement) -> None:
        self._listed_columns = arrangement.of(self._columns)
        self._preview(self.arrangement)
        self.draw()
        self.refresh()

    def line(self, number: int) -> Content:
        column = self._listed_columns[number]
        note = "always" if column.fixed else "" if column.hidden else self._unseen(column.key)
        return Content.assemble(
            ("  " if column.hidden else "✓ ", "$mark"),
            (f"{column.label.strip():<14}", "$muted" if column.hidden else ""),
            (note, "$muted"),
        )

    def _unseen(self, key: str) -> str:
        """Why a column that is shown is not in sight."""
        if all(column.key != key for column in self._grid.columns):
            return "no such models"
        placed = self._grid.placed
        return "no room" if placed and key not in placed else ""
