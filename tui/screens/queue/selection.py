"""The cursor of the Queue mode, moved to a change that something else has made."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from textual.app import App

from tui.screens.dialogs.flow import host_of


@runtime_checkable
class SelectsChanges(Protocol):
    """A pane whose cursor can be put on a change."""

    def select_change(self, change_id: int) -> None:
        """Put the cursor on this change, as soon as it is loaded."""
        ...


def select(app: App[Any], change_id: int) -> None:
    """Mark a change in the Queue mode, if that is in front."""
    pane = host_of(app).pane
    if isinstance(pane, SelectsChanges):
        pane.select_change(change_id)
