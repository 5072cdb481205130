"""Totals that say what they are made of: what is known, what is old, what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR, ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """One amount of a total, ``None`` when it is not known.

    ``as_of``: when it was last told (UTC) if it is old, else ``None``.
    """

    amount: NMR | None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """``known`` NMR in all; ``unknown`` parts are in none of it.

    ``as_of``: when the oldest part that is old was last told (UTC), ``None`` when none is.
    """

    known: NMR = ZERO
    unknown: int = 0
    as_of: datetime | None = None

    @classmethod
    def of(cls, parts: Iterable[Part | NMR | None]) -> Sum:
        """All of ``parts``; an amount by itself is no older than the last sync."""
        every = [part if isinstance(part, Part) else Part(part) for part in parts]
        amounts = [part.amount for part in every if part.amount is not None]
        ages = [part.as_of for part in every if part.amount is not None and part.as_of is not None]
        return cls(NMR.total(amounts), len(every) - len(amounts), min(ages, default=None))

    @property
    def nmr(self) -> NMR | None:
        """The total, ``None`` when any part of it is unknown."""
        return None if self.unknown else self.known

    @property
    def sure(self) -> bool:
        """Whether every part is known and none is old."""
        return not self.unknown and self.as_of is None

    def __add__(self, other: Sum) -> Sum:
        ages = [one for one in (self.as_of, other.as_of) if one is not None]
        return Sum(self.known + other.known, self.unknown + other.unknown, min(ages, default=None))


NO_PARTS = Sum()
"""The total of nothing."""
