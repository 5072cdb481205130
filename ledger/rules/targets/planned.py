"""A tournament's edited targets, resolved into NMR and planned against the whole account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.domain.targets.plan import Plan
from ledger.domain.targets.target import Target, TargetDraft, TargetEntry, TargetKind
from ledger.errors import ChangeError
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.target import Resolution, parse_target, resolve

NO_ENTRY = TargetEntry()
"""What stands for a model without a target: it stays as it is, with no option and no lock."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Edited targets and their plan."""

    draft: TargetDraft
    """The targets as they were edited."""
    facts: PlanFacts
    """The account, with those targets and choices."""
    models: tuple[Model, ...]
    """The tournament's models by name."""
    targets: tuple[Target, ...]
    """The targets that could be understood, in the order of ``models``."""
    resolution: Resolution
    """What they come to, and why others can't be meant."""
    plan: Plan
    """What it takes to get there."""


def plan_targets(facts: PlanFacts, draft: TargetDraft) -> Planned:
    """``draft`` against the account in ``facts``, whose own targets and choices do not count."""
    models = tuple(
        sorted(
            (model for model in facts.models if model.tournament is draft.tournament),
            key=lambda model: model.name,
        )
    )
    targets, unclear = _parsed(draft, models)
    free = facts.free if uncertain_wallet(facts.missing) is None else None
    resolved = resolve(targets, facts.net_positions(), free, unknown=_unknown(facts))
    resolution = Resolution(resolved.amounts, {**resolved.problems, **unclear})
    choices = {key: entry.option for key, entry in draft.entries.items() if entry.option}
    modes = {target.model_id: target.mode for target in targets if target.mode is not None}
    facts = replace(facts, targets=resolution.amounts, choices=choices, modes=modes)
    plan = make_plan(facts)
    plan = replace(plan, left_out=plan.left_out + tuple(_unresolved(facts, targets, models)))
    return Planned(draft, facts, models, targets, resolution, plan)


def _unresolved(
    facts: PlanFacts, targets: Iterable[Target], models: Iterable[Model]
) -> Iterator[str]:
    """Why targets of models without a net position never reached the plan."""
    states = facts.net_positions()
    asked = {target.model_id for target in targets if target.kind is not TargetKind.KEEP}
    for model in models:
        if model.id in asked and model.id not in states:
            yield facts.uncertain(model) or f"The stake of {said(model.name)} is not known."


def _unknown(facts: PlanFacts) -> frozenset[Tournament]:
    """Tournaments with models whose stake is not known now: old figures are none to share by."""
    return frozenset(
        model.tournament for model in facts.models if facts.uncertain(model) is not None
    )


def _parsed(
    draft: TargetDraft, models: Iterable[Model]
) -> tuple[tuple[Target, ...], dict[str, str]]:
    """The targets of ``models`` in their order, and why others can't be understood."""
    targets: list[Target] = []
    unclear: dict[str, str] = {}
    for model in models:
        entry = draft.entries.get(model.id, NO_ENTRY)
        try:
            targets.append(parse_target(entry.text, model.id, locked=entry.locked))
        except ChangeError as error:
            unclear[model.id] = error.what
    return tuple(targets), unclear
