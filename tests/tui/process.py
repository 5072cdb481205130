"""The app as a process of its own, on the world of the tests and at its time."""

from __future__ import annotations

import os
import select
import shlex
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.queue.change import Change, ChangeKind
from tests.conftest import NOW
from tests.tui.emulated import environment, until

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
MARK = "▌"

CONFIG = """
[app]
opens = "models"
sync_on_start = false
sync_every = 0
[numerai]
read_timeout = {timeout}
[credentials]
allow_environment = true
"""

SCRIPT = """
import os, signal, sys
from datetime import datetime
from pathlib import Path

signal.signal(signal.SIGINT, signal.SIG_DFL)  # as the command itself begins

import ledger.opening
from ledger.clock import FrozenClock
from tui.cli import run

diary, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
ledger.opening.SystemClock = lambda: FrozenClock(now)
with diary.open("a") as lines:
    lines.write(f"{os.getpid()}\\n")

code = run(sys.argv[3:])
with diary.open("a") as lines:
    lines.write(f"left with {code}\\n")
from tui.__main__ import _leave
_leave(code)
"""


@dataclass
class AppProcess:
    """How to start the app in ``folder``, and what became of the last one started there.

    ``after``: what the app's clock is ahead of the tests' :data:`~tests.conftest.NOW`.
    """

    folder: Path
    sandbox: Sandbox
    after: timedelta = timedelta(0)

    @property
    def ledger_file(self) -> Path:
        return self.folder / "data" / "default.sqlite3"

    @property
    def now(self) -> datetime:
        return NOW + self.after

    @property
    def environment(self) -> dict[str, str]:
        public_id, secret = self.sandbox.keys["full"]
        return environment(
            PYTHONPATH=str(ROOT), NUMSTAKE_PUBLIC_ID=public_id, NUMSTAKE_SECRET_KEY=secret
        )

    @property
    def command(self) -> list[str]:
        place = ["--at", str(self.folder), "--api-url", self.sandbox.url]
        return [sys.executable, str(self._script), str(self._diary), self.now.isoformat(), *place]

    @property
    def line(self) -> str:
        """The command with its environment, for a shell that has another."""
        names = ("PYTHONPATH", "NUMSTAKE_PUBLIC_ID", "NUMSTAKE_SECRET_KEY")
        given = [f"{name}={self.environment[name]}" for name in names]
        return "exec " + shlex.join(["env", "COLORTERM=truecolor", *given, *self.command])

    def set_up(self, synced_ledger: Path, *, timeout: float = 2.0) -> None:
        """Lay out the folder: a config that leaves Numerai alone until asked, a synced ledger."""
        (self.folder / "data").mkdir(parents=True)
        self.ledger_file.write_bytes(synced_ledger.read_bytes())
        self.ledger_file.chmod(0o600)
        (self.folder / "config.toml").write_text(CONFIG.format(timeout=timeout))
        self._script.write_text(SCRIPT)

    def wait_ended(self) -> str:
        """Wait until the last one started is gone; what it wrote of its leaving, if anything."""
        until(lambda: self._diary.exists() and self._diary.read_text(), "the app's start")
        lines = self._diary.read_text().splitlines()
        pid = next(line for line in reversed(lines) if line.isdigit())
        until(lambda: not is_alive(int(pid)), f"the end of {pid}")
        lines = self._diary.read_text().splitlines()
        return "" if lines[-1].isdigit() else lines[-1]

    def pid(self) -> int:
        """The process started last."""
        lines = self._diary.read_text().splitlines()
        return int(next(line for line in reversed(lines) if line.isdigit()))

    def blocks_on_writing(self) -> bool:
        """Whether its terminal takes no more."""
        terminal = os.open(f"/proc/{self.pid()}/fd/2", os.O_WRONLY | os.O_NOCTTY)
        try:
            return not select.select([], [terminal], [], 0)[1]
        finally:
            os.close(terminal)

    @property
    def log(self) -> str:
        """What the app logged."""
        file = self.folder / "numstake-tui.log"
        return file.read_text() if file.exists() else ""

    @property
    def _diary(self) -> Path:
        return self.folder / "diary"

    @property
    def _script(self) -> Path:
        return self.folder / "app.py"


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent to notice does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return False
    return fields[0] != "Z"


def draft_of(book: Book, amount: str = "1.5") -> Change:
    """A draft to increase a model of Signals by ``amount``."""
    model = next(
        line
        for line in book.portfolio().lines
        if line.tournament is Tournament.SIGNALS and line.staked and line.pending is None
    )
    return book.queue.draft(book.queue.preview(model.model_id, ChangeKind.INCREASE, amount))


def kill(pid: int, number: int) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
