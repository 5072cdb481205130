"""Risk: what the running rounds could lose together, and which models that comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.knowledge import Fact
from ledger.domain.risk import ModelRisk, RiskFigures, RiskRestated
from tui import keys
from tui.screens.earnings.risk_columns import (
    figure_columns,
    figure_totals,
    heat_columns,
)
from tui.screens.earnings.risk_words import about, legend, summary, told
from tui.screens.models.opening import open_rounds
from tui.screens.pane import Pane
from tui.theme import Parts
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Grid

_NOTHING = "Risk is computed by a sync. r asks Numerai."


@dataclass(frozen=True, slots=True)
class RiskView:
    """The figures, ``None`` before the first sync, and how the targets being edited would change
    them."""

    figures: RiskFigures | None
    restated: RiskRestated | None


class RiskPane(Pane[RiskView]):
    """One row for each model, by what it adds to the worst losses."""

    MODE = "risk"
    TRAIL = ("Risk",)
    GROUPS: ClassVar[tuple[str, ...]] = (keys.RISK,)
    RESTS_ON = frozenset({Fact.PERFORMANCES, Fact.AT_RISK})
    HELP = (
        "What all running rounds may pay or burn together, estimated from the account's own "
        "settled rounds: futures are strung together from blocks of them, the same rounds for all "
        "models, and end where the scores so far and each round's clip let them.\n\n"
        "worst 5%  a model's part of the mean of the worst twentieth of all futures: its part "
        "of the expected shortfall (ES). The parts add up to the whole\n"
        "VaR       one future in twenty ends there or below\n"
        "variance  its part of all movement; a minus steadies the others\n"
        "Sharpe    mean over deviation of what a round paid per NMR, ± its standard error\n"
        "drawdown  the deepest fall of its payouts added up, exact\n"
        "rounds    settled rounds with a stake; from too few nothing is told\n\n"
        "v shows how models move with each other: + orange they lose together, − blue one "
        "steadies the other, the denser the sign the more; ← and → scroll. Enter opens a model's "
        "rounds. A ~ stands before estimates: the past is no promise."
    )
    BINDINGS = keys.bindings(keys.RISK)
    DEFAULT_CSS = """
    RiskPane #told { height: auto; max-height: 6; padding: 0 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._heat = False

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Note(id="told")
            yield Grid[ModelRisk]([], row_key=lambda row: row.model_id, empty="")
            yield Line(id="detail")

    def load(self) -> RiskView:
        """Runs in a thread. While a sync brings in more, what it will replace has to do."""
        figures = self.book.risk.kept()
        if figures is None or (figures.stale and not self.host.syncing.running):
            figures = self.book.risk.current()
        if figures is None:
            return RiskView(None, None)
        edited = map(self.book.targets.allocation, self.book.tournaments())
        return RiskView(figures, self.book.risk.under_targets(figures, edited))

    def show(self, report: RiskView) -> None:
        figures = report.figures
        if figures is None:
            self._table.set_empty(_NOTHING)
            return
        decimals = self.book.config.display.decimals
        kept = set(figures.correlated)
        there = [row for row in figures.models if not self._heat or row.model_id in kept]
        rows = [row for row in there if self._passes_filters(row)]
        self._table.set_empty(self._empty(figures, there))
        self._table.show(
            rows,
            columns=heat_columns(figures) if self._heat else figure_columns(decimals),
            totals=None
            if self._heat or len(rows) < len(figures.models)
            else figure_totals(figures, decimals),
        )
        self.query_one("#summary", Line).show(summary(figures, decimals))
        lines = told(figures, report.restated, decimals, self.book.now())
        lines = [legend(), lines[-1]] if self._heat else lines
        self.query_one("#told", Note).show("\n".join(lines), layout=True)
        self._follow()

    def caption(self) -> Parts:
        return (("correlations" if self._heat else "by model", "muted"),)

    @property
    def _table(self) -> Grid[ModelRisk]:
        return self.query_one(Grid)

    def _passes_filters(self, row: ModelRisk) -> bool:
        return self.in_tournament(row.tournament) and self.matches(row.name, row.tournament.label)

    def _empty(self, figures: RiskFigures, there: list[ModelRisk]) -> str:
        if there:
            return "No model matches the filter. Escape drops it."
        if self._heat:
            return f"No model has {figures.basis.needed} settled rounds yet, which it takes."
        return "There are no models."

    @on(Grid.Moved)
    def row_rested(self) -> None:
        """Say what the table has no room for."""
        self._follow()

    def _follow(self) -> None:
        row, figures = self._table.selected, self.report.figures if self.report else None
        line = self.query_one("#detail", Line)
        if row is None or figures is None:
            line.show(())
        else:
            line.show(about(figures, row, heat=self._heat))

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[ModelRisk]) -> None:
        """Its rounds."""
        open_rounds(self, event.row.tournament, (event.row.model_id, event.row.name))

    def action_risk_view(self) -> None:
        """Figures by model, or correlations between models."""
        self._heat = not self._heat
        self._table.sort_by(None)
        self.refilter()

    def action_risk(self) -> None:
        """It is in front already."""
