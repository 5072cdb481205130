"""Rounds with the scores they are paid by, and payouts Numerai lists itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.payout import PayoutState
from ledger.domain.round import Round, ScoreConfig
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems


@dataclass(frozen=True, slots=True)
class ListedPayout:
    """A payout as Numerai lists it; negative for a burn."""

    nmr: NMR
    state: PayoutState


def read_rounds(
    data: Mapping[str, Json], aliases: Mapping[str, Tournament], problems: Problems
) -> tuple[Round, ...]:
    """``rounds`` of several tournaments, one alias each; between rounds a list may be [null]."""
    found: dict[tuple[Tournament, int], Round] = {}
    top = Fields(dict(data), "rounds", problems)
    for alias, tournament in aliases.items():
        rows = top.named(f"{tournament.label} rounds").children(alias)
        for row in rows:
            entry = _round(row, tournament)
            if entry is not None:
                found.setdefault((tournament, entry.number), entry)
    return tuple(found.values())


def _round(row: Fields, tournament: Tournament) -> Round | None:
    number = row.integer("number", required=True, low=1)
    if number is None:
        return None
    row = row.named(f"{tournament.label} round {number}")
    opens = row.time("openTime", required=True)
    if opens is None:
        return None
    return Round(
        tournament=tournament,
        number=number,
        opens=opens,
        closes=row.time("closeTime"),
        closes_staking=_close(row, opens),
        scored=row.time("scoreTime"),
        resolves=row.time("resolveTime"),
        resolved=_resolved(row),
        payout_factor=row.decimal("payoutFactor", low=0, high=1),
        stake_threshold=row.decimal("stakeThreshold", low=0),
        target=row.text("target"),
        scores=_configs(row),
    )


def _close(row: Fields, opens: datetime) -> datetime | None:
    close = row.time("closeStakingTime") or row.time("closeTime")
    if close is not None and close < opens:
        row.report("closeStakingTime", "before the round opens")
        return None
    return close


def _resolved(row: Fields) -> bool:
    """Final only when neither side of the round can move any more."""
    said = [row.boolean("resolvedGeneral"), row.boolean("resolvedStaking")]
    known = [value for value in said if value is not None]
    if not known:
        row.report("resolvedStaking", "missing; taken as not resolved")
    return bool(known) and all(known)


def _configs(row: Fields) -> tuple[ScoreConfig, ...]:
    found: dict[tuple[str, str | None], ScoreConfig] = {}
    for entry in row.children("roundScoreConfigs"):
        display_name = entry.text("displayName") or entry.text("name")
        if display_name is None:
            row.report("roundScoreConfigs", "a score without a name; left out")
            continue
        config = ScoreConfig(
            name=entry.text("name") or display_name,
            display_name=display_name,
            version=entry.text("version"),
            is_payout=entry.boolean("isPayout") or False,
            multiplier=entry.decimal("defaultMultiplier"),
            clip=entry.decimal("clipThreshold", low=0, high=1),
            payout_factor=entry.decimal("payoutFactor", low=0, high=1),
            stake_threshold=entry.decimal("stakeThreshold", low=0),
            days=entry.integer("totalScoreDays", low=1),
        )
        found.setdefault((config.display_name, config.version), config)
    return tuple(found.values())


def paid_factor(entry: Round) -> Decimal | None:
    """The payout factor of a round: its own, else that of its paying scores.

    Atomic rounds pay in full and may say so by naming neither factor nor threshold.
    """
    factors = [entry.payout_factor, *(score.payout_factor for score in entry.payout_scores)]
    known = next((factor for factor in factors if factor is not None), None)
    thresholds = [entry.stake_threshold, *(score.stake_threshold for score in entry.payout_scores)]
    if known is None and entry.clip == 1 and not any(thresholds):
        return Decimal(1)
    return known


def read_listed_payouts(
    data: Mapping[str, Json], aliases: Mapping[str, Tournament], problems: Problems
) -> dict[tuple[str, int], ListedPayout]:
    """``pendingModelPayouts`` of several tournaments by model id and round; settled ones win."""
    found: dict[tuple[str, int], ListedPayout] = {}
    top = Fields(dict(data), "payouts", problems)
    for alias, tournament in aliases.items():
        lists = top.named(f"{tournament.label} payouts").child(alias)
        if lists is None:
            continue
        for name, state in (("pending", PayoutState.PENDING), ("actual", PayoutState.SETTLED)):
            for row in lists.children(name):
                model_id, number = row.text("modelId"), row.integer("roundNumber", low=1)
                model = row.text("modelName") or model_id or "a model"
                entry = row.named(f"{model}, {tournament.label} round {number}")
                nmr = entry.nmr("payoutNmr", negative=True)
                if model_id is not None and number is not None and nmr is not None:
                    found[model_id, number] = ListedPayout(nmr, state)
    return found
