"""Columns of Models and Stakes: shown, hidden, moved, and kept for the next time."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.pilot import Pilot

from ledger.book import Book
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, settled, until
from tests.tui.staking import front
from tui.app import NumstakeApp
from tui.screens.dialogs.columns_dialog import ColumnsDialog
from tui.screens.dialogs.sort_dialog import SortDialog
from tui.widgets.modebar import ModeBar
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def header(pilot: Pilot[Any]) -> list[str]:
    """The labels in sight behind whatever is in front."""
    grid = grid_of(pilot)
    return grid.render_line(0).text.split()


def grid_of(pilot: Pilot[Any]) -> Grid[Any]:
    pane = app_of(pilot).pane
    assert pane is not None and pane.grid is not None
    return pane.grid


async def loaded(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: (pane := app_of(pilot).pane) is not None and pane.report)
    await settled(pilot)


async def test_columns_are_arranged_by_keys_and_stay_so(
    make_book: BookMaker, tmp_path: Path
) -> None:
    book, file = make_book(config=QUIET), tmp_path / "state.toml"
    async with NumstakeApp(book, state_file=file).run_test(size=SMALL) as pilot:
        await loaded(pilot)
        before = header(pilot)
        assert before == ["model", "staked", "change", "last", "payouts", "round"]
        await pilot.press("c")
        dialog = await front(pilot, ColumnsDialog)
        listed = dialog.query_one("#columns", Note).text
        assert "✓ model         always" in listed and "✓ rank          no room" in listed
        await pilot.press("up", "space", "J")  # the name stays, and stays first
        assert header(pilot) == before
        await pilot.press("down", "down", "down", "J", "K", "J", "J")
        assert header(pilot) == ["model", "change", "staked", "last", "payouts", "round"]
        await pilot.press("escape")
        await until(pilot, lambda: header(pilot) == before)
        await pilot.press("c", *"jjjjjj", "space", "K", "enter")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).pane)
        assert "last" not in header(pilot)
        await settled(pilot)
    kept = tomllib.loads(file.read_text())["columns"]
    assert kept["models-hidden"] == ["last"]
    assert kept["models"].index("last") < kept["models"].index("per_round")
    await _again(book, file)


async def _again(book: Book, file: Path) -> None:
    """In the next run, also where the file knows columns that there are none of."""
    text = file.read_text()
    for name in ("models", "models-hidden"):
        text = text.replace(f"{name} = [", f'{name} = ["gone",')
    file.write_text(text)
    async with NumstakeApp(book, state_file=file).run_test(size=LARGE) as pilot:
        await loaded(pilot)
        assert "last" not in header(pilot)
        await pilot.press("s")
        await front(pilot, SortDialog)
        await pilot.press("escape", "c")
        await front(pilot, ColumnsDialog)
        await pilot.press("r", "enter")
        await until(pilot, lambda: "last" in header(pilot))
        await settled(pilot)
    assert not tomllib.loads(file.read_text()).get("columns")


async def test_a_hidden_column_still_sorts_and_says_so(make_book: BookMaker) -> None:
    async with NumstakeApp(make_book(config=QUIET)).run_test(size=LARGE) as pilot:
        await loaded(pilot)
        await pilot.press("2")
        await loaded(pilot)
        grid = grid_of(pilot)
        await pilot.press("s", "s")
        await until(pilot, lambda: grid.sort_key == "staked")
        order = [row.model_id for row in grid.rows]
        await pilot.press("c", "down", "space", "enter")
        bar = pilot.app.screen.query_one(ModeBar)
        await until(pilot, lambda: "by staked" in bar.text)
        assert "staked" not in header(pilot) and [row.model_id for row in grid.rows] == order
        assert "staked" not in {column.key for column in grid.shown}
        await pilot.press("S")
        await pilot.press("s", "s")
        await until(pilot, lambda: [row.model_id for row in grid.rows] == order)
