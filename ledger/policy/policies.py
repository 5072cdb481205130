"""Payout allocation of one ledger: edited, tried on the past, put in force, realised as drafts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import Policy
from ledger.errors import ChangeError
from ledger.policy.settling import PolicySettler
from ledger.reports.policy.matrix import PolicyFacts, PolicyReport, build_policy
from ledger.rules.naming import names
from ledger.rules.policy.split import (
    in_force,
    new_row,
    parse_percent,
    problems,
    with_row,
    with_share,
    without_row,
)
from ledger.rules.policy.text import parse_shares, parse_source, pool_name

if TYPE_CHECKING:
    from ledger.domain.policy import BurnRule, Destination, Replay
    from ledger.domain.queue.change import Change
    from ledger.domain.rounds.performance import Performance
    from ledger.domain.targets.plan import Step
    from ledger.rules.policy.plan import PolicyPlan
    from ledger.rules.targets.plan_facts import PlanFacts
    from ledger.store import Store


class PolicyBook:
    """Policies of one profile. ``must_write`` raises ``ReadOnly`` where nothing may be changed.

    ``facts`` are the account's for a plan of one tournament, ``enqueue`` puts a plan into the
    queue as drafts, with what it realises.
    """

    def __init__(
        self,
        store: Store,
        *,
        facts: Callable[[Tournament], PlanFacts],
        enqueue: Callable[[PolicyPlan], tuple[Change, ...]],
        must_write: Callable[[], None],
    ) -> None:
        self._store = store
        self._policies = store.policies
        self._facts = facts
        self._must_write = must_write
        self._settler = PolicySettler(store, facts=facts, enqueue=enqueue)

    def report(self, tournament: Tournament) -> PolicyReport:
        """The matrix of one tournament, what is in force, and what payouts came to."""
        facts = self._facts(tournament)
        accrued = self._settler.accrued(tournament)
        report = build_policy(
            PolicyFacts(
                policy=self._policies.edits(tournament),
                system=facts.systems.get(tournament, System.CONTINUOUS),
                models=self._store.models(archived=True),
                stakes={model.id: None for model in facts.models}
                | {key: one.eventual for key, one in facts.net_positions().items()},
                versions=accrued.versions,
                next_round=self._settler.next_round(tournament),
                accrued=accrued,
                missing=facts.missing,
            )
        )
        return replace(report, waiting=self._settler.planned(facts, accrued).waiting)

    def tournaments(self) -> tuple[Tournament, ...]:
        """Those with a policy, edited or ever in force."""
        policies = self._policies
        return tuple(
            one for one in Tournament if policies.versions(one) or policies.edits(one).rows
        )

    # Editing

    def set_share(
        self, tournament: Tournament, source: str | None, destination: Destination, text: str
    ) -> PolicyReport:
        """Keep one percentage as typed; what a row leaves goes to the source itself.

        Raises:
            ChangeError: no percentage, or the row would add up to more than 100 %.
        """
        policy = self._policies.edits(tournament)
        return self.keep(with_share(policy, source, destination, parse_percent(text)))

    def set_row(
        self, tournament: Tournament, source: str, shares: Mapping[str, str]
    ) -> PolicyReport:
        """Keep a whole row: percentages by place, both as typed (see ``policy_text``); what they
        leave goes to the source itself. ``source`` is a model's name or ``others``.

        Raises:
            ChangeError: no such model or place, no percentage, or more than 100 %.
        """
        names = self._names(tournament)
        row = new_row(parse_source(source, names), parse_shares(shares, names))
        return self.keep(with_row(self._policies.edits(tournament), row))

    def source(self, tournament: Tournament, text: str) -> str | None:
        """The id of the model whose row is meant, ``None`` for ``others``.

        Raises:
            ChangeError: no such model.
        """
        return parse_source(text, self._names(tournament))

    def clear_row(self, tournament: Tournament, source: str | None) -> PolicyReport:
        """Take a source's own row away: what holds for all others holds for it."""
        return self.keep(without_row(self._policies.edits(tournament), source))

    def add_pool(self, tournament: Tournament, name: str) -> PolicyReport:
        """Give the matrix a column for NMR set aside under ``name``.

        Raises:
            ChangeError: no name, too long, or there is one already.
        """
        policy, name = self._policies.edits(tournament), pool_name(name)
        if name in policy.pools:
            raise ChangeError(f"There is a pool “{name}” already.")
        return self.keep(replace(policy, pools=(*policy.pools, name)))

    def set_rules(
        self,
        tournament: Tournament,
        *,
        burns: BurnRule,
        threshold: NMR | None,
        every: int | None,
    ) -> PolicyReport:
        """What burns do, and when accrued amounts become changes.

        Raises:
            ChangeError: a threshold or a schedule below zero or of nothing.
        """
        if (threshold is not None and threshold <= ZERO) or (every is not None and every < 1):
            raise ChangeError("A threshold and a schedule are above zero.", "Or leave them out.")
        policy = self._policies.edits(tournament)
        return self.keep(replace(policy, burns=burns, threshold=threshold, every=every))

    def keep(self, policy: Policy) -> PolicyReport:
        """Make ``policy`` the one being edited; nothing else changes."""
        self._policies.keep_edits(policy)
        return self.report(policy.tournament)

    # The past

    def replay(self, tournament: Tournament, last: int, policy: Policy | None = None) -> Replay:
        """The newest ``last`` settled rounds with and without a policy, the edited one if none.

        Raises:
            ChangeError: the policy can't be meant, or no round has settled yet.
        """
        from ledger.rules.policy.replay import ReplayFacts, replay

        candidate = policy or self._policies.edits(tournament)
        self._check(candidate)
        rounds = self._store.settled_rounds(tournament, last)
        if not rounds:
            raise ChangeError("No round has settled yet, so there is no past to try it on.")
        facts = self._facts(tournament)
        atomic = facts.systems.get(tournament) is System.ATOMIC
        replay_facts = ReplayFacts(
            candidate,
            self._scored(tournament, rounds[-1]),
            self._store.rounds(tournament, since=rounds[-1], scores=False),
            spread=facts.schedules()[tournament].concurrent if atomic else 1,
        )
        return replay(replay_facts)

    def _scored(self, tournament: Tournament, since: int) -> list[Performance]:
        """Performances from round ``since`` on, with scores where a payout rate can't be had
        otherwise: reading all of them takes longer than the whole replay."""
        rows = self._store.performances(tournament, since=since, scores=False)
        unstaked = self._store.unstaked_performances(tournament, since=since)
        scored = {(row.model_id, row.round): row for row in unstaked}
        return [scored.get((row.model_id, row.round), row) for row in rows]

    # In force

    def preview(self, tournament: Tournament, since: int | None = None) -> tuple[Step, ...]:
        """The drafts that switching the edited policy on from round ``since`` begins with.

        Raises:
            ChangeError: the policy can't be meant or gives nothing away.
        """
        return self._settler.preview(self._givable(tournament), since)

    def switch_on(
        self, tournament: Tournament, since: int | None = None, name: str | None = None
    ) -> tuple[Change, ...]:
        """Put the edited policy in force from round ``since`` on, and draft what it implies.

        ``since``: by default the oldest round whose payouts are still to come. The next settled
        rounds add their drafts with each sync.

        Returns:
            The drafts there are to begin with.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: the policy can't be meant or has no rows.
        """
        return self._put(self._givable(tournament), since, name)

    def switch_off(self, tournament: Tournament, since: int | None = None) -> None:
        """Leave payouts where they land from round ``since`` on; what accrued is kept.

        ``since``: as for :meth:`switch_on`. Drafts in the queue stay, so do take profit and modes.

        Raises:
            ReadOnly: nothing may be changed.
            ChangeError: no policy is in force, nor begins later.
        """
        self._must_write()
        versions = self._policies.versions(tournament)
        first = self._settler.next_round(tournament) if since is None else since
        begin = [first, *(version.since for version in versions if version.since > first)]
        held = [in_force(versions, number) for number in begin]
        if not any(version is not None and version.on for version in held):
            raise ChangeError(f"No policy is in force for {tournament.label}.")
        self._put(Policy(tournament), first, None)

    def settle(self) -> tuple[Change, ...]:
        """Split what has settled, and draft what is due: after each sync.

        Nothing is, before all of the history was once brought in.

        Returns:
            New drafts; nothing is confirmed or sent.
        """
        return self._settler.settle()

    def _put(self, policy: Policy, since: int | None, name: str | None) -> tuple[Change, ...]:
        self._must_write()
        first = self._settler.first_round(policy.tournament, since)
        self._policies.put_in_force(policy, first, name)
        return self._settler.settle_one(policy.tournament)

    def _givable(self, tournament: Tournament) -> Policy:
        """The edited policy, if it can be put in force."""
        policy = self._policies.edits(tournament)
        self._check(policy)
        if not policy.rows:
            raise ChangeError("This policy has no row, so payouts stay.", "Set a share first.")
        return policy

    def _check(self, policy: Policy) -> None:
        reasons = problems(policy, self._names(policy.tournament))
        if reasons:
            raise ChangeError(" ".join(reasons), "Correct these rows.")

    def _names(self, tournament: Tournament) -> dict[str, str]:
        return names(self._store.models(tournament))
