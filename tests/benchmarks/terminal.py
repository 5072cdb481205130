"""What an app costs on the wire, measured through a pty as a terminal would see it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from tests.benchmarks.memory import memory_of
from tui.terminal.painting import REPEATED, REPEATS

COLUMNS, ROWS = 120, 36

RESTLESS = 5.0
"""Seconds after which a program that still writes is waited for no longer."""

_ASKED, _ANSWER = REPEATS.encode(), f"\x1b[{REPEATED.y + 1};{REPEATED.x + 1}R".encode()
"""What the app asks of a terminal at its start, and what one says that repeats letters."""

_NOTHING = 0.011
"""Seconds of processor time that count for none: one tick of the clock that tells them."""

_DROPPED = frozenset({"PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES"})
"""Not for what is measured: installed packages have bytecode, and the size is ours to say."""


class Terminal:
    """A program on a pty of 120x36 in truecolor; ``read`` drains what it wrote.

    ``restless`` counts how often it had not come to rest when it was no longer waited for.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.restless = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            cwd=cwd,
            env={
                **{name: value for name, value in os.environ.items() if name not in _DROPPED},
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(environment or {}),
            },
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def read(self, quiet: float) -> bytes:
        """Everything written until nothing came for ``quiet`` seconds."""
        return b"".join(chunk for _, chunk in self.chunks(quiet))

    def chunks(self, quiet: float) -> Iterator[tuple[float, bytes]]:
        """The same as it comes, each with the ``perf_counter`` of its arrival.

        A program that never rests, with a cursor that blinks, is left after ``RESTLESS`` seconds.
        """
        ends = time.perf_counter() + RESTLESS
        while select.select([self._master], [], [], quiet)[0]:
            if time.perf_counter() > ends:
                self.restless += 1
                break
            try:
                chunk = self._take()
            except OSError:
                break
            if not chunk:
                break
            yield time.perf_counter(), chunk

    def _take(self) -> bytes:
        """What was written meanwhile; a question in it is answered."""
        chunk = os.read(self._master, 1 << 16)
        if _ASKED in chunk:
            os.write(self._master, _ANSWER)
        return chunk

    def fileno(self) -> int:
        """The end of the pty that a terminal would hold."""
        return self._master

    def wait_for(self, marker: str, timeout: float = 30) -> tuple[float, bytes]:
        """Seconds from start until ``marker`` was written, and what was written up to then."""
        seen = self._until(marker, self.started + timeout)
        return time.perf_counter() - self.started, seen

    def _until(self, marker: str, ends: float) -> bytes:
        """Everything up to and with ``marker``.

        Raises:
            TimeoutError: it was not written before ``ends`` (of ``perf_counter``).
            EOFError: nor will it be, the program has ended.
        """
        seen = b""
        while marker.encode() not in seen:
            if time.perf_counter() > ends:
                raise TimeoutError(f"{marker!r} never appeared in {len(seen)} bytes")
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    seen += self._take()
                except OSError as error:
                    code = self.process.wait()
                    raise EOFError(f"ended with {code} and no {marker!r}") from error
        return seen

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def bytes_per_key(self, key: str, times: int, quiet: float = 0.25) -> list[int]:
        """The bytes each single press of ``key`` made the app write."""
        costs = []
        for _ in range(times):
            self.press(key)
            costs.append(len(self.read(quiet)))
        return costs

    def milliseconds_to_paint(self, key: str, quiet: float = 0.4) -> float:
        """From a press of ``key`` to the last byte the app wrote for it."""
        started = time.perf_counter()
        self.press(key)
        arrivals = [at for at, _ in self.chunks(quiet)]
        return (max(arrivals, default=started) - started) * 1000

    def milliseconds_to(self, key: str, marker: str, timeout: float = 30) -> float:
        """From a press of ``key`` until the app has written ``marker``."""
        started = time.perf_counter()
        self.press(key)
        self._until(marker, started + timeout)
        return (time.perf_counter() - started) * 1000

    def rest(self, quiet: float = 1.0, patience: float = 60.0) -> bytes:
        """Everything written until nothing was, and no processor time used, for ``quiet`` seconds;
        for ``patience`` seconds at most."""
        ends, written = time.perf_counter() + patience, b""
        before = -1.0
        while (used := self.cpu_seconds()) > before + _NOTHING and time.perf_counter() < ends:
            before = used
            written += self.read(quiet)
        return written

    def resident_megabytes(self) -> float:
        """Resident memory now."""
        return memory_of(self.process.pid, "VmRSS")

    def peak_megabytes(self) -> float:
        """The most resident memory there was."""
        return memory_of(self.process.pid, "VmHWM")

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def idle(self, seconds: float) -> tuple[int, float]:
        """Bytes written and the share of one core used while nothing is typed."""
        before = self.cpu_seconds()
        started = time.perf_counter()
        written = 0
        while (left := seconds - (time.perf_counter() - started)) > 0:
            if select.select([self._master], [], [], left)[0]:
                written += len(self._take())
        return written, (self.cpu_seconds() - before) / seconds
