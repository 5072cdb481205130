"""Queue: the stake changes asked for, where each of them is, and what Numerai said."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from ledger.domain.change import ChangeState
from ledger.reports.queue import QueueLine, QueueReport
from tui import keys
from tui.changes import CHANGE_SIGNS, change_kind, change_state
from tui.format import age, nmr, shorten
from tui.screens.pane import Pane
from tui.theme import Meaning
from tui.widgets.grid import Cell, Column, Grid
from tui.widgets.line import Group, Line
from tui.widgets.note import Note

STYLES: dict[ChangeState, Meaning] = {
    ChangeState.DRAFT: "strong",
    ChangeState.QUEUED: "pending",
    ChangeState.WAITING: "pending",
    ChangeState.SENDING: "pending",
    ChangeState.ACCEPTED: "gain",
    ChangeState.SETTLED: "muted",
    ChangeState.REFUSED: "burn",
    ChangeState.UNKNOWN: "burn",
    ChangeState.CANCELLED: "muted",
}


EMPTY = "No changes. On Models or Stakes, + and - begin one on the model marked."
ANSWER_WIDTH = 36
"""Cells of Numerai's last words in the table; below it they stand in full."""

NO_MATCH = "No change matches. Escape drops the filter, o shows what is done with."


class QueuePane(Pane[QueueReport]):
    """One row for each change, newest first."""

    MODE = "queue"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.QUEUE,)
    HELP = (
        "Stake changes you asked for. A draft ○ is only a wish; confirming it restates it, and "
        "after a Yes it is sent once →. Numerai accepts ✓ or refuses ✗ it; accepted ones are "
        "settled ● when a sync shows them done. When no answer arrived its fate is unknown ?: "
        "it is never sent again by itself, looking it up compares the account with how it was "
        "before. Enter shows everything a change went through."
    )
    BINDINGS = keys.bindings(keys.QUEUE)
    DEFAULT_CSS = """
    QueuePane {
        #about { height: 6; padding: 0 2; border-top: solid $panel; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._open_only = False
        self._wanted: int | None = None

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid(
                columns(self.book.now(), self.book.config.display.decimals),
                row_key=lambda line: str(line.change.id),
                empty=EMPTY,
            )
            yield Note(id="about")

    def load(self) -> QueueReport:
        return self.book.queue()

    def show(self, report: QueueReport) -> None:
        lines = [line for line in report.lines if self._shows(line)]
        grid, decimals = self._table, self.book.config.display.decimals
        grid.set_empty(NO_MATCH if report.lines else EMPTY)
        grid.show(lines, columns=columns(self.book.now(), decimals))
        self.query_one("#summary", Line).show(summary(report))
        self._select_wanted()
        self._explain(grid.selected)

    def _shows(self, line: QueueLine) -> bool:
        change = line.change
        return (
            self.in_tournament(change.tournament)
            and (change.state.open or not self._open_only)
            and self.matches(line.sentence, change.state.value, str(change.id))
        )

    def select_change(self, change_id: int) -> None:
        """Mark this change, as soon as it is loaded."""
        self._wanted = change_id
        self._select_wanted()

    def _select_wanted(self) -> None:
        for index, line in enumerate(self._table.rows):
            if line.change.id == self._wanted:
                self._wanted = None
                self._table.move_to(index)
                return

    @property
    def _table(self) -> Grid[QueueLine]:
        return self.query_one(Grid)

    def action_open_only(self) -> None:
        """Hide what is done with, or show it again."""
        self._open_only = not self._open_only
        self.refilter()

    def action_confirm(self) -> None:
        """Restate the change; after a Yes, send it."""
        from tui.screens.changing import start_sending

        line = self._table.selected
        if line is not None:
            start_sending(self.app, line.change.id)

    def action_cancel(self) -> None:
        """Drop a change that was not sent."""
        from tui.screens.changing import start_cancelling

        line = self._table.selected
        if line is not None:
            start_cancelling(self.app, line.change.id)

    def action_reconcile(self) -> None:
        """Find out what became of a change."""
        from tui.screens.changing import start_reconciling

        line = self._table.selected
        if line is not None:
            start_reconciling(self.app, line.change.id)

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[QueueLine]) -> None:
        """Say what comes next for the change."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[QueueLine]) -> None:
        """Show its history."""
        from tui.screens.changing import start_history

        start_history(self.app, event.row.change.id)

    def _explain(self, line: QueueLine | None) -> None:
        self.query_one("#about", Note).show(about(line) if line is not None else "")


def columns(now: datetime, decimals: int) -> list[Column[QueueLine]]:
    """The table's columns; the sentence of the change marked stands below the table."""
    return [
        Column("id", "#", lambda line: Cell(str(line.change.id), "muted"), _number, "right"),
        Column("state", "state", _state, lambda line: line.change.state),
        Column("change", "change", lambda line: change_kind(line.change.kind), _kind),
        Column(
            "nmr",
            "NMR",
            lambda line: _amount(line, decimals),
            lambda line: line.change.nmr,
            "right",
        ),
        Column("model", "model", lambda line: line.change.model_name, _model),
        Column(
            "tournament",
            "tournament",
            lambda line: Cell(line.change.tournament.label, "muted"),
            lambda line: line.change.tournament,
            drop=2,
        ),
        Column(
            "age",
            "age",
            lambda line: Cell(age(line.change.updated, now), "muted"),
            lambda line: line.change.updated,
            "right",
        ),
        Column("answer", "last answer", _answer, drop=1),
    ]


def _number(line: QueueLine) -> int:
    return line.change.id


def _kind(line: QueueLine) -> str:
    return change_kind(line.change.kind)


def _model(line: QueueLine) -> str:
    return line.change.model_name


def _amount(line: QueueLine, decimals: int) -> Cell:
    amount = line.change.nmr
    return Cell(nmr(amount, decimals), "muted" if amount is None else "")


def _answer(line: QueueLine) -> Cell:
    answer = " ".join((line.last_answer or "").split())
    return Cell(shorten(answer, ANSWER_WIDTH), "muted")


def _state(line: QueueLine) -> Cell:
    state = line.change.state
    return Cell(change_state(state), STYLES[state])


def summary(report: QueueReport) -> tuple[Group, ...]:
    """How many changes are in each state."""
    if not report.lines:
        return ((0, ((" Nothing was asked for yet.", "muted"),)),)
    return tuple(
        (
            1 if state.open else 2,
            ((f" {CHANGE_SIGNS[state]} ", STYLES[state]), (f"{found} {state.value}", "")),
        )
        for state, found in report.counts.items()
    )


def about(line: QueueLine) -> Content:
    """One change: what it is, what comes next, what Numerai said."""
    change = line.change
    parts: list[str | tuple[str, str]] = [
        (f"{line.sentence}.\n", "bold"),
        f"{change_state(change.state)}: {line.next_action}",
    ]
    if line.last_answer:
        parts += [("\nLast answer: ", "$muted"), line.last_answer]
    return Content.assemble(*parts)
