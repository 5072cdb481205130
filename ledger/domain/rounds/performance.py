"""How a model did in a round, and what that paid."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR


class PayoutState(StrEnum):
    """Whether a payout can still move."""

    PENDING = "pending"
    SETTLED = "settled"


class PayoutSource(StrEnum):
    """Where the figure comes from: Numerai's payout list, the sum of its per-score payouts, or
    our own arithmetic because Numerai gave none."""

    NUMERAI = "numerai"
    SCORES = "scores"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Score:
    """The latest value of one score, by ``name``, in one round.

    ``value`` is a fraction (0.02), ``percentile`` 0 to 1, ``day`` the scoring day. ``multiplier``
    is ``None`` when the score pays nothing.
    """

    name: str
    value: Decimal | None
    percentile: Decimal | None
    day: int | None
    multiplier: Decimal | None


@dataclass(frozen=True, slots=True)
class Performance:
    """The model ``model_id`` in one round of one tournament.

    ``at_risk`` is the NMR the round can burn, ``None`` when that was never told. ``payout`` is in
    NMR, negative for a burn and ``None`` before the first score; ``source`` is who told it.
    ``factor`` and ``clip`` are the round's own, ``resolves`` is when it resolves (UTC), ``scores``
    the latest there are. ``submission_id`` is ``None`` when nothing valid was submitted, or when
    Numerai does not tell.

    ``state`` is settled only when nothing can move any more: Numerai lists the payout as paid, or
    every score that pays is final; a round that is only flagged as resolved is not.
    """

    model_id: str
    tournament: Tournament
    round: int
    at_risk: NMR | None
    payout: NMR | None
    state: PayoutState
    source: PayoutSource | None
    factor: Decimal | None
    clip: Decimal | None
    resolves: datetime | None
    submission_id: str | None
    scores: tuple[Score, ...] = ()
