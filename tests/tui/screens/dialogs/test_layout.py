"""Screens are laid out once, and are then as they would be after any further layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tui import jobs

if TYPE_CHECKING:
    from tests.conftest import BookMaker

OPENED = (
    ("2", "plus"),
    ("2", "m"),
    ("2", "a", "w"),
    ("2", "a", "o"),
    ("0", "E"),
    ("1", "s"),
    ("1", "c"),
    ("1", "X"),
    ("1", "comma"),
    ("1", "comma", "enter"),
    ("7", "i"),
    ("question_mark",),
    ("H",),
    ("I",),
    ("I", "enter"),
    ("ctrl+p",),
    ("f2",),
)


PANES = "01234567"
READS = {"preview", "load"}
"""Groups of jobs whose answers are shown in a screen that is open."""


def _places(screen: Screen[object]) -> dict[Widget, tuple[Region, Region]]:
    return {
        widget: (place.region, place.clip)
        for widget, place in screen._compositor.full_map.items()
        if widget.display
    }


async def _open(pilot: Pilot[Any], key: str) -> None:
    """Press ``key``, until there is another screen in front and all of it is there."""
    app = app_of(pilot)
    before = app.screen
    await pilot.press(key)
    await until(pilot, lambda: app.screen is not before and not jobs.is_opening(), key)
    await until(
        pilot, lambda: all(worker.is_finished for worker in app.workers if worker.group in READS)
    )
    await pilot.pause()


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_another_layout_moves_nothing(make_book: BookMaker, size: tuple[int, int]) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        app = app_of(pilot)
        for keys in OPENED:
            for key in keys:
                if key in PANES:
                    await pilot.press(key)
                    await settled(pilot)
                else:
                    await _open(pilot, key)
            before = _places(app.screen)
            for widget in [app.screen, *app.screen.query("*")]:
                widget._clear_arrangement_cache()
                widget.refresh(layout=True)
            await pilot.pause()
            assert _places(app.screen) == before, keys
            while app.pane is not app.screen or (app.pane and app.pane.TRAIL):
                before_it = app.screen
                await pilot.press("escape")
                await until(pilot, lambda: app.screen is not before_it)  # noqa: B023 - at once
            await settled(pilot)
