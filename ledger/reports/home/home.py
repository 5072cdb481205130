"""What the first page shows, in two parts: what is read in a moment, and what takes longer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.rules.records.worth import growth

if TYPE_CHECKING:
    from ledger.domain.records.price import DayPrice
    from ledger.domain.records.worth import Growth, Span, WorthDay
    from ledger.domain.risk import RiskFigures, RiskRestated
    from ledger.reports.account.portfolio import Portfolio
    from ledger.reports.home.coming import Coming
    from ledger.reports.home.paid import PaidLately
    from ledger.reports.home.places import Worth


@dataclass(frozen=True, slots=True)
class Glance:
    """What is there at once, at ``now`` (UTC).

    ``worth`` has the places, those of strategies unread. ``days`` are what each day ended with, by
    the records.
    """

    now: datetime
    portfolio: Portfolio
    worth: Worth
    days: tuple[WorthDay, ...]

    @property
    def today(self) -> date:
        """The day (UTC)."""
        return self.now.astimezone(UTC).date()

    def growth(self, span: Span) -> Growth:
        """How the total moved over the last ``span`` days."""
        return growth(self.days, span, self.today)


@dataclass(frozen=True, slots=True)
class CloserLook:
    """What takes longer to read.

    ``worth`` has all places, ``price`` is the newest of one NMR in the account's own currency.
    ``coming`` is what the next days bring. ``risk`` is as it was last computed, ``None`` before,
    and ``restated`` what it is under the targets being edited.
    """

    worth: Worth
    price: DayPrice | None
    paid: PaidLately
    coming: tuple[Coming, ...]
    risk: RiskFigures | None
    restated: RiskRestated | None
