"""Who submitted what when: decided by the seed alone, so it is known before it happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.domain.nmr import ZERO
from ledger.sandbox.world.schedule import RoundPlan, identify
from ledger.sandbox.world.state import Entry, Slot

if TYPE_CHECKING:
    from ledger.sandbox.world.world_state import WorldState

_LATE = 0.012
"""How many of the submissions come after the staking close."""

_GAP, _GAP_ROUNDS = 0.03, 8
"""How often a model pauses, for how many rounds."""


def submission(world: WorldState, slot: Slot, plan: RoundPlan) -> tuple[datetime, bool] | None:
    """When a slot submits to a round, and whether that is late; ``None`` when it skips it."""
    if slot.archived or plan.number < slot.first_round:
        return None
    if slot.stopped is not None and plan.closes_staking > slot.stopped:
        return None
    series = f"{int(slot.tournament)}/{slot.index}/submit"
    draw = world.scores.uniform(series, plan.number)
    if draw < slot.skips or _paused(world, slot, plan.number):
        return None
    moment = world.scores.uniform(f"{series}/when", plan.number)
    late = plan.closes > plan.closes_staking and draw > 1 - _LATE
    if late:
        window = (plan.closes - plan.closes_staking).total_seconds()
        return _whole(plan.closes_staking, 60 + moment * (window - 120)), True
    window = min(3300.0, (plan.closes_staking - plan.opens).total_seconds())
    return _whole(plan.opens, 45 + moment * (window - 60)), False


def submission_id(slot: Slot, number: int) -> str:
    """The id of a slot's submission to a round."""
    return identify("submission", slot.id, number)


def entry(world: WorldState, slot: Slot, plan: RoundPlan) -> Entry:
    """A slot's entry in a round, nothing at risk yet."""
    made = submission(world, slot, plan)
    return Entry(
        number=plan.number,
        system=plan.regime.system,
        submission_id=None if made is None else submission_id(slot, plan.number),
        submitted=None if made is None else made[0],
        late=made is not None and made[1],
        at_risk=ZERO,
        take_profit=False,
    )


def _paused(world: WorldState, slot: Slot, number: int) -> bool:
    series = f"{int(slot.tournament)}/{slot.index}/pause"
    return world.scores.uniform(series, number // _GAP_ROUNDS) < _GAP


def _whole(start: datetime, seconds: float) -> datetime:
    return start + timedelta(seconds=int(seconds))
