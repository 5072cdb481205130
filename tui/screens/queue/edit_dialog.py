"""Where the amount and the conditions of a change that was not sent are altered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from ledger.clock import from_iso
from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import WITH_AMOUNT, Change, ChangeState, Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.errors import ChangeError, LedgerError
from ledger.reports.queue.queue import QueueLine
from tui import jobs
from tui.screens.dialogs.dialog import buttons
from tui.screens.dialogs.fields import Fields
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.static import Static
from tui.widgets.tick import Tick

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ChangeEdit:
    """What the change is to be; ``nmr`` and ``setting`` are ``None`` where there is none."""

    nmr: NMR | None
    conditions: Conditions
    setting: ModelSetting | None = None


class _Wrong(Exception):
    """The field ``name`` holds something else than it should."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(what)
        self.name = name


class EditDialog(FormDialog[Change]):
    """Ends with the change as edited, or ``None``. ``save`` runs in a thread."""

    DEFAULT_CSS = """
    EditDialog #about { margin-bottom: 1; }
    EditDialog #again { width: 1fr; height: auto; color: $muted; margin-top: 1; }
    EditDialog Tick { margin-left: 18; }
    """

    AUTO_FOCUS = "Input"

    @dataclass
    class Saved(Message):
        """The ledger has it."""

        change: Change

    @dataclass
    class NotSaved(Message):
        """The ledger would not have it."""

        error: LedgerError

    def __init__(self, line: QueueLine, save: Callable[[ChangeEdit], Change]) -> None:
        super().__init__(f"Edit change {line.change.id}", "enter save · esc leave")
        self._line = line
        self._save = save
        self._first_texts = _texts(line.change)

    def compose_frame(self) -> Iterable[Widget]:
        change, texts = self._line.change, self._first_texts
        yield Fields(self._line.fields, id="about")
        if change.kind in WITH_AMOUNT:
            yield field("nmr", "Amount", "NMR", texts["nmr"])
        if change.setting is not None:
            yield field("per_round", "Per round", "NMR", texts["per_round"])
            compound = change.setting.mode is StakeMode.COMPOUND
            yield Tick("compound: stake settled claims again", compound, id="compound")
            yield Tick("enabled: open new positions", change.setting.enabled, id="enabled")
        yield field("not_before", "Not before", "UTC: 2026-12-24 16:00", texts["not_before"])
        yield field("not_before_round", "Not before round", "opens", texts["not_before_round"])
        yield field("after_change", "After change", "is accepted", texts["after_change"])
        yield field("when_free", "When free", "NMR in the Numerai wallet", texts["when_free"])
        yield Tick(
            "when the pending release is gone", change.conditions.when_release_gone, id="gone"
        )
        yield objection()
        if change.state is not ChangeState.DRAFT:
            text = "It was confirmed. Altered, it is a draft again and needs another yes."
            yield Static(Content(text), id="again")
        yield buttons(("Save", "save"), ("Leave it", "leave"))

    @on(Button.Pressed, "#save")
    @on(Input.Submitted)
    def save_asked(self) -> None:
        """Save what stands here, or say what is wrong with it."""
        try:
            edit = self._typed()
        except _Wrong as wrong:
            self.object_to(str(wrong), wrong.name)
            return
        jobs.run(self, lambda: self._save(edit), self.Saved, self.NotSaved, group="save")

    @on(Saved)
    def saved(self, event: Saved) -> None:
        """Done."""
        self.dismiss(event.change)

    @on(NotSaved)
    def not_saved(self, event: NotSaved) -> None:
        """Say why. Among what can be typed, only the change to wait for is judged by the ledger."""
        waits = self.text_in("after_change")
        about = "after_change" if waits != self._first_texts["after_change"] else ""
        self.object_to(str(event.error), about)

    def _typed(self) -> ChangeEdit:
        change = self._line.change
        before = change.conditions
        nmr = change.nmr
        if change.kind in WITH_AMOUNT:
            nmr = self._read("nmr", change.nmr, _amount)
            if nmr is None:
                raise _Wrong("nmr", "An amount is needed.")
        return ChangeEdit(
            setting=self._setting(),
            nmr=nmr,
            conditions=Conditions(
                not_before=self._read("not_before", before.not_before, _moment),
                not_before_round=self._read("not_before_round", before.not_before_round, _number),
                after_change=self._read("after_change", before.after_change, _number),
                when_release_gone=self.query_one("#gone", Tick).value,
                when_free=self._read("when_free", before.when_free, _amount),
            ),
        )

    def _setting(self) -> ModelSetting | None:
        before = self._line.change.setting
        if before is None:
            return None
        per_round = self._read("per_round", before.per_round, _amount)
        if per_round is None:
            raise _Wrong("per_round", "An amount is needed; untick enabled to stake nothing.")
        compound = self.query_one("#compound", Tick).value
        return ModelSetting(
            per_round,
            StakeMode.COMPOUND if compound else StakeMode.CONSTANT,
            self.query_one("#enabled", Tick).value,
        )

    def _read(
        self, name: str, before: Value | None, convert: Callable[[str], Value]
    ) -> Value | None:
        """The value of a field; one that was not touched keeps all its digits."""
        text = self.text_in(name)
        if text == self._first_texts[name]:
            return before
        try:
            return convert(text) if text else None
        except ValueError as error:
            raise _Wrong(name, str(error)) from None


def _texts(change: Change) -> dict[str, str]:
    """What stands in the fields at first."""
    conditions = change.conditions
    values = {
        "nmr": change.nmr,
        "per_round": change.setting.per_round if change.setting else None,
        "not_before": f"{conditions.not_before:%Y-%m-%d %H:%M}" if conditions.not_before else None,
        "not_before_round": conditions.not_before_round,
        "after_change": conditions.after_change,
        "when_free": conditions.when_free,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _amount(text: str) -> NMR:
    try:
        return typed.positive(text)
    except ChangeError as error:
        raise ValueError(str(error)) from None


def _moment(text: str) -> datetime:
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise ValueError(f"“{text}” is no time such as 2026-12-24 16:00.") from None


def _number(text: str) -> int:
    number = typed.whole(text.removeprefix("#"))
    if not number:
        raise ValueError(f"“{text}” is no number.")
    return number
