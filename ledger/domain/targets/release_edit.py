"""A release that is pending, and another amount wished for in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.targets.plan import Option, Plan


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """``nmr`` on its way out of the ``stake`` of ``model``, paid at ``due`` (UTC)."""

    model: Model
    nmr: NMR
    stake: NMR
    due: datetime


@dataclass(frozen=True, slots=True)
class ReleaseEdit:
    """``nmr`` to be released instead of what is ``pending``, as a ``plan``.

    ``other``: not the cheapest way was asked for, where there is another one.
    """

    pending: PendingRelease
    nmr: NMR
    plan: Plan
    other: bool = False

    @property
    def ways(self) -> tuple[Option, ...]:
        """What can be done about the pending release, with dates and cost; one is chosen."""
        return self.plan.ways(self.pending.model.id)
