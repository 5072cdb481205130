"""A table whose rows are typed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tui.widgets.keyed import Keyed, Take
from tui.widgets.tables.grid import Grid

Row = TypeVar("Row")


class KeyedGrid(Keyed, Grid[Row]):
    """Its owner takes every key."""

    def __init__(
        self,
        *,
        row_key: Callable[[Row], str],
        empty: str,
        take: Take,
        cell_cursor: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__((), row_key=row_key, empty=empty, cell_cursor=cell_cursor, id=id)
        self.take = take
