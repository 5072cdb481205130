"""After a sync: settled payouts are split by the policy in force, and what is due is drafted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.change import ChangeKind, ChangeState
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.plan import Plan
from ledger.errors import ChangeError, LedgerBusy
from ledger.rules.policy import allocate, in_force
from ledger.rules.policy_landing import Landing
from ledger.rules.policy_owed import Accrued, pools_of, set_aside
from ledger.rules.policy_plan import PolicyPlan, plan_policy

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.domain.change import Change
    from ledger.domain.policy import PolicyVersion
    from ledger.rules.plan import PlanFacts
    from ledger.store import Store

log = logging.getLogger(__name__)

_ON = frozenset({ChangeState.ACCEPTED, ChangeState.SETTLED})
_NOTHING = PolicyPlan(Plan((), None, (), (), (), ZERO, ()), ())
_LOOKS_BACK = 100
"""More rounds than run at a time."""


class PolicySettler:
    """What the policies of one ledger come to. ``facts`` and ``enqueue`` as in ``PolicyBook``."""

    def __init__(
        self,
        store: Store,
        *,
        facts: Callable[[Tournament], PlanFacts],
        enqueue: Callable[[PolicyPlan], tuple[Change, ...]],
    ) -> None:
        self._store = store
        self._policies = store.policies
        self._facts = facts
        self._enqueue = enqueue

    def settle(self) -> tuple[Change, ...]:
        """Settle every tournament that ever had a policy in force; returns new drafts."""
        found: list[Change] = []
        for tournament in Tournament:
            found += self.settle_one(tournament)
        return tuple(found)

    def settle_one(self, tournament: Tournament) -> tuple[Change, ...]:
        """All payouts since the first version, split anew, since a settled figure may be
        corrected; then what is due, as drafts. Returns new drafts."""
        versions = self._policies.versions(tournament)
        if not versions:
            return ()
        facts = self._facts(tournament)
        since = min(version.since for version in versions)
        performances = self._store.performances(tournament, since=since, scores=False)
        payouts = self._landing(facts, tournament, since).payouts(performances, since)
        self._policies.accrue(tournament, payouts, allocate(payouts, versions))
        return self._draft(facts, tournament)

    def accrued(self, tournament: Tournament) -> Accrued:
        """What one tournament's payouts came to, and what the queue does about it."""
        found = self._read(tournament)
        return replace(found, set_aside=self._set_aside(found))

    def _read(self, tournament: Tournament) -> Accrued:
        return Accrued(
            tournament,
            self._policies.payouts(tournament),
            self._policies.accruals(tournament),
            self._policies.realised(tournament),
            self._policies.versions(tournament),
        )

    def planned(self, facts: PlanFacts, accrued: Accrued) -> PolicyPlan:
        """What is due now. ``facts`` have to be older than ``accrued``: a queue that changed in
        between is then noticed when the plan is put into it."""
        version = self._active(accrued.tournament, accrued.versions)
        if version is None or not version.on:
            return _NOTHING
        return plan_policy(facts, version, accrued)

    def next_round(self, tournament: Tournament) -> int:
        """The oldest round that has not resolved; after the newest one if there is none."""
        rounds = self._store.rounds(tournament, newest=_LOOKS_BACK, scores=False)
        unsettled = [one.number for one in rounds if not one.resolved]
        return min(unsettled, default=max((one.number for one in rounds), default=0) + 1)

    def _active(
        self, tournament: Tournament, versions: tuple[PolicyVersion, ...]
    ) -> PolicyVersion | None:
        """The version for the payouts to come."""
        return in_force(versions, self.next_round(tournament)) if versions else None

    def _set_aside(self, known: Accrued) -> NMR:
        """NMR of pools in the wallet, which the tournaments share; ``known`` is one of them."""
        found = ZERO
        for tournament in Tournament:
            active = self._active(tournament, self._policies.versions(tournament))
            if active is None or not pools_of(active.policy):
                continue
            own = tournament is known.tournament
            found += set_aside(known if own else self._read(tournament), active.policy)
        return found

    def _draft(self, facts: PlanFacts, tournament: Tournament) -> tuple[Change, ...]:
        """What is due, as drafts; another time where the queue is being changed meanwhile."""
        planned = self.planned(facts, self.accrued(tournament))
        if planned.plan.steps:
            with suppress(LedgerBusy):
                try:
                    return self._enqueue(planned)
                except ChangeError as error:
                    log.info("Drafts of the payout policy wait for the next sync: %s", error)
        return ()

    def _landing(self, facts: PlanFacts, tournament: Tournament, since: int) -> Landing:
        rounds = self._store.rounds(tournament, since=since, scores=False)
        known = self._policies.payouts(tournament)
        strategy = facts.strategies.get(tournament)
        return Landing(
            atomic=facts.systems.get(tournament) is System.ATOMIC,
            stakes=facts.stakes,
            settings=strategy.settings() if strategy is not None else {},
            closes={one.number: one.closes_staking or one.opens for one in rounds},
            switched=self._switched(),
            before={(one.round, one.model_id): one for one in known},
        )

    def _switched(self) -> dict[str, list[datetime]]:
        """When take profit was switched on by a change of the queue, by model id."""
        found: dict[str, list[datetime]] = {}
        for change in self._store.changes(states=_ON):
            if change.kind is ChangeKind.TAKE_PROFIT_ON:
                at = [
                    event.at
                    for event in self._store.events(change.id)
                    if event.state is ChangeState.ACCEPTED
                ]
                found.setdefault(change.model_id, []).append(min(at, default=change.updated))
        return found
