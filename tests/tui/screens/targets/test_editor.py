"""Editing targets: typed on a row, kept on disk, balanced, undone, planned, queued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.geometry import Region
from textual.pilot import Pilot

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeState
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import (
    FREE,
    INCREASING,
    OTHER,
    RELEASING,
    front,
    loaded,
    mark,
    text_of,
    typed,
)
from tests.tui.targeting import editor_on, line_of, plan_of, said, target
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.stakes import StakesPane
from tui.screens.targets.editor import AllocationEditor
from tui.widgets.charts.chart import Chart
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_a_target_is_typed_on_its_row(make_book: BookMaker, size: tuple[int, int]) -> None:
    async with running(make_book(config=QUIET), size) as pilot:
        editor = await editor_on(pilot, FREE)
        assert editor.grid is not None and editor.grid.selected == line_of(editor, FREE)
        await typed(pilot, "40")
        entry = editor.query_one(TypedLine)
        assert (entry.is_open, entry.value) == (True, "40")
        assert entry.text.startswith(f" Target of {FREE}: 40")
        await pilot.press("enter")
        assert not entry.is_open
        assert editor.grid.rows[editor.grid.cursor].name == RELEASING
        await until(pilot, lambda: line_of(editor, FREE).target == NMR(40))
        line = line_of(editor, FREE)
        assert line.difference == NMR(40) - line.effective
        rows = [editor.grid.render_line(y).text for y in range(editor.grid.size.height)]
        (row,) = [row for row in rows if FREE in row]
        assert "40.000" in row and "+" in row


async def test_three_targets_are_undone_and_made_again(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+3")
        await target(pilot, editor, RELEASING, "=40")
        await target(pilot, editor, OTHER, "25%")
        for name in (OTHER, RELEASING, FREE):
            await pilot.press("u")
            await until(pilot, lambda name=name: not line_of(editor, name).text)
            await settled(pilot)
        await pilot.press("u")
        assert not book.targets.allocation(SIGNALS).edited
        await pilot.press("ctrl+r", "ctrl+r")
        await until(pilot, lambda: line_of(editor, RELEASING).target == NMR(40))
        assert not line_of(editor, OTHER).text


async def test_signs_and_words_have_keys_of_their_own(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot, FREE)
        await pilot.press("d")
        await until(pilot, lambda: line_of(editor, FREE).target == NMR(0))
        await pilot.press("m")
        await until(pilot, lambda: line_of(editor, FREE).text == "max")
        await pilot.press("backspace")
        await until(pilot, lambda: not line_of(editor, FREE).text)
        await pilot.press("percent_sign", "2", "5", "enter")
        await until(pilot, lambda: line_of(editor, FREE).text == "25%")
        mark(editor.grid, FREE)
        await pilot.press("enter", *"-1", "enter")
        await until(pilot, lambda: line_of(editor, FREE).text == "-1")
        await target(pilot, editor, OTHER, "7")
        await pilot.press("C")
        await until(pilot, lambda: editor.report is not None and not editor.report.edited)


async def test_escape_leaves_what_was_typed(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot, FREE)
        await pilot.press("4", "0", "escape")
        assert not editor.query_one(TypedLine).is_open
        await pilot.press("4", "down")
        await until(pilot, lambda: line_of(editor, FREE).target == NMR(4))
        await pilot.press("escape")
        await front(pilot, StakesPane)


async def test_keys_that_arrive_in_a_burst_are_taken_in_their_order(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot, FREE)
        names = ["4", "0", "enter", "1", "2", "down", "d", "down", "+", "5", "backspace", "7"]
        for name in [*names, "enter", "L"]:
            character = name if len(name) == 1 else None
            pilot.app.post_message(events.Key(name, character))
        await until(pilot, lambda: line_of(editor, OTHER).locked)
        texts = [line_of(editor, name).text for name in (FREE, RELEASING, INCREASING, OTHER)]
        assert texts == ["40", "12", "drain", "+7"]


@pytest.mark.parametrize(
    ("pressed", "left"),
    [
        (["1", "2", "left", "9"], "192"),
        (["1", "2", "home", "delete"], "2"),
        (["1", "2", "home", "right", "ctrl+u"], "2"),
        (["enter", "end", "5"], "405"),
        (["enter", "5"], "5"),
        (["enter", "backspace"], ""),
    ],
)
async def test_what_is_typed_can_be_corrected(
    make_book: BookMaker, pressed: list[str], left: str
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot, FREE)
        await target(pilot, editor, FREE, "40")
        mark(editor.grid, FREE)
        await pilot.press(*pressed, "enter")
        await until(pilot, lambda: line_of(editor, FREE).text == left)


async def test_a_target_can_be_pasted(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot, FREE)
        pilot.app.post_message(events.Paste("12.5"))
        entry = editor.query_one(TypedLine)
        await until(pilot, lambda: entry.value == "12.5")


async def test_nonsense_is_said_beside_the_field(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        editor = await editor_on(pilot, FREE)
        entry = editor.query_one(TypedLine)
        await typed(pilot, "4x")
        await pilot.press("enter")
        await until(pilot, lambda: entry.is_open)
        assert entry.text.endswith("✗ “4x” is not a target.")
        assert entry.value == "4x"
        assert editor.grid is not None and editor.grid.selected == line_of(editor, FREE)
        assert not book.targets.allocation(SIGNALS).edited
        await pilot.press("backspace")
        assert "✗" not in entry.text
        await pilot.press("enter")
        await until(pilot, lambda: line_of(editor, FREE).target == NMR(4))


async def test_too_much_shows_at_once(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, OTHER, "900")
        await until(pilot, lambda: "more than there is" in said(editor, "verdict"))
        assert "too much −" in said(editor, "balance")
        assert editor.report is not None
        found = editor.report.balance
        assert editor.report.current.known + found.wallet + found.releasing == (
            editor.report.targets.known + editor.report.elsewhere + found.left
        )
        there, going = said(editor, "balance").splitlines()
        assert there.rpartition(" = ")[2] == going.rpartition(" = ")[2]
        await target(pilot, editor, OTHER, "+1")
        await until(pilot, lambda: "There is enough" in said(editor, "verdict"))


async def test_what_is_missing_until_a_release_says_from_when(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    wallet = book.stakes.report().available
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, INCREASING, "drain")
        await target(pilot, editor, OTHER, f"+{wallet + NMR(50)}")
        await until(pilot, lambda: "50.000 NMR is missing now" in said(editor, "verdict"))
        assert "free from 25 Dec" in said(editor, "verdict")


async def test_edits_outlive_the_app(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, RELEASING, "33")
        await pilot.press("4", "enter", "escape")
        await settled(pilot)
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot)
        assert line_of(editor, RELEASING).text == "33"
        assert line_of(editor, INCREASING).text == "4"


async def test_an_edit_repaints_its_row_and_the_totals(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, OTHER, "70")
        mark(editor.grid, FREE)
        await settled(pilot)
        grid = editor.grid
        assert grid is not None
        repainted: list[Region] = []
        original = grid.refresh

        def watched(*regions: Region, **settings: Any) -> Any:
            repainted.extend(regions or [Region(0, 0, 999, 999)])
            return original(*regions, **settings)

        grid.refresh = watched  # type: ignore[method-assign]
        await pilot.press("d")
        await until(pilot, lambda: line_of(editor, FREE).text == "drain")
        rows = [grid.render_line(y).text for y in range(grid.size.height)]
        (own,) = [y for y, text in enumerate(rows) if FREE in text]
        (totals,) = [y for y, text in enumerate(rows) if "4 models" in text]
        assert {region.y for region in repainted} == {own, totals}
        assert all(region.height == 1 for region in repainted)


async def test_a_filter_hides_rows_and_no_totals(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot)
        await pilot.press("slash", *FREE[:4], "enter")
        assert editor.grid is not None
        assert [line.name for line in editor.grid.rows] == [FREE]
        rows = [editor.grid.render_line(y).text for y in range(editor.grid.size.height)]
        assert any("4 models" in row for row in rows)
        await pilot.press("escape")
        assert len(editor.grid.rows) == 4
        assert pilot.app.screen is editor


async def test_the_plan_says_what_happens_when_and_why(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+5")
        await target(pilot, editor, RELEASING, "+5")
        await target(pilot, editor, OTHER, "-10")
        plan = await plan_of(pilot)
        assert plan.report is not None and plan.grid is not None
        steps = plan.report.plan.steps
        assert {step.model.name for step in steps} == {FREE, RELEASING, OTHER}
        assert [row.step for row in plan.grid.rows] == list(steps)
        assert "complete" in plan.query_one("#summary", Line).text
        about = plan.query_one("#about", Note)
        index = next(i for i, step in enumerate(steps) if step.model.name == RELEASING)
        plan.grid.move_to(index)
        await until(pilot, lambda: about.text.startswith(f"{index + 1}. "))
        assert steps[index].reason in about.text
        assert "✓ cancel" in about.text and "days" in about.text
        await pilot.press("enter")
        words = text_of(await front(pilot, TextDialog))
        assert all(step.reason in words for step in steps)
        await pilot.press("escape", "escape")
        await front(pilot, AllocationEditor)


async def test_the_chart_shows_free_nmr_or_a_stake_or_nothing(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, OTHER, "+10")
        plan = await plan_of(pilot)
        assert plan.report is not None
        points, chart = plan.report.simulation.points, plan.query_one(Chart)
        assert chart.content is not None
        assert chart.content.settled[-1] == points[-1].free.amount
        assert "free NMR" in plan.query_one("#chart-title", Line).text
        await pilot.press("c")
        assert chart.content.settled[0] + 10 == chart.content.settled[-1]
        assert OTHER in plan.query_one("#chart-title", Line).text
        await pilot.press("c")
        assert not plan.query_one("#ahead").display
        await pilot.press("c")
        assert chart.content.settled[-1] == points[-1].free.amount


async def queue_plan(pilot: Pilot[Any]) -> QueuePane:
    await pilot.press("Q")
    dialog = await front(pilot, ConfirmDialog)
    assert "Nothing is sent" in text_of(dialog)
    await pilot.press("y", "enter")
    return await front(pilot, QueuePane)


async def test_a_plan_goes_into_the_queue_as_drafts(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+5")
        await target(pilot, editor, OTHER, "-10")
        await plan_of(pilot)
        await pilot.press("Q")
        await front(pilot, ConfirmDialog)
        await pilot.press("enter")
        assert not book.queue.report().lines
        queue = await queue_plan(pilot)
        assert queue.grid is not None
        await until(pilot, lambda: queue.grid and len(queue.grid.rows) == 2)
        assert {line.change.state for line in book.queue.report().lines} == {ChangeState.DRAFT}
        assert {line.change.model_name for line in book.queue.report().lines} == {FREE, OTHER}
        await loaded(pilot, "2", StakesPane)
        editor = await editor_on(pilot)
        await plan_of(pilot)
        await pilot.press("Q")
        await settled(pilot)
        assert len(book.queue.report().lines) == 2


async def test_read_only_targets_are_edited_but_not_queued(make_book: BookMaker) -> None:
    book = make_book(config=QUIET, read_only=True)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+5")
        await plan_of(pilot)
        await pilot.press("Q")
        app = app_of(pilot)
        await until(
            pilot,
            lambda: (
                any("--read-only" in note.message for note in app._notifications)
                or (isinstance(app.screen, TextDialog) and "--read-only" in text_of(app.screen))
            ),
        )
        assert not book.queue.report().lines


async def test_help_explains_the_editor(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        await editor_on(pilot)
        await pilot.press("question_mark")
        text = text_of(await front(pilot, HelpScreen))
        assert "max takes all NMR" in text
        assert "Type a target for the model marked." in text
        assert "All models of all tournaments" not in text
