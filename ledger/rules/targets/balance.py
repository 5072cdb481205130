"""What there is against what the targets ask for."""

from __future__ import annotations

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.plan import Balance, Plan
from ledger.rules.targets.plan_facts import PlanFacts


def balance(facts: PlanFacts, plan: Plan) -> Balance:
    """The balance of the targets of ``facts`` over all its models that are known; ``plan`` gives
    the dates."""
    states = facts.net_positions()
    amounts = {
        key: facts.targets.get(key, net_position.eventual) for key, net_position in states.items()
    }
    current = NMR.total(net_position.effective for net_position in states.values())
    releasing = NMR.total(net_position.releasing for net_position in states.values())
    taken = NMR.total(net_position.taken for net_position in states.values())
    wallet = None if facts.free is None else facts.free - taken
    targets = NMR.total(amounts.values())
    there = None if wallet is None else current + wallet + releasing
    left = None if there is None else there - targets
    kept = NMR.total(net_position.eventual for net_position in states.values())
    needed = NMR.total(max(ZERO, amounts[key] - states[key].effective) for key in states)
    waiting = (
        step.earliest
        for step in plan.steps
        if step.kind is ChangeKind.INCREASE and step.conditions.when_free is not None
    )
    return Balance(
        current=current,
        wallet=wallet,
        releasing=releasing,
        targets=targets,
        left=left,
        missing_now=None if wallet is None else max(ZERO, needed - wallet),
        missing=None if left is None else max(ZERO, -left),
        covered=None if left is None or left < ZERO else max(waiting, default=facts.now),
        before=None if there is None else there - kept,
        unknown=len(facts.models) - sum(model.id in states for model in facts.models),
    )
