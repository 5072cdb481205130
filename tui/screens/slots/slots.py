"""Slots: which predictor sat in which slot in which round, what was submitted, how it scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.names import said
from ledger.domain.slots.predictor import AssignmentPlace, AssignmentStep
from ledger.reports.slots.predictors import GridRound, PredictorGrid
from ledger.reports.slots.slots import SlotColumn
from tui import jobs, keys
from tui.screens.pane import Pane
from tui.screens.slots.predictor_finder import PredictorFinder
from tui.screens.slots.slot_columns import (
    VIEWS,
    Spot,
    account_for,
    columns,
    detail,
    summary,
    totals,
)
from tui.screens.slots.slot_edits import SlotEdits, Write
from tui.theme import Parts
from tui.widgets.line import Line
from tui.widgets.tables.grid import Grid
from tui.widgets.tables.keyed_grid import KeyedGrid

if TYPE_CHECKING:
    from ledger.domain.slots.shuffle import ShufflePreview

LAST = 500
"""Rounds shown."""

SCORED = 120
"""Of these the newest with their scores, unless scores are looked at."""

HINT = "enter find a predictor · x swap · Y copy row, p put it · u undo"


class SlotsPane(Pane[PredictorGrid]):
    """Rounds down, slots across, one tournament at a time."""

    MODE = "slots"
    CAPTION_STAYS = True
    GROUPS: ClassVar[tuple[str, ...]] = (keys.SLOTS,)
    ALL_TOURNAMENTS = False
    HELP = (
        "Which predictor, your own trained model, sits in which slot, round by round; the round "
        "to come is on top. Enter finds one by some letters of its name, or makes a new one. A "
        "slot keeps its predictor until something else is said: = marks what is carried over, - "
        "a slot that is empty on purpose. The sign tells the submission: ✓ in time, ! late "
        "(scored, but nothing at risk), ✗ missed, … still awaited. Rounds whose submissions are "
        "closed ask before they are changed, and the history keeps the old value. The same cells "
        "can show submissions, the payout-weighted score, with a ~ until it is final, or the NMR "
        "at risk. The last line is what running rounds can burn of each slot. O opens "
        "the predictor in a cell; in the views with scores and NMR it tells why the round paid "
        "that. Filter by a slot's name."
    )
    BINDINGS = keys.bindings(keys.SLOTS)
    RESTS_ON = frozenset({Fact.SUBMISSIONS, Fact.SUBMISSION_ID, Fact.SCORES, Fact.SCORE_VALUES})

    @dataclass
    class HistoryRead(Message):
        """Everything that was ever said of a cell is known."""

        spot: Spot
        steps: tuple[AssignmentStep, ...]

    def __init__(self) -> None:
        super().__init__()
        self._view = VIEWS[0]
        self._edits = SlotEdits(self.app)
        self._commands: dict[str, Callable[[], object]] = {}
        self._swap_from: tuple[int, str] | None = None
        self._copied: int | None = None

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield KeyedGrid[GridRound](
                row_key=lambda row: str(row.round),
                empty="No rounds yet. r asks Numerai.",
                take=self._take_key,
                cell_cursor=True,
                id="matrix",
            )
            yield Line(id="detail")
            yield PredictorFinder(HINT)

    def load(self) -> PredictorGrid:
        tournament = self.tournament or Tournament.CLASSIC
        scored = None if self._view == "score" else SCORED
        return self.book.slots.predictors.grid(
            self.book.slots.report(tournament, LAST, scored=scored)
        )

    def refilter(self) -> None:
        """Another tournament is another report; a text only hides columns."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self._swap_from = self._copied = None
            self.reload()
        else:
            super().refilter()

    def show(self, report: PredictorGrid) -> None:
        decimals, now = self.book.config.display.decimals, self.book.now()
        kept = [
            index
            for index, slot in enumerate(report.slots)
            if self.matches(slot.name) and self.concerns(slot.model_id)
        ]
        grid = self._table
        grid.set_empty(f"No rounds in {report.tournament.label} yet.")
        grid.show(
            report.rounds if report.slots else (),
            columns=columns(report, kept, self._view, decimals, now),
            totals=totals(report, decimals, self.missing) if report.slots else None,
        )
        self.query_one("#summary", Line).show(summary(report))
        self._explain()

    def caption(self) -> Parts:
        return ((self._view, "strong"),)

    def actions(self) -> list[keys.Action]:
        """Enter finds a predictor here."""
        find = ("find", "Find the predictor for the cell marked.")
        return [
            replace(action, label=find[0], help=find[1]) if action.id == "choose" else action
            for action in super().actions()
        ]

    def action_show_scores(self) -> None:
        """From predictors to submissions to scores to NMR at risk."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        super().refilter()
        if self._view == "score":
            self.reload()

    @property
    def _table(self) -> Grid[GridRound]:
        return self.query_one("#matrix", Grid)

    @property
    def _finder(self) -> PredictorFinder:
        return self.query_one(PredictorFinder)

    # The cell marked

    @on(Grid.Moved)
    def cell_rested(self) -> None:
        """Say more about the cell under the cursor."""
        self._explain()

    def action_info(self) -> None:
        """The same at full length, with everything that was ever said of it."""
        spot, where = self._cell, self._tournament
        if spot is not None:
            place, log = (
                AssignmentPlace(spot[0].round, spot[1].model_id),
                self.book.slots.predictors,
            )
            jobs.run(
                self,
                lambda: log.history(where, place),
                lambda steps: self.HistoryRead(spot, steps),
                group="info",
            )

    @on(HistoryRead)
    def history_read(self, event: HistoryRead) -> None:
        """Show it."""
        from tui.screens.dialogs.text_dialog import TextDialog

        if self.report is not None:
            title = f"Round {event.spot[0].round} · {said(event.spot[1].name)}"
            text = account_for(self.report, event.spot, event.steps)
            missing = self.missing_paragraphs(event.spot[1].model_id, event.spot[1].name)
            parts = [Content(text), *([missing] if missing.plain else [])]
            self.app.push_screen(TextDialog(title, Content("\n\n").join(parts)))

    @property
    def _cell(self) -> Spot | None:
        row, column = self._table.selected, self._table.selected_column
        if row is None or column is None or self.report is None:
            return None
        for slot, cell in zip(self.report.slots, row.cells, strict=True):
            if slot.model_id == column.key:
                return row, slot, cell
        return None

    def _explain(self) -> None:
        spot, report = self._cell, self.report
        if spot is None or report is None:
            self.query_one("#detail", Line).show(())
            return
        decimals, now = self.book.config.display.decimals, self.book.now()
        self.query_one("#detail", Line).show(detail(report, spot, decimals, now))

    # Keys, in the order in which they come

    def _take_key(self, key: str, character: str | None) -> bool:
        """A key on the table; whether it meant anything."""
        if self._finder.is_open:
            return self._take_typed(key, character)
        command = self._commands.get(key)
        if command is None:
            return False
        command()
        return True

    def _take_typed(self, key: str, character: str | None) -> bool:
        if key == "enter":
            self._keep()
        elif key == "escape":
            self._finder.close()
        else:
            return self._finder.press(key, character)
        return True

    def remap(self) -> None:
        super().remap()
        self._commands = self._commands_by_key()

    def _commands_by_key(self) -> dict[str, Callable[[], object]]:
        """What is done to the cell marked or moves the mark, at once and in order."""
        owners = {keys.SLOTS: self, keys.TABLE: self._table}
        return keys.commands(owners, self.remapped, self._find)

    # Saying who sits where

    @on(Grid.Chosen)
    def _find(self) -> None:
        """Begin to type the name of a predictor for the cell marked."""
        spot = self._cell
        if spot is not None and self.report is not None:
            row, slot, _ = spot
            self._finder.find(slot.model_id, f"{row.round} {said(slot.name)}:", self.report.offered)

    def _keep(self) -> None:
        """Put the predictor found into the cell, and go on with the next slot meanwhile."""
        chosen, spot = self._finder.chosen, self._cell
        self._finder.close()
        if chosen is None or spot is None:
            return
        row, slot, _ = spot
        self._table.action_right()
        log, predictor, name = self.book.slots.predictors, chosen.predictor, chosen.name

        def write(closed: bool, number: int = row.round, slot_id: str = slot.model_id) -> object:
            assigned = predictor or log.obtain(name)
            return log.assign(self._tournament, number, {slot_id: assigned.id}, closed=closed)

        self._edits.add(write)

    @property
    def _tournament(self) -> Tournament:
        return self.tournament or Tournament.CLASSIC

    def _change(self, make: Callable[[GridRound, SlotColumn], Write]) -> None:
        spot = self._cell
        if spot is not None:
            self._edits.add(make(spot[0], spot[1]))

    def action_empty_slot(self) -> None:
        """Leave the slot empty on purpose."""
        log, where = self.book.slots.predictors, self._tournament
        self._change(
            lambda row, slot: (
                lambda closed: log.assign(where, row.round, {slot.model_id: None}, closed=closed)
            )
        )

    def action_carry_over(self) -> None:
        """Say nothing for the cell any more."""
        log, where = self.book.slots.predictors, self._tournament
        self._change(
            lambda row, slot: (
                lambda closed: log.carry_over(where, row.round, [slot.model_id], closed=closed)
            )
        )

    def action_swap_slots(self) -> None:
        """Mark a slot, then swap it with another one in the same round."""
        spot = self._cell
        if spot is None:
            return
        row, slot, _ = spot
        first, self._swap_from = self._swap_from, None
        if first is None or first[0] != row.round:
            self._swap_from = row.round, slot.model_id
            key = keys.shown_key(keys.BY_ID["swap-slots"], self.remapped)
            self.notify(
                f"{key} on another slot of round {row.round} swaps it with {said(slot.name)}."
            )
        elif first[1] != slot.model_id:
            self._swap(row.round, first[1], slot.model_id)

    def _swap(self, number: int, slot: str, other: str) -> None:
        log, where = self.book.slots.predictors, self._tournament
        self._edits.add(lambda closed: log.swap(where, number, slot, other, closed=closed))

    def action_copy_round(self) -> None:
        """Remember the round marked, to put it into another one."""
        row = self._table.selected
        if row is not None:
            self._copied = row.round
            key = keys.shown_key(keys.BY_ID["put-round"], self.remapped)
            self.notify(f"Round {row.round} copied; {key} puts it into the round marked.")

    def action_put_round(self) -> None:
        """Put the round copied into the one marked."""
        row, number = self._table.selected, self._copied
        if row is None:
            return
        if number is None:
            key = keys.shown_key(keys.BY_ID["copy-round"], self.remapped)
            self.notify(f"No round is copied yet; {key} copies the one marked.")
            return
        log, where, to = self.book.slots.predictors, self._tournament, row.round
        self._edits.add(lambda closed: log.copy_row(where, number, to, closed=closed))

    def action_shuffle(self) -> None:
        """Generate from the round marked on, previewed before it is kept."""
        from tui.screens.slots.shuffle_dialog import ShuffleDialog

        row, report = self._table.selected, self.report
        if row is None or report is None:
            return
        if not report.offered:
            self.notify("There are no predictors yet: enter on a cell makes one.", timeout=4)
            return
        log, first = self.book.slots.shuffling, max(row.round, report.next)

        def kept(shown: ShufflePreview | None) -> None:
            if shown is not None:
                self._edits.add(lambda closed: log.accept(shown, closed=closed))

        self.app.push_screen(ShuffleDialog(self.book, self._tournament, first), kept)

    def action_predictors(self) -> None:
        """Show every predictor's own record."""
        from tui.screens.slots.predictors import PredictorsPane

        self.open(lambda: PredictorsPane(self._tournament))

    def action_backtest(self) -> None:
        """Show whether shuffling would have helped."""
        from tui.screens.slots.backtest import BacktestPane

        self.open(lambda: BacktestPane(self._tournament))

    def action_export(self) -> None:
        """Keep the log of who sat where in a file."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.slots.exporting import export_log

        where = self._tournament
        follow(self.app, lambda: export_log(self.app, where), group="export")

    def action_open(self) -> None:
        """The predictor in the cell marked, or the slot where nobody sits; of scores, why they paid
        what they did."""
        from tui.screens.earnings.why import show_why
        from tui.screens.slots.score_columns import predictor_key

        spot = self._cell
        if spot is None:
            return
        row, slot, cell = spot
        if self._view in {"score", "at risk"}:
            show_why(self, self._tournament, row.round, (slot.model_id, slot.name))
            return
        who = cell.assignment.predictor_id if cell.assignment is not None else None
        self._open_records(slot.model_id if who is None else predictor_key(who))

    def _open_records(self, key: str) -> None:
        from tui.screens.slots.predictors import PredictorsPane

        tournament = self._tournament

        def make() -> PredictorsPane:
            page = PredictorsPane(tournament)
            page.seek(lambda row: row.key == key)
            return page

        self.open(make)

    def action_undo_slots(self) -> None:
        """Take the last change back."""
        if not self._edits.busy and (self.report is None or self.report.can_undo is None):
            self.notify("There is nothing to take back.", timeout=2)
            return
        log, where = self.book.slots.predictors, self._tournament
        self._edits.add(lambda closed: log.undo(where, closed=closed))
