"""The Slots mode over a real ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.domain.model import Tournament
from ledger.domain.slot import SubmissionState
from ledger.reports.slots import SlotsReport
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import front, loaded, text_of
from tui import format
from tui.screens.slots import SlotsPane
from tui.screens.text_dialog import TextDialog
from tui.widgets.line import Line

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def report_of(pane: SlotsPane) -> SlotsReport:
    assert pane.report is not None
    return pane.report


def column_text(pane: SlotsPane, slot: int) -> list[str]:
    grid = pane.grid
    assert grid is not None
    column = grid.columns[3 + slot]
    cells = [column.cell(row) for row in grid.rows]
    return [cell if isinstance(cell, str) else cell.plain for cell in cells]


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_rounds_by_slots(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        grid, report = pane.grid, report_of(pane)
        assert grid is not None
        lines = [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]
        assert lines[0].split()[:4] == ["round", "opened", "state", report.slots[0].name]
        (stakes,) = [line for line in lines if line.split()[0] == "stake"]
        assert format.nmr(report.slots[0].staked, 3) in stakes
        for slot in range(len(report.slots)):
            for text, row in zip(column_text(pane, slot), report.rounds, strict=True):
                cell = row.cells[slot]
                late = cell is not None and cell.state is SubmissionState.LATE
                assert (text == "! late") == late
        summary = pane.query_one("#summary", Line).text
        assert f"✗ {sum(slot.missed for slot in report.slots)} missed" in summary


async def test_a_key_switches_what_the_cells_show(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        report = report_of(pane)
        await pilot.press("c")
        scores = column_text(pane, 0)
        for text, row in zip(scores, report.rounds, strict=True):
            cell = row.cells[0]
            assert cell is not None
            assert text.removeprefix("~") == format.score(cell.weighted)
            if cell.weighted is not None:
                assert text.startswith("~") == (not cell.final)
        await pilot.press("c")
        assert column_text(pane, 0) != scores
        await pilot.press("c")
        assert any("✓" in text for text in column_text(pane, 0))


async def test_the_cell_marked_is_explained(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        detail = pane.query_one("#detail", Line)
        await until(pilot, lambda: report_of(pane).slots[0].name in detail.text)
        await pilot.press("l")
        await until(pilot, lambda: report_of(pane).slots[1].name in detail.text)
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        assert report_of(pane).slots[1].name in text_of(dialog)
        assert "Staking closes" in text_of(dialog)


async def test_t_switches_the_tournament(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        await pilot.press("t")
        await until(pilot, lambda: report_of(pane).tournament is Tournament.SIGNALS)
