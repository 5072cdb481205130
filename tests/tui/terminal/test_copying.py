"""Copying where nobody says whether it worked, and signs where a terminal has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Static

from tests.tui.driving import QUIET, running
from tests.tui.staking import front
from tui.changes import CHANGE_SIGNS
from tui.screens.dialogs.copy_screen import CopyScreen
from tui.screens.pane import Pane
from tui.terminal import signs
from tui.terminal.copying import into_tmux
from tui.terminal.streams import COPIES, past_screen

if TYPE_CHECKING:
    from tests.conftest import BookMaker

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def on_an_xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(screen: CopyScreen) -> str:
    return str(screen.query_one(".copied", Static).content)


async def test_the_same_key_again_shows_the_text(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("y")
        assert not isinstance(pilot.app.screen, CopyScreen)
        await pilot.press("y")
        screen = await front(pilot, CopyScreen)
        assert shown(screen) == pilot.app.clipboard
        await pilot.press("escape")
        await front(pilot, Pane)


async def test_another_row_is_only_copied(make_book: BookMaker) -> None:
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("y")
        first = pilot.app.clipboard
        await pilot.press("j", "y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Pane)
        assert pilot.app.clipboard != first


async def test_without_a_clipboard_it_is_shown_at_once(
    make_book: BookMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    async with running(make_book(config=QUIET)) as pilot:
        await pilot.press("y")
        screen = await front(pilot, CopyScreen)
        assert shown(screen) == pilot.app.clipboard


def test_without_tmux_nothing_goes_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not into_tmux("text")


@given(st.text("ABCxyz0189+/=", max_size=2000))
def test_gnu_screen_passes_everything_on(payload: str) -> None:
    sent = f"{COPIES}c;{payload}\a"
    pieces = past_screen(sent).split("\x1b\\")[:-1]
    assert all(piece.startswith("\x1bP") and len(piece) < 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sent


@pytest.mark.parametrize(
    ("glyphs", "term", "encoding", "plain"),
    [
        ("auto", "xterm-256color", "utf-8", False),
        ("auto", "tmux-256color", "UTF-8", False),
        ("auto", "linux", "utf-8", True),
        ("auto", "vt220", "utf-8", True),
        ("auto", "xterm", "iso-8859-1", True),
        ("unicode", "linux", "ascii", False),
        ("ascii", "xterm-256color", "utf-8", True),
    ],
)
def test_who_gets_ascii(glyphs: str, term: str, encoding: str, *, plain: bool) -> None:
    assert signs.are_plain(glyphs, term, encoding) is plain


def test_every_sign_in_use_has_a_stand_in() -> None:
    replaced = {ROOT / "ledger" / "cells.py", ROOT / "ledger" / "domain" / "names.py"}
    sources = {*(ROOT / "tui").rglob("*.py"), *(ROOT / "ledger").rglob("*.py")} - replaced
    used = {letter for file in sources for letter in file.read_text("utf-8") if letter > "\x7f"}
    assert {letter for letter in used if not letter.translate(signs.PLAIN).isascii()} == set()


def test_states_can_still_be_told_apart() -> None:
    plain = [sign.translate(signs.PLAIN) for sign in CHANGE_SIGNS.values()]
    assert len(set(plain)) == len(set(CHANGE_SIGNS.values()))


def test_a_stand_in_is_as_wide_as_its_sign() -> None:
    assert {len(text) for text in signs.PLAIN.values()} == {1}
    assert all(text.isascii() and text.isprintable() for text in signs.PLAIN.values())
