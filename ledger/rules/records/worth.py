"""The account's total day by day, out of what moved on each day, and its return.

It rests on the records alone: payouts and burns of settled rounds, transfers that Numerai lists,
and what balances the difference. What was there before the first payout that the ledger has is an
opening balance, and nobody knows since when; so the days begin with that payout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from itertools import groupby

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.place import Place
from ledger.domain.records.worth import OWN, DayMoved, Growth, Span, WorthDay

_DAY = timedelta(days=1)
_EARNS = frozenset({Place.INCOME, Place.BURN})
_RATES = Context(prec=28)


def worth_by_day(moved: Iterable[DayMoved], today: date) -> tuple[WorthDay, ...]:
    """Every day from before the first payout or burn up to ``today``, the oldest first; without any
    payout from the first movement on. ``moved`` come by day, the oldest first."""
    by_day = {day: tuple(rows) for day, rows in groupby(moved, key=lambda row: row.day)}
    if not by_day:
        return ()
    first = next((day for day, rows in by_day.items() if any(map(_earns, rows))), min(by_day))
    total = sum(_gain(row) for day, rows in by_day.items() if day < first for row in rows)
    days = [WorthDay(first - _DAY, NMR.from_wei(total))] if total else []
    day = first
    while day <= max(today, first):
        rows = by_day.get(day)
        days.append(
            _worth(day, days[-1].total if days else ZERO, rows)
            if rows is not None
            else WorthDay(day, days[-1].total)
        )
        day += _DAY
    return tuple(days)


def _earns(row: DayMoved) -> bool:
    return row.giver in _EARNS or row.taker in _EARNS


def _gain(row: DayMoved) -> int:
    """What the account has more by it, in wei."""
    return ((row.taker in OWN) - (row.giver in OWN)) * row.nmr.wei


def _worth(day: date, before: NMR, rows: Iterable[DayMoved]) -> WorthDay:
    came: dict[Place, NMR] = {}
    went: dict[Place, NMR] = {}
    for row in rows:
        if (row.taker in OWN) is not (row.giver in OWN):
            sums, other = (came, row.giver) if row.taker in OWN else (went, row.taker)
            sums[other] = sums[other] + row.nmr if other in sums else row.nmr
    total = NMR.total([before, *came.values()])
    return WorthDay(
        day,
        total - NMR.total(went.values()) if went else total,
        _less(came.get(Place.INCOME), went.get(Place.INCOME)),
        _less(went.get(Place.BURN), came.get(Place.BURN)),
        came.get(Place.OUTSIDE, ZERO),
        went.get(Place.OUTSIDE, ZERO),
        _less(came.get(Place.EQUITY), went.get(Place.EQUITY)),
    )


def _less(one: NMR | None, other: NMR | None) -> NMR:
    """The difference; most days have one of the two at most."""
    if other is None:
        return one or ZERO
    return -other if one is None else one - other


def growth(days: Sequence[WorthDay], span: Span, today: date) -> Growth:
    """What ``days`` say of the last ``span`` days, ``today`` included."""
    start = today - timedelta(days=int(span))
    inside = [day for day in days if day.day > start]
    before = next((day for day in reversed(days) if day.day <= start), None)
    if not inside:
        return Growth(span, None, ())
    shown = [before, *inside] if before is not None else inside
    return Growth(
        span=span,
        first=start if before is not None else inside[0].day,
        points=tuple(day.total for day in shown),
        gained=NMR.total(day.gained for day in inside),
        burned=NMR.total(day.burned for day in inside),
        deposited=NMR.total(day.deposited for day in inside),
        withdrawn=NMR.total(day.withdrawn for day in inside),
        unlisted=NMR.total(day.unlisted for day in inside),
        rate=time_weighted(before.total if before is not None else ZERO, inside),
        whole=before is not None,
    )


def time_weighted(start: NMR, days: Iterable[WorthDay]) -> Decimal | None:
    """The time-weighted return of ``days`` that began with ``start`` NMR, a fraction.

    Days are valued each by itself and linked, as the Global Investment Performance Standards have
    it (CFA Institute, *Guidance Statement on Calculation Methodology*): what comes in counts from
    the start of its day, what goes out until its end. So neither a deposit nor a withdrawal alters
    it. ``None`` where something was earned on nothing, which no rate can say.
    """
    linked, before = Decimal(1), start
    with localcontext(_RATES):
        for day in days:
            base = before + max(ZERO, day.deposited) + max(ZERO, day.unlisted)
            if day.earned and base <= ZERO:
                return None
            if day.earned:
                linked *= 1 + day.earned.over(base)
            before = day.total
        return linked - 1
