"""From what is seen to why, and back: every way deeper, by its keys, and what escape returns to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from ledger.domain.earnings.paid_rounds import Grouping
from ledger.domain.model import Tournament
from ledger.reports.earnings.earnings import View
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import (
    FREE,
    OTHER,
    RELEASING,
    drafted,
    front,
    loaded,
    mark,
    stakes_on,
    text_of,
    told,
)
from tui.format import exact, payout
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.models import ModelsPane
from tui.screens.models.rounds import RoundsPane
from tui.screens.policy.editor import PolicyEditor
from tui.screens.queue.queue import QueuePane
from tui.screens.seeking import Filters
from tui.screens.slots.predictors import PredictorsPane
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.positions import PositionsPane
from tui.screens.stakes.stakes import StakesPane
from tui.screens.stakes.unlocks import UnlocksPane
from tui.screens.targets.editor import AllocationEditor
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


async def back(pilot: Pilot[Any], kind: type[Pane[Any]]) -> Any:
    """Escape, to a page that is there already."""
    await pilot.press("escape")
    return await page(pilot, kind)


async def test_from_a_model_deeper_and_back_to_its_row(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        models = await page(pilot, ModelsPane)
        mark(models.grid, RELEASING)
        line = models.grid.selected
        await pilot.press("enter")
        rounds = await page(pilot, RoundsPane)
        assert way(pilot).startswith(f" esc Models › {RELEASING}")
        report = book.earnings.of_model(line.model_id)
        assert [row.round for row in rounds.grid.rows] == [row.round for row in report.played]
        rounds.grid.move_to(40)
        await pilot.press("enter")
        assert "stake at risk" in text_of(await front(pilot, TextDialog))
        await pilot.press("escape", "P")
        earnings = await page(pilot, EarningsPane)
        assert way(pilot).startswith(f" esc Models › {RELEASING} › Earnings of {RELEASING}")
        assert [model.id for model in earnings.report.models] == [line.model_id]
        whole = (report.settled + report.unsettled).amount
        assert earnings.report.paid.total == whole
        rounds = await back(pilot, RoundsPane)
        assert rounds.grid.selected == report.played[40]
        assert await back(pilot, ModelsPane) is models
        assert models.grid.selected.model_id == line.model_id
        await pilot.press("ctrl+o")
        rounds = await page(pilot, RoundsPane)
        assert rounds.grid.selected == report.played[40]
        await pilot.press("alt+right")
        assert (await page(pilot, EarningsPane)).report.paid.total == whole
        await pilot.press("1")
        assert await page(pilot, ModelsPane) is models
        await pilot.press("ctrl+o", "escape", "L")
        slots = await page(pilot, SlotsPane)
        assert [column.key for column in slots.grid.columns[3:]] == [line.model_id]
        await pilot.press("O")
        records = await page(pilot, PredictorsPane)
        assert records.grid.selected.key == line.model_id
        await back(pilot, SlotsPane)
        await back(pilot, ModelsPane)
        await pilot.press("ctrl+o", "ctrl+o", "ctrl+o")
        await told(pilot, "There is nothing to go forward to.")


async def test_a_change_leads_to_its_model_and_the_model_to_its_changes(
    make_book: BookMaker,
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await drafted(pilot, FREE, "plus", "1.5")
        await pilot.press("escape")
        queue = await page(pilot, QueuePane)
        await pilot.press("enter")
        assert "Increase" in text_of(await front(pilot, TextDialog))
        await pilot.press("enter")
        rounds = await page(pilot, RoundsPane)
        assert way(pilot).startswith(f" esc Queue › {FREE}")
        await pilot.press("C")
        changes = await page(pilot, QueuePane)
        assert changes is not queue
        assert [row.change.model_name for row in changes.grid.rows] == [FREE]
        await back(pilot, RoundsPane)
        await pilot.press("i")
        await front(pilot, TextDialog)
        await pilot.press("escape")
        assert await page(pilot, RoundsPane) is rounds
        assert await back(pilot, QueuePane) is queue
        stakes = await stakes_on(pilot, RELEASING)
        await pilot.press("enter")
        assert "one change per model" in text_of(await front(pilot, TextDialog))
        await pilot.press("enter")
        await page(pilot, RoundsPane)
        assert (await back(pilot, StakesPane)) is stakes
        assert stakes.grid is not None and stakes.grid.selected.name == RELEASING
        models = await loaded(pilot, "1", ModelsPane)
        mark(models.grid, OTHER)
        await pilot.press("C")
        changes = await page(pilot, QueuePane)
        assert not changes.grid.rows


async def test_an_unlock_leads_to_its_position(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        unlocks = await loaded(pilot, "6", UnlocksPane)
        assert unlocks.grid is not None
        several = next(i for i, row in enumerate(unlocks.grid.rows) if len(row.entries) > 1)
        unlocks.grid.move_to(several)
        day = unlocks.grid.selected
        await pilot.press("enter")
        entries = await page(pilot, UnlocksPane)
        assert entries is not unlocks
        assert [row.entries for row in entries.grid.rows] == [(one,) for one in day.entries]
        at = next(i for i, one in enumerate(day.entries) if one.round is not None)
        entries.grid.move_to(at)
        await pilot.press("enter")
        positions = await page(pilot, PositionsPane)
        assert positions.grid.selected.round == day.entries[at].round
        await pilot.press("O")
        assert (await page(pilot, RoundsPane)).only == day.entries[at].model_id
        await back(pilot, PositionsPane)
        assert (await back(pilot, UnlocksPane)).grid.cursor == at
        await back(pilot, UnlocksPane)
        assert pilot.app.screen is unlocks and unlocks.grid.cursor == several
        await pilot.press("b", "b")
        release = next(i for i, row in enumerate(unlocks.grid.rows) if row.entries[0].round is None)
        unlocks.grid.move_to(release)
        await pilot.press("enter")
        assert (await page(pilot, RoundsPane)).only == unlocks.grid.rows[release].entries[
            0
        ].model_id


async def test_a_sum_leads_to_its_payouts_and_a_payout_to_why(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        await pilot.press("b", "b", "b")
        await until(pilot, lambda: pane.report and pane.report.view.by is Grouping.MONTH)
        await pilot.pause()
        assert pane.grid is not None and pane.report is not None
        pane.grid.move_to(len(pane.grid.rows) - 1)
        pane.grid.move_to_column(pane.report.models[1].id)
        month = pane.grid.selected
        await pilot.press("enter")
        payouts = await page(pilot, EarningsPane)
        assert payouts is not pane
        assert way(pilot).startswith(f" esc Earnings › {month.label}")
        assert payouts.report.paid.total == month.paid.total
        assert {one for group in payouts.report.groups for one in group.rounds} == set(month.rounds)
        assert payouts.grid.selected_column.key == pane.report.models[1].id
        await pilot.press("enter")
        assert "stake at risk" in text_of(await front(pilot, TextDialog))
        await pilot.press("escape", "escape", "b", "b")
        await until(pilot, lambda: pane.report and pane.report.view.by is Grouping.TOURNAMENT)
        await pilot.pause()
        tournament = pane.grid.selected
        await pilot.press("enter")
        by_model = await page(pilot, EarningsPane)
        assert by_model.report.view.by is Grouping.MODEL
        assert by_model.report.paid.total == tournament.paid.total
        model = by_model.grid.selected
        await pilot.press("enter")
        rounds = (await page(pilot, RoundsPane)).report.rounds
        assert (rounds.settled + rounds.unsettled).amount == model.paid.total


async def test_where_enter_edits_another_key_opens(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        models = await page(pilot, ModelsPane)
        mark(models.grid, RELEASING)
        await pilot.press("a")
        editor = await page(pilot, AllocationEditor)
        assert editor.grid.selected.name == RELEASING
        await pilot.press("O")
        assert (await page(pilot, RoundsPane)).only == editor.grid.selected.model_id
        assert way(pilot).startswith(f" esc Models › Targets › {RELEASING}")
        await back(pilot, AllocationEditor)
        assert await back(pilot, ModelsPane) is models
        await loaded(pilot, "3", EarningsPane)
        await pilot.press("a")
        policy = await page(pilot, PolicyEditor)
        await pilot.press("j", "O")
        assert (await page(pilot, RoundsPane)).only == policy.grid.selected.model_id
        slots = await loaded(pilot, "4", SlotsPane)
        assert slots.grid is not None
        slots.grid.move_to(30)
        await pilot.press("c", "c", "O")
        assert "stake at risk" in text_of(await front(pilot, TextDialog))


async def test_filter_and_tournament_are_kept_across_panes(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        models = await page(pilot, ModelsPane)
        await pilot.press("t", "t", "F", "slash", *"_", "enter")
        await until(pilot, lambda: models.filters == Filters("_", Tournament.SIGNALS))
        shown = [line.name for line in models.grid.rows]
        assert "kept" in way(pilot)
        stakes = await loaded(pilot, "2", StakesPane)
        assert stakes.grid is not None
        assert stakes.filters == models.filters
        assert [line.name for line in stakes.grid.rows] == shown
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        assert pilot.app.focused.value == "_"
        await pilot.press("escape")
        await until(pilot, lambda: not stakes.filter_text)
        await pilot.press("1")
        assert (await page(pilot, ModelsPane)).filters == Filters("", Tournament.SIGNALS)
        await pilot.press("F", "t")
        await until(pilot, lambda: models.tournament is Tournament.CRYPTO)
        await pilot.press("2")
        assert (await page(pilot, StakesPane)).tournament is Tournament.SIGNALS
