"""The account as plans are made from it: read once, of one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.queue.change import ChangeState
from ledger.rules.naming import within
from ledger.rules.stakes.staked import counts
from ledger.rules.targets.plan_facts import PlanFacts

if TYPE_CHECKING:
    from ledger.account.strategies import StrategyBook
    from ledger.clock import Clock
    from ledger.config.config import LimitSettings
    from ledger.domain.knowledge import MissingFacts
    from ledger.domain.model import Model
    from ledger.domain.rounds.round import Round
    from ledger.rules.stakes.strategy_facts import StrategyFacts
    from ledger.store import Store

_OPEN = frozenset(state for state in ChangeState if state.open)


class PlanReading:
    """Reads what plans rest on. ``rounds`` are a tournament's running rounds and some before."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: LimitSettings,
        *,
        rounds: Callable[[Tournament], tuple[Round, ...]],
        atomic: StrategyBook,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._rounds = rounds
        self._atomic = atomic

    def limit(self, limits: LimitSettings) -> None:
        """Go by ``limits`` from now on."""
        self._limits = limits

    def facts(self, tournament: Tournament) -> PlanFacts:
        """The account without targets, as far as targets of ``tournament`` can move it.

        The queue is read first: what happens to it later is noticed when the plan is put into it.
        """
        open_changes = self._store.changes(states=_OPEN)
        account = self._store.account()
        missing = self._store.missing()
        models = self._models_that_count(missing)
        minimum = self._limits.smallest_change_nmr
        return PlanFacts(
            now=self._clock.now(),
            models=models,
            systems={key: self._atomic.system(key) for key in Tournament},
            stakes=self._store.stakes(),
            available=account.available if account else ZERO,
            rounds=tuple(
                entry
                for tournament in sorted({model.tournament for model in models})
                for entry in self._rounds(tournament)
            ),
            targets={},
            open_changes=open_changes,
            as_of=account.as_of if account else None,
            minimum=typed.amount(minimum) if minimum else None,
            strategies=self._strategies(tournament),
            missing=missing,
        )

    def _strategies(self, tournament: Tournament) -> dict[Tournament, StrategyFacts]:
        """Idle NMR of strategies counts only where positions are planned: what continuous stakes
        are increased by has to be in the wallet."""
        atomic = self._atomic.tournaments()
        return {key: self._atomic.facts(key) for key in atomic} if tournament in atomic else {}

    def _models_that_count(self, missing: MissingFacts) -> tuple[Model, ...]:
        """All but archived ones without a stake, named so that no two are taken for each other."""
        stakes = self._store.stakes()
        models = [
            model
            for model in self._store.models(archived=True)
            if counts(model, stakes.get(model.id), missing)
        ]
        labels = within(models)
        return tuple(replace(model, name=labels[model.id]) for model in models)
