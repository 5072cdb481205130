"""Predictors: every one's own record, beside the same figures of the slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from ledger.domain.model import Tournament
from ledger.domain.names import shorten
from ledger.domain.slots.predictor import Predictor
from ledger.reports.slots.predictor_scores import PredictorScores
from tui import jobs, keys
from tui.screens.dialogs.text_dialog import TextDialog
from tui.screens.pane import Pane
from tui.screens.slots.score_columns import RecordRow, account_for, columns, rows, summary
from tui.theme import Parts
from tui.widgets.entry import Entry
from tui.widgets.filterbar import FilterBar
from tui.widgets.line import Line
from tui.widgets.tables.grid import Grid

LAST = (20, 60, 120, 260, None)
"""How many rounds the keys for fewer and more step through; ``None`` is all there are."""

ADD = "add"


@dataclass(frozen=True, slots=True)
class Records:
    """What the pane shows: all predictors, and the records there are."""

    predictors: tuple[Predictor, ...]
    scores: PredictorScores


class PredictorsPane(Pane[Records]):
    """One row for each predictor, then one for each slot."""

    MODE = "predictors"
    TRAIL = ("Slots", "Predictors")
    GROUPS: ClassVar[tuple[str, ...]] = (keys.PREDICTORS,)
    ALL_TOURNAMENTS = False
    HELP = (
        "Scores and payouts belong to slots; here they are given back to the predictors that sat "
        "in them. A predictor in several slots of a round counts once for scores, by their mean, "
        "and in sum for NMR. “per NMR” is what a round paid for each NMR at risk, “corr” the mean "
        "correlation with the other predictors. Below are the same figures of the slots over the "
        "same rounds: what predictors and slots without one were paid adds up to what the slots "
        "were paid. Enter shows a row in full."
    )
    BINDINGS = keys.bindings(keys.PREDICTORS)

    @dataclass
    class Written(Message):
        """A predictor was added or altered."""

    def __init__(self, tournament: Tournament) -> None:
        super().__init__()
        self.tournament = tournament
        self._last = len(LAST) - 1

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid[RecordRow](
                (),
                row_key=lambda row: row.key,
                empty="No predictors yet. a adds one.",
                id="records",
            )
            yield Entry("a add · e rename · x retire · enter in full")

    def load(self) -> Records:
        tournament = self.tournament or Tournament.CLASSIC
        scores = self.book.slots.shuffling.scores(tournament, last=LAST[self._last])
        return Records(self.book.slots.predictors.all(), scores)

    def refilter(self) -> None:
        """Another tournament is another report; a text only hides rows."""
        if self.report is not None and self.report.scores.tournament is not self.tournament:
            self.reload()
        else:
            super().refilter()

    def show(self, report: Records) -> None:
        decimals = self.book.config.display.decimals
        every = rows(report.scores, report.predictors, self.missing)
        matching = [row for row in every if self.matches(row.name)]
        self._table.show(matching, columns=columns(decimals))
        self.query_one("#summary", Line).show(summary(report.scores, decimals))

    def caption(self) -> Parts:
        last = LAST[self._last]
        return ((f"last {last}" if last else "all rounds", "muted"),)

    @property
    def _table(self) -> Grid[RecordRow]:
        return self.query_one("#records", Grid)

    def action_fewer_scores(self) -> None:
        """Look at fewer rounds."""
        self._show_last(self._last - 1)

    def action_more_scores(self) -> None:
        """Look at more rounds."""
        self._show_last(self._last + 1)

    def _show_last(self, index: int) -> None:
        index = max(0, min(index, len(LAST) - 1))
        if index != self._last:
            self._last = index
            self.reload()

    @on(Grid.Chosen)
    def row_chosen(self, event: Grid.Chosen[RecordRow]) -> None:
        """One record in full."""
        text = account_for(event.row, self.book.config.display.decimals)
        self.app.push_screen(TextDialog(shorten(event.row.name), text))

    # Names

    def action_add_predictor(self) -> None:
        """Ask for the name of a new one."""
        self.query_one(Entry).open(ADD, "New predictor", "")

    def action_rename_predictor(self) -> None:
        """Ask what to call the one marked."""
        predictor = self._marked
        if predictor is not None:
            self.query_one(Entry).open(
                predictor.name, f"Call {shorten(predictor.name)}", predictor.name
            )

    def action_retire_predictor(self) -> None:
        """Offer the one marked no more, or again."""
        predictor = self._marked
        if predictor is not None:
            self._write(
                lambda: self.book.slots.predictors.retire(
                    predictor.name, retired=not predictor.retired
                )
            )

    @property
    def _marked(self) -> Predictor | None:
        row = self._table.selected
        if row is None or row.predictor is None:
            self.notify("That is a slot; mark a predictor.", timeout=3)
            return None
        return row.predictor

    @on(Entry.Kept)
    def entry_kept(self, event: Entry.Kept) -> None:
        """Add or rename."""
        self._table.focus()
        name, log = event.text, self.book.slots.predictors
        if event.key == ADD and name:
            self._write(lambda: log.add(name))
        elif name and name != event.key:
            self._write(lambda: log.rename(event.key, name))

    @on(Entry.Left)
    def entry_left(self) -> None:
        """Back to the table."""
        self._table.focus()

    def _write(self, call: Callable[[], object]) -> None:
        jobs.run(self, call, lambda _: self.Written(), group="write")

    @on(Written)
    def written(self) -> None:
        """Everybody loads again."""
        self.changed()

    def action_back(self) -> None:
        """Drop the filter, then go back to the slots."""
        if self.filter_text:
            self.query_one(FilterBar).drop()
        else:
            self.dismiss()
