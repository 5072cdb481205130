"""What rounds paid, in NMR or in a currency at the price of the day each was paid on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.domain.earnings import Amounts, PaidRound
from ledger.domain.price import Prices

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One round's rows in a report's money; ``unpriced`` in NMR, without sign."""

    entry: PaidRound
    settled: Amounts | None
    pending: Amounts | None
    at_risk: Amounts | None = None
    unpriced: Amounts | None = None


def plain_line(entry: PaidRound, *, risky: bool) -> Line:
    """``entry`` in NMR; ``risky`` brings what was at risk."""
    return Line(entry, entry.settled, entry.pending, entry.at_risk if risky else None)


class Money:
    """Makes lines in ``currency``; to be used within :func:`ledger.domain.earnings.exactly`.

    ``newest`` is the price of pending payouts.
    """

    def __init__(self, currency: str, now: datetime, prices: Prices | None) -> None:
        self._prices = prices
        self._currency = currency
        self._known: dict[date, Decimal | None] = {}
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
        if day not in self._known:
            self._known[day] = self._prices.price_on(day, self._currency)
        return self._known[day]


def _times(row: Amounts | None, price: Decimal | None) -> Amounts | None:
    if row is None or price is None:
        return None
    return tuple(None if amount is None else amount * price for amount in row)


def _sizes(rows: Sequence[Amounts]) -> Amounts | None:
    if not rows:
        return None
    columns = zip(*rows, strict=True)
    return tuple(sum(map(abs, filter(None, column)), _ZERO) for column in columns)
