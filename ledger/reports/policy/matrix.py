"""A tournament's payout policy as a matrix: sources down, destinations across."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    WALLET,
    Destination,
    DestinationKind,
    Policy,
    PolicyVersion,
)
from ledger.rules import naming
from ledger.rules.policy.owed import Accrued, owed, pools_of
from ledger.rules.policy.split import in_force, problems, shares_of


@dataclass(frozen=True, slots=True)
class PolicyColumn:
    """One ``destination``, by ``name``; amounts in NMR.

    ``stake`` is what a model holds, ``None`` where that is not known, ``accrued`` what came
    together for it, ``open`` what of that is in no stake, wallet or change yet; what was earned
    beyond it elsewhere makes it negative.
    """

    destination: Destination
    name: str
    stake: NMR | None
    accrued: NMR
    open: NMR


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One source, by ``name``; ``model_id`` is ``None`` for all others.

    ``stake`` is what the model holds, in NMR. ``shares`` in percent are those that hold for it;
    ``own`` tells whether by a row of its own. ``accrued`` is what its payouts came to by
    destination.
    """

    model_id: str | None
    name: str
    stake: NMR | None
    shares: Mapping[Destination, Decimal]
    own: bool
    accrued: Mapping[Destination, NMR]


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """The ``policy`` of ``tournament`` being edited, what is in force, and what payouts came to.

    ``system`` is how the tournament is staked. ``lines`` are the sources, ``columns`` the
    destinations. ``problems`` say why the policy can't be meant. ``versions`` are those that were
    put in force, ``active`` is the one that holds for ``next_round``: the oldest round whose
    payouts are still to come, where a policy begins if nothing else is said. ``total`` of all
    payouts since the first version is the sum of the columns' ``accrued``. ``waiting`` says why
    some of it is not planned yet. ``missing`` is what Numerai did not tell.
    """

    tournament: Tournament
    system: System
    policy: Policy
    columns: tuple[PolicyColumn, ...]
    lines: tuple[PolicyLine, ...]
    problems: tuple[str, ...]
    versions: tuple[PolicyVersion, ...]
    active: PolicyVersion | None
    next_round: int
    total: NMR
    waiting: tuple[str, ...] = ()
    missing: MissingFacts = NOTHING_MISSING

    @property
    def in_force(self) -> bool:
        """Whether what is edited is what holds."""
        return self.active is not None and self.active.on and self.active.policy == self.policy


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """What the matrix is made from.

    ``policy`` is the one being edited, ``versions`` are those put in force, ``accrued`` is what
    payouts came to since. ``models`` with archived ones; ``stakes`` in NMR by model id, ``None``
    where they are not known; ``system`` is how the tournament is staked. ``next_round`` is the
    oldest round whose payouts are still to come. ``missing`` is what Numerai did not tell.
    """

    policy: Policy
    system: System
    models: tuple[Model, ...]
    stakes: Mapping[str, NMR | None]
    versions: tuple[PolicyVersion, ...]
    next_round: int
    accrued: Accrued
    missing: MissingFacts = NOTHING_MISSING


def build_policy(facts: PolicyFacts) -> PolicyReport:
    """The matrix: all others first, then models by name; destinations with the smallest model
    before the larger ones."""
    tournament = facts.policy.tournament
    named = _named(facts)
    own = [model for model in facts.models if model.tournament is tournament]
    labels = naming.names(own)
    own = [replace(model, name=labels[model.id]) for model in own]
    models = [model for model in own if not model.archived or model.id in named]
    active = in_force(facts.versions, facts.next_round)
    names = {model.id: model.name for model in own if not model.archived}
    return PolicyReport(
        tournament=tournament,
        system=facts.system,
        policy=facts.policy,
        columns=tuple(_columns(facts, models)),
        lines=tuple(_lines(facts, models)),
        problems=problems(facts.policy, names),
        versions=facts.versions,
        active=active,
        next_round=facts.next_round,
        total=facts.accrued.balances.total,
        missing=facts.missing,
    )


def _named(facts: PolicyFacts) -> set[str]:
    """The models in the policy or in what accrued, which are shown even when archived."""
    destinations = [destination for row in facts.policy.rows for destination in row.shares]
    destinations += [destination for _, destination in facts.accrued.balances.accrued]
    sources = {row.source or "" for row in facts.policy.rows}
    sources |= {source for source, _ in facts.accrued.balances.accrued}
    return sources | {
        destination.name
        for destination in destinations
        if destination.kind is DestinationKind.MODEL
    }


def _columns(facts: PolicyFacts, models: Iterable[Model]) -> Iterable[PolicyColumn]:
    accrued: dict[Destination, NMR] = {}
    for (_, destination), nmr in facts.accrued.balances.accrued.items():
        accrued[destination] = accrued.get(destination, ZERO) + nmr
    still = owed(facts.accrued)

    def column(destination: Destination, name: str, stake: NMR | None = None) -> PolicyColumn:
        return PolicyColumn(
            destination, name, stake, accrued.get(destination, ZERO), still.get(destination, ZERO)
        )

    yield column(ITSELF, "itself")
    yield column(WALLET, "wallet")
    paid_into = [
        destination.name for destination in accrued if destination.kind is DestinationKind.POOL
    ]
    for pool in dict.fromkeys([*pools_of(facts.policy), *sorted(paid_into)]):
        yield column(Destination(DestinationKind.POOL, pool), pool)
    for model in sorted(models, key=lambda one: (facts.stakes.get(one.id, ZERO) or ZERO, one.name)):
        destination = Destination(DestinationKind.MODEL, model.id)
        yield column(destination, model.name, facts.stakes.get(model.id, ZERO))


def _lines(facts: PolicyFacts, models: Iterable[Model]) -> Iterable[PolicyLine]:
    accrued: dict[str, dict[Destination, NMR]] = {}
    for (source, destination), nmr in facts.accrued.balances.accrued.items():
        accrued.setdefault(source, {})[destination] = nmr
    policy = facts.policy
    row = policy.row(None)
    shares = row.shares if row is not None else {ITSELF: Decimal(100)}
    yield PolicyLine(None, "all others", None, shares, row is not None, {})
    for model in sorted(models, key=lambda one: one.name):
        yield PolicyLine(
            model.id,
            model.name,
            facts.stakes.get(model.id, ZERO),
            shares_of(policy, model.id),
            policy.row(model.id) is not None,
            accrued.get(model.id, {}),
        )
