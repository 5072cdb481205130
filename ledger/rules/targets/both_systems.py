"""One plan over continuous and atomic staking: what the two halves owe each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.plan import Plan
from ledger.rules.targets import sentences
from ledger.rules.targets.strategy_plan import StrategyPart

if TYPE_CHECKING:
    from ledger.rules.targets.plan_facts import PlanFacts


def drawn_at_once(facts: PlanFacts, plan: Plan) -> NMR:
    """What queue and ``plan`` take from the wallet for continuous stakes now."""
    states = facts.net_positions().values()
    queued = (
        change.nmr or ZERO
        for net_position in states
        for change in net_position.queue
        if change.kind is ChangeKind.INCREASE and change.id not in plan.replaces
    )
    planned = (
        step.nmr or ZERO
        for step in plan.steps
        if step.kind is ChangeKind.INCREASE and step.conditions.when_free is None
    )
    taken = (net_position.taken for net_position in states)
    return NMR.total((*queued, *planned, *taken))


def joined(facts: PlanFacts, plan: Plan, part: StrategyPart) -> Plan:
    """One plan; its outlooks in the order of the targets."""
    by_model = {outlook.model.id: outlook for outlook in plan.outlooks} | part.outlooks
    outlooks = tuple(by_model[model_id] for model_id in facts.targets)
    dates = [outlook.complete for outlook in outlooks if outlook.complete is not None]
    replaced = tuple(sorted({*plan.replaces, *part.replaces}))
    named = [sentences.replaces(replaced)] if part.replaces else []
    kept = plan.warnings[1:] if plan.replaces and part.replaces else plan.warnings
    return replace(
        plan,
        steps=(*plan.steps, *part.steps),
        complete=max(dates, default=facts.now) if len(dates) == len(outlooks) else None,
        outlooks=outlooks,
        replaces=replaced,
        missing=plan.missing + part.missing,
        warnings=(*named, *kept, *part.warnings),
        shortages=tuple(part.shortages),
        offers=tuple(part.offers),
    )
