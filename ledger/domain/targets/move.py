"""NMR on its way from one model to others: what was asked, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.nmr import NMR
from ledger.domain.targets.plan import Plan


@dataclass(frozen=True, slots=True)
class Move:
    """``shares``: NMR by destination, in the order they were named; together it is what leaves
    ``source``. Both are model ids.

    ``at_once``: the destinations get free NMR now, and what leaves the source takes its place.
    """

    source: str
    shares: tuple[tuple[str, NMR], ...]
    at_once: bool = False

    @property
    def nmr(self) -> NMR:
        """All that moves."""
        return NMR.total(share for _, share in self.shares)


@dataclass(frozen=True, slots=True)
class Stage:
    """What has happened by ``at`` (UTC), in a sentence."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class MovePlan:
    """A move as steps of a plan.

    ``statement`` says it in one sentence, ``stages`` what happens when, in order of time.
    ``costs`` are sentences: what is exposed twice or earns nothing on the way, and what the other
    way (``at_once`` or not) would change. ``complete`` is when all of it counts where it goes.
    ``ready`` says how much NMR there is to move it at once, ``None`` where nobody knows.
    """

    move: Move
    plan: Plan
    statement: str
    stages: tuple[Stage, ...]
    costs: tuple[str, ...]
    complete: datetime
    ready: NMR | None
