"""What stands of the former ledger where Numerai told nothing, or told it only once.

A fact that was not told keeps its former value. A model that is no longer listed, and a list
that is suddenly empty, are believed when a second sync, some minutes later, says the same.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ledger.domain.knowledge import Fact
from ledger.domain.model import Account, Model
from ledger.domain.records.transaction import ScheduledTransaction
from ledger.domain.rounds.performance import Performance, Score
from ledger.domain.stakes.stake import ContinuousStake
from ledger.syncing.missing import Missing

BELIEVED_AFTER = timedelta(minutes=3)
"""How long after it was first seen a deletion has to be seen again to be believed."""

_T = TypeVar("_T", Account, Model, ContinuousStake)

ACCOUNT_FACTS = {
    Fact.WALLET: "available",
    Fact.HELD_INCREASES: "held_increases",
    Fact.HELD_WITHDRAWALS: "held_withdrawals",
    Fact.WALLET_ADDRESS: "wallet_address",
    Fact.CURRENCY: "currency",
    Fact.SCOPES: "scopes",
    Fact.KEY_NAME: "key_name",
}
"""The facts of an account, and where it keeps them."""

MODEL_FACTS = {
    Fact.ARCHIVED: "archived",
    Fact.CREATED: "created",
    Fact.RELEASE_DATE: "earliest_release",
    Fact.REPUTATION: "reputations",
    Fact.RETURNS: "returns",
}
"""The facts of a model that may be missing."""

STAKE_FACTS = {
    Fact.STAKE: "settled",
    Fact.PROJECTED_STAKE: "projected",
    Fact.TAKE_PROFIT: "take_profit",
    Fact.PENDING: "pending",
}
"""The facts of a continuous stake."""


def account_with(account: Account, former: Account | None, missing: Missing) -> Account:
    """``account`` with what was not told as it was before."""
    return _with(account, former, ACCOUNT_FACTS, "", missing)


def model_with(model: Model, former: Model | None, missing: Missing) -> Model:
    """``model`` with what was not told as it was before."""
    kept = _with(model, former, MODEL_FACTS, model.id, missing)
    unnamed = former is not None and model.name == model.id and (Fact.LISTED, model.id) in missing
    return replace(kept, name=former.name) if former is not None and unnamed else kept


def stakes_with(
    stakes: Mapping[str, ContinuousStake],
    former: Mapping[str, ContinuousStake],
    missing: Missing,
) -> dict[str, ContinuousStake]:
    """``stakes`` with what was not told as it was before; one that is not known at all is there
    too, with nothing in it. Where there is no stake, there is no take profit to be missing."""
    merged = dict(stakes)
    for fact, model_id in missing:
        if fact in STAKE_FACTS and fact is not Fact.TAKE_PROFIT and model_id not in merged:
            merged[model_id] = ContinuousStake(model_id, None, None, None)
    return {
        model_id: _with(stake, former.get(model_id), STAKE_FACTS, model_id, missing)
        for model_id, stake in merged.items()
    }


def _with(
    value: _T, former: _T | None, facts: Mapping[Fact, str], subject: str, missing: Missing
) -> _T:
    lost = [name for fact, name in facts.items() if (fact, subject) in missing]
    if former is None or not lost:
        return value
    kept: dict[str, Any] = {name: getattr(former, name) for name in lost}
    return replace(value, **kept)


def unlisted(former: Iterable[Model], listed: Iterable[str], now: datetime) -> tuple[Model, ...]:
    """Models that are listed no longer and stand all the same until that is believed."""
    ids = set(listed)
    return tuple(
        replace(model, missing_since=model.missing_since or now)
        for model in former
        if model.id not in ids
        and (model.missing_since is None or now - model.missing_since < BELIEVED_AFTER)
    )


def emptied(
    scheduled: Iterable[ScheduledTransaction],
    former: Iterable[ScheduledTransaction],
    missing_since: datetime | None,
    now: datetime,
) -> bool:
    """Whether a list of scheduled transactions is suddenly empty and not to be believed yet: one
    that was on it is not due, and no sync some minutes ago saw it empty."""
    if tuple(scheduled):
        return False
    not_due = any(entry.due is not None and entry.due > now for entry in former)
    return not_due and (missing_since is None or now - missing_since < BELIEVED_AFTER)


ROW_FACTS = {
    Fact.AT_RISK: "at_risk",
    Fact.SUBMISSION_ID: "submission_id",
    Fact.PAYOUT_FACTOR: "factor",
    Fact.RESOLVE_TIME: "resolves",
    Fact.SCORES: "scores",
}
"""The facts of a performance that stand by themselves."""

SCORE_FACTS = {
    Fact.SCORE_VALUES: "value",
    Fact.PERCENTILES: "percentile",
    Fact.SCORE_DAYS: "day",
    Fact.MULTIPLIERS: "multiplier",
}
"""The facts of one score."""

PERFORMANCE_FACTS = frozenset(
    {*ROW_FACTS, *SCORE_FACTS, Fact.SCORE_PAYOUTS, Fact.FINAL_SCORES, Fact.RESOLVED}
)
"""All that rows of performances may lack."""


def vanished(row: Performance, former: Performance) -> frozenset[Fact]:
    """What was told of a row before and is null now."""
    facts = {
        fact
        for fact, name in ROW_FACTS.items()
        if getattr(former, name) not in (None, ()) and getattr(row, name) in (None, ())
    }
    now = {score.name: score for score in row.scores}
    facts |= {
        fact
        for score in former.scores
        if score.name in now
        for fact, name in SCORE_FACTS.items()
        if getattr(score, name) is not None and getattr(now[score.name], name) is None
    }
    if any(score.value is not None and score.name not in now for score in former.scores):
        facts.add(Fact.SCORES)
    return frozenset(facts)


def has_holes(row: Performance, names: Iterable[str]) -> bool:
    """Whether anything of a row with a submission is null that a settled round has: of itself, or
    of the scores with these ``names``."""
    if row.submission_id is None:
        return bool(row.at_risk) or row.clip is None
    scores = [score for score in row.scores if score.multiplier]
    values = (row.clip, row.factor, row.resolves)
    return (
        not scores
        or None in values
        or not set(names) <= {score.name for score in row.scores}
        or any(None in (score.value, score.percentile, score.day) for score in scores)
    )


def performance_with(
    row: Performance, former: Performance | None, lost: frozenset[Fact]
) -> Performance:
    """``row`` with what was not told (``lost``) as it was before.

    Its payout stands too, where what it would have to follow from is lost.
    """
    if former is None or (not lost and (row.payout is not None or former.payout is None)):
        return row
    kept: dict[str, Any] = {
        name: getattr(former, name)
        for fact, name in ROW_FACTS.items()
        if fact in lost and not getattr(row, name)
    }
    if "scores" not in kept:
        kept["scores"] = _scores_with(row.scores, former.scores, lost)
    if row.payout is None and former.payout is not None:
        kept |= {"payout": former.payout, "source": former.source}
    return replace(row, **kept)


def _scores_with(
    scores: tuple[Score, ...], former: tuple[Score, ...], lost: Container[Fact]
) -> tuple[Score, ...]:
    before = {score.name: score for score in former}
    names = {score.name for score in scores}
    unlisted_scores = [score for score in former if score.name not in names]
    return tuple(
        replace(
            score,
            **{
                name: getattr(before[score.name], name)
                for fact, name in SCORE_FACTS.items()
                if fact in lost and getattr(score, name) is None
            },
        )
        if score.name in before
        else score
        for score in scores
    ) + tuple(unlisted_scores if Fact.SCORES in lost else ())
