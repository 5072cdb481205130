"""Panes whose columns the user arranges, for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tui.screens.pane import Pane
from tui.widgets.tables.arrangement import Arrangement
from tui.widgets.tables.columns import Column

Report = TypeVar("Report")
Row = TypeVar("Row")

_ROOM = "columns"
"""Where they are remembered, by the name of the mode; what is hidden beside it."""


class Arranging(Pane[Report]):
    """A mode with the group ``keys.COLUMNS``; its columns go through :meth:`arranged`."""

    _previewed: Arrangement | None = None

    def all_columns(self) -> Sequence[Column[Any]]:
        """All columns there are, as they stand by default."""
        raise NotImplementedError

    def arranged(self, columns: Sequence[Column[Row]]) -> list[Column[Row]]:
        """``columns`` as the user has them."""
        return self._arrangement.of(columns)

    @property
    def _arrangement(self) -> Arrangement:
        if self._previewed is not None:
            return self._previewed
        return Arrangement(tuple(self._names("")), frozenset(self._names("-hidden")))

    def _names(self, kind: str) -> list[str]:
        names = self.host.state.get(_ROOM, f"{self.MODE}{kind}")
        return names if isinstance(names, list) else []

    def load_remembered(self) -> None:
        """Read what is remembered; in a thread, before it is needed."""
        self.host.state.read()

    def action_columns(self) -> None:
        """Arrange them, seen as they are arranged."""
        from tui.screens.dialogs.columns_dialog import ColumnsDialog

        grid = self.grid
        if grid is not None:
            dialog = ColumnsDialog(self.all_columns(), self._arrangement, grid, self._preview)
            self.app.push_screen(dialog, self._keep)

    def _preview(self, arrangement: Arrangement) -> None:
        self._previewed = arrangement
        self.refilter()

    def _keep(self, arrangement: Arrangement | None) -> None:
        self._previewed = None
        if arrangement is not None:
            state, hidden = self.host.state, sorted(arrangement.hidden)
            state.put(_ROOM, self.MODE, list(arrangement.order) or None)
            state.put(_ROOM, f"{self.MODE}-hidden", hidden or None)
        self.recaption()
