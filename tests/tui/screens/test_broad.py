"""On a broad screen what is known of the row marked stands beside the table, not below it."""

from __future__ import annotations

from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, app_of, running, settled, until
from tests.tui.staking import loaded
from tui.screens.models.models import ModelsPane
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.detail import Detail

BESIDE = (("1", ModelsPane, "#detail"), ("2", StakesPane, "#below"), ("5", QueuePane, "#about"))


async def test_details_stand_beside_the_table(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), (200, 60)) as pilot:
        for key, kind, place in BESIDE:
            pane = await loaded(pilot, key, kind)
            await settled(pilot)
            detail, grid = pane.query_one(place), pane.grid
            assert grid is not None
            assert detail.region.x >= grid.region.right
            assert detail.region.height > 40
            if kind is not QueuePane:
                assert grid.region.height > 40
        await pilot.press("1", "escape", "down")
        pane = app_of(pilot).pane
        assert isinstance(pane, ModelsPane)
        panel, second = pane.query_one(Detail), pane.table.rows[1].name
        await until(pilot, lambda: panel.text.startswith(second))
        assert panel.is_open
        await pilot.press("2")
        stakes = await loaded(pilot, "2", StakesPane)
        await pilot.resize_terminal(*LARGE)
        grid = stakes.grid
        assert grid is not None
        await until(pilot, lambda: stakes.query_one("#below").region.y >= grid.region.bottom)
