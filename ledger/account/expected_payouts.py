"""What a tournament's positions are expected to pay: nothing, a rate, or what the past says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import ChangeError
from ledger.rules.earnings.expectation import Payouts, RateHistory, rate_history

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.domain.model import Tournament
    from ledger.store import Store


class Expecting:
    """Expectations from one ledger; what the past says is read once per tournament."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._histories: dict[Tournament, RateHistory | None] = {}

    def payouts(
        self, tournament: Tournament, rate: Decimal | None, *, from_history: bool
    ) -> Payouts:
        """``from_history`` goes first, then ``rate`` (0.01: 1 % of a position), then none.

        Raises:
            ChangeError: ``rate`` would burn more than there is, or there is too little history.
        """
        if not from_history:
            return self._typed(rate)
        if tournament not in self._histories:
            self._histories[tournament] = self._read(tournament)
        history = self._histories[tournament]
        if history is None:
            raise ChangeError(
                f"Too few rounds of {tournament.label} are settled to expect payouts from.",
                "Type a rate, or leave payouts out.",
            )
        return Payouts.from_history(history)

    def _typed(self, rate: Decimal | None) -> Payouts:
        try:
            return Payouts.off() if rate is None else Payouts.typed(rate)
        except ValueError as error:
            raise ChangeError("A position can't burn more than its stake.") from error

    def _read(self, tournament: Tournament) -> RateHistory | None:
        own = [model.id for model in self._store.models(tournament)]
        played = self._store.performances(tournament)
        return rate_history(played, self._store.rounds(tournament), own)
