"""The dates of one simulated round, from the ledger's own calendar."""

from __future__ import annotations

import hashlib
import uuid
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache

from ledger.domain.model import Tournament
from ledger.rules.rounds import calendar
from ledger.sandbox.world.regimes import Regime, regime_of

_NAMESPACE = uuid.UUID("6e756d73-7461-4b65-8000-73616e64626f")
_LATE_WINDOW = timedelta(hours=2)
"""How long after the staking close late submissions are taken; Crypto takes none."""


@lru_cache(maxsize=65536)
def identify(*parts: object) -> str:
    """A UUID that is always the same for the same ``parts``."""
    name = "/".join(map(str, parts)).encode()
    digits = hashlib.sha1(_NAMESPACE.bytes + name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]  # these two signs say which kind of UUID it is
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


@dataclass(frozen=True, slots=True, eq=False)
class RoundPlan:
    """When round ``number`` of a tournament happens, by which rules (``regime``). Times are UTC.

    From ``opens`` on submissions are taken; ``closes_staking`` ends those that count, ``closes``
    late ones; ``first_score`` and ``resolves`` are when its scores begin and end. ``id`` is the
    one that Numerai would give it.

    Plans come from :func:`plan`, which makes each of them once: they are compared as such.
    """

    tournament: Tournament
    number: int
    id: str
    regime: Regime
    opens: datetime
    closes_staking: datetime
    closes: datetime
    first_score: datetime
    resolves: datetime


@cache
def plan(tournament: Tournament, number: int, atomic_from: int | None = None) -> RoundPlan:
    """The plan of a round; ``atomic_from`` as in :func:`~ledger.sandbox.world.regimes.regime_of`.

    Raises:
        ValueError: the round is older than daily rounds.
    """
    regime = regime_of(tournament, number, atomic_from)
    staking = calendar.closes_staking(number, tournament)
    late = timedelta(0) if tournament is Tournament.CRYPTO else _LATE_WINDOW
    return RoundPlan(
        tournament=tournament,
        number=number,
        id=identify("round", int(tournament), number),
        regime=regime,
        opens=calendar.opens(number),
        closes_staking=staking,
        closes=staking + late,
        first_score=calendar.resolves(number, 1),
        resolves=calendar.resolves(number, regime.score_days),
    )


@cache
def score_times(number: int, days: int) -> tuple[datetime, ...]:
    """When each of a round's ``days`` daily scores is published."""
    return tuple(calendar.resolves(number, day) for day in range(1, days + 1))


def scores_published(number: int, days: int, now: datetime) -> int:
    """How many of ``days`` daily scores round ``number`` has by ``now``."""
    return bisect_right(score_times(number, days), now)
