"""Dialogs of the payout policy: its rules, its beginning, and the versions there were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.domain.policy import BurnRule, Destination, Policy, PolicyVersion
from ledger.errors import ChangeError
from ledger.reports.policy.matrix import PolicyReport
from tui.format import stamp
from tui.screens.dialogs.dialog import Dialog, buttons
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.screens.policy.words import names_of, version_words
from tui.widgets.button import Button
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid
from tui.widgets.tick import Tick

LONGEST_NAME = 40
MOST_ROUNDS = 9_999


@dataclass(frozen=True, slots=True)
class Rules:
    """What burns do, and when accrued amounts become changes; ``None`` turns an occasion off."""

    burns: BurnRule
    threshold: NMR | None
    every: int | None


class RulesDialog(FormDialog[Rules]):
    """Ends with the rules as they stand there."""

    AUTO_FOCUS = "#threshold"
    DEFAULT_CSS = """
    RulesDialog Note { height: 2; margin-top: 1; color: $muted; }
    RulesDialog Tick { margin-left: 18; }
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__(f"Rules · {policy.tournament.label}", "enter keep · esc leave")
        self._policy = policy

    def compose_frame(self) -> Iterable[Widget]:
        policy = self._policy
        threshold = str(policy.threshold) if policy.threshold else ""
        yield field("threshold", "Threshold", "NMR become a change", threshold)
        yield field("every", "Or every", "settled rounds", str(policy.every or ""))
        shared = policy.burns is BurnRule.SHARE
        yield Tick("burns are split by the same percentages", shared, id="share")
        yield objection()
        note = Note()
        note.update(
            "Unticked, a burn stays with its source, and its later payouts make up for it first. "
            "With both fields empty amounts are only added up."
        )
        yield note
        yield buttons(("Keep", "keep"), ("Leave it", "leave"))

    @on(Button.Pressed, "#keep")
    @on(Input.Submitted)
    def keep(self) -> None:
        """End with what stands here, or say what is wrong with it."""
        threshold, every = self.text_in("threshold"), self.text_in("every")
        rounds = _number(every)
        try:
            amount = typed.positive(threshold) if threshold else None
        except ChangeError as error:
            self.object_to(str(error), "threshold")
            return
        if every and not rounds:
            self.object_to(f"“{every}” is no number of rounds.", "every")
        else:
            burns = BurnRule.SHARE if self.query_one(Tick).value else BurnRule.CARRY
            self.dismiss(Rules(burns, amount, rounds))


@dataclass(frozen=True, slots=True)
class Beginning:
    """The round a policy is in force from, and the named targets it is saved with, if any."""

    since: int
    name: str | None


class BeginningDialog(FormDialog[Beginning]):
    """Ends with where the edited policy is to begin; nothing is done yet."""

    AUTO_FOCUS = "#since"

    def __init__(self, report: PolicyReport) -> None:
        super().__init__(f"Switch on · {report.tournament.label}", "enter go on · esc leave")
        self._report = report

    def compose_frame(self) -> Iterable[Widget]:
        report = self._report
        first, active = report.next_round, report.active
        name = active.name if active is not None else None
        yield field("since", "From round", f"{first} or later", str(first))
        yield field("name", "Saved with", "named targets, or empty", name or "")
        yield objection()
        yield buttons(("Go on", "on"))

    @on(Button.Pressed)
    @on(Input.Submitted)
    def go_on(self) -> None:
        """End with what stands here, or say what is wrong with it."""
        typed = self.text_in("since")
        name = self.text_in("name")
        since, first = _number(typed), self._report.next_round
        if since is None:
            self.object_to(f"“{typed}” is no round.", "since")
        elif since < first:
            self.object_to(f"Rounds before {first} have settled already.", "since")
        elif len(name) > LONGEST_NAME or not name.isprintable():
            self.object_to(f"Type up to {LONGEST_NAME} characters, or none.", "name")
        else:
            self.dismiss(Beginning(since, name or None))


class HistoryDialog(Dialog[PolicyVersion]):
    """The versions there were, newest first; ends with the one to be edited again."""

    DEFAULT_CSS = """
    HistoryDialog {
        #versions { height: 7; }
        VerticalScroll { height: 8; margin-top: 1; scrollbar-size-vertical: 1; }
        Note { height: auto; }
    }
    """
    AUTO_FOCUS = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "back", show=False)]

    def __init__(self, report: PolicyReport) -> None:
        super().__init__(f"History · {report.tournament.label}", "enter edit again · esc leave")
        self._report = report
        self._names: Mapping[Destination, str] = names_of(report)

    def compose_frame(self) -> Iterable[Widget]:
        columns = [
            Column[PolicyVersion](
                "since", "from round", lambda version: str(version.since), width=10
            ),
            Column[PolicyVersion]("state", "", self._state, width=12),
            Column[PolicyVersion](
                "name", "saved with", lambda version: version.name or "", width=18
            ),
            Column[PolicyVersion](
                "made", "made, UTC", lambda version: stamp(version.made), width=19
            ),
        ]
        grid = Grid[PolicyVersion](
            columns, row_key=lambda version: str(version.id), empty="Nothing was switched on yet."
        )
        yield Vertical(grid, id="versions")
        yield VerticalScroll(Note(id="words"), can_focus=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Grid).set_rows(tuple(reversed(self._report.versions)))
        self._show_words()

    def _state(self, version: PolicyVersion) -> Cell:
        if version == self._report.active:
            return Cell("in force" if version.on else "off, now", "strong")
        return Cell("" if version.on else "off", "muted")

    @on(Grid.Moved)
    def _show_words(self) -> None:
        version = self.query_one(Grid).selected
        if version is not None:
            self.query_one("#words", Note).show(version_words(version, self._names), layout=True)

    @on(Grid.Chosen)
    def chosen(self, event: Grid.Chosen[PolicyVersion]) -> None:
        """Edit this one again."""
        self.dismiss(event.row)


def _number(text: str) -> int | None:
    written = text.isascii() and text.isdecimal() and 0 < len(text) <= len(str(MOST_ROUNDS))
    return int(text) if written else None
