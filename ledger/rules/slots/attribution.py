"""Giving scores and payouts of slots back to the predictors that sat in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.slots.assignment import AssignmentsByRound
from ledger.domain.slots.attribution import Attribution, Earnings, Record
from ledger.rules.rounds.payout import weighted_score

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

    Figure: TypeAlias = np.float64

Key = TypeVar("Key", int, str)

NamedScore = tuple[str, int, Decimal | None]
"""Whose score, in which round; ``None`` while there is none."""

PAYOUT_SCORE = "payout"
"""The score a round pays: scores times the round's own multipliers."""

_COMMON = 3
"""Rounds two predictors need in common for a correlation."""


def attribute(
    performances: Iterable[Performance],
    assignments_by_round: AssignmentsByRound,
    predictors: Sequence[int],
    *,
    score: str = PAYOUT_SCORE,
) -> Attribution:
    """The records of ``predictors`` and of every slot, over the same ``performances``.

    ``performances``: one tournament, one per slot and round. ``assignments_by_round`` with what is
    carried over filled in. ``score``: the name of a score (``v2_corr20``), or
    :data:`PAYOUT_SCORE`. A round without that score counts for NMR alone.
    Predictors with an assignment that are not named come after those that are.
    """
    rows = sorted(performances, key=lambda row: (row.round, row.model_id))
    cells: dict[int, list[Performance]] = {key: [] for key in predictors}
    slots: dict[str, list[Performance]] = {}
    unassigned: list[Performance] = []
    for row in rows:
        slots.setdefault(row.model_id, []).append(row)
        predictor_id = assignments_by_round.get(row.round, {}).get(row.model_id)
        (unassigned if predictor_id is None else cells.setdefault(predictor_id, [])).append(row)
    records = _records(cells, score)
    return Attribution(
        score=score,
        predictors=records,
        slots=_records(slots, score),
        unassigned=earnings(unassigned),
        correlation=correlation([dict(record.scores) for record in records]),
    )


def histories(scores: Iterable[NamedScore]) -> dict[str, dict[int, Decimal]]:
    """Scores by name and round: the plain mean over those of a round, none where there are none."""
    by_name: dict[str, dict[int, list[Decimal]]] = {}
    for name, number, score in scores:
        own = by_name.setdefault(name, {})
        if score is not None:
            own.setdefault(number, []).append(score)
    return {
        name: {number: _mean(values) for number, values in own.items()}
        for name, own in by_name.items()
    }


def newest(performances: Iterable[Performance], last: int) -> tuple[Performance, ...]:
    """Those of the newest ``last`` rounds that have any score."""
    rows = tuple(performances)
    scored = {row.round for row in rows if any(one.value is not None for one in row.scores)}
    rounds = set(sorted(scored, reverse=True)[:last])
    return tuple(row for row in rows if row.round in rounds)


def score_of(performance: Performance, score: str) -> Decimal | None:
    """One score of a performance; ``None`` while it has none, or is not paid by any."""
    if score == PAYOUT_SCORE:
        return weighted_score(performance.scores)
    return next((one.value for one in performance.scores if one.name == score), None)


def earnings(performances: Iterable[Performance]) -> Earnings:
    """Payouts, burns and exposure of some cells."""
    rows = list(performances)
    paid = [row.payout for row in rows if row.payout is not None]
    return Earnings(
        payouts=NMR.total(nmr for nmr in paid if nmr > ZERO),
        burns=NMR.total(nmr for nmr in paid if nmr < ZERO),
        pending=NMR.total(
            row.payout
            for row in rows
            if row.payout is not None and row.state is PayoutState.PENDING
        ),
        exposure=NMR.total(row.at_risk for row in rows if row.at_risk is not None),
        unknown=sum(row.at_risk is None for row in rows),
        unrated=NMR.total(
            row.payout for row in rows if row.at_risk is None and row.payout is not None
        ),
    )


def max_drawdown(scores: Iterable[Decimal]) -> Decimal:
    """The deepest fall of the cumulative score below its highest so far, from zero."""
    total = highest = deepest = Decimal(0)
    for score in scores:
        total += score
        highest = max(highest, total)
        deepest = max(deepest, highest - total)
    return deepest


def correlation(
    histories: Sequence[Mapping[int, Decimal]],
) -> tuple[tuple[Figure | None, ...], ...]:
    """Pearson's correlation between every two of ``histories`` over the rounds both have.

    ``None`` with fewer than three rounds in common, or where one does not vary in them.
    """
    import numpy as np

    rounds = sorted(set().union(*histories))
    table = np.array(
        [[history.get(number, "nan") for number in rounds] for history in histories],
        dtype=np.float64,
    ).reshape(len(histories), len(rounds))
    present = ~np.isnan(table)
    matrix: list[list[Figure | None]] = [[None] * len(histories) for _ in histories]
    for first, history in enumerate(histories):
        if len(history) >= _COMMON and len(set(history.values())) > 1:
            matrix[first][first] = np.float64(1)
    for first, other in combinations(range(len(histories)), 2):
        both = present[first] & present[other]
        matrix[first][other] = matrix[other][first] = _pearson(
            table[first, both], table[other, both]
        )
    return tuple(tuple(row) for row in matrix)


def _pearson(
    first: np.ndarray[Any, np.dtype[Figure]], other: np.ndarray[Any, np.dtype[Figure]]
) -> Figure | None:
    import numpy as np

    if len(first) < _COMMON or not np.ptp(first) or not np.ptp(other):
        return None
    left, right = first - first.mean(), other - other.mean()
    return np.float64(np.clip(left @ right / np.sqrt((left @ left) * (right @ right)), -1, 1))


def _records(cells: Mapping[Key, list[Performance]], score: str) -> tuple[Record[Key], ...]:
    scores = {key: _by_round(rows, score) for key, rows in cells.items()}
    means = {key: _mean(values.values()) for key, values in scores.items() if values}
    ranks = {key: 1 + sum(other > mean for other in means.values()) for key, mean in means.items()}
    return tuple(_record(key, scores[key], ranks.get(key), rows) for key, rows in cells.items())


def _record(
    key: Key, scores: Mapping[int, Decimal], rank: int | None, rows: Sequence[Performance]
) -> Record[Key]:
    values = list(scores.values())
    mean = _mean(values) if values else None
    sd = _deviation(values)
    return Record(
        key=key,
        scores=tuple(scores.items()),
        mean=mean,
        sd=sd,
        sharpe=mean / sd if mean is not None and sd else None,
        max_drawdown=max_drawdown(values),
        rank=rank,
        places=len(rows),
        earnings=earnings(rows),
    )


def _by_round(rows: Iterable[Performance], score: str) -> dict[int, Decimal]:
    """One score per round: the plain mean over the slots that have one."""
    by_round: dict[int, list[Decimal]] = {}
    for row in rows:
        value = score_of(row, score)
        if value is not None:
            by_round.setdefault(row.round, []).append(value)
    return {number: _mean(values) for number, values in by_round.items()}


def _mean(values: Iterable[Decimal]) -> Decimal:
    numbers = list(values)
    return numbers[0] if len(numbers) == 1 else sum(numbers, Decimal(0)) / len(numbers)


def _deviation(values: Sequence[Decimal]) -> Decimal | None:
    """The sample standard deviation; ``None`` from fewer than two."""
    if len(values) < 2:
        return None
    mean = _mean(values)
    squares = sum(((value - mean) ** 2 for value in values), Decimal(0))
    return (squares / (len(values) - 1)).sqrt()
