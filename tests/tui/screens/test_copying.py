"""``y`` copies on every screen: the row with its exact amounts, or all of a text."""

from __future__ import annotations

from decimal import Decimal

from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, app_of, running, settled, until
from tests.tui.staking import loaded
from tui.screens.models.models import ModelsPane
from tui.widgets.tables.columns import Column, exact_text

WAYS = ("1", "2", "3", "4", "6", "7", "2 a", "3 a", "4 v")
"""The keys that lead to each pane that has rows without a change in the queue."""


async def test_y_copies_the_row_of_every_table(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), LARGE) as pilot:
        app = app_of(pilot)
        for way in WAYS:
            await pilot.press("escape", "escape")
            app.copy_to_clipboard("")
            for key in way.split():
                await pilot.press(key)
                await settled(pilot)
                await until(pilot, lambda: app.pane is not None and app.pane.report is not None)
            grid = app.pane.grid if app.pane is not None else None
            assert grid is not None and grid.selected is not None, way
            await pilot.press("y")
            assert app.clipboard.count("\t") == len(grid.columns) - 1, way


async def test_amounts_are_copied_to_the_last_digit(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), LARGE) as pilot:
        pane = await loaded(pilot, "1", ModelsPane)
        line = next(one for one in pane.table.rows if one.staked and one.staked.wei % 10**14)
        pane.table.move_to(pane.table.rows.index(line))
        await pilot.press("y")
        copied = pilot.app.clipboard.split("\t")
        at = [column.key for column in pane.table.columns].index("staked")
        assert line.staked is not None
        assert Decimal(copied[at]) == line.staked.amount
        assert copied[0] == line.name


def test_what_is_exact_is_what_was_shown() -> None:
    shown = {
        ("~+1,234.57", Decimal("1234.5678")): "~+1,234.5678",
        ("−<0.001", Decimal("-0.0000007")): "−0.0000007",
        ("+1.23%", Decimal("0.012345")): "+1.23%",
        ("12 of 13", Decimal("0.92")): "12 of 13",
        ("·", None): "·",
    }
    for (text, value), copied in shown.items():
        column = Column[str]("a", "a", lambda row: row, lambda _, value=value: value)  # type: ignore[misc]
        assert exact_text(column, text) == copied
