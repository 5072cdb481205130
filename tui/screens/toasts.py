"""Where notices stand: never over the row they speak about, nor over what is said of it below."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from textual.screen import Screen

from tui.widgets.tables.grid import Grid

_WIDEST, _SIDES, _AROUND = 60, 3, 3
"""Cells of a notice at most, those of them that are no text, and its rows that are none."""

_GAP = 1
"""Rows above each notice that stay free."""


def keep_clear(screen: Screen[Any], grid: Grid[Any] | None, more: int = 0) -> None:
    """Let the notices on ``screen`` leave the row marked in ``grid`` and all below it free.

    ``more``: rows of a notice that is about to come.
    """
    for rack in screen.query("ToastRack"):
        if grid is None or not grid.region.height or not (more or rack.display):
            return
        there = sum(toast.region.height + _GAP for toast in rack.query("Toast"))
        table, row = grid.region, grid.region.y + 1 + grid.cursor - grid.scroll_offset.y
        under = rows_under(screen.size.height, (table.y, table.bottom), row, there + more)
        beside = screen.size.width - table.right
        if (rack.styles.margin.bottom, rack.styles.margin.right) != (under, beside):
            rack.styles.margin = (0, beside, under, 0)


def rows_under(height: int, table: tuple[int, int], row: int, needed: int) -> int:
    """How many of a screen's ``height`` rows stay free under notices of ``needed`` rows.

    ``table`` is where the table begins and ends on the screen, ``row`` its row marked. Notices
    stand at the end of the table if they fit there under that row, else right above the row, over
    the bars if it must be; where neither has room, where there is more.
    """
    _, end = table
    below, above = end - row - 1, row
    at_end = needed <= below or (needed > above and below >= above)
    return height - end if at_end else height - row


def rows_of(title: str, message: str, width: int) -> int:
    """How many rows a notice takes on a screen of ``width`` cells."""
    text = max(1, min(_WIDEST, width // 2) - _SIDES)
    lines = [line for part in message.splitlines() for line in wrap(part, text) or [""]]
    return len(lines) + bool(title) + _AROUND
