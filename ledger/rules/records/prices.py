"""One price per day out of the prices seen; gaps stay gaps unless asked otherwise."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from ledger.clock import day_in
from ledger.domain.nmr import NMR
from ledger.domain.records.price import (
    CONVERSION,
    IMPORTED,
    NUMERAI,
    PAYOUTS,
    STAKED,
    DayPrice,
)
from ledger.domain.syncing.facts import Price
from ledger.rules.records.price_files import is_price

_RANK = {IMPORTED: 0, NUMERAI: 1, CONVERSION: 1, STAKED: 2, PAYOUTS: 3}
"""Which source counts where several tell a day's price: the lowest first."""

_UNIT = Decimal("1E-8")
"""What values are rounded to, in the currency."""

_ROUNDING = Context(prec=28, rounding=ROUND_HALF_EVEN)


def value(nmr: NMR, price: Decimal) -> Decimal:
    """What ``nmr`` is worth at ``price``: 8 places, half to even, so that sums round at the end."""
    return (nmr.amount * price).quantize(_UNIT, rounding=ROUND_HALF_EVEN)


class PriceBook:
    """Prices by day and currency.

    What a ledger holds that is no price, such as 1e300 from an old import, counts as not there.
    Of several prices of a day an imported one counts first, then what a sync saw, then stake
    transactions, then payouts; of one source the earliest, so that a day's price never moves by
    itself. Days are those of ``zone``, but for imported prices, which are of the date they were
    given for. ``interpolate``: days without a price take one on the straight line between the
    nearest days that have one; there is none before the first and after the last.
    """

    def __init__(
        self, prices: Iterable[Price], *, interpolate: bool = False, zone: tzinfo = UTC
    ) -> None:
        self.interpolate = interpolate
        self._days: dict[str, dict[date, DayPrice]] = {}
        ranked = sorted(prices, key=lambda price: (_RANK.get(price.source, len(_RANK)), price.at))
        for price in ranked:
            day = day_in(UTC if price.source == IMPORTED else zone, price.at)
            amount = Decimal(price.price)
            if is_price(amount):
                own = self._days.setdefault(price.currency, {})
                own.setdefault(day, DayPrice(day, price.currency, amount, price.source))
        self._order = {currency: sorted(days) for currency, days in self._days.items()}

    def price_on(self, day: date, currency: str) -> Decimal | None:
        """The price of one NMR on ``day``, ``None`` where it is not known."""
        price = self.quoted(day, currency)
        return price.price if price is not None else None

    def quoted(self, day: date, currency: str) -> DayPrice | None:
        """The same with its source."""
        price = self._days.get(currency, {}).get(day)
        if price is None and self.interpolate:
            return self._between(day, currency)
        return price

    def newest(self, currency: str, until: date) -> DayPrice | None:
        """The last price somebody saw on ``until`` or before."""
        order = self._order.get(currency, [])
        index = bisect_right(order, until)
        return self._days[currency][order[index - 1]] if index else None

    def days(self, currency: str) -> tuple[DayPrice, ...]:
        """Every day somebody saw a price, oldest first."""
        return tuple(self._days[currency][day] for day in self._order.get(currency, ()))

    def missing(self, days: Iterable[date], currency: str) -> tuple[date, ...]:
        """Those of ``days`` nobody saw a price on, each once, oldest first."""
        priced = self._days.get(currency, {})
        return tuple(sorted({day for day in days if day not in priced}))

    def _between(self, day: date, currency: str) -> DayPrice | None:
        order = self._order.get(currency, [])
        index = bisect_left(order, day)
        if not 0 < index < len(order):
            return None
        before, after = (self._days[currency][order[at]] for at in (index - 1, index))
        source = f"between {before.day} and {after.day}"
        with localcontext(_ROUNDING):
            share = Decimal((day - before.day).days) / Decimal((after.day - before.day).days)
            price = (before.price + (after.price - before.price) * share).quantize(_UNIT)
        return DayPrice(day, currency, price, source, interpolated=True)
