"""What is known of slow lines, and what follows: plain charts, and waiting for the line."""

from __future__ import annotations

import io
import os
import pty
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from tui.terminal.posix_driver import SteadyDriver
from tui.terminal.slow_lines import Pace, slow_rate, takes_full_charts
from tui.terminal.streams import Unfailing


@pytest.mark.parametrize(
    ("charts", "term", "full"),
    [
        ("auto", "xterm-256color", True),
        ("auto", "linux", False),
        ("auto", "vt220", False),
        ("full", "linux", True),
        ("plain", "xterm-256color", False),
    ],
)
def test_charts_follow_the_setting_then_the_terminal(
    monkeypatch: pytest.MonkeyPatch, charts: str, term: str, full: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    assert takes_full_charts(charts, "auto") is full


@pytest.mark.parametrize(
    ("name", "speed", "slow"),
    [
        ("/dev/ttyS0", termios.B9600, 9_600),
        ("/dev/ttyUSB1", termios.B19200, 19_200),
        ("/dev/ttyu0", termios.B2400, 2_400),
        ("/dev/ttyS0", termios.B38400, None),
        ("/dev/ttyS0", termios.B115200, None),
        ("/dev/ttyS0", termios.B0, None),
        ("/dev/pts/3", termios.B9600, None),
        ("/dev/ttys001", termios.B9600, None),
    ],
)
def test_a_slow_serial_line_gets_plain_charts(
    monkeypatch: pytest.MonkeyPatch, name: str, speed: int, slow: int | None
) -> None:
    """What a pseudo terminal says of its speed means nothing."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[4] = settings[5] = speed
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    monkeypatch.setattr(os, "ttyname", {theirs: name}.__getitem__)
    with os.fdopen(theirs) as line:
        monkeypatch.setattr(sys, "__stdin__", line)
        assert slow_rate() == slow
        assert takes_full_charts("auto", "auto") is (slow is None)
    os.close(ours)


def test_a_line_without_a_terminal_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "__stdin__", nothing)
        assert slow_rate() is None


def test_the_pace_of_a_line_tells_how_far_it_lags_behind() -> None:
    moment = [100.0]
    pace = Pace(9_600, lambda: moment[0])
    pace.add(96)
    assert pace.lag == pytest.approx(0.1)
    moment[0] += 0.05
    pace.add(96)
    assert pace.lag == pytest.approx(0.15)
    moment[0] += 1
    assert pace.lag == 0
    pace.add(96)
    assert pace.lag == pytest.approx(0.1)
    quick = Pace(None, lambda: moment[0])
    quick.add(1_000_000)
    assert quick.lag == 0


@pytest.fixture
def signals() -> Iterator[None]:
    """A driver of Textual's takes them when it is made."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
async def test_nothing_more_is_sent_before_a_slow_line_has_carried_it() -> None:
    moment, file = [100.0], Unfailing(io.StringIO())
    driver: Any = SteadyDriver(App())
    driver._file = driver._writer_thread = file
    driver._pace = Pace(9_600, lambda: moment[0])
    driver.write("▌" * 10)
    file.flush()
    assert not driver.lags
    driver.write("▌" * 10)
    file.flush()
    assert driver.lags
    moment[0] += 0.02
    assert not driver.lags
