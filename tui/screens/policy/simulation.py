"""What a payout policy would have done: the past with it and without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from ledger.domain.model import Tournament
from ledger.domain.names import shorten
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import Destination, Replay
from ledger.reports.policy.matrix import PolicyReport
from tui import keys
from tui.format import ABSENT, count, nmr, percent
from tui.messages import JobFailed
from tui.screens.dialogs.flow import follow
from tui.screens.pane import Pane
from tui.screens.policy.columns import state_words
from tui.screens.policy.switching import switch_on
from tui.screens.policy.words import called, fine, names_of
from tui.theme import Meaning, Parts
from tui.widgets.charts.line_chart import LineChart
from tui.widgets.charts.line_plot import Lines, bounds
from tui.widgets.line import Group, Line, plain
from tui.widgets.tables.grid import Cell, Column, Grid

LAST = (20, 60, 120, 260, 520, 1040)
"""How many settled rounds the keys for fewer and more step through."""

USUAL = 60


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy, and the past with it and without it."""

    report: PolicyReport
    replay: Replay


@dataclass(frozen=True, slots=True)
class Share:
    """What one destination would have got, ``part`` of everything."""

    destination: Destination
    name: str
    nmr: NMR
    part: Decimal | None


class SimulationPane(Pane[Trial]):
    """Both curves on one axis, their difference, and where the payouts would have gone."""

    MODE = "simulation"
    TRAIL = ("Earnings", "Where payouts go", "Simulation")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.TRIAL,)
    HAS_TOURNAMENTS = False
    AUTO_FOCUS = "#both"
    HELP = (
        "The policy in the editor, tried on the newest settled rounds. On the left all payouts "
        "added up: the thin line as they were, the heavy one as they would have been; on the "
        "right the difference between the two, on an axis of its own, since it is often small. "
        "What the policy would have moved by then counts as staked elsewhere from the next close "
        "on, so a round pays in proportion to what would have been at risk. The past is taken to "
        "have compounded, whatever take profit was.\n\n"
        "The table says what each destination would have got; it adds up to the end of the heavy "
        "curve, to the wei. “Changes” is how many it would have taken to realise that, by "
        "threshold and schedule. ↑ and ↓ choose a line, ← and → a round of it; tab goes on to the "
        "next chart and the table. < and > try fewer and more rounds. w switches the policy on, "
        "after a question. The past is no promise."
    )
    BINDINGS = keys.bindings(keys.TRIAL)
    DEFAULT_CSS = """
    SimulationPane {
        #charts { height: 1fr; min-height: 7; }
        #charts LineChart { width: 1fr; height: 1fr; padding: 0 1; }
        #shares { height: 11; border-top: solid $panel; }
        &.-narrow #shares { height: 8; }
    }
    """

    def __init__(self, tournament: Tournament) -> None:
        super().__init__()
        self.tournament = tournament
        self._last = USUAL

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            with Horizontal(id="charts"):
                yield LineChart(id="both")
                yield LineChart(id="difference")
            with Vertical(id="shares"):
                yield Grid[Share](
                    columns(self.book.config.display.decimals),
                    row_key=lambda one: one.destination.key,
                    empty="Nothing was paid in these rounds.",
                )
            yield Line(id="standing")

    def load(self) -> Trial:
        policies, tournament = self.book.policy, self.tournament or Tournament.CLASSIC
        report = policies.report(tournament)
        return Trial(report, policies.replay(tournament, self._last, report.policy))

    def on_pane_load_failed(self, event: Pane.LoadFailed) -> None:
        """There is nothing to see without a past."""
        self.app.post_message(JobFailed(event.error))
        if self.report is None and self.app.screen is self:
            self.leave()

    def show(self, trial: Trial) -> None:
        decimals = self.book.config.display.decimals
        both, difference = curves(trial.replay)
        self.query_one("#both", LineChart).show(both)
        self.query_one("#difference", LineChart).show(difference)
        self.query_one("#summary", Line).show(summary(trial.replay, decimals))
        rows = [one for one in shares(trial) if self.matches(one.name)]
        total = trial.replay.points[-1].with_policy
        sums: dict[str, Cell | str] = {"name": "all payouts", "nmr": _signed(total, decimals)}
        self.query_one(Grid).show(rows, columns=columns(decimals), totals=sums)
        self.query_one("#standing", Line).show((plain(f" {state_words(trial.report)}", "muted"),))

    def caption(self) -> Parts:
        label = f"{self.tournament.label}, " if self.tournament is not None else ""
        return ((label, "strong"), (f"last {count(self._last, 'round')}", "muted"))

    def actions(self) -> list[keys.Action]:
        """A row has no more to tell."""
        return [action for action in super().actions() if action.id != "choose"]

    def action_fewer_tried(self) -> None:
        """Look back over fewer rounds."""
        self._look(-1)

    def action_more_tried(self) -> None:
        """Look back over more rounds, as far as there are any."""
        if self.report is not None and len(self.report.replay.points) < self._last:
            self.notify("There are no more settled rounds.", timeout=3)
        else:
            self._look(1)

    def _look(self, step: int) -> None:
        at = max(0, min(LAST.index(self._last) + step, len(LAST) - 1))
        if LAST[at] != self._last:
            self._last = LAST[at]
            self.recaption()
            self.reload()

    def action_switch_on(self) -> None:
        """Put the policy in force, after a Yes."""
        tournament = self.tournament
        if tournament is not None:
            follow(self.app, lambda: switch_on(self.app, tournament))

    def action_back(self) -> None:
        """Drop the filter and the line chosen, then go back to the policy."""
        if self.filter_text or not any(chart.let_go() for chart in self.query(LineChart)):
            super().action_back()


def columns(decimals: int) -> list[Column[Share]]:
    """A destination, what it would have got, and which part of everything."""
    return [
        Column(
            "name",
            "would have gone to",
            lambda share: shorten(share.name),
            lambda share: share.name,
            width=26,
        ),
        Column(
            "nmr",
            "NMR",
            lambda share: _signed(share.nmr, decimals),
            lambda share: share.nmr.amount,
            "right",
            width=14,
        ),
        Column("part", "of all", _part, lambda share: share.part, "right", width=8),
    ]


def _part(share: Share) -> Cell:
    return Cell(percent(share.part, 1) if share.part is not None else ABSENT, "muted")


def _signed(amount: NMR, decimals: int) -> Cell:
    tone: Meaning = "burn" if amount < ZERO else "gain"
    return Cell(nmr(amount, decimals, signed=True), tone)


def shares(trial: Trial) -> list[Share]:
    """What each destination would have got, in the order of the policy's columns."""
    names, accrued = names_of(trial.report), trial.replay.accrued
    order = {column.destination: at for at, column in enumerate(trial.report.columns)}
    total = trial.replay.points[-1].with_policy
    return [
        Share(place, called(place, names), accrued[place], _of(accrued[place], total))
        for place in sorted(accrued, key=lambda place: order.get(place, len(order)))
        if accrued[place]
    ]


def _of(part: NMR, whole: NMR) -> Decimal | None:
    """Parts of a gain; where all rounds together burned, parts of it say nothing."""
    return part.over(whole) if whole > ZERO else None


def summary(replay: Replay, decimals: int) -> tuple[Group, ...]:
    """The ends of both curves, and what it would have taken."""
    first, last = replay.points[0], replay.points[-1]
    difference = fine(last.difference, decimals, signed=True)
    tone: Meaning = "burn" if last.difference < ZERO else "gain"
    return (
        (0, ((" with ", "muted"), (nmr(last.with_policy, decimals, signed=True), "strong"))),
        (0, (("without ", "muted"), (nmr(last.without, decimals, signed=True), "strong"))),
        (0, (("difference ", "muted"), (difference, tone))),
        (1, ((f"{count(replay.changes, 'change')}", "strong"),)),
        (2, ((f"{nmr(replay.moved, decimals)} NMR moved", "muted"),)),
        (3, ((f"rounds {first.round} to {last.round}", "muted"),)),
    )


def curves(replay: Replay) -> tuple[Lines, Lines]:
    """Both curves on one y axis, and their difference on its own."""
    without = _drawn([point.without for point in replay.points])
    with_policy = _drawn([point.with_policy for point in replay.points])
    apart = _drawn([point.difference for point in replay.points])
    first, last = str(replay.points[0].round), str(replay.points[-1].round)
    least, most = bounds([apart])
    low, high = bounds([without, with_policy])
    places = tuple(f"round {point.round}" for point in replay.points)
    both = Lines(
        "NMR",
        (without,),
        with_policy,
        *(low, high, first, last),
        heavy_name="with",
        names=("without",),
        places=places,
    )
    difference = Lines(
        "NMR", (), apart, *(least, most, first, last), heavy_name="with − without", places=places
    )
    return both, difference


def _drawn(amounts: Sequence[NMR]) -> list[float]:
    """Only to be drawn."""
    return [float(amount.amount) for amount in amounts]
