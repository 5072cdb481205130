"""What a default world should show on the day it opens, arranged by its user's own means.

Each scene is something a user has to notice: a claim that nobody makes, idle NMR that runs out,
a burn that is still owed. They hold for any day on which the tournament is atomic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.rules.rounds import calendar
from ledger.sandbox.world import atomic, submissions
from ledger.sandbox.world.schedule import RoundPlan
from ledger.sandbox.world.state import Competition, Slot
from ledger.sandbox.world.world import World

RAISED_BEFORE = timedelta(days=2)
"""How long ago the user raised a model's stake and took idle NMR away."""

_RUNS_OUT_AFTER = timedelta(days=5)
"""For how long the idle NMR that is left lasts."""

_LEFT_FOR = atomic.FINALISED_AFTER - timedelta(days=2)
"""How long ago the last round of a model that stopped has resolved: two days before its claims go
to idle by themselves."""

_RAISE, _OWED = Decimal("0.5"), Decimal("0.4")
"""What one model's stake per round is raised by, as a part of what all models stake per round, and
a deferred burn as a part of the model's own."""

_LOOKS_BACK = 60
"""Rounds back that are searched for one in which a model took part."""


def stop_submitting(world: World, slot: Slot, now: datetime) -> None:
    """Let a model end its submissions so that a claim is finalised about two days after ``now``."""
    latest = calendar.latest_round(now)
    plans = [world.plan(slot.tournament, latest - back) for back in range(_LOOKS_BACK)]
    entered = [
        plan.resolves
        for plan in plans
        if plan.number > calendar.FIRST_DAILY_ROUND
        and plan.regime.system is System.ATOMIC
        and plan.resolves <= now
        and _submits(world, slot, plan)
    ]
    if entered:
        slot.stopped = min(entered, key=lambda resolves: abs(now - _LEFT_FOR - resolves))


def run_short(world: World, competition: Competition, now: datetime) -> None:
    """Raise one model and withdraw so much idle NMR that it lasts until about ``now`` + 5 days."""
    raised = _largest(competition)
    if raised is None or raised.strategy is None or any(slot.stake for slot in competition.slots):
        return
    more = _round(NMR.total(_per_round(slot) for slot in competition.slots).times(_RAISE))
    setting = ModelSetting(_per_round(raised) + more, StakeMode.CONSTANT)
    atomic.configure(world, raised, setting, world.hash("raised", raised.id))
    spare = _round(competition.idle - _needed(world, competition, now + _RUNS_OUT_AFTER))
    if spare > ZERO:
        atomic.withdraw(world, competition, spare)
    elif spare < ZERO:
        world.deposit_on_chain(-spare)
        atomic.deposit(world, competition, -spare)


def owe_a_burn(competition: Competition) -> None:
    """Let one model owe a burn, if none that submits does.

    It is as if an earlier burn had been deferred and not been taken from idle.
    """
    staking = [slot for slot in competition.slots if slot.locked and slot.stopped is None]
    if staking and not any(slot.debt for slot in staking):
        atomic.owe(competition, staking[0], _per_round(staking[0]).times(_OWED))


def _submits(world: World, slot: Slot, plan: RoundPlan) -> bool:
    made = submissions.submission(world, slot, plan)
    return made is not None and not made[1]


def _largest(competition: Competition) -> Slot | None:
    constant = [
        slot
        for slot in competition.slots
        if slot.strategy and slot.strategy.mode is StakeMode.CONSTANT and _per_round(slot)
    ]
    return max(constant, key=_per_round, default=None)


def _per_round(slot: Slot) -> NMR:
    setting = slot.strategy
    return (setting.per_round if setting and setting.enabled else None) or ZERO


def _needed(world: World, competition: Competition, until: datetime) -> NMR:
    """What idle has to give until then, were every model to submit and no round to pay."""
    needed, since = ZERO, world.now
    for plan in _closings(world, competition, until):
        for slot in competition.slots:
            if _per_round(slot):
                needed += _draws(world, slot, since, plan.closes_staking)
        since = plan.closes_staking
    return max(ZERO, needed)


def _closings(world: World, competition: Competition, until: datetime) -> Iterator[RoundPlan]:
    number = competition.latest
    while (plan := world.plan(competition.tournament, number)).closes_staking <= until:
        if plan.closes_staking > world.now:
            yield plan
        number += 1


def _draws(world: World, slot: Slot, since: datetime, close: datetime) -> NMR:
    claims = [
        entry.at_risk
        for number, entry in slot.entries.items()
        if entry.at_risk
        and entry.system is System.ATOMIC
        and since < world.plan(slot.tournament, number).resolves <= close
    ]
    compounds = slot.strategy is not None and slot.strategy.mode is StakeMode.COMPOUND
    stake = claims[-1] if compounds and claims else _per_round(slot)
    return stake - NMR.total(claims)


def _round(amount: NMR) -> NMR:
    return NMR.from_wei(amount.wei // 10**16 * 10**16)
