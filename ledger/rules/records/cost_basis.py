"""What NMR that leaves an account had cost, by two methods that tax rules name.

First in, first out: the oldest leaves first. Average: all that is held has one cost. NMR whose cost
nobody knows (deposits, what was there before the first record, payouts on a day without a price)
is kept apart: it leaves in its turn, by average in proportion, and no cost is told for it.
Arithmetic is exact; amounts are NMR, costs in one currency.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

from ledger.domain.nmr import NMR

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """The ``cost`` of NMR, and how many NMR of it have none that is known."""

    cost: Fraction = _NOTHING
    unknown: Fraction = _NOTHING

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cost + other.cost, self.unknown + other.unknown)


class FirstInFirstOut:
    """Lots, oldest first."""

    def __init__(self) -> None:
        self._lots: deque[tuple[Fraction, Fraction | None]] = deque()

    @property
    def held(self) -> Cost:
        """Of all that is held."""
        parts = [_of(nmr, price) for nmr, price in self._lots]
        return sum(parts, Cost())

    def enter(self, nmr: NMR, cost: Fraction | None) -> None:
        """Take in ``nmr``, which cost this in all, or nobody knows how much."""
        amount = Fraction(nmr.amount)
        if amount:
            self._lots.append((amount, None if cost is None else cost / amount))

    def leave(self, nmr: NMR) -> Cost:
        """The cost of the oldest ``nmr``; what is more than there is has none that is known."""
        left, total = Fraction(nmr.amount), Cost()
        while left and self._lots:
            amount, price = self._lots.popleft()
            taken = min(amount, left)
            total += _of(taken, price)
            left -= taken
            if taken < amount:
                self._lots.appendleft((amount - taken, price))
        return total + Cost(unknown=left)


class Average:
    """One pool of what has a cost, beside what has none."""

    def __init__(self) -> None:
        self._priced = self._cost = self._unknown = _NOTHING

    @property
    def held(self) -> Cost:
        """Of all that is held."""
        return Cost(self._cost, self._unknown)

    def enter(self, nmr: NMR, cost: Fraction | None) -> None:
        """Take in ``nmr``, which cost this in all, or nobody knows how much."""
        if cost is None:
            self._unknown += Fraction(nmr.amount)
        else:
            self._priced += Fraction(nmr.amount)
            self._cost += cost

    def leave(self, nmr: NMR) -> Cost:
        """The cost of ``nmr`` out of the pool; what is more than there is has none known."""
        wanted, held = Fraction(nmr.amount), self._priced + self._unknown
        share = min(Fraction(1), wanted / held) if held else _NOTHING
        left = Cost(self._cost * share, self._unknown * share)
        self._priced -= self._priced * share
        self._cost -= left.cost
        self._unknown -= left.unknown
        return left + Cost(unknown=max(_NOTHING, wanted - held))


def _of(nmr: Fraction, price: Fraction | None) -> Cost:
    return Cost(unknown=nmr) if price is None else Cost(nmr * price)
