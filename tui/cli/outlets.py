"""Standard output and error as something that may be full, closed, or nobody reads any more.

What can't be written to standard output ends the command; what can't be written to standard error
is dropped, since there is nobody left to tell.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputLost(Exception):
    """Standard output took no more; ``reason`` is the system's, ``None`` where its reader left."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


class Outlet(io.FileIO):
    """A descriptor of which the first failed write is told, unless it is ``forgiving``.

    All that comes later is dropped: buffers are flushed once more when the program ends.
    """

    def __init__(self, descriptor: int, *, forgiving: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._forgiving = forgiving
        self._lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what it takes of ``data``; how many bytes that were.

        Raises:
            OutputLost: for the first time.
        """
        if not self._lost:
            try:
                return super().write(data)
            except OSError as error:
                self._lost = True
                if not self._forgiving:
                    gone = isinstance(error, BrokenPipeError)
                    raise OutputLost(None if gone else error.strerror) from None
        return memoryview(data).nbytes


def heed_terminal_size() -> None:
    """Where the terminal knows its size, what the environment says of it does not count."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.get_terminal_size(descriptor).columns:
                for variable in ("COLUMNS", "LINES"):
                    os.environ.pop(variable, None)


@contextmanager
def outlets() -> Iterator[None]:
    """Standard output and error through an :class:`Outlet` each, for a while.

    What is written to a stream that was closed before the program began is dropped, and no file
    that is opened gets its number.
    """
    _reopen_closed()
    before = sys.stdin, sys.stdout, sys.stderr
    # Held here: an outlet does not keep the file open whose descriptor it writes to.
    given = before[0] or _nowhere("r"), before[1] or _nowhere("w"), before[2] or _nowhere("w")
    sys.stdin = given[0]
    sys.stdout = _through_outlet(given[1], forgiving=False)
    sys.stderr = _through_outlet(given[2], forgiving=True)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OutputLost):
                stream.flush()
        sys.stdin, sys.stdout, sys.stderr = before


def _reopen_closed() -> None:
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:  # the lowest free number is the one that was closed
            os.open(os.devnull, os.O_RDWR)


def _nowhere(mode: str) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")  # type: ignore[return-value]


def _through_outlet(stream: TextIO, *, forgiving: bool) -> TextIO:
    """``stream`` as it is where it is no file.

    A locale without our signs gets question marks, not a crash.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if not isinstance(raw, io.FileIO):
        stream.reconfigure(errors="replace")
        return stream
    outlet = Outlet(raw.fileno(), forgiving=forgiving)
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=forgiving or outlet.isatty(),
    )
