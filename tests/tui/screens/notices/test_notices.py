"""The Notices mode and the command behind it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.settings import NoticeSettings
from tests.conftest import BookMaker
from tests.tui.driving import LARGE, QUIET, SMALL, app_of, running, until
from tests.tui.staking import front, loaded, text_of
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.notices.notices import NO_MATCH, NoticesPane
from tui.widgets.note import Note
from tui.widgets.topbar import TopBar


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
            assert notice.kind.value in line
            assert notice.sentence[:20] in line
        assert f"!{len(notices)}" in pane.query_one(TopBar).text
        sentence = pane.query_one("#sentence", Note)
        await until(pilot, lambda: sentence.text == notices[0].sentence)
        await pilot.press("j")
        await until(pilot, lambda: sentence.text == notices[1].sentence)
        await pilot.press("enter")
        assert notices[1].sentence in text_of(await front(pilot, TextDialog))


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
    wanted = len(book.notices.all())
    async with running(book) as pilot:
        await until(pilot, lambda: app_of(pilot).notices)
        await until(
            pilot, lambda: target.exists() and len(target.read_text().splitlines()) == wanted
        )
