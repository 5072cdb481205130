"""Changes that were not sent, altered by keys; what the ledger then holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, Static

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.sandbox import Sandbox
from tests.tui.driving import QUIET, SMALL, running, settled, until
from tests.tui.screens.queue.test_queue import a_draft
from tests.tui.staking import FREE, OTHER, front, loaded, told, typed
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.queue.edit_dialog import EditDialog
from tui.screens.queue.queue import QueuePane

if TYPE_CHECKING:
    from tests.conftest import BookMaker

FIELDS = ("nmr", "not_before", "not_before_round", "after_change", "when_free")
"""The fields of the dialog, in the order in which tab goes through them."""


def change_of(book: Book, change_id: int) -> Change:
    return book.queue.history(change_id).line.change


async def editing(pilot: Pilot[Any], change_id: int) -> EditDialog:
    """The dialog for a change of the Queue mode."""
    pane = await loaded(pilot, "5", QueuePane)
    pane.select_change(change_id)
    await pilot.press("e")
    return await front(pilot, EditDialog)


async def filled(pilot: Pilot[Any], dialog: EditDialog, **texts: str) -> None:
    """Put texts into fields, going there with tab, and press enter in the last of them."""
    for name in FIELDS:
        if name not in texts:
            continue
        field = dialog.query_one(f"#{name}", Input)
        while dialog.focused is not field:
            await pilot.press("tab")
        await pilot.press("end", "ctrl+u")
        await typed(pilot, texts[name])
    await pilot.press("enter")


async def test_a_drafts_amount_and_conditions(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    first = a_draft(book, FREE, ChangeKind.INCREASE, "2.5")
    second = a_draft(book, OTHER, ChangeKind.DECREASE, "1.5")
    async with running(book, SMALL) as pilot:
        dialog = await editing(pilot, first.id)
        await filled(
            pilot,
            dialog,
            nmr="3.25",
            not_before="2026-12-24 16:00",
            not_before_round="1350",
            after_change=f"#{second.id}",
            when_free="7",
        )
        await front(pilot, QueuePane)
        await told(pilot, f"Change {first.id} is edited.")
        edited = change_of(book, first.id)
        assert edited.nmr == NMR("3.25")
        assert edited.conditions == Conditions(
            not_before=datetime(2026, 12, 24, 16, tzinfo=UTC),
            not_before_round=1350,
            after_change=second.id,
            when_free=NMR(7),
        )
        assert edited.state is ChangeState.DRAFT
        assert "3.25 NMR instead of 2.5" in book.queue.history(first.id).events[-1].reason

        dialog = await editing(pilot, first.id)
        assert [dialog.query_one(f"#{name}", Input).value for name in FIELDS] == [
            *("3.25", "2026-12-24 16:00", "1350", str(second.id), "7")
        ]
        await filled(
            pilot, dialog, not_before="", not_before_round="", after_change="", when_free=""
        )
        await front(pilot, QueuePane)
        await settled(pilot)
        assert change_of(book, first.id).conditions == Conditions()
    assert change_of(book, second.id) == second
    assert not sandbox.mutations_applied


async def test_a_confirmed_change_needs_another_yes(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    book.queue.confirm(change.id)
    async with running(book) as pilot:
        dialog = await editing(pilot, change.id)
        assert "another yes" in str(dialog.query_one("#again", Static).content)
        await filled(pilot, dialog, nmr="1")
        await front(pilot, QueuePane)
        await told(pilot, "another yes")
        assert change_of(book, change.id).state is ChangeState.DRAFT
        await settled(pilot)
        await pilot.press("R")
        await told(pilot, "Nothing in the queue is confirmed")
        assert not sandbox.mutations_applied
        await settled(pilot)
        await pilot.press("c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: change_of(book, change.id).state is ChangeState.ACCEPTED)
        await settled(pilot)
    (applied,) = sandbox.mutations_applied
    assert (applied["model"], NMR(applied["amount"])) == (FREE, NMR(1))


async def test_saving_without_an_edit_keeps_the_yes(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    confirmed = book.queue.confirm(change.id)
    async with running(book) as pilot:
        await editing(pilot, change.id)
        await pilot.press("enter")
        await front(pilot, QueuePane)
        await settled(pilot)
        assert change_of(book, change.id) == confirmed


async def test_escape_keeps_it_as_it_was(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    async with running(book) as pilot:
        await editing(pilot, change.id)
        await typed(pilot, "9")
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert change_of(book, change.id) == change


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("nmr", "lots", "no amount"),
        ("nmr", "0", "above zero"),
        ("nmr", "1,5", "Write 1.5: a comma is not a decimal point here"),
        ("nmr", "11000001", "more NMR than there is"),
        ("nmr", "-1", "above zero"),
        ("nmr", "", "An amount is needed"),
        ("nmr", "0.0000000000000000001", "18 places"),
        ("not_before", "soon", "no time"),
        ("not_before", "9999-12-31T23:59-12:00", "no time"),
        ("not_before_round", "0", "no number"),
        ("not_before_round", "9" * 30, "no number"),
        ("after_change", "first", "no number"),
        ("after_change", "99", "no change 99"),
        ("after_change", "1", "wait for itself"),
        ("when_free", "-2", "above zero"),
    ],
)
async def test_a_bad_value_is_refused_beside_its_field(
    make_book: BookMaker, name: str, text: str, words: str
) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.INCREASE, "2.5")
    before = book.queue.history(change.id)
    async with running(book, SMALL) as pilot:
        dialog = await editing(pilot, change.id)
        await filled(pilot, dialog, **{name: text})
        objection = dialog.query_one("#objection", Static)
        await until(pilot, lambda: words in str(objection.content), f"never said “{words}”")
        field = dialog.query_one(f"#{name}", Input)
        assert dialog.focused is field
        assert field.value == text
        await pilot.pause()
        row = field.query_ancestor(".field", Widget)
        assert objection.region.y == row.region.y + 1
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert book.queue.history(change.id) == before


async def test_what_was_dropped_has_nothing_to_edit(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.INCREASE, "2.5")
    book.queue.cancel(change.id)
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("e")
        await told(pilot, "is cancelled")
        assert pilot.app.screen is pane


async def test_a_change_without_amount_has_no_field_for_it(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    change = a_draft(book, FREE, ChangeKind.DRAIN, "")
    async with running(book) as pilot:
        dialog = await editing(pilot, change.id)
        assert not dialog.query("#nmr")
        await pilot.press("tab", "tab", "tab", "tab", "space", "tab", "enter")
        await front(pilot, QueuePane)
        await settled(pilot)
    wanted = replace(change.conditions, when_release_gone=True)
    edited = change_of(book, change.id)
    assert (edited.nmr, edited.conditions) == (None, wanted)
