"""Per-round stakes changed by keys: said before they are drafted, and never sent from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Checkbox

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.stakes.stake import StakeMode
from ledger.sandbox import Sandbox
from tests.conftest import chain_settings
from tests.tui.driving import LARGE, QUIET, SMALL, running, until
from tests.tui.staking import ATOMIC, front, mark, stakes_on, text_of, typed
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.models.models import ModelsPane
from tui.screens.queue.execution_dialog import ExecutionDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.stakes.per_round_dialog import FIRST, TAKES_PROFIT, PerRoundDialog
from tui.screens.stakes.stakes import StakesPane
from tui.widgets.note import Note

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.reports.stakes.positions import ModelPositions
    from tests.conftest import BookMaker

CRYPTO = Tournament.CRYPTO
CONSTANT, COMPOUND = StakeMode.CONSTANT, StakeMode.COMPOUND
MODEL = "petrel_lgbm"
"""A model of Crypto in constant mode, whose setting the chain tells."""


@pytest.fixture
def known_book(make_book: BookMaker, sandbox: Sandbox, chain_ledger_file: Path) -> Book:
    """A book whose models' settings are known from the chain."""
    settings = chain_settings(sandbox, channel="by-hand")
    return make_book(config=replace(QUIET, atomic=settings), path=chain_ledger_file)


def comes(dialog: PerRoundDialog) -> str:
    return dialog.query_one("#comes", Note).text


def held(book: Book) -> ModelPositions:
    (entry,) = book.stakes.atomic.positions(CRYPTO).tournaments
    (model,) = [model for model in entry.models if model.name == MODEL]
    return model


def drafts(book: Book) -> list[Change]:
    return [line.change for line in reversed(book.queue.report().lines)]


def loose(text: str) -> str:
    """A text as if nothing wrapped it."""
    return " ".join(text.split())


async def opened(pilot: Pilot[Any], name: str, key: str) -> PerRoundDialog:
    """The dialog of ``key`` on a model of Stakes, once it says something."""
    await stakes_on(pilot, name)
    await pilot.press(key)
    dialog = await front(pilot, PerRoundDialog)
    await until(pilot, lambda: comes(dialog))
    return dialog


def shown_whole(dialog: PerRoundDialog, size: tuple[int, int]) -> bool:
    """Whether what is typed into and what ends it are in sight."""
    places = ("#amount", "#constant", "#compound", "#draft", "#leave")
    inside = [dialog.query_one(place).region for place in places]
    return all(place.bottom < size[1] and place.height == 1 for place in inside)


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_plus_asks_per_round_and_ends_at_the_queues_own_question(
    known_book: Book, sandbox: Sandbox, size: tuple[int, int]
) -> None:
    book, writes = known_book, len(sandbox.mutations_applied)
    (entry,) = book.stakes.atomic.positions(CRYPTO).tournaments
    before = book.stakes.atomic.setting(held(book).model_id)
    assert before is not None and before.mode is CONSTANT
    more = before.per_round + NMR("0.1")
    async with running(book, size) as pilot:
        dialog = await opened(pilot, MODEL, "plus")
        assert comes(dialog) == FIRST
        assert f"{before.per_round} NMR, constant" in text_of(dialog)
        await typed(pilot, "0.1")
        await until(pilot, lambda: "It commits" in comes(dialog))
        text = loose(comes(dialog))
        assert f"{more} NMR instead of {before.per_round}." in text
        assert f"= {more.times(entry.rounds)} NMR once {entry.rounds} rounds are running" in text
        assert "Idle NMR" in text and "stay locked" in text
        assert shown_whole(dialog, size)
        await pilot.press("enter")
        question = await front(pilot, ConfirmDialog)
        assert f"Stake {more} NMR per round, constant" in loose(text_of(question))
        assert [change.state for change in drafts(book)] == [ChangeState.DRAFT]
        await pilot.press("tab", "enter")
        await front(pilot, ExecutionDialog)
    (change,) = drafts(book)
    assert (change.kind, change.state) == (ChangeKind.SET_PER_ROUND, ChangeState.QUEUED)
    assert (change.base, change.setting) == (before, replace(before, per_round=more))
    assert len(sandbox.mutations_applied) == writes


async def test_a_deposit_is_a_draft_of_its_own_and_only_when_ticked(known_book: Book) -> None:
    book = known_book
    async with running(book, SMALL) as pilot:
        dialog = await opened(pilot, MODEL, "plus")
        tick = dialog.query_one("#deposit", Checkbox)
        assert not tick.display
        await typed(pilot, "20")
        await until(pilot, lambda: "to be deposited" in loose(comes(dialog)))
        assert tick.display and not tick.value and shown_whole(dialog, SMALL)
        await pilot.press("enter")
        await front(pilot, ConfirmDialog)
        await pilot.press("escape")
        await front(pilot, QueuePane)
        assert [change.kind for change in drafts(book)] == [ChangeKind.SET_PER_ROUND]

        dialog = await opened(pilot, MODEL, "plus")
        assert "change 1 of the queue" in loose(text_of(dialog))
        await typed(pilot, "1")
        await until(pilot, lambda: "to be deposited" in loose(comes(dialog)))
        assert shown_whole(dialog, SMALL)
        await pilot.press("tab", "tab", "tab", "space", "tab", "enter")
        question = await front(pilot, ConfirmDialog)
        assert "2 changes" in text_of(question)
        await pilot.press("escape")
        await front(pilot, QueuePane)
    _, deposit, setting = drafts(book)
    assert (deposit.kind, setting.kind) == (ChangeKind.DEPOSIT, ChangeKind.SET_PER_ROUND)
    assert {deposit.state, setting.state} == {ChangeState.DRAFT}


async def test_d_opens_no_new_positions_and_p_is_a_matter_of_the_mode(known_book: Book) -> None:
    book = known_book
    async with running(book) as pilot:
        dialog = await opened(pilot, MODEL, "D")
        await until(pilot, lambda: "no new position is opened" in loose(comes(dialog)))
        assert "goes to idle within" in loose(comes(dialog))
        await pilot.press("escape")
        await front(pilot, StakesPane)

        await pilot.press("p")
        dialog = await front(pilot, PerRoundDialog)
        await until(pilot, lambda: comes(dialog) == TAKES_PROFIT)
        await pilot.press("space")
        await until(pilot, lambda: "Compound mode takes no profit" in loose(comes(dialog)))
        assert dialog.asked == ("", COMPOUND)
        await pilot.press("space")
        await until(pilot, lambda: comes(dialog) == TAKES_PROFIT)
        assert dialog.asked == ("", CONSTANT)
        await pilot.press("escape")
        await front(pilot, StakesPane)
    assert not drafts(book)


async def test_a_mode_that_nobody_knows_is_chosen_and_a_wrong_amount_said(
    make_book: BookMaker,
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = pilot.app.screen
        assert isinstance(pane, ModelsPane)
        mark(pane.grid, ATOMIC)
        await pilot.press("minus")
        dialog = await front(pilot, PerRoundDialog)
        assert dialog.asked[1] is None
        await typed(pilot, "1000")
        await until(pilot, lambda: "Type off" in comes(dialog))
        await pilot.press("enter")
        await until(pilot, lambda: "Type off" in comes(dialog))
        await pilot.press("home", "shift+end", "delete")
        await typed(pilot, "0.5")
        await until(pilot, lambda: "Which mode" in comes(dialog))
        await pilot.press("tab", "tab", "space")
        await until(pilot, lambda: "It commits" in comes(dialog) or "follows" in comes(dialog))
        assert dialog.asked == ("0.5", COMPOUND)
        await pilot.press("escape")
        await front(pilot, ModelsPane)
    assert not drafts(book)
