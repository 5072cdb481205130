"""The account at a glance, as the book offers it.

:meth:`HomeBook.glance` is read before the first paint: nothing that it does not need is imported
here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from ledger.domain.records.worth import Span
from ledger.reports.home.home import Glance
from ledger.reports.home.places import build_worth
from ledger.rules.records.worth import worth_by_day

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.account.earnings import EarningsBook
    from ledger.account.records import RecordBook
    from ledger.account.risk import RiskBook
    from ledger.account.stakes import Stakes
    from ledger.clock import Clock
    from ledger.domain.earnings.paid_rounds import Earned
    from ledger.domain.records.price import DayPrice
    from ledger.domain.targets.allocation import Allocation
    from ledger.reports.account.portfolio import Portfolio
    from ledger.reports.home.home import CloserLook
    from ledger.store import Store


class HomeBook:
    """The first page of one ledger. Reads need no network and may be called from any thread.

    The other subjects read what is theirs: ``portfolio``, ``stakes``, ``earnings``, ``records`` and
    ``risk``; ``edited`` are the allocations whose targets differ from what there is.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        portfolio: Callable[[], Portfolio],
        stakes: Callable[[], Stakes],
        earnings: Callable[[], EarningsBook],
        records: Callable[[], RecordBook],
        risk: Callable[[], RiskBook],
        edited: Callable[[], tuple[Allocation, ...]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._portfolio = portfolio
        self._stakes = stakes
        self._earnings = earnings
        self._records = records
        self._risk = risk
        self._edited = edited

    def glance(self) -> Glance:
        """What is read in a moment, whatever the ledger holds."""
        now, portfolio = self._clock.now(), self._portfolio()
        today = now.astimezone(UTC).date()
        moved = self._store.moved_by_day(since=today - timedelta(days=max(Span)))
        return Glance(
            now=now,
            portfolio=portfolio,
            worth=build_worth(self._store.account(), portfolio, self._store.stakes()),
            days=worth_by_day(moved, today),
        )

    def closer(self, glance: Glance) -> CloserLook:
        """What takes longer, to be read once the ``glance`` is on screen."""
        from ledger.domain.queue.change import CONFIRMED
        from ledger.reports.home.coming import AHEAD, build_coming
        from ledger.reports.home.home import CloserLook
        from ledger.reports.home.paid import build_paid

        now, portfolio, atomic = self._clock.now(), glance.portfolio, self._stakes().atomic
        unlocks = atomic.unlocks().limited(until=now + AHEAD).unlocks
        figures = self._risk().kept()
        # Before the history is there, positions that were not told yet would pass for none.
        positions = atomic.positions() if self._store.sync_state().history else None
        return CloserLook(
            worth=build_worth(self._store.account(), portfolio, self._store.stakes(), positions),
            price=self._price(),
            paid=build_paid(self._paid_since(now), now, portfolio.missing),
            coming=build_coming(portfolio, unlocks, self._store.changes(states=CONFIRMED), now),
            risk=figures,
            restated=(
                self._risk().under_targets(figures, self._edited()) if figures is not None else None
            ),
        )

    def _paid_since(self, now: datetime) -> Earned:
        """What was paid in the longest span: of years it would be tens of megabytes for good."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        oldest = midnight - timedelta(days=max(Span))
        return self._earnings().earned(stakes=False, resolved_from=oldest)

    def _price(self) -> DayPrice | None:
        """The newest of the account's own currency."""
        records = self._records()
        today = self._clock.now().astimezone(UTC).date()
        return records.prices().newest(records.currency, today)
