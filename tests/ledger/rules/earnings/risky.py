"""Small accounts to estimate the risk of, and the same figures by plain arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt
from statistics import fmean

from ledger.domain.earnings.paid_rounds import PaidRound, TournamentEarnings
from ledger.domain.model import Model, Tournament
from ledger.rules.earnings.risk_facts import RiskFacts, RunningRounds

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = 1300
"""The number of the first settled round."""

CLASSIC = Tournament.CLASSIC
STAKES = (Decimal(100), Decimal(40), Decimal(7))
"""What the models have at risk in every round."""

CLIP = Decimal("0.05")
IDS = ("a", "b", "c")


@dataclass(frozen=True, slots=True)
class Scored:
    """A running round: how much of its scores there is, and what they would pay per NMR."""

    share: Decimal
    rates: tuple[Decimal, ...]


RUNNING = (
    Scored(Decimal("0.75"), (Decimal("0.02"), Decimal("-0.04"), Decimal("0.05"))),
    Scored(Decimal("0.5"), (Decimal("0.01"), Decimal("-0.03"), Decimal("-0.05"))),
    Scored(Decimal("0.25"), (Decimal("-0.01"), Decimal("0.02"), Decimal("0.01"))),
    Scored(Decimal(0), (Decimal(0), Decimal(0), Decimal(0))),
)


def facts(
    rates: Sequence[Sequence[Decimal | None]],
    running: Sequence[Scored] = RUNNING,
    stakes: Sequence[Decimal | None] = STAKES,
    *,
    atomic: bool = False,
) -> RiskFacts:
    """An account that settled ``rates``, oldest first, a column a model; ``None``: took no part."""
    count = len(stakes)
    settled = [
        _paid(FIRST + place, line, [Decimal(10)] * count, running=False, atomic=atomic)
        for place, line in enumerate(rates)
    ]
    first = FIRST + len(rates)
    still = [
        _paid(first + place, entry.rates, stakes, running=True, atomic=atomic)
        for place, entry in enumerate(running)
    ]
    models = tuple(Model(id=IDS[n], name=f"model_{n}", tournament=CLASSIC) for n in range(count))
    shares = {first + place: entry.share for place, entry in enumerate(running)}
    return RiskFacts(
        earned=(TournamentEarnings(CLASSIC, models, tuple((settled + still)[::-1])),),
        running={CLASSIC: RunningRounds(shares, 24)},
        names={model.id: model.name for model in models},
        computed=NOW,
        revision=3,
    )


def _paid(
    number: int,
    rates: Sequence[Decimal | None],
    stakes: Sequence[Decimal | None],
    *,
    running: bool,
    atomic: bool,
) -> PaidRound:
    paid = tuple(
        None if rate is None or stake is None else rate * stake
        for rate, stake in zip(rates, stakes, strict=True)
    )
    return PaidRound(
        tournament=CLASSIC,
        number=number,
        opens=NOW,
        resolves=NOW,
        atomic=atomic,
        taking=tuple(rate is not None for rate in rates),
        settled=None if running else paid,
        pending=paid if running else None,
        at_risk=tuple(stakes),
        clip=Decimal(1) if atomic else CLIP,
    )


def permuted(given: RiskFacts, order: Sequence[int]) -> RiskFacts:
    """The same account with its models in another order."""
    (earnings,) = given.earned

    def row(values: Sequence[object] | None) -> object:
        return None if values is None else tuple(values[place] for place in order)

    rounds = tuple(
        replace(
            entry,
            taking=row(entry.taking),
            settled=row(entry.settled),
            pending=row(entry.pending),
            at_risk=row(entry.at_risk),
        )
        for entry in earnings.rounds
    )
    models = tuple(earnings.models[place] for place in order)
    return replace(given, earned=(TournamentEarnings(CLASSIC, models, rounds),))


# By plain arithmetic


def without_gaps(rates: Sequence[Sequence[float | None]]) -> list[list[float]]:
    """Where a model took no part: its mean, moved as the others were off theirs."""
    means = [fmean(x for x in column if x is not None) for column in zip(*rates, strict=True)]
    whole = []
    for line in rates:
        off = [x - mean for x, mean in zip(line, means, strict=True) if x is not None]
        moved = fmean(off) if off else 0.0
        whole.append([m + moved if x is None else x for x, m in zip(line, means, strict=True)])
    return whole


def futures(
    rates: Sequence[Sequence[float]], rows: Sequence[Sequence[int]], running: Sequence[Scored]
) -> list[list[float]]:
    """What every model is paid in every future."""
    clip, result = float(CLIP), []
    for row in rows:
        paid = [0.0] * len(STAKES)
        for drawn, entry in zip(row, running, strict=True):
            for place, stake in enumerate(STAKES):
                share = float(entry.share)
                rate = float(entry.rates[place]) * share + rates[drawn][place] * (1 - share)
                paid[place] += float(stake) * max(-clip, min(clip, rate))
        result.append(paid)
    return result


def correlation(x: Sequence[float | None], y: Sequence[float | None]) -> float:
    """Pearson's, over the rounds both have."""
    both = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    first, second = fmean(a for a, _ in both), fmean(b for _, b in both)
    moved = sum((a - first) * (b - second) for a, b in both)
    return (
        moved
        / sqrt(sum((a - first) ** 2 for a, _ in both))
        / sqrt(sum((b - second) ** 2 for _, b in both))
    )


def sharpe(rates: Sequence[float], lag: int) -> tuple[float, float]:
    """The ratio and Lo's standard error of it with Newey and West's weights."""
    count, mean = len(rates), fmean(rates)
    off = [rate - mean for rate in rates]
    deviation = sqrt(fmean(one * one for one in off))
    ratio = mean / deviation
    influence = [one / deviation - ratio / 2 * (one * one / deviation**2 - 1) for one in off]
    alone = sum(one * one for one in influence) / count
    shared = sum(
        (1 - apart / (lag + 1)) * influence[at] * influence[at - apart] / count
        for apart in range(1, lag + 1)
        for at in range(apart, count)
    )
    return ratio, sqrt((alone + 2 * max(shared, 0.0)) / count)


def deepest(payouts: Mapping[int, Decimal]) -> Decimal:
    """The deepest fall of their running sum, below zero where it begins by falling."""
    sums = [Decimal(0)]
    for number in sorted(payouts):
        sums.append(sums[-1] + payouts[number])
    return max(max(sums[: at + 1]) - value for at, value in enumerate(sums))
