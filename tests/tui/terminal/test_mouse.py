"""The mouse on a real terminal: what is asked of it, and what its reports do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.sandbox import Sandbox
from tests.tui.emulated import Emulated
from tests.tui.process import MARK, AppProcess

LEFT, MIDDLE, RIGHT, MOVED, DOWN = 0, 1, 2, 35, 65
"""Buttons as SGR reports have them, a move without any, and a step of the wheel."""

ASKED = (b"\x1b[?1000h", b"\x1b[?1006h")
NEVER_ASKED = (b"\x1b[?1002h", b"\x1b[?1003h", b"\x1b[?1015h")
"""Moves while a button is down, all moves, and a form of reports that nothing reads."""


@pytest.fixture
def app(tmp_path: Path, synced_ledger: Path, sandbox: Sandbox) -> AppProcess:
    process = AppProcess(tmp_path / "app", sandbox)
    process.set_up(synced_ledger)
    return process


def place_of(terminal: Emulated, text: str) -> tuple[int, int]:
    """The cell in the middle of ``text``, counted from 1."""
    y = next(y for y, line in enumerate(terminal.screen.display) if text in line)
    return terminal.screen.display[y].index(text) + len(text) // 2 + 1, y + 1


def report(button: int, place: tuple[int, int], *ends: str) -> str:
    x, y = place
    return "".join(f"\x1b[<{button};{x};{y}{end}" for end in ends or ("M", "m"))


def test_clicks_and_the_wheel_and_nothing_else(app: AppProcess) -> None:
    with Emulated(app.command, env=app.environment, size=(80, 24)) as terminal:
        terminal.wait_for(MARK, "16 models", "2 Stakes")
        assert all(code in terminal.written for code in ASKED)
        terminal.press(report(LEFT, place_of(terminal, "2 Stakes")))
        terminal.wait_for("locked to", "16 models", MARK)
        while terminal.pump(0.2):
            pass
        before = len(terminal.written)
        away = place_of(terminal, "3 Earnings")
        for column in range(1, 80):
            terminal.press(report(MOVED, (column, 8), "M"))
        terminal.press(report(MOVED, away, "M") + report(RIGHT, away) + report(MIDDLE, away))
        rows = [y for y, line in enumerate(terminal.screen.display) if MARK in line]
        terminal.press(report(LEFT, (5, rows[0] + 3)))
        terminal.wait(lambda: MARK in terminal.screen.display[rows[0] + 2], "the row clicked")
        while terminal.pump(0.2):
            pass
        assert "locked to" in terminal.text
        assert 0 < len(terminal.written) - before <= 1_000, "moves paint nothing"
        top = terminal.screen.display[rows[0]]
        terminal.press(report(DOWN, (5, rows[0] + 1), "M"))
        terminal.wait(lambda: terminal.screen.display[rows[0]] != top, "the wheel")
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert not any(code in terminal.written for code in NEVER_ASKED)


def test_the_mouse_can_be_left_to_the_terminal(app: AppProcess) -> None:
    file = app.folder / "config.toml"
    file.write_text(file.read_text().replace("[app]", "[app]\nmouse = false"))
    with Emulated(app.command, env=app.environment) as terminal:
        terminal.wait_for(MARK, "16 models")
        terminal.press("yy")
        terminal.wait_for("Select it with the mouse")
        terminal.press("\x1b")
        terminal.wait_for("2 Stakes")
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert not any(code in terminal.written for code in (*ASKED, *NEVER_ASKED))
