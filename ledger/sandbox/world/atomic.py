"""Atomic staking (v3) and the allocation strategy, as the simulated server does it.

Every round of every model is a position of its own, locked until the round resolves. Then it is
claimable: stake, plus payout or less burn.

* At the next staking close for which the model has submitted in time, and for which its setting
  is enabled with a stake, Numerai claims all that waits and stakes again. In **constant** mode
  the claims join idle and exactly the per-round stake is taken from there, or what there is. In
  **compound** mode the newest claim as a whole is the next stake and older ones join idle;
  without a claim it is the per-round stake.
* A claim that nobody has dealt with seven days after its round resolved is finalised into idle.
  That is what becomes of the claims of models that are disabled or do not submit.
* **Deferred burn debt.** What the live contract defers is not published. Here: when constant
  mode stakes at least as much as the burned position held, the burn is not taken out of idle; it
  becomes debt of the model, as long as that debt is no more than one round's stake. Later
  payouts pay the debt before they join idle or the next stake; a claim that is finalised pays it
  out of all it is worth. Debt is NMR that counts in positions and is owed, so it is subtracted
  from what the account owns.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, PositionState
from ledger.rules.rounds.calendar import concurrent_rounds
from ledger.sandbox.world import addresses, continuous
from ledger.sandbox.world.continuous import Declined
from ledger.sandbox.world.state import Competition, Entry, SettingRow, Slot, Strategy

if TYPE_CHECKING:
    from ledger.sandbox.world.world_state import WorldState

FINALISED_AFTER = timedelta(days=7)
"""How long a claim may wait before it goes to idle."""

_CENT = NMR("0.01")
"""What a stake per round is a multiple of when a tournament moves over, in NMR."""

_SWEEP_DELAY = timedelta(seconds=12)
"""How long after a payout to the wallet its way on to the strategy is booked: one block."""


# moving over


def begin_migration(world: WorldState, competition: Competition) -> None:
    """The first atomic round opens: pending v2 changes are dropped, the first share moves.

    Each of the 23 continuous rounds still running takes another 24th along when it resolves;
    with none running, everything moves now.
    """
    competition.atomic_since = world.now
    for slot in competition.slots:
        continuous.retire(world, slot)
        _set_per_round(world, slot, competition.latest)
    move_share(world, competition)


def move_share(world: WorldState, competition: Competition) -> None:
    """A continuous round has left the tournament: its share of the stakes moves."""
    _move(world, competition, _running_continuous(competition) + 1)


# settings and idle


def configure(world: WorldState, slot: Slot, setting: ModelSetting, tx_hash: str) -> None:
    """The owner sets a model; it holds from the next staking close."""
    slot.strategy = Strategy(setting.per_round, setting.mode, setting.enabled)
    note_setting(world, slot, setting, tx_hash)


def note_setting(world: WorldState, slot: Slot, setting: ModelSetting, tx_hash: str) -> None:
    """Write down that a setting reached the chain."""
    key = addresses.model_key(world, slot)
    world.settings.append(SettingRow(world.now, slot.tournament, key, setting, tx_hash))


def deposit(
    world: WorldState, competition: Competition, amount: NMR, tx_hash: str | None = None
) -> None:
    """From the owner's wallet on chain to idle.

    Raises:
        Declined: the wallet does not hold that much.
    """
    _check(amount, world.owner.nmr)
    world.owner.nmr -= amount
    competition.idle += amount
    here, there = world.owner.address, addresses.strategy(world, competition.tournament)
    world.book(amount, "deposit", here, there, competition.tournament, tx_hash=tx_hash)


def withdraw(
    world: WorldState, competition: Competition, amount: NMR, tx_hash: str | None = None
) -> None:
    """From idle to the owner's wallet on chain.

    Raises:
        Declined: idle does not hold that much.
    """
    _check(amount, competition.idle)
    competition.idle -= amount
    world.owner.nmr += amount
    here, there = addresses.strategy(world, competition.tournament), world.owner.address
    world.book(amount, "withdrawal", here, there, competition.tournament, tx_hash=tx_hash)


# positions


def open_position(world: WorldState, competition: Competition, slot: Slot, entry: Entry) -> None:
    """At a staking close: claim what waits and stake on this model, as its setting says."""
    setting = slot.strategy
    if setting is None or not setting.per_round or not setting.enabled:
        return
    claimed = _claim(competition, slot)
    stake = setting.per_round
    if setting.mode is StakeMode.COMPOUND and claimed:
        stake = claimed[-1][1]
    amount = min(stake, competition.idle)
    _end(claimed, PositionState.RESTAKED if amount > ZERO else PositionState.CLAIMED)
    if amount <= ZERO:
        return
    competition.idle -= amount
    slot.locked += amount
    entry.at_risk = amount
    entry.position = world.hash("position", slot.id, entry.number)
    if setting.mode is StakeMode.CONSTANT:
        for burned, _ in claimed:
            _defer(competition, slot, burned, amount)


def settle(slot: Slot, entry: Entry, earned: NMR) -> None:
    """At resolution: the position is claimable, with its payout or without its burn."""
    entry.payout = earned
    if not entry.at_risk:
        return
    slot.locked -= entry.at_risk
    slot.claimable.append(entry)


def finalise(competition: Competition, slot: Slot, number: int) -> None:
    """Seven days after round ``number`` resolved: a claim nobody made goes to idle."""
    for entry in [entry for entry in slot.claimable if entry.number == number]:
        slot.claimable.remove(entry)
        competition.idle += _pay_debt(slot, entry.worth, entry.worth)
        entry.ending = PositionState.FINALISED


def _claim(competition: Competition, slot: Slot) -> list[tuple[Entry, NMR]]:
    """Move all claims to idle; the positions and what each added, oldest first."""
    claims = sorted(slot.claimable, key=lambda entry: entry.number)
    slot.claimable.clear()
    claimed = []
    for entry in claims:
        added = _pay_debt(slot, entry.worth, max(ZERO, entry.payout or ZERO))
        competition.idle += added
        claimed.append((entry, added))
    return claimed


def _end(claimed: list[tuple[Entry, NMR]], ending: PositionState) -> None:
    for entry, _ in claimed:
        entry.ending = ending


def _pay_debt(slot: Slot, worth: NMR, at_most: NMR) -> NMR:
    """What is left of ``worth`` when up to ``at_most`` of it has paid the model's debt."""
    paid = min(slot.debt, at_most)
    slot.debt -= paid
    return worth - paid


def _defer(competition: Competition, slot: Slot, burned: Entry, staked: NMR) -> None:
    burn = -(burned.payout or ZERO)
    if burn > ZERO and staked >= burned.at_risk:
        owe(competition, slot, min(burn, max(ZERO, staked - slot.debt)))


def owe(competition: Competition, slot: Slot, burn: NMR) -> None:
    """Let a model owe a burn that idle has paid."""
    competition.idle += burn
    slot.debt += burn


def _set_per_round(world: WorldState, slot: Slot, number: int) -> None:
    if slot.strategy is None:
        return
    if slot.strategy.per_round is None:
        rounds = concurrent_rounds(world.plan(slot.tournament, number).regime.score_days)
        cents = slot.stake.wei // rounds // _CENT.wei
        slot.strategy.per_round = max(_CENT, NMR.from_wei(cents * _CENT.wei))
    setting = ModelSetting(slot.strategy.per_round, slot.strategy.mode, slot.strategy.enabled)
    note_setting(world, slot, setting, world.hash("setting", slot.id))


def _running_continuous(competition: Competition) -> int:
    return sum(
        state.plan.regime.system is System.CONTINUOUS and not state.resolved
        for state in competition.rounds.values()
    )


def _move(world: WorldState, competition: Competition, parts: int) -> None:
    moved = ZERO
    for slot in competition.slots:
        share = NMR.from_wei(slot.stake.wei // parts)
        slot.stake -= share
        moved += share
    competition.idle += moved
    strategy = addresses.strategy(world, competition.tournament)
    wallet = world.account_wallet.address
    world.book(moved, "payout", "v2-stake", wallet, competition.tournament)
    world.book(moved, "sweep", wallet, strategy, competition.tournament, later=_SWEEP_DELAY)


def _check(amount: NMR, available: NMR) -> None:
    if amount <= ZERO:
        raise Declined("The amount must be greater than zero")
    if amount > available:
        raise Declined(f"Insufficient balance: {amount} NMR requested, {available} NMR available")
