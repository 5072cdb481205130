"""How far payouts, added up round by round, fell from their highest."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import exactly
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.risk import Drawdown

_NOTHING = Decimal(0)


def drawdown(payouts: Iterable[tuple[int, Decimal]]) -> Drawdown:
    """Of ``payouts`` by round, oldest first, in NMR."""
    total = highest = deepest = _NOTHING
    top: int | None = None
    peak = trough = None
    with exactly():
        for number, paid in payouts:
            total += paid
            if total >= highest:
                highest, top = total, number
            elif highest - total > deepest:
                deepest, peak, trough = highest - total, top, number
        now = NMR(highest - total)
    return Drawdown(NMR(deepest) if deepest else ZERO, peak, trough, now)
