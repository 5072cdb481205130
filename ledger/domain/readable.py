"""Amounts of NMR as they are read: with few places, for sentences that carry every one there is.

What a yes is given to stays exact, and so do JSON and the ledger.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.domain.typed import written

_WITH_PLACES = re.compile(r"(?<![\w.,])[0-9]+\.(?P<places>[0-9]+)(?!\.?[\w%])")


def rounded(amount: Decimal, places: int) -> str:
    """``amount`` with at most ``places``; what is not nothing is never told as nothing."""
    unit = Decimal(1).scaleb(-places)
    value = amount.quantize(unit, rounding=ROUND_HALF_EVEN)
    if amount and not value:
        return f"{'-' if amount < 0 else ''}<{unit:f}"
    return written(value)


def readable(sentence: str, places: int) -> str:
    """``sentence`` with its amounts cut to ``places``."""
    return _WITH_PLACES.sub(lambda match: _cut(match, places), sentence)


def _cut(match: re.Match[str], places: int) -> str:
    return match[0] if len(match["places"]) <= places else rounded(Decimal(match[0]), places)
