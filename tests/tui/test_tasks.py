"""What people open the app for, done by keys alone, with how many keys it takes.

Letters and digits that are typed count too. “Which models lose money, and why?” is in
tests/tui/screens/test_going.py. A task ends where it was meant to, never in a dead end,
on a screen of 120x36 and on one of 80x24.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from textual.screen import Screen

from ledger.domain.concern import Level
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from tests.conftest import chain_settings
from tests.tui.driving import QUIET, running, settled, until
from tests.tui.staking import FREE, OTHER, RELEASING, front
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.models import ModelsPane
from tui.screens.notices.notices import NoticesPane
from tui.screens.pane import Pane
from tui.screens.policy.dialogs import BeginningDialog
from tui.screens.policy.editor import PolicyEditor
from tui.screens.queue.execution_dialog import ExecutionDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.slots.shuffle_dialog import ShuffleDialog
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.cash_dialog import CashDialog
from tui.screens.stakes.per_round_dialog import PerRoundDialog
from tui.screens.stakes.release_dialog import ReleaseDialog
from tui.screens.stakes.stakes import StakesPane
from tui.screens.stakes.unlocks import UnlocksPane
from tui.screens.targets.move_dialog import MoveDialog
from tui.widgets.note import Note
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from ledger.book import Book
    from ledger.sandbox import Sandbox
    from tests.conftest import BookMaker

SIZES = [(120, 36), (80, 24)]

S = TypeVar("S", bound=Screen[Any])


class Keys:
    """Presses keys of a person who waits for what each leads to, and counts them."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.count = 0

    async def press(self, *keys: str) -> None:
        self.count += len(keys)
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def to(self, kind: type[S], *keys: str) -> S:
        """Press ``keys``, which lead to a screen of ``kind`` with its report."""
        await self.press(*keys)
        screen = await front(self.pilot, kind)
        if isinstance(screen, Pane):
            await until(self.pilot, lambda: screen.report is not None)
            await self.pilot.pause()
        return screen

    async def find(self, name: str) -> None:
        """Leave only one model in the table, by the filter."""
        await self.press("slash", *name[:5], "enter")
        await self.pilot.pause()


@pytest.fixture
def book(make_book: BookMaker) -> Book:
    return make_book(config=QUIET)


@pytest.mark.parametrize("size", SIZES)
async def test_what_do_i_own_and_what_is_urgent(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        assert "staked" in pilot.app.screen.query_one(TopBar).text
        notices = await keys.to(NoticesPane, "7")
        assert notices.grid is not None
        first = notices.grid.rows[0]
        await keys.press("enter")
        await until(pilot, lambda: pilot.app.screen is not notices)
        assert first.level is Level.LOUD
        assert keys.count == 2


@pytest.mark.parametrize("size", SIZES)
async def test_20_nmr_from_one_signals_model_to_another(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(StakesPane, "2")
        await keys.find(FREE)
        dialog = await keys.to(MoveDialog, "m")
        await keys.type("2")
        await keys.press("tab")
        await keys.type(OTHER)
        comes = dialog.query_one("#comes", Note)
        await until(pilot, lambda: "complete" in comes.text)
        queue = await keys.to(QueuePane, "enter")
        await until(pilot, lambda: queue.grid and len(queue.grid.rows) == 2)
        await keys.press("A")
        await keys.to(ConfirmDialog, "c")
        await keys.press("y", "enter")
        await until(
            pilot,
            lambda: all(
                line.change.state is not ChangeState.DRAFT for line in book.queue.report().lines
            ),
        )
        assert keys.count == 8 + 1 + 1 + 1 + len(OTHER) + 1 + 4
    kinds = {line.change.kind for line in book.queue.report().lines}
    assert kinds == {ChangeKind.DECREASE, ChangeKind.INCREASE}


@pytest.mark.parametrize("size", SIZES)
async def test_more_per_round_on_an_atomic_model(
    make_book: BookMaker, sandbox: Sandbox, chain_ledger_file: Path, size: tuple[int, int]
) -> None:
    settings = chain_settings(sandbox, channel="by-hand")
    book = make_book(config=replace(QUIET, atomic=settings), path=chain_ledger_file)
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(StakesPane, "2")
        await keys.find("petrel_lgbm")
        dialog = await keys.to(PerRoundDialog, "plus")
        await keys.type("0.1")
        await until(pilot, lambda: "round" in dialog.query_one("#comes", Note).text)
        await keys.to(ConfirmDialog, "enter")
        await keys.to(ExecutionDialog, "y", "enter")
        assert keys.count == 8 + 1 + 3 + 1 + 2
    (change,) = [line.change for line in book.queue.report().lines]
    assert (change.kind, change.state) == (ChangeKind.SET_PER_ROUND, ChangeState.QUEUED)


@pytest.mark.parametrize("size", SIZES)
async def test_half_of_the_payouts_to_the_wallet(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(EarningsPane, "3")
        editor = await keys.to(PolicyEditor, "a")
        await settled(pilot)
        assert editor.tournament is not None
        tournament = editor.tournament
        await keys.press("f", *"wallet"[:4], "enter", *"50", "enter")
        await settled(pilot)
        await keys.to(BeginningDialog, "w")
        await keys.to(ConfirmDialog, "enter")
        await keys.press("y", "enter")
        await until(pilot, lambda: book.policy.report(tournament).versions)
        assert keys.count == 2 + 6 + 3 + 1 + 1 + 2


@pytest.mark.parametrize("size", SIZES)
async def test_who_sits_where_next_round(book: Book, size: tuple[int, int]) -> None:
    for name in ("ant", "bee"):
        book.slots.predictors.add(name)
    number = book.slots.predictors.next_number(Tournament.CLASSIC)
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(SlotsPane, "4")
        await keys.to(ShuffleDialog, "m")
        await settled(pilot)
        await keys.press("enter")
        await until(
            pilot,
            lambda: any(
                entry.predictor_id is not None
                for entry in book.slots.predictors.assignments(Tournament.CLASSIC, [number])[
                    number
                ].values()
            ),
        )
        assert keys.count == 3


@pytest.mark.parametrize("size", SIZES)
async def test_when_can_i_have_so_much(book: Book, size: tuple[int, int]) -> None:
    amount = str(int(book.targets.cash.routes(NMR(1)).total.known.amount) + 2)
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(UnlocksPane, "6")
        await keys.press("n")
        await keys.type(amount)
        dialog = await keys.to(CashDialog, "enter")
        rows = dialog.query_one("Grid").rows  # type: ignore[attr-defined]
        index = next(i for i, row in enumerate(rows) if row.plan is not None)
        await keys.press(*["down"] * index)
        await keys.to(ConfirmDialog, "enter")
        await keys.to(QueuePane, "y", "enter")
        assert keys.count <= 2 + len(amount) + 1 + len(rows) + 3
    assert book.queue.report().lines


@pytest.mark.parametrize("size", SIZES)
async def test_another_amount_for_a_pending_release(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(StakesPane, "2")
        await keys.find(RELEASING)
        dialog = await keys.to(ReleaseDialog, "e")
        await keys.press("end", "ctrl+u")
        await keys.type("1")
        comes = dialog.query_one("#comes", Note)
        await until(pilot, lambda: "days per NMR" in comes.text)
        await keys.to(QueuePane, "enter")
        assert keys.count == 8 + 1 + 2 + 1 + 1
    assert {line.change.state for line in book.queue.report().lines} == {ChangeState.DRAFT}


@pytest.mark.parametrize("size", SIZES)
async def test_escape_leads_back_from_wherever(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        keys = Keys(pilot)
        await keys.to(StakesPane, "2")
        await keys.find(FREE)
        await keys.to(MoveDialog, "m")
        await keys.to(StakesPane, "escape")
        await keys.press("escape")
        await keys.to(ModelsPane, "1")
        assert not book.queue.report().lines
