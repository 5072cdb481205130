"""Edits of the targets, written one after the other in the order in which they were made."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from textual.app import App
from textual.worker import Worker

from ledger.errors import LedgerError
from tui import jobs
from tui.messages import Unexpected

GROUP = "targets"

PATIENCE = 2.0
"""Seconds for the write under way when the app is left."""


@dataclass(frozen=True)
class Edit:
    """``write`` puts one edit into the ledger; ``model_id`` and ``text`` are what was typed, so
    that it can be typed again where it can't be meant."""

    write: Callable[[], object]
    model_id: str | None = None
    text: str = ""


class Edits:
    """Belongs to an editor, but lives with the app: what was entered is written even when the
    editor is left at once. ``done`` and ``refused`` are called on the app's thread."""

    def __init__(
        self,
        app: App[None],
        done: Callable[[], None],
        refused: Callable[[Edit, LedgerError], None],
    ) -> None:
        self._app = app
        self._done = done
        self._refused = refused
        self._waiting: deque[Edit] = deque()
        self._busy = False
        self._worker: Worker[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether some are not written yet."""
        return self._busy

    def add(self, edit: Edit) -> None:
        """Write ``edit`` after those before it."""
        self._waiting.append(edit)
        if not self._busy:
            self._busy = True
            self._worker = self._app.run_worker(self._work_off(), group=GROUP)

    async def rest(self) -> None:
        """Wait until all that were made are written or refused."""
        if self._busy and self._worker is not None:
            await self._worker.wait()

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                await self._write(self._waiting.popleft())
        except asyncio.CancelledError:  # the app is being left, which waits for nothing
            self._write_rest()
            raise
        finally:
            self._busy = False
        self._done()

    def _write_rest(self) -> None:
        """What was entered is kept, though nobody is there to be told of a mistake in it."""
        jobs.wait_for(GROUP, PATIENCE)
        while self._waiting:
            with suppress(LedgerError):
                self._waiting.popleft().write()

    async def _write(self, edit: Edit) -> None:
        try:
            await jobs.in_thread(edit.write, GROUP)
        except LedgerError as error:
            self._refused(edit, error)
        except Exception as error:  # a defect: the app names the log file and goes on
            self._app.post_message(Unexpected(error))
