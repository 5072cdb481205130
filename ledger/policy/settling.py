"""After a sync: settled payouts are split by the policy in force, and what is due is drafted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import PolicyVersion
from ledger.domain.queue.change import DONE, ChangeKind, ChangeState
from ledger.domain.targets.plan import Plan
from ledger.errors import ChangeError, LedgerBusy
from ledger.rules.policy.landing import Landing
from ledger.rules.policy.owed import Accrued, balances_of, pools_of, set_aside
from ledger.rules.policy.plan import PolicyPlan, plan_policy
from ledger.rules.policy.split import in_force, split_payouts

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.domain.policy import Policy, Split
    from ledger.domain.queue.change import Change
    from ledger.domain.targets.plan import Step
    from ledger.rules.targets.plan_facts import PlanFacts
    from ledger.store import Store

log = logging.getLogger(__name__)

_NOTHING = PolicyPlan(Plan((), None, (), (), (), ZERO, ()), ())
"""A plan without any step."""

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
        """Settle every tournament that ever had a policy in force; returns new drafts.

        From half a history nothing is settled.
        """
        drafts: list[Change] = []
        for tournament in Tournament:
            drafts += self.settle_one(tournament)
        return tuple(drafts)

    def settle_one(self, tournament: Tournament) -> tuple[Change, ...]:
        """Split what has settled or was corrected, then draft what is due; returns new drafts.

        Where a payout landed is not told without take profit: then its tournament waits.
        """
        versions = self._policies.versions(tournament)
        if not versions or not self._store.sync_state().history:
            return ()
        facts = self._facts(tournament)
        if _landing_unknown(facts, tournament):
            return ()
        self._accrue(facts, tournament, versions)
        return self._draft(facts, tournament)

    def _accrue(
        self, facts: PlanFacts, tournament: Tournament, versions: tuple[PolicyVersion, ...]
    ) -> None:
        """Split anew from the oldest round on that is not split as it should be."""
        since = self._policies.stale_since(tournament, versions)
        if since is None:
            return
        splits = self._split(facts, tournament, versions, since)
        self._policies.accrue(tournament, since, splits)

    def preview(self, policy: Policy, since: int | None = None) -> tuple[Step, ...]:
        """What would be drafted at once if ``policy`` came into force; nothing is kept."""
        tournament = policy.tournament
        facts, earlier = self._facts(tournament), self._policies.versions(tournament)
        newest = max((version.id for version in earlier), default=0) + 1
        first = self.first_round(tournament, since)
        versions = (*earlier, PolicyVersion(newest, first, facts.now, policy))
        splits = self._split(
            facts, tournament, versions, min(version.since for version in versions)
        )
        accrued = replace(self._read(tournament), balances=balances_of(splits), versions=versions)
        return self.planned(facts, replace(accrued, set_aside=self._set_aside(accrued))).plan.steps

    def first_round(self, tournament: Tournament, since: int | None) -> int:
        """From which round a policy holds: the oldest whose payouts are to come if none is said.

        Raises:
            ChangeError: there can't be such a round.
        """
        first = self.next_round(tournament) if since is None else since
        if first < 1:
            raise ChangeError(f"There is no round {first}.", "Rounds are numbered from 1.")
        return first

    def accrued(self, tournament: Tournament) -> Accrued:
        """What one tournament's payouts came to, and what the queue does about it."""
        accrued = self._read(tournament)
        return replace(accrued, set_aside=self._set_aside(accrued))

    def _read(self, tournament: Tournament) -> Accrued:
        return Accrued(
            tournament,
            self._policies.balances(tournament),
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

    def _set_aside(self, accrued: Accrued) -> NMR:
        """NMR of pools in the wallet, which the tournaments share; ``accrued`` is one of them."""
        total = ZERO
        for tournament in Tournament:
            own = tournament is accrued.tournament
            versions = accrued.versions if own else self._policies.versions(tournament)
            active = self._active(tournament, versions)
            if active is None or not pools_of(active.policy):
                continue
            total += set_aside(accrued if own else self._read(tournament), active.policy)
        return total

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

    def _split(
        self,
        facts: PlanFacts,
        tournament: Tournament,
        versions: Sequence[PolicyVersion],
        since: int,
    ) -> tuple[Split, ...]:
        """The payouts of rounds from ``since`` on, in parts."""
        performances = self._store.performances(tournament, since=since, scores=False)
        payouts = self._landing(facts, tournament, since).payouts(performances, since)
        return split_payouts(payouts, versions, self._policies.carried(tournament, since))

    def _landing(self, facts: PlanFacts, tournament: Tournament, since: int) -> Landing:
        rounds = self._store.rounds(tournament, since=since, scores=False)
        payouts = self._policies.payouts(tournament, since)
        strategy = facts.strategies.get(tournament)
        return Landing(
            atomic=facts.systems.get(tournament) is System.ATOMIC,
            stakes=facts.stakes,
            settings=strategy.settings() if strategy is not None else {},
            closes={entry.number: entry.closes_staking or entry.opens for entry in rounds},
            switched=self._switched(),
            before={(payout.round, payout.model_id): payout for payout in payouts},
        )

    def _switched(self) -> dict[str, list[datetime]]:
        """When take profit was switched on by a change of the queue, by model id."""
        switched_on: dict[str, list[datetime]] = {}
        for change in self._store.changes(states=DONE):
            if change.kind is ChangeKind.TAKE_PROFIT_ON:
                at = [
                    event.at
                    for event in self._store.events(change.id)
                    if event.state is ChangeState.ACCEPTED
                ]
                switched_on.setdefault(change.model_id, []).append(min(at, default=change.updated))
        return switched_on


def _landing_unknown(facts: PlanFacts, tournament: Tournament) -> bool:
    """Whether Numerai does not tell take profit of a model that is staked continuously."""
    if facts.systems.get(tournament) is System.ATOMIC:
        return False
    return any(
        facts.missing.of(Fact.TAKE_PROFIT, model.id)
        for model in facts.models
        if model.tournament is tournament
    )
