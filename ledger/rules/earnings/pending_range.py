"""How far a running round's payout may still move, from how such rounds moved before.

A revision is a round's final weighted score less the one seen on a scoring day. While too few
were seen on the same day, the scores still to come are taken to be like final ones of settled
rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Band
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.rules.earnings.expectation import RateHistory
from ledger.rules.rounds.payout import payout_rate, scoring_day, weighted_score
from ledger.rules.stakes.stepping import BILLION

FEWEST = 20
"""How many revisions, or final scores, a band rests on at least; from fewer none is drawn."""

_LOW, _HIGH = 10, 90
"""The percentiles that a band lies between."""

Days = Mapping[tuple[str, int], Mapping[int, Decimal]]
"""Weighted scores by model id and round, then by scoring day."""

Pays = tuple[tuple[str, Decimal], ...]
"""What a round pays: names and multipliers."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle four fifths of ``count`` values, from ``low`` to ``high``."""

    low: Decimal
    high: Decimal
    count: int


class ScoreRevisions:
    """How far the weighted scores of one tournament's settled rounds still moved.

    A revision is a round's final score less the one of a scoring day; they are kept by what the
    rounds pay and by that day.
    """

    def __init__(self, settled: Iterable[Performance], days: Days) -> None:
        self._days = days
        self._revisions: dict[tuple[Pays, int], list[Decimal]] = {}
        self._spreads: dict[tuple[Pays, int], Spread | None] = {}
        for entry in settled:
            self.learn(entry)

    def learn(self, entry: Performance) -> None:
        """Take in one performance more; one that runs teaches nothing."""
        final = weighted_score(entry.scores)
        if entry.state is not PayoutState.SETTLED or final is None:
            return
        for day, weighted in self._days.get((entry.model_id, entry.round), {}).items():
            self._revisions.setdefault((pays(entry), day), []).append(final - weighted)
        self._spreads.clear()

    def of(self, entry: Performance) -> Spread | None:
        """How rounds that pay the same moved from the day ``entry`` is on."""
        day = scoring_day(entry.scores)
        if day is None:
            return None
        key = (pays(entry), day)
        if key not in self._spreads:
            self._spreads[key] = spread(self._revisions.get(key, ()))
        return self._spreads[key]


class Finals:
    """Final rates of settled rounds, as they would be paid now."""

    def __init__(self, history: RateHistory | None) -> None:
        self._own: dict[str, Spread | None] = {}
        if history is not None:
            columns = zip(*history.rates, strict=True)
            for model_id, rates in zip(history.models, columns, strict=True):
                self._own[model_id] = spread([Decimal(rate) / BILLION for rate in rates])

    def of(self, model_id: str) -> Spread | None:
        """Those of one model, by a factor of 1."""
        return self._own.get(model_id)


def band(entry: Performance, days: int, revisions: ScoreRevisions, finals: Finals) -> Band | None:
    """Where the payout of a running ``entry`` may end; its round has ``days`` scoring days.

    ``None`` while factor, clip or the stake at risk are not known, and where there is too little
    history.
    """
    if entry.factor is None or entry.clip is None or not entry.at_risk:
        return None
    at_risk, factor, clip = entry.at_risk, entry.factor, entry.clip
    now = weighted_score(entry.scores) or Decimal(0)
    moved, count = revisions.of(entry), 0
    if moved is not None:
        low, high, count = now + moved.low, now + moved.high, moved.count
    else:
        final = finals.of(entry.model_id)
        if final is None:
            return None
        share = Decimal(min(days, scoring_day(entry.scores) or 0)) / max(1, days)
        low, high = (now * share + end * (1 - share) for end in (final.low, final.high))

    def paid(weighted: Decimal) -> Decimal:
        return at_risk.times(payout_rate(weighted, factor, clip)).amount

    stands = entry.payout.amount if entry.payout is not None else paid(now)
    return Band(stands, paid(low), paid(high), count)


def spread(values: Sequence[Decimal]) -> Spread | None:
    """``None`` from fewer than :data:`FEWEST` values."""
    if len(values) < FEWEST:
        return None
    ranked = sorted(values)
    last = len(ranked) - 1
    return Spread(ranked[last * _LOW // 100], ranked[-(-last * _HIGH // 100)], len(ranked))


def pays(entry: Performance) -> Pays:
    """What a round pays one model."""
    paying = ((score.name, score.multiplier) for score in entry.scores if score.multiplier)
    return tuple(sorted(paying))
