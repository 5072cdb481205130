"""The Unlocks mode over a real ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.cash import CashKind
from ledger.domain.stakes.unlock import UnlockView
from ledger.domain.sums import NO_PARTS, Sum
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import RELEASING, front, loaded, text_of, told, typed
from tui import format
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.export_dialog import ExportDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.cash_dialog import CashDialog
from tui.screens.stakes.unlock_columns import DAYS, ENTRIES, WEEKS, UnlockRow, rows
from tui.screens.stakes.unlocks import UnlocksPane
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import Bars, Curve
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker


async def unlocks(pilot: Pilot[Any]) -> UnlocksPane:
    return await loaded(pilot, "6", UnlocksPane)


def shown(pane: UnlocksPane) -> list[UnlockRow]:
    assert pane.grid is not None
    return pane.grid.rows


def sum_of(sums: Iterable[Sum]) -> Sum:
    return reduce(Sum.__add__, sums, NO_PARTS)


def lines_of(pane: UnlocksPane) -> list[str]:
    grid = pane.grid
    assert grid is not None
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_what_comes_free_by_day(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    report = book.stakes.atomic.unlocks()
    async with running(book, size) as pilot:
        pane = await unlocks(pilot)
        header, *body = lines_of(pane)
        assert header.split()[:4] == ["when", "free", "in", "all"]
        first = shown(pane)[0]
        assert format.nmr(first.free.known, 3) in body[0]
        (sums,) = [line for line in body if line.split()[:1] == ["sum"]]
        assert format.nmr(report.total.known, 3) in sums
        assert format.nmr(report.free.known, 3) in pane.query_one("#summary", Line).text
        assert shown(pane)[-1].cumulative == report.total


@pytest.mark.parametrize("span", [DAYS, WEEKS, ENTRIES])
def test_every_entry_is_in_one_row(make_book: BookMaker, span: str) -> None:
    report = make_book(config=QUIET).stakes.atomic.unlocks(UnlockView.DISABLED)
    found = rows(report, span)
    entries = [entry for row in found for entry in row.entries]
    assert sorted(map(id, entries)) == sorted(map(id, report.unlocks))
    assert found[-1].cumulative == report.total == sum_of(row.free for row in found)
    sums = {DAYS: report.days, WEEKS: report.weeks}.get(span, ())
    by_start = {row.start: (row.free, row.cumulative) for row in found}
    assert all(by_start[one.start] == (one.nmr, one.cumulative) for one in sums)
    if span == WEEKS:
        assert all(row.start.weekday() == 0 for row in found)


async def test_v_says_what_disabling_everything_would_free(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    stays, all_of_it = (book.stakes.atomic.unlocks(view).total for view in UnlockView)
    assert stays.known < all_of_it.known
    async with running(book, SMALL) as pilot:
        pane = await unlocks(pilot)
        assert sum_of(row.free for row in shown(pane)) == stays
        await pilot.press("v")
        assert sum_of(row.free for row in shown(pane)) == all_of_it
        assert "all disabled now" in pane.query_one("#summary", Line).text
        await pilot.press("v")
        assert sum_of(row.free for row in shown(pane)) == stays


async def test_w_goes_from_days_to_weeks_to_entries(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await unlocks(pilot)
        days = len(shown(pane))
        await pilot.press("b")
        assert len(shown(pane)) < days
        await pilot.press("b")
        assert len(shown(pane)) == len(book.stakes.atomic.unlocks().unlocks)
        release = next(i for i, row in enumerate(shown(pane)) if row.entries[0].round is None)
        assert shown(pane)[release].entries[0].name == RELEASING
        assert pane.grid is not None
        pane.grid.move_to(release)
        await pilot.press("i")
        dialog = await front(pilot, TextDialog)
        assert "3.68 NMR is released into the Numerai wallet" in text_of(dialog)


async def test_filters_by_tournament_and_model(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await unlocks(pilot)
        await pilot.press("t", "t")
        await until(pilot, lambda: pane.tournament is Tournament.SIGNALS)
        assert {entry.name for row in shown(pane) for entry in row.entries} == {RELEASING}
        await pilot.press("t", "t", "slash", *"alder", "enter")
        await until(pilot, lambda: pane.filter_text == "alder")
        assert {entry.name for row in shown(pane) for entry in row.entries} == {"alder"}
        await pilot.press("slash", *"zzz", "enter")
        await until(pilot, lambda: not shown(pane))
        assert "Nothing matches" in "\n".join(lines_of(pane))


async def asked(pilot: Pilot[Any], amount: str) -> None:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))
    await typed(pilot, amount)
    await pilot.press("enter")


async def ask(pilot: Pilot[Any], amount: str) -> str:
    """What the dialog of ``n`` says first; it is left again."""
    await asked(pilot, amount)
    dialog = await front(pilot, CashDialog)
    said = dialog.query_one("#answer", Note).text
    await pilot.press("escape")
    await front(pilot, UnlocksPane)
    return said


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_n_answers_when_an_amount_can_be_had(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    amount = NMR(str(int(book.targets.cash.routes(NMR(1)).total.known.amount) + 5))
    wait = book.targets.cash.routes(amount).route("wait")
    assert wait is not None and wait.at is not None
    async with running(book, size) as pilot:
        pane = await unlocks(pilot)
        assert format.full(wait.at) in await ask(pilot, str(amount))
        assert "are free now" in await ask(pilot, "1")
        assert "never come free" in await ask(pilot, "1000000")
        await asked(pilot, "soon")
        await until(pilot, lambda: "no amount" in pane.query_one("#answer", Note).text)
        assert pane.query_one("#answer").display
        await pilot.press("escape")
        assert not pane.query_one("#answer").display


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_way_to_an_amount_ends_in_its_drafts(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    free = book.targets.cash.routes(NMR(1)).total.known
    amount = str(int(free.amount) + 2)
    async with running(book, size) as pilot:
        await unlocks(pilot)
        await asked(pilot, amount)
        dialog = await front(pilot, CashDialog)
        grid = dialog.query_one(Grid)
        index = next(i for i, row in enumerate(grid.rows) if row.kind is CashKind.RELEASE)
        grid.move_to(index)
        await until(pilot, lambda: "can still burn" in dialog.query_one("#route", Note).text)
        assert dialog.query_one("#scroll").region.bottom <= size[1]
        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("enter")
        await front(pilot, UnlocksPane)
        assert not book.queue.report().lines
        await asked(pilot, amount)
        (await front(pilot, CashDialog)).query_one(Grid).move_to(index)
        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        queue = await front(pilot, QueuePane)
        await until(pilot, lambda: queue.grid and queue.grid.rows)
    kinds = {line.change.kind for line in book.queue.report().lines}
    assert kinds <= {ChangeKind.DECREASE, ChangeKind.DRAIN}
    assert {line.change.state for line in book.queue.report().lines} == {ChangeState.DRAFT}


async def test_the_chart_follows_its_key_and_the_room(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, LARGE) as pilot:
        pane = await unlocks(pilot)
        chart = pane.query_one(Chart)
        assert isinstance(chart.content, Curve)
        assert chart.content.settled[-1] == book.stakes.atomic.unlocks().total.known.amount
        await pilot.press("c")
        assert isinstance(chart.content, Bars)
        await pilot.press("c")
        assert pane.query_one("#timeline").has_class("hidden")
    async with running(book, SMALL) as pilot:
        pane = await unlocks(pilot)
        assert pane.query_one("#timeline").has_class("hidden")


async def export(pilot: Pilot[Any], path: Path) -> ExportDialog:
    await pilot.press("E")
    dialog = await front(pilot, ExportDialog)
    dialog.query_one(Input).value = str(path)
    await pilot.press("enter")
    return dialog


async def test_what_is_shown_is_kept_as_csv_and_ics(make_book: BookMaker, tmp_path: Path) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        pane = await unlocks(pilot)
        await pilot.press("t", "t")
        await settled(pilot)
        await export(pilot, tmp_path / "signals.csv")
        await told(pilot, "1 unlock in")
        (row,) = csv.DictReader(io.StringIO((tmp_path / "signals.csv").read_text()))
        assert (row["model"], row["nmr"]) == (RELEASING, "3.68")
        await export(pilot, tmp_path / "signals.ics")
        await told(pilot, "signals.ics")
        assert (tmp_path / "signals.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
        assert isinstance(pilot.app.screen, UnlocksPane)
        assert len(shown(pane)) == 1


async def test_a_file_that_is_there_is_replaced_after_a_yes_only(
    make_book: BookMaker, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        await unlocks(pilot)
        await export(pilot, path)
        await front(pilot, ConfirmDialog)
        await pilot.press("enter")
        await front(pilot, UnlocksPane)
        await settled(pilot)
        assert path.read_text() == "mine"
        await export(pilot, path)
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: path.read_text().startswith("at,"))


async def test_a_path_that_can_not_be_is_objected_to(make_book: BookMaker, tmp_path: Path) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        await unlocks(pilot)
        dialog = await export(pilot, tmp_path / "unlocks.txt")
        await pilot.pause()
        assert ".csv for a spreadsheet" in text_of(dialog)
        dialog.query_one(Input).value = str(tmp_path / "nowhere" / "a.csv")
        await pilot.press("enter")
        await pilot.pause()
        assert "There is no folder" in text_of(dialog)


async def test_read_only_keeps_no_file(make_book: BookMaker) -> None:
    book = make_book(config=QUIET, read_only=True)
    async with running(book, SMALL) as pilot:
        await unlocks(pilot)
        await pilot.press("E")
        await told(pilot, "--read-only")
        assert isinstance(pilot.app.screen, UnlocksPane)


async def test_a_sort_by_amount_keeps_the_mark(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await unlocks(pilot)
        await pilot.press("b", "b")
        mark_first = shown(pane)[0].key
        await pilot.press("s", "f")
        assert pane.grid is not None and pane.grid.sort_key == "free"
        assert pane.grid is not None and pane.grid.selected is not None
        assert pane.grid.selected.key == mark_first
