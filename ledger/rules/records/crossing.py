"""What enters and leaves the owner's NMR at Numerai, seen as one place.

Payouts are income, burns losses; deposits and withdrawals go to and from other addresses. What was
there before the first record comes in as a deposit, and so does, or goes out as a withdrawal, what
no list explains. A correction downwards of a payout is a loss, one of a burn is income.
"""

from __future__ import annotations

from enum import Enum

from ledger.domain.records.place import Place
from ledger.domain.records.record import Record

_WITHIN = frozenset({Place.WALLET, Place.HELD, Place.STAKE, Place.STRATEGY})
"""Where the owner's NMR is at Numerai."""

_EARNED = frozenset({Place.INCOME, Place.BURN})


class Crossing(Enum):
    """How NMR crosses the border of the owner's places."""

    INCOME = "income"
    LOSS = "loss"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"

    @property
    def enters(self) -> bool:
        """Whether it comes in."""
        return self in {Crossing.INCOME, Crossing.DEPOSIT}


def crossing(row: Record) -> Crossing | None:
    """How ``row`` crosses the border, ``None`` where it stays within, or outside."""
    enters = row.taker in _WITHIN
    if enters == (row.giver in _WITHIN):
        return None
    if (row.giver if enters else row.taker) in _EARNED:
        return Crossing.INCOME if enters else Crossing.LOSS
    return Crossing.DEPOSIT if enters else Crossing.WITHDRAWAL
