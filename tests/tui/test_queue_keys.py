"""Several changes at once, by keys: marked, restated together, sent once each or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.book import Book
from ledger.config import LimitSettings
from ledger.domain.change import ChangeKind, ChangeState
from ledger.sandbox import Sandbox
from tests.tui.driving import QUIET, running, settled, until
from tests.tui.staking import FREE, OTHER, front, loaded, typed
from tests.tui.test_queue import a_draft
from tui.screens.confirm_dialog import ConfirmDialog
from tui.screens.queue import QueuePane
from tui.screens.run_dialog import RunDialog

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def two_drafts(book: Book) -> list[int]:
    return [
        a_draft(book, FREE, ChangeKind.INCREASE, "2.5").id,
        a_draft(book, OTHER, ChangeKind.DECREASE, "1.5").id,
    ]


def states(book: Book) -> set[ChangeState]:
    return {line.change.state for line in book.queue().lines}


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
        await front(pilot, RunDialog)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        await settled(pilot)
    assert len(sandbox.mutations_applied) == 2


async def test_above_the_limit_the_total_is_typed(make_book: BookMaker, sandbox: Sandbox) -> None:
    limits = replace(LimitSettings(), confirm_by_typing_above="3")
    book = make_book(config=replace(QUIET, limits=limits))
    two_drafts(book)
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("A", "c")
        dialog = await front(pilot, ConfirmDialog)
        await pilot.press("y")
        await typed(pilot, "5")
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is dialog
        assert states(book) == {ChangeState.DRAFT}
        await pilot.press("backspace")
        await typed(pilot, "4")
        await pilot.press("enter")
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
        lines = book.queue().lines
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
