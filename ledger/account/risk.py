"""Risk as the book offers it: what the running rounds may bring together, kept in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.rules.naming import names

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.domain.earnings.paid_rounds import TournamentEarnings
    from ledger.domain.model import Model, Tournament
    from ledger.domain.risk import RiskFigures, RiskRestated
    from ledger.domain.targets.allocation import Allocation
    from ledger.rules.earnings.risk_facts import RiskFacts
    from ledger.store import Store

RUNNING = 100
"""How many of the newest rounds can still run: those of 60 scoring days are 64 at a time."""


class RiskBook:
    """Risk of one ledger. Needs no network. ``read_only``: nothing is kept."""

    def __init__(self, store: Store, clock: Clock, *, read_only: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._read_only = read_only or store.read_only
        self._last: tuple[RiskFacts, RiskFigures] | None = None

    def kept(self) -> RiskFigures | None:
        """The figures as they were last computed, ``None`` before; reads the ledger, no more."""
        figures = self._store.risk(names(self._store.models(archived=True)))
        if figures is None:
            return None
        return replace(figures, stale=figures.basis.revision != self._store.revision())

    def current(self) -> RiskFigures | None:
        """Those kept, computed anew where the ledger has changed since; ``None`` before a sync.

        Computing takes some tenths of a second and loads numpy: call it in a worker.
        """
        figures = self.kept()
        return self.keep() if figures is None or figures.stale else figures

    def keep(self) -> RiskFigures | None:
        """Compute the figures from the ledger as it is, and keep them where that may be.

        ``None`` before the first sync.
        """
        facts = self._facts()
        if not facts.revision:
            return None
        figures = self._estimate(facts)
        if not self._read_only:
            self._store.keep_risk(figures)
        return figures

    def _estimate(self, facts: RiskFacts) -> RiskFigures:
        """The figures of ``facts``. Most syncs change nothing they rest on: then those estimated
        last are taken over, as of now."""
        from ledger.rules.earnings.risk import estimate
        from ledger.rules.earnings.single_threaded import load_numpy

        load_numpy()
        now, revision, last = facts.computed, facts.revision, self._last
        if last is not None and replace(last[0], computed=now, revision=revision) == facts:
            basis = replace(last[1].basis, computed=now, revision=revision)
            figures = replace(last[1], basis=basis)
        else:
            figures = estimate(facts)
        self._last = facts, figures
        return figures

    def under_targets(
        self, figures: RiskFigures, allocations: Iterable[Allocation]
    ) -> RiskRestated | None:
        """How the outlook changes under the targets being edited, a tournament each; ``None``
        without an outlook, or where no row has a target. Takes no more than a sum over models."""
        from ledger.rules.earnings.risk_restated import restated

        return restated(figures, allocations)

    def _facts(self) -> RiskFacts:
        from ledger.rules.earnings.risk_facts import RiskFacts, RunningRounds

        now, revision = self._clock.now(), self._store.revision()
        models = self._store.models(archived=True)
        tournaments = sorted({model.tournament for model in models})
        rounds = {one: self._store.rounds(one, newest=RUNNING) for one in tournaments}
        newest = {one: own[0].number if own else 0 for one, own in rounds.items()}
        return RiskFacts(
            earned=tuple(self._earned(one, models, newest[one]) for one in tournaments),
            running={one: RunningRounds.of(own, now) for one, own in rounds.items()},
            names=names(models),
            computed=now,
            revision=revision,
        )

    def _earned(
        self, tournament: Tournament, models: Iterable[Model], newest: int
    ) -> TournamentEarnings:
        from ledger.domain.earnings.paid_rounds import TournamentEarnings
        from ledger.rules.earnings.risk_facts import HISTORY

        own = tuple(model for model in models if model.tournament is tournament)
        ids = [model.id for model in own]
        paid = self._store.paid_rounds(tournament, ids, since=newest - HISTORY + 1)
        return TournamentEarnings(tournament, own, paid)
