"""The Slots mode over a real ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import AssignmentPlace
from ledger.domain.slots.submission import SubmissionState
from ledger.reports.slots.predictors import PredictorGrid
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import front, loaded, text_of
from tui import format
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.slots.slots import SlotsPane
from tui.widgets.line import Line

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ledger.book import Book
    from tests.conftest import BookMaker

CLASSIC = Tournament.CLASSIC


def report_of(pane: SlotsPane) -> PredictorGrid:
    assert pane.report is not None
    return pane.report


def column_text(pane: SlotsPane, slot: int) -> list[str]:
    grid = pane.grid
    assert grid is not None
    column = grid.columns[3 + slot]
    cells = [column.cell(row) for row in grid.rows]
    return [cell if isinstance(cell, str) else cell.plain for cell in cells]


@pytest.fixture
def named(make_book: BookMaker) -> Book:
    """A book with three predictors."""
    book = make_book(config=QUIET)
    for name in ("lgbm_a", "lgbm_b", "ridge"):
        book.slots.predictors.add(name)
    return book


def held(book: Book, number: int) -> dict[str, str | None]:
    """Slot name to predictor in one round."""
    names = {one.id: one.name for one in book.slots.predictors.all()}
    slots = {line.model_id: line.name for line in book.portfolio().lines}
    found = book.slots.predictors.assignments(CLASSIC, [number])[number]
    return {
        slots[slot_id]: None if one.predictor_id is None else names[one.predictor_id]
        for slot_id, one in found.items()
    }


async def until_held(pilot: Pilot[Any], book: Book, number: int, **wanted: str | None) -> None:
    await until(
        pilot,
        lambda: {name: held(book, number).get(name) for name in wanted} == wanted,
        f"{held(book, number)} never became {wanted}",
    )
    await settled(pilot)


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_rounds_by_slots(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        grid, report = pane.grid, report_of(pane)
        assert grid is not None
        lines = [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]
        assert lines[0].split()[:4] == ["round", "opened", "state", report.slots[0].name]
        assert lines[1].split()[1] == str(book.slots.predictors.next_number(CLASSIC)), (
            "to come, on top"
        )
        (stakes,) = [line for line in lines if line.split()[0] == "stake"]
        assert format.nmr(report.slots[0].staked, 3) in stakes
        for slot in range(len(report.slots)):
            for text, row in zip(column_text(pane, slot), report.rounds, strict=True):
                cell = row.cells[slot].slot
                late = cell is not None and cell.state is SubmissionState.LATE
                assert (text == "! late") == late
        summary = pane.query_one("#summary", Line).text
        assert f"✗ {sum(slot.missed for slot in report.slots)} missed" in summary


async def test_a_key_switches_what_the_cells_show(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        report = report_of(pane)
        await pilot.press("c", "c")
        scores = column_text(pane, 0)
        for text, row in zip(scores[1:], report.rounds[1:], strict=True):
            cell = row.cells[0].slot
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
        await pilot.press("l", "j")
        await until(pilot, lambda: report_of(pane).slots[1].name in detail.text)
        await pilot.press("i")
        dialog = await front(pilot, TextDialog)
        assert report_of(pane).slots[1].name in text_of(dialog)
        assert "Staking closes" in text_of(dialog)


async def test_t_switches_the_tournament(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        await pilot.press("t")
        await until(pilot, lambda: report_of(pane).tournament is Tournament.SIGNALS)


async def test_a_row_is_filled_by_typing_names(named: Book) -> None:
    number = named.slots.predictors.next_number(CLASSIC)
    async with running(named) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        first, second, third, fourth = (slot.name for slot in report_of(pane).slots[:4])
        await pilot.press("enter", "r", "i", "enter", "enter", "l", "g", "down", "enter")
        await pilot.press("enter", *"new one", "enter", "minus")
        await until_held(
            pilot, named, number, **{first: "ridge", second: "lgbm_b", third: "new one"}
        )
        await until_held(pilot, named, number, **{fourth: None})
        await until(pilot, lambda: "ridge" in column_text(pane, 0)[0])
        assert column_text(pane, 0)[1].split()[-1] in {"✓", "·"}, "closed rounds stay as they are"
        await pilot.press("backspace")
        await until(pilot, lambda: fourth not in held(named, number))


async def test_enter_twice_changes_nothing(named: Book) -> None:
    async with running(named) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        await pilot.press("enter", "enter", "enter", "r", "escape")
        await settled(pilot)
        assert held(named, named.slots.predictors.next_number(CLASSIC)) == {}
        assert pane.is_current


async def test_swap_copy_and_undo_by_keys(named: Book) -> None:
    number = named.slots.predictors.next_number(CLASSIC)
    async with running(named) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        first, second = (slot.name for slot in report_of(pane).slots[:2])
        await pilot.press("u")
        await pilot.press("enter", *"ridge", "enter", "enter", *"lgbm_a", "enter")
        await until_held(pilot, named, number, **{first: "ridge", second: "lgbm_a"})
        await pilot.press("home", "h", "h", "h", "x", "l", "x")
        await until_held(pilot, named, number, **{first: "lgbm_a", second: "ridge"})
        await pilot.press("u")
        await until_held(pilot, named, number, **{first: "ridge", second: "lgbm_a"})
        await pilot.press("Y", "j", "p")
        await until_held(pilot, named, number - 1, **{first: "ridge", second: "lgbm_a"})
        assert (
            named.slots.predictors.log(CLASSIC).can_undo == f"Round {number} copied to {number - 1}"
        )


async def test_a_closed_round_asks_first(named: Book) -> None:
    number = named.slots.predictors.next_number(CLASSIC) - 1
    async with running(named) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        first = report_of(pane).slots[0]
        await pilot.press("j", "enter", *"ridge", "enter")
        await until_held(pilot, named, number, **{first.name: "ridge"})
        await pilot.press("h", "enter", *"lgbm_b", "enter")
        dialog = await front(pilot, ConfirmDialog)
        assert f"{first.name} held “ridge”" in text_of(dialog)
        await pilot.press("enter")
        await front(pilot, SlotsPane)
        await settled(pilot)
        assert held(named, number)[first.name] == "ridge", "the default is No"
        await pilot.press("h", "enter", *"lgbm_b", "enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until_held(pilot, named, number, **{first.name: "lgbm_b"})
        steps = named.slots.predictors.history(CLASSIC, AssignmentPlace(number, first.model_id))
        assert len(steps) == 2
        await pilot.press("h", "i")
        text = text_of(await front(pilot, TextDialog))
        assert "nothing said → ridge" in text
        assert "ridge → lgbm_b" in text


async def test_what_is_carried_late_or_missing_says_so(named: Book) -> None:
    number = named.slots.predictors.next_number(CLASSIC)
    slots = [line for line in named.portfolio().lines if line.tournament is CLASSIC]
    ids = {one.name: one.id for one in named.slots.predictors.all()}
    row: dict[str, int | None] = {slot.model_id: ids["ridge"] for slot in slots}
    named.slots.predictors.assign(CLASSIC, number - 60, row)
    async with running(named) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        report = report_of(pane)
        signs = set()
        for at in range(len(report.slots)):
            for text, line in zip(column_text(pane, at)[1:40], report.rounds[1:40], strict=True):
                cell = line.cells[at].slot
                if cell is not None and line.cells[at].assignment is not None:
                    sign = format.submission(cell.state, word=False)
                    assert text == f"{sign} =ridge"
                    signs.add(sign)
        assert {"✓", "✗"} <= signs


async def test_read_only_says_so_and_changes_nothing(make_book: BookMaker, named: Book) -> None:
    book = make_book(config=QUIET, read_only=True)
    async with running(book) as pilot:
        await loaded(pilot, "4", SlotsPane)
        await pilot.press("enter", *"ridge", "enter")
        await settled(pilot)
        assert held(book, book.slots.predictors.next_number(CLASSIC)) == {}


async def test_only_what_is_in_sight_is_drawn(named: Book) -> None:
    """However many rounds and slots there are, a repaint asks for the cells on screen."""
    async with running(named, SMALL) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        grid = pane.grid
        assert grid is not None
        asked: list[int] = []
        drawn = grid.columns[3].cell

        def count(row: Any) -> Any:
            asked.append(row.round)
            return drawn(row)

        object.__setattr__(grid.columns[3], "cell", count)
        grid.set_columns(grid.columns)
        await pilot.pause()
        assert 0 < len(set(asked)) <= grid.size.height < len(grid.rows)
