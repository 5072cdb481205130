"""What positions are expected to earn: nothing, a typed rate, or what the models' scores say.

A rate is what one NMR in a position of one round earns, kept in whole billionths; scores are
statistics, so they may pass through floats before that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.rules.rounds import calendar
from ledger.rules.rounds.payout import payout_rate
from ledger.rules.stakes.stepping import BILLION
from ledger.rules.stakes.strategy_facts import StrategyFacts

_FEWEST = 20
"""How many settled rounds an expectation rests on at least."""


@dataclass(frozen=True, slots=True)
class RateHistory:
    """Rates of the models in past rounds, oldest first: ``rates[round][model]`` in billionths.

    ``block`` is how many rounds overlap, so how many belong together when they are drawn. A
    missing cell holds the model's mean moved by how the others did in that round: the models
    keep their correlation. ``cells`` counts those that were really scored.
    """

    models: tuple[str, ...]
    rounds: tuple[int, ...]
    rates: tuple[tuple[int, ...], ...]
    block: int
    cells: int

    def means(self) -> dict[str, int]:
        """The mean rate by model id."""
        columns = zip(*self.rates, strict=True)
        sums = zip(self.models, map(sum, columns), strict=True)
        return {model: total // len(self.rates) for model, total in sums}


@dataclass(frozen=True, slots=True)
class Payouts:
    """How payouts are expected; made by :meth:`off`, :meth:`typed` and :meth:`from_history`.

    ``rate`` is what one NMR in a position earns, in billionths, 0 for nothing; ``history`` is set
    where the models' past rounds say it instead.
    """

    rate: int = 0
    history: RateHistory | None = None

    @classmethod
    def off(cls) -> Payouts:
        """No payouts."""
        return cls()

    @classmethod
    def typed(cls, rate: Decimal) -> Payouts:
        """``rate`` for every position: 0.01 earns 1 % of its stake. Cut to billionths.

        Raises:
            ValueError: it would burn more than the stake.
        """
        if rate < -1:
            raise ValueError("a position can't burn more than its stake")
        return cls(rate=int(rate * BILLION))

    @classmethod
    def from_history(cls, history: RateHistory) -> Payouts:
        """The models' own means, with a band drawn from their rounds."""
        return cls(history=history)

    @property
    def expected(self) -> bool:
        """Whether anything is expected at all."""
        return bool(self.rate) or self.history is not None


@dataclass(frozen=True, slots=True)
class RateSoFar:
    """What the scores of a running position show so far.

    ``rate`` is what they would pay, ``share`` how much of the scores there is already; both in
    billionths, of the stake and of all scores.
    """

    rate: int
    share: int

    def blend(self, rate: int) -> int:
        """The scores there are, and ``rate`` for those to come."""
        return (self.rate * self.share + rate * (BILLION - self.share)) // BILLION


@dataclass(slots=True)
class Expected:
    """The rate of every position on the way: :class:`ledger.rules.stakes.stepping.Rates`.

    ``payouts`` is how they are expected, ``so_far`` what running positions show by model id and
    round.
    """

    payouts: Payouts
    so_far: Mapping[tuple[str, int], RateSoFar]
    _means: dict[str, int] = field(default_factory=dict)
    _usual: int = 0

    def __post_init__(self) -> None:
        if self.payouts.history is not None:
            self._means = self.payouts.history.means()
            self._usual = sum(self._means.values()) // max(1, len(self._means))

    def rate(self, model_id: str, number: int) -> int:
        """Typed; or the model's mean, beside the scores the position has already."""
        if self.payouts.history is None:
            return self.payouts.rate
        mean = self._means.get(model_id, self._usual)
        so_far = self.so_far.get((model_id, number))
        return mean if so_far is None else so_far.blend(mean)


def rates_so_far(facts: StrategyFacts) -> dict[tuple[str, int], RateSoFar]:
    """What the scores of running positions show so far, by model id and round."""
    days = facts.schedule.score_days
    shares: dict[int, int] = {}
    rates = {}
    for row in facts.positions:
        if row.tournament is facts.tournament and row.state.running and row.payout is not None:
            if row.round not in shares:
                shares[row.round] = _scored(row.round, days, facts.now) * BILLION // days
            rate = int(row.payout.over(row.stake) * BILLION) if row.stake else 0
            rates[row.model_id, row.round] = RateSoFar(rate, shares[row.round])
    return rates


def _scored(number: int, days: int, now: datetime) -> int:
    """How many of a round's daily scores are there."""
    return bisect_right(range(1, days + 1), now, key=lambda day: calendar.resolves(number, day))


def rate_history(
    performances: Iterable[Performance],
    rounds: Iterable[Round],
    model_ids: Collection[str] | None,
) -> RateHistory | None:
    """What ``model_ids`` (all if ``None``) would have earned in the past, by the newest round's
    rule.

    Of every settled round that has the scores which pay now: score times today's multiplier,
    today's clip, factor 1. ``performances`` and ``rounds`` of one tournament. ``None`` from
    fewer than 20 rounds, and while no round says what pays.
    """
    pays = _pays(rounds)
    if not pays:
        return None
    clip = next((score.clip for score in pays if score.clip is not None), Decimal(1))
    chosen = None if model_ids is None else set(model_ids)
    cells: dict[int, dict[str, int]] = {}
    for entry in performances:
        counts = chosen is None or entry.model_id in chosen
        if entry.state is PayoutState.SETTLED and counts:
            rate = _rate(entry, pays, clip)
            if rate is not None:
                cells.setdefault(entry.round, {})[entry.model_id] = rate
    if len(cells) < _FEWEST:
        return None
    models = tuple(sorted({model for row in cells.values() for model in row}))
    numbers = tuple(sorted(cells))
    days = max((score.days for score in pays if score.days), default=_FEWEST)
    return RateHistory(
        models=models,
        rounds=numbers,
        rates=_filled(models, [cells[number] for number in numbers]),
        block=min(days, len(numbers)),
        cells=sum(map(len, cells.values())),
    )


def _pays(rounds: Iterable[Round]) -> tuple[ScoreConfig, ...]:
    """The paying scores of the newest round that has multipliers."""
    for entry in sorted(rounds, key=lambda entry: -entry.number):
        pays = tuple(score for score in entry.payout_scores if score.multiplier)
        if pays:
            return pays
    return ()


def _rate(entry: Performance, pays: Iterable[ScoreConfig], clip: Decimal) -> int | None:
    values = {score.name: score.value for score in entry.scores}
    weighted = Decimal(0)
    for score in pays:
        value = values.get(score.name)
        if value is None:
            value = values.get(score.display_name)
        if value is None or score.multiplier is None:
            return None
        weighted += Decimal(value) * score.multiplier
    return int(payout_rate(weighted, Decimal(1), clip) * BILLION)


def _filled(models: tuple[str, ...], rows: list[dict[str, int]]) -> tuple[tuple[int, ...], ...]:
    """The whole table; see :class:`RateHistory` for the cells that were missing."""
    sums = dict.fromkeys(models, 0)
    counts = dict.fromkeys(models, 0)
    for row in rows:
        for model, rate in row.items():
            sums[model] += rate
            counts[model] += 1
    means = {model: sums[model] // counts[model] for model in models}
    table = []
    for row in rows:
        moved = sum(rate - means[model] for model, rate in row.items()) // len(row)
        table.append(tuple(row.get(model, means[model] + moved) for model in models))
    return tuple(table)
