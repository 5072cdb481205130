"""From what is seen to why, and back: every way deeper, by its keys, and what escape returns to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.domain.earnings.paid_rounds import Grouping
from ledger.reports.earnings.earnings import View
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import front, loaded, text_of
from tui.format import exact, payout
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.rounds import RoundsPane
from tui.widgets.line import Line
from tui.widgets.modebar import ModeBar

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.conftest import BookMaker
    from tui.screens.pane import Pane

LOSING_AND_WHY = ("3", "less_than_sign", "B", "enter", "w", "enter")
"""Earnings, of the last 60 rounds, by model: the first loses most; its rounds, the worst, why."""


async def page(pilot: Pilot[Any], kind: type[Pane[Any]]) -> Any:
    """The page in front, once it is a ``kind`` and its report is on screen."""
    pane = await front(pilot, kind)
    await until(pilot, lambda: pane.report is not None)
    await pilot.pause()
    return pane


def way(pilot: Pilot[Any]) -> str:
    """The second line, where the trail stands."""
    return pilot.app.screen.query_one(ModeBar).text


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_which_models_lose_money_and_why(make_book: BookMaker, size: tuple[int, int]) -> None:
    assert len(LOSING_AND_WHY) <= 6
    earnings, fewer, by_model, deeper, worst, why = LOSING_AND_WHY
    book = make_book(config=QUIET)
    async with running(book, size) as pilot:
        pane = await loaded(pilot, earnings, EarningsPane)
        await pilot.press(fewer, by_model)
        asked = View(by=Grouping.MODEL, last=60)
        await until(pilot, lambda: pane.report is not None and pane.report.view == asked)
        await pilot.pause()
        assert pane.grid is not None and pane.report is not None
        paid = [row.paid.total for row in pane.grid.rows if row.paid.total]
        assert paid == sorted(paid)
        loser = pane.grid.selected
        assert loser.paid.total == min(group.paid.total for group in pane.report.groups) < 0
        await pilot.press(deeper)
        rounds = await page(pilot, RoundsPane)
        assert way(pilot).startswith(f" esc Earnings › {loser.label}")
        report = book.earnings.of_model(loser.model.id, loser.rounds)
        assert (report.settled + report.unsettled).amount == loser.paid.total
        said = rounds.query_one("#summary", Line).text
        assert payout(report.settled, 3) in said and payout(report.unsettled, 3) in said
        assert (
            size != LARGE or f"{report.by_score[0][0]} {payout(report.by_score[0][1], 3)}" in said
        )
        await pilot.press(worst)
        burns = [row.payout for row in report.played if row.payout is not None]
        assert rounds.grid.selected.payout == min(burns)
        await pilot.press(why)
        text = text_of(await front(pilot, TextDialog))
        assert f"round {report.worst}: burns {exact(abs(min(burns)))} NMR as of now." in text
        assert "stake at risk × clip(factor × (score × multiplier + …))" in text
