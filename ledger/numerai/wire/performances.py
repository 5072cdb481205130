"""How models did in rounds: scores with the multipliers they are paid by, and the payout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.payout import PayoutSource, PayoutState, Performance, Score
from ledger.domain.round import Round
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.rounds import ListedPayout, paid_factor
from ledger.rules.payout import payout

_LEGACY = {"mmc": "mmcMultiplier", "corr": "corrMultiplier", "tc": "tcMultiplier"}
"""Part of a score's name to the field older rows keep its multiplier in."""


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What a performance is read against: rounds by number, payouts by model id and number."""

    rounds: Mapping[int, Round]
    payouts: Mapping[tuple[str, int], ListedPayout]


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one model.

    ``complete`` is false when the list was missing or a row could not be placed in a round, so
    that nothing may be called final on its account.
    """

    rows: tuple[Performance, ...]
    complete: bool


def read_performances(rows: Json, model: Model, facts: RoundFacts, problems: Problems) -> Slice:
    """One model's ``v2RoundModelPerformances``, one row per round."""
    if not isinstance(rows, list):
        problems.add(model.name, "v2RoundModelPerformances", "missing or not a list")
        return Slice((), complete=False)
    found: dict[int, Performance] = {}
    complete = True
    for entry in rows:
        row = _row(entry, model, facts, problems)
        if row is None:
            complete = False
        elif row.round not in found or found[row.round].submission_id is None:
            found[row.round] = row
    return Slice(tuple(found.values()), complete)


def _row(entry: Json, model: Model, facts: RoundFacts, problems: Problems) -> Performance | None:
    if not isinstance(entry, dict):
        problems.add(model.name, "v2RoundModelPerformances", f"a row that is none: {entry!r}")
        return None
    fields = Fields(entry, model.name, problems)
    number = fields.integer("roundNumber", required=True, low=1)
    if number is None:
        return None
    fields.where = f"{model.name}, round {number}"
    return _performance(fields, model, number, facts)


def _performance(fields: Fields, model: Model, number: int, facts: RoundFacts) -> Performance:
    known = facts.rounds.get(number)
    submission_id = fields.text("submissionId")
    settled = fields.boolean("roundResolved")
    if settled is None:
        settled = known.resolved if known else False
    state = PayoutState.SETTLED if settled else PayoutState.PENDING
    factor = fields.decimal("roundPayoutFactor", low=0, high=1)
    if factor is None and known is not None:
        factor = paid_factor(known)
    clip = known.clip if known else None
    at_risk = _at_risk(fields, submission_id)
    entries = fields.children("submissionScores")
    scores = _scores(fields, entries, known, expected=submission_id is not None)
    row = Performance(
        model_id=model.id,
        tournament=model.tournament,
        round=number,
        at_risk=at_risk,
        payout=None,
        state=state,
        source=None,
        factor=factor,
        clip=clip,
        resolves=fields.time("roundResolveTime") or (known.resolves if known else None),
        submission_id=submission_id,
        scores=scores,
    )
    nmr, source = _payout(row, facts.payouts.get((model.id, number)), entries)
    return replace(row, payout=nmr, source=source)


def _at_risk(fields: Fields, submission_id: str | None) -> NMR:
    at_risk = fields.nmr("atRisk", required=submission_id is not None)
    return ZERO if at_risk is None else at_risk


def _scores(
    fields: Fields, entries: list[Fields], known: Round | None, *, expected: bool
) -> tuple[Score, ...]:
    """The scores by name, and the paying ones that have no value yet."""
    named = [
        (name, entry) for entry in entries if (name := entry.text("displayName", required=True))
    ]
    multipliers = _multipliers(fields, [name for name, _ in named], known)
    found: dict[str, Score] = {}
    for name, entry in named:
        if name not in found:
            found[name] = Score(
                name=name,
                value=entry.decimal("value", low=-100, high=100),
                percentile=entry.decimal("percentile", low=0, high=1),
                day=entry.integer("day", low=0),
                multiplier=multipliers.get(name),
            )
    if expected:
        for name, multiplier in multipliers.items():
            if multiplier and name not in found:
                found[name] = Score(name, None, None, None, multiplier)
    return tuple(found.values())


def _multipliers(fields: Fields, names: list[str], known: Round | None) -> dict[str, Decimal]:
    """By score: the row's own, else the fields older rows have, else the round's defaults."""
    own = {}
    for entry in fields.children("payoutMultipliers"):
        name, multiplier = entry.text("displayName"), entry.decimal("multiplier")
        if name is not None and multiplier is not None:
            own[name] = multiplier
    if own:
        return own
    paying = known.payout_scores if known else ()
    legacy = _legacy_multipliers(fields, [score.display_name for score in paying] or names)
    if legacy:
        return legacy
    return {
        score.display_name: score.multiplier for score in paying if score.multiplier is not None
    }


def _legacy_multipliers(fields: Fields, names: list[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part, field in _LEGACY.items():
        multiplier = fields.decimal(field, low=0)
        name = next((name for name in names if part in name.lower()), None)
        if multiplier and name is not None:
            found[name] = multiplier
    return found


def _payout(
    row: Performance, listed: ListedPayout | None, entries: list[Fields]
) -> tuple[NMR | None, PayoutSource | None]:
    """Numerai's own figure, else the sum of its per-score payouts, else our arithmetic."""
    scored = any(score.value is not None for score in row.scores)
    if listed is not None and (scored or listed.nmr):
        return listed.nmr, PayoutSource.NUMERAI
    if not scored:
        return None, None
    summed = _summed(entries, row.scores, row.state)
    if summed is not None:
        return summed, PayoutSource.SCORES
    computed = payout(row.at_risk, row.scores, row.factor, row.clip)
    return computed, None if computed is None else PayoutSource.COMPUTED


def _summed(entries: list[Fields], scores: tuple[Score, ...], state: PayoutState) -> NMR | None:
    """The per-score payouts added up; ``None`` when one that should be there is missing."""
    paying = {score.name for score in scores if score.multiplier}
    field = "payoutSettled" if state is PayoutState.SETTLED else "payoutPending"
    amounts: dict[str, NMR] = {}
    for entry in entries:
        name = entry.text("displayName")
        if name in paying and name not in amounts:
            amount = entry.nmr(field, negative=True)
            if amount is not None:
                amounts[name] = amount
    if not paying or paying - amounts.keys():
        return None
    return NMR.total(amounts.values())
