"""The app on a real terminal: what it writes, and in what state it leaves the terminal."""

from __future__ import annotations

import shutil
import signal
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.store import Store
from tests.benchmarks.terminal import Terminal
from tests.conftest import NOW

ALTERNATE_SCREEN_OFF = b"\x1b[?1049l"
MOUSE_OFF = b"\x1b[?1000l"
CURSOR_ON = b"\x1b[?25h"

BROKEN = """
import sys
from tui.app import NumstakeApp
from tui.cli import run

def broken(self):
    raise ZeroDivisionError("a defect")

NumstakeApp.action_sync = broken
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def home(tmp_path: Path, synced_ledger: Path) -> Path:
    """A folder with a synced ledger and a config that leaves Numerai alone."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(synced_ledger, tmp_path / "data" / "default.sqlite3")
    config = '[app]\nopens = "models"\nsync_on_start = false\nsync_every = 0\n'
    (tmp_path / "config.toml").write_text(config)
    return tmp_path


@pytest.fixture
def first_model(home: Path) -> str:
    store = Store.open(home / "data" / "default.sqlite3", clock=FrozenClock(NOW))
    name = store.models()[0].name
    store.close()
    return name


@pytest.fixture
def terminal(home: Path, first_model: str) -> Iterator[Terminal]:
    """The app on a terminal of 120x36, its models on screen."""
    with Terminal([sys.executable, "-m", "tui", "--at", str(home)]) as running:
        running.wait_for(first_model)
        running.read(0.5)
        yield running


def given_back(written: bytes) -> bool:
    return all(code in written for code in (ALTERNATE_SCREEN_OFF, MOUSE_OFF, CURSOR_ON))


def test_moving_the_cursor_is_cheap_on_the_wire(terminal: Terminal) -> None:
    costs = terminal.bytes_per_key("j", 10, quiet=0.2)
    assert 0 < statistics.median(costs) <= 300


def test_a_dialog_that_is_closed_before_it_is_there_stops_no_paint(terminal: Terminal) -> None:
    terminal.press("?q?q?qj")
    terminal.read(0.7)
    assert all(terminal.bytes_per_key("j", 3))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(terminal: Terminal, number: signal.Signals) -> None:
    terminal.process.send_signal(number)
    written = terminal.read(2)
    assert given_back(written)
    assert terminal.process.wait(60) == 128 + number


def test_q_gives_the_terminal_back(terminal: Terminal) -> None:
    terminal.press("q")
    assert given_back(terminal.read(2))
    assert terminal.process.wait(60) == 0


def test_a_defect_ends_cleanly_and_names_the_log(home: Path, first_model: str) -> None:
    command = [sys.executable, "-c", BROKEN, "--at", str(home)]
    with Terminal(command) as terminal:
        terminal.wait_for(first_model)
        terminal.read(0.5)
        terminal.press("r")
        written = terminal.read(2)
        assert given_back(written)
        assert b"unexpected problem" in written
        assert b"ZeroDivisionError" in written
        assert terminal.process.wait(60) == 1
    log = (home / "numstake-tui.log").read_text()
    assert "a defect" in log


def test_without_colour_signs_are_still_there(home: Path) -> None:
    command = [sys.executable, "-m", "tui", "--at", str(home)]
    with Terminal(command, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("✓")
        terminal.read(0.5)
        terminal.press("j")
        terminal.wait_for("▌")
