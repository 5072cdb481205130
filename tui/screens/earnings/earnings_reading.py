"""What the Earnings mode has read: all years at once, again only when the ledger has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Earned, Unit
from ledger.domain.earnings.returns import Committed
from ledger.reports.earnings.earnings import EarningsReport, View

if TYPE_CHECKING:
    from ledger.account.earnings import EarningsBook


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read from one state of the ledger, and whether stakes are in it."""

    generation: int
    stakes: bool
    earned: Earned


class Reading:
    """Reads for reports; called from any thread, and two of them never read the same twice.

    ``narrow`` leaves of everything what the reports are about.
    """

    def __init__(self, narrow: Callable[[Earned], Earned] = lambda earned: earned) -> None:
        self._narrow = narrow
        self._kept: _Kept | None = None
        self._lock = threading.Lock()

    def report(self, book: EarningsBook, view: View, generation: int) -> EarningsReport:
        """What ``view`` asks for, as of ``generation`` of the ledger."""
        earned = self._earned(book, generation, stakes=view.unit is Unit.PERCENT)
        return book.report(view, self._narrow(earned))

    def returns(self, book: EarningsBook, generation: int) -> Mapping[str, Committed]:
        """Returns on committed NMR by model id."""
        return book.returns(self._earned(book, generation, stakes=True))

    def _earned(self, book: EarningsBook, generation: int, *, stakes: bool) -> Earned:
        with self._lock:
            kept = self._kept
            if kept is None or kept.generation != generation or stakes > kept.stakes:
                kept = self._kept = _Kept(generation, stakes, book.earned(stakes=stakes))
            return kept.earned
