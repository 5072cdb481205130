"""Ways around a pending release, chosen by key in the plan and in the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.targets.plan import Option, OptionKind
from tests.tui.driving import QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import FREE, OTHER, RELEASING, front, mark, text_of
from tests.tui.targeting import editor_on, line_of, plan_of, said, target
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.plan import PlanPane
from tui.widgets.note import Note

if TYPE_CHECKING:
    from ledger.book import Book
    from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS
WAIT, CANCEL = OptionKind.WAIT, OptionKind.CANCEL


def taken(plan: PlanPane) -> Option:
    """The way the plan on screen goes."""
    assert plan.report is not None
    (option,) = [option for option in plan.report.plan.options if option.chosen]
    return option


def about(plan: PlanPane) -> str:
    return plan.query_one("#about", Note).text


def marked(plan: PlanPane) -> str:
    assert plan.grid is not None and plan.grid.selected is not None
    name: str = plan.grid.selected.step.model.name
    return name


def mark_step(plan: PlanPane, name: str) -> None:
    assert plan.grid is not None
    index = next(i for i, row in enumerate(plan.grid.rows) if row.step.model.name == name)
    plan.grid.move_to(index)


async def test_v_takes_the_next_way_and_stays_with_the_model(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+1")
        await target(pilot, editor, RELEASING, "+5")
        await target(pilot, editor, OTHER, "+2")
        plan = await plan_of(pilot)
        mark_step(plan, RELEASING)
        await until(pilot, lambda: "✓ cancel, taken as the cheapest" in about(plan))
        await pilot.press("v")
        await until(pilot, lambda: taken(plan).kind is WAIT)
        assert marked(plan) == RELEASING
        await until(pilot, lambda: "✓ wait, taken as your choice" in about(plan))
        assert "· cancel, the cheapest" in about(plan)
        await pilot.press("v")
        await until(pilot, lambda: "your choice and the cheapest" in about(plan))
        await pilot.press("v")
        await until(pilot, lambda: "✓ cancel, taken as the cheapest" in about(plan))
        assert marked(plan) == RELEASING
        await pilot.press("v", "enter")
        words = text_of(await front(pilot, TextDialog))
        assert "taken as" in words
    assert taken_by(make_book(config=QUIET)).kind is WAIT


def taken_by(book: Book) -> Option:
    (option,) = [
        option for option in book.targets.allocation(SIGNALS).plan.options if option.chosen
    ]
    return option


async def test_where_no_release_is_in_the_way_v_says_so(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "+1")
        plan = await plan_of(pilot)
        await pilot.press("v")
        notes = app_of(pilot)._notifications
        await until(pilot, lambda: any("No pending release" in note.message for note in notes))
        assert pilot.app.screen is plan


async def test_the_editor_takes_ways_too_and_undoes_them(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, RELEASING, "+5")
        mark(editor.grid, RELEASING)
        await until(pilot, lambda: "cancel: the cheapest" in said(editor, "about"))
        soon = line_of(editor, RELEASING).complete
        await pilot.press("v")
        await until(pilot, lambda: "wait: your choice" in said(editor, "about"))
        late = line_of(editor, RELEASING).complete
        assert soon is not None and late is not None and soon < late
        await pilot.press("p")
        plan = await front(pilot, PlanPane)
        await until(pilot, lambda: plan.report is not None)
        assert taken(plan).kind is WAIT
        await pilot.press("escape")
        await front(pilot, AllocationEditor)
        await pilot.press("u")
        await until(pilot, lambda: "cancel: the cheapest" in said(editor, "about"))
        await settled(pilot)
        assert taken_by(book).kind is CANCEL


async def test_a_way_chosen_in_the_plan_shows_in_the_editor(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, RELEASING, "+5")
        plan = await plan_of(pilot)
        await pilot.press("v")
        await until(pilot, lambda: taken(plan).kind is WAIT)
        await pilot.press("escape")
        await front(pilot, AllocationEditor)
        mark(editor.grid, RELEASING)
        await until(pilot, lambda: "wait: your choice" in said(editor, "about"))
