"""A pending release edited by keys, from amount to amount: both ways, their cost, then drafts."""

from __future__ import annotations

import pytest

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.sandbox import Sandbox
from tests.tui.driving import LARGE, SMALL, running, until
from tests.tui.staking import FREE, RELEASING, front, stakes_on, told, typed
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.release_dialog import ReleaseDialog
from tui.widgets.button import Button
from tui.widgets.note import Note


def said(dialog: ReleaseDialog) -> str:
    return dialog.query_one("#comes", Note).text


@pytest.mark.parametrize(("size", "keys"), [(SMALL, ["e"]), (LARGE, ["x", "e"])])
async def test_a_release_is_edited_from_amount_to_amount(
    book: Book, sandbox: Sandbox, size: tuple[int, int], keys: list[str]
) -> None:
    writes = len(sandbox.mutations_applied)
    async with running(book, size) as pilot:
        await stakes_on(pilot, RELEASING)
        if keys[0] == "x":
            await pilot.press("x")
            await front(pilot, ChangeDialog)
        await pilot.press("e")
        dialog = await front(pilot, ReleaseDialog)
        await pilot.press("end", "ctrl+u")
        await typed(pilot, "all")
        await until(pilot, lambda: "then drain" in said(dialog) or "NMR more" in said(dialog))
        for button in dialog.query(Button):
            assert button.region.area
            assert dialog.region.contains_region(button.region)
        await pilot.press("end", "ctrl+u")
        await typed(pilot, "1")
        await until(pilot, lambda: "days per NMR" in said(dialog))
        assert said(dialog).count("days per NMR") == 2
        assert "its wait starts over" in said(dialog)
        cheapest = said(dialog)
        await pilot.press("tab", "space")
        await until(pilot, lambda: said(dialog) != cheapest)
        await pilot.press("shift+tab", "enter")
        queue = await front(pilot, QueuePane)
        await until(pilot, lambda: queue.grid and queue.grid.rows)
    drafts = [line.change for line in reversed(book.queue.report().lines)]
    assert [(draft.kind, draft.nmr) for draft in drafts] == [
        (ChangeKind.CANCEL_RELEASE, None),
        (ChangeKind.DECREASE, NMR(1)),
    ]
    assert drafts[1].conditions.after_change == drafts[0].id
    assert {draft.state for draft in drafts} == {ChangeState.DRAFT}
    assert len(sandbox.mutations_applied) == writes


async def test_where_nothing_is_pending_it_says_so(book: Book) -> None:
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("e")
        await told(pilot, "no pending release")
    assert not book.queue.report().lines
