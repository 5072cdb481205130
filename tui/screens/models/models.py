"""Models: all models of all tournaments on one page."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.rounds.performance import Performance
from ledger.reports.account.portfolio import ModelLine, Portfolio
from tui import format, jobs, keys
from tui.messages import PortfolioLoaded
from tui.screens.arranging import Arranging
from tui.screens.models.model_columns import columns, totals
from tui.screens.models.model_detail import facts, rounds
from tui.screens.nothing_there import nothing_there
from tui.screens.queue.change_keys import Staking
from tui.theme import Parts
from tui.widgets.detail import Detail
from tui.widgets.tables.grid import Column, Grid

ROUNDS_IN_DETAIL = 20


class ModelsPane(Arranging[Portfolio], Staking[Portfolio]):
    """The first mode: what is staked where, how each model does, what is in for this round."""

    MODE = "models"
    HELP = (
        "All models of all tournaments.\n\n"
        "staked     settled stake; atomic: all positions still locked\n"
        "at risk    what running rounds can burn\n"
        "change     a pending change, and when it is complete\n"
        "per round  atomic: what goes into each new round\n"
        "last       recent payouts, newest right: gains stand up, burns hang\n"
        "payouts    their sum, ~ while some of them are unsettled\n"
        "1 year     Numerai's own figure for the return\n"
        "rep, rank  reputation by the model's first score\n"
        "round      what was submitted for the current round:\n"
        "           ✓ in time   ! late: scored, nothing at risk\n"
        "           ✗ missed    … still awaited\n\n"
        "Enter opens the model's rounds, and there why a round paid what it did; d shows the model "
        "beside the table. E, L and C open its earnings, its slots and its changes. Escape goes "
        "back to the same row, ^o forward again. F lets filter and tournament hold on every "
        "pane.\n\n"
        "Space marks models, and m moves NMR from the row under the cursor to what is marked, "
        "until Escape drops the marks; all other keys act on the row under the cursor alone."
    )
    GROUPS = (keys.STAKING, keys.MODELS, keys.COLUMNS)
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.STAKING, keys.MODELS, keys.COLUMNS)
    LOADS_PORTFOLIO = True
    SHOWS_NOTICE = True
    RESTS_ON = frozenset(
        {Fact.LISTED, Fact.PENDING, Fact.RETURNS, Fact.REPUTATION, Fact.SUBMISSIONS}
    )

    @dataclass
    class RoundsLoaded(Message):
        """The last rounds of one model arrived, newest first."""

        model_id: str
        rounds: tuple[Performance, ...]

    def __init__(self) -> None:
        super().__init__()
        self._rounds: tuple[str, tuple[Performance, ...]] = ("", ())

    def compose_body(self) -> ComposeResult:
        yield Grid[ModelLine](
            self.all_columns(),
            row_key=lambda line: line.model_id,
            empty="",
            id="models",
        )
        detail = Detail(id="detail")
        detail.set_class(self.opens_detail or self.has_class("-broad"), "open")
        yield detail

    @property
    def decimals(self) -> int:
        """Digits after the decimal point."""
        return self.book.config.display.decimals

    @property
    def table(self) -> Grid[ModelLine]:
        """The only table here."""
        return self.query_one("#models", Grid)

    def load(self) -> Portfolio:
        self.load_remembered()
        return self.book.portfolio()

    def show(self, report: Portfolio) -> None:
        lines = [line for line in report.lines if self._passes_filters(line)]
        table = self.table
        self.keep_marks(report.lines)
        table.set_empty(self._empty(report))
        due = (line.pending.due for line in lines if line.pending is not None)
        dates = format.Dates.of(due, self.book.now())
        table.show(
            lines,
            columns=self.with_marks(self.arranged(columns(dates, self.decimals, report.missing))),
            totals=totals(lines, self.decimals, report.missing) if len(lines) > 1 else None,
        )
        self.app.post_message(PortfolioLoaded(report))
        self._rounds = ("", ())
        self._follow_cursor()

    def all_columns(self) -> list[Column[ModelLine]]:
        return columns(format.Dates.of((), self.book.now()), self.decimals)

    def sync_changed(self) -> None:
        if self.report is not None and not self.report.lines:
            self.table.set_empty(self._empty(self.report))

    def caption(self) -> Parts:
        if self._marked or self.report is None or not self.report.lines:
            return super().caption()
        shown, there = len(self.table.rows), len(self.report.lines)
        count = format.count(there, "model")
        return ((count if shown == there else f"{shown} of {count}", "muted"),)

    def _passes_filters(self, line: ModelLine) -> bool:
        return self.in_tournament(line.tournament) and self.matches(
            line.name, line.tournament.label, line.system.value
        )

    def _empty(self, report: Portfolio) -> str:
        if report.lines:
            return "No model matches the filter. Escape drops it."
        return nothing_there(self.host, report.as_of)

    # Detail

    def staked_model(self) -> ModelLine | None:
        return self.table.selected

    @on(Grid.Chosen)
    def row_chosen(self) -> None:
        """Open the rounds of the model marked."""
        self.action_open()

    def action_detail(self) -> None:
        """Open or close what is known about the model marked."""
        self.query_one(Detail).toggle()
        self._follow_cursor()

    @on(Grid.Moved)
    def cursor_rests(self) -> None:
        """The detail follows the cursor."""
        self._follow_cursor()

    def action_back(self) -> None:
        panel = self.query_one(Detail)
        if panel.is_open and not self.has_class("-broad"):
            panel.close()
        else:
            super().action_back()

    def _follow_cursor(self) -> None:
        line = self.table.selected
        if line is None or not self.query_one(Detail).is_open:
            return
        if self._rounds[0] == line.model_id:
            self._draw_detail(line)
            return
        model_id = line.model_id
        jobs.run(
            self,
            lambda: self.book.performances(model_id, ROUNDS_IN_DETAIL),
            lambda rounds: self.RoundsLoaded(model_id, rounds),
            self.LoadFailed,
            group="detail",
        )

    def on_models_pane_rounds_loaded(self, event: ModelsPane.RoundsLoaded) -> None:
        self._rounds = (event.model_id, event.rounds)
        line = self.table.selected
        if line is not None and line.model_id == event.model_id:
            self._draw_detail(line)

    def _draw_detail(self, line: ModelLine) -> None:
        self.query_one(Detail).show(
            facts(line, self.book.now(), self.decimals, self.missing),
            rounds(
                self._rounds[1], self.decimals, self.missing_paragraphs(line.model_id, line.name)
            ),
        )
