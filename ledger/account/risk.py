"""Risk as the book offers it: what the running rounds may bring together, kept in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.domain.risk import RiskFigures, RiskRestated
    from ledger.domain.targets.allocation import Allocation
    from ledger.store import Store


class RiskBook:
    """Risk of one ledger. ``read_only``: nothing is kept."""

    def __init__(self, store: Store, clock: Clock, *, read_only: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._read_only = read_only or store.read_only

    def kept(self) -> RiskFigures | None:
        """The figures as they were last computed, ``None`` before; reads the ledger, no more."""
        return None

    def under_targets(
        self, figures: RiskFigures, allocations: Iterable[Allocation]
    ) -> RiskRestated | None:
        """How the outlook changes under the targets being edited, a tournament each; ``None``
        without an outlook, or where no row has a target. Takes no more than a sum over models."""
        return None
