"""The matrix of a payout policy, looked at: percentages or amounts, and which columns."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.model import Tournament
from ledger.reports.policy.matrix import PolicyColumn, PolicyLine, PolicyReport
from tui import keys
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.models.opening import open_rounds
from tui.screens.pane import WIDE, Pane
from tui.screens.policy.columns import Matrix, about, in_use, key_of, ordered, state_words, status
from tui.screens.policy.finder import DestinationFinder
from tui.screens.policy.words import in_words
from tui.theme import Parts
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid
from tui.widgets.tables.keyed_grid import KeyedGrid

HINT = "Type a percentage: 25 · 12.5 · f find a column · p try it · w switch on"
AMOUNTS = "Amounts in NMR, split to the last wei · v shows the percentages"
NO_MODELS = "No models in this tournament."
FIND = "find"


class PolicyMatrix(Pane[PolicyReport]):
    """What can be seen of a policy without changing it. Keys on the table go to ``take_key``."""

    MODE = "payouts"
    TRAIL = ("Earnings", "Where payouts go")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.PAYOUTS,)
    ALL_TOURNAMENTS = False
    DEFAULT_CSS = """
    PolicyMatrix {
        #matrix { height: 1fr; }
        #about { height: 4; padding: 0 2; border-top: solid $panel; }
    }
    """

    def __init__(self, tournament: Tournament | None) -> None:
        super().__init__()
        self.tournament = tournament
        self._accrued = False
        self._all = False
        self._searched: set[str] = set()
        self._rows_marked: set[str] = set()

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="status")
            yield KeyedGrid[PolicyLine](
                row_key=key_of, empty=NO_MODELS, take=self.take_key, cell_cursor=True, id="matrix"
            )
            yield DestinationFinder(HINT)
            yield Note(id="about")

    def take_key(self, key: str, character: str | None) -> bool:
        """A key on the table; whether it meant anything."""
        raise NotImplementedError

    def load(self) -> PolicyReport:
        return self.book.policy.report(self._where)

    def refilter(self) -> None:
        """Another tournament has another policy; a text only hides rows."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self._rows_marked.clear()
            self._typing.close()
            self.reload()
        else:
            super().refilter()

    def show(self, report: PolicyReport) -> None:
        matrix, decimals = self._matrix(report), self.book.config.display.decimals
        models = len(report.lines) > 1
        self._table.show(
            matrix.lines(self.matches) if models else (),
            columns=matrix.columns(),
            totals=matrix.totals() if models else None,
        )
        marked = self._table.selected_column
        if marked is not None:
            self._table.move_to_column(marked.key)
        self._typing.suggest(AMOUNTS if self._accrued else HINT)
        self.query_one("#status", Line).show(status(report, decimals))
        self._explain()

    def _matrix(self, report: PolicyReport) -> Matrix:
        return Matrix(
            report,
            ordered(report) if self._all else in_use(report, self._searched),
            self.book.config.display.decimals,
            self._accrued,
            self._rows_marked,
            self.size.width >= WIDE,
        )

    def on_resize(self) -> None:
        """Names are cut to the room there is."""
        if self.report is not None and self.is_mounted:
            self.show(self.report)

    def caption(self) -> Parts:
        view = "accrued NMR" if self._accrued else "percent"
        report = self.report
        if report is None:
            return ((view, "strong"),)
        shown, there = len(self._matrix(report).shown), len(report.columns) - 1
        some = f", {shown} of {there} columns" if shown < there else ""
        return ((view, "strong"), (some, "muted"))

    @property
    def _where(self) -> Tournament:
        return self.tournament or Tournament.CLASSIC

    @property
    def _table(self) -> Grid[PolicyLine]:
        return self.query_one("#matrix", Grid)

    @property
    def _typing(self) -> DestinationFinder:
        return self.query_one(DestinationFinder)

    @property
    def _column(self) -> PolicyColumn | None:
        """The destination marked."""
        marked, report = self._table.selected_column, self.report
        if marked is None or report is None:
            return None
        return next((one for one in report.columns if one.destination.key == marked.key), None)

    @on(Grid.Moved)
    def _explain(self) -> None:
        """Say what the cell marked means."""
        if self.report is not None:
            decimals = self.book.config.display.decimals
            explanation = about(self.report, self._table.selected, self._column, decimals)
            self.query_one("#about", Note).show(explanation)

    def _show_again(self) -> None:
        if self.report is not None:
            self.show(self.report)
            self.recaption()

    def action_policy_view(self) -> None:
        """Percentages, or what accrued."""
        self._accrued = not self._accrued
        self._show_again()

    def action_all_columns(self) -> None:
        """All destinations, or those in use."""
        self._all = not self._all
        self._show_again()

    def action_policy_info(self) -> None:
        """The policy in words, what accrued, and what waits."""
        if self.report is not None:
            text = in_words(self.report, state_words(self.report))
            self.app.push_screen(TextDialog(f"Payouts · {self._where.label}", text))

    def action_open(self) -> None:
        """The rounds whose payouts the row marked is about."""
        line = self._table.selected
        if line is None or line.model_id is None:
            self.notify("“All others” is no model of its own.", timeout=3)
        else:
            open_rounds(self, self._where, (line.model_id, line.name))

    # Finding a column

    def action_find_destination(self) -> None:
        """Begin to type the name of a column."""
        if self.report is not None:
            self._typing.find(FIND, "Column:", ordered(self.report))

    def _go(self) -> None:
        """Go to the column that was found."""
        chosen = self._typing.chosen
        self._typing.close()
        if chosen is not None:
            self._searched.add(chosen.destination.key)
            self._show_again()
            self._table.move_to_column(chosen.destination.key)
