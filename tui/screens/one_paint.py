"""Screens that open in one paint, not in one for every step of their layout."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from textual.screen import Screen


class OnePaint:
    """Holds all paints back, from ``begin`` when ``screen`` is composed until it is laid out.

    ``screen`` calls :meth:`end` when it goes, in case that was sooner.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._held = ExitStack()

    def begin(self) -> None:
        """Before anything is composed."""
        self._held.enter_context(self._screen.app.batch_update())

    def mounted(self) -> None:
        """All is there: it is painted as soon as it has its place."""
        self._screen.call_after_refresh(self._paint)

    def end(self) -> None:
        """Let others paint."""
        self._held.close()

    def _paint(self) -> None:
        self.end()
        self._screen.refresh()
