"""Every predictor's own record, beside the same figures of the slots it sat in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
from ledger.domain.slots.attribution import Attribution, Earnings, Record
from ledger.domain.slots.predictor import Predictor
from ledger.rules.naming import names

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

    Figure: TypeAlias = np.float64


@dataclass(frozen=True, slots=True)
class PredictorLine:
    """A predictor's record. ``correlations``: with the others, by their names."""

    predictor: Predictor
    record: Record[int]
    correlations: Mapping[str, Figure | None]

    @property
    def mean_correlation(self) -> Figure | None:
        """The plain mean of the correlations that are known."""
        values = [value for value in self.correlations.values() if value is not None]
        return sum(values[1:], values[0]) / len(values) if values else None


@dataclass(frozen=True, slots=True)
class SlotLine:
    """The ``record`` of one slot: ``model_id``, called ``name``.

    ``held`` are the predictors that sat in it in these rounds, by name.
    """

    model_id: str
    name: str
    record: Record[str]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PredictorScores:
    """One tournament over ``rounds`` rounds, both best mean score first, but slots nobody is known
    to have sat in last.

    ``unassigned`` is what slots earned while nobody was known to sit in them: over predictors
    and unassigned every sum in NMR is the same as over slots.
    """

    tournament: Tournament
    score: str
    rounds: int
    predictors: tuple[PredictorLine, ...]
    slots: tuple[SlotLine, ...]
    unassigned: Earnings


def build_scores(
    tournament: Tournament,
    attribution: Attribution,
    predictors: Iterable[Predictor],
    models: Iterable[Model],
    assignments_by_round: Mapping[int, Mapping[str, int | None]],
) -> PredictorScores:
    """Records with names; predictors that never sat in these rounds are left out."""
    by_id = {one.id: one for one in predictors}
    slots = names(models)
    order = [record.key for record in attribution.predictors]
    lines = [
        PredictorLine(by_id[record.key], record, _row(attribution, at, order, by_id))
        for at, record in enumerate(attribution.predictors)
        if record.places
    ]
    numbers = {number for record in attribution.slots for number, _ in record.scores}
    sat = _held(assignments_by_round, numbers, by_id)
    slot_lines = [
        SlotLine(record.key, slots.get(record.key, record.key), record, sat.get(record.key, ()))
        for record in attribution.slots
    ]
    return PredictorScores(
        tournament=tournament,
        score=attribution.score,
        rounds=len(numbers),
        predictors=tuple(sorted(lines, key=lambda line: (_rank(line.record), line.predictor.name))),
        slots=tuple(sorted(slot_lines, key=_slot_order)),
        unassigned=attribution.unassigned,
    )


def _rank(record: Record[int] | Record[str]) -> tuple[bool, int]:
    return record.rank is None, record.rank or 0


def _slot_order(line: SlotLine) -> tuple[object, ...]:
    return not line.held, _rank(line.record), line.name


def _row(
    attribution: Attribution, at: int, order: Sequence[int], by_id: Mapping[int, Predictor]
) -> dict[str, Figure | None]:
    pairs = zip(order, attribution.correlation[at], strict=True)
    return {by_id[key].name: value for key, value in pairs if key != order[at]}


def _held(
    assignments_by_round: Mapping[int, Mapping[str, int | None]],
    numbers: Iterable[int],
    by_id: Mapping[int, Predictor],
) -> dict[str, tuple[str, ...]]:
    sat: dict[str, set[str]] = {}
    for number in numbers:
        for slot_id, predictor_id in assignments_by_round.get(number, {}).items():
            if predictor_id is not None:
                sat.setdefault(slot_id, set()).add(by_id[predictor_id].name)
    return {slot_id: tuple(sorted(names)) for slot_id, names in sat.items()}
