"""The app in a real tmux: painted right, attached again at another size, copied from."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tui.emulated import until
from tests.tui.process import MARK, AppProcess
from tests.tui.tmux import Tmux
from tui.terminal.signs import PLAIN

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox

pytestmark = pytest.mark.skipif(
    not shutil.which("tmux") and "NUMSTAKE_NEED_SSH" not in os.environ,
    reason="not installed: tmux",
)


@pytest.fixture
def app(tmp_path: Path, synced_ledger: Path, sandbox: Sandbox) -> AppProcess:
    process = AppProcess(tmp_path / "app", sandbox)
    process.set_up(synced_ledger)
    return process


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    with Tmux(tmp_path / "tmux") as server:
        yield server


def quit_app(tmux: Tmux, app: AppProcess) -> None:
    tmux.press("q")
    assert app.wait_ended() == "left with 0"


def lines(tmux: Tmux) -> list[str]:
    return [line.rstrip() for line in tmux.screen().splitlines()]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
@pytest.mark.parametrize("term", ["tmux-256color", "screen-256color", "xterm-256color", "xterm"])
def test_it_is_painted_in_full(
    tmp_path: Path, app: AppProcess, term: str, size: tuple[int, int]
) -> None:
    with Tmux(tmp_path / "another", term=term) as tmux:
        tmux.start(app.line, env={}, size=size)
        tmux.wait_for("lichen_neutral", MARK, "q quit")
        shown = lines(tmux)
        assert len(shown) == size[1]
        assert shown[-1].endswith("q quit")
        assert sum(MARK in line for line in shown) == 1
        tmux.press("2")
        tmux.wait_for("releasing")
        quit_app(tmux, app)


@pytest.mark.parametrize("term", ["linux", "vt100"])
def test_a_console_gets_no_signs(tmp_path: Path, app: AppProcess, term: str) -> None:
    with Tmux(tmp_path / "another", term=term) as tmux:
        tmux.start(app.line, env={}, size=(80, 24))
        tmux.wait_for("lichen_neutral", MARK.translate(PLAIN), "q quit")
        assert tmux.screen().isascii()
        quit_app(tmux, app)


def test_attached_again_at_another_size(tmux: Tmux, app: AppProcess) -> None:
    tmux.start(app.line, env={})
    tmux.wait_for("lichen_neutral")
    for size in ((120, 36), (80, 24), (100, 30)):
        with tmux.attach(size=size) as terminal:
            terminal.wait_for("lichen_neutral")
            until(lambda size=size: fills(tmux, size), tmux.screen)  # type: ignore[misc]
            terminal.wait(lambda: same(terminal.text, tmux.screen()), "the same in both")
        tmux.wait_detached()
    quit_app(tmux, app)


def fills(tmux: Tmux, size: tuple[int, int]) -> bool:
    """Whether the app is as large as the window: its key bar ends at the right edge."""
    shown = lines(tmux)
    return len(shown) == size[1] and shown[-1].endswith("q quit") and len(shown[-1]) >= size[0] - 2


def same(one: str, other: str) -> bool:
    return [x.rstrip() for x in one.splitlines()] == [y.rstrip() for y in other.splitlines()]


@pytest.mark.parametrize("setting", ["on", "external", "off"])
def test_a_copy_arrives_in_tmux(tmp_path: Path, app: AppProcess, setting: str) -> None:
    with Tmux(tmp_path / "another", {"set-clipboard": setting}) as tmux:
        tmux.start(app.line, env={})
        tmux.wait_for("lichen_neutral")
        tmux.press("y")
        until(lambda: tmux.tell("list-buffers"), "a buffer")
        copied = tmux.tell("show-buffer")
        assert copied.split("\t")[:2] == ["alder", "Classic"]
        assert len(tmux.tell("list-buffers").splitlines()) == 1
        quit_app(tmux, app)


@pytest.mark.parametrize("setting", ["on", "external"])
def test_a_copy_goes_on_to_the_terminal_outside(
    tmp_path: Path, app: AppProcess, setting: str
) -> None:
    with Tmux(tmp_path / "another", {"set-clipboard": setting}) as tmux:
        tmux.start(app.line, env={})
        with tmux.attach() as terminal:
            terminal.wait_for("lichen_neutral")
            terminal.press("y")
            terminal.wait(lambda: b"\x1b]52;" in terminal.written, "OSC 52 outside")
            terminal.wait(lambda: tmux.tell("list-buffers"), "a buffer")
            wanted = base64.b64encode(tmux.tell("show-buffer").encode())
            terminal.wait(lambda: wanted in terminal.written, "the row outside")
        quit_app(tmux, app)


def test_copied_twice_it_is_shown(tmux: Tmux, app: AppProcess) -> None:
    tmux.start(app.line, env={})
    tmux.wait_for("lichen_neutral")
    tmux.press("y")
    tmux.wait_for("Once more shows it.")
    tmux.press("y")
    tmux.wait_for("Select it with the mouse")
    (row,) = [line for line in lines(tmux) if line.startswith("alder")]
    assert "Classic" in row
    assert "0" in tmux.tell("display-message", "-p", "#{mouse_any_flag}")
    tmux.press("Escape")
    tmux.wait_for("q quit", "lichen_neutral")
    until(lambda: "1" in tmux.tell("display-message", "-p", "#{mouse_any_flag}"), "the mouse")
    quit_app(tmux, app)


def test_the_window_is_closed(tmux: Tmux, app: AppProcess) -> None:
    tmux.start(app.line, env={})
    tmux.wait_for("lichen_neutral")
    tmux.tell("kill-session")
    assert app.wait_ended() == "left with 129"
