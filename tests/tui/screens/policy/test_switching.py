"""A payout policy tried on the past, put in force and taken out again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.policy import (
    WALLET,
    BurnRule,
    Policy,
)
from tests.tui.allotting import give, policy_of, report_of, said, shares
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import front, text_of, told
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.policy.dialogs import BeginningDialog, HistoryDialog, RulesDialog
from tui.screens.policy.editor import PolicyEditor
from tui.screens.policy.simulation import SimulationPane

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ledger.book import Book
    from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS
HALF = Decimal(50)


@pytest.fixture
def book(make_book: BookMaker) -> Book:
    return make_book(config=QUIET)


def kept(book: Book) -> Policy:
    return book.policy.report(SIGNALS).policy


async def switched_on(pilot: Pilot[Any], book: Book) -> None:
    before = len(book.policy.report(SIGNALS).versions)
    await pilot.press("w")
    await front(pilot, BeginningDialog)
    await pilot.press("enter")
    await front(pilot, ConfirmDialog)
    await pilot.press("y", "enter")
    await until(pilot, lambda: len(book.policy.report(SIGNALS).versions) > before)
    await front(pilot, PolicyEditor)
    await settled(pilot)


async def test_rules_say_what_is_wrong_and_can_be_taken_back(book: Book) -> None:
    async with running(book, SMALL) as pilot:
        await policy_of(pilot, SIGNALS)
        await pilot.press("e")
        dialog = await front(pilot, RulesDialog)
        await pilot.press("minus", "1", "enter")
        assert "must be above zero" in text_of(dialog)
        await pilot.press("backspace", "backspace", "tab", *"5", "tab", "space", "shift+tab")
        await pilot.press("enter")
        await until(pilot, lambda: kept(book).every == 5)
        assert kept(book).threshold is None and kept(book).burns is BurnRule.SHARE
        await front(pilot, PolicyEditor)
        await pilot.press("u")
        await until(pilot, lambda: kept(book) == Policy(SIGNALS))


async def test_it_is_in_force_from_a_round_on_and_off_again(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await pilot.press("w")
        await told(pilot, "Set a share first")
        await give(pilot, "50")
        first = report_of(editor).next_round
        await pilot.press("w")
        dialog = await front(pilot, BeginningDialog)
        await pilot.press(*str(first - 1), "enter")
        assert "settled already" in text_of(dialog)
        await pilot.press(*["backspace"] * 4, *str(first + 3), "tab", *"steady", "enter")
        question = text_of(await front(pilot, ConfirmDialog))
        assert f"round {first + 3}" in question and "“steady”" in question
        assert "50% to the Numerai wallet, 50% to itself" in question
        assert "Burns stay" in question and "1 NMR" in question
        assert "Nothing is executed unasked" in question and "settled rounds" in question
        await pilot.press("y", "enter")
        await until(pilot, lambda: f"round {first + 3}" in said(editor, "status"))
        assert report_of(editor).active is None
        await switched_on(pilot, book)
        assert f"in force since round {first}" in said(editor, "status")
        await give(pilot, "10")
        assert "edited" in said(editor, "status")
        await pilot.press("W")
        await front(pilot, ConfirmDialog)
        await pilot.press("enter")
        await front(pilot, PolicyEditor)
        await settled(pilot)
        assert "edited" in said(editor, "status")
        await pilot.press("W")
        await front(pilot, ConfirmDialog)
        await pilot.press("y", "enter")
        await until(pilot, lambda: "switched off" in said(editor, "status"))


async def test_an_old_version_is_edited_again(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await give(pilot, "50")
        await switched_on(pilot, book)
        old = kept(book)
        await pilot.press("x")
        await until(pilot, lambda: not kept(book).rows)
        await settled(pilot)
        await pilot.press("o")
        dialog = await front(pilot, HistoryDialog)
        assert "50% to the Numerai wallet" in text_of(dialog)
        await pilot.press("enter")
        await until(pilot, lambda: kept(book) == old)
        await settled(pilot)
        assert "✓ in force" in said(editor, "status")


async def test_read_only_is_tried_but_not_switched_on(make_book: BookMaker) -> None:
    make_book(config=QUIET).policy.set_share(SIGNALS, None, WALLET, "50")
    book = make_book(config=QUIET, read_only=True)
    async with running(book, SMALL) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        assert shares(editor) == {"itself": HALF, "wallet": HALF}
        await pilot.press("p")
        pane = await front(pilot, SimulationPane)
        await until(pilot, lambda: pane.report is not None)
        await pilot.press("w")
        await until(
            pilot,
            lambda: (
                any("--read-only" in note.message for note in pilot.app._notifications)
                or (
                    isinstance(pilot.app.screen, TextDialog)
                    and "--read-only" in text_of(pilot.app.screen)
                )
            ),
        )
        assert not book.policy.report(SIGNALS).versions


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_the_past_is_shown_with_and_without_it(book: Book, size: tuple[int, int]) -> None:
    async with running(book, size) as pilot:
        await policy_of(pilot, SIGNALS)
        await give(pilot, "50", "25")
        await pilot.press("p")
        pane = await front(pilot, SimulationPane)
        await until(pilot, lambda: pane.report is not None and pane.report.replay.points)
        assert pane.report is not None and pane.grid is not None
        whole = pane.report.replay
        await pilot.press("less_than_sign")
        await until(pilot, lambda: pane.report and len(pane.report.replay.points) == 20)
        assert pane.report.replay == book.policy.replay(SIGNALS, 20)
        assert pane.report.replay.points[-1].round == whole.points[-1].round
        assert (
            NMR.total(row.nmr for row in pane.grid.rows)
            == pane.report.replay.points[-1].with_policy
        )
        both = pane.query_one("#both")
        assert "NMR  ━ with  ─ without" in both.render_line(0).text
        last = pane.report.replay.points[-1]
        await pilot.press("down")
        assert f"▸ with  round {last.round}" in both.render_line(0).text
        await pilot.press("down", "left")
        before = pane.report.replay.points[-2]
        read_off = both.render_line(0).text.split()
        assert read_off[1:5] == ["▸", "without", "round", str(before.round)]
        without = abs(float(before.without.amount))
        assert read_off[5].lstrip("+−") == f"{without:,.4f}"
        await pilot.press("escape")
        assert "NMR  ━ with  ─ without" in both.render_line(0).text
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: pane.report and pane.report.replay == whole)
        await pilot.press("escape")
        await front(pilot, PolicyEditor)


async def test_help_and_info_fit_into_a_small_terminal(book: Book) -> None:
    async with running(book, SMALL) as pilot:
        await policy_of(pilot, SIGNALS)
        await give(pilot, "50")
        await pilot.press("i")
        assert "50% to the Numerai wallet" in text_of(await front(pilot, TextDialog))
        await pilot.press("escape")
        await front(pilot, PolicyEditor)
        await pilot.press("question_mark")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PolicyEditor))
        await pilot.press("escape", "escape")
        await front(pilot, EarningsPane)
