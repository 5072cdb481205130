"""Changes of the slots' log, one after the other; closed rounds are asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App

from ledger.errors import LedgerError, RoundClosed
from tui.messages import BookChanged, JobFailed
from tui.screens.targets.edits import Edit, Edits

if TYPE_CHECKING:
    from tui.screens.dialogs.confirm_dialog import ConfirmDialog

Write = Callable[[bool], object]
"""Writes one change; told whether closed rounds may be changed too."""


@dataclass(frozen=True)
class _SlotEdit(Edit):
    """An edit that can be made again with a yes to closed rounds."""

    call: Write = lambda _: None


class SlotEdits:
    """Writes what was asked for in its order; what is on record is changed after a yes only."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._edits = Edits(app, self._written, self._refused)

    @property
    def busy(self) -> bool:
        """Whether something is not written yet."""
        return self._edits.busy

    def add(self, call: Write) -> None:
        """Make a change after those before it."""
        self._edits.add(_SlotEdit(lambda: call(False), call=call))

    def _written(self) -> None:
        self._app.post_message(BookChanged())

    def _refused(self, edit: Edit, error: LedgerError) -> None:
        if not isinstance(error, RoundClosed) or not isinstance(edit, _SlotEdit):
            self._app.post_message(JobFailed(error))
            return
        call = edit.call

        def answered(yes: bool | None) -> None:
            if yes:
                self._edits.add(_SlotEdit(lambda: call(True)))

        self._app.push_screen(_question(error), answered)


def _question(error: RoundClosed) -> ConfirmDialog:
    from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question

    question = Question(
        title="A closed round",
        statement=error.what,
        sentences=("The old value stays in the history; records and payouts move with it.",),
        ask="Change what is on record?",
        yes="Yes, change it",
    )
    return ConfirmDialog(question)
