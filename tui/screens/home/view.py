"""What the first page knows, as far as it was read."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass

if TYPE_CHECKING:
    from ledger.domain.knowledge import MissingFacts
    from ledger.domain.records.worth import Growth, Span
    from ledger.reports.earnings.projected import ProjectedPayouts
    from ledger.reports.home.home import CloserLook, Glance
    from ledger.reports.home.places import Worth
    from ledger.reports.notices.notice import Notice


@dataclass(frozen=True, slots=True)
class HomeView:
    """A ``glance`` and what came after it, ``None`` until it did: the ``closer`` look, the
    ``notices``, and where what is unsettled may end. ``span`` is how far back is looked."""

    glance: Glance
    closer: CloserLook | None
    notices: tuple[Notice, ...] | None
    projected: ProjectedPayouts | None
    span: Span
    decimals: int

    @property
    def now(self) -> datetime:
        """When the figures are of (UTC)."""
        return self.glance.now

    @property
    def today(self) -> date:
        """The day of that."""
        return self.glance.today

    @property
    def missing(self) -> MissingFacts:
        """What Numerai did not tell."""
        return self.glance.portfolio.missing

    @property
    def worth(self) -> Worth:
        """The places, those of strategies once they are read."""
        return self.glance.worth if self.closer is None else self.closer.worth

    def growth(self) -> Growth:
        """How the total moved over the span."""
        return self.glance.growth(self.span)
