"""What all NMR of an account came to on each day, and what made it more or less."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import IntEnum

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.place import Place

OWN = frozenset({Place.WALLET, Place.HELD, Place.STAKE, Place.STRATEGY})
"""Places whose NMR is the account's own."""


@dataclass(frozen=True, slots=True)
class DayMoved:
    """All ``nmr`` that went from ``giver`` to ``taker`` on a ``day`` (UTC), one of the two a place
    of the account's own."""

    day: date
    giver: Place
    taker: Place
    nmr: NMR


@dataclass(frozen=True, slots=True)
class WorthDay:
    """A ``day`` (UTC) that ended with ``total`` NMR.

    ``gained`` was paid out and ``burned`` lost in rounds that settled; ``deposited`` and
    ``withdrawn`` crossed the border to other addresses; ``unlisted`` is what came, or went where
    it is negative, without being listed anywhere. Of these only ``unlisted`` can be negative.
    """

    day: date
    total: NMR
    gained: NMR = ZERO
    burned: NMR = ZERO
    deposited: NMR = ZERO
    withdrawn: NMR = ZERO
    unlisted: NMR = ZERO

    @property
    def earned(self) -> NMR:
        """What was gained less what was burned."""
        return self.gained - self.burned

    @property
    def flow(self) -> NMR:
        """What came from elsewhere, less what went there: no part of any return."""
        return self.deposited - self.withdrawn + self.unlisted


class Span(IntEnum):
    """Over how many days the total is looked at."""

    DAY = 1
    WEEK = 7
    MONTH = 30
    QUARTER = 90
    YEAR = 365


@dataclass(frozen=True, slots=True)
class Growth:
    """How the total moved over ``span`` days up to today, or as much of them as is known.

    ``points`` are what the days from ``first`` on ended with, the day before the span among them;
    empty where nothing is known. ``gained`` to ``unlisted`` are as in :class:`WorthDay`, added up.
    ``rate`` is the return with deposits and withdrawals taken out, a fraction; ``None`` where
    there was nothing that could earn. ``whole``: the days reach back all of the span.
    """

    span: Span
    first: date | None
    points: tuple[NMR, ...]
    gained: NMR = ZERO
    burned: NMR = ZERO
    deposited: NMR = ZERO
    withdrawn: NMR = ZERO
    unlisted: NMR = ZERO
    rate: Decimal | None = None
    whole: bool = False

    @property
    def earned(self) -> NMR:
        """What was gained less what was burned."""
        return self.gained - self.burned
