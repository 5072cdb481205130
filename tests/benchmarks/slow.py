"""A slow line: a program's terminal, of which only so many bytes a second arrive.

``python -m tests.benchmarks.slow RATE COMMAND...`` shows what it is like: 960 is 9,600 baud.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_PIECE = 0.01
"""Seconds' worth of bytes handed on at a time."""


class SlowLine:
    """``command`` on a pty; ``terminal`` is the file descriptor of the other, slow end.

    What the program writes comes out there at ``rate`` bytes a second, what is written there
    goes in at once. As on a real line, the program blocks once what lies between (the kernel's
    buffers, 4 to 64 kB) is full.
    """

    def __init__(
        self,
        command: Sequence[str],
        rate: float,
        *,
        size: tuple[int, int] = (120, 36),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.rate = rate
        self._master, slave = pty.openpty()
        self.terminal, self._inner = pty.openpty()
        tty.setraw(self._inner)
        for fileno in (slave, self._inner):
            fcntl.ioctl(fileno, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = subprocess.Popen(
            list(command),
            **dict.fromkeys(("stdin", "stdout", "stderr"), slave),
            start_new_session=True,
            env=None if env is None else dict(env),
        )
        os.close(slave)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._out, self._in)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for fileno in (self._master, self._inner, self.terminal):
            os.close(fileno)

    def _out(self) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            if not select.select([self._master], [], [], 0.1)[0]:
                continue
            piece = _read(self._master, max(1, int(self.rate * _PIECE)))
            if not piece or not self._hand_on(piece):
                return
            due = max(due, time.monotonic()) + len(piece) / self.rate
            self._ended.wait(max(0.0, due - time.monotonic()))

    def _hand_on(self, piece: bytes) -> bool:
        """Put ``piece`` out, when somebody takes it; ``False`` when it is over before."""
        while not select.select([], [self._inner], [], 0.1)[1]:
            if self._ended.is_set():
                return False
        os.write(self._inner, piece)
        return True

    def _in(self) -> None:
        while not self._ended.is_set():
            if select.select([self._inner], [], [], 0.1)[0]:
                os.write(self._master, _read(self._inner, 4096))


@dataclass(frozen=True, slots=True)
class Held:
    """A key held down: ``lag`` seconds from its last press until nothing came any more."""

    presses: int
    lag: float
    bytes_after: int
    bytes_all: int


def hold(
    line: SlowLine, key: str, seconds: float, *, per_second: int = 60, patience: float = 60.0
) -> Held:
    """Hold ``key`` down, and wait for the screen to rest (half a second without a byte), for
    ``patience`` seconds at most."""
    presses, all_bytes, started = int(seconds * per_second), 0, time.monotonic()
    for press in range(presses):
        os.write(line.terminal, key.encode())
        all_bytes += len(drain(line, started + (press + 1) / per_second))
    end = last = time.monotonic()
    after = 0
    while time.monotonic() - last < 0.5 and time.monotonic() - end < patience:
        if select.select([line.terminal], [], [], 0.05)[0]:
            after += len(os.read(line.terminal, 1 << 16))
            last = time.monotonic()
    return Held(presses, last - end, after, all_bytes + after)


def drain(line: SlowLine, until: float) -> bytes:
    """What arrives before ``until`` (of ``time.monotonic``)."""
    found = b""
    while (left := until - time.monotonic()) > 0:
        if select.select([line.terminal], [], [], left)[0]:
            found += os.read(line.terminal, 1 << 16)
    return found


def wait_for(line: SlowLine, marker: str, timeout: float = 120) -> tuple[float, int]:
    """Seconds and bytes until ``marker`` has arrived in one piece.

    Raises:
        TimeoutError: it never did.
    """
    started, seen = time.monotonic(), b""
    while marker.encode() not in seen:
        if time.monotonic() - started > timeout:
            raise TimeoutError(f"{marker!r} never arrived in {len(seen)} bytes")
        seen += drain(line, time.monotonic() + 0.05)
    return time.monotonic() - started, len(seen)


def _read(fileno: int, most: int) -> bytes:
    try:
        return os.read(fileno, most)
    except OSError:  # the program has ended
        return b""


def main() -> None:
    """Run a command on this terminal as over a slow line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.slow")
    parser.add_argument("rate", type=float, help="bytes a second")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        with SlowLine(options.command, options.rate, size=shutil.get_terminal_size()) as line:
            _relay(line)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def _relay(line: SlowLine) -> None:
    while line.process.poll() is None:
        ready = select.select([line.terminal, sys.stdin], [], [], 0.1)[0]
        if line.terminal in ready:
            os.write(sys.stdout.fileno(), os.read(line.terminal, 1 << 16))
        if sys.stdin in ready:
            os.write(line.terminal, os.read(sys.stdin.fileno(), 4096))


if __name__ == "__main__":
    main()
