"""A program on a pty behind a terminal emulator: press keys, look at the screen."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

PATIENCE = 30.0
_LOCAL = (
    *("TMUX", "TMUX_PANE", "STY", "NO_COLOR", "COLORTERM", "SSH_CONNECTION", "SSH_TTY"),
    *("COLUMNS", "LINES"),
)
"""What says which terminal the tests themselves run in, and how large it is."""

_UNKNOWN = re.compile(r"\x1b(?:\[[<>=][\d;]*[A-Za-z]|\[\?[\d;]*\$p|P[^\x1b]*\x1b\\)")
_UNFINISHED = re.compile(r"\x1b(?:\[[<>=?]?[\d;]*\$?|P[^\x1b]*\x1b?)?$")


def environment(**given: str) -> dict[str, str]:
    """This process's, without what tells of its own terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **given}


def until(condition: Callable[[], object], what: Callable[[], str] | str = "it") -> None:
    """Wait for something outside this process.

    Raises:
        AssertionError: it never came, with what ``what`` says.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what if isinstance(what, str) else what()}")
        select.select([], [], [], 0.01)


class Emulated:
    """``command`` on a pty; ``written`` is all it sent. The pty is its session's controlling
    terminal unless told otherwise: without, nobody signals that it is gone."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (120, 36),
        cwd: Path | None = None,
        controlling: bool = True,
    ) -> None:
        self.written = b""
        self.screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""
        self._master, slave = pty.openpty()
        self._size(slave, size)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command] if controlling else list(command),
            **dict.fromkeys(("stdin", "stdout", "stderr"), slave),
            env=dict(env if env is not None else environment()),
            cwd=cwd,
            start_new_session=not controlling,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()

    # What it shows

    def pump(self, seconds: float = 0.02) -> bool:
        """Take what was written meanwhile; whether anything was."""
        if self._master < 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self.written += chunk
        text = self._pending + self._decode(chunk)
        cut = _UNFINISHED.search(text)
        text, self._pending = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        self._stream.feed(_UNKNOWN.sub("", text))
        return bool(chunk)

    @property
    def text(self) -> str:
        """The screen, its lines without trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def is_bold(self, text: str) -> bool:
        """Whether ``text`` stands in bold somewhere."""
        for y, line in enumerate(self.screen.display):
            x = line.find(text)
            if x >= 0:
                return bool(self.screen.buffer[y][x].bold)
        return False

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Take what is written until ``condition`` holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"never: {what}\n{self.text}"
            self.pump(0.05)

    def wait_for(self, *texts: str) -> None:
        """Until all ``texts`` are on the screen."""
        self.wait(lambda: all(text in self.text for text in texts), repr(texts))

    def wait_end(self) -> int:
        """Until the program has ended; its exit code."""
        self.wait(lambda: self.process.poll() is not None, "its end")
        while self.pump(0.1):
            pass
        return int(self.process.returncode)

    def attributes(self) -> list[Any]:
        """The line's settings, as ``termios`` has them."""
        return termios.tcgetattr(self._master)

    # What is done to it

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as a window manager would have it."""
        self.screen.resize(rows, columns)
        self._size(self._master, (columns, rows))

    def hang_up(self) -> None:
        """The terminal is gone."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    @staticmethod
    def _size(fileno: int, size: tuple[int, int]) -> None:
        columns, rows = size
        fcntl.ioctl(fileno, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
