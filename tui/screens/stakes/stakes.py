"""Stakes: what is staked on every model, what a pending change makes of it, what comes free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.readable import readable
from ledger.domain.stakes.holding import ModelTotals
from ledger.reports.stakes.positions import PositionsReport
from ledger.reports.stakes.stakes import Release, StakeLine, StakesReport
from ledger.reports.stakes.strategy import StrategyReport
from tui import keys
from tui.format import Dates
from tui.screens.arranging import Arranging
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.nothing_there import nothing_there
from tui.screens.queue.change_keys import Staking
from tui.screens.stakes.stake_columns import columns, due, totals
from tui.screens.stakes.stake_words import COMING, coming, holds, meaning, more, summary
from tui.screens.stakes.strategy_words import headline, system_of
from tui.widgets.line import Line
from tui.widgets.note import Note
from tui.widgets.tables.grid import Column, Grid

_ABOVE = 20
"""Rows of a broad screen that are not for what comes free."""

NO_MATCH = "No model matches the filter. Escape drops it."


@dataclass(frozen=True, slots=True)
class StakesView:
    """All stakes, and what is known of the strategies behind the atomic ones."""

    stakes: StakesReport
    positions: PositionsReport
    strategies: StrategyReport

    def holdings(self) -> dict[str, ModelTotals]:
        """What atomic models have in positions, by model id."""
        entries = self.positions.tournaments
        return {model.model_id: model.totals for entry in entries for model in entry.models}

    def system(self, tournament: Tournament) -> str:
        """Which system a tournament is on, and why."""
        entries = self.strategies.tournaments
        sentences = (system_of(entry) for entry in entries if entry.tournament is tournament)
        return next(sentences, "")


class StakesPane(Arranging[StakesView], Staking[StakesView]):
    """One row for each model."""

    MODE = "stakes"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.COLUMNS, keys.STAKING)
    HELP = (
        "What is staked on every model, by its system. Continuous: one standing stake; a pending "
        "change (▲ increase, ▼ release) shows with its amount and the day it is done, “After” "
        "is the stake it leads to. Atomic: “Staked” adds up all positions that are still locked, "
        "“Per round” is what each new round takes, “ramp” how many of the rounds that run at a "
        "time hold it, “committed” what they hold once all do. Above the table, each strategy: "
        "what is locked, idle (~ an estimate), claimable, and when idle runs out.\n\n"
        "Below: what the row means, and which NMR comes free when, added up (6 has all of it). "
        "Enter lists an atomic model's positions, for others what comes free, and then its rounds; "
        "O opens those at once; i tells all about the tournament's strategy and which source says "
        "what. Times are UTC.\n\n"
        "+ and - change a continuous stake, or what an atomic model stakes per round. Space marks "
        "models: m moves NMR from the row under the cursor to what is marked, a has their targets "
        "on top, until Escape drops the marks; all other keys act on the row under the cursor "
        "alone."
    )
    BINDINGS = keys.bindings(keys.COLUMNS, keys.STAKING)
    SHOWS_NOTICE = True
    RESTS_ON = frozenset(
        {
            Fact.LISTED,
            Fact.PENDING,
            Fact.PROJECTED_STAKE,
            Fact.TAKE_PROFIT,
            Fact.HELD_INCREASES,
        }
    )
    DEFAULT_CSS = """
    StakesPane {
        .strategy { display: none; }
        .strategy.shown { display: block; }
        #below { height: 7; border-top: solid $panel; }
        &.-narrow #below { height: 8; }
        &.-broad #below {
            dock: right; width: 56; height: 100%; layout: vertical;
            border-top: none; border-left: solid $panel;
        }
        &.-broad #meaning { width: 100%; height: 14; padding: 1 1 0 2; }
        &.-broad #coming { width: 100%; height: 1fr; padding: 0 1 0 2; }
        #meaning { width: 1fr; height: 100%; padding: 0 1 0 2; }
        #coming { width: 34; height: 100%; }
    }
    """

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            for tournament in Tournament:
                yield Line(id=f"strategy-{int(tournament)}", classes="strategy")
            yield Grid(
                self.all_columns(),
                row_key=lambda line: line.model_id,
                empty="",
            )
            with Horizontal(id="below"):
                yield Note(id="meaning")
                yield Note(id="coming")

    def all_columns(self) -> list[Column[StakeLine]]:
        return columns(self.book.config.display.decimals, Dates.of((), self.book.now()))

    def sync_changed(self) -> None:
        if self.report is not None:
            self._table.set_empty(self._empty(self.report.stakes))

    def _empty(self, report: StakesReport) -> str:
        return NO_MATCH if report.lines else nothing_there(self.host, report.as_of)

    def load(self) -> StakesView:
        self.load_remembered()
        atomic = self.book.stakes.atomic
        return StakesView(self.book.stakes.report(), atomic.positions(), atomic.strategy())

    def show(self, view: StakesView) -> None:
        report = view.stakes
        grid = self._table
        self.keep_marks(report.lines)
        lines = [
            line
            for line in report.lines
            if self.in_tournament(line.tournament)
            and self.matches(line.name, line.tournament.label, line.system)
        ]
        decimals = self.book.config.display.decimals
        dates = self._dates(lines, self._releases(report))
        grid.set_empty(self._empty(report))
        grid.show(
            lines,
            columns=self.with_marks(
                self.arranged(
                    columns(
                        decimals,
                        dates,
                        frozenset(line.system for line in lines),
                        view.holdings(),
                        report.missing,
                    )
                )
            ),
            totals=totals(lines, decimals, view.holdings(), report.missing)
            if len(lines) > 1
            else None,
        )
        self.query_one("#summary", Line).show(
            summary(report, view.positions.owned, decimals, dates)
        )
        self.query_one("#coming", Note).show(
            coming(
                self._releases(report), decimals, dates, report.missing, most=self._days_of_releases
            )
        )
        self._draw_strategies(view, dates)
        self._explain(grid.selected)

    @property
    def _table(self) -> Grid[StakeLine]:
        return self.query_one(Grid)

    def _releases(self, report: StakesReport) -> list[Release]:
        return [entry for entry in report.releases if self.in_tournament(entry.tournament)]

    def _dates(self, lines: Sequence[StakeLine], releases: Sequence[Release]) -> Dates:
        shown = [at for line in lines for at in (due(line), line.locked_until)]
        return Dates.of([*shown, *(entry.at for entry in releases)], self.book.now())

    @property
    def _days_of_releases(self) -> int:
        """How many have a place beside the table, or below it."""
        return max(COMING, self.app.size.height - _ABOVE) if self.has_class("-broad") else COMING

    def staked_model(self) -> StakeLine | None:
        return self._table.selected

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[StakeLine]) -> None:
        """Say what the row means."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[StakeLine]) -> None:
        """List an atomic model's positions, or everything of another one that comes free."""
        if self.report is None:
            return
        line, stakes = event.row, self.report.stakes
        if line.system is System.ATOMIC:
            self.action_positions()
            return
        releases = [entry for entry in stakes.releases if entry.model_id == line.model_id]
        decimals, dates = self.book.config.display.decimals, self._dates((), releases)
        missing = self.missing_paragraphs(line.model_id, line.name)
        paragraphs = [meaning(line), *([missing] if missing.plain else []), *more(line)]
        paragraphs.append(Content(self.report.system(line.tournament)))
        if releases:
            paragraphs.append(coming(releases, decimals, dates, stakes.missing, most=len(releases)))
        text = Content("\n\n").join(paragraphs)
        self.app.push_screen(TextDialog("Stake", text, onward=("its rounds", self.action_open)))

    def _explain(self, line: StakeLine | None) -> None:
        self.query_one("#meaning", Note).show(self._meaning_of(line) if line is not None else "")

    def _meaning_of(self, line: StakeLine) -> Content:
        view, decimals = self.report, self.book.config.display.decimals
        held = view.holdings().get(line.model_id) if view is not None else None
        if held is not None:
            return holds(line, held, decimals)
        return meaning(replace(line, meaning=readable(line.meaning, decimals)))

    def _draw_strategies(self, view: StakesView, dates: Dates) -> None:
        """All of them, at every width: none is counted under another one's name."""
        decimals = self.book.config.display.decimals
        entries = {entry.tournament: entry for entry in view.positions.tournaments}
        for tournament in Tournament:
            entry = entries.get(tournament)
            shown = entry is not None and self.in_tournament(tournament)
            place = self.query_one(f"#strategy-{int(tournament)}", Line)
            place.set_class(shown, "shown")
            if entry is not None:
                lines = view.stakes.lines
                ids = [stake.model_id for stake in lines if stake.tournament is tournament]
                place.show(headline(entry, decimals, dates, view.stakes.missing, ids))
