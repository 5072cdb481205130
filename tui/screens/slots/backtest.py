"""The backtest: would shuffling predictors between slots have helped?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from ledger.domain.model import Tournament
from ledger.domain.slots.backtest import Backtest, StakeBacktest
from tui import keys
from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.screens.slots.backtest_figures import charts, figures, in_nmr, summary
from tui.theme import Parts
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.line import Line, plain
from tui.widgets.note import Note

SHUFFLES = 10_000
STAKE_SHUFFLES = 50
"""Each of these is a whole run in exact arithmetic."""


@dataclass(frozen=True, slots=True)
class Results:
    """What was computed; ``stakes`` only when asked for."""

    tournament: Tournament
    backtest: Backtest
    stakes: StakeBacktest | None


class BacktestPane(Pane[Results]):
    """Two charts on one y axis, and the figures behind them."""

    MODE = "backtest"
    TRAIL = ("Slots", "Backtest")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.BACKTEST,)
    ALL_TOURNAMENTS = False
    AUTO_FOCUS = "#keep"
    HELP = (
        "Cumulative payout-weighted scores of slots: on the left every model keeps its slot, on "
        "the right models are shuffled every round (one of many shuffles), on the same y axis. "
        "The heavy line is the average of all models, in both; ↑ and ↓ choose a line, ← and → a "
        "round of it, tab the other chart. “Spread” is the standard "
        "deviation of the final values between slots; shuffling makes it smaller, but the total "
        "over all slots stays what it was at equal stakes. A missing score counts as nothing for "
        "the slot. In NMR, stakes follow each round's own factors, and keeping and shuffling are "
        "compared with rebalancing to equal stakes. ctrl+c stops a run."
    )
    BINDINGS = keys.bindings(keys.BACKTEST)
    DEFAULT_CSS = """
    BacktestPane {
        #charts { height: 1fr; }
        #charts LineChart { width: 1fr; height: 1fr; padding: 0 1; }
        #figures { height: auto; padding: 0 1; border-top: solid $panel; }
        #nmr { height: auto; padding: 0 1; }
    }
    """

    @dataclass
    class Progressed(Message):
        """The run is further."""

        what: str
        done: int
        whole: int

    def __init__(self, tournament: Tournament) -> None:
        super().__init__()
        self.tournament = tournament
        self._by_slot = False
        self._complete = False
        self._in_nmr = False
        self._seed = 1
        self._halt = threading.Event()
        self._busy = False

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            with Horizontal(id="charts"):
                yield LineChart(id="keep")
                yield LineChart(id="shuffled")
            yield Note(id="figures")
            yield Note(id="nmr")

    def load(self) -> Results:
        """Runs in a thread; a run that another one supersedes is stopped."""
        self._halt.set()
        stop = self._halt = threading.Event()
        self._busy = True
        try:
            return self._run(stop)
        finally:
            self._busy = self._halt is not stop

    def _run(self, stop: threading.Event) -> Results:
        tournament = self.tournament or Tournament.CLASSIC
        shuffling = self.book.slots.shuffling
        backtest = shuffling.backtest(
            shuffling.table(tournament, by_slot=self._by_slot),
            shuffles=SHUFFLES,
            seed=self._seed,
            complete=self._complete,
            block=shuffling.concurrent(tournament),
            progress=lambda done, whole: self._post_progress("shuffles", done, whole),
            stop=stop,
        )
        if not self._in_nmr:
            return Results(tournament, backtest, None)
        stakes = shuffling.stake_backtest(
            tournament,
            by_slot=self._by_slot,
            seed=self._seed,
            shuffles=STAKE_SHUFFLES,
            progress=lambda done, whole: self._post_progress("runs in NMR", done, whole),
            stop=stop,
        )
        return Results(tournament, backtest, stakes)

    def _post_progress(self, what: str, done: int, whole: int) -> None:
        """Runs in a thread."""
        self.post_message(self.Progressed(what, done, whole))

    @on(Progressed)
    def progressed(self, event: Progressed) -> None:
        """Say how far the run is."""
        if self._busy:
            text = f" {event.done:,} of {event.whole:,} {event.what}; ctrl+c stops"
            self.query_one("#summary", Line).show((plain(text, "pending"),))

    def stop_job(self) -> bool:
        """Stop the run."""
        running, self._busy = self._busy, False
        self._halt.set()
        if running and self.report is not None:
            self.query_one("#summary", Line).show(summary(self.report.backtest))
        return running

    def on_unmount(self) -> None:
        self._halt.set()

    def refilter(self) -> None:
        """Another tournament is another run; a text filters nothing here."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self.reload()

    def show(self, report: Results) -> None:
        kept, mixed = charts(report.backtest)
        self.query_one("#keep", LineChart).show(kept)
        self.query_one("#shuffled", LineChart).show(mixed)
        self.query_one("#summary", Line).show(summary(report.backtest))
        self.query_one("#figures", Note).show(figures(report.backtest), layout=True)
        said = in_nmr(report.stakes, self.book.config.display.decimals) if report.stakes else ""
        self.query_one("#nmr", Note).show(said, layout=True)

    def caption(self) -> Parts:
        rounds = "complete rounds" if self._complete else "all rounds"
        models = "slots" if self._by_slot else "predictors"
        return ((f"{models}, {rounds}, seed {self._seed}", "muted"),)

    def actions(self) -> list[keys.Action]:
        """There is no table to sort or to filter here."""
        here = {*self.GROUPS, keys.TABLE, keys.EVERYWHERE, keys.DEMO}
        more = {"tournament", "copy", "back"}
        return [
            one
            for one in super().actions()
            if (one.group in here or one.id in more) and one.id != "choose"
        ]

    def _again(self) -> None:
        self.recaption()
        self.reload()

    def action_models_or_slots(self) -> None:
        """Take predictors or slots for the models."""
        self._by_slot = not self._by_slot
        self._again()

    def action_complete_rounds(self) -> None:
        """Take all rounds, or only those without a missing score."""
        self._complete = not self._complete
        self._again()

    def action_next_seed(self) -> None:
        """Other random shuffles."""
        self._seed += 1
        self._again()

    def action_in_nmr(self) -> None:
        """Compare in NMR too, or not."""
        self._in_nmr = not self._in_nmr
        self._again()

    def action_notes(self) -> None:
        """What the figures can tell, and what they can't."""
        if self.report is not None:
            notes = self.report.backtest.notes
            more = self.report.stakes.notes if self.report.stakes else ()
            self.app.push_screen(TextDialog("What this can tell", "\n\n".join([*notes, *more])))

    def action_copy(self) -> None:
        """Copy the figures: there is no table."""
        notes = (self.query_one(name, Note).text for name in ("#figures", "#nmr"))
        copy(self.app, "\n\n".join(text for text in notes if text))

    def action_back(self) -> None:
        """Let go of the line chosen, then back to the slots."""
        if not any(chart.let_go() for chart in self.query(LineChart)):
            super().action_back()
