"""Calls that may wait for a person, given up after a while where nobody can see what they ask."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Overdue(Exception):
    """A call took longer than anybody wants to wait, or an earlier one still does."""


class Patience:
    """How long calls may take that ask outside of the terminal: ``seconds`` each.

    A call that is given up goes on in its thread, which does not keep the process alive. While it
    does, whatever it waits for would hold up the next one too, so that one is not begun.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._left_behind: threading.Thread | None = None

    def call(self, work: Callable[[], _T]) -> _T:
        """What ``work`` returns, or whatever it raises; without limit where somebody is there.

        Raises:
            Overdue: it takes too long.
        """
        if somebody_is_there():
            return work()
        if self._left_behind is not None and self._left_behind.is_alive():
            raise Overdue
        running = _Running(work)
        running.start()
        running.join(self.seconds)
        if running.is_alive():
            self._left_behind = running
            raise Overdue
        return running.result()


class _Running(threading.Thread, Generic[_T]):
    """``work`` in a thread of its own that ends with the process."""

    def __init__(self, work: Callable[[], _T]) -> None:
        super().__init__(name="patience", daemon=True)
        self._work = work
        self._returned: list[_T] = []
        self._raised: BaseException | None = None

    def run(self) -> None:
        try:
            self._returned.append(self._work())
        except BaseException as error:
            self._raised = error

    def result(self) -> _T:
        if self._raised is not None:
            raise self._raised
        return self._returned[0]


def somebody_is_there() -> bool:
    """Whether a person at a terminal would see a question: input is one, or the process is in the
    foreground of one, which is where passwords are asked for while input comes from a pipe."""
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    if sys.platform == "win32":
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
