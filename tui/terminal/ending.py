"""What ends the app from outside: signals, a terminal that is gone. It ends in order, or at last.

In order means: the terminal is given back, what was entered is on disk, a change on its way may
still hear its answer. Whatever hangs (a line that takes no more bytes, say) gets a few seconds;
the ledger is whole at every moment, so leaving it then costs nothing but that answer.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tui import jobs
from tui.terminal.streams import RESTORE, line_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT")
"""Each ends the app; ctrl+c is a key once the app reads the terminal, no signal."""

PATIENCE = 3.0
"""Seconds the app has to end once it was told to."""

ANSWER = 20.0
"""Seconds that a change on its way to Numerai has for its answer, with nobody waiting."""


class Ending:
    """Used around ``App.run``; ``code`` is the exit code (128 and the signal) once it has begun.

    ``early_signals``: signals to end that came before and had no effect.
    """

    def __init__(self, app: App[Any], early_signals: Sequence[int] = ()) -> None:
        self.code: int | None = None
        self._app = app
        self._early_signals = early_signals
        self._over = False
        self._before: dict[int, Any] = {}
        self._put_line_back = line_settings()

    def __enter__(self) -> Self:
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._end_by)
        if self._early_signals:
            sys.exit(128 + self._early_signals[0])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        if self.code is None:
            for number, handler in self._before.items():
                signal.signal(number, handler)
        elif jobs.sending():
            with suppress(OSError):
                sys.stderr.write(f"A change is on its way to Numerai, {ANSWER:g} s at most.\n")
                sys.stderr.flush()
            jobs.wait_for(jobs.SEND, ANSWER)

    def _end_by(self, number: int, _frame: FrameType | None) -> None:
        """Runs in the main thread, between any two steps of it."""
        if self.code is not None and not self._over:
            return
        self.code = 128 + number
        if self._over:
            sys.exit(self.code)
        threading.Thread(target=self._end_at_last, name="ending", daemon=True).start()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # the app does not run yet, or no more
            sys.exit(self.code)
        loop.call_soon_threadsafe(partial(self._app.exit, return_code=self.code))

    def _end_at_last(self) -> NoReturn:
        """Runs in a thread of its own: the last resort, when the app does not end by itself."""
        main = threading.main_thread()
        main.join(PATIENCE)
        if jobs.sending():
            jobs.wait_for(jobs.SEND, ANSWER)
            main.join(PATIENCE)
        if not main.is_alive():  # the interpreter clears up, and ends this thread with it
            time.sleep(PATIENCE)
        self._put_line_back()
        _write_at_once(RESTORE)
        os._exit(self.code or 1)


def _write_at_once(text: str) -> None:
    """To the terminal, if it takes anything now."""
    with suppress(OSError, ValueError, AttributeError):
        fileno = sys.__stderr__.fileno()  # type: ignore[union-attr]
        os.set_blocking(fileno, False)
        try:
            os.write(fileno, text.encode())
        finally:
            os.set_blocking(fileno, True)
