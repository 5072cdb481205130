"""From three targets to the stakes that were asked for, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import CONFIRMED, ChangeState
from ledger.store import Store
from tests.conftest import NOW, SandboxClock, SandboxDemo, make_client
from tests.tui.driving import QUIET, app_of, running, settled, until
from tests.tui.staking import FREE, OTHER, RELEASING, front
from tests.tui.targeting import editor_on, plan_of, target
from tests.worlds import sandbox_of
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.queue.run_dialog import RunDialog

MOST_WEEKS = 12
"""By then the plan is complete, or never."""

TARGETS = {FREE: NMR(40), RELEASING: NMR(14), OTHER: NMR("50.5")}


@pytest.fixture
def calm_book(tmp_path: Path) -> Iterator[Book]:
    """A book over a world in which nothing is paid and nothing burnt."""
    with sandbox_of(seed=7, models=16, rounds=90, now=NOW, payouts=False) as sandbox:
        clock = SandboxClock(sandbox)
        book = Book(
            profile="default",
            store=Store.open(tmp_path / "calm.sqlite3", clock=clock),
            clock=clock,
            config=QUIET,
            connect=lambda: make_client(sandbox),
            demo=SandboxDemo(sandbox),
        )
        book.sync()
        yield book
        book.close()


def open_states(book: Book) -> set[ChangeState]:
    """The states of all changes that something may still happen to."""
    return {line.change.state for line in book.queue.report().lines if line.change.state.open}


async def run_over(pilot: Pilot[Any]) -> None:
    """Leave the report of a run that has ended."""
    dialog = await front(pilot, RunDialog)
    await until(pilot, lambda: dialog.has_class("over"))
    await pilot.press("escape")
    await front(pilot, QueuePane)
    await settled(pilot)


async def a_week_later(pilot: Pilot[Any], book: Book) -> None:
    """Move the world's clock on, sync, and send what is due by then."""
    before = book.now()
    await pilot.press("right_curly_bracket")
    await until(pilot, lambda: book.now() > before)
    await settled(pilot)
    await until(pilot, lambda: not app_of(pilot).headline.syncing)
    if open_states(book) & CONFIRMED:
        await pilot.press("R")
        await run_over(pilot)


async def test_three_targets_become_the_stakes(calm_book: Book) -> None:
    book = calm_book
    async with running(book) as pilot:
        editor = await editor_on(pilot)
        for name, amount in TARGETS.items():
            await target(pilot, editor, name, str(amount))
        plan = await plan_of(pilot)
        assert plan.report is not None
        complete = plan.report.plan.complete
        assert complete is not None
        await pilot.press("Q")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        queue = await front(pilot, QueuePane)
        await until(
            pilot, lambda: queue.grid and len(queue.grid.rows) == len(book.queue.report().lines)
        )
        await pilot.press("A", "c")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: ChangeState.DRAFT not in open_states(book))
        await run_over(pilot)
        for _ in range(MOST_WEEKS):
            if not open_states(book):
                break
            await a_week_later(pilot, book)
        assert not open_states(book)
        staked = {
            line.name: line.staked for line in book.stakes.report().lines if line.name in TARGETS
        }
        assert staked == TARGETS
        assert {line.change.state for line in book.queue.report().lines} == {ChangeState.SETTLED}
        allocation = book.targets.allocation(Tournament.SIGNALS)
        assert not allocation.plan.steps
        assert book.now() >= complete
