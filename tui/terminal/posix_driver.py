"""Textual's driver for Linux and macOS, made to outlive its terminal until the app has ended.

``SteadyDriver`` overrides how the terminal is taken, given back and taken again,
``run_input_thread`` and ``write``, each calling Textual's, so another driver can stand in front of
it; and what is asked of the mouse. Textual's writer thread writes to ``_file``, and ``exit_event``
ends its reader.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from tui.terminal import signs
from tui.terminal.own_sequences import only_own
from tui.terminal.slow_lines import Pace, slow_rate
from tui.terminal.streams import COPIES, Unfailing, hang_up, past_screen, watch

ON_ITS_WAY = 1_000
"""Characters that need not have arrived before more are sent: Textual's writer is a thread, and
takes a few milliseconds even where the line is fast."""

LAG = 0.05
"""Seconds that a slow line may need for what it was given before more is."""

CLICKS = "\x1b[?1000h\x1b[?1006h"
"""Asks for presses, releases and the wheel, in decimals."""


class SteadyDriver(LinuxDriver):
    """Ends the app when its terminal is gone, and neither spins nor blocks until then.

    In GNU screen, what is copied goes past it to the terminal outside.
    """

    _watching = False
    _queued = 0
    _pace = Pace(None)
    _away = False
    """Whether the terminal was given back for a while."""

    @property
    def lags(self) -> bool:
        """Whether the terminal has yet to take more than a few short frames."""
        file: Any = self._file
        return bool(self._queued - file.taken > ON_ITS_WAY) or self._pace.lag > LAG

    def write(self, data: str) -> None:
        """Write ``data`` to the terminal, in order with what was written before."""
        data = only_own(data)
        if data.startswith(COPIES) and "STY" in os.environ:
            data = past_screen(data)
        self._queued += len(data)
        self._pace.add(len(data.encode()))
        super().write(data)

    def start_application_mode(self) -> None:
        """Take the terminal, and notice when it is gone."""
        file: Any = self._file
        if not isinstance(file, Unfailing):
            file = Unfailing(file)
        self._file = file
        self._queued = file.taken
        self._pace = Pace(slow_rate())
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not self._watching:
            self._watching = True
            threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()
            for number in (signal.SIGTSTP, signal.SIGCONT):
                self._handle_in_turn(number)

    def _handle_in_turn(self, number: signal.Signals) -> None:
        """Let Textual's handler run between two steps of the loop, not in the middle of one: there
        it would wait for ever for a lock that its own thread holds."""
        handler: Any = signal.getsignal(number)

        def handle(*_: object) -> None:
            try:
                self._loop.call_soon_threadsafe(handler)
            except RuntimeError:  # the loop has ended
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        signal.signal(number, handle)

    def _enable_mouse_support(self) -> None:
        """Ask for clicks and the wheel. Textual would ask for every move as well, which over SSH
        is a packet each, and be repainting what is under the pointer."""
        if self._mouse:
            self.write(CLICKS)

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self._away = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again; after a SIGSTOP, which nobody is told of, it never was given
        back, and somebody else may have had it all the same."""
        if not self._away:
            super().suspend_application_mode()
            self._loop.call_soon(self._app.post_message, self.SignalResume())
        self._away = False
        super().resume_application_mode()

    def run_input_thread(self) -> None:
        """Read keys; an error of the terminal is the end of input, no defect."""
        with suppress(OSError):
            super().run_input_thread()

    def _watch(self) -> None:
        if watch(self.fileno):
            self.exit_event.set()
            hang_up()


class PlainDriver(SteadyDriver):
    """Sends ASCII in place of signs, cell for cell."""

    def write(self, data: str) -> None:
        """Write ``data`` without signs."""
        super().write(data.translate(signs.PLAIN))
