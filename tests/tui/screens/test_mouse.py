"""What a click does, on each of the lines around a pane: what its key does as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.driving import QUIET, app_of, running, settled, until
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.widgets.filterbar import FilterBar
from tui.widgets.keybar import KeyBar
from tui.widgets.line import Line
from tui.widgets.modebar import ModeBar

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def pane_of(pilot: Pilot[Any]) -> Pane[Any]:
    pane = app_of(pilot).pane
    assert pane is not None
    return pane


async def click(pilot: Pilot[Any], line: type[Line], text: str) -> None:
    """On the middle of ``text`` in a line of the screen in front."""
    widget = pilot.app.screen.query_one(line)
    shown = widget.text
    assert text in shown, shown
    x = cell_len(shown[: shown.index(text)]) + cell_len(text) // 2
    await pilot.click(widget, offset=(x, 0))
    await pilot.pause()


async def test_lines_react_to_clicks_as_to_their_keys(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        app = app_of(pilot)
        await click(pilot, ModeBar, "2 Stakes")
        await until(pilot, lambda: app.current_mode == "stakes")
        await settled(pilot)
        await click(pilot, KeyBar, "filter")
        bar = pilot.app.screen.query_one(FilterBar)
        await until(pilot, lambda: bar.has_class("open"))
        await pilot.press(*"alder")
        grid = pane_of(pilot).grid
        assert grid is not None
        await pilot.click(grid, offset=(5, 1))
        await until(pilot, lambda: not bar.has_class("open") and grid.has_focus)
        await click(pilot, ModeBar, "/alder")
        await until(pilot, lambda: bar.has_class("open") and not grid.has_focus)
        await click(pilot, KeyBar, "tournament")
        await until(pilot, lambda: pane_of(pilot).tournament is not None)
        assert not bar.has_class("open") and pane_of(pilot).filter_text == "alder"
        await click(pilot, ModeBar, "Classic")
        await until(pilot, lambda: pane_of(pilot).tournament != pane_of(pilot).tournaments[0])
        await click(pilot, KeyBar, "help")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextDialog))
