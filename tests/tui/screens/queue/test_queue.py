"""The Queue mode over a real ledger; sending is tested with the whole change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.sandbox import Sandbox
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import FREE, OTHER, RELEASING, drafted, front, loaded, text_of, told
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.queue.queue_columns import columns
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.columns import cell_of

if TYPE_CHECKING:
    from tests.conftest import BookMaker


def a_draft(book: Book, name: str, kind: ChangeKind, amount: str) -> Change:
    line = next(line for line in book.stakes.report().lines if line.name == name)
    return book.queue.draft(book.queue.preview(line.model_id, kind, amount))


async def test_an_empty_queue_says_how_to_begin(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        assert pane.grid is not None
        lines = [pane.grid.render_line(y).text for y in range(pane.grid.size.height)]
        assert any("+ and - begin one" in line for line in lines)
        await pilot.press("c", "x", "U", "enter")
        assert pilot.app.screen is pane


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_changes_with_state_amount_and_what_comes_next(
    make_book: BookMaker, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    book.queue.cancel(a_draft(book, OTHER, ChangeKind.DRAIN, "").id)
    a_draft(book, FREE, ChangeKind.DECREASE, "2.5")
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        assert pane.grid is not None
        lines = [pane.grid.render_line(y).text.rstrip() for y in range(pane.grid.size.height)]
        assert all(part in lines[1] for part in ("○ draft", "decrease", "2.500", FREE))
        assert lines[1].endswith("confirm it")
        assert all(part in lines[2] for part in ("− cancelled", "drain", OTHER))
        summary = pane.query_one("#summary", Line).text
        assert "1 draft" in summary
        assert "1 cancelled" in summary
        about = pane.query_one("#about", Note)
        assert f"Decrease the stake of “{FREE}” (Signals) by 2.5 NMR." in about.text
        await pilot.press("j")
        await until(pilot, lambda: "Release the whole stake" in about.text)


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (200, "confirm it, 24 Dec, round 1410, change 1, release gone, 7.25 NMR free"),
        (80, "confirm it, 24 Dec +4"),
        (60, "confirm it +5"),
    ],
)
def test_what_a_change_waits_for_is_never_cut_off(book: Book, width: int, text: str) -> None:
    a_draft(book, OTHER, ChangeKind.INCREASE, "2.5")
    model = next(line for line in book.stakes.report().lines if line.name == FREE)
    terms = Conditions(
        not_before=datetime(2026, 12, 24, 16, tzinfo=UTC),
        not_before_round=1410,
        after_change=1,
        when_release_gone=True,
        when_free=NMR("7.25"),
    )
    book.queue.add(model.model_id, ChangeKind.INCREASE, NMR(1), terms)
    lines = list(book.queue.report().lines)
    shown = columns(lines, book.now(), 3, width, set())
    (line,) = [line for line in lines if line.change.conditions == terms]
    cells = [cell_of(column, line).plain for column in shown]
    assert cells[-1] == text
    assert sum(map(len, cells)) <= width or width < 80


async def test_what_is_done_with_can_be_hidden(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    book.queue.cancel(a_draft(book, OTHER, ChangeKind.DRAIN, "").id)
    draft = a_draft(book, FREE, ChangeKind.INCREASE, "2.5")
    async with running(book) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        assert pane.grid is not None
        await pilot.press("o")
        assert [line.change.id for line in pane.grid.rows] == [draft.id]
        await pilot.press("o")
        assert len(pane.grid.rows) == 2


async def test_the_history_tells_every_step(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    change = book.queue.cancel(a_draft(book, FREE, ChangeKind.INCREASE, "2.5").id)
    assert change.state is ChangeState.CANCELLED
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("enter")
        text = text_of(await front(pilot, TextDialog))
        assert text.index("○ draft") < text.rindex("− cancelled")
        assert "2026-11-24 09:00:00 UTC" in text


async def test_why_a_change_was_wanted_stays_and_its_result_is_words(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    line = next(line for line in book.stakes.report().lines if line.name == FREE)
    reason = "Payouts go to the wallet by the policy."
    change = book.queue.add(line.model_id, ChangeKind.TAKE_PROFIT_ON, reason=reason)
    book.queue.confirm(change.id)
    book.queue.send(change.id)
    sandbox.advance(days=0.01)
    book.sync()
    async with running(book, SMALL) as pilot:
        pane = await loaded(pilot, "5", QueuePane)
        about = pane.query_one("#about", Note)
        await until(pilot, lambda: f"Why: {reason}" in about.text)
        assert "● settled" in about.text
        assert "take profit on" in about.text
        assert pane.grid is not None
        row = pane.grid.text_of(pane.grid.rows[0])
        assert "take profit on" in row
        assert "take_profit" not in row + about.text


async def test_z_takes_back_what_was_drafted_last(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=QUIET)
    first = a_draft(book, OTHER, ChangeKind.DECREASE, "1")
    sandbox.advance(days=0.01)
    async with running(book) as pilot:
        await drafted(pilot, FREE, "minus", "2.5")
        await pilot.press("escape")
        await told(pilot, "z takes back what was drafted last")
        await settled(pilot)
        await pilot.press("z")
        await became_state(pilot, book, 2, ChangeState.CANCELLED)
        await settled(pilot)
        assert book.queue.history(first.id).line.change == first
        await pilot.press("z")
        await became_state(pilot, book, 1, ChangeState.CANCELLED)
        await settled(pilot)
        await pilot.press("z")
        await told(pilot, "no draft to take back")


async def became_state(pilot: Pilot[Any], book: Book, change_id: int, state: ChangeState) -> None:
    await until(pilot, lambda: book.queue.history(change_id).line.change.state is state)


async def test_z_asks_before_it_drops_a_whole_plan_and_names_what_that_replaced(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book(config=QUIET)
    line = next(line for line in book.stakes.report().lines if line.name == RELEASING)
    replaced = book.queue.add(line.model_id, ChangeKind.CANCEL_RELEASE)
    sandbox.advance(days=0.01)
    edit = book.targets.releases.plan(line.model_id, "1", other=True)
    drafts = book.targets.releases.enqueue(edit)
    assert len(drafts) == 2
    async with running(book) as pilot:
        await loaded(pilot, "5", QueuePane)
        await pilot.press("z")
        question = await front(pilot, ConfirmDialog)
        assert f"What they replaced stays cancelled: #{replaced.id}." in text_of(question)
        await pilot.press("y", "enter")
        for draft in drafts:
            await became_state(pilot, book, draft.id, ChangeState.CANCELLED)
