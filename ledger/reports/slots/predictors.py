"""Which predictor sits in which slot: the next round, and the grid of all rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.lazily import Lazily
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.slots.predictor import Assignment, AssignmentSource, Predictor
from ledger.reports.slots.slots import SlotCell, SlotColumn, SlotRound, SlotsReport
from ledger.rules.naming import told_apart
from ledger.rules.slots.assignments import Filled


@dataclass(frozen=True, slots=True)
class NextSlot:
    """What goes into one ``slot``, the name of ``model_id``.

    ``predictor`` is a name, ``None`` for an empty slot. ``source`` is ``None`` when nothing was
    ever said of it.
    """

    slot: str
    model_id: str
    predictor: str | None
    source: AssignmentSource | None


@dataclass(frozen=True, slots=True)
class NextRound:
    """What goes where in the ``round`` of ``tournament`` that the next submission goes into.

    ``slots`` has a line for each slot; ``closes`` is when submissions have to be there (UTC).
    """

    tournament: Tournament
    round: int
    closes: datetime
    slots: tuple[NextSlot, ...]


def build_next(
    tournament: Tournament,
    number: int,
    *,
    closes: datetime,
    models: Iterable[Model],
    held: Mapping[str, Assignment],
    predictors: Iterable[Predictor],
) -> NextRound:
    """The next round's assignment over all slots that are not archived, in the models' order."""
    names = {one.id: one.name for one in predictors}
    models = told_apart(models)
    slots = [_next_slot(model, held.get(model.id), names) for model in models if not model.archived]
    return NextRound(tournament, number, closes, tuple(slots))


def _next_slot(model: Model, assignment: Assignment | None, names: Mapping[int, str]) -> NextSlot:
    if assignment is None:
        return NextSlot(model.name, model.id, None, None)
    predictor = None if assignment.predictor_id is None else names[assignment.predictor_id]
    return NextSlot(model.name, model.id, predictor, assignment.source)


@dataclass(frozen=True, slots=True)
class GridCell:
    """One slot in one round. ``slot`` is ``None`` before the round has opened, or the slot was
    there; ``assignment`` before anything was said of the slot."""

    assignment: Assignment | None
    slot: SlotCell | None


@dataclass(frozen=True, slots=True)
class GridRound:
    """A row: one ``round``; times are UTC.

    ``opens`` is ``None`` where it is not known, ``closes`` is when submissions have to be there.
    ``closed``: its submissions are on record; ``resolved``: its scores are final. ``cells`` follow
    the report's slots.
    """

    round: int
    opens: datetime | None
    closes: datetime
    closed: bool
    resolved: bool
    cells: Sequence[GridCell]


@dataclass(frozen=True, slots=True)
class PredictorGrid:
    """One ``tournament``: ``rounds`` with the one to come first, and ``slots`` as columns.

    ``predictors`` are all there are. ``next`` is the round submissions go into now. ``can_undo``
    says in words what undoing would take back, ``None`` when there is nothing. ``missing`` is what
    Numerai did not tell.
    """

    tournament: Tournament
    slots: tuple[SlotColumn, ...]
    rounds: tuple[GridRound, ...]
    predictors: tuple[Predictor, ...]
    next: int
    can_undo: str | None
    missing: MissingFacts = NOTHING_MISSING

    def predictor(self, predictor_id: int | None) -> Predictor | None:
        """The predictor with this id."""
        return next((one for one in self.predictors if one.id == predictor_id), None)

    @property
    def offered(self) -> tuple[Predictor, ...]:
        """The predictors that are not retired."""
        return tuple(one for one in self.predictors if not one.retired)


def build_grid(
    report: SlotsReport,
    *,
    coming: Sequence[SlotRound],
    idle: Iterable[Model],
    filled: Filled,
    predictors: Sequence[Predictor],
    closes: Mapping[int, datetime],
    next_round: int,
    can_undo: str | None,
) -> PredictorGrid:
    """Who sat where, beside how the slots were filled.

    ``report`` brings the rounds that have opened, ``coming`` those that have not (newest first,
    without cells), ``idle`` slots without any history; ``filled`` and ``closes`` cover them all.
    """
    slots = (
        *report.slots,
        *(SlotColumn(one.id, one.name, ZERO, 0, 0, 0) for one in told_apart(idle)),
    )
    return PredictorGrid(
        tournament=report.tournament,
        slots=slots,
        rounds=tuple(
            _grid_round(row, slots, filled.get(row.round, {}), closes[row.round], next_round)
            for row in (*coming, *report.rounds)
        ),
        predictors=tuple(predictors),
        next=next_round,
        can_undo=can_undo,
        missing=report.missing,
    )


def _grid_round(
    row: SlotRound,
    slots: Sequence[SlotColumn],
    held: Mapping[str, Assignment],
    closes: datetime,
    next_round: int,
) -> GridRound:
    width = len(row.cells)
    return GridRound(
        round=row.round,
        opens=row.opens,
        closes=closes,
        closed=row.round < next_round,
        resolved=row.resolved,
        cells=Lazily(
            len(slots),
            lambda at: GridCell(
                held.get(slots[at].model_id), row.cells[at] if at < width else None
            ),
        ),
    )
