"""Prices of NMR by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

IMPORTED, NUMERAI, CONVERSION, STAKED, PAYOUTS = (
    "import",
    "numerai",
    "conversion",
    "stake transaction",
    "payouts",
)
"""Where a price was seen: a file of the user's, ``latestNmrPrice``, ``latestCurrencyPrice``,
``nmrPrice`` of a stake transaction, ``payoutValue`` over ``payoutNmr`` of pending payouts."""

MOST_PRICE = Decimal(10**9)
"""More than one NMR will cost in any currency; what is above it is no price and counts nowhere."""

DOLLAR = "USD"
"""The currency of ``latestNmrPrice`` and of stake transactions."""


@dataclass(frozen=True, slots=True)
class DayPrice:
    """The price of one NMR in ``currency`` on a ``day`` (UTC).

    ``source`` is who told it. ``interpolated``: nobody saw it; it lies on the line between the days
    around it.
    """

    day: date
    currency: str
    price: Decimal
    source: str
    interpolated: bool = False


class Prices(Protocol):
    """Something that knows prices by day."""

    def price_on(self, day: date, currency: str) -> Decimal | None:
        """The price of one NMR in ``currency`` on ``day`` (UTC), ``None`` where not known."""
        ...

    def newest(self, currency: str, until: date) -> DayPrice | None:
        """The last price somebody saw on ``until`` or before, ``None`` where nobody saw one."""
        ...
