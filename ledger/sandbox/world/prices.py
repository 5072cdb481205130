"""A plausible price of NMR, in US dollars and in the other currencies an account may have."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from ledger.sandbox.world.scores import ScoreSource

_EPOCH = datetime(2022, 1, 1, tzinfo=UTC)
_MEMORY = 180
"""Days whose steps still move the price; older ones weigh next to nothing."""

_STEP = 0.035
"""How far one day moves the logarithm of the price, as a standard deviation."""

_MIDDLE = 11.5
"""US dollars that the price is drawn back to."""

CURRENCIES = {"USD": ("$", Decimal(1)), "EUR": ("€", Decimal("0.9")), "GBP": ("£", Decimal("0.8"))}
"""By name: their symbol, and what of them a dollar is worth."""

_WEIGHTS = np.power(0.98, np.arange(_MEMORY)[::-1])


def usd_price(source: ScoreSource, moment: datetime) -> Decimal:
    """The price of one NMR on the day of ``moment``: a walk that is drawn back to its middle."""
    day = (moment - _EPOCH).days + _MEMORY
    steps = source.normals("price", max(0, day - _MEMORY), _MEMORY)
    walk = float(steps @ _WEIGHTS)
    return Decimal(f"{_MIDDLE * math.exp(_STEP * walk):.4f}")


def price_in(currency: str, source: ScoreSource, moment: datetime) -> Decimal:
    """The price of one NMR in one of ``CURRENCIES``."""
    return usd_price(source, moment) * CURRENCIES[currency][1]
