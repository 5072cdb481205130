"""What rounds paid, kept lean: years of rounds of a hundred models fit into one read.

Amounts are ``Decimal``, in NMR and exact to the wei, not :class:`ledger.domain.nmr.NMR`: a
table of a hundred thousand cells is added up on a key press. :data:`EXACT` adds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Model, Tournament

Amounts = tuple[Decimal | None, ...]
"""One amount per model of a tournament, in the order of its columns; ``None``: nothing there."""

EXACT = Context(prec=120, traps=[InvalidOperation, Inexact])
"""Adds and multiplies amounts and prices without rounding, or not at all."""


@contextmanager
def exactly() -> Iterator[None]:
    """Arithmetic with decimals in here does not round."""
    with localcontext(EXACT):
        yield


class Grouping(StrEnum):
    """What a line of earnings stands for. Days, weeks (Monday to Sunday), months and years are
    those in which rounds resolve, UTC: a payout is paid then."""

    ROUND = "round"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    TOURNAMENT = "tournament"
    MODEL = "model"


class Unit(StrEnum):
    """In what earnings are shown. Percent: of the NMR at risk in the same rounds."""

    NMR = "NMR"
    PERCENT = "percent"
    FIAT = "fiat"


@dataclass(frozen=True, slots=True)
class PaidRound:
    """One round of one tournament, with an amount in NMR for each of the tournament's models.

    ``number`` is the round's, ``opens`` and ``resolves`` its times (UTC), ``atomic`` how it was
    staked. ``taking`` tells which models took part, paid or not. ``settled`` and ``pending`` are
    what they were paid and would be paid by now; ``None`` stands for no such row. ``at_risk`` is
    ``None`` where it was not asked for: most tables never need it. ``clip`` is the most that one
    NMR at risk can earn or burn, ``None`` where the round does not say.
    """

    tournament: Tournament
    number: int
    opens: datetime | None
    resolves: datetime | None
    atomic: bool
    taking: tuple[bool, ...]
    settled: Amounts | None
    pending: Amounts | None
    at_risk: Amounts | None = None
    clip: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TournamentEarnings:
    """``models`` of one tournament, the columns, and its ``rounds``, newest first."""

    tournament: Tournament
    models: tuple[Model, ...]
    rounds: tuple[PaidRound, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a running payout may end, in NMR.

    ``now`` is what it would pay by today's scores. One in ten ends below ``low``, one in ten
    above ``high``. ``sample`` is how many earlier rounds that rests on, seen on the same scoring
    day and resolved since; 0 when it rests on final scores and the scoring days still to come.
    """

    now: Decimal
    low: Decimal
    high: Decimal
    sample: int


Earned = tuple[TournamentEarnings, ...]
"""All that was paid, by tournament."""
