"""Rows that something else has asked for: the cursor goes there as soon as they are loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ledger.dataclass import dataclass

if TYPE_CHECKING:
    from ledger.domain.model import Tournament
    from tui.widgets.tables.grid import Grid


@dataclass(frozen=True, slots=True)
class Sought:
    """The first row that ``is_it`` takes, and the ``column`` for a cell cursor, none if empty;
    ``sure`` where there should be one."""

    is_it: Callable[[Any], bool]
    column: str = ""
    sure: bool = True

    def mark(self, grid: Grid[Any] | None) -> bool:
        """Put the cursor of ``grid`` there; ``False`` when there is no such row."""
        rows = grid.rows if grid is not None else ()
        index = next((index for index, row in enumerate(rows) if self.is_it(row)), None)
        if grid is None or index is None:
            return False
        grid.move_to(index)
        if self.column:
            grid.move_to_column(self.column)
        return True


@dataclass(frozen=True, slots=True)
class Filters:
    """What a pane is filtered by: a text, and a ``tournament``, all where it is ``None``."""

    text: str = ""
    tournament: Tournament | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user was on a page: its filters, and the row marked, none on an empty page."""

    filters: Filters
    sought: Sought | None
