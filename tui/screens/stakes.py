"""Stakes: what is staked on every model, what a pending change makes of it, what comes free."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.stake import PendingKind
from ledger.reports.stakes import Release, StakeLine, StakesReport
from tui import keys
from tui.format import ABSENT, count, day, moment, nmr, pending
from tui.screens.pane import Pane
from tui.screens.staking import Staking
from tui.screens.text_dialog import TextDialog
from tui.theme import Meaning
from tui.widgets.grid import Cell, Column, Grid
from tui.widgets.line import Group, Line
from tui.widgets.note import Note

COMING = 5
"""How many days with NMR coming free are listed under the table."""


NO_MODELS = "No models yet. Press r to ask Numerai."
NO_MATCH = "No model matches the filter. Escape drops it."


class StakesPane(Staking, Pane[StakesReport]):
    """One row for each model."""

    MODE = "stakes"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.STAKING,)
    HELP = (
        "What is staked on every model, by its system. Continuous: one standing stake; a pending "
        "change (▲ increase, ▼ release) shows with its amount and the day it is done, “After” "
        "is the stake it leads to. Atomic: “Staked” adds up all positions that are still locked, "
        "“Per round” is what each new round takes. Below: what the row means, and which NMR "
        "comes free when, added up. Enter lists all of it. Times are UTC."
    )
    BINDINGS = keys.bindings(keys.STAKING)
    DEFAULT_CSS = """
    StakesPane {
        #below { height: 7; border-top: solid $panel; }
        &.-narrow #below { height: 8; }
        #meaning { width: 1fr; height: 100%; padding: 0 1 0 2; }
        #coming { width: 34; height: 100%; }
    }
    """

    def compose_body(self) -> ComposeResult:
        decimals = self.book.config.display.decimals
        with Vertical():
            yield Line(id="summary")
            yield Grid(
                columns(decimals, self.book.now()),
                row_key=lambda line: line.model_id,
                empty=NO_MODELS,
            )
            with Horizontal(id="below"):
                yield Note(id="meaning")
                yield Note(id="coming")

    def load(self) -> StakesReport:
        return self.book.stakes()

    def show(self, report: StakesReport) -> None:
        grid = self._table
        lines = [
            line
            for line in report.lines
            if self.in_tournament(line.tournament)
            and self.matches(line.name, line.tournament.label, line.system)
        ]
        decimals, now = self.book.config.display.decimals, self.book.now()
        grid.set_empty(NO_MATCH if report.lines else NO_MODELS)
        grid.show(
            lines,
            columns=columns(decimals, now, frozenset(line.system for line in lines)),
            totals=totals(lines, decimals) if len(lines) > 1 else None,
        )
        self.query_one("#summary", Line).show(summary(report, decimals, now))
        self.query_one("#coming", Note).show(coming(self._releases(report), decimals, now))
        self._explain(grid.selected)

    @property
    def _table(self) -> Grid[StakeLine]:
        return self.query_one(Grid)

    def _releases(self, report: StakesReport) -> list[Release]:
        return [entry for entry in report.releases if self.in_tournament(entry.tournament)]

    def staked_model(self) -> StakeLine | None:
        return self._table.selected

    @on(Grid.Moved)
    def row_rested(self, event: Grid.Moved[StakeLine]) -> None:
        """Say what the row means."""
        self._explain(event.row)

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[StakeLine]) -> None:
        """List everything of this model that comes free, by time."""
        if self.report is None:
            return
        line = event.row
        releases = [entry for entry in self.report.releases if entry.model_id == line.model_id]
        decimals, now = self.book.config.display.decimals, self.book.now()
        paragraphs = [meaning(line), *_more(line)]
        if releases:
            paragraphs.append(coming(releases, decimals, now, most=len(releases)))
        self.app.push_screen(TextDialog("Stake", Content("\n\n").join(paragraphs)))

    def _explain(self, line: StakeLine | None) -> None:
        self.query_one("#meaning", Note).show(meaning(line) if line is not None else "")


ONLY_IN = {
    "pending": System.CONTINUOUS,
    "due": System.CONTINUOUS,
    "after": System.CONTINUOUS,
    "per_round": System.ATOMIC,
}
"""Columns that mean nothing in the other system."""


def columns(
    decimals: int, now: datetime, systems: frozenset[System] = frozenset(System)
) -> list[Column[StakeLine]]:
    """The table's columns for models of ``systems``, amounts with ``decimals``.

    On narrow screens those that are missed least go first.
    """
    everything = _columns(decimals, now)
    return [column for column in everything if ONLY_IN.get(column.key) in {None, *systems}]


def _columns(decimals: int, now: datetime) -> list[Column[StakeLine]]:

    def amount(
        key: str, label: str, value: Callable[[StakeLine], NMR | None], drop: int = 0
    ) -> Column[StakeLine]:
        def cell(line: StakeLine) -> Cell:
            found = value(line)
            return Cell(nmr(found, decimals)) if found else Cell(ABSENT, "muted")

        return Column(key, label, cell, value, "right", drop=drop)

    return [
        Column("model", "model", lambda line: line.name, lambda line: line.name, fixed=True),
        Column("tournament", "tournament", _tournament, lambda line: line.tournament, drop=8),
        amount("staked", "staked", lambda line: line.staked),
        amount("projected", "projected", lambda line: line.projected, drop=7),
        Column("pending", "pending", lambda line: _pending(line, decimals), _asked, "right"),
        Column("due", "due", lambda line: _date(_due(line), now, "pending"), _due),
        amount("next", "next round", lambda line: line.next_round, drop=6),
        amount("after", "after", lambda line: line.after if line.pending else None, drop=3),
        amount("per_round", "per round", lambda line: line.per_round, drop=4),
        Column("earnings", "earnings", _earnings, drop=9),
        Column(
            "locked",
            "locked to",
            lambda line: _date(line.locked_until, now, _locked(line)),
            lambda line: line.locked_until,
            drop=5,
        ),
    ]


def _tournament(line: StakeLine) -> Cell:
    return Cell(line.tournament.label, "muted")


def _pending(line: StakeLine, decimals: int) -> Cell:
    if line.pending is None:
        return Cell(ABSENT, "muted")
    sign = "▲" if line.pending.kind is PendingKind.INCREASE else "▼"
    return Cell(f"{sign} {pending(line.pending.kind, line.pending.amount, decimals)}", "pending")


def _asked(line: StakeLine) -> NMR | None:
    if line.pending is None:
        return None
    return line.after - line.staked


def _due(line: StakeLine) -> datetime | None:
    return line.pending.due if line.pending else None


def _date(at: datetime | None, now: datetime, style: Meaning) -> Cell:
    return Cell(moment(at, now), "muted" if at is None else style)


def _earnings(line: StakeLine) -> Cell:
    if line.mode is not None:
        return Cell(line.mode.value, "muted")
    words = {None: ABSENT, True: "to wallet", False: "compound"}
    return Cell(words[line.take_profit], "" if line.take_profit else "muted")


def _locked(line: StakeLine) -> Meaning:
    return "locked" if line.system is System.ATOMIC and line.locked_until else "muted"


def totals(lines: list[StakeLine], decimals: int) -> dict[str, Cell | str]:
    """The sums under the table."""
    sums = {
        "staked": NMR.total(line.staked for line in lines),
        "projected": NMR.total(line.projected or line.staked for line in lines),
        "next": NMR.total(line.next_round for line in lines),
        "per_round": NMR.total(line.per_round or NMR(0) for line in lines),
    }
    return {
        "model": count(len(lines), "model"),
        **{key: nmr(amount, decimals) for key, amount in sums.items()},
    }


def summary(report: StakesReport, decimals: int, now: datetime) -> tuple[Group, ...]:
    """Where the account's NMR is, for the line above the table."""

    def figure(weight: int, label: str, text: str, style: Meaning = "") -> Group:
        return weight, ((f" {label} ", "muted"), (text, style))

    groups = [
        figure(0, "wallet", nmr(report.available, decimals), "strong"),
        figure(3, "held", nmr(report.held, decimals)),
        figure(2, "releasing", nmr(report.releasing, decimals), "pending"),
    ]
    if report.releases:
        groups.append(figure(4, "next free", moment(report.releases[0].at, now), "locked"))
    return tuple(groups)


def meaning(line: StakeLine) -> Content:
    """What the stake of one model means."""
    return Content.assemble(
        (f"{line.name}", "bold"),
        (f" · {line.tournament.label} · {line.system}\n", "$muted"),
        line.meaning,
    )


def _more(line: StakeLine) -> list[Content]:
    """What else there is to say about a stake, a paragraph each."""
    earnings = {True: "Earnings go to the wallet.", False: "Earnings compound."}
    said = [earnings[line.take_profit]] if line.take_profit is not None else []
    if line.blocked and line.blocked not in line.meaning:
        said.append(line.blocked)
    return [Content(text) for text in said]


def coming(releases: list[Release], decimals: int, now: datetime, *, most: int = COMING) -> Content:
    """The next days on which NMR comes free, with what is free by then."""
    if not releases:
        return Content.styled("No NMR is on its way to the wallet.", "$muted")
    days = _by_day(releases)
    rows = [Content.styled(f"{'free':<10}{'NMR':>11}{'in all':>12}", "$muted")]
    free = NMR(0)
    for entries in days if len(days) <= most else days[: most - 1]:
        amount = NMR.total(entry.amount for entry in entries)
        free += amount
        rows.append(_day_row(day(entries[0].at, now), nmr(amount, decimals), nmr(free, decimals)))
    if len(rows) <= len(days):
        whole = NMR.total(entry.amount for entry in releases)
        rows.append(_day_row(f"… {day(days[-1][0].at, now)}", "", nmr(whole, decimals)))
    return Content("\n").join(rows)


def _day_row(when: str, amount: str, free: str) -> Content:
    return Content.assemble((f"{when:<12}", "$locked"), f"{amount:>9}", (f"{free:>12}", "$muted"))


def _by_day(releases: list[Release]) -> list[list[Release]]:
    days: dict[object, list[Release]] = {}
    for entry in releases:
        days.setdefault(entry.at.date(), []).append(entry)
    return list(days.values())
