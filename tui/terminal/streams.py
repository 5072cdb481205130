"""The terminal as something that can fall silent or go away.

Over SSH a terminal may vanish without a signal to this process (inside ``su``, ``sudo``, a
wrapper). Textual's driver then reads an end of input for ever, at most of a core, and its writer
dies of the first failed write, after which the app would wait for it without end.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RESTORE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[?1016l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)
"""What gives a terminal back that the driver no longer can: its modes off, cursor on."""

COPIES = "\x1b]52;"
"""How a text for the terminal's clipboard begins (OSC 52)."""

_SCREEN_TAKES = 500
"""Characters GNU screen passes on at a time; 768 is its limit."""

_LOOK_AGAIN = 1000
"""Milliseconds between looks where a hang-up wakes nobody."""


class Unfailing:
    """A text file whose writes into a terminal that is gone are dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._written = 0
        self.taken = 0
        """How many characters have reached the terminal, or were dropped."""

    def write(self, text: str) -> int:
        """Write, or drop what nobody can read any more."""
        with suppress(OSError, ValueError):
            self._file.write(text)
        self._written += len(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or drop."""
        with suppress(OSError, ValueError):
            self._file.flush()
        self.taken = self._written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def watch(fileno: int) -> bool:
    """Wait until the terminal is gone; ``False`` where this platform can't tell.

    Costs nothing while it waits. Meant for a thread of its own.
    """
    import select

    if not hasattr(select, "poll"):
        return False
    poller = select.poll()
    poller.register(fileno, 0)
    while True:
        for _, events in poller.poll(_LOOK_AGAIN):
            return bool(events & (select.POLLHUP | select.POLLERR))


def past_screen(data: str) -> str:
    """``data`` in pieces that GNU screen hands to the terminal outside, unread."""
    pieces = (data[at : at + _SCREEN_TAKES] for at in range(0, len(data), _SCREEN_TAKES))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def line_settings() -> Callable[[], None]:
    """Puts the terminal's line settings (echo, whole lines) back as they are now."""
    if sys.platform == "win32" or sys.__stdin__ is None:
        return lambda: None
    import termios

    try:
        fileno = sys.__stdin__.fileno()
        settings = termios.tcgetattr(fileno)
    except (OSError, ValueError, termios.error):
        return lambda: None

    def put_back() -> None:
        with suppress(termios.error):
            termios.tcsetattr(fileno, termios.TCSANOW, settings)

    return put_back


def hang_up() -> None:
    """Tell this process what a kernel tells the owner of a terminal that is gone."""
    os.kill(os.getpid(), signal.SIGHUP)


def has_job_control() -> bool:
    """Whether a shell is there that can bring a suspended app back.

    A shell puts each job into a process group of its own; what ``ssh -t host numstake-tui`` or
    a new tmux window runs instead of a shell leads its session, and would sleep for good.
    """
    return sys.platform != "win32" and os.getsid(0) != os.getpgrp()
