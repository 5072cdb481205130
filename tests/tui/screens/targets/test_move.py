"""NMR moved from one model to another by keys: said before it is drafted, and never sent."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.sandbox import Sandbox
from tests.tui.driving import LARGE, SMALL, running, until
from tests.tui.staking import (
    ATOMIC,
    FREE,
    INCREASING,
    OTHER,
    RELEASING,
    front,
    loaded,
    mark,
    stakes_on,
    typed,
)
from tui.screens.models.models import ModelsPane
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.change_keys import SIGN
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.stakes import StakesPane
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.move_dialog import FIRST, MoveDialog
from tui.widgets.note import Note
from tui.widgets.static import Static


def said(dialog: MoveDialog) -> str:
    return dialog.query_one("#comes", Note).text


async def asked(pilot: Pilot[Any], amount: str, to: str) -> MoveDialog:
    """The dialog of ``m`` with these lines filled in."""
    await pilot.press("m")
    dialog = await front(pilot, MoveDialog)
    assert said(dialog) == FIRST
    await typed(pilot, amount)
    await pilot.press("tab")
    await typed(pilot, to)
    return dialog


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_move_says_what_happens_when_and_ends_in_drafts(
    book: Book, sandbox: Sandbox, size: tuple[int, int]
) -> None:
    writes = len(sandbox.mutations_applied)
    async with running(book, size) as pilot:
        await stakes_on(pilot, FREE)
        dialog = await asked(pilot, "2", OTHER)
        await until(pilot, lambda: "complete" in said(dialog))
        text = said(dialog)
        assert f"2 NMR goes from {FREE} (Signals) to {OTHER}" in text
        assert f"2 NMR more counts on {OTHER}." in text
        assert "in no new round until" in text
        take = dialog.query_one(".take")
        assert take.region.bottom <= size[1]
        await pilot.press("enter")
        queue = await front(pilot, QueuePane)
        await until(pilot, lambda: queue.grid and len(queue.grid.rows) == 2)
    drafts = [line.change for line in reversed(book.queue.report().lines)]
    assert [(draft.kind, draft.model_name, draft.nmr) for draft in drafts] == [
        (ChangeKind.DECREASE, FREE, NMR(2)),
        (ChangeKind.INCREASE, OTHER, NMR(2)),
    ]
    assert {draft.state for draft in drafts} == {ChangeState.DRAFT}
    assert drafts[1].conditions.after_change == drafts[0].id
    assert len(sandbox.mutations_applied) == writes


@pytest.mark.parametrize(
    ("key", "pane_of", "size"), [("1", ModelsPane, LARGE), ("2", StakesPane, SMALL)]
)
async def test_marked_rows_are_where_it_goes_until_escape_drops_the_marks(
    book: Book, key: str, pane_of: type[ModelsPane | StakesPane], size: tuple[int, int]
) -> None:
    async with running(book, size) as pilot:
        pane = await loaded(pilot, key, pane_of)
        grid = pane.grid
        assert grid is not None

        def signs() -> list[str]:
            return [row.name for row in grid.rows if SIGN in grid.text_of(row).split("\t")[0]]

        for name in (OTHER, INCREASING, FREE):
            mark(grid, name)
            await pilot.press("space")
        assert signs() == [row.name for row in grid.rows if row.name in {OTHER, INCREASING, FREE}]
        assert pane.caption()[0][0].startswith("3 marked")
        mark(grid, INCREASING)
        await pilot.press("space")
        assert INCREASING not in signs()

        mark(grid, FREE)
        await pilot.press("m")
        dialog = await front(pilot, MoveDialog)
        await typed(pilot, "2")
        await until(pilot, lambda: f"2 NMR more counts on {OTHER}." in said(dialog))
        assert dialog.asked.to == OTHER
        await pilot.press("escape")
        await front(pilot, pane_of)

        await pilot.press("plus")
        change = await front(pilot, ChangeDialog)
        assert FREE in str(change.query_one(".dialog--frame").border_title)
        alone = str(change.query_one("#aside", Static).content)
        assert alone == f"This is for {FREE} alone; a sets targets of the 1 other model marked."
        await pilot.press("escape")
        await front(pilot, pane_of)

        await pilot.press("a")
        editor = await front(pilot, AllocationEditor)
        await until(pilot, lambda: editor.report is not None and editor.grid)
        assert editor.grid is not None and editor.grid.selected is not None
        on_top = [row.name for row in editor.grid.rows[:2]]
        assert {*on_top} == {OTHER, FREE} and editor.grid.selected.name in on_top
        assert editor.caption()[0][0].startswith("2 marked, on top")
        await pilot.press("escape")
        await front(pilot, pane_of)
        assert len(signs()) == 2
        await pilot.press("escape")
        assert signs() == []
    assert not book.queue.report().lines


async def test_what_can_t_be_moved_is_said_and_leaving_queues_nothing(book: Book) -> None:
    async with running(book) as pilot:
        pane = await stakes_on(pilot, FREE)
        dialog = await asked(pilot, "2", "nobody")
        await until(pilot, lambda: "is no model here" in said(dialog))
        await pilot.press("enter")
        await until(pilot, lambda: "is no model here" in said(dialog))
        assert pilot.app.screen is dialog
        await pilot.press("escape")
        await front(pilot, StakesPane)
        assert pane.is_current
    assert not book.queue.report().lines


async def test_nothing_moves_from_a_setting_that_nobody_knows(book: Book) -> None:
    async with running(book) as pilot:
        pane = await loaded(pilot, "1", ModelsPane)
        mark(pane.grid, ATOMIC)
        dialog = await asked(pilot, "25%", RELEASING)
        await until(pilot, lambda: "is set to now is not known" in said(dialog))
        await pilot.press("escape")
        await front(pilot, ModelsPane)
