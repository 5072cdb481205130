"""Atomic staking (v3) and the allocation strategy, as the simulated server does it.

Every round of every model is a position of its own, locked until the round resolves; claims go
back to idle at once and fund the next positions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stake import StakeMode
from ledger.rules.calendar import concurrent_rounds
from ledger.sandbox import continuous
from ledger.sandbox.schedule import plan
from ledger.sandbox.state import Arena, Entry, Slot

if TYPE_CHECKING:
    from ledger.sandbox.world import World

_CENT = NMR("0.01")
_SWEEP_DELAY = timedelta(seconds=12)


def begin_migration(world: World, arena: Arena) -> None:
    """The first atomic round opens: pending v2 changes are dropped, the first share moves.

    Each of the 23 continuous rounds still running takes another 24th along when it resolves;
    with none running, everything moves now.
    """
    arena.atomic_since = world.now
    for slot in arena.slots:
        continuous.retire(world, slot)
        _set_per_round(slot, arena.latest)
    move_share(world, arena)


def move_share(world: World, arena: Arena) -> None:
    """A continuous round has left the tournament: its share of the stakes moves."""
    _move(world, arena, _running_continuous(arena) + 1)


def open_position(world: World, arena: Arena, slot: Slot, entry: Entry) -> None:
    """At a staking close: stake on this model from idle, as its settings say."""
    strategy = slot.strategy
    if strategy is None or strategy.per_round is None or not strategy.enabled:
        return
    amount = min(_wanted(slot, strategy.per_round, strategy.mode), arena.idle)
    if amount <= ZERO:
        return
    arena.idle -= amount
    slot.locked += amount
    entry.at_risk = amount
    entry.position = world.hash("position", slot.id, entry.number)


def settle(arena: Arena, slot: Slot, entry: Entry, earned: NMR) -> None:
    """At resolution: the position is claimed into idle, with its payout or without its burn."""
    entry.payout = earned
    if not entry.at_risk:
        return
    claim = entry.at_risk + earned
    slot.locked -= entry.at_risk
    arena.idle += claim
    slot.claims.append(claim)


def _set_per_round(slot: Slot, number: int) -> None:
    if slot.strategy is None or slot.strategy.per_round is not None:
        return
    rounds = concurrent_rounds(plan(slot.tournament, number).regime.score_days)
    cents = slot.stake.wei // rounds // _CENT.wei
    slot.strategy.per_round = max(_CENT, NMR.from_wei(cents * _CENT.wei))


def _wanted(slot: Slot, per_round: NMR, mode: StakeMode) -> NMR:
    if mode is StakeMode.CONSTANT or not slot.claims:
        return per_round
    newest = slot.claims[-1]
    slot.claims.clear()
    return newest


def _running_continuous(arena: Arena) -> int:
    return sum(
        state.plan.regime.system is System.CONTINUOUS and not state.resolved
        for state in arena.rounds.values()
    )


def _move(world: World, arena: Arena, parts: int) -> None:
    moved = ZERO
    for slot in arena.slots:
        share = NMR.from_wei(slot.stake.wei // parts)
        slot.stake -= share
        moved += share
    arena.idle += moved
    strategy = "0x" + world.hash("strategy", int(arena.tournament))[:40]
    wallet = world.purse.address
    world.book(moved, "payout", "v2-stake", wallet, arena.tournament)
    world.book(moved, "sweep", wallet, strategy, arena.tournament, later=_SWEEP_DELAY)
