"""Notices: what deserves attention, the most urgent first."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.reports.notices.notice import Notice, NoticeKind
from tui.format import ABSENT, count, full, moment, shorten
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.theme import Meaning, Parts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

NOTHING = "Nothing needs attention."
NO_MATCH = "Nothing matches the filter. Escape drops it."

_BESIDE = 42
"""Cells the other columns take."""

_SHORTEST = 30

STYLES: dict[NoticeKind, Meaning] = {
    NoticeKind.SUBMISSION: "burn",
    NoticeKind.LATE: "burn",
    NoticeKind.BURN: "burn",
    NoticeKind.TROUBLE: "burn",
    NoticeKind.STALE: "stale",
    NoticeKind.GONE: "stale",
    NoticeKind.MISSING: "stale",
    NoticeKind.CORRECTED: "pending",
    NoticeKind.RELEASED: "gain",
    NoticeKind.RESOLUTION: "locked",
    NoticeKind.CLAIM: "pending",
    NoticeKind.IDLE: "pending",
    NoticeKind.SCOPE: "pending",
    NoticeKind.DISAGREEMENT: "pending",
}


class NoticesPane(Pane[tuple[Notice, ...]]):
    """One row for each, in full below the table."""

    MODE = "notices"
    HELP = (
        "What deserves attention, the most urgent first.\n\n"
        "submission    stakes close soon and a staked model has nothing in\n"
        "late          a submission came late, or not at all\n"
        "burn          a burn beyond the model's own 1 % quantile\n"
        "released      a release has reached the wallet\n"
        "resolution    atomic positions unlock soon\n"
        "claim         a claim is about to be moved to idle\n"
        "idle          a strategy's idle NMR runs out\n"
        "scope         the API key may not do something\n"
        "stale         the last sync is old\n"
        "gone          Numerai lists a model no longer\n"
        "missing       Numerai does not tell something any more, or never did\n"
        "corrected     Numerai altered a payout that had settled\n"
        "disagreement  Numerai's own numbers differ from each other\n\n"
        "The same come from “numstake-tui notices”, and [notices] command in the config names a "
        "program that is run once for each. Enter shows one in full. Times are UTC."
    )
    DEFAULT_CSS = """
    NoticesPane #sentence { height: 4; padding: 0 2; border-top: solid $panel; }
    """

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Grid[Notice]([], row_key=lambda row: row.id, empty=NOTHING)
            yield Note(id="sentence")

    def load(self) -> tuple[Notice, ...]:
        return self.book.notices.all()

    def show(self, report: tuple[Notice, ...]) -> None:
        rows = [
            row
            for row in report
            if (self.tournament is None or row.tournament in {None, self.tournament})
            and self.matches(row.kind, row.sentence, *row.models)
        ]
        grid = self.query_one(Grid)
        grid.set_empty(NO_MATCH if report else NOTHING)
        grid.show(rows, columns=columns(self.book.now(), self.size.width))
        self._explain(grid.selected)

    def on_resize(self) -> None:
        """The sentence takes the room there is."""
        if self.report is not None and self.is_mounted:
            self.show(self.report)

    def caption(self) -> Parts:
        return ((count(len(self.report), "notice"), "muted"),) if self.report else ()

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[Notice]) -> None:
        """Say the notice marked in full."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[Notice]) -> None:
        """The same where it can be copied."""
        self.app.push_screen(TextDialog(event.row.kind.value.capitalize(), in_words(event.row)))

    def _explain(self, row: Notice | None) -> None:
        self.query_one("#sentence", Note).show(row.sentence if row is not None else "")


def columns(now: datetime, width: int) -> list[Column[Notice]]:
    """The table's columns in a screen of ``width`` cells."""
    room = max(_SHORTEST, width - _BESIDE)
    return [
        Column("kind", "kind", _kind, lambda row: row.kind.value, fixed=True),
        Column("when", "when", lambda row: _when(row, now), lambda row: row.at),
        Column("tournament", "tournament", _tournament, lambda row: row.tournament, drop=1),
        Column("notice", "notice", lambda row: Cell(shorten(row.sentence, room)), None, width=room),
    ]


def _kind(row: Notice) -> Cell:
    return Cell(row.kind.value, STYLES[row.kind])


def _when(row: Notice, now: datetime) -> Cell:
    return Cell(moment(row.at, now)) if row.at is not None else Cell("now", "strong")


def _tournament(row: Notice) -> Cell:
    return Cell(row.tournament.label if row.tournament is not None else ABSENT, "muted")


def in_words(row: Notice) -> str:
    """One notice in full."""
    lines = [row.sentence]
    if row.at is not None:
        lines += ["", full(row.at)]
    if row.models:
        lines += ["", f"Models: {', '.join(row.models)}."]
    return "\n".join(lines)
