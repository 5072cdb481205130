"""The slots of an account: what was submitted and scored there, and who sat in them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.account.tournaments import Tournaments
    from ledger.clock import Clock
    from ledger.domain.model import Tournament
    from ledger.reports.slots.slots import SlotsReport
    from ledger.slots.predictors import PredictorBook
    from ledger.slots.shuffling import Shuffling
    from ledger.store import Store


class Slots:
    """Slots of one profile, and the log of who sat where."""

    def __init__(
        self, store: Store, clock: Clock, *, tournaments: Tournaments, read_only: bool = False
    ) -> None:
        self._store = store
        self._clock = clock
        self._tournaments = tournaments
        self._read_only = read_only

    @cached_property
    def predictors(self) -> PredictorBook:
        """The user's own models, where they sit, and what they earned there."""
        from ledger.slots.predictors import PredictorBook

        return PredictorBook(self._store, self._clock, read_only=self._read_only)

    @cached_property
    def shuffling(self) -> Shuffling:
        """Generated assignments, predictors' records, and the backtest of shuffling."""
        from ledger.slots.shuffling import Shuffling

        return Shuffling(self._store, self.predictors)

    def report(
        self, tournament: Tournament, last: int | None = None, *, scored: int | None = None
    ) -> SlotsReport:
        """Submissions and scores of one tournament, the newest ``last`` rounds.

        Scores come of the newest ``scored`` rounds only, where that is said: it is faster.
        """
        from ledger.reports.slots.slots import SlotFacts, build_slots

        rounds = self._store.rounds(tournament, newest=last, scores=False)
        since = rounds[-1].number if rounds and last is not None else 0
        scored_since = rounds[:scored][-1].number if rounds and scored else since
        filled = self._store.filled(tournament, since, scored_since=scored_since)
        facts = SlotFacts(tournament, rounds, filled)
        models = self._tournaments.models(tournament)
        return build_slots(facts, models, self._clock.now(), last, self._store.missing())
