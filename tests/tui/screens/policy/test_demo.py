"""Half of everything to the two smallest models, a quarter to the wallet: by the keyboard."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import ITSELF, WALLET, Destination, DestinationKind
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.rounds.performance import PayoutState
from ledger.reports.policy.matrix import PolicyColumn
from tests.conftest import BookMaker
from tests.tui.allotting import give, grid_of, policy_of, report_of, shares
from tests.tui.driving import QUIET, app_of, running, settled, until
from tests.tui.staking import front, loaded, text_of, typed
from tui.format import ABSENT, nmr
from tui.screens.dialogs.confirm_dialog import ConfirmDialog
from tui.screens.policy.columns import ordered
from tui.screens.policy.dialogs import BeginningDialog, RulesDialog
from tui.screens.policy.editor import PolicyEditor
from tui.screens.policy.simulation import SimulationPane
from tui.screens.queue.queue import QueuePane
from tui.widgets.charts.line_plot import Lines

QUARTER = Decimal("0.25")
THRESHOLD = "0.2"
MOST_WEEKS = 6
"""By then every share has passed the threshold, or never."""

ROUNDS = 64
"""How many rounds run at a time in the world's Classic tournament, with 60-day scores."""


async def a_week_later(pilot: Pilot[Any], book: Book) -> None:
    before = book.now()
    await pilot.press("right_curly_bracket")
    await until(pilot, lambda: book.now() > before)
    await settled(pilot)
    await until(pilot, lambda: not app_of(pilot).headline.syncing)
    await settled(pilot)


async def set_rules(pilot: Pilot[Any], editor: PolicyEditor) -> None:
    await pilot.press("e")
    await front(pilot, RulesDialog)
    await typed(pilot, THRESHOLD)
    await pilot.press("enter")
    await until(pilot, lambda: report_of(editor).policy.threshold == NMR(THRESHOLD))


async def try_and_switch_on(pilot: Pilot[Any], book: Book, tournament: Tournament) -> str:
    """Simulate, switch on from there, and come back; what the question said."""
    await pilot.press("p")
    pane = await front(pilot, SimulationPane)
    await until(pilot, lambda: pane.report is not None)
    assert pane.report is not None
    found = pane.report.replay
    assert found == book.policy.replay(tournament, 60)
    assert NMR.total(found.accrued.values()) == found.points[-1].with_policy
    (both, apart) = (chart.content for chart in pane.query("Chart"))  # type: ignore[attr-defined]
    assert isinstance(both, Lines) and isinstance(apart, Lines)
    assert len(both.paths[0]) == len(both.heavy) == len(apart.heavy) == len(found.points)
    await pilot.press("w")
    await front(pilot, BeginningDialog)
    await pilot.press("enter")
    question = text_of(await front(pilot, ConfirmDialog))
    await pilot.press("enter")
    await front(pilot, SimulationPane)
    assert not book.policy.report(tournament).versions, "enter alone is a No"
    await settled(pilot)
    await pilot.press("w")
    await front(pilot, BeginningDialog)
    await pilot.press("enter")
    await front(pilot, ConfirmDialog)
    await pilot.press("y", "enter")
    await until(pilot, lambda: book.policy.report(tournament).versions)
    await settled(pilot)
    await pilot.press("escape")
    await front(pilot, PolicyEditor)
    await settled(pilot)
    return question


def quarters(book: Book, tournament: Tournament, since: int) -> dict[str, tuple[NMR, NMR]]:
    """Of each model's payouts settled since a round: all of them, and a quarter of what is left
    once later payouts have made up for burns."""
    found = {}
    for line in book.policy.report(tournament).lines[1:]:
        assert line.model_id is not None
        paid, burnt, given = ZERO, ZERO, ZERO
        for one in sorted(book.performances(line.model_id, 200), key=lambda one: one.round):
            if one.round < since or one.state is not PayoutState.SETTLED or one.payout is None:
                continue
            paid += one.payout
            kept = min(max(one.payout, ZERO), burnt)
            burnt += max(-one.payout, ZERO) - kept
            given += (max(one.payout, ZERO) - kept).times(QUARTER)
        found[line.model_id] = paid, given
    return found


def drafts(book: Book, tournament: Tournament) -> list[Change]:
    """What the queue holds; nothing of it was confirmed or sent."""
    changes = [line.change for line in book.queue.report().lines]
    assert {change.state for change in changes} <= {ChangeState.DRAFT}
    return [change for change in changes if change.tournament is tournament]


def after(book: Book) -> dict[str, NMR]:
    """Stakes once what is pending is done, by model id."""
    return {line.model_id: line.after for line in book.stakes.report().lines}


@pytest.fixture
def book(make_book: BookMaker) -> Book:
    return make_book(config=QUIET, demo=True)


async def allotted(
    pilot: Pilot[Any], book: Book, tournament: Tournament
) -> tuple[PolicyEditor, str]:
    """The policy set, tried and in force; what was asked before."""
    editor = await policy_of(pilot, tournament)
    await give(pilot, "25", "25", "25")
    report = report_of(editor)
    own, _, *models = report.columns
    smallest = [one.name for one in models[:2]]
    stakes = sorted(one.stake or ZERO for one in models)
    assert [one.stake for one in models[:2]] == stakes[:2]
    assert shares(editor) == dict.fromkeys(["itself", "wallet", *smallest], Decimal(25))
    await set_rules(pilot, editor)
    question = await try_and_switch_on(pilot, book, tournament)
    assert all(f"25% to {name}" in question for name in [own.name, *smallest])
    assert "25% to the Numerai wallet" in question
    assert f"{THRESHOLD} NMR" in question and f"round {report.next_round}" in question
    return editor, question


def check_shares(
    book: Book, tournament: Tournament, since: int, gets: list[PolicyColumn]
) -> dict[str, tuple[NMR, NMR]]:
    """What accrued is a quarter of the payouts settled since, to the wei."""
    found = quarters(book, tournament, since)
    report = book.policy.report(tournament)
    accrued = {one.destination: one.accrued for one in report.columns}
    for column in gets:
        sources = [
            given for source, (_, given) in found.items() if source != column.destination.name
        ]
        assert accrued[column.destination] == NMR.total(sources)
    whole = NMR.total(paid for paid, _ in found.values())
    assert report.total == whole == NMR.total(accrued.values())
    return found


async def check_sums(pilot: Pilot[Any], editor: PolicyEditor, book: Book) -> None:
    """The amounts on screen add up in their last line and in their first column."""
    await pilot.press("v")
    grid, report = grid_of(editor), report_of(editor)
    assert grid.rows == list(report.lines[1:])
    decimals = book.config.display.decimals
    (foot,) = [
        grid.render_line(y).text
        for y in range(grid.size.height)
        if "all payouts" in grid.render_line(y).text
    ]
    amounts = [report.total, *(one.accrued for one in (report.columns[0], *ordered(report)))]
    shown = [nmr(one, decimals, signed=True) for one in amounts if one]
    assert [word for word in foot.split()[2:] if word != ABSENT] == shown
    for column in report.columns:
        parts = (line.accrued.get(column.destination, ZERO) for line in report.lines)
        assert NMR.total(parts) == column.accrued


async def test_the_queue_holds_increases_where_staking_is_continuous(book: Book) -> None:
    tournament = Tournament.SIGNALS
    async with running(book) as pilot:
        editor, question = await allotted(pilot, book, tournament)
        since, start = report_of(editor).next_round, after(book)
        wallet, *smallest = report_of(editor).columns[1:4]
        assert "4 drafts" in question and "take profit on" in question
        ids = {one.destination.name for one in smallest}
        for _ in range(MOST_WEEKS):
            await a_week_later(pilot, book)
            grown = [one for one in drafts(book, tournament) if one.kind is ChangeKind.INCREASE]
            if {one.model_id for one in grown} >= ids:
                break
        paid = check_shares(book, tournament, since, [wallet, *smallest])
        report = book.policy.report(tournament)
        accrued = {one.destination: one for one in report.columns}
        assert {one.model_id for one in grown} >= ids
        for name in ids:
            column = accrued[Destination(DestinationKind.MODEL, name)]
            (increase,) = [one.nmr for one in grown if one.model_id == name]
            keeps = paid[name][0] - paid[name][1] - paid[name][1]
            compounded = after(book)[name] - start[name]
            assert increase is not None
            assert increase + column.open == column.accrued + keeps - compounded
            assert increase >= NMR(THRESHOLD)
        profits = [one for one in drafts(book, tournament) if one.kind is ChangeKind.TAKE_PROFIT_ON]
        assert len(profits) == len(report.lines) - 1
        await check_sums(pilot, editor, book)
        await pilot.press("escape")
        queue = await loaded(pilot, "5", QueuePane)
        assert queue.grid is not None
        shown = {line.change.id for line in queue.grid.rows}
        assert shown == {change.id for change in drafts(book, tournament)}


async def test_the_queue_holds_settings_where_staking_is_atomic(book: Book) -> None:
    tournament = Tournament.CLASSIC
    async with running(book) as pilot:
        editor, _ = await allotted(pilot, book, tournament)
        since = report_of(editor).next_round
        wallet, *smallest = report_of(editor).columns[1:4]
        assert smallest[0].stake == ZERO
        for _ in range(MOST_WEEKS):
            await a_week_later(pilot, book)
            if drafts(book, tournament):
                break
        check_shares(book, tournament, since, [wallet, *smallest])
        found = {one.destination: one for one in book.policy.report(tournament).columns}
        (withdrawal,) = [
            one.nmr for one in drafts(book, tournament) if one.kind is ChangeKind.WITHDRAW
        ]
        assert withdrawal is not None
        assert withdrawal + found[WALLET].open == found[WALLET].accrued >= NMR(THRESHOLD)
        first = found[smallest[0].destination]
        (change,) = [
            one for one in drafts(book, tournament) if one.model_id == first.destination.name
        ]
        assert change.setting is not None
        together = NMR.total([change.setting.per_round] * ROUNDS)
        assert together + first.open == first.accrued >= NMR(THRESHOLD)
        assert found[ITSELF].open == ZERO
