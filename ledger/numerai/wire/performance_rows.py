"""One row of performances: its scores, what it paid, and whether that can still move."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.rounds import ListedPayout, paid_factor
from ledger.rules.rounds.payout import payout

OUTLIVED = 130
"""A round this far behind the newest is over, whatever is said of it: 64 run at a time."""

_LEGACY = {"mmc": "mmcMultiplier", "corr": "corrMultiplier", "tc": "tcMultiplier"}
"""Part of a score's name to the field older servers keep its multiplier in."""


@dataclass(frozen=True, slots=True)
class Row:
    """One round of one model: its object ``fields``, and ``scores`` that were told apart from it.

    ``number`` is the round's. ``scores_only``: there is no such object, only a list of scores,
    the first of which stands in. ``whole``: all of it was asked for, and nothing complained of.
    """

    number: int
    fields: Fields
    scores: tuple[Fields, ...] | None
    scores_only: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the round itself, the payout Numerai lists for it (``listed``), and the
    newest round of its tournament."""

    round: Round | None
    listed: ListedPayout | None
    newest: int | None


def read_row(row: Row, model: Model, facts: Facts, problems: Problems) -> Performance:
    """The row as a value, reporting what is missing of it to ``problems``."""
    where = f"{said(model.name)}, round {row.number}"
    fields = row.fields.named(where, model.id).reporting(problems)
    round_ = facts.round
    entries = _entries(row, fields, where, problems)
    submission_id = fields.text("submissionId", fact=Fact.SUBMISSION_ID)
    multipliers = _multipliers(row, fields, entries, round_)
    at_risk = _at_risk(row, fields)
    expected = submission_id is not None or bool(at_risk and fields.why_missing("submissionId"))
    performance = Performance(
        model_id=model.id,
        tournament=model.tournament,
        round=row.number,
        at_risk=at_risk,
        payout=None,
        state=PayoutState.PENDING,
        source=None,
        factor=_factor(row, fields, round_),
        clip=round_.clip if round_ else None,
        resolves=_resolves(fields, round_),
        submission_id=submission_id,
        scores=_scores(entries, multipliers, expected=expected),
    )
    state = _state(performance, row, fields, entries, facts)
    nmr, source = _payout(replace(performance, state=state), facts.listed, entries)
    return replace(performance, state=state, payout=nmr, source=source)


def _entries(row: Row, fields: Fields, where: str, problems: Problems) -> list[Fields]:
    """The scores that have a name, each once."""
    entries = (
        fields.children("submissionScores", fact=Fact.SCORES)
        if row.scores is None
        else [entry.named(where).reporting(problems) for entry in row.scores]
    )
    entries_by_name: dict[str, Fields] = {}
    for entry in entries:
        name = entry.text("displayName", required=True, fact=Fact.SCORES)
        if name is None:
            entry.lacks(Fact.SCORES, "A score has no name.")
        else:
            entries_by_name.setdefault(name, entry)
    return list(entries_by_name.values())


def _at_risk(row: Row, fields: Fields) -> NMR | None:
    if row.scores_only:
        fields.lacks(Fact.AT_RISK, "Scores alone do not tell what was at risk.", asked=False)
        return None
    at_risk = fields.nmr("atRisk", fact=Fact.AT_RISK)
    if at_risk is None and _is_null(fields, "submissionId") and _is_null(fields, "atRisk"):
        return ZERO
    return at_risk


def _is_null(fields: Fields, name: str) -> bool:
    """Whether Numerai says that there is none; of what was not submitted nothing is at risk."""
    return name not in fields and fields.why_missing(name) is None


def _factor(row: Row, fields: Fields, round_: Round | None) -> Decimal | None:
    own = None
    if not row.scores_only:
        own = fields.decimal("roundPayoutFactor", low=0, high=1, fact=Fact.PAYOUT_FACTOR)
    return paid_factor(round_) if own is None and round_ is not None else own


def _resolves(fields: Fields, round_: Round | None) -> datetime | None:
    return fields.time("roundResolveTime", fact=Fact.RESOLVE_TIME) or (
        round_.resolves if round_ else None
    )


def _scores(
    entries: list[Fields], multipliers: dict[str, Decimal], *, expected: bool
) -> tuple[Score, ...]:
    """The scores by name, and the paying ones that have no value yet."""
    scores: dict[str, Score] = {}
    for entry in entries:
        name = entry.text("displayName") or ""
        scores[name] = Score(
            name=name,
            value=entry.decimal("value", low=-100, high=100, fact=Fact.SCORE_VALUES),
            percentile=entry.decimal("percentile", low=0, high=1, fact=Fact.PERCENTILES),
            day=entry.days("day", low=0, fact=Fact.SCORE_DAYS),
            multiplier=multipliers.get(name),
        )
        _note_missing(entry)
    if expected:
        for name, multiplier in multipliers.items():
            if multiplier and name not in scores:
                scores[name] = Score(name, None, None, None, multiplier)
    return tuple(scores.values())


def _note_missing(entry: Fields) -> None:
    """Report what is missing of a score's payouts, whether anything needs them or not."""
    entry.boolean("resolved", fact=Fact.FINAL_SCORES)
    for field in ("payoutPending", "payoutSettled"):
        entry.nmr(field, negative=True, fact=Fact.SCORE_PAYOUTS)


def _multipliers(
    row: Row, fields: Fields, entries: list[Fields], round_: Round | None
) -> dict[str, Decimal]:
    """By score: the row's own, else the fields older servers have, else the round's defaults."""
    paying = round_.payout_scores if round_ else ()
    if not row.scores_only:
        own = _own_multipliers(fields)
        if own:
            return own
        names = [score.display_name for score in paying]
        names = names or [entry.text("displayName") or "" for entry in entries]
        legacy = _legacy_multipliers(fields, names)
        if legacy:
            return legacy
    elif round_ is None:
        fields.lacks(Fact.MULTIPLIERS, "Nothing tells what the round pays by.", asked=False)
    return {
        score.display_name: score.multiplier for score in paying if score.multiplier is not None
    }


def _own_multipliers(fields: Fields) -> dict[str, Decimal]:
    if any(fields.sent(field) for field in _LEGACY.values()):
        return {}
    multipliers, own = {}, Problems()
    for entry in fields.reporting(own).children("payoutMultipliers", fact=Fact.MULTIPLIERS):
        name = entry.text("displayName", fact=Fact.MULTIPLIERS)
        multiplier = entry.decimal("multiplier", fact=Fact.MULTIPLIERS)
        if name is not None and multiplier is not None:
            multipliers[name] = multiplier
    fields.merge(own)
    return {} if own.damaged else multipliers


def _legacy_multipliers(fields: Fields, names: list[str]) -> dict[str, Decimal]:
    multipliers: dict[str, Decimal] = {}
    for part, field in _LEGACY.items():
        if not fields.sent(field):
            continue
        multiplier = fields.decimal(field, low=0, fact=Fact.MULTIPLIERS)
        if multiplier is None and (field in fields or fields.why_missing(field)):
            return {}
        name = next((name for name in names if part in name.lower()), None)
        if multiplier and name is not None:
            multipliers[name] = multiplier
    return multipliers


def _state(
    performance: Performance, row: Row, fields: Fields, entries: list[Fields], facts: Facts
) -> PayoutState:
    """Settled only when nothing can move any more; a flag alone says nothing."""
    if facts.listed is not None and facts.listed.state is PayoutState.SETTLED:
        return PayoutState.SETTLED
    resolved = _resolved(row, fields, facts.round)
    outlived = facts.newest is not None and row.number < facts.newest - OUTLIVED
    nothing_to_pay = performance.at_risk is not None and not performance.at_risk
    final = outlived or (resolved and (nothing_to_pay or _all_final(performance.scores, entries)))
    return PayoutState.SETTLED if final else PayoutState.PENDING


def _resolved(row: Row, fields: Fields, round_: Round | None) -> bool:
    said = None
    if not row.scores_only:
        said = fields.boolean("roundResolved", fact=Fact.RESOLVED)
    if said is None:
        return round_.resolved if round_ else False
    return said


def _all_final(scores: tuple[Score, ...], entries: list[Fields]) -> bool:
    """Whether every score that pays has its last value, and its payout where that is told."""
    entries_by_name = {entry.text("displayName"): entry for entry in entries}
    paying = [score for score in scores if score.multiplier]
    return bool(paying) and all(
        score.value is not None
        and score.name in entries_by_name
        and _is_final(entries_by_name[score.name])
        for score in paying
    )


def _is_final(entry: Fields) -> bool:
    final = entry.boolean("resolved", fact=Fact.FINAL_SCORES)
    if final is False or _unclear(entry, "resolved"):
        return False
    if not entry.asked("payoutSettled"):
        return True
    return entry.nmr("payoutSettled", negative=True, fact=Fact.SCORE_PAYOUTS) is not None


def _unclear(entry: Fields, name: str) -> bool:
    return entry.asked(name) and entry.why_missing(name) is not None


def _payout(
    row: Performance, listed: ListedPayout | None, entries: list[Fields]
) -> tuple[NMR | None, PayoutSource | None]:
    """Numerai's own figure, else the sum of its per-score payouts, else our arithmetic."""
    scored = any(score.value is not None for score in row.scores)
    if listed is not None and (scored or listed.nmr or listed.state is PayoutState.SETTLED):
        return listed.nmr, PayoutSource.NUMERAI
    summed = _summed(entries, row.scores, row.state)
    if not scored:
        return None, None
    if summed is not None:
        return summed, PayoutSource.SCORES
    if row.at_risk is None:
        return None, None
    computed = payout(row.at_risk, row.scores, row.factor, row.clip)
    return computed, None if computed is None else PayoutSource.COMPUTED


def _summed(entries: list[Fields], scores: tuple[Score, ...], state: PayoutState) -> NMR | None:
    """The per-score payouts added up; ``None`` when one that should be there is missing."""
    paying = {score.name for score in scores if score.multiplier}
    names: tuple[str, ...] = ("payoutSettled",)
    if state is PayoutState.PENDING:
        names = ("payoutPending", "payoutSettled")
    amounts: dict[str, NMR] = {}
    for entry in entries:
        name = entry.text("displayName")
        if name in paying:
            parts = (entry.nmr(key, negative=True, fact=Fact.SCORE_PAYOUTS) for key in names)
            amount = next((part for part in parts if part is not None), None)
            if amount is not None:
                amounts[name] = amount
    if not paying or paying - amounts.keys():
        return None
    return NMR.total(amounts.values())
