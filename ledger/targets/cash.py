"""NMR at hand: the ways to an amount, and one of them put into the queue as drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.domain.stakes.cash import CashAnswer, CashRoute
from ledger.errors import ChangeError
from ledger.rules.moves.cash import cash_routes
from ledger.rules.targets.plan_facts import PlanFacts

if TYPE_CHECKING:
    from ledger.domain.queue.change import Change
    from ledger.domain.stakes.unlock import Unlock
    from ledger.queue.queue import Queue


class Cash:
    """The ways to NMR in one ledger. ``facts`` are the account's with every strategy, ``unlocks``
    all that comes free by itself."""

    def __init__(
        self,
        *,
        queue: Queue,
        facts: Callable[[], PlanFacts],
        unlocks: Callable[[], tuple[Unlock, ...]],
    ) -> None:
        self._queue = queue
        self._facts = facts
        self._unlocks = unlocks

    def routes(self, nmr: NMR) -> CashAnswer:
        """Every way to ``nmr`` NMR, with its date and cost; nothing is kept."""
        return cash_routes(self._facts(), self._unlocks(), nmr)

    def enqueue(self, nmr: NMR, shown: CashRoute) -> tuple[Change, ...]:
        """The drafts of a route that was ``shown`` for ``nmr``.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: nothing is to be done on it, or the account is not what it was when it
                was shown.
        """
        if shown.plan is None:
            raise ChangeError(shown.sentence, "Nothing is queued for that.")
        again = self.routes(nmr).route(shown.key)
        if again is None or again.plan is None or _deeds(again) != _deeds(shown):
            raise ChangeError(
                "The account has changed since; nothing was queued.", "Ask again what there is."
            )
        return self._queue.enqueue(again.plan)


def _deeds(route: CashRoute) -> list[object]:
    return [] if route.plan is None else [step.deed for step in route.plan.steps]
