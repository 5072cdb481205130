"""The Earnings mode over a real ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.payout import PayoutState
from ledger.reports.earnings import EarningsReport
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import front, loaded, text_of
from tui import format
from tui.screens.earnings import EarningsPane, bars, curve
from tui.screens.text_dialog import TextDialog
from tui.widgets.chart import Chart
from tui.widgets.grid import Column
from tui.widgets.line import Line
from tui.widgets.plot import Bars, Curve

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def report_of(pane: EarningsPane) -> EarningsReport:
    assert pane.report is not None
    return pane.report


def text_of_cell(column: Column[object], row: object) -> str:
    cell = column.cell(row)
    return cell if isinstance(cell, str) else cell.plain


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_rounds_by_models_with_their_sums(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid, report = pane.grid, report_of(pane)
        assert grid is not None
        lines = [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]
        assert lines[0].split()[:4] == ["round", "state", "total", report.models[0].name]
        (sums,) = [line for line in lines if line.split()[0] == "sum"]
        assert format.payout(report.settled + report.pending, 3) in sums
        summary = pane.query_one("#summary", Line).text
        assert format.payout(report.settled, 3) in summary
        assert format.payout(report.pending, 3) in summary


async def test_what_can_still_move_is_marked(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid = pane.grid
        assert grid is not None
        total = next(column for column in grid.columns if column.key == "total")
        paid = [row for row in report_of(pane).rounds if row.total]
        assert {row.state for row in paid} == set(PayoutState)
        for row in paid:
            pending = row.state is PayoutState.PENDING
            assert text_of_cell(total, row).startswith("~") == pending


async def test_t_switches_the_tournament_and_a_text_the_models(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid = pane.grid
        assert grid is not None
        assert report_of(pane).tournament is Tournament.CLASSIC
        await pilot.press("t")
        await until(pilot, lambda: report_of(pane).tournament is Tournament.SIGNALS)
        names = [model.name for model in report_of(pane).models]
        assert [column.label for column in grid.columns[3:]] == [
            format.shorten(name, 11) for name in names
        ]
        await pilot.press("slash", *names[-1][:5], "enter")
        await until(pilot, lambda: len(grid.columns) == 4)
        assert grid.columns[3].label == format.shorten(names[-1], 11)


async def test_the_chart_is_there_when_there_is_room_and_on_its_key(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        chart = pane.query_one(Chart)
        assert not chart.display
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda: chart.display)
        assert isinstance(chart.content, Curve)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(chart.content, Bars))
        await pilot.press("c")
        await until(pilot, lambda: not chart.display)
        await pilot.press("c")
        await until(pilot, lambda: chart.display and isinstance(chart.content, Curve))


async def test_more_and_fewer_rounds(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        assert len(report_of(pane).rounds) == 90
        await pilot.press("less_than_sign")
        await until(pilot, lambda: len(report_of(pane).rounds) == 60)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: len(report_of(pane).rounds) == 90)


async def test_a_payout_is_accounted_for(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid, report = pane.grid, report_of(pane)
        assert grid is not None
        index, cell = next(
            (index, row.cells[0])
            for index, row in enumerate(report.rounds)
            if row.state is PayoutState.SETTLED and row.cells[0] and row.cells[0].payout
        )
        assert cell is not None
        assert cell.payout is not None
        grid.move_to(index)
        detail = pane.query_one("#detail", Line)
        await until(pilot, lambda: detail.text.strip().startswith(str(cell.round)))
        assert "corr" in detail.text
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        assert format.exact(abs(cell.payout)) in text_of(dialog)
        assert ("burned" if cell.payout < NMR(0) else "earned") in text_of(dialog)


def test_chart_contents_follow_the_report(make_book: BookMaker) -> None:
    report = make_book(config=QUIET).earnings(Tournament.SIGNALS)
    drawn = curve(report)
    assert drawn.settled[-1] == report.settled
    assert drawn.projected[-1] == report.settled + report.pending
    assert NMR.total(bars(report).amounts) == report.settled + report.pending
    assert bars(report).labels[0] < bars(report).labels[-1]
