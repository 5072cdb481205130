"""What there is against what the targets ask for."""

from __future__ import annotations

from ledger.domain.change import ChangeKind
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.plan import Balance, Plan
from ledger.rules.plan import PlanFacts


def balance(facts: PlanFacts, plan: Plan) -> Balance:
    """The balance of the targets of ``facts`` over all its models; ``plan`` gives the dates."""
    states = facts.standings()
    wanted = {key: facts.targets.get(key, standing.eventual) for key, standing in states.items()}
    current = NMR.total(standing.effective for standing in states.values())
    releasing = NMR.total(standing.releasing for standing in states.values())
    wallet = facts.free - NMR.total(standing.taken for standing in states.values())
    targets = NMR.total(wanted.values())
    left = current + wallet + releasing - targets
    needed = NMR.total(max(ZERO, wanted[key] - states[key].effective) for key in states)
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
        missing_now=max(ZERO, needed - wallet),
        missing=max(ZERO, -left),
        covered=None if left < ZERO else max(waiting, default=facts.now),
    )
