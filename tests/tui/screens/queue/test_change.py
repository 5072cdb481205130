"""One stake change all the way, by keys, against a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button, Checkbox, Input

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.sandbox import Sandbox
from tests.tui.driving import QUIET, SMALL, running, until
from tests.tui.staking import (
    ATOMIC,
    FREE,
    INCREASING,
    OTHER,
    RELEASING,
    became,
    drafted,
    front,
    loaded,
    mark,
    stakes_on,
    text_of,
    told,
    typed,
)
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.models import ModelsPane
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.stakes import StakesPane

INVALID = 'Variable "$value": '
"""How the refusal of a document begins: it never ran."""

if TYPE_CHECKING:
    from tests.conftest import BookMaker


async def test_a_decrease_from_the_key_to_the_answer(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book, SMALL) as pilot:
        dialog = await drafted(pilot, FREE, "minus", "2.5")
        text = text_of(dialog)
        assert f"Decrease the stake of “{FREE}” (Signals) by 2.5 NMR." in text
        assert "24 December 2026" in text or "24 Dec 2026" in text
        assert isinstance(dialog.focused, Button) and dialog.focused.id == "no"
        assert sandbox.mutations_applied == []

        await pilot.press("y")
        assert sandbox.mutations_applied == []
        await pilot.press("enter")
        change = await became(pilot, ChangeState.ACCEPTED)
        assert (change.model_name, change.nmr) == (FREE, NMR("2.5"))
        assert len(sandbox.mutations_applied) == 1
        await told(pilot, "2.5 NMR")


async def test_no_is_the_default_and_keeps_the_draft(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "plus", "1")
        await pilot.press("enter")
        await front(pilot, QueuePane)
        await became(pilot, ChangeState.DRAFT)
        assert sandbox.mutations_applied == []
        await pilot.press("c")
        await front(pilot, ConfirmDialog)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        assert book.queue.report().lines[0].change.state is ChangeState.DRAFT
        assert sandbox.mutations_applied == []


async def test_the_queue_marks_the_change_just_drafted(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    other = next(line for line in book.stakes.report().lines if line.name == OTHER)
    book.queue.draft(book.queue.preview(other.model_id, ChangeKind.INCREASE, "1"))
    async with running(book) as pilot:
        await drafted(pilot, FREE, "plus", "25%")
        await pilot.press("escape")
        pane = await front(pilot, QueuePane)
        await until(pilot, lambda: pane.grid is not None and len(pane.grid.rows) == 2)
        await until(pilot, lambda: pane.grid.selected.change.model_name == FREE)


async def test_a_refusal_is_shown_in_numerais_words_and_kept(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "plus", "1")
        sandbox.fail(
            "refuse", on="mutation", message=f"{INVALID}Stakes are closed for maintenance."
        )
        await pilot.press("y", "enter")
        dialog = await front(pilot, TextDialog)
        assert "Stakes are closed for maintenance." in text_of(dialog)
        await pilot.press("escape")
        change = await became(pilot, ChangeState.REFUSED)
        assert (
            book.queue.report().lines[0].last_answer
            == f"{INVALID}Stakes are closed for maintenance."
        )
        await pilot.press("enter")
        history = await front(pilot, TextDialog)
        assert "Stakes are closed for maintenance." in text_of(history)
        assert f"increase {change.nmr} NMR on {FREE}" in text_of(history)


async def test_a_lost_answer_is_looked_up_and_never_sent_again(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "minus", "1")
        sandbox.fail("status_after", on="mutation", status=502)
        await pilot.press("y", "enter")
        await became(pilot, ChangeState.ACCEPTED)
        assert len(sandbox.mutations_applied) == 1


async def test_what_is_unknown_can_be_looked_up_later(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "minus", "1")
        sandbox.fail("status_before", on="mutation", status=502)
        await pilot.press("y", "enter")
        await front(pilot, TextDialog)
        await pilot.press("escape")
        await became(pilot, ChangeState.UNKNOWN)
        sandbox.advance(days=0.003)
        await pilot.press("U")
        dialog = await front(pilot, TextDialog)
        assert "did not arrive" in text_of(dialog)
        await pilot.press("escape")
        await became(pilot, ChangeState.REFUSED)
        assert sandbox.mutations_applied == []


async def test_x_calls_a_pending_release_back(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await stakes_on(pilot, RELEASING)
        await pilot.press("x")
        dialog = await front(pilot, ChangeDialog)
        assert not dialog.query(Input)
        await pilot.press("enter")
        confirmation = await front(pilot, ConfirmDialog)
        assert f"Cancel the pending release of “{RELEASING}” (Signals)." in text_of(confirmation)
        await pilot.press("tab", "enter")
        change = await became(pilot, ChangeState.ACCEPTED)
        assert change.kind is ChangeKind.CANCEL_RELEASE
        assert len(sandbox.mutations_applied) == 1


async def test_what_can_not_be_changed_explains_why(make_book: BookMaker) -> None:
    cases = [
        (FREE, "x", "no pending release"),
        (RELEASING, "minus", "A release of"),
        (INCREASING, "plus", "An increase of"),
        (ATOMIC, "x", "atomic staking"),
    ]
    async with running(make_book(config=QUIET)) as pilot:
        for name, key, words in cases:
            await stakes_on(pilot, name)
            await pilot.press(key)
            await told(pilot, words)
            assert isinstance(pilot.app.screen, StakesPane)


async def test_read_only_explains(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET, read_only=True)
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("plus")
        await told(pilot, "--read-only")
        assert isinstance(pilot.app.screen, StakesPane)
        assert book.queue.report().lines == ()


async def test_a_key_without_the_scope_explains(make_book: BookMaker) -> None:
    book = make_book(config=QUIET, key="read_only")
    book.sync()
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("minus")
        await told(pilot, "scope")
        assert isinstance(pilot.app.screen, StakesPane)


async def test_a_change_begins_on_models_too(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await front(pilot, ModelsPane)
        mark(pane.table, FREE)
        await pilot.press("plus")
        dialog = await front(pilot, ChangeDialog)
        assert FREE in str(dialog.query_one(".dialog--frame").border_title)


async def test_the_dialog_answers_every_amount(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("minus")
        dialog = await front(pilot, ChangeDialog)
        await typed(pilot, "lots")
        await until(pilot, lambda: "not an amount" in text_of(dialog))
        await pilot.press("enter")
        await typed(pilot, "x")
        await until(pilot, lambda: "“lotsx” is not an amount" in text_of(dialog))
        assert pilot.app.screen is dialog
        for _ in "lotsx":
            await pilot.press("backspace")
        await typed(pilot, "9999")
        await until(pilot, lambda: "is staked." in text_of(dialog).partition("✗")[2])
        assert book.queue.report().lines == ()
        for _ in "9999":
            await pilot.press("backspace")
        await typed(pilot, "2.5")
        await until(pilot, lambda: "by 2.5 NMR." in text_of(dialog))
        assert "✗" not in text_of(dialog)
        assert "returns to the Numerai wallet" in text_of(dialog)
        await pilot.press("escape")
        await front(pilot, StakesPane)


async def test_everything_is_a_drain(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("minus")
        dialog = await front(pilot, ChangeDialog)
        await pilot.press("tab", "space")
        assert dialog.query_one(Checkbox).value
        await until(pilot, lambda: "Release the whole stake" in text_of(dialog))
        await pilot.press("tab", "enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("escape")
        change = await became(pilot, ChangeState.DRAFT)
        assert (change.kind, change.nmr) == (ChangeKind.DRAIN, None)


async def test_a_draft_can_be_cancelled(make_book: BookMaker, sandbox: Sandbox) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await drafted(pilot, FREE, "plus", "max")
        await pilot.press("escape")
        await became(pilot, ChangeState.DRAFT)
        await pilot.press("x")
        await became(pilot, ChangeState.CANCELLED)
        assert sandbox.mutations_applied == []
        await pilot.press("c")
        await told(pilot, "is cancelled")


async def test_take_profit_is_switched_the_same_way(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    before = next(line for line in book.stakes.report().lines if line.name == FREE).take_profit
    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        await pilot.press("p")
        await front(pilot, ChangeDialog)
        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        change = await became(pilot, ChangeState.ACCEPTED)
        wanted = ChangeKind.TAKE_PROFIT_OFF if before else ChangeKind.TAKE_PROFIT_ON
        assert change.kind is wanted
        assert len(sandbox.mutations_applied) == 1


async def test_numerai_out_of_reach_leaves_the_change_queued(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "plus", "1")
        sandbox.stop()
        await pilot.press("y", "enter")
        await became(pilot, ChangeState.QUEUED)
        await told(pilot, "reach")
        assert len(sandbox.mutations_applied) == 0


async def test_the_text_of_a_dialog_can_be_copied(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(config=QUIET)
    model = next(line for line in book.stakes.report().lines if line.name == FREE)
    book.queue.draft(book.queue.preview(model.model_id, ChangeKind.INCREASE, "1"))
    async with running(book) as pilot:
        copied: list[str] = []
        monkeypatch.setattr(pilot.app, "copy_to_clipboard", copied.append)
        await loaded(pilot, "5", QueuePane)
        await pilot.press("enter")
        await front(pilot, TextDialog)
        await pilot.press("c")
        assert f"Increase the stake of “{FREE}”" in copied[0]
        await pilot.press("escape")
        await front(pilot, QueuePane)


async def test_a_defect_on_the_way_does_not_end_the_app(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(config=QUIET)

    def broken() -> str | None:
        raise RuntimeError("a defect")

    async with running(book) as pilot:
        await stakes_on(pilot, FREE)
        monkeypatch.setattr(book, "writable", broken)
        await pilot.press("plus")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ProblemScreen")
