"""Prices of NMR by day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Protocol

from ledger.dataclass import dataclass
from ledger.errors import PriceError

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

_CODE = re.compile(r"(?!NMR)[A-Z]{3}")
"""How ISO 4217 writes a currency; NMR is what is priced."""


def is_currency(code: str) -> bool:
    """Whether ``code`` is written like a currency: three capital letters."""
    return _CODE.fullmatch(code) is not None


def checked_currency(typed: str) -> str:
    """The currency somebody means, in capital letters.

    Raises:
        PriceError: it is none.
    """
    code = typed.strip().upper()
    if not is_currency(code):
        raise PriceError(f"“{typed}” is no currency.", "Give three letters, such as EUR.")
    return code


@dataclass(frozen=True, slots=True)
class DayPrice:
    """The price of one NMR in ``currency`` on a ``day``, UTC unless the records have another zone.

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
        """The price of one NMR in ``currency`` on ``day``, ``None`` where not known."""
        ...

    def newest(self, currency: str, until: date) -> DayPrice | None:
        """The last price somebody saw on ``until`` or before, ``None`` where nobody saw one."""
        ...
