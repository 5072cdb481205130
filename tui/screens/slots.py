"""Slots: which slot got a submission in which round, and how it scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ledger.domain.model import Tournament
from ledger.domain.slot import SubmissionState
from ledger.reports.slots import SlotCell, SlotColumn, SlotRound, SlotsReport
from tui import keys
from tui.format import ABSENT, count, day, full, nmr, number, score, shorten, submission
from tui.screens.pane import Pane
from tui.screens.text_dialog import TextDialog
from tui.theme import Meaning, Parts
from tui.widgets.grid import Cell, Column, Grid
from tui.widgets.line import Group, Line

LAST = 120
"""Rounds shown."""

VIEWS = ("status", "score", "at risk")
"""What the cells can show, in the order of the key."""

NAME_WIDTH = 11
"""Cells a slot's name may take as a column's label."""

STYLES: dict[SubmissionState, Meaning] = {
    SubmissionState.SUBMITTED: "gain",
    SubmissionState.LATE: "burn",
    SubmissionState.MISSED: "burn",
    SubmissionState.AWAITED: "pending",
}


class SlotsPane(Pane[SlotsReport]):
    """Rounds down, slots across, one tournament at a time."""

    MODE = "slots"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.SLOTS,)
    ALL_TOURNAMENTS = False
    HELP = (
        "Whether each slot was filled in each round: ✓ in time, ! late (scored, but nothing at "
        "risk), ✗ missed, … still awaited. The same cells can show the payout-weighted score, "
        "with a ~ until it is final, or the NMR at risk. The last line is what running rounds "
        "can burn of each slot. Filter by a slot's name. Enter shows one cell in full."
    )
    BINDINGS = keys.bindings(keys.SLOTS)

    def __init__(self) -> None:
        super().__init__()
        self._view = VIEWS[0]

    def compose_body(self) -> ComposeResult:
        with Vertical():
            yield Line(id="summary")
            yield Grid[SlotRound](
                [],
                row_key=lambda row: str(row.round),
                empty="No rounds yet. r asks Numerai.",
                cell_cursor=True,
                id="matrix",
            )
            yield Line(id="detail")

    def load(self) -> SlotsReport:
        return self.book.slots(self.tournament or Tournament.CLASSIC, LAST)

    def refilter(self) -> None:
        """Another tournament is another report; a text only hides columns."""
        if self.report is not None and self.report.tournament is not self.tournament:
            self.reload()
        else:
            super().refilter()

    def show(self, report: SlotsReport) -> None:
        decimals, now = self.book.config.display.decimals, self.book.now()
        kept = [index for index, slot in enumerate(report.slots) if self.matches(slot.name)]
        grid = self._table
        grid.set_empty(f"No rounds in {report.tournament.label} yet.")
        grid.show(
            report.rounds,
            columns=columns(report, kept, self._view, decimals, now),
            totals=totals(report, decimals) if report.rounds else None,
        )
        self.query_one("#summary", Line).show(summary(report))
        self._explain()

    def caption(self) -> Parts:
        return ((self._view, "strong"),)

    def action_show_scores(self) -> None:
        """From submissions to scores to NMR at risk."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        super().refilter()

    @property
    def _table(self) -> Grid[SlotRound]:
        return self.query_one("#matrix", Grid)

    @on(Grid.Moved)
    def cell_rested(self) -> None:
        """Say more about the cell under the cursor."""
        self._explain()

    @on(Grid.Chosen)
    def cell_chosen(self) -> None:
        """The same at full length."""
        found = self._cell
        if found is not None:
            row, slot, cell = found
            title = f"Round {row.round} · {slot.name}"
            self.app.push_screen(TextDialog(title, account_for(row, slot, cell)))

    @property
    def _cell(self) -> tuple[SlotRound, SlotColumn, SlotCell] | None:
        row, column = self._table.selected, self._table.selected_column
        if row is None or column is None or self.report is None:
            return None
        for slot, cell in zip(self.report.slots, row.cells, strict=True):
            if slot.model_id == column.key and cell is not None:
                return row, slot, cell
        return None

    def _explain(self) -> None:
        found = self._cell
        decimals = self.book.config.display.decimals
        groups = detail(*found, decimals, self.book.now()) if found else ()
        self.query_one("#detail", Line).show(groups)


def columns(
    report: SlotsReport, kept: Sequence[int], view: str, decimals: int, now: datetime
) -> list[Column[SlotRound]]:
    """Round and day stay in place; the slots of ``kept`` scroll beside them."""
    fixed: list[Column[SlotRound]] = [
        Column("round", "round", lambda row: str(row.round), lambda row: row.round, fixed=True),
        Column("opens", "opened", lambda row: Cell(day(row.opens, now), "muted"), fixed=True),
        Column(
            "state",
            "state",
            lambda row: _round_state(row, now),
            fixed=True,
        ),
    ]
    return fixed + [_slot_column(report.slots[index], index, view, decimals) for index in kept]


def _round_state(row: SlotRound, now: datetime) -> Cell:
    if row.resolved:
        return Cell("resolved", "muted")
    if row.closes is not None and row.closes > now:
        return Cell("open", "pending")
    return Cell("running", "")


def _slot_column(slot: SlotColumn, index: int, view: str, decimals: int) -> Column[SlotRound]:
    draw: dict[str, Callable[[SlotCell], Cell]] = {
        "status": _status,
        "score": _score,
        "at risk": lambda cell: Cell(
            nmr(cell.at_risk, decimals) if cell.at_risk else ABSENT, "" if cell.at_risk else "muted"
        ),
    }
    cell = draw[view]

    def drawn(row: SlotRound) -> Cell:
        found = row.cells[index]
        return cell(found) if found is not None else Cell("")

    align = "left" if view == "status" else "right"
    return Column(slot.model_id, shorten(slot.name, NAME_WIDTH), drawn, None, align, width=9)


def _status(cell: SlotCell) -> Cell:
    word = cell.state is not SubmissionState.SUBMITTED
    return Cell(submission(cell.state, word=word), STYLES[cell.state])


def _score(cell: SlotCell) -> Cell:
    if cell.weighted is None:
        return Cell(ABSENT, "muted")
    style: Meaning = "burn" if cell.weighted < 0 else "gain"
    text = score(cell.weighted)
    return Cell(text, style) if cell.final else Cell(parts=(("~", "pending"), (text, style)))


def totals(report: SlotsReport, decimals: int) -> dict[str, Cell | str]:
    """What running rounds can burn of each slot."""
    cells: dict[str, Cell | str] = {"round": "stake"}
    for slot in report.slots:
        cells[slot.model_id] = nmr(slot.staked, decimals) if slot.staked else ABSENT
    return cells


def summary(report: SlotsReport) -> tuple[Group, ...]:
    """How reliably all slots were filled, and what is still awaited."""
    newest = report.rounds[0].cells if report.rounds else ()
    awaited = sum(
        1 for cell in newest if cell is not None and cell.state is SubmissionState.AWAITED
    )
    groups: list[Group] = [
        (0, ((f" {count(len(report.slots), 'slot')} ", "strong"),)),
        _counted(SubmissionState.SUBMITTED, sum(slot.submitted for slot in report.slots)),
        _counted(SubmissionState.LATE, sum(slot.late for slot in report.slots)),
        _counted(SubmissionState.MISSED, sum(slot.missed for slot in report.slots)),
    ]
    if awaited:
        groups.append(_counted(SubmissionState.AWAITED, awaited))
    return tuple(groups)


def _counted(state: SubmissionState, number_of: int) -> Group:
    sign = submission(state, word=False)
    meaning: Meaning = STYLES[state] if number_of else "muted"
    return 1, ((f"{sign} ", meaning), (f"{number_of:,}", ""), (f" {state.value}", "muted"))


def detail(
    row: SlotRound, slot: SlotColumn, cell: SlotCell, decimals: int, now: datetime
) -> tuple[Group, ...]:
    """One cell in one line, with the slot's record."""
    status: list[tuple[str, Meaning]] = [(submission(cell.state), STYLES[cell.state])]
    if cell.at is not None:
        status.append((f" {day(cell.at, now)} {cell.at:%H:%M}", "muted"))
    scores = "final" if cell.final else "so far"
    return (
        (0, ((f" {row.round} {slot.name} ", "strong"),)),
        (0, tuple(status)),
        (2, ((f"score {scores} ", "muted"), (score(cell.weighted), ""))),
        (3, (("at risk ", "muted"), (nmr(cell.at_risk, decimals), ""))),
        (4, (("record ", "muted"), (f"✓{slot.submitted} !{slot.late} ✗{slot.missed}", ""))),
    )


def account_for(row: SlotRound, slot: SlotColumn, cell: SlotCell) -> str:
    """One cell in full."""
    lines = [submission(cell.state)]
    if cell.at is not None:
        lines[0] += f" {full(cell.at)}"
    if row.closes is not None:
        lines.append(f"Staking closes {full(row.closes)}.")
    lines += [f"At risk: {cell.at_risk} NMR.", ""]
    for each in cell.scores:
        pays = (
            f"× {number(each.multiplier, 2)}" if each.multiplier is not None else "(pays nothing)"
        )
        lines.append(f"{each.name:<10} {score(each.value, 6)}  {pays}")
    lines.append(
        f"{'weighted':<10} {score(cell.weighted, 6)}  {'final' if cell.final else 'so far'}"
    )
    record = f"{slot.submitted} in time, {slot.late} late, {slot.missed} missed"
    return "\n".join([*lines, "", f"{slot.name} in the rounds shown: {record}."])
