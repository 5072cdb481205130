"""A table whose rows are typed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual import events

from tui.widgets.tables.grid import Grid

Row = TypeVar("Row")

Take = Callable[[str, str | None], bool]
"""Takes a key by its name and its character; whether it meant anything."""


class KeyedGrid(Grid[Row]):
    """Passes every key to ``take`` before any binding sees it.

    A key that runs a binding goes round by the app, and a character typed right behind it would
    overtake it; so what moves the mark and what is typed on it go the same way.
    """

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
        self._take = take

    def on_key(self, event: events.Key) -> None:
        if self._take(event.key, event.character):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        for character in " ".join(event.text.split()):
            self._take(character, character)
