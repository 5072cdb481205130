"""Spreading a total over models: by a weight each, within a floor and a cap, to the wei.

Weights are exact fractions; what they come to is cut to whole wei and the wei left over go to
the largest remainders, so a total is never exceeded and, unless every model is at its cap,
always met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.targets.target import Target, TargetKind
from ledger.errors import ChangeError
from ledger.rules.rounds.payout import weighted_score

Weights = Mapping[str, Fraction]
"""Not negative, by model id; a model without one has none. Only their ratios matter."""

History = Mapping[str, Mapping[int, Decimal]]
"""Payout-weighted score by round, by model id, over the rounds looked at."""


_GRAIN = 10**12
"""Weights are rounded to one part in so many."""


@dataclass(frozen=True, slots=True)
class Row:
    """A model to spread over: ``model_id`` has ``current`` NMR.

    A ``locked`` one is left alone and takes no part.
    """

    model_id: str
    current: NMR = ZERO
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """A proposal: ``amounts`` in NMR by model id for the rows that are not locked.

    ``left`` is what the caps kept from being spread.
    """

    amounts: dict[str, NMR]
    left: NMR

    @property
    def targets(self) -> tuple[Target, ...]:
        """The same as targets."""
        return tuple(Target(name, TargetKind.NMR, nmr=nmr) for name, nmr in self.amounts.items())


def spread(
    rows: Iterable[Row],
    weights: Weights,
    total: NMR,
    *,
    floor: NMR = ZERO,
    cap: NMR | None = None,
) -> Spread:
    """``total`` over the rows that are not locked, each between ``floor`` and ``cap``.

    Raises:
        ChangeError: nothing to spread or nobody to spread over, no weight at all, or the floors
            alone are more than ``total``.
    """
    names = [row.model_id for row in rows if not row.locked]
    _check(names, total, floor, cap)
    if not any(weights.get(name, 0) > 0 for name in names):
        raise ChangeError(
            "No model has anything to be weighted by.", "Unlock others, or spread equally."
        )
    low = floor.wei
    high = total.wei if cap is None else min(cap.wei, total.wei)
    shares = _within([weights.get(name, Fraction(0)) for name in names], total.wei, low, high)
    wei = _whole(shares)
    amounts = {name: NMR.from_wei(amount) for name, amount in zip(names, wei, strict=True)}
    return Spread(amounts, total - NMR.total(amounts.values()))


def equal(rows: Iterable[Row]) -> Weights:
    """The same for everybody."""
    return {row.model_id: Fraction(1) for row in rows}


def by_current(rows: Iterable[Row]) -> Weights:
    """In proportion to what is staked now."""
    return {row.model_id: Fraction(max(0, row.current.wei)) for row in rows}


def score_history(performances: Iterable[Performance], last: int) -> History:
    """Payout-weighted scores of the newest ``last`` resolved rounds.

    Each round is weighted by its own multipliers. A model has no entry for a round it has no
    complete scores in.
    """
    settled = [entry for entry in performances if entry.state is PayoutState.SETTLED]
    newest = set(sorted({entry.round for entry in settled}, reverse=True)[:last])
    history: dict[str, dict[int, Decimal]] = {}
    for entry in settled:
        score = weighted_score(entry.scores) if entry.round in newest else None
        if score is not None:
            history.setdefault(entry.model_id, {})[entry.round] = score
    return history


def by_score(history: History) -> Weights:
    """In proportion to the mean score; a model with none above zero gets nothing."""
    return {name: max(Fraction(0), _mean(scores)) for name, scores in history.items() if scores}


def by_ratio(history: History) -> Weights:
    """In proportion to mean / standard deviation of the score, where that is above zero."""
    weights = {}
    for name, scores in history.items():
        deviation = _deviation(scores)
        if deviation is not None:
            weights[name] = _rounded(max(Fraction(0), _mean(scores) / deviation))
    return weights


def by_inverse_volatility(history: History) -> Weights:
    """In proportion to 1 / standard deviation of the score."""
    deviations = {name: _deviation(scores) for name, scores in history.items()}
    return {name: _rounded(1 / value) for name, value in deviations.items() if value is not None}


def _rounded(weight: Fraction) -> Fraction:
    """A weight on a common grid: sums of unlike fractions grow without need."""
    return Fraction(round(weight * _GRAIN), _GRAIN)


def _mean(scores: Mapping[int, Decimal]) -> Fraction:
    return sum((Fraction(score) for score in scores.values()), Fraction(0)) / len(scores)


def _deviation(scores: Mapping[int, Decimal]) -> Fraction | None:
    """The sample standard deviation; ``None`` from fewer than two rounds, or without any."""
    if len(scores) < 2:
        return None
    mean = _mean(scores)
    squares = sum(((Fraction(score) - mean) ** 2 for score in scores.values()), Fraction(0))
    variance = squares / (len(scores) - 1)
    root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
    return Fraction(root) if root else None


def _check(names: Sequence[str], total: NMR, floor: NMR, cap: NMR | None) -> None:
    if not names:
        raise ChangeError("Every row is locked.", "Unlock the rows that should change.")
    if total < ZERO or floor < ZERO or (cap is not None and cap < ZERO):
        raise ChangeError("Total, floor and cap can't be below zero.")
    if cap is not None and cap < floor:
        raise ChangeError(f"The cap of {cap} NMR is below the floor of {floor} NMR.")
    if floor.times(len(names)) > total:
        raise ChangeError(
            f"A floor of {floor} NMR for {len(names)} models is more than {total} NMR.",
            "Lower the floor, or lock some rows.",
        )


def _within(weights: Sequence[Fraction], total: int, low: int, high: int) -> list[Fraction]:
    """Shares of ``total`` in proportion to ``weights`` between ``low`` and ``high``, in wei.

    Whoever would be out of bounds is fixed at the bound, on the side that is further out in
    all, and the rest is shared again.
    """
    floor, ceiling = Fraction(low), Fraction(high)
    shares = [floor] * len(weights)
    open_rows = [index for index, weight in enumerate(weights) if weight > 0]
    rest = Fraction(total - low * (len(weights) - len(open_rows)))
    while open_rows:
        together = sum((weights[index] for index in open_rows), Fraction(0))
        proportional = {index: rest * weights[index] / together for index in open_rows}
        bounded = {index: min(max(share, floor), ceiling) for index, share in proportional.items()}
        excess = sum((bounded[index] - proportional[index] for index in open_rows), Fraction(0))
        fixed = [
            index
            for index in open_rows
            if excess == 0
            or (excess > 0 and bounded[index] > proportional[index])
            or (excess < 0 and bounded[index] < proportional[index])
        ]
        for index in fixed:
            shares[index] = bounded[index]
            rest -= shares[index]
        open_rows = [index for index in open_rows if index not in fixed]
    return shares


def _whole(shares: Sequence[Fraction]) -> list[int]:
    """``shares`` in whole wei: cut, then one more by the largest remainders, up to their sum."""
    wei = [share.numerator // share.denominator for share in shares]
    exact = sum(shares, Fraction(0))
    spare = exact.numerator // exact.denominator - sum(wei)
    order = sorted(range(len(shares)), key=lambda index: (wei[index] - shares[index], index))
    for index in order[:spare]:
        wei[index] += 1
    return wei
