"""The Earnings mode over a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ledger.domain.earnings.paid_rounds import Grouping, Unit, exactly
from ledger.domain.model import Tournament
from ledger.reports.earnings.earnings import EarningsReport
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import front, loaded, text_of
from tui import format
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import Bars, Curve
from tui.widgets.line import Line
from tui.widgets.tables.grid import Column, Grid

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ledger.book import Book
    from tests.conftest import BookMaker

MONEY = "dollar_sign"


def price_file(book: Book, price: str, *, every: int) -> str:
    """Prices that are always the same, every few days from the first payout to today."""
    dates = [one.resolves.date() for one in book.earnings.performances(None) if one.resolves]
    first, last = min(dates) - timedelta(days=1), book.now().date()
    days = [first + timedelta(days=n) for n in range(0, (last - first).days, every)]
    return "\n".join(["date,price", *(f"{day},{price}" for day in [*days, last])])


def report_of(pane: EarningsPane) -> EarningsReport:
    assert pane.report is not None
    return pane.report


def grid_of(pane: EarningsPane) -> Grid[object]:
    assert pane.grid is not None
    return pane.grid


def text_of_cell(column: Column[object], row: object) -> str:
    cell = column.cell(row)
    return cell if isinstance(cell, str) else cell.plain


def said(pane: EarningsPane, where: str) -> str:
    return pane.query_one(where, Line).text


async def viewed(
    pilot: Pilot[None], pane: EarningsPane, key: str, holds: Callable[[], bool]
) -> None:
    """Press ``key`` and wait for the report it asks for."""
    await pilot.press(key)
    await until(pilot, holds)
    await pilot.pause()


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_rounds_by_models_with_their_sums(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid, report = grid_of(pane), report_of(pane)
        lines = [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]
        assert lines[0].split()[:4] == ["round", "state", "total", report.models[0].name]
        (sums,) = [line for line in lines if line.split()[0] == "sum"]
        assert format.number(report.paid.total, 3, signed=True) in sums
        assert format.number(report.paid.settled, 3, signed=True) in said(pane, "#summary")
        assert format.number(report.paid.pending, 3, signed=True) in said(pane, "#summary")


async def test_what_can_still_move_is_marked_and_burns_have_a_word(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        total = next(column for column in grid_of(pane).columns if column.key == "total")
        paid = [group for group in report_of(pane).groups if group.paid.total]
        assert {group.running for group in paid} == {True, False}
        assert {group.paid.total < 0 for group in paid} == {True, False}
        for group in paid:
            text = text_of_cell(total, group)
            assert text.startswith("~") == bool(group.paid.pending)
            burns = group.paid.total < 0
            assert ("burn" in text, "−" in text) == (burns, burns)


async def test_t_narrows_to_a_tournament_and_a_text_to_models(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid, everything = grid_of(pane), report_of(pane)
        assert {model.tournament for model in everything.models} == set(Tournament)
        while report_of(pane).view.tournament is not Tournament.SIGNALS:
            before = report_of(pane)
            await viewed(pilot, pane, "t", lambda before=before: report_of(pane) is not before)
        names = [model.name for model in report_of(pane).models]
        assert len(names) < len(everything.models)
        assert [column.label for column in grid.columns[3:]] == [
            format.shorten(name, 11) for name in names
        ]
        await pilot.press("slash", *names[-1][:5], "enter")
        await until(pilot, lambda: len(grid.columns) == 4)
        assert grid.columns[3].label == format.shorten(names[-1], 11)


async def test_b_groups_by_everything_and_the_sum_stays(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        whole = report_of(pane).paid.total
        for by in [*list(Grouping)[1:], Grouping.ROUND]:
            await viewed(pilot, pane, "b", lambda by=by: report_of(pane).view.by is by)
            report = report_of(pane)
            assert report.paid.total == whole
            assert sum(group.paid.total for group in report.groups) == whole
            assert len(grid_of(pane).rows) == len(report.groups)
            assert f"by {by}" in pane.query_one("#modebar", Line).text
        await viewed(pilot, pane, "B", lambda: report_of(pane).view.by is Grouping.MODEL)
        labels = [column.label for column in grid_of(pane).columns]
        assert "Numerai 3m" in labels and "on committed 3m" in labels


async def test_u_switches_units(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        whole = report_of(pane).paid.total
        await viewed(pilot, pane, MONEY, lambda: report_of(pane).view.unit is Unit.PERCENT)
        total = next(column for column in grid_of(pane).columns if column.key == "total")
        assert "%" in text_of_cell(total, grid_of(pane).rows[-1])
        own, *others = book.earnings.currencies
        assert own == book.records.currency
        book.records.import_prices(price_file(book, "8.25", every=1), currency=own)
        await viewed(pilot, pane, MONEY, lambda: report_of(pane).view.currency == own)
        report = report_of(pane)
        assert (report.view.unit, report.unpriced) == (Unit.FIAT, 0)
        with exactly():
            assert report.paid.total == whole * Decimal("8.25")
        assert format.number(report.paid.settled, 2, signed=True) in said(pane, "#summary")
        assert f"~ at 8.25, {book.now():%Y-%m-%d}" in said(pane, "#summary")
        assert own in pane.query_one("#modebar", Line).text
        for other in others:
            await viewed(
                pilot,
                pane,
                "dollar_sign",
                lambda other=other: report_of(pane).view.currency == other,
            )
        await viewed(pilot, pane, MONEY, lambda: report_of(pane).view.unit is Unit.NMR)


async def test_payouts_without_a_price_are_marked_and_i_fills_days_in(
    make_book: BookMaker,
) -> None:
    book = make_book(config=QUIET)
    book.records.import_prices(price_file(book, "7", every=6), currency="CHF")
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        whole = report_of(pane).paid
        while report_of(pane).view.currency != "CHF":
            before = report_of(pane)
            await viewed(pilot, pane, MONEY, lambda before=before: report_of(pane) is not before)
        report, grid = report_of(pane), grid_of(pane)
        lacking = format.number(report.paid.unpriced, 3)
        assert report.paid.unpriced > 0
        assert f"? no price for {lacking} NMR" in said(pane, "#summary")
        total = next(column for column in grid.columns if column.key == "total")
        for group in report.groups:
            assert ("?" in text_of_cell(total, group)) == bool(group.paid.unpriced)
        blank = next(i for i, group in enumerate(report.groups) if group.cells[0].unpriced)
        assert text_of_cell(grid.columns[3], report.groups[blank]) == "?"
        await viewed(pilot, pane, "b", lambda: report_of(pane).view.by is Grouping.DAY)
        grid.move_to(next(i for i, one in enumerate(grid.rows) if one.cells[0].unpriced))
        await pilot.press("o")
        text = text_of(await front(pilot, TextDialog))
        assert "no price" in text and "are not in the sum" in text
        await pilot.press("escape")
        await viewed(pilot, pane, "i", lambda: report_of(pane).view.interpolate)
        report = report_of(pane)
        with exactly():
            assert report.paid.settled == whole.settled * 7
        assert (report.paid.unpriced, report.unpriced) == (0, 0)
        assert "interpolated" in pane.query_one("#modebar", Line).text
        assert "no price" not in said(pane, "#summary")
        await viewed(pilot, pane, "i", lambda: not report_of(pane).view.interpolate)
        assert report_of(pane).paid.unpriced > 0


async def test_the_chart_is_there_when_there_is_room_and_on_its_key(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        chart, place = pane.query_one(Chart), pane.query_one("#timeline")
        assert not place.display
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda: place.display)
        assert isinstance(chart.content, Curve)
        report = report_of(pane)
        assert chart.content.settled[-1] == report.paid.settled
        assert chart.content.projected[-1] == report.paid.total
        title = pane.query_one("#chart-title", Line)
        marked = pane.query_one("#matrix", Grid).selected
        assert marked is not None and marked.paid.total
        assert not any(group.paid.total for group in report.groups[: report.groups.index(marked)])
        assert f"▲ {marked.label} " in title.text and "⠒ settled" in title.text
        await pilot.press("down")
        below = report.groups[report.groups.index(marked) + 1]
        await until(pilot, lambda: f"▲ {below.label} " in title.text)
        assert chart.content.at == len(report.groups) - 1 - report.groups.index(below)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(chart.content, Bars))
        assert sum(chart.content.amounts) == report.paid.total
        assert chart.content.labels[0] < chart.content.labels[-1]
        await pilot.press("c")
        await until(pilot, lambda: not place.display)


async def test_more_and_fewer_rounds(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        assert len(report_of(pane).groups) == 90
        await viewed(pilot, pane, "less_than_sign", lambda: len(report_of(pane).groups) == 60)
        await viewed(pilot, pane, "greater_than_sign", lambda: len(report_of(pane).groups) == 90)


async def test_a_payout_is_explained_by_its_rounds_numbers(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        grid, report = grid_of(pane), report_of(pane)
        model = report.models[0]
        index, group = next(
            (index, group)
            for index, group in enumerate(report.groups)
            if not group.cells[0].pending and group.cells[0].settled
        )
        grid.move_to(index)
        await until(pilot, lambda: said(pane, "#detail").strip().startswith(group.label))
        assert "clip(" in said(pane, "#detail")
        await pilot.press("enter")
        text = text_of(await front(pilot, TextDialog))
        known = book.earnings.explain(model.tournament, group.rounds[0], model.id)
        assert known.paid is not None
        assert format.exact(abs(known.paid)) in text
        assert ("burned" if known.paid.wei < 0 else "earned") in text
        assert "within rounding" in text
        assert all(term.name in text for term in known.terms)


async def test_a_running_payout_says_what_is_provisional(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        index = next(
            index for index, group in enumerate(report_of(pane).groups) if group.cells[0].pending
        )
        grid_of(pane).move_to(index)
        await pilot.press("enter")
        text = text_of(await front(pilot, TextDialog))
        assert "Provisional: " in text and " on day " in text
        assert "Resolves " in text
        assert "8 of 10" in text


async def test_a_sum_is_explained_by_its_rounds(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        for by in (Grouping.DAY, Grouping.WEEK, Grouping.MONTH):
            await viewed(pilot, pane, "b", lambda by=by: report_of(pane).view.by is by)
        group = report_of(pane).groups[-1]
        grid_of(pane).move_to(len(report_of(pane).groups) - 1)
        await pilot.press("o")
        text = text_of(await front(pilot, TextDialog))
        assert format.number(group.cells[0].total, 3, signed=True) in text
        assert str(group.rounds[0]) in text


async def test_best_and_worst(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        await pilot.press("w")
        text = text_of(await front(pilot, TextDialog))
        (best,), (worst,) = report_of(pane).best(1), report_of(pane).worst(1)
        assert text.index(best.label) < text.index(worst.label)
        assert format.number(worst.paid.settled, 3, signed=True) in text
