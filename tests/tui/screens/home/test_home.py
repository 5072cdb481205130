"""Home by its keys: what it says, how it moves, and where enter leads."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from ledger.book import Book
from ledger.domain.knowledge import Fact
from ledger.domain.model import System
from ledger.domain.nmr import ZERO
from ledger.domain.records.worth import Span
from ledger.reports.notices.notices import FIRST_SYNC, NEVER_SYNCED
from tests.ledger.untold import lose, never
from tests.tui.driving import (
    AT_HOME,
    LARGE,
    PATIENCE,
    QUIET,
    SMALL,
    app_of,
    running,
    settled,
    until,
)
from tests.tui.screens.earnings.test_risk import told
from tui.format import exact, nmr, payout
from tui.screens.earnings.risk import RiskPane
from tui.screens.home.home import HomePane
from tui.screens.pane import Pane
from tui.widgets.blocks import Entry
from tui.widgets.board import Board
from tui.widgets.modebar import ModeBar
from tui.widgets.tables.grid import Grid

if TYPE_CHECKING:
    from tests.conftest import BookMaker

HUGE = (200, 60)


@pytest.fixture
def at_home(make_book: BookMaker) -> Book:
    """A ledger whose records and risk are kept, as a sync leaves them."""
    book = make_book(config=AT_HOME)
    book.records.keep()
    told(book)
    return book


async def read(pilot: Pilot[Any]) -> Board:
    """The board once everything on it was read."""
    pane = app_of(pilot).pane
    assert isinstance(pane, HomePane)
    await until(pilot, lambda: pane._closer is not None and pane._projected is not None)
    await settled(pilot)
    return pane.board


def keys_of(board: Board) -> list[str]:
    return [board._entry(spot).key for spot in board._spots]


def entry(board: Board, key: str) -> Entry:
    found = (board._entry(spot) for spot in board._spots)
    return next(one for one in found if one.key == key)


@pytest.mark.parametrize("size", [SMALL, LARGE, HUGE])
async def test_the_app_opens_with_the_account_at_a_glance(
    at_home: Book, size: tuple[int, int]
) -> None:
    glance = at_home.home.glance()
    closer = at_home.home.closer(glance)
    async with running(at_home, size) as pilot:
        board = await read(pilot)
        assert app_of(pilot).current_mode == "home"
        assert "0 Home" in pilot.app.screen.query_one(ModeBar).text
        text = board.text
        assert nmr(closer.worth.total.known, 3) in text
        for line in closer.worth.lines:
            assert nmr(line.nmr.known, 3) in text
            assert exact(line.nmr.known) in entry(board, line.spot).exact
        grown = glance.growth(Span.QUARTER)
        assert nmr(grown.earned, 3, signed=True) in text
        assert "this month" in text
        for notice in (app_of(pilot).notices or ())[:3]:
            assert notice.kind.value in text
        assert "closes, round" in text
        assert closer.risk is not None
        assert closer.risk.outlook is not None
        assert f"~{payout(closer.risk.outlook.shortfall, 3)}" in text
        for one in closer.risk.worst(3):
            assert one.name in text
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert "…" not in [cell.plain for key in keys_of(board) for cell in entry(board, key).cells]


async def test_the_cursor_goes_through_all_lines_and_to_the_block_beside(at_home: Book) -> None:
    async with running(at_home, LARGE) as pilot:
        board = await read(pilot)
        keys = keys_of(board)
        assert board.selected is not None
        assert board.selected.key == keys[0] == "worth"
        await pilot.press("down")
        assert board.selected.key == keys[1]
        await pilot.press("right")
        assert board.selected.key == "growth"
        await pilot.press("left", "end")
        left = board.selected.key
        await pilot.press("down")
        assert board.selected.key == left
        await pilot.press("home")
        assert board.selected.key == "worth"
    async with running(at_home, SMALL) as pilot:
        board = await read(pilot)
        for key in keys_of(board):
            assert board.selected is not None
            assert board.selected.key == key
            y = board._at.y - board.scroll_offset.y if board._at is not None else -1
            assert 0 <= y < board.size.height
            await pilot.press("j")


async def test_keys_look_at_more_days_and_at_fewer(at_home: Book) -> None:
    async with running(at_home) as pilot:
        board = await read(pilot)
        seen = []
        for key in ("<", "<", "<", "<", ">", ">", ">", ">", ">"):
            await pilot.press({"<": "less_than_sign", ">": "greater_than_sign"}[key])
            line = next(row for row in board.text.splitlines() if "Last " in row)
            seen.append(line.split("Last ")[1].split()[0])
        assert seen == ["30", "7", "day", "day", "7", "30", "90", "365", "365"]


LEADS = {
    "worth": "models",
    "staked": "stakes",
    "locked": "unlocks",
    "wallet": "stakes",
    "month": "earnings",
    "growth": "earnings",
    "worst": "risk",
}


async def test_enter_opens_what_a_line_is_about(at_home: Book) -> None:
    async with running(at_home) as pilot:
        board = await read(pilot)
        home = app_of(pilot).pane
        others = {"model ": "rounds", "coming close": "slots", "coming increase": "stakes"}
        leads = dict(LEADS)
        for start, mode in others.items():
            leads[next(key for key in keys_of(board) if key.startswith(start))] = mode
        for key, mode in leads.items():
            board.move_to(key)
            await pilot.press("enter")
            await until(
                pilot, lambda mode=mode: getattr(app_of(pilot).pane, "MODE", "") == mode, key
            )
            pane = app_of(pilot).pane
            assert isinstance(pane, Pane)
            await until(pilot, lambda pane=pane: pane.report is not None)
            assert pane.TRAIL[0] == "Home"
            if key == "month":
                assert pane.grid is not None
                assert pane.grid.selected.label == "2026-11"
            await pilot.press("escape")
            await until(pilot, lambda: app_of(pilot).pane is home)
            assert board.selected is not None
            assert board.selected.key == key
        board.move_to(next(key for key in keys_of(board) if key.startswith("notice")))
        await pilot.press("enter")
        await until(pilot, lambda: app_of(pilot).screen is not home)


async def test_parts_of_what_is_at_risk_lead_to_their_rows(at_home: Book) -> None:
    figures = at_home.risk.kept()
    assert figures is not None
    largest, last = figures.models[-1], figures.tournaments[-1].tournament
    others = tuple(replace(one, at_risk=ZERO) for one in figures.models[:-1])
    at_home._store.keep_risk(replace(figures, models=(*others, largest)), "")
    async with running(at_home) as pilot:
        board = await read(pilot)
        home = app_of(pilot).pane
        for part, is_there in (
            (f"most on {largest.name}", lambda pane: pane.grid.selected.name == largest.name),
            (f"in {last.label}", lambda pane: pane.tournament is last),
        ):
            board.move_to(f"share {part}")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app_of(pilot).pane, RiskPane))
            pane = app_of(pilot).pane
            assert isinstance(pane, RiskPane)
            await until(pilot, lambda pane=pane: bool(pane.grid and pane.grid.rows))
            assert is_there(pane)
            await pilot.press("escape")
            await until(pilot, lambda: app_of(pilot).pane is home)


async def test_what_is_not_told_is_no_zero(at_home: Book) -> None:
    model = next(one for one in at_home.portfolio().lines if one.system is System.CONTINUOUS)
    lose(at_home, never(Fact.WALLET), never(Fact.STAKE, model.model_id))
    async with running(at_home) as pilot:
        board = await read(pilot)
        cells = {key: [cell.plain for cell in entry(board, key).cells] for key in keys_of(board)}
        assert cells["wallet"][1:3] == ["?", "?"]
        assert cells["staked"][1].endswith("+?")
        assert cells["worth"][1].endswith("+?")


async def test_a_filter_leaves_lines_out_and_y_copies_one_exactly(
    at_home: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    async with running(at_home) as pilot:
        monkeypatch.setattr(app_of(pilot), "copy_to_clipboard", copied.append)
        board = await read(pilot)
        await pilot.press("slash", *"wallet", "enter")
        await settled(pilot)
        assert keys_of(board) == ["wallet"]
        await pilot.press("y")
        available = at_home.portfolio().available
        assert available is not None
        assert copied == [f"{exact(available)} NMR"]
        await pilot.press("escape")
        await settled(pilot)
        assert len(keys_of(board)) > 10


async def test_an_empty_ledger_says_what_helps(make_book: BookMaker, tmp_path: Any) -> None:
    book = make_book(config=AT_HOME, path=tmp_path / "new.sqlite3")
    async with running(book) as pilot:
        pane = app_of(pilot).pane
        assert isinstance(pane, HomePane)
        assert "Nothing was synced yet. Press r to sync." in pane.board.text
        assert pane.board.selected is None
        await pilot.press("enter", "down", "left", "end", "y", "s")
        assert app_of(pilot).pane is pane
        for key in ("1", "2", "6"):
            await pilot.press(key)
            await settled(pilot)
            grid = app_of(pilot).screen.query_one(Grid)
            said = [grid.render_line(y).text.strip() for y in range(grid.size.height)]
            assert "Nothing was synced yet. Press r to sync." in said


async def test_a_setting_says_which_pane_opens(make_book: BookMaker) -> None:
    config = replace(QUIET, app=replace(QUIET.app, opens="stakes"))
    async with running(make_book(config=config)) as pilot:
        assert app_of(pilot).current_mode == "stakes"
        await pilot.press("0")
        await until(pilot, lambda: app_of(pilot).current_mode == "home")


async def test_a_first_sync_under_way_asks_for_no_sync(
    make_book: BookMaker, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(config=AT_HOME, path=tmp_path / "new.sqlite3")
    async with running(book) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: app.notices == (NEVER_SYNCED,))
        shown: list[Any] = []
        found, look_after, is_shown = app.attention.found, book._look_after, Event()

        def show(notices: Any) -> None:
            shown.append(notices)
            found(notices)
            is_shown.set()

        def end_later(previous: Any) -> None:
            assert is_shown.wait(PATIENCE)
            look_after(previous)

        monkeypatch.setattr(app.attention, "found", show)
        monkeypatch.setattr(book, "_look_after", end_later)
        await pilot.press("r")
        await until(pilot, lambda: shown and not app.syncing.running)
        await settled(pilot)
        assert shown[0] == (FIRST_SYNC,)
        assert not {NEVER_SYNCED, FIRST_SYNC} & set(shown[-1])
