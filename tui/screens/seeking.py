"""A row that something else has asked for: the cursor goes there as soon as it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.widgets.tables.grid import Grid


@dataclass(frozen=True, slots=True)
class Sought:
    """The first row that ``is_it`` takes, and the ``column`` for a cell cursor, none if empty."""

    is_it: Callable[[Any], bool]
    column: str = ""

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
