"""A driver that paints differences; see :mod:`tui.terminal.paint`.

While the terminal has not taken what was sent, frames are held back and only the last screen is
sent: a held key does not build up a queue of screens that nobody can see any more.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import textual
from textual.driver import Driver
from textual.events import CursorPosition, Resize
from textual.geometry import Offset

from tui.terminal.paint import Painter

if TYPE_CHECKING:
    from textual.message import Message

    from tui.terminal.posix_driver import SteadyDriver as _Terminal
else:
    _Terminal = Driver

log = logging.getLogger(__name__)

TESTED = "8.2."
"""How the versions of Textual begin whose output the tests compare with ours."""

POINTER = "\x1b]22;"
"""How a shape for the mouse pointer begins; Textual sends one with every dialog."""

REPEATS, REPEATED = "\x1b[2;1H\xa0\x1b[2b\x1b[6n", Offset(3, 1)
"""Asks whether a blank beyond ASCII is repeated, and where the cursor is if so. Terminfo can't
tell: it says so for terminals that repeat ASCII alone, and whatever stands between, like mosh."""

LOOK_AGAIN = 0.005
"""Seconds between looks whether the terminal has taken what was sent, while something waits."""


class Painting(_Terminal):
    """Mixed into a driver: it sends differences. Textual makes the driver, so it has no say."""

    painter: Painter
    _awaited = False
    _pointer = ""

    def write(self, data: str) -> None:
        """Send what differs on screen after ``data``, once the terminal has taken the last."""
        if data.startswith(POINTER):
            if data == self._pointer:
                return
            self._pointer = data
        if sent := self.painter.write(data, self._app.size, hold=self.lags):
            super().write(sent)
        self._await()

    def _await(self) -> None:
        if self.painter.holding and not self._awaited:
            self._awaited = True
            self._loop.call_soon_threadsafe(self._loop.call_later, LOOK_AGAIN, self._release)

    def _release(self) -> None:
        self._awaited = False
        if not self.lags and (sent := self.painter.release()):
            super().write(sent)
        self._await()

    def start_application_mode(self) -> None:
        """Begin; from now on a change of the size leaves nothing certain."""
        self._pointer = ""
        self.painter.erases, self.painter.repeats = _fills_with_background(), False
        self.painter.forget()
        super().start_application_mode()
        super().write(REPEATS)
        on_resize = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: Any) -> None:
            self.painter.forget()
            if callable(on_resize):
                on_resize(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def process_message(self, message: Message) -> None:
        """Pass a message on; some terminals report their size in one. Where the cursor is answers
        the question asked at the start, and is nobody else's business."""
        if isinstance(message, CursorPosition):
            self.painter.repeats = (message.x, message.y) == REPEATED
            return
        if isinstance(message, Resize) and message.size != self._app.size:
            self.painter.forget()
        super().process_message(message)


def _fills_with_background() -> bool:
    """Whether the terminal erases in colour, by terminfo; GNU screen doesn't, whatever TERM is."""
    import curses

    try:
        curses.setupterm(fd=2)
    except curses.error:
        return False
    fills = curses.tigetflag("bce") > 0 and bool(curses.tigetstr("ech"))
    return fills and "STY" not in os.environ


def driver_class(chosen: type[Driver], painter: Painter, mode: str) -> type[Driver]:
    """``chosen``, made to paint differences if ``mode`` says so and it is a Unix terminal's.

    ``mode``: ``full``, ``diff``, or ``auto`` for those that were tested.
    """
    version = textual_version()
    is_terminal = any(base.__module__ == "textual.drivers.linux_driver" for base in chosen.__mro__)
    if mode == "full" or not is_terminal or (mode == "auto" and not version.startswith(TESTED)):
        log.info("Paints in full: %s, Textual %s, %s", mode, version, chosen.__qualname__)
        return chosen
    return type("PaintingDriver", (Painting, chosen), {"painter": painter})


def textual_version() -> str:
    """Textual's version, by the name of the folder that holds its metadata: what would read the
    metadata takes longer to import than the ledger takes to open."""
    folders = list(Path(textual.__file__).parents[1].glob("textual-*.dist-info"))
    if len(folders) == 1:
        return folders[0].name.removeprefix("textual-").removesuffix(".dist-info")
    return textual.__version__
