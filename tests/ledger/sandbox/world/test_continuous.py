from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.rules.rounds import calendar
from ledger.sandbox.world import continuous
from ledger.sandbox.world.continuous import Declined
from ledger.sandbox.world.population import build
from ledger.sandbox.world.state import Slot
from ledger.sandbox.world.world import World
from tests.ledger.sandbox.conftest import BEFORE_ATOMIC, MONDAY


def at_risk(world: World, slot: Slot, number: int) -> NMR:
    """What the slot had at risk in a round it submitted to."""
    entry = slot.entries[number]
    assert entry.submission_id is not None
    assert not entry.late
    return entry.at_risk


def next_submitted(world: World, slot: Slot) -> int:
    """Advance until the slot has entered one more round in time; its number."""
    known = set(slot.entries)
    for _ in range(40):
        world.advance_to(world.now + timedelta(days=1))
        for number in sorted(set(slot.entries) - known):
            entry = slot.entries[number]
            if entry.submission_id is not None and not entry.late:
                return number
    raise AssertionError("the slot never submitted")


def quiet() -> World:
    """A world where rounds pay nothing, so that amounts stay put."""
    return build(seed=3, models=16, rounds=40, now=BEFORE_ATOMIC, payouts=False)


def test_an_increase_leaves_the_wallet_and_counts_from_the_next_close(world, staked) -> None:
    wallet, held, stake = world.wallet, world.held, staked.stake
    request = continuous.increase(world, staked, NMR("2.5"))
    assert (world.wallet, world.held) == (wallet - NMR("2.5"), held + NMR("2.5"))
    assert staked.stake == stake
    # Round 1271 is open until 13:00: the increase is in time for it.
    assert request.due == calendar.closes_staking(1271, Tournament.CLASSIC)
    world.advance_to(request.due)
    assert staked.pending is None
    assert world.held == ZERO
    assert staked.stake == stake + NMR("2.5")
    assert staked.entries[1271].at_risk in {ZERO, staked.stake}


def test_a_release_still_counts_in_running_rounds_and_not_in_later_ones() -> None:
    world = quiet()
    slot = next(s for s in world.tournaments[Tournament.CLASSIC].slots if s.stake)
    stake = slot.stake
    request = continuous.release(world, slot, stake.times(Decimal("0.25")))
    assert request.due == calendar.resolves(1271, 20)
    released = request.amount
    number = 0
    while number <= 1271:
        number = next_submitted(world, slot)
        assert at_risk(world, slot, number) == (stake if number <= 1271 else stake - released)
    world.advance_to(request.due - timedelta(seconds=1))
    assert slot.stake == stake
    wallet = world.wallet
    world.advance_to(request.due)
    assert slot.pending is None
    assert slot.stake == stake - released
    assert world.wallet == wallet + released


def test_releasing_nmr_can_still_burn() -> None:
    world = build(seed=3, models=16, rounds=40, now=BEFORE_ATOMIC)
    slot = next(s for s in world.tournaments[Tournament.CLASSIC].slots if s.stake)
    request = continuous.release(world, slot, slot.stake)
    before = slot.stake
    world.advance_to(request.due - timedelta(hours=1))
    assert slot.stake != before


def test_a_drain_pays_whatever_the_stake_is_by_then(world, staked) -> None:
    request = continuous.release(world, staked, NMR("11000000"), drain=True)
    assert request.amount == staked.stake
    world.advance_to(request.due - timedelta(seconds=1))
    value, wallet = staked.stake, world.wallet
    assert value != request.amount
    world.advance_to(request.due)
    assert staked.stake == ZERO
    assert world.wallet > wallet
    assert number_at_risk(world, staked) == ZERO


def number_at_risk(world: World, slot: Slot) -> NMR:
    return slot.entries[next_submitted(world, slot)].at_risk


def test_one_pending_change_per_model(world, staked) -> None:
    continuous.increase(world, staked, NMR(1))
    wallet = world.wallet
    with pytest.raises(Declined, match="already a pending stake increase"):
        continuous.increase(world, staked, NMR(1))
    with pytest.raises(Declined, match="already a pending"):
        continuous.release(world, staked, NMR("0.1"))
    assert world.wallet == wallet


def test_a_cancelled_release_counts_again(world, staked) -> None:
    continuous.release(world, staked, staked.stake)
    assert staked.counting(1300) == ZERO
    cancelled = continuous.cancel_release(staked)
    assert cancelled.status == "cancelled"
    assert staked.counting(1300) == staked.stake
    with pytest.raises(Declined, match="no pending stake release"):
        continuous.cancel_release(staked)


def test_an_increase_cannot_be_cancelled_as_a_release(world, staked) -> None:
    continuous.increase(world, staked, NMR(1))
    with pytest.raises(Declined, match="no pending stake release"):
        continuous.cancel_release(staked)


@pytest.mark.parametrize("amount", [ZERO, NMR("-1")])
def test_amounts_must_be_positive(world, staked, amount) -> None:
    with pytest.raises(Declined, match="greater than zero"):
        continuous.increase(world, staked, amount)
    with pytest.raises(Declined, match="greater than zero"):
        continuous.release(world, staked, amount)


def test_more_than_there_is_is_refused(world, staked) -> None:
    with pytest.raises(Declined, match="Insufficient funds"):
        continuous.increase(world, staked, world.wallet + NMR.from_wei(1))
    with pytest.raises(Declined, match="Cannot release"):
        continuous.release(world, staked, staked.stake + NMR.from_wei(1))


def test_take_profit_sends_gains_to_the_wallet_and_burns_stay(world, staked) -> None:
    continuous.select_payout(world, staked, True)
    number = next_submitted(world, staked)
    entry = staked.entries[number]
    assert entry.take_profit
    world.advance_to(calendar.resolves(number, 20) - timedelta(seconds=1))
    stake, rows = staked.stake, len(world.account_wallet.rows)
    world.advance_to(calendar.resolves(number, 20))
    assert entry.payout is not None
    gained = [row for row in world.account_wallet.rows[rows:] if row.amount == entry.payout]
    if entry.payout > ZERO:
        assert staked.stake == stake
        assert [row.kind for row in gained] == ["payout"]
    else:
        assert staked.stake == stake + entry.payout


def test_compounding_adds_gains_and_burns_to_the_stake(world, staked) -> None:
    number = next(n for n, entry in staked.entries.items() if entry.payout is None)
    world.advance_to(calendar.resolves(number, 20) - timedelta(seconds=1))
    stake = staked.stake
    world.advance_to(calendar.resolves(number, 20))
    payout = staked.entries[number].payout
    assert payout is not None
    assert staked.stake == stake + payout


def test_nothing_of_this_is_possible_once_the_tournament_is_atomic() -> None:
    world = build(models=16, rounds=40, now=MONDAY)
    slot = world.tournaments[Tournament.CLASSIC].slots[0]
    for attempt in (
        lambda: continuous.increase(world, slot, NMR(1)),
        lambda: continuous.release(world, slot, NMR(1)),
        lambda: continuous.select_payout(world, slot, True),
    ):
        with pytest.raises(Declined, match="V2 staking is disabled"):
            attempt()


actions = st.tuples(
    st.sampled_from(["increase", "release", "drain", "cancel", "take profit", "wait"]),
    st.integers(0, 15),
    st.integers(1, 40 * 10**18),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(actions, max_size=14),
    st.sampled_from([BEFORE_ATOMIC, MONDAY - timedelta(days=89)]),
)
def test_nmr_is_only_made_by_payouts_and_only_lost_by_burns(steps, start) -> None:
    world = build(seed=5, models=16, rounds=12, now=start)
    for what, index, wei in steps:
        slot = world.slots[index % len(world.slots)]
        try:
            if what == "increase":
                continuous.increase(world, slot, NMR.from_wei(wei))
            elif what == "release":
                continuous.release(world, slot, NMR.from_wei(wei))
            elif what == "drain":
                continuous.release(world, slot, ZERO, drain=True)
            elif what == "cancel":
                continuous.cancel_release(slot)
            elif what == "take profit":
                continuous.select_payout(world, slot, wei % 2 == 0)
        except Declined:
            pass
        world.advance_to(world.now + timedelta(hours=wei % 200))
        assert world.total() == world.deposited + world.settled
        assert world.wallet >= ZERO
        assert world.held >= ZERO
        assert all(s.stake >= ZERO and s.locked >= ZERO for s in world.slots)
        assert world.held == NMR.total(
            s.pending.amount for s in world.slots if s.pending and not s.pending.releases
        )
