"""The Notices mode and the command behind it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.screen import Screen

from ledger.config.settings import NoticeSettings
from ledger.domain.concern import Level
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind
from ledger.notices.finding import NoticeBook
from ledger.reports.notices.notice import OUTLOOKS, Notice, NoticeKind
from ledger.reports.notices.notices import NEVER_SYNCED
from tests.conftest import NOW, BookMaker
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, until
from tests.tui.staking import front, loaded, text_of
from tui.format import LEVEL_SIGNS
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.notices.destinations import WAYS
from tui.screens.notices.notices import (
    KINDS_IN_WORDS,
    LEVELS_IN_WORDS,
    NO_MATCH,
    NOTHING,
    NoticesPane,
)
from tui.widgets.note import Note
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.sandbox import Sandbox


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_what_deserves_attention(make_book: BookMaker, size: tuple[int, int]) -> None:
    book = make_book(config=QUIET)
    notices = book.notices.all()
    assert len(notices) > 1
    async with running(book, size) as pilot:
        pane = await loaded(pilot, "7", NoticesPane)
        grid = pane.grid
        assert grid is not None
        lines = [grid.render_line(y).text for y in range(1, len(notices) + 1)]
        for line, notice in zip(lines, notices, strict=True):
            assert f" {LEVEL_SIGNS[notice.level]} " in line
            assert notice.kind.value in line
            assert notice.sentence[:20] in line
        counts = Counter(notice.level for notice in notices)
        assert counts[Level.LOUD] and counts[Level.QUIET]
        await until(pilot, lambda: app_of(pilot).notices == notices)
        top = pane.query_one(TopBar).text
        assert f"!!{counts[Level.LOUD]}  !{counts[Level.QUIET]}" in top
        sentence = pane.query_one("#sentence", Note)
        await until(pilot, lambda: sentence.text == notices[0].sentence)
        await pilot.press("j")
        await until(pilot, lambda: sentence.text == notices[1].sentence)
        await pilot.press("i")
        text = text_of(await front(pilot, TextDialog))
        assert notices[1].sentence in text
        assert LEVELS_IN_WORDS[notices[1].level] in text


async def test_notices_can_be_filtered(make_book: BookMaker) -> None:
    book = make_book(config=QUIET)
    async with running(book) as pilot:
        pane = await loaded(pilot, "7", NoticesPane)
        grid = pane.grid
        assert grid is not None
        await pilot.press("t")
        await until(pilot, lambda: pane.tournament is not None)
        assert {row.tournament for row in grid.rows} <= {None, pane.tournament}
        await pilot.press("slash", *"zzz")
        await until(pilot, lambda: not grid.rows)
        assert any(NO_MATCH in grid.render_line(y).text for y in range(grid.size.height))


async def test_the_command_is_run_behind_the_screen(make_book: BookMaker, tmp_path: Path) -> None:
    target = tmp_path / "told"
    code = f"import sys; open({str(target)!r}, 'a').write(sys.stdin.read() + chr(10))"
    notices = NoticeSettings(command=(sys.executable, "-c", code))
    book = make_book(config=replace(QUIET, notices=notices))
    wanted = sum(notice.level is Level.LOUD for notice in book.notices.all())
    assert wanted
    async with running(book) as pilot:
        await until(pilot, lambda: app_of(pilot).notices)
        await until(
            pilot, lambda: target.exists() and len(target.read_text().splitlines()) == wanted
        )


def test_every_kind_and_level_is_explained_and_has_a_way() -> None:
    every = set(NoticeKind)
    assert set(OUTLOOKS) == every
    assert set(KINDS_IN_WORDS) == every
    assert set(WAYS) == every
    assert set(LEVELS_IN_WORDS) == set(LEVEL_SIGNS) == set(Level)
    for word in (*NoticeKind, *Level):
        assert f"{word.value} " in NoticesPane.HELP


@dataclass(frozen=True)
class Journey:
    """A notice, and the screen and what stands under its cursor where enter on it leads."""

    notice: Notice
    mode: str
    is_there: Callable[[Any], object]
    column: str = ""
    dialog: str = ""


def journeys(book: Book) -> list[Journey]:
    """One for each kind, more where it can lead to several places; no two to the same."""
    signals = [line for line in book.portfolio().lines if line.tournament is Tournament.SIGNALS]
    numbers = [row.round for row in book.performances(signals[0].model_id, 20)]
    increases = [(signals[place].model_id, NMR(1)) for place in (0, 1)]
    wanted, _ = [book.queue.add(key, ChangeKind.INCREASE, nmr) for key, nmr in increases]
    unlocks = [one for one in book.stakes.atomic.unlocks().unlocks if one.round is not None]

    def notice(kind: NoticeKind, tournament: Tournament | None, **more: Any) -> Notice:
        at = more.pop("at", NOW - timedelta(hours=1))
        name = f"{kind.value}:{more.get('round')}:{more.get('model_ids')}"
        return Notice(name, kind, tournament, (), at, f"About {name}.", **more)

    def model(kind: NoticeKind, index: int, number: int | None = None) -> Notice:
        return notice(kind, Tournament.SIGNALS, model_ids=(signals[index].model_id,), round=number)

    def to_round(kind: NoticeKind, mode: str, index: int) -> Journey:
        number, model_id = numbers[index], signals[index % len(signals)].model_id
        return Journey(
            model(kind, index % len(signals), number),
            mode,
            lambda row: number in (row.rounds if mode == "earnings" else (row.round,)),
            model_id,
        )

    def to_model(kind: NoticeKind, mode: str, index: int, dialog: str = "") -> Journey:
        model_id = signals[index].model_id
        return Journey(model(kind, index), mode, lambda row: row.model_id == model_id, "", dialog)

    def to_crypto(kind: NoticeKind, dialog: str) -> Journey:
        about = notice(kind, Tournament.CRYPTO)
        return Journey(about, "stakes", lambda row: row.tournament is Tournament.CRYPTO, "", dialog)

    def to_dialog(kind: NoticeKind, dialog: str) -> Journey:
        return Journey(notice(kind, None), "notices", bool, "", dialog)

    def to_unlock(kind: NoticeKind, index: int) -> Journey:
        unlock = unlocks[index]
        about = notice(kind, unlock.tournament, round=unlock.round)
        return Journey(about, "unlocks", lambda row: unlock in row.entries)

    return [
        to_round(NoticeKind.SUBMISSION, "slots", 1),
        to_round(NoticeKind.LATE, "slots", 2),
        to_round(NoticeKind.BURN, "earnings", 3),
        to_round(NoticeKind.CORRECTED, "earnings", 4),
        to_round(NoticeKind.DISAGREEMENT, "earnings", 5),
        to_model(NoticeKind.GONE, "models", 1),
        to_model(NoticeKind.MISSING, "models", 2),
        Journey(
            notice(NoticeKind.RELEASED, Tournament.SIGNALS),
            "stakes",
            lambda row: row.tournament is Tournament.SIGNALS,
        ),
        to_crypto(NoticeKind.IDLE, "Crypto strategy"),
        to_crypto(NoticeKind.TROUBLE, "Crypto strategy"),
        Journey(
            notice(NoticeKind.UNDONE, Tournament.SIGNALS, change=wanted.id),
            "queue",
            lambda row: row.change == wanted,
        ),
        to_unlock(NoticeKind.RESOLUTION, -1),
        to_unlock(NoticeKind.CLAIM, len(unlocks) // 2),
        to_dialog(NoticeKind.MISSING, "Not told"),
        to_dialog(NoticeKind.DISAGREEMENT, "Records"),
        to_dialog(NoticeKind.SCOPE, "API key"),
        to_dialog(NoticeKind.STALE, "Sync"),
        to_dialog(NoticeKind.CLOCK, "Clock"),
        Journey(notice(NoticeKind.CONFIG, None), "settings", bool),
    ]


def title_of(screen: Screen[Any]) -> str:
    if not isinstance(screen, TextDialog) or not screen.is_mounted:
        return ""
    return str(screen.query_one(".dialog--frame").border_title)


async def test_enter_goes_to_what_every_kind_is_about(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(config=QUIET)
    ways = journeys(book)
    assert {way.notice.kind for way in ways} == set(NoticeKind)
    monkeypatch.setattr(NoticeBook, "all", lambda _: tuple(way.notice for way in ways))
    async with running(book, SMALL) as pilot:
        app = app_of(pilot)

        def arrived(way: Journey) -> bool:
            pane, screen = app.pane, app.screen
            grid = pane.grid if pane is not None and pane.is_mounted else None
            if pane is None or grid is None or way.mode != pane.MODE or grid.selected is None:
                return False
            column = grid.selected_column.key if grid.selected_column is not None else ""
            title = title_of(screen)
            there = bool(way.is_there(grid.selected))
            return (there, column, title) == (True, way.column, way.dialog)

        for index, way in enumerate(ways):
            pane = await loaded(pilot, "7", NoticesPane)
            assert pane.grid is not None
            pane.grid.move_to(index)
            await pilot.press("enter")
            await until(pilot, lambda way=way: arrived(way), way.notice.id)
            if way.dialog:
                await pilot.press("escape")


async def test_a_ledger_that_was_never_synced_does_not_say_that_all_is_well(
    make_book: BookMaker, tmp_path: Path
) -> None:
    book = make_book(config=QUIET, path=tmp_path / "empty.sqlite3")
    assert book.notices.all() == (NEVER_SYNCED,)
    async with running(book, SMALL) as pilot:
        pane = await loaded(pilot, "7", NoticesPane)
        grid = pane.grid
        assert grid is not None
        assert NEVER_SYNCED.sentence[:30] in grid.render_line(1).text
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, TextDialog))
        text = text_of(app_of(pilot).screen)
        assert NEVER_SYNCED.sentence in text
        assert NOTHING not in text


async def test_a_notice_becomes_loud_as_time_passes(make_book: BookMaker, sandbox: Sandbox) -> None:
    book = make_book(config=replace(QUIET, notices=NoticeSettings(close_within_hours=1.0)))
    close = next(one.at for one in book.notices.all() if one.kind is NoticeKind.SUBMISSION)
    assert close is not None
    async with running(book, SMALL) as pilot:
        app = app_of(pilot)
        pane = await loaded(pilot, "7", NoticesPane)
        grid = pane.grid
        assert grid is not None
        await until(pilot, lambda: app.notices)
        assert not any("!!" in grid.render_line(y).text for y in range(grid.size.height))
        assert not app.attention.moves()
        sandbox.advance(to=close - timedelta(minutes=59))
        assert app.attention.moves()
        app.attention.look()
        await until(pilot, lambda: "closes in 59 min" in grid.render_line(1).text)
        assert " !! " in grid.render_line(1).text
        await until(pilot, lambda: "!!1" in pane.query_one(TopBar).text)
        assert not app.attention.moves(), "once a minute is enough"
