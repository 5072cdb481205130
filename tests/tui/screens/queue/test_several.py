"""Several changes at once, by keys: marked, restated together, sent once each or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button

from ledger.book import Book
from ledger.config.config import LimitSettings
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.queue.run import RunProgress, RunReport
from ledger.sandbox import Sandbox
from tests.tui.driving import PATIENCE, QUIET, SMALL, app_of, running, settled, until
from tests.tui.screens.queue.test_queue import a_draft
from tests.tui.staking import FREE, OTHER, RELEASING, front, loaded, text_of, told, typed
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.queue.run_dialog import RunDialog
from tui.widgets.note import Note

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def two_drafts(book: Book) -> list[int]:
    return [
        a_draft(book, FREE, ChangeKind.INCREASE, "2.5").id,
        a_draft(book, OTHER, ChangeKind.DECREASE, "1.5").id,
    ]


def states(book: Book) -> set[ChangeState]:
    return {line.change.state for line in book.queue.report().lines}


def state_of(book: Book, change_id: int) -> ChangeState:
    return book.queue.history(change_id).line.change.state


async def test_one_yes_sends_each_marked_change_once(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    two_drafts(book)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        await front(pilot, ConfirmDialog)
        await pilot.press("enter")
        await front(pilot, QueuePane)
        assert states(book) == {ChangeState.DRAFT}
        assert not sandbox.mutations_applied
        await pilot.press("c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: states(book) == {ChangeState.ACCEPTED})
        report = await front(pilot, RunDialog)
        await until(pilot, lambda: report.has_class("over"))
        behind = app_of(pilot).pane
        await until(pilot, lambda: "✓&#160;accepted" in pilot.app.export_screenshot())
        assert pilot.app.screen is report
        assert isinstance(behind, QueuePane) and behind.grid is not None
        assert {row.change.state for row in behind.grid.rows} == {ChangeState.ACCEPTED}
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert len(sandbox.mutations_applied) == 2


async def test_above_the_limit_number_and_total_are_typed(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    limits = replace(LimitSettings(), confirm_by_typing_above="3")
    book = make_book(config=replace(QUIET, limits=limits))
    two_drafts(book)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        dialog = await front(pilot, ConfirmDialog)
        await typed(pilot, "5")
        await pilot.press("enter")
        assert dialog.focused is dialog.query_one("#no", Button)
        await pilot.press("right", "enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert "That is not it" in text_of(dialog)
        assert states(book) == {ChangeState.DRAFT}
        await pilot.press("backspace")
        await typed(pilot, "2 models, 4")
        await pilot.press("enter")
        await pilot.pause()
        assert states(book) == {ChangeState.DRAFT}
        await pilot.press("right", "enter")
        await until(pilot, lambda: states(book) == {ChangeState.ACCEPTED})
    assert len(sandbox.mutations_applied) == 2


async def test_marked_changes_are_cancelled_together(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    two_drafts(book)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "x")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: states(book) == {ChangeState.CANCELLED})


async def test_the_order_is_changed_by_keys(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    first, second = two_drafts(book)

    def order() -> list[int]:
        lines = book.queue.report().lines
        return [line.change.id for line in sorted(lines, key=lambda line: line.change.position)]

    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        assert order() == [first, second]
        pane.select_change(second)
        await pilot.press("K")
        await until(pilot, lambda: order() == [second, first])
        await settled(pilot)
        await pilot.press("J")
        await until(pilot, lambda: order() == [first, second])


async def test_read_only_says_so_and_sends_nothing(make_book: BookMaker, sandbox: Sandbox) -> None:
    two_drafts(make_book(config=QUIET))
    reader = make_book(config=QUIET, read_only=True)
    async with running(reader) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        await settled(pilot)
        assert pilot.app.screen is pane or isinstance(pilot.app.screen, QueuePane)
        await pilot.press("R")
        await settled(pilot)
    assert states(reader) == {ChangeState.DRAFT}
    assert not sandbox.mutations_applied


def shown(pane: QueuePane) -> set[int]:
    assert pane.grid is not None
    return {line.change.id for line in pane.grid.rows}


async def test_f_goes_through_the_states(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    draft, dropped = two_drafts(book)
    book.queue.cancel(dropped)
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        seen = []
        for _ in range(4):
            await pilot.press("f")
            seen.append((str(pane.caption()[0][0]) if pane.caption() else "", shown(pane)))
        assert seen == [
            ("open", {draft}),
            ("draft", {draft}),
            ("cancelled", {dropped}),
            ("", {draft, dropped}),
        ]
        await pilot.press("f", "escape")
        assert shown(pane) == {draft, dropped}


async def test_c_confirms_just_what_space_marked(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    first, second = two_drafts(book)
    third = a_draft(book, RELEASING, ChangeKind.CANCEL_RELEASE, "").id
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        await pilot.press("space", "down", "space")
        assert "2 marked, 2.5 NMR" in pane.query_one("#notice", Note).text
        await pilot.press("home", "down", "c")
        text = text_of(await front(pilot, ConfirmDialog))
        assert all(f"#{change_id} " in text for change_id in (first, third))
        assert f"#{second} " not in text
        await pilot.press("y", "enter")
        await front(pilot, RunDialog)
        await until(pilot, lambda: state_of(book, third) is ChangeState.ACCEPTED)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
        assert state_of(book, second) is ChangeState.DRAFT
        assert "marked" not in pane.query_one("#notice", Note).text
    assert sorted(one["model"] for one in sandbox.mutations_applied) == [FREE, RELEASING]


async def test_what_is_done_with_can_not_be_marked(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    draft, dropped = two_drafts(book)
    book.queue.cancel(dropped)
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        pane.select_change(dropped)
        await pilot.press("space")
        await told(pilot, "not sent yet can be marked")
        assert "marked" not in pane.query_one("#notice", Note).text
        await pilot.press("home", "space", "x")
        await until(pilot, lambda: state_of(book, draft) is ChangeState.CANCELLED)


def held_until_stopped(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no change of a run leave before somebody asked to stop it."""
    run = book.queue.run

    def held(tell: Callable[[RunProgress], None], stop: threading.Event) -> RunReport:
        def tell_and_wait(progress: RunProgress) -> None:
            tell(progress)
            assert stop.wait(PATIENCE), "nobody stopped the run"

        return run(tell_and_wait, stop)

    monkeypatch.setattr(book.queue, "run", held)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_a_run_stops_between_two_changes_and_goes_on_later(
    make_book: BookMaker, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    book = make_book(config=QUIET)
    first, second = two_drafts(book)
    async with running(book, SMALL) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        await front(pilot, ConfirmDialog)
        with monkeypatch.context() as patched:
            held_until_stopped(book, patched)
            await pilot.press("y", "enter")
            dialog = await front(pilot, RunDialog)
            progress = dialog.query_one("#progress", Note)
            await until(pilot, lambda: f"#{first} " in progress.text)
            await pilot.press("enter", "q")
            assert pilot.app.screen is dialog
            await pilot.press(key)
            assert "Stopping after this change" in progress.text
            await until(pilot, lambda: dialog.has_class("over"))
        assert (state_of(book, first), state_of(book, second)) == (
            ChangeState.ACCEPTED,
            ChangeState.QUEUED,
        )
        assert [one["model"] for one in sandbox.mutations_applied] == [FREE]
        assert "1 sent: 1 accepted. 1 change left. Stopped." in text_of(dialog)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
        await pilot.press("R")
        await front(pilot, RunDialog)
        await until(pilot, lambda: state_of(book, second) is ChangeState.ACCEPTED)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert [one["model"] for one in sandbox.mutations_applied] == [FREE, OTHER]
