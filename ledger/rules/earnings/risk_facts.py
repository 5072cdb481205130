"""What risk is estimated from: rounds as they were paid, as tables of rates and of stakes.

A rate is what one NMR at risk earned in a round (negative: burned).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Context, Decimal, localcontext
from math import nan
from typing import TYPE_CHECKING, Any

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Amounts, PaidRound, TournamentEarnings, exactly
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.round import Round
from ledger.rules.rounds import calendar

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

HISTORY = 500
"""How many of the newest rounds are looked at: two years of daily ones."""

USUAL_DAYS = 20
"""Scoring days of a round that does not say how many it has."""

_NOTHING, _ONE = Decimal(0), Decimal(1)

_DIGITS = 12
"""Places of a rate: stakes and payouts are cut to wei, finer differences are no movement."""

_WEI = Decimal(10) ** 18
"""In an NMR."""

_ENOUGH = 60
"""Digits that no sum of stakes times clips needs."""


@dataclass(frozen=True, slots=True)
class RunningRounds:
    """A tournament's newest rounds by number, as risk has to know them.

    ``shares`` is how much of each one's scores there is, 0 to 1; ``at_once`` is how many rounds
    run at a time, which is how many share scoring days with the next.
    """

    shares: Mapping[int, Decimal]
    at_once: int

    @classmethod
    def of(cls, rounds: Iterable[Round], now: datetime) -> RunningRounds:
        """By the calendar, at ``now``."""
        days = {entry.number: _days(entry) for entry in rounds}
        shares = {
            number: Decimal(
                calendar.scoring_day(max(number, calendar.FIRST_DAILY_ROUND), count, now)
            )
            / count
            for number, count in days.items()
        }
        longest = max(days.values(), default=USUAL_DAYS)
        return cls(shares, calendar.concurrent_rounds(longest))


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """All that figures follow from: ``earned`` with what was at risk, the newest :data:`HISTORY`
    rounds of each tournament, and ``running`` by tournament. ``names`` tells models apart by id.

    ``computed`` and ``revision`` as in :class:`ledger.domain.risk.RiskBasis`.
    """

    earned: tuple[TournamentEarnings, ...]
    running: Mapping[Tournament, RunningRounds]
    names: Mapping[str, str]
    computed: datetime
    revision: int

    @property
    def at_once(self) -> int:
        """The most rounds that run at a time in any tournament."""
        usual = calendar.concurrent_rounds(USUAL_DAYS)
        return max((entry.at_once for entry in self.running.values()), default=usual)


@dataclass(frozen=True, slots=True)
class Running:
    """One model in one running round: ``at_risk`` NMR, ``payout`` by the scores so far, of which
    there is ``scored`` (0 to 1). ``clip`` is the most one NMR can burn, all of it where the round
    does not say."""

    number: int
    at_risk: Decimal | None
    payout: Decimal | None
    scored: Decimal
    clip: Decimal
    atomic: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One model's rounds, oldest first.

    ``settled`` has what settled rounds paid by number, ``staked`` what they had at risk where that
    is known; ``running`` has the model's part of each running round.
    """

    model: Model
    settled: Mapping[int, Decimal]
    staked: Mapping[int, Decimal]
    running: tuple[Running, ...]
    at_once: int

    @property
    def unknown(self) -> int:
        """Running rounds that do not say what is at risk."""
        return sum(entry.at_risk is None for entry in self.running)

    @property
    def committed(self) -> NMR:
        """All positions, and the largest of the stakes that continuous rounds share."""
        shared = (entry.at_risk for entry in self.running if entry.at_risk and not entry.atomic)
        positions = (entry.at_risk for entry in self.running if entry.at_risk and entry.atomic)
        return _total(positions) + NMR(max(shared, default=_NOTHING))

    @property
    def exposure(self) -> NMR:
        """What all running rounds can burn, each for itself."""
        return _total(entry.at_risk for entry in self.running if entry.at_risk)

    @property
    def limit(self) -> NMR:
        """The most they can burn by their clips, and no more than is committed."""
        with localcontext(Context(prec=_ENOUGH)):
            burned = sum(
                (entry.at_risk * entry.clip for entry in self.running if entry.at_risk), _NOTHING
            )
        return min(NMR.down(burned), self.committed)


def columns(facts: RiskFacts) -> tuple[Column, ...]:
    """Every model that is not archived, or still runs, in the order of their ids."""
    found = [
        column
        for earnings in facts.earned
        for column in _columns(earnings, facts.running[earnings.tournament])
    ]
    return tuple(
        sorted(
            (column for column in found if column.running or not column.model.archived),
            key=lambda column: column.model.id,
        )
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """Settled rounds ``numbers``, oldest first, by model.

    ``rates`` is NaN where a model took no part, or payout or stake are not known. ``paid`` is what
    each round paid in all, in NMR, ``whole`` the same per NMR at risk, where both are known.
    """

    numbers: tuple[int, ...]
    rates: Array
    paid: tuple[Decimal, ...]
    whole: Array

    @classmethod
    def of(cls, every: Sequence[Column]) -> Settled:
        """Those of the models ``every``, in that order."""
        import numpy as np

        numbers = sorted({number for column in every for number in column.settled})
        rows = {number: row for row, number in enumerate(numbers)}
        paid = _in_wei([column.settled for column in every], rows)
        staked = _in_wei([column.staked for column in every], rows)
        sums = [_NOTHING] * len(numbers)
        with exactly():
            for column in every:
                for number, payout in column.settled.items():
                    sums[rows[number]] += payout
        with np.errstate(invalid="ignore"):
            rates = np.round(paid / staked, _DIGITS)
            known = np.where(np.isnan(rates), 0, paid).sum(axis=1)
            whole = known / np.nansum(staked, axis=1)
        return cls(tuple(numbers), rates, tuple(sums), whole)


def _in_wei(columns: Sequence[Mapping[int, Decimal]], rows: Mapping[int, int]) -> Array:
    """A column for each of ``columns``, whose cells are by the number of their round; ``rows`` says
    where that stands. NaN where there is none. Whole numbers become floats in half the time that
    decimals take."""
    import numpy as np

    table = np.full((len(rows), len(columns)), nan)
    for place, cells in enumerate(columns):
        known = [number for number in cells if number in rows]
        wei = [int(cells[number] * _WEI) for number in known]
        table[[rows[number] for number in known], place] = np.array(wei, np.float64)
    return table


def _columns(earnings: TournamentEarnings, running: RunningRounds) -> Iterable[Column]:
    oldest_first = earnings.rounds[::-1]
    numbers = [entry.number for entry in oldest_first]
    still = [entry for entry in oldest_first if entry.pending is not None]
    nothing = (None,) * len(earnings.models)
    paid = zip(*(entry.settled or nothing for entry in oldest_first), strict=True)
    risked = zip(*(entry.at_risk or nothing for entry in oldest_first), strict=True)
    columns = zip(paid, risked, strict=True) if numbers else (((), ()) for _ in nothing)
    for index, (model, (payouts, risks)) in enumerate(zip(earnings.models, columns, strict=True)):
        cells = [cell for cell in zip(numbers, payouts, risks, strict=True) if cell[1] is not None]
        yield Column(
            model=model,
            settled={number: payout for number, payout, _ in cells if payout is not None},
            staked={number: risk for number, _, risk in cells if risk},
            running=tuple(_running(row, index, running) for row in still if _runs(row, index)),
            at_once=running.at_once,
        )


def _runs(entry: PaidRound, index: int) -> bool:
    """Whether it can still move; a settled cell can't, even where others of its round can."""
    return entry.taking[index] and _cell(entry.settled, index) is None


def _running(entry: PaidRound, index: int, running: RunningRounds) -> Running:
    return Running(
        number=entry.number,
        at_risk=_cell(entry.at_risk, index),
        payout=_cell(entry.pending, index),
        scored=running.shares.get(entry.number, _ONE),
        clip=_ONE if entry.clip is None else entry.clip,
        atomic=entry.atomic,
    )


def _total(amounts: Iterable[Decimal]) -> NMR:
    with exactly():
        return NMR(sum(amounts, _NOTHING))


def _cell(amounts: Amounts | None, index: int) -> Decimal | None:
    return None if amounts is None else amounts[index]


def _days(entry: Round) -> int:
    return max((score.days for score in entry.payout_scores if score.days), default=USUAL_DAYS)
