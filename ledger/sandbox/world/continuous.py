"""Continuous staking (v2) as the simulated server does it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import PendingKind
from ledger.sandbox.world.schedule import identify
from ledger.sandbox.world.state import Competition, Entry, Request, Slot

if TYPE_CHECKING:
    from ledger.sandbox.world.world_state import WorldState


class Declined(Exception):
    """The server says no; the text is its answer."""


def increase(world: WorldState, slot: Slot, amount: NMR) -> Request:
    """Take ``amount`` from the wallet; it counts from the next staking close.

    Raises:
        Declined: with the server's words.
    """
    _check_open(world, slot)
    _check_amount(amount)
    if amount > world.account_wallet.available:
        raise Declined(
            f"Insufficient funds: {amount} NMR requested, "
            f"{world.account_wallet.available} NMR available"
        )
    world.account_wallet.available -= amount
    world.account_wallet.held += amount
    world.book(amount, "stake", world.account_wallet.address, "v2-stake", slot.tournament)
    due = next_staking_close(world, slot)
    return _pend(world, slot, PendingKind.INCREASE, amount, due=due, last=None)


def release(world: WorldState, slot: Slot, amount: NMR, *, drain: bool = False) -> Request:
    """Ask for ``amount`` (``drain``: for everything) back; it is paid when the last round active
    now resolves.

    Raises:
        Declined: with the server's words.
    """
    _check_open(world, slot)
    if drain:
        amount = slot.stake
    _check_amount(amount)
    if amount > slot.stake:
        raise Declined(f"Cannot release {amount} NMR: the stake is {slot.stake} NMR")
    kind = PendingKind.DRAIN if drain else PendingKind.DECREASE
    last = last_active_round(world, slot)
    if last is None:
        request = _pend(world, slot, kind, amount, due=world.now, last=None)
        _pay(world, slot)
        return request
    due = world.plan(slot.tournament, last).resolves
    return _pend(world, slot, kind, amount, due=due, last=last)


def cancel_release(slot: Slot) -> Request:
    """Take a pending release back.

    Raises:
        Declined: there is none.
    """
    request = slot.pending
    if request is None or not request.releases:
        raise Declined("There is no pending stake release to cancel for this model")
    slot.pending = None
    request.status = "cancelled"
    return request


def select_payout(world: WorldState, slot: Slot, take_profit: bool) -> None:
    """Send earnings to the wallet (``take_profit``) or let them compound, from the next close.

    Raises:
        Declined: the tournament is atomic.
    """
    _check_system(world, slot)
    slot.take_profit = take_profit
    slot.take_profit_since = world.now


def next_staking_close(world: WorldState, slot: Slot) -> datetime:
    """When the next round's stakes are fixed."""
    competition = world.tournaments[slot.tournament]
    current = competition.rounds.get(competition.latest)
    number = (
        competition.latest if current is not None and not current.closed else competition.latest + 1
    )
    return world.plan(slot.tournament, max(number, competition.first_round)).closes_staking


def last_active_round(world: WorldState, slot: Slot) -> int | None:
    """The newest round that has opened and has not resolved."""
    rounds = world.tournaments[slot.tournament].rounds
    active = [number for number, state in rounds.items() if not state.resolved]
    return max(active, default=None)


def count_increases(world: WorldState, competition: Competition) -> None:
    """At a staking close: increases waiting for it become stake."""
    for slot in competition.slots:
        request = slot.pending
        if request is not None and request.kind is PendingKind.INCREASE:
            world.account_wallet.held -= request.amount
            slot.stake += request.amount
            request.status = "confirmed"
            slot.pending = None


def settle(world: WorldState, slot: Slot, entry: Entry, earned: NMR) -> None:
    """At resolution: pay into the stake or the wallet, or burn at most the whole stake."""
    if earned < ZERO:
        earned = max(earned, -slot.stake)
    entry.payout = earned
    if entry.take_profit and earned > ZERO:
        world.account_wallet.available += earned
        world.book(earned, "payout", "v2-stake", world.account_wallet.address, slot.tournament)
    else:
        slot.stake += earned


def pay_releases(world: WorldState, competition: Competition, number: int) -> None:
    """After round ``number`` has resolved: pay the releases that waited for it."""
    for slot in competition.slots:
        if slot.pending is not None and slot.pending.due_round == number:
            _pay(world, slot)


def retire(world: WorldState, slot: Slot) -> None:
    """Drop a pending request because the tournament leaves continuous staking."""
    request = slot.pending
    if request is None:
        return
    if request.kind is PendingKind.INCREASE:
        world.account_wallet.held -= request.amount
        world.account_wallet.available += request.amount
        world.book(
            request.amount, "refund", "v2-stake", world.account_wallet.address, slot.tournament
        )
    request.status = "retired"
    slot.pending = None


def _pay(world: WorldState, slot: Slot) -> None:
    request = slot.pending
    assert request is not None  # noqa: S101  (callers looked)
    asked = slot.stake if request.kind is PendingKind.DRAIN else request.amount
    paid = min(asked, slot.stake)
    slot.stake -= paid
    slot.pending = None
    request.status = "released"
    world.account_wallet.available += paid
    world.book(paid, "stake release", "v2-stake", world.account_wallet.address, slot.tournament)


def _pend(
    world: WorldState,
    slot: Slot,
    kind: PendingKind,
    amount: NMR,
    *,
    due: datetime,
    last: int | None,
) -> Request:
    name = identify("request", world.seed, slot.id, world.number())
    slot.pending = Request(name, kind, amount, world.now, due, last)
    return slot.pending


def _check_system(world: WorldState, slot: Slot) -> None:
    if world.tournaments[slot.tournament].system is System.ATOMIC:
        raise Declined(
            f"V2 staking is disabled for this tournament: {slot.tournament.label} has moved "
            "to atomic staking"
        )


def _check_open(world: WorldState, slot: Slot) -> None:
    _check_system(world, slot)
    if slot.archived:
        raise Declined("This model is archived")
    if slot.pending is not None:
        word = "release" if slot.pending.releases else "increase"
        raise Declined(
            f"There is already a pending stake {word} for this model. "
            "Only one pending change is allowed at a time"
        )


def _check_amount(amount: NMR) -> None:
    if amount <= ZERO:
        raise Declined("The amount must be greater than zero")
