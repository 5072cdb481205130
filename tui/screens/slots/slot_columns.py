"""What the slots' grid shows: cells, sums, and one cell in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import System
from ledger.domain.names import marked, said
from ledger.domain.nmr import NMR
from ledger.domain.slots.predictor import Assignment, AssignmentSource, AssignmentStep
from ledger.domain.slots.submission import SubmissionState
from ledger.reports.slots.predictors import GridCell, GridRound, PredictorGrid
from ledger.reports.slots.slots import SlotCell, SlotColumn
from tui.format import (
    ABSENT,
    UNKNOWN,
    Dates,
    assignment_text,
    count,
    day,
    full,
    nmr,
    number,
    score,
    shorten,
    stamp,
    submission,
)
from tui.theme import Meaning, Parts
from tui.widgets.line import Group
from tui.widgets.missing import STAKED, UNKNOWN_CELL, figure, worst
from tui.widgets.tables.grid import Cell, Column

VIEWS = ("predictors", "status", "score", "at risk")
"""What the cells can show, in the order of the key."""

NAME_WIDTH = 12
"""Cells a slot's or a predictor's name may take."""

Spot = tuple[GridRound, SlotColumn, GridCell]
"""The cell marked, with its row and its slot."""

STYLES: dict[SubmissionState, Meaning] = {
    SubmissionState.SUBMITTED: "gain",
    SubmissionState.LATE: "burn",
    SubmissionState.MISSED: "burn",
    SubmissionState.AWAITED: "pending",
}

SOURCES = {
    AssignmentSource.TYPED: "typed",
    AssignmentSource.GENERATED: "generated",
    AssignmentSource.IMPORTED: "imported",
    AssignmentSource.CARRIED: "carried over",
}


def columns(
    report: PredictorGrid, kept: Sequence[int], view: str, decimals: int, now: datetime
) -> list[Column[GridRound]]:
    """Round and day stay in place; the slots of ``kept`` scroll beside them."""
    dates = Dates.of((row.opens for row in report.rounds), now)
    fixed: list[Column[GridRound]] = [
        Column("round", "round", lambda row: str(row.round), lambda row: row.round, fixed=True),
        Column("opens", "opened", lambda row: Cell(dates.day(row.opens), "muted"), fixed=True),
        Column("state", "state", lambda row: _round_state(row, report, now), fixed=True),
    ]
    draw = _drawing(report, view, decimals)
    align = "right" if view in {"score", "at risk"} else "left"
    width = NAME_WIDTH + 2 if view == VIEWS[0] and report.predictors else 9
    return fixed + [_slot_column(report.slots[at], at, draw, align, width) for at in kept]


def _round_state(row: GridRound, report: PredictorGrid, now: datetime) -> Cell:
    if row.resolved:
        return Cell("resolved", "muted")
    if row.closed:
        return Cell("running", "")
    opened = row.opens is not None and row.opens <= now
    return Cell("open" if opened else "next" if row.round == report.next else "later", "pending")


def _drawing(report: PredictorGrid, view: str, decimals: int) -> Callable[[GridCell], Cell]:
    if view == VIEWS[0] and report.predictors:
        names = {one.id: one.name for one in report.predictors}
        return lambda cell: _seat(cell, names)
    draw: dict[str, Callable[[SlotCell], Cell]] = {
        "predictors": _status,
        "status": _status,
        "score": _score,
        "at risk": lambda cell: _amount(cell.at_risk, decimals),
    }
    return lambda cell: draw[view](cell.slot) if cell.slot is not None else Cell("")


def _amount(amount: NMR | None, decimals: int) -> Cell:
    if amount is None:
        return UNKNOWN_CELL
    return Cell(nmr(amount, decimals)) if amount else Cell(ABSENT, "muted")


def _state_style(state: SubmissionState | None) -> Meaning:
    return "muted" if state is None else STYLES[state]


def _sign(state: SubmissionState | None, *, word: bool) -> str:
    """A submission's sign, and a ``?`` where nobody tells what became of it."""
    return UNKNOWN if state is None else submission(state, word=word)


def _slot_column(
    slot: SlotColumn, at: int, draw: Callable[[GridCell], Cell], align: str, width: int
) -> Column[GridRound]:
    label = marked(slot.name, NAME_WIDTH)
    return Column(slot.model_id, label, lambda row: draw(row.cells[at]), None, align, width=width)


def _seat(cell: GridCell, names: Mapping[int, str]) -> Cell:
    """Submission sign and predictor; what is missing or late stands out in both."""
    state = None if cell.slot is None else cell.slot.state
    sign = " " if cell.slot is None else _sign(state, word=False)
    loud = state in {SubmissionState.LATE, SubmissionState.MISSED}
    sign_style = _state_style(state)
    carried = cell.assignment is None or cell.assignment.source is AssignmentSource.CARRIED
    style: Meaning = "burn" if loud else "muted" if carried else ""
    name = shorten(assignment_text(cell.assignment, names), NAME_WIDTH)
    return Cell(parts=((f"{sign} ", sign_style), (name, style)))


def _status(cell: SlotCell) -> Cell:
    word = cell.state is not SubmissionState.SUBMITTED
    return Cell(_sign(cell.state, word=word), _state_style(cell.state))


def _score(cell: SlotCell) -> Cell:
    if cell.weighted is None:
        return Cell(ABSENT, "muted")
    style: Meaning = "burn" if cell.weighted < 0 else "gain"
    text = score(cell.weighted)
    return Cell(text, style) if cell.final else Cell(parts=(("~", "pending"), (text, style)))


def totals(
    report: PredictorGrid, decimals: int, missing: MissingFacts = NOTHING_MISSING
) -> dict[str, Cell | str]:
    """What running rounds can burn of each slot."""
    cells: dict[str, Cell | str] = {"round": "stake"}
    for slot in report.slots:
        gap = worst(missing, slot.model_id, *STAKED[System.ATOMIC])
        cells[slot.model_id] = figure(_amount(slot.staked, decimals), gap, slot.staked)
    return cells


def summary(report: PredictorGrid) -> tuple[Group, ...]:
    """How reliably all slots were filled, and what is still awaited."""
    newest = next((row.cells for row in report.rounds if any(c.slot for c in row.cells)), ())
    awaited = sum(
        1 for cell in newest if cell.slot is not None and cell.slot.state is SubmissionState.AWAITED
    )
    groups: list[Group] = [
        (0, ((f" {count(len(report.slots), 'slot')} ", "strong"),)),
        (1, ((count(len(report.offered), "predictor"), ""),)),
        _counted(SubmissionState.SUBMITTED, sum(slot.submitted for slot in report.slots)),
        _counted(SubmissionState.LATE, sum(slot.late for slot in report.slots)),
        _counted(SubmissionState.MISSED, sum(slot.missed for slot in report.slots)),
    ]
    if awaited:
        groups.append(_counted(SubmissionState.AWAITED, awaited))
    unknown = sum(slot.unknown for slot in report.slots)
    if unknown:
        parts: Parts = ((f"{UNKNOWN} ", "muted"), (f"{unknown:,}", ""), (" not told", "muted"))
        groups.append((2, parts))
    return tuple(groups)


def _counted(state: SubmissionState, number_of: int) -> Group:
    sign = submission(state, word=False)
    meaning: Meaning = STYLES[state] if number_of else "muted"
    return 2, ((f"{sign} ", meaning), (f"{number_of:,}", ""), (f" {state.value}", "muted"))


def detail(report: PredictorGrid, spot: Spot, decimals: int, now: datetime) -> tuple[Group, ...]:
    """One cell in one line, with the slot's record."""
    row, slot, cell = spot
    groups: list[Group] = [
        (0, ((f" {row.round} {said(slot.name)} ", "strong"),)),
        (0, ((assignment_words(report, cell), ""),)),
    ]
    entry = cell.slot
    if entry is None:
        return (
            *groups,
            (1, (("closes ", "muted"), (f"{day(row.closes, now)} {row.closes:%H:%M}", ""))),
        )
    state_text = _sign(entry.state, word=True) if entry.state is not None else f"{UNKNOWN} not told"
    status: list[tuple[str, Meaning]] = [(state_text, _state_style(entry.state))]
    if entry.at is not None:
        status.append((f" {day(entry.at, now)} {entry.at:%H:%M}", "muted"))
    scores = "final" if entry.final else "so far"
    return (
        *groups,
        (1, tuple(status)),
        (2, ((f"score {scores} ", "muted"), (score(entry.weighted), ""))),
        (3, (("at risk ", "muted"), (_amount(entry.at_risk, decimals).plain, ""))),
        (4, (("record ", "muted"), (_record(slot), ""))),
    )


def _record(slot: SlotColumn) -> str:
    unknown = f" {UNKNOWN}{slot.unknown}" if slot.unknown else ""
    return f"✓{slot.submitted} !{slot.late} ✗{slot.missed}{unknown}"


def assignment_words(report: PredictorGrid, cell: GridCell) -> str:
    """Who sits there, and how that came to be: ``lgbm_a, carried over``."""
    assignment = cell.assignment
    if assignment is None:
        return "no predictor yet"
    who = report.predictor(assignment.predictor_id)
    return f"{who.name if who else 'empty'}, {SOURCES[assignment.source]}"


def account_for(report: PredictorGrid, spot: Spot, steps: Sequence[AssignmentStep] = ()) -> str:
    """One cell in full; ``steps`` are those that touched it, oldest first."""
    history = [_step(report, step) for step in steps]
    return "\n".join(
        [_account(report, spot), *(["", "What was said of it:", *history] if history else [])]
    )


def _step(report: PredictorGrid, step: AssignmentStep) -> str:
    (edit,) = step.edits
    return (
        f"{stamp(step.at)}  {_name(report, edit.before)} → {_name(report, edit.after)}"
        f"  ({step.what})"
    )


def _name(report: PredictorGrid, assignment: Assignment | None) -> str:
    if assignment is None:
        return "nothing said"
    who = report.predictor(assignment.predictor_id)
    return who.name if who else "empty"


def _account(report: PredictorGrid, spot: Spot) -> str:
    row, slot, cell = spot
    assignment = cell.assignment
    when = f" {full(assignment.at)}" if assignment is not None else ""
    lines = [
        f"Predictor: {assignment_words(report, cell)}{when}.",
        f"Staking closes {full(row.closes)}.",
        "",
    ]
    entry = cell.slot
    if entry is None:
        return "\n".join([*lines, "The round has not opened yet."])
    untold = f"{UNKNOWN} Numerai does not tell whether something was submitted."
    lines.append(untold if entry.state is None else submission(entry.state))
    if entry.at is not None:
        lines[-1] += f" {full(entry.at)}"
    at_risk = f"{entry.at_risk} NMR" if entry.at_risk is not None else f"{UNKNOWN}, not told"
    lines += [f"At risk: {at_risk}.", ""]
    for each in entry.scores:
        pays = (
            f"× {number(each.multiplier, 2)}" if each.multiplier is not None else "(pays nothing)"
        )
        lines.append(f"{each.name:<10} {score(each.value, 6)}  {pays}")
    lines.append(
        f"{'weighted':<10} {score(entry.weighted, 6)}  {'final' if entry.final else 'so far'}"
    )
    record = f"{slot.submitted} in time, {slot.late} late, {slot.missed} missed"
    record += f", {slot.unknown} not told" if slot.unknown else ""
    return "\n".join([*lines, "", f"{said(slot.name)} in the rounds shown: {record}."])
