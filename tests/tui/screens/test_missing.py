"""What Numerai does not tell, in every mode: signs, since when, and what can't be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.domain.knowledge import Fact
from ledger.domain.model import Returns
from ledger.domain.nmr import NMR
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, settled, until
from tests.tui.staking import ATOMIC, FREE, OTHER, RELEASING, front, loaded, mark, text_of, told
from tests.tui.untold import (
    SINCE,
    WHY,
    alter_models,
    alter_stakes,
    model_id,
    never,
    since,
    untell,
)
from tui import format
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.earnings.earnings import EarningsPane
from tui.screens.models.models import ModelsPane
from tui.screens.models.rounds import RoundsPane
from tui.screens.queue.change_dialog import ChangeDialog
from tui.screens.queue.queue import QueuePane
from tui.screens.slots.slots import SlotsPane
from tui.screens.stakes.stakes import StakesPane
from tui.screens.stakes.unlocks import UnlocksPane
from tui.screens.targets.editor import AllocationEditor
from tui.screens.targets.plan import PlanPane
from tui.widgets.detail import Detail
from tui.widgets.line import Line
from tui.widgets.missingline import MissingLine
from tui.widgets.note import Note
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from tests.conftest import BookMaker
    from tui.screens.pane import Pane

UNTOLD, OLD = "? not told by Numerai since 24 Nov 07:00", "* as of 22 Nov 09:00"


@pytest.fixture
def stake_unknown(ledger_file: Path) -> str:
    """The id of a model whose stake and pending request were never told."""
    model = model_id(ledger_file, FREE)
    alter_stakes(ledger_file, [model], settled=None, projected=None, pending=None)
    untell(ledger_file, *(never(fact, model) for fact in (Fact.STAKE, Fact.PENDING)))
    return model


@pytest.fixture
def stake_old(ledger_file: Path) -> str:
    """The id of a model whose stake is not told any more."""
    model = model_id(ledger_file, FREE)
    untell(ledger_file, since(Fact.STAKE, model))
    return model


def row_of(pane: Pane[Any], name: str) -> str:
    """A table's row as it is drawn."""
    grid = pane.grid
    assert grid is not None
    (row,) = [
        text
        for y in range(1, grid.size.height)
        if (text := grid.render_line(y).text).removeprefix("▌").split()[:1] == [name]
    ]
    return row


def last_row(pane: Pane[Any]) -> str:
    """A table's sums."""
    grid = pane.grid
    assert grid is not None
    lines = [grid.render_line(y).text for y in range(grid.size.height)]
    return [line for line in lines if line.strip()][-1]


def said_below(pane: Pane[Any]) -> str:
    """What the line says that explains the signs, "" while it takes no room."""
    line = pane.query_one(MissingLine)
    return line.text.strip() if line.display else ""


def pane_of(pilot: Pilot[Any]) -> Pane[Any]:
    pane = app_of(pilot).pane
    assert pane is not None
    return pane


async def test_nothing_is_said_while_all_is_known(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET), SMALL) as pilot:
        for key in "1234567":
            await pilot.press(key)
            await until(pilot, lambda: pane_of(pilot).report is not None)
            assert said_below(pane_of(pilot)) == ""


@pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)])
async def test_an_unknown_stake_is_a_question_mark_and_in_no_sum(
    make_book: BookMaker, stake_unknown: str, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    known = NMR.total(line.staked for line in book.portfolio().lines if line.staked is not None)
    async with running(book, size) as pilot:
        for key, kind in (("1", ModelsPane), ("2", StakesPane)):
            pane = await loaded(pilot, key, kind)
            mark(pane.grid, FREE)
            await pilot.pause()
            row = row_of(pane, FREE)
            assert row.removeprefix("▌").split()[1 if size == SMALL else 2 :][0:2] != []
            assert "?" in row and "0.000" not in row
            assert f"{format.nmr(known, 3)}+?" in last_row(pane)
            assert said_below(pane).startswith(UNTOLD)
        assert f"{format.nmr(known, 2)}+?" in pilot.app.screen.query_one(TopBar).text


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_an_old_stake_has_its_sign_and_its_day(
    make_book: BookMaker, stake_old: str, size: tuple[int, int]
) -> None:
    book = make_book(config=QUIET)
    (line,) = [line for line in book.portfolio().lines if line.model_id == stake_old]
    async with running(book, size) as pilot:
        for key, kind in (("1", ModelsPane), ("2", StakesPane)):
            pane = await loaded(pilot, key, kind)
            mark(pane.grid, FREE)
            await pilot.pause()
            assert f"{format.nmr(line.staked, 3)}*" in row_of(pane, FREE)
            assert f"{format.nmr(book.portfolio().staked.known, 3)}*" in last_row(pane)
            assert said_below(pane).startswith(OLD)


async def test_signs_stand_beside_the_digits(make_book: BookMaker, stake_old: str) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        grid = pane_of(pilot).grid
        assert grid is not None
        mark(grid, FREE)
        await pilot.pause()
        header = grid.render_line(0).text
        end = header.index("staked") + len("staked")
        rows = [grid.render_line(y).text for y in range(1, len(grid.rows) + 1)]
        points = {row[:end].rfind(".") for row in rows if "." in row[end - 7 : end]}
        assert points == {end - 4}
        assert {row[end] for row in rows} == {" ", "*"}


async def test_the_line_names_the_facts_where_there_is_room(
    make_book: BookMaker, stake_unknown: str
) -> None:
    async with running(make_book(config=QUIET), (200, 60)) as pilot:
        assert "stakes" in said_below(pane_of(pilot))
        assert "pending changes" in said_below(pane_of(pilot))


async def test_enter_tells_all_that_is_missing_of_a_model(
    make_book: BookMaker, stake_unknown: str
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "1", ModelsPane)
        mark(pane.grid, FREE)
        await pilot.press("d")
        panel = pane.query_one(Detail)
        await until(pilot, lambda: "Numerai has never told stakes" in panel.text)
        assert "Numerai has never told pending changes" in panel.text
        assert "since 24 Nov 07:00" in panel.text
        assert WHY in panel.text
        await pilot.press("enter")
        rounds = await front(pilot, RoundsPane)
        await until(pilot, lambda: WHY in rounds.query_one("#untold", Note).text)
        assert "Numerai has never told stakes" in rounds.query_one("#untold", Note).text
        stakes = await loaded(pilot, "2", StakesPane)
        mark(stakes.grid, FREE)
        await pilot.press("enter")
        dialog = await front(pilot, TextDialog)
        assert "Numerai has never told stakes" in text_of(dialog)


async def test_returns_reputation_and_submissions_are_unknown_by_themselves(
    make_book: BookMaker, ledger_file: Path
) -> None:
    alter_models(ledger_file, {FREE: {"returns": Returns(), "reputations": ()}})
    model = model_id(ledger_file, FREE)
    facts = (Fact.RETURNS, Fact.REPUTATION)
    gone = model_id(ledger_file, OTHER)
    untell(ledger_file, *(never(fact, model) for fact in facts), since(Fact.SUBMISSIONS, gone))
    async with running(make_book(config=QUIET), (200, 60)) as pilot:
        row = row_of(pane_of(pilot), FREE)
        assert row.count("?") == 3, "returns, reputation and its rank"
        assert "✓*" in row_of(pane_of(pilot), OTHER)


async def test_help_explains_the_signs_only_while_there_are_any(
    make_book: BookMaker, ledger_file: Path
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("question_mark")
        assert "does not tell" not in text_of(await front(pilot, HelpScreen))
    untell(ledger_file, since(Fact.WALLET))
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("question_mark")
        assert "A sum that lacks a part ends in +?" in text_of(await front(pilot, HelpScreen))


async def test_an_old_wallet_is_marked_wherever_it_stands(
    make_book: BookMaker, ledger_file: Path
) -> None:
    untell(ledger_file, since(Fact.WALLET))
    book = make_book(config=QUIET)
    available = book.stakes.report().available
    async with running(book) as pilot:
        for key in "1234567":
            await pilot.press(key)
            await until(pilot, lambda: pane_of(pilot).report is not None)
            await settled(pilot)
            assert f"wallet {format.nmr(available, 2)}*" in pilot.app.screen.query_one(TopBar).text
            assert said_below(pane_of(pilot)).startswith(OLD)
        stakes = await loaded(pilot, "2", StakesPane)
        assert f"wallet {format.nmr(available, 3)}*" in stakes.query_one("#summary", Line).text
        unlocks = await loaded(pilot, "6", UnlocksPane)
        assert "*" in unlocks.query_one("#summary", Line).text


async def test_old_positions_mark_what_still_moves(make_book: BookMaker, ledger_file: Path) -> None:
    untell(ledger_file, since(Fact.PERFORMANCES, model_id(ledger_file, ATOMIC)))
    async with running(make_book(config=QUIET)) as pilot:
        earnings = await loaded(pilot, "3", EarningsPane)
        shown = earnings._shown
        assert shown is not None
        index = next(i for i, one in enumerate(shown.report.models) if one.name == ATOMIC)
        cells = [(shown.model_cell(group, index).plain, group.running) for group in shown.groups]
        assert all(("*" in text or "?" in text) is runs for text, runs in cells)
        assert "*" in earnings.query_one("#summary", Line).text
        stakes = await loaded(pilot, "2", StakesPane)
        mark(stakes.grid, ATOMIC)
        await pilot.press("v")
        await until(pilot, lambda: pane_of(pilot).MODE == "positions")
        await until(pilot, lambda: pane_of(pilot).report is not None)
        await pilot.pause()
        assert "*" in last_row(pane_of(pilot))
        assert "no longer tells" in pane_of(pilot).query_one("#holding", Note).text
        unlocks = await loaded(pilot, "6", UnlocksPane)
        assert "*" in last_row(unlocks)


async def test_a_submission_that_is_not_told_is_not_missed(
    make_book: BookMaker, ledger_file: Path
) -> None:
    import sqlite3

    model = model_id(ledger_file, ATOMIC)
    with sqlite3.connect(ledger_file) as connection:
        connection.execute("DELETE FROM submission WHERE model_id = ?", (model,))
        connection.execute(
            "UPDATE performance SET submission_id = NULL WHERE model_id = ?", (model,)
        )
    untell(ledger_file, never(Fact.SUBMISSIONS, model))
    async with running(make_book(config=QUIET)) as pilot:
        assert row_of(pane_of(pilot), ATOMIC).rstrip().endswith("?")
        slots = await loaded(pilot, "4", SlotsPane)
        assert " not told" in slots.query_one("#summary", Line).text
        grid = slots.grid
        assert grid is not None
        running_row = next(
            text for y in range(grid.size.height) if "running" in (text := grid.render_line(y).text)
        )
        after_state = running_row.split("running")[1].split()
        assert after_state[0] == "?"


async def test_a_model_no_longer_listed_is_greyed_with_a_sign(
    make_book: BookMaker, ledger_file: Path
) -> None:
    alter_models(ledger_file, {FREE: {"missing_since": SINCE}})
    untell(ledger_file, since(Fact.LISTED, model_id(ledger_file, FREE)))
    async with running(make_book(config=QUIET)) as pilot:
        for key, kind in (("1", ModelsPane), ("2", StakesPane)):
            pane = await loaded(pilot, key, kind)
            mark(pane.grid, FREE)
            await pilot.pause()
            assert row_of(pane, f"{FREE}*")
        await pilot.press("plus")
        await told(pilot, "does not list")


async def test_an_archived_model_with_a_stake_is_shown_and_counted(
    make_book: BookMaker, ledger_file: Path
) -> None:
    before = make_book(config=QUIET).portfolio()
    alter_models(ledger_file, {FREE: {"archived": True}})
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        assert "archived" in row_of(pane_of(pilot), FREE)
        assert f"{len(before.lines)} models" in last_row(pane_of(pilot))
        assert format.nmr(before.staked.known, 3) in last_row(pane_of(pilot))


async def test_two_models_of_one_name_are_told_apart(
    make_book: BookMaker, ledger_file: Path
) -> None:
    alter_models(ledger_file, {OTHER: {"name": FREE}, ATOMIC: {"name": RELEASING}})
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        for key, kind in (("1", ModelsPane), ("2", StakesPane)):
            pane = await loaded(pilot, key, kind)
            assert pane.grid is not None
            names = [line.name for line in pane.grid.rows]
            assert len(set(names)) == len(names)
            assert f"{RELEASING} (Classic)" in names and f"{RELEASING} (Signals)" in names


@pytest.mark.parametrize("key", ["plus", "minus"])
async def test_no_change_begins_on_an_unknown_stake(
    make_book: BookMaker, stake_unknown: str, key: str
) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        pane = await loaded(pilot, "2", StakesPane)
        mark(pane.grid, FREE)
        await pilot.press(key)
        await told(pilot, "Numerai does not tell")
        assert not isinstance(pilot.app.screen, ChangeDialog)


async def test_nothing_is_planned_for_an_unknown_stake(
    make_book: BookMaker, stake_unknown: str
) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "2", StakesPane)
        mark(pane.grid, FREE)
        await pilot.press("a")
        editor = await front(pilot, AllocationEditor)
        await until(pilot, lambda: editor.report is not None)
        await pilot.press(*"40", "enter")
        await settled(pilot)
        await until(pilot, lambda: "does not tell" in editor.query_one("#verdict", Note).text)
        await pilot.press("p")
        plan = await front(pilot, PlanPane)
        await until(pilot, lambda: plan.report is not None)
        assert plan.report is not None and not plan.report.plan.steps
        assert "1 model left out" in plan.query_one("#summary", Line).text
        await pilot.press("Q")
        await told(pilot, "Numerai does not tell")
        assert not book.queue.report().lines


async def test_a_draft_whose_stake_is_not_told_any_more_is_not_confirmed(
    make_book: BookMaker, ledger_file: Path
) -> None:
    from ledger.domain.queue.change import ChangeKind

    book = make_book(config=QUIET)
    model = model_id(ledger_file, FREE)
    book.queue.draft(book.queue.preview(model, ChangeKind.INCREASE, "1"))
    untell(ledger_file, since(Fact.STAKE, model))
    async with running(book) as pilot:
        queue = await loaded(pilot, "5", QueuePane)
        await until(pilot, lambda: queue.grid is not None and queue.grid.rows)
        assert "? Numerai does not tell" in queue.query_one("#about", Note).text
        await pilot.press("c")
        await told(pilot, "Numerai does not tell")
        assert pilot.app.screen is queue
