"""Rounds with the scores they are paid by, and payouts Numerai lists itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from ledger.dataclass import dataclass
from ledger.domain import names
from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.numerai.answers import Reply
from ledger.numerai.wire.fields import Fields, Problems
from ledger.rules.rounds.calendar import HIGHEST_ROUND

_NONE_KNOWN: Mapping[tuple[Tournament, int], Round] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListedPayout:
    """A payout as Numerai lists it, negative ``nmr`` for a burn; ``state`` is the list it is on."""

    nmr: NMR
    state: PayoutState


@dataclass(frozen=True, slots=True)
class RoundList:
    """``rounds`` of several tournaments; ``damaged`` are those of which something can't be used."""

    rounds: tuple[Round, ...]
    damaged: frozenset[tuple[Tournament, int]]


def read_rounds(
    reply: Reply,
    aliases: Mapping[str, Tournament],
    problems: Problems,
    stored: Mapping[tuple[Tournament, int], Round] = _NONE_KNOWN,
    highest: int = HIGHEST_ROUND,
) -> RoundList:
    """``rounds`` of several tournaments, one alias each; between rounds a list may be [null].

    What is missing of a round stays as it is ``stored``. A round of which nobody ever told when
    it opens is left out, and one numbered above ``highest``; one of which nobody tells whether it
    is resolved is not.
    """
    rounds: dict[tuple[Tournament, int], Round] = {}
    damaged: set[tuple[Tournament, int]] = set()
    top = Fields.top(reply, "rounds", problems)
    for alias, tournament in aliases.items():
        asker = top.named(f"{tournament.label} rounds", str(int(tournament)))
        for row in asker.children(alias, fact=Fact.ROUNDS, gaps=True):
            own = Problems()
            entry = _round(row.reporting(own), tournament, stored, highest)
            row.merge(own)
            if entry is not None:
                rounds.setdefault((tournament, entry.number), entry)
                if own.damaged:
                    damaged.add((tournament, entry.number))
    return RoundList(tuple(rounds.values()), frozenset(damaged))


def _round(
    row: Fields,
    tournament: Tournament,
    stored: Mapping[tuple[Tournament, int], Round],
    highest: int,
) -> Round | None:
    number = row.round_number("number", required=True, highest=highest)
    if number is None:
        row.lacks(Fact.ROUNDS, "A round without a number can't be placed.")
        return None
    row = row.named(f"{tournament.label} round {number}")
    before = stored.get((tournament, number))
    opens = row.time("openTime", required=True, fact=Fact.ROUND_TIMES)
    opens = opens or (before.opens if before else None)
    if opens is None:
        row.lacks(Fact.ROUNDS, "When a round opens is not told.", asked=row.asked("openTime"))
        return None
    entry = Round(
        tournament=tournament,
        number=number,
        opens=opens,
        closes=row.time("closeTime", fact=Fact.ROUND_TIMES),
        closes_staking=_close(row, opens, before),
        scored=row.time("scoreTime", fact=Fact.ROUND_TIMES),
        resolves=row.time("resolveTime", fact=Fact.ROUND_RESOLVE_TIME),
        resolved=_resolved(row, before),
        payout_factor=row.decimal("payoutFactor", low=0, high=1, fact=Fact.ROUND_FACTOR),
        stake_threshold=row.decimal("stakeThreshold", low=0, fact=Fact.ROUND_FACTOR),
        target=row.text("target", fact=Fact.ROUND_TARGET),
        scores=_configs(row),
    )
    return entry if before is None else _kept(entry, before, row)


_KEPT = {
    "closes": "closeTime",
    "closes_staking": "closeStakingTime",
    "scored": "scoreTime",
    "resolves": "resolveTime",
    "payout_factor": "payoutFactor",
    "stake_threshold": "stakeThreshold",
    "target": "target",
}


def _kept(entry: Round, before: Round, row: Fields) -> Round:
    """``entry`` with the former value of what is missing or unreadable in ``row``."""
    kept = {
        name: getattr(before, name)
        for name, field in _KEPT.items()
        if getattr(entry, name) is None and (field in row or row.why_missing(field))
    }
    if not entry.scores and "roundScoreConfigs" not in row:
        kept["scores"] = before.scores
    return replace(entry, **kept)


def _close(row: Fields, opens: datetime, before: Round | None) -> datetime | None:
    """The staking close; where it is null the one before, else the close of the round, which is
    no more than an upper bound."""
    fact = Fact.ROUND_STAKING_CLOSE
    close = row.time("closeStakingTime", fact=fact)
    if close is None and "closeStakingTime" not in row and not row.why_missing("closeStakingTime"):
        row.lacks(fact, "When staking closes is null.", asked=False)
        close = (before.closes_staking if before else None) or row.time("closeTime")
    if close is not None and close < opens:
        row.report("closeStakingTime", "before the round opens")
        row.lacks(fact, "The staking close lies before the round opens.")
        return None
    return close


def _resolved(row: Fields, before: Round | None) -> bool:
    """Final only when neither side of the round can move any more."""
    said = [row.boolean(name, fact=Fact.ROUND_RESOLVED) for name in _RESOLVED]
    flags = [value for value in said if value is not None]
    if False in flags:
        return False
    if any(row.why_missing(name) and row.asked(name) for name in _RESOLVED) or not flags:
        if not flags:
            row.report("resolvedStaking", "missing; taken as not resolved")
            row.lacks(Fact.ROUND_RESOLVED, "Whether a round is resolved is not told.")
        return before.resolved if before else False
    return True


_RESOLVED = ("resolvedGeneral", "resolvedStaking")


def _configs(row: Fields) -> tuple[ScoreConfig, ...]:
    fact = Fact.SCORE_CONFIGS
    configs: dict[tuple[str, str | None], ScoreConfig] = {}
    if row.sent("roundScoreConfigs") and "roundScoreConfigs" not in row:
        row.lacks(fact, "What a round is paid by is null.")
    for entry in row.children("roundScoreConfigs", fact=fact):
        name, display_name = entry.text("name"), entry.text("displayName", fact=fact)
        display_name = display_name or name
        if display_name is None:
            row.report("roundScoreConfigs", "a score without a name; left out")
            row.lacks(fact, "A score has no name.")
            continue
        config = ScoreConfig(
            name=name or display_name,
            display_name=display_name,
            version=entry.text("version", fact=fact),
            is_payout=_pays(entry),
            multiplier=entry.decimal("defaultMultiplier", fact=fact),
            clip=entry.decimal("clipThreshold", low=0, high=1, fact=fact),
            payout_factor=entry.decimal("payoutFactor", low=0, high=1, fact=Fact.ROUND_FACTOR),
            stake_threshold=entry.decimal("stakeThreshold", low=0, fact=Fact.ROUND_FACTOR),
            days=entry.days("totalScoreDays", low=1, fact=fact),
        )
        configs.setdefault((config.display_name, config.version), config)
    return tuple(configs.values())


def _pays(entry: Fields) -> bool:
    """Whether a score pays; where that is null it is not told."""
    pays = entry.boolean("isPayout", fact=Fact.SCORE_CONFIGS)
    if pays is None and entry.asked("isPayout"):
        entry.lacks(Fact.SCORE_CONFIGS, "Whether a score pays is not told.")
    return pays or False


def paid_factor(entry: Round) -> Decimal | None:
    """The payout factor of a round: its own, else that of its paying scores.

    Atomic rounds pay in full and may say so by naming neither factor nor threshold.
    """
    factors = [entry.payout_factor, *(score.payout_factor for score in entry.payout_scores)]
    first_factor = next((factor for factor in factors if factor is not None), None)
    thresholds = [entry.stake_threshold, *(score.stake_threshold for score in entry.payout_scores)]
    if first_factor is None and entry.clip == 1 and not any(thresholds):
        return Decimal(1)
    return first_factor


@dataclass(frozen=True, slots=True)
class PayoutLists:
    """Listed payouts by model id and round.

    ``actual`` and ``pending`` are the tournaments whose list of settled or pending payouts was
    told whole: only there does what is not on it tell anything.
    """

    payouts: Mapping[tuple[str, int], ListedPayout] = field(default_factory=dict)
    actual: frozenset[Tournament] = frozenset()
    pending: frozenset[Tournament] = frozenset()


_LISTS = (
    ("pending", PayoutState.PENDING, Fact.PENDING_PAYOUTS),
    ("actual", PayoutState.SETTLED, Fact.SETTLED_PAYOUTS),
)


def read_listed_payouts(
    reply: Reply, aliases: Mapping[str, Tournament], problems: Problems
) -> PayoutLists:
    """``pendingModelPayouts`` of several tournaments; settled ones win over pending ones."""
    payouts_by_row: dict[tuple[str, int], ListedPayout] = {}
    complete: dict[str, set[Tournament]] = {"pending": set(), "actual": set()}
    top = Fields.top(reply, "payouts", problems)
    both = (Fact.PENDING_PAYOUTS, Fact.SETTLED_PAYOUTS)
    for alias, tournament in aliases.items():
        place = f"{tournament.label} payouts"
        lists = top.named(place, str(int(tournament))).child(alias, fact=both)
        if lists is None:
            continue
        for name, state, fact in _LISTS:
            payouts, whole = _listed(lists, name, state, fact, tournament)
            payouts_by_row |= payouts
            if whole:
                complete[name].add(tournament)
    return PayoutLists(
        payouts_by_row, frozenset(complete["actual"]), frozenset(complete["pending"])
    )


def _listed(
    lists: Fields, name: str, state: PayoutState, fact: Fact, tournament: Tournament
) -> tuple[dict[tuple[str, int], ListedPayout], bool]:
    """The rows of one list that can be read, and whether those are all of them."""
    problems = Problems()
    rows = lists.reporting(problems).children_or_none(name, fact=fact)
    payouts = {}
    for row in rows or ():
        model_id, number = row.text("modelId"), row.round_number("roundNumber")
        model = names.clean(row.text("modelName") or "") or model_id or "a model"
        entry = row.named(f"{model}, {tournament.label} round {number}")
        nmr = entry.nmr("payoutNmr", negative=True, fact=fact)
        if model_id is None or number is None or nmr is None:
            entry.lacks(fact, "A payout can't be read.")
        else:
            payouts[model_id, number] = ListedPayout(nmr, state)
    lists.merge(problems)
    return payouts, rows is not None and not problems.damaged
