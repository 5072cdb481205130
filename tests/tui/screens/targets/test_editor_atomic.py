"""Targets, plan and projection where staking is atomic, by the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import ATOMIC, FREE, front, text_of, told, typed
from tests.tui.targeting import editor_on, line_of, plan_of, said, target
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.plan import PlanPane
from tui.widgets.charts.chart import Chart
from tui.widgets.charts.plot import Curve
from tui.widgets.charts.stack import Fan, Stack
from tui.widgets.line import Line
from tui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from ledger.book import Book
    from tests.conftest import BookMaker

CLASSIC = Tournament.CLASSIC


def rounds_of(book: Book) -> int:
    (entry,) = book.stakes.atomic.positions(CLASSIC).tournaments
    return entry.rounds


def cells(editor: AllocationEditor, name: str) -> dict[str, str]:
    assert editor.grid is not None
    line = line_of(editor, name)
    found = {column.key: column.cell(line) for column in editor.grid.columns}
    return {key: cell if isinstance(cell, str) else cell.plain for key, cell in found.items()}


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_target_per_round_and_what_it_commits(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    rounds = rounds_of(book)
    async with running(book, size) as pilot:
        editor = await editor_on(pilot, ATOMIC)
        assert "0.5/r" in editor.query_one(TypedLine).text
        before = cells(editor, ATOMIC)["now"]
        assert before != "0.500"
        await target(pilot, editor, ATOMIC, "0.5/r")
        shown = cells(editor, ATOMIC)
        assert (shown["now"], shown["wanted"]) == (before, "0.500")
        assert line_of(editor, ATOMIC).target == NMR("0.5").times(rounds)
        assert editor.grid is not None
        await pilot.press("up")
        await until(pilot, lambda: said(editor, "about").startswith(ATOMIC))
        if line_of(editor, ATOMIC).blocked:
            assert "is not known" in said(editor, "about")
            await pilot.press("M")
        total = NMR("0.5").times(rounds)
        await until(pilot, lambda: f"= {total} NMR once {rounds} rounds" in said(editor, "about"))


async def test_a_total_becomes_a_stake_per_round(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    rounds = rounds_of(book)
    async with running(book) as pilot:
        editor = await editor_on(pilot, ATOMIC)
        await target(pilot, editor, ATOMIC, str(2 * rounds))
        assert cells(editor, ATOMIC)["wanted"] == "2.000"
        await target(pilot, editor, ATOMIC, "drain")
        assert cells(editor, ATOMIC)["wanted"] == "0.000"
        await pilot.press("C")
        await settled(pilot)
        assert cells(editor, ATOMIC)["wanted"] == "·"


async def test_per_round_means_nothing_where_staking_is_continuous(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot, FREE)
        await target(pilot, editor, FREE, "0.5/r")
        assert "no stake per round" in (line_of(editor, FREE).problem or "")
        await pilot.press("M")
        await told(pilot, "Modes belong to atomic staking")


async def test_m_wants_the_other_mode(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    (entry,) = book.stakes.atomic.positions(CLASSIC).tournaments
    (model,) = [one for one in entry.models if one.name == ATOMIC]
    present = model.totals.setting.mode if model.totals.setting else None
    other = StakeMode.COMPOUND if present is StakeMode.CONSTANT else StakeMode.CONSTANT
    async with running(book) as pilot:
        editor = await editor_on(pilot, ATOMIC)
        await pilot.press("M")
        await settled(pilot)
        assert line_of(editor, ATOMIC).text.endswith(f"/r {other.value}")
        assert cells(editor, ATOMIC)["mode"] == f"→ {other.value}"[:10]
        (step,) = book.targets.allocation(CLASSIC).plan.steps[-1:]
        assert step.setting is not None and step.setting.mode is other
        await pilot.press("backspace")
        await settled(pilot)
        assert not line_of(editor, ATOMIC).text.endswith(other.value)
        assert line_of(editor, ATOMIC).text == ""


async def to_plan(pilot: Pilot[Any], book: Book) -> PlanPane:
    """The plan that puts the model to 0.5 NMR per round, in constant mode."""
    editor = await editor_on(pilot, ATOMIC)
    await target(pilot, editor, ATOMIC, "0.5/r")
    if not book.targets.allocation(CLASSIC).plan.steps:
        await pilot.press("up", "M")
        await settled(pilot)
    return await plan_of(pilot)


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_the_plan_sets_and_projects(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    async with running(book, size) as pilot:
        plan = await to_plan(pilot, book)
        assert plan.grid is not None and plan.report is not None
        rows = plan.grid.rows
        index = next(i for i, row in enumerate(rows) if row.step.setting is not None)
        plan.grid.move_to(index)
        chart = plan.query_one(Chart)
        title = plan.query_one("#chart-title", Line)
        await until(pilot, lambda: ATOMIC in title.text)
        stack = chart.content
        assert isinstance(stack, Stack)
        projection = plan.report.projection
        assert projection is not None
        last = projection.rounds[-1]
        assert sum(layer[-1].wei for layer in stack.layers) == (last.total - last.wallet).wei
        assert "0.5/r constant" in plan.grid.text_of(rows[index])
        dates = plan.query_one("#dates", Line).text
        assert all(f"{mark} %" in dates for mark in (50, 90, 100))
        await pilot.press("enter")
        assert "to 0.5 NMR per round" in text_of(await front(pilot, TextDialog))
        await pilot.press("escape", "c")
        await until(pilot, lambda: isinstance(chart.content, Curve))
        assert isinstance(chart.content, Curve)
        model_id = rows[index].step.model.id
        assert chart.content.settled[-1] == last.models[model_id].locked.amount
        await pilot.press("c")
        assert plan.query_one("#ahead").has_class("hidden")


async def test_e_switches_what_is_expected_to_be_paid(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        plan = await to_plan(pilot, book)
        chart, dates = plan.query_one(Chart), plan.query_one("#dates", Line)
        await until(pilot, lambda: "payouts off" in dates.text)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(chart.content, Fan))
        assert isinstance(chart.content, Fan)
        assert chart.content.low[-1] <= chart.content.mean[-1] <= chart.content.high[-1]
        await pilot.press("e")
        await typed(pilot, "0.5")
        await pilot.press("enter")
        await until(pilot, lambda: "+0.50% a round" in dates.text)
        assert isinstance(chart.content, Stack)
        await pilot.press("e")
        await until(pilot, lambda: "payouts off" in dates.text)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(chart.content, Fan))
        await pilot.press("e")
        await typed(pilot, "lots")
        await pilot.press("enter")
        await told(pilot, "no percentage")


async def test_the_question_counts_the_settings(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        plan = await to_plan(pilot, book)
        assert plan.report is not None
        steps = plan.report.plan.steps
        settings = sum(step.setting is not None for step in steps)
        await pilot.press("Q")
        question = text_of(await front(pilot, ConfirmDialog))
        assert f"{len(steps)} change" in question
        assert f"{settings} setting to change" in question
        await pilot.press("enter")
        await front(pilot, PlanPane)
        assert not book.queue.report().lines
