"""Earnings: what every round paid every model, with the curve it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.payout import PayoutState, Performance
from ledger.reports.earnings import EarningsModel, EarningsReport, EarningsRound
from tui import keys
from tui.format import ABSENT, count, day, exact, full, nmr, number, payout, percent, score, shorten
from tui.screens.pane import Pane
from tui.screens.text_dialog import TextDialog
from tui.theme import Meaning, Parts
from tui.widgets.chart import Chart
from tui.widgets.grid import Cell, Column, Grid
from tui.widgets.line import Group, Line
from tui.widgets.plot import Bars, Curve

ESTIMATE = "~"
"""Stands before what can still move."""

LAST = (20, 60, 120, 260, 520, None)
"""How many rounds the keys for fewer and more step through; ``None`` is all there are."""

CHARTS = ("", "curve", "bars")

NAME_WIDTH = 11
"""Cells a model's name may take as a column's label."""


class EarningsPane(Pane[EarningsReport]):
    """Rounds down, models across, one tournament at a time."""

    MODE = "earnings"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.EARNINGS,)
    ALL_TOURNAMENTS = False
    HELP = (
        "What each round paid each model: + earned, − burned. A ~ marks what is not settled yet "
        "and can still move; its round shows the day it resolves. The chart adds rounds up, "
        "solid where settled and dotted where projected, or shows each round as a bar. Filter by "
        "a model's name. Enter shows how one payout came about."
    )
    BINDINGS = keys.bindings(keys.EARNINGS)
    DEFAULT_CSS = """
    EarningsPane {
        #matrix { height: 1fr; }
        Chart { height: 35%; min-height: 7; padding: 0 2; border-top: solid $panel; }
        Chart.hidden { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._last = 2
        self._chart: str | None = None

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid[EarningsRound](
                [],
                row_key=lambda row: str(row.round),
                empty="No rounds yet. r asks Numerai.",
                cell_cursor=True,
                id="matrix",
            )
            yield Chart(classes="hidden")
            yield Line(id="detail")

    def load(self) -> EarningsReport:
        return self.book.earnings(self.tournament or Tournament.CLASSIC, LAST[self._last])

    def refilter(self) -> None:
        """Another tournament is another report; a text only hides columns."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self.reload()
        else:
            super().refilter()

    def show(self, report: EarningsReport) -> None:
        decimals, now = self.book.config.display.decimals, self.book.now()
        kept = [index for index, model in enumerate(report.models) if self.matches(model.name)]
        grid = self._table
        grid.set_empty(f"No payouts in {report.tournament.label} yet.")
        grid.show(
            report.rounds,
            columns=columns(report, kept, decimals, now),
            totals=totals(report, kept, decimals) if report.rounds else None,
        )
        self.query_one("#summary", Line).show(summary(report, decimals))
        self._draw_chart()
        self._explain()

    def caption(self) -> Parts:
        last = LAST[self._last]
        return ((f"last {last}" if last else "all rounds", "muted"),)

    @property
    def _table(self) -> Grid[EarningsRound]:
        return self.query_one("#matrix", Grid)

    # Chart

    def on_resize(self) -> None:
        """Decide about the chart by the room there is, until the user does."""
        self._draw_chart()

    def action_chart(self) -> None:
        """From the curve to bars to no chart."""
        self._chart = CHARTS[(CHARTS.index(self._chosen_chart) + 1) % len(CHARTS)]
        self._draw_chart()

    @property
    def _chosen_chart(self) -> str:
        if self._chart is not None:
            return self._chart
        return "curve" if self.size.height >= 30 else ""

    def _draw_chart(self) -> None:
        if not self.is_mounted or self.report is None:
            return
        chart, chosen = self.query_one(Chart), self._chosen_chart
        if chosen:
            chart.show(curve(self.report) if chosen == "curve" else bars(self.report))
        chart.set_class(not chosen or not self.report.curve, "hidden")

    # Range

    def action_fewer_rounds(self) -> None:
        """Show fewer rounds."""
        self._show_last(self._last - 1)

    def action_more_rounds(self) -> None:
        """Show more rounds."""
        self._show_last(self._last + 1)

    def _show_last(self, index: int) -> None:
        index = max(0, min(index, len(LAST) - 1))
        if index != self._last:
            self._last = index
            self.reload()

    # Detail

    @on(Grid.Moved)
    def cell_rested(self) -> None:
        """Say how the payout under the cursor came about."""
        self._explain()

    @on(Grid.Chosen)
    def cell_chosen(self) -> None:
        """The same at full length."""
        found = self._cell
        if found is not None:
            model, cell = found
            text = account_for(model.name, cell)
            self.app.push_screen(TextDialog(f"Round {cell.round} · {model.name}", text))

    @property
    def _cell(self) -> tuple[EarningsModel, Performance] | None:
        row, column = self._table.selected, self._table.selected_column
        if row is None or column is None or self.report is None:
            return None
        for model, cell in zip(self.report.models, row.cells, strict=True):
            if model.model_id == column.key and cell is not None:
                return model, cell
        return None

    def _explain(self) -> None:
        found = self._cell
        decimals = self.book.config.display.decimals
        self.query_one("#detail", Line).show(detail(*found, decimals) if found else ())


def columns(
    report: EarningsReport, kept: Sequence[int], decimals: int, now: datetime
) -> list[Column[EarningsRound]]:
    """Round, state and total stay in place; the models of ``kept`` scroll beside them."""
    fixed: list[Column[EarningsRound]] = [
        Column("round", "round", lambda row: str(row.round), lambda row: row.round, fixed=True),
        Column(
            "state", "state", lambda row: _state(row, now), lambda row: row.resolves, fixed=True
        ),
        Column(
            "total",
            "total",
            lambda row: _paid(row.total, row.state, decimals),
            lambda row: row.total,
            "right",
            fixed=True,
        ),
    ]
    width = _widest(report, decimals)
    return fixed + [_model_column(report.models[i], i, decimals, width) for i in kept]


def _widest(report: EarningsReport, decimals: int) -> int:
    """Cells for the longest payout, its sign and the mark of an estimate."""
    paid = (
        abs(cell.payout)
        for row in report.rounds
        for cell in row.cells
        if cell is not None and cell.payout is not None
    )
    return len(ESTIMATE + payout(max(paid, default=NMR(1)), decimals)) + len("<")


def _model_column(
    model: EarningsModel, index: int, decimals: int, width: int
) -> Column[EarningsRound]:
    def cell(row: EarningsRound) -> Cell:
        found = row.cells[index]
        if found is None or found.payout is None:
            return Cell(ABSENT, "muted")
        return _paid(found.payout, found.state, decimals)

    def sort(row: EarningsRound) -> NMR | None:
        found = row.cells[index]
        return found.payout if found is not None else None

    return Column(model.model_id, shorten(model.name, NAME_WIDTH), cell, sort, "right", width=width)


def _paid(amount: NMR, state: PayoutState, decimals: int) -> Cell:
    if not amount:
        return Cell(ABSENT, "muted")
    style: Meaning = "gain" if amount > NMR(0) else "burn"
    text = payout(amount, decimals)
    if state is PayoutState.SETTLED:
        return Cell(text, style)
    return Cell(parts=((ESTIMATE, "pending"), (text, style)))


def _state(row: EarningsRound, now: datetime) -> Cell:
    if row.state is PayoutState.SETTLED:
        return Cell("settled", "muted")
    return Cell(parts=((f"{ESTIMATE} ", "pending"), (day(row.resolves, now), "muted")))


def totals(report: EarningsReport, kept: Sequence[int], decimals: int) -> dict[str, Cell | str]:
    """All rounds shown, added up; a ~ where some of them are not settled."""

    def both(settled: NMR, pending: NMR) -> Cell:
        state = PayoutState.PENDING if pending else PayoutState.SETTLED
        return _paid(settled + pending, state, decimals)

    cells: dict[str, Cell | str] = {
        "round": "sum",
        "state": count(len(report.rounds), "round"),
        "total": both(report.settled, report.pending),
    }
    for index in kept:
        model = report.models[index]
        cells[model.model_id] = both(model.settled, model.pending)
    return cells


def summary(report: EarningsReport, decimals: int) -> tuple[Group, ...]:
    """The sums in words, for the line above the table."""

    def figure(weight: int, label: str, text: str, style: Meaning) -> Group:
        return weight, ((f" {label} ", "muted"), (text, style))

    def colour(amount: NMR) -> Meaning:
        return "burn" if amount < NMR(0) else "gain"

    return (
        figure(0, "settled", payout(report.settled, decimals), colour(report.settled)),
        figure(0, "pending", f"{ESTIMATE}{payout(report.pending, decimals)}", "pending"),
        figure(1, "per round", percent(report.rate, 2, signed=True), ""),
        figure(2, "models", str(len(report.models)), ""),
    )


def curve(report: EarningsReport) -> Curve:
    """The report's curve for the chart."""
    return Curve(
        settled=tuple(point.settled for point in report.curve),
        projected=tuple(point.projected for point in report.curve),
        first=str(report.curve[0].round) if report.curve else "",
        last=str(report.curve[-1].round) if report.curve else "",
    )


def bars(report: EarningsReport) -> Bars:
    """Every round's total for the chart, oldest first."""
    rounds = tuple(reversed(report.rounds))
    return Bars(
        amounts=tuple(row.total for row in rounds),
        settled=tuple(row.state is PayoutState.SETTLED for row in rounds),
        labels=tuple(str(row.round) for row in rounds),
    )


def detail(model: EarningsModel, cell: Performance, decimals: int) -> tuple[Group, ...]:
    """One payout with what it came from, in one line."""
    groups: list[Group] = [
        (0, ((f" {cell.round} {model.name} ", "strong"),)),
        (1, (("at risk ", "muted"), (nmr(cell.at_risk, decimals), ""))),
    ]
    for paid in cell.scores:
        if paid.multiplier is not None:
            times = f"{number(paid.multiplier, 2)}×"
            groups.append((3, ((f"{times}{paid.name} ", "muted"), (score(paid.value), ""))))
    if cell.factor is not None:
        groups.append((4, (("factor ", "muted"), (number(cell.factor, 4), ""))))
    if cell.clip is not None:
        groups.append((5, (("clip ", "muted"), (percent(cell.clip), ""))))
    return tuple(groups)


def account_for(name: str, cell: Performance) -> str:
    """How one payout came about, in sentences with every digit."""
    lines = [f"{exact(cell.at_risk)} NMR of {name} was at risk in round {cell.round}."]
    if cell.payout is None:
        lines.append("There is no score yet.")
    else:
        verb = "burned" if cell.payout < NMR(0) else "earned"
        tense = "It" if cell.state is PayoutState.SETTLED else "As of now it"
        lines.append(f"{tense} {verb} {exact(abs(cell.payout))} NMR.")
    lines.append("")
    for each in cell.scores:
        pays = (
            f"× {number(each.multiplier, 2)}" if each.multiplier is not None else "(pays nothing)"
        )
        lines.append(f"{each.name:<10} {score(each.value, 6)}  {pays}")
    if cell.factor is not None:
        lines.append(f"{'factor':<10}  {number(cell.factor, 4)}")
    if cell.clip is not None:
        lines.append(f"{'clip':<10}  ±{percent(cell.clip)}")
    if cell.resolves is not None:
        verb = "Resolved" if cell.state is PayoutState.SETTLED else "Resolves"
        lines += ["", f"{verb} {full(cell.resolves)}."]
    return "\n".join(lines)
