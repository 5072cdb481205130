"""What rounds paid, in NMR or in a currency at the price of the day each was paid on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Amounts, PaidRound
from ledger.domain.records.price import Prices

_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """One round's rows in a report's money, an amount for each model of its tournament.

    ``entry`` is the round in NMR, ``settled`` and ``pending`` are its payouts, ``at_risk`` is in
    NMR; ``None`` where there is no such row. ``unpriced`` is in NMR, without sign. ``unrated`` is
    what models were paid whose NMR at risk is not known, ``unknown`` has a 1 for each of them; both
    only where what was at risk is asked for.
    """

    entry: PaidRound
    settled: Amounts | None
    pending: Amounts | None
    at_risk: Amounts | None = None
    unpriced: Amounts | None = None
    unrated: Amounts | None = None
    unknown: Amounts | None = None


def plain_line(entry: PaidRound, *, risky: bool) -> Line:
    """``entry`` in NMR; ``risky`` brings what was at risk."""
    if not risky or entry.at_risk is None:
        return Line(entry, entry.settled, entry.pending)
    line = Line(entry, entry.settled, entry.pending, entry.at_risk)
    untold = [
        takes and risk is None for takes, risk in zip(entry.taking, entry.at_risk, strict=True)
    ]
    if not any(untold):
        return line
    paid = zip(*(row for row in (entry.settled, entry.pending) if row is not None), strict=True)
    return replace(
        line,
        unrated=tuple(
            sum(filter(None, column), _ZERO) if lacks else None
            for column, lacks in zip(paid, untold, strict=True)
        ),
        unknown=tuple(_ONE if lacks else None for lacks in untold),
    )


class Money:
    """Makes lines in ``currency``; to be used within
    :func:`ledger.domain.earnings.paid_rounds.exactly`.

    ``newest`` is the price of pending payouts.
    """

    def __init__(self, currency: str, now: datetime, prices: Prices | None) -> None:
        self._prices = prices
        self._currency = currency
        self._by_day: dict[date, Decimal | None] = {}
        today = now.astimezone(UTC).date()
        self.newest = prices.newest(currency, today) if prices is not None else None

    def line(self, entry: PaidRound) -> Line:
        """A round's amounts at their prices, and those without one."""
        then = self._on(entry.resolves)
        now = self.newest.price if self.newest is not None else None
        blank = [
            row
            for row, price in ((entry.settled, then), (entry.pending, now))
            if row is not None and price is None and any(row)
        ]
        settled, pending = _times(entry.settled, then), _times(entry.pending, now)
        return Line(entry, settled, pending, unpriced=_sizes(blank))

    def _on(self, at: datetime | None) -> Decimal | None:
        if at is None or self._prices is None:
            return None
        day = at.astimezone(UTC).date()
        if day not in self._by_day:
            self._by_day[day] = self._prices.price_on(day, self._currency)
        return self._by_day[day]


def _times(row: Amounts | None, price: Decimal | None) -> Amounts | None:
    if row is None or price is None:
        return None
    return tuple(None if amount is None else amount * price for amount in row)


def _sizes(rows: Sequence[Amounts]) -> Amounts | None:
    if not rows:
        return None
    columns = zip(*rows, strict=True)
    return tuple(sum(map(abs, filter(None, column)), _ZERO) for column in columns)
