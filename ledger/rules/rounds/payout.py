"""Scores, multipliers, payout factor and clip to a payout.

Numerai's rule::

    weighted = sum(score * multiplier)
    payout   = at_risk * clip(factor * weighted, -clip, +clip)

On atomic staking the factor is 1 and the clip 100 %. Every figure belongs to its round and is
read from there; nothing in here knows a multiplier.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import Score


def weighted_score(scores: Iterable[Score]) -> Decimal | None:
    """The sum of score times multiplier; ``None`` while a paying score has no value yet."""
    return weighted_sum([(score.value, score.multiplier) for score in scores])


def weighted_sum(scores: Iterable[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """The same of values and their multipliers."""
    result: Decimal | None = None
    for value, multiplier in scores:
        if not multiplier:
            continue
        if value is None:
            return None
        result = (result or Decimal(0)) + value * multiplier
    return result


def scoring_day(scores: Iterable[Score]) -> int | None:
    """The scoring day the paying scores are of, the earliest where they differ; ``None`` before
    the first."""
    days = [score.day for score in scores if score.multiplier and score.day is not None]
    return min(days, default=None)


def payout_rate(weighted: Decimal, factor: Decimal, clip: Decimal) -> Decimal:
    """What one NMR at risk earns (negative: burns)."""
    return max(-clip, min(clip, factor * weighted))


def payout_factor(stake_threshold: NMR, total_at_risk: NMR) -> Decimal:
    """Continuous staking's factor: the threshold over all NMR at risk, at most 1."""
    if total_at_risk <= stake_threshold:
        return Decimal(1)
    return stake_threshold.over(total_at_risk)


def payout(
    at_risk: NMR, scores: Iterable[Score], factor: Decimal | None, clip: Decimal | None
) -> NMR | None:
    """What ``at_risk`` earns, cut to wei towards zero; ``None`` while something is not known."""
    weighted = weighted_score(scores)
    if weighted is None or factor is None or clip is None:
        return None
    return at_risk.times(payout_rate(weighted, factor, clip))
