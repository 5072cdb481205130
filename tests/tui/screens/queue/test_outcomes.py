"""What did not go well: refused changes asked for again, lost ones judged, all by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from ledger.book import Book
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.sandbox import Sandbox
from tests.conftest import make_client
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.screens.queue.test_queue import a_draft
from tests.tui.staking import FREE, front, loaded, text_of, told
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.queue.judge_dialog import JudgeDialog
from tui.screens.queue.queue import QueuePane

if TYPE_CHECKING:
    from tests.conftest import BookMaker

CLOSED = 'Variable "$value": Stakes are closed for maintenance.'


def change_of(book: Book, change_id: int) -> Change:
    return book.queue.history(change_id).line.change


def sent(book: Book, sandbox: Sandbox, fault: str, **options: object) -> Change:
    """A decrease that was sent into ``fault``."""
    change = a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    book.queue.confirm(change.id)
    sandbox.fail(fault, on="mutation", **options)
    return book.queue.send(change.id)


def lost(book: Book, sandbox: Sandbox) -> Change:
    """A decrease that never arrived, while that can't be told yet."""
    change = sent(book, sandbox, "status_before", status=502)
    assert change.state is ChangeState.UNKNOWN
    return change


def arrives_late(sandbox: Sandbox, change: Change) -> None:
    """The request of ``change`` takes effect at last."""
    client = make_client(sandbox)
    model = Model(change.model_id, change.model_name, change.tournament)
    client.decrease(model, change.nmr or NMR(0))
    client.close()


async def judging(pilot: Pilot[Any]) -> JudgeDialog:
    await pilot.press("V")
    return await front(pilot, JudgeDialog)


async def test_a_refused_change_is_asked_for_again(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    old = sent(book, sandbox, "refuse", message=CLOSED)
    assert old.state is ChangeState.REFUSED
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("T")
        await told(pilot, f"asks for change {old.id} again")
        await until(pilot, lambda: pane.grid is not None and len(pane.grid.rows) == 2)
        await settled(pilot)
        new = book.queue.report().lines[0].change
        assert (new.state, new.retry_of) == (ChangeState.DRAFT, old.id)
        assert (new.kind, new.nmr, new.model_id) == (old.kind, old.nmr, old.model_id)
        assert change_of(book, old.id) == old
        assert not sandbox.mutations_applied
        assert pane.grid is not None and pane.grid.selected.change == new
        await pilot.press("enter")
        assert f"Retry of change {old.id}" in text_of(await front(pilot, TextDialog))
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
        await pilot.press("c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: change_of(book, new.id).state is ChangeState.ACCEPTED)
        await settled(pilot)
    assert change_of(book, old.id).state is ChangeState.REFUSED
    (applied,) = sandbox.mutations_applied
    assert (applied["model"], NMR(applied["amount"])) == (FREE, NMR("2.5"))


async def test_it_is_asked_for_again_only_once(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    old = sent(book, sandbox, "refuse", message=CLOSED)
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("T")
        await until(pilot, lambda: pane.grid is not None and len(pane.grid.rows) == 2)
        await settled(pilot)
        await pilot.press("T")
        await told(pilot, "Only refused changes are retried")
        pane.select_change(old.id)
        await settled(pilot)
        await pilot.press("T")
        await told(pilot, f"is a retry of change {old.id} already")
    assert len(book.queue.report().lines) == 2


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_the_evidence_is_shown_and_nothing_is_chosen(
    make_book: BookMaker, sandbox: Sandbox, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    change = lost(book, sandbox)
    async with running(book, size) as pilot:
        await loaded(pilot, "5", QueuePane)
        dialog = await judging(pilot)
        text = text_of(dialog)
        for words in (
            f"Decrease the stake of “{FREE}” (Signals) by 2.5 NMR.",
            f"decrease 2.5 NMR on {FREE} (Signals)",
            "HTTP 502",
            "before",
            "after",
            "take profit off",
        ):
            assert words in text
        assert isinstance(dialog.focused, Button) and dialog.focused.id == "neither"
        bottom = max(button.region.bottom for button in dialog.query(Button))
        assert bottom < size[1]
        await pilot.press("enter")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert change_of(book, change.id).state is ChangeState.UNKNOWN


@pytest.mark.parametrize(("steps", "state"), [(1, ChangeState.ACCEPTED), (2, ChangeState.REFUSED)])
async def test_the_users_word_counts_where_nobody_can_tell(
    make_book: BookMaker, sandbox: Sandbox, steps: int, state: ChangeState
) -> None:
    book = make_book(config=QUIET)
    change = lost(book, sandbox)
    async with running(book, SMALL) as pilot:
        await loaded(pilot, "5", QueuePane)
        sandbox.fail("status_before", on="query", times=0, status=502)
        dialog = await judging(pilot)
        assert "Not looked at again just now" in text_of(dialog)
        await pilot.press(*["tab"] * steps)
        assert change_of(book, change.id).state is ChangeState.UNKNOWN
        await pilot.press("enter")
        await until(pilot, lambda: change_of(book, change.id).state is state)
        await front(pilot, QueuePane)
        await told(pilot, state.value)
        assert "You judged" in book.queue.history(change.id).events[-1].reason
    assert not sandbox.mutations_applied


async def test_the_account_contradicts_that_it_arrived(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    change = lost(book, sandbox)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await judging(pilot)
        sandbox.advance(days=0.003)
        await pilot.press("tab", "enter")
        await told(pilot, "The account says otherwise")
        assert change_of(book, change.id).state is ChangeState.UNKNOWN
        await settled(pilot)
        await pilot.press("V")
        dialog = await front(pilot, TextDialog)
        assert "did not arrive" in text_of(dialog)
        assert change_of(book, change.id).state is ChangeState.REFUSED


async def test_the_account_contradicts_that_it_did_not_arrive(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    change = lost(book, sandbox)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await judging(pilot)
        arrives_late(sandbox, change)
        await pilot.press("tab", "tab", "enter")
        await told(pilot, "The account says otherwise")
        assert change_of(book, change.id).state is ChangeState.UNKNOWN
        await settled(pilot)
        await pilot.press("u")
        await until(pilot, lambda: change_of(book, change.id).state is ChangeState.ACCEPTED)
        await settled(pilot)
    assert len(sandbox.mutations_applied) == 1


async def test_only_what_is_unknown_is_judged(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("V")
        await told(pilot, "not unknown")
        assert pilot.app.screen is pane
