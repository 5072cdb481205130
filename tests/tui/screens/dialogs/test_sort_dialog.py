"""Choosing the column to sort by, in every table that sorts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tui.screens.dialogs.sort_dialog import SortDialog, letters
from tui.screens.pane import Pane
from tui.widgets.tables.grid import Grid

PANES = {"1": (), "2": (), "3": (), "4": (), "6": ("b", "b"), "7": ()}
"""The modes that have rows without a change in the queue, and the keys to a table that sorts."""


def test_letters_come_from_labels_and_never_move_the_mark() -> None:
    assert letters(["model", "staked", "state", "jade", "·"]) == ["m", "s", "t", "a", "b"]
    many = letters([f"model {number}" for number in range(60)])
    there = [letter for letter in many if letter]
    assert len(there) == len(set(there)) == 2 * 26 - 3
    assert not {*"jkq"} & {*there}


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_letter_sorts_and_again_reverses(make_book: BookMaker, size: Any) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        for mode, keys in PANES.items():
            await pilot.press(mode, *keys)
            await settled(pilot)
            pane = app_of(pilot).pane
            assert pane is not None
            await until(pilot, lambda pane=pane: pane.report is not None)
            grid = pane.grid
            assert grid is not None
            columns = grid.sortable
            assert columns, pane.MODE
            keys_there = letters([column.label.strip() for column in columns])
            for column, letter in list(zip(columns, keys_there, strict=True))[:4]:
                await sort(pilot, letter)
                assert (grid.sort_key, grid.sort_reversed) == (column.key, column.descends)
                assert grid.scroll_offset.y == 0
            await sort(pilot, letter)
            assert (grid.sort_key, grid.sort_reversed) == (column.key, not column.descends)
            await sort(pilot, "enter")
            assert (grid.sort_key, grid.sort_reversed) == (column.key, not column.descends)
            await sort(pilot, "up", "enter")
            assert grid.sort_key == columns[columns.index(column) - 1].key
            await sort(pilot, "0")
            assert grid.sort_key is None


async def sort(pilot: Any, *keys: str) -> None:
    """Open the choice, which lists the table's columns, and press ``keys`` in it."""
    pane = app_of(pilot).pane
    assert isinstance(pane, Pane)
    grid = pane.grid
    assert isinstance(grid, Grid)
    await pilot.press("s")
    dialog = pilot.app.screen
    assert isinstance(dialog, SortDialog)
    shown = "\n".join(
        strip.text
        for strip in dialog.query_one("#columns").render_lines(
            dialog.query_one("#columns").size.region
        )
    )
    for column in grid.sortable[: dialog.size.height // 2]:
        assert column.label.strip() in shown
    await pilot.press(*keys)
    await until(pilot, lambda: pilot.app.screen is pane)
