"""The editor of payout policies over a real ledger."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    HUNDRED,
    ITSELF,
    WALLET,
    Destination,
    DestinationKind,
    Policy,
    PolicyRow,
)
from ledger.reports.policy.matrix import PolicyColumn
from tests.tui.allotting import give, go, grid_of, line_of, policy_of, report_of, said, shares
from tests.tui.driving import LARGE, QUIET, SMALL, running, settled, until
from tests.tui.staking import FREE, OTHER, RELEASING, loaded, told
from tui.format import shorten
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.policy.columns import CANDIDATES, in_use
from tui.screens.policy.editor import PolicyEditor
from tui.screens.policy.edits import with_copied
from tui.screens.policy.finder import matches
from tui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from ledger.book import Book
    from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS
HALF, WHOLE = Decimal(50), Decimal(100)


@pytest.fixture
def book(make_book: BookMaker) -> Book:
    return make_book(config=QUIET)


def screen_lines(editor: PolicyEditor) -> list[str]:
    grid = grid_of(editor)
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def typing(editor: PolicyEditor) -> TypedLine:
    return editor.query_one(TypedLine)


def kept(book: Book) -> Policy:
    return book.policy.report(SIGNALS).policy


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_sources_by_destinations_the_smallest_first(
    book: Book, size: tuple[int, int]
) -> None:
    async with running(book, size) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        lines, report = screen_lines(editor), report_of(editor)
        stakes = [one.stake for one in report.columns[2:] if one.stake is not None]
        assert stakes == sorted(stakes) and len(stakes) == len(report.lines) - 1
        assert lines[0].split()[:4] == [
            "from",
            "itself",
            "wallet",
            shorten(report.columns[2].name, 11),
        ]
        assert lines[1].split()[:4] == ["▌", "all", "others", "100%"]
        assert [line.split()[:2] for line in lines[2:6]] == [
            ["↑", line.name] for line in report.lines[1:]
        ]
        assert "stake now" in lines[6]
        assert "not switched on" in said(editor, "status")
        assert all(len(line) <= size[0] for line in lines)


async def test_typing_goes_on_to_the_right_and_itself_is_what_is_left(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await give(pilot, "25", "12.5")
        first = report_of(editor).columns[2].name
        given_all = {"itself": Decimal("62.5"), "wallet": Decimal(25), first: Decimal("12.5")}
        assert shares(editor) == shares(editor, OTHER) == given_all
        assert shares(editor, first) == {"itself": Decimal(75), "wallet": Decimal(25)}
        assert "62.5%" in screen_lines(editor)[1]
        await go(pilot, editor, OTHER, "wallet")
        await give(pilot, "100")
        assert shares(editor, OTHER) == given_all, "62.5 + 12.5 % are given to others already"
        await pilot.press("escape")
        await go(pilot, editor, OTHER, first)
        await pilot.press("backspace")
        await go(pilot, editor, OTHER, "wallet")
        await give(pilot, "100")
        assert shares(editor, OTHER) == {"wallet": WHOLE}
        (row,) = [line for line in screen_lines(editor)[1:] if OTHER in line.split()]
        assert "↑" not in row
        await pilot.press("x")
        await until(pilot, lambda: shares(editor, OTHER) == given_all)


async def test_what_is_typed_on_a_burst_of_keys_lands_where_it_was_typed(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await pilot.press(*"10", "enter", *"20", "down", *"30", "enter")
        await settled(pilot)
        first, second = (one.name for one in report_of(editor).columns[2:4])
        assert shares(editor)["wallet"] == 10 and shares(editor)[first] == 20
        below = report_of(editor).lines[1].name
        where = second if below == first else first
        assert shares(editor, below).get(where, 0) == (0 if below == first else 30)


async def test_more_than_all_is_refused_beside_the_cell(book: Book) -> None:
    async with running(book, SMALL) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await give(pilot, "80")
        before = kept(book)
        await give(pilot, "30")
        await until(pilot, lambda: typing(editor).is_open)
        assert "110 %" in typing(editor).text and "20 % is left" in typing(editor).text
        assert typing(editor).value == "30"
        column = grid_of(editor).selected_column
        assert column is not None and column.key == report_of(editor).columns[2].destination.key
        assert kept(book) == before
        await pilot.press("ctrl+u", *"20", "enter")
        await until(pilot, lambda: kept(book) != before)
        await settled(pilot)
        assert ITSELF not in line_of(editor, "all others").shares


@pytest.mark.parametrize("text", ["101", "1.2.3", "0.00001"])
async def test_what_is_no_percentage_is_refused(book: Book, text: str) -> None:
    async with running(book, SMALL) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await give(pilot, text)
        await until(pilot, lambda: typing(editor).is_open)
        assert "no percentage" in typing(editor).text
        await pilot.press("escape")
        assert not typing(editor).is_open and not kept(book).rows


async def test_a_model_is_not_given_to_in_its_own_column(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await go(pilot, editor, OTHER, OTHER)
        await pilot.press("2")
        await told(pilot, "100 %")
        assert not typing(editor).is_open
        (row,) = [line for line in screen_lines(editor)[1:] if OTHER in line.split()]
        assert "itself" in row


async def test_edits_are_taken_back_and_made_again(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await pilot.press("u")
        await told(pilot, "no edit to take back")
        await give(pilot, "10", "20")
        await pilot.press("P", *"reserve", "enter")
        await until(pilot, lambda: kept(book).pools == ("reserve",))
        after = kept(book)
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: kept(book) == Policy(SIGNALS))
        await pilot.press("ctrl+r", "ctrl+r", "ctrl+r")
        await until(pilot, lambda: kept(book) == after)
        await pilot.press("u")
        await until(pilot, lambda: kept(book).pools == ())
        await settled(pilot)
        await give(pilot, "5")
        await pilot.press("ctrl+r")
        await told(pilot, "no edit to make again")
        assert report_of(editor).policy == kept(book)


async def test_a_pool_has_a_column_of_its_name(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await pilot.press("P", *"new car", "enter")
        await until(pilot, lambda: "new car" in screen_lines(editor)[0])
        await go(pilot, editor, "all others", "car")
        await give(pilot, "40")
        assert shares(editor) == {"itself": Decimal(60), "new car": Decimal(40)}
        await pilot.press("P", *"new car", "enter")
        await told(pilot, "already")


async def test_a_row_is_copied_to_rows_marked_or_to_all_others(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await pilot.press("Y")
        await told(pilot, "space")
        await go(pilot, editor, OTHER, "wallet")
        await give(pilot, "10")
        await go(pilot, editor, OTHER, FREE)
        await give(pilot, "20")
        for name in (FREE, RELEASING):
            await go(pilot, editor, name, "wallet")
            await pilot.press("space")
        assert sum("✓" in line for line in screen_lines(editor)) == 2
        await go(pilot, editor, OTHER, "wallet")
        await pilot.press("Y")
        await until(pilot, lambda: len(kept(book).rows) == 3)
        await settled(pilot)
        copied = {"itself": Decimal(70), "wallet": Decimal(10), FREE: Decimal(20)}
        assert shares(editor, OTHER) == shares(editor, RELEASING) == copied
        assert shares(editor, FREE) == {"itself": Decimal(90), "wallet": Decimal(10)}
        assert not any("✓" in line for line in screen_lines(editor))
        await pilot.press("Y")
        await until(pilot, lambda: len(kept(book).rows) == 4)
        await settled(pilot)
        assert shares(editor) == copied


async def test_another_tournament_has_another_policy(book: Book) -> None:
    async with running(book) as pilot:
        editor = await policy_of(pilot, SIGNALS)
        await give(pilot, "50")
        await pilot.press("t")
        await until(pilot, lambda: report_of(editor).tournament is not SIGNALS)
        assert not report_of(editor).policy.rows
        await pilot.press("slash", *"zzz", "enter")
        await until(pilot, lambda: len(grid_of(editor).rows) == 1)


async def test_earnings_offers_it(book: Book) -> None:
    async with running(book) as pilot:
        pane = await loaded(pilot, "3", EarningsPane)
        assert "policy" in {action.id for action in pane.actions()}


# Without a screen


def column_of(index: int, accrued: NMR = ZERO) -> PolicyColumn:
    place = Destination(DestinationKind.MODEL, f"id{index:03}")
    return PolicyColumn(place, f"model_{index:03}", NMR(index), accrued, ZERO)


def test_of_many_models_only_those_in_use_and_the_smallest_have_a_column(book: Book) -> None:
    models = [column_of(index) for index in range(100)]
    models[70] = column_of(70, NMR(1))
    own, wallet = book.policy.report(SIGNALS).columns[:2]
    row = PolicyRow(None, {ITSELF: HALF, models[90].destination: HALF})
    report = replace(
        book.policy.report(SIGNALS),
        policy=Policy(SIGNALS, (row,)),
        columns=(own, wallet, *models),
    )
    shown = in_use(report, {models[50].destination.key})
    assert shown == (wallet, models[70], *models[:CANDIDATES], models[50], models[90])


@pytest.mark.parametrize(
    ("text", "found"), [("model_07", "model_070"), ("12", "model_012"), ("l9", "model_009")]
)
def test_a_column_is_found_by_some_letters_of_its_name(text: str, found: str) -> None:
    models = [column_of(index) for index in range(100)]
    assert matches(text, models)[0].name == found


SOURCES = ("a", "b", "c")
PLACES = (WALLET, *(Destination(DestinationKind.MODEL, name) for name in SOURCES))


@settings(deadline=None)
@given(
    parts=st.lists(st.integers(0, 25), min_size=4, max_size=4),
    targets=st.sets(st.sampled_from([*SOURCES, None]), min_size=1),
)
def test_copied_rows_add_up_and_no_model_gives_to_itself_by_name(
    parts: list[int], targets: set[str | None]
) -> None:
    shares = {place: Decimal(part) for place, part in zip(PLACES, parts, strict=True) if part}
    shares[ITSELF] = HUNDRED - sum(shares.values(), Decimal(0))
    policy = with_copied(Policy(SIGNALS), shares, targets)
    assert {row.source for row in policy.rows} == targets
    for row in policy.rows:
        assert sum(row.shares.values()) == HUNDRED
        assert Destination(DestinationKind.MODEL, row.source or "") not in row.shares
