"""Generating, records and the backtest, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import Predictor
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import front, loaded, text_of
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.slots.backtest import BacktestPane
from tui.screens.slots.predictor_finder import choices
from tui.screens.slots.predictors import PredictorsPane
from tui.screens.slots.shuffle_dialog import ShuffleDialog
from tui.screens.slots.slots import SlotsPane
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.line_plot import Lines, bounds, ticks
from tui.widgets.charts.plot import Ink, plain
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ledger.book import Book
    from tests.conftest import BookMaker

CLASSIC = Tournament.CLASSIC
NAMES = ("ant", "bee", "cat", "dog")


@pytest.fixture
def moved(make_book: BookMaker) -> Book:
    """A book whose four predictors moved over four slots for 80 rounds."""
    book = make_book(config=QUIET)
    ids = [book.slots.predictors.add(name).id for name in NAMES]
    lines = [line for line in book.portfolio().lines if line.tournament is CLASSIC]
    ahead = book.slots.predictors.next_number(CLASSIC)
    with_history = [slot.model_id for slot in book.slots.report(CLASSIC).slots][:4]
    assert {line.model_id for line in lines} >= set(with_history)
    for number in range(ahead - 80, ahead):
        row: dict[str, int | None] = {
            slot_id: ids[(number // 3 + at) % 4] for at, slot_id in enumerate(with_history)
        }
        book.slots.predictors.assign(CLASSIC, number, row, closed=True)
    return book


def seats(book: Book, number: int) -> dict[str, int | None]:
    held = book.slots.predictors.assignments(CLASSIC, [number])[number]
    return {slot_id: one.predictor_id for slot_id, one in held.items()}


async def shuffling(pilot: Pilot[Any]) -> ShuffleDialog:
    """The dialog with its first proposal on screen."""
    await loaded(pilot, "4", SlotsPane)
    await pilot.press("m")
    dialog = await front(pilot, ShuffleDialog)
    await until(pilot, lambda: dialog.query_one("#exposure", Grid).rows)
    return dialog


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_proposal_is_seen_before_it_is_kept(moved: Book, size: tuple[int, int]) -> None:
    number = moved.slots.predictors.next_number(CLASSIC)
    before = seats(moved, number)
    async with running(moved, size) as pilot:
        dialog = await shuffling(pilot)
        said = dialog.query_one("#said", Note)
        assert "seed 1" in said.text
        assert "Unequal by" in said.text
        assert seats(moved, number) == before
        await pilot.press("tab", "end", "7", "tab", "end", "backspace", "3")
        await until(pilot, lambda: "seed 17" in said.text)
        await pilot.press("enter")
        await front(pilot, SlotsPane)
        await until(pilot, lambda: seats(moved, number) != before)
        await settled(pilot)
        kept = [seats(moved, at) for at in range(number, number + 3)]
        assert [sorted(map(str, row.values())) for row in kept] == [
            sorted(map(str, before.values()))
        ] * 3
        assert moved.slots.predictors.log(CLASSIC).can_undo == "Generated: random, seed 17"
        await pilot.press("u")
        await until(pilot, lambda: seats(moved, number) == before)


async def test_kinds_are_gone_through_and_nonsense_is_refused(moved: Book) -> None:
    number = moved.slots.predictors.next_number(CLASSIC)
    before = seats(moved, number)
    async with running(moved) as pilot:
        dialog = await shuffling(pilot)
        said = dialog.query_one("#said", Note)
        for word in ("rotation", "exposure", "best mean payout-weighted score"):
            await pilot.press("down")
            await until(pilot, lambda word=word: word in said.text.lower(), f"{word}: {said.text}")
        await pilot.press("tab", "x")
        await until(pilot, lambda: "✗" in said.text)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ShuffleDialog)
        await pilot.press("escape")
        await front(pilot, SlotsPane)
        assert seats(moved, number) == before


async def test_predictors_stand_beside_slots(moved: Book) -> None:
    async with running(moved) as pilot:
        await loaded(pilot, "4", SlotsPane)
        await pilot.press("v")
        pane = await front(pilot, PredictorsPane)
        await until(pilot, lambda: pane.report is not None)
        await pilot.pause()
        grid = pane.query_one("#records", Grid)
        found = moved.slots.shuffling.scores(CLASSIC)
        assert [row.name for row in grid.rows[:4]] == [
            one.predictor.name for one in found.predictors
        ]
        assert [row.name for row in grid.rows[4:]] == [one.name for one in found.slots]
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        text = text_of(dialog)
        best = found.predictors[0]
        assert all(name in text for name in NAMES if name != best.predictor.name)
        assert "Correlation" in text
        await pilot.press("escape", "less_than_sign")
        await until(
            pilot, lambda: "120 rounds" in text_of_line(pane) or "last" in text_of_line(pane)
        )
        await pilot.press("escape")
        await front(pilot, SlotsPane)


def text_of_line(pane: PredictorsPane) -> str:
    return pane.query_one("#modebar", Line).text


async def test_predictors_are_named_renamed_and_retired(moved: Book) -> None:
    async with running(moved) as pilot:
        await loaded(pilot, "4", SlotsPane)
        await pilot.press("v")
        pane = await front(pilot, PredictorsPane)
        await until(pilot, lambda: pane.report is not None)
        await pilot.press("a", *"owl", "enter")
        await until(pilot, lambda: any(one.name == "owl" for one in moved.slots.predictors.all()))
        grid = pane.query_one("#records", Grid)
        await until(pilot, lambda: any(row.name == "owl" for row in grid.rows))
        grid.move_to([row.name for row in grid.rows].index("owl"))
        await pilot.press("e", *"owls", "enter")
        await until(pilot, lambda: any(one.name == "owls" for one in moved.slots.predictors.all()))
        await until(pilot, lambda: any(row.name == "owls" for row in grid.rows))
        await pilot.press("x")
        await until(pilot, lambda: moved.slots.predictors.find("owls").retired)


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_two_charts_on_one_axis(moved: Book, size: tuple[int, int]) -> None:
    async with running(moved, size) as pilot:
        await loaded(pilot, "4", SlotsPane)
        await pilot.press("b")
        pane = await front(pilot, BacktestPane)
        await until(pilot, lambda: pane.report is not None)
        await pilot.pause()
        left, right = (pane.query_one(name, Chart).content for name in ("#keep", "#shuffled"))
        assert isinstance(left, Lines) and isinstance(right, Lines)
        assert (left.low, left.high) == (right.low, right.high)
        assert left.heavy == right.heavy
        assert len(left.paths) == len(right.paths) == 4
        figures = pane.query_one("#figures", Note)
        assert "shuffle" in figures.text
        before = figures.text
        await pilot.press("y")
        assert pilot.app.clipboard == before
        await pilot.press("b")
        await until(pilot, lambda: pane.report is not None and len(pane.report.backtest.models) > 4)
        await pilot.press("b", "n")
        await until(pilot, lambda: figures.text not in {"", before} and "seed 2" in caption(pane))
        await pilot.press("i")
        notes = await front(pilot, TextDialog)
        assert "does not change the total" in text_of(notes)
        await pilot.press("escape")
        await pilot.press("p")
        nmr = pane.query_one("#nmr", Note)
        await until(pilot, lambda: "rebalance" in nmr.text)
        await pilot.press("escape")
        await front(pilot, SlotsPane)


def caption(pane: BacktestPane) -> str:
    return pane.query_one("#modebar", Line).text


async def test_a_run_can_be_stopped(moved: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """ctrl+c ends a run that is under way; what was shown stays."""
    async with running(moved) as pilot:
        await loaded(pilot, "4", SlotsPane)
        await pilot.press("b")
        pane = await front(pilot, BacktestPane)
        await until(pilot, lambda: pane.report is not None)
        await settled(pilot)
        shown = pane.report
        monkeypatch.setattr("tui.screens.slots.backtest.SHUFFLES", 50_000_000)
        await pilot.press("n")
        await until(pilot, lambda: "ctrl+c stops" in pane.query_one("#summary", Line).text)
        await pilot.press("ctrl+c")
        await settled(pilot)
        assert pane.report is shown
        assert "ctrl+c stops" not in pane.query_one("#summary", Line).text


async def test_without_predictors_there_is_nothing_to_generate(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "4", SlotsPane)
        await pilot.press("m")
        await pilot.pause()
        assert pilot.app.screen is pane
        assert not isinstance(pilot.app.screen, ConfirmDialog)


def test_some_letters_find_a_predictor() -> None:
    people = [Predictor(at, name) for at, name in enumerate(["lgbm_a", "xlgbm", "ridge", "lab"], 1)]
    found = [one.name for one in choices("l", people)]
    assert found[:2] == ["lab", "lgbm_a"]
    assert [one.name for one in choices("LGB", people)] == ["lgbm_a", "xlgbm", "LGB"]
    assert [one.name for one in choices("rdg", people)] == ["ridge", "rdg"]
    assert [one.predictor for one in choices("ridge", people)] == [people[2]]
    assert [one.name for one in choices("", people)] == ["lab", "lgbm_a", "ridge", "xlgbm"]


def test_lines_fill_any_size_and_share_an_axis() -> None:
    paths = ([0.0, 1.0, -0.5, 2.0], [0.0, -1.0, -2.0, -1.0])
    low, high = bounds(paths)
    assert (low, high) == (-2.0, 2.0)
    assert 0.0 in ticks(low, high, 4)
    lines = Lines("title", paths, [0.0, 0.0, 0.0, 0.5], low, high, "1", "4")
    for size in ((40, 12), (12, 4), (90, 30), (5, 2)):
        drawn = plain(lines.draw(*size))
        assert [len(line) for line in drawn] == [size[0]] * size[1]
    inks = {run.ink for row in lines.draw(60, 16) for run in row}
    assert {Ink.LINE_1, Ink.LINE_2, Ink.LINE_3, Ink.AXIS} <= inks
    assert bounds([[0.0, 0.0]]) == (0.0, 1.0)
