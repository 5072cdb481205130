"""A payout taken apart by the round's own numbers, and compared with what Numerai says."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledger.domain.earnings.explanation import Check, Explanation, Term
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.rules.rounds.payout import payout, payout_rate, weighted_score

_CUT = 4
"""Wei that parts of a payout, each cut to whole wei, may lack."""

_PAID_SHARE = Decimal("0.01")
"""More than this part of a payout is never put down to its rounding, however few its digits."""


def explain(entry: Performance, entered: Round | None, name: str) -> Explanation:
    """``entry`` of the model ``name``; ``entered`` is its round, where the ledger has it."""
    weighted = weighted_score(entry.scores)
    computed = None
    if entry.at_risk is not None:
        computed = payout(entry.at_risk, entry.scores, entry.factor, entry.clip)
    rate = product = None
    if weighted is not None and entry.factor is not None and entry.clip is not None:
        product = entry.factor * weighted
        rate = payout_rate(weighted, entry.factor, entry.clip)
    resolves = entered.resolves if entered else None
    return Explanation(
        tournament=entry.tournament,
        round=entry.round,
        model_id=entry.model_id,
        model_name=name,
        at_risk=entry.at_risk,
        terms=tuple(_term(score, entered, entry.state) for score in entry.scores),
        weighted=weighted,
        factor=entry.factor,
        clip=entry.clip,
        rate=rate,
        clipped=rate != product,
        computed=computed,
        paid=entry.payout,
        source=entry.source,
        check=_check(entry, weighted, computed),
        state=entry.state,
        opens=entered.opens if entered else None,
        resolves=resolves or entry.resolves,
        missing=tuple(_missing(entry)),
    )


def score_days(name: str, entered: Round | None) -> int | None:
    """How many scoring days the score ``name`` has in a round."""
    for config in entered.scores if entered else ():
        if name in {config.display_name, config.name}:
            return config.days
    return None


def _term(score: Score, entered: Round | None, state: PayoutState) -> Term:
    days = score_days(score.name, entered)
    done = days is not None and score.day is not None and score.day >= days
    product = None
    if score.value is not None and score.multiplier is not None:
        product = score.value * score.multiplier
    return Term(
        name=score.name,
        value=score.value,
        multiplier=score.multiplier,
        product=product,
        day=score.day,
        days=days,
        provisional=state is PayoutState.PENDING and not done,
    )


def _missing(entry: Performance) -> Iterable[str]:
    if entry.submission_id is None:
        yield "a submission"
    paying = [score for score in entry.scores if score.multiplier]
    if not paying:
        yield "any score that pays"
    for score in paying:
        if score.value is None:
            yield f"a value of {score.name}"
    if entry.at_risk is None:
        yield "the stake at risk"
    if entry.factor is None:
        yield "the payout factor"
    if entry.clip is None:
        yield "the clip"


def _check(entry: Performance, weighted: Decimal | None, computed: NMR | None) -> Check | None:
    ours = entry.source in {None, PayoutSource.COMPUTED}
    if ours or entry.payout is None or computed is None or weighted is None:
        return None
    if entry.at_risk is None:
        return None
    return Check(entry.payout - computed, tolerance(entry, entry.at_risk, weighted, entry.payout))


def tolerance(entry: Performance, at_risk: NMR, weighted: Decimal, paid: NMR) -> NMR:
    """How far ``paid`` may be from what the figures of ``entry`` come to.

    Every figure may be off by half a unit of its last digit; scores by that of the most exact
    one, as they lose trailing zeros, a whole factor by nothing, the stake by nothing.
    """
    factor, clip = entry.factor or Decimal(0), entry.clip or Decimal(0)
    paying = [
        (abs(score.multiplier), score.value)
        for score in entry.scores
        if score.multiplier and score.value is not None
    ]
    unit = min((_half(value) for _, value in paying), default=Decimal(0))
    off = sum((multiplier * unit for multiplier, _ in paying), Decimal(0))
    factor_off = _half(factor) if factor % 1 else Decimal(0)
    spread = factor * off + abs(weighted) * factor_off + off * factor_off
    rate = payout_rate(weighted, factor, clip)
    high = max(-clip, min(clip, factor * weighted + spread)) - rate
    low = rate - max(-clip, min(clip, factor * weighted - spread))
    rounded = min(_half(paid.amount.normalize()), abs(paid.amount) * _PAID_SHARE)
    whole = rounded if paid else Decimal(0)
    return at_risk.times(max(high, low)) + NMR.down(whole) + NMR.from_wei(_CUT)


def _half(value: Decimal) -> Decimal:
    """Half a unit of the last digit."""
    exponent = value.as_tuple().exponent
    return Decimal("0.5").scaleb(exponent) if isinstance(exponent, int) else Decimal(0)
