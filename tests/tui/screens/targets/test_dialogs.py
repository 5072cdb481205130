"""Weights that are seen before they apply, and targets that are kept under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.pilot import Pilot

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from tests.tui.driving import QUIET, SMALL, running, settled, until
from tests.tui.staking import FREE, INCREASING, OTHER, RELEASING, front, typed
from tests.tui.targeting import editor_on, line_of, target
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.sets_dialog import TargetSetsDialog
from tui.screens.targets.suggest_dialog import MEANINGS, SuggestDialog
from tui.widgets.entry import Entry
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS


def proposed(dialog: SuggestDialog) -> dict[str, str]:
    """The previewed amounts by model, as shown."""
    grid = dialog.query_one("#suggested", Grid)
    rows = [grid.text_of(row).split("\t") for row in grid.rows]
    return {row[0]: row[2] for row in rows}


async def weights_of(pilot: Pilot[Any]) -> SuggestDialog:
    """The dialog, once it shows its first preview."""
    await pilot.press("w")
    dialog = await front(pilot, SuggestDialog)
    await until(pilot, lambda: proposed(dialog))
    return dialog


async def test_equal_weights_leave_a_locked_row_alone(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot, FREE)
        await pilot.press("L")
        await until(pilot, lambda: line_of(editor, FREE).locked)
        dialog = await weights_of(pilot)
        shown = proposed(dialog)
        assert shown.pop(FREE) == "locked"
        assert len(set(shown.values())) == 1
        assert "1 locked" in dialog.query_one("#said", Note).text
        assert not book.targets.allocation(SIGNALS).edited
        await pilot.press("enter")
        await front(pilot, AllocationEditor)
        await until(pilot, lambda: line_of(editor, OTHER).text)
        spread = [line_of(editor, name) for name in (RELEASING, INCREASING, OTHER)]
        total = NMR.total(line.effective for line in spread)
        assert NMR.total(line.eventual for line in spread) == total
        assert not line_of(editor, FREE).text
        await pilot.press("u")
        await until(pilot, lambda: not line_of(editor, OTHER).text)
        await pilot.press("u")
        await until(pilot, lambda: not line_of(editor, FREE).locked)


async def test_every_rule_has_a_preview(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        await editor_on(pilot)
        dialog = await weights_of(pilot)
        seen = [proposed(dialog)]
        for _ in list(MEANINGS)[1:]:
            await pilot.press("down")
            await until(pilot, lambda: proposed(dialog) not in ({}, seen[-1]))
            seen.append(proposed(dialog))
        await pilot.press("escape")
        await front(pilot, AllocationEditor)


async def test_floor_cap_and_wallet_are_heeded(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await editor_on(pilot)
        dialog = await weights_of(pilot)
        before = proposed(dialog)
        dialog.query_one("#cap").focus()
        await typed(pilot, "50")
        await until(pilot, lambda: set(proposed(dialog).values()) == {"50.000"})
        await pilot.press("backspace", "backspace")
        await until(pilot, lambda: proposed(dialog) == before)
        dialog.query_one("#wallet").focus()
        await pilot.press("space")
        await until(pilot, lambda: proposed(dialog) not in ({}, before))
        dialog.query_one("#floor").focus()
        await typed(pilot, "x")
        said = dialog.query_one("#said", Note)
        await until(pilot, lambda: "✗" in said.text and "floor" in said.text)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen is dialog
        assert not book.targets.allocation(SIGNALS).edited


async def sets_of(pilot: Pilot[Any]) -> TargetSetsDialog:
    await pilot.press("o")
    dialog = await front(pilot, TargetSetsDialog)
    await settled(pilot)
    return dialog


def names(dialog: TargetSetsDialog) -> list[str]:
    return list(dialog.query_one("#sets", Grid).rows)


async def save_as(pilot: Pilot[Any], name: str) -> None:
    await sets_of(pilot)
    await pilot.press("s", "ctrl+u")
    await typed(pilot, name)
    await pilot.press("enter")
    await front(pilot, AllocationEditor)
    await settled(pilot)


async def test_targets_are_saved_and_loaded(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "25%")
        await save_as(pilot, "calm")
        assert book.targets.names(SIGNALS) == ("calm",)
        await until(pilot, lambda: editor.report is not None and editor.report.name == "calm")
        await target(pilot, editor, FREE, "1")
        await target(pilot, editor, OTHER, "2")
        await sets_of(pilot)
        await pilot.press("enter")
        await front(pilot, AllocationEditor)
        await until(pilot, lambda: line_of(editor, FREE).text == "25%")
        assert not line_of(editor, OTHER).text
        await pilot.press("u")
        await until(pilot, lambda: line_of(editor, OTHER).text == "2")


async def test_a_set_is_replaced_only_when_asked_twice(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "10")
        await save_as(pilot, "calm")
        await target(pilot, editor, FREE, "20")
        dialog = await sets_of(pilot)
        await pilot.press("s", "enter")
        await until(pilot, lambda: "exists" in dialog.query_one("#said", Note).text)
        assert dialog.query_one(Entry).is_open
        await pilot.press("escape")
        mark_free = [t.nmr for t in book.targets.read("calm").targets if t.nmr]
        assert mark_free == [NMR(10)]
        await pilot.press("s", "enter", "enter")
        await front(pilot, AllocationEditor)
        await settled(pilot)
        assert [t.nmr for t in book.targets.read("calm").targets if t.nmr] == [NMR(20)]


async def test_a_set_is_copied_and_deleted_when_asked_twice(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        editor = await editor_on(pilot)
        await target(pilot, editor, FREE, "10")
        await save_as(pilot, "calm")
        dialog = await sets_of(pilot)
        await pilot.press("c", "enter")
        await until(pilot, lambda: names(dialog) == ["calm", "calm copy"])
        await until(pilot, lambda: dialog.query_one("#sets", Grid).selected == "calm copy")
        await pilot.press("x")
        await settled(pilot)
        assert names(dialog) == ["calm", "calm copy"]
        await pilot.press("x")
        await until(pilot, lambda: names(dialog) == ["calm"])
        await pilot.press("s", "ctrl+u", "slash", "enter")
        await until(pilot, lambda: "✗" in dialog.query_one("#said", Note).text)
        assert book.targets.names(SIGNALS) == ("calm",)
