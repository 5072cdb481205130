"""Claims, restaking, finalisation, deferred burns, deposits and moving over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, PositionState
from ledger.rules.rounds import calendar
from ledger.sandbox import Sandbox, control
from ledger.sandbox.world import atomic
from ledger.sandbox.world.continuous import Declined
from ledger.sandbox.world.population import build
from ledger.sandbox.world.state import Competition, Entry, Slot, Strategy
from ledger.sandbox.world.world import World
from tests.ledger.sandbox.conftest import BEFORE_ATOMIC, MONDAY, Client

CLASSIC, SIGNALS, CRYPTO = Tournament.CLASSIC, Tournament.SIGNALS, Tournament.CRYPTO
CONSTANT, COMPOUND = StakeMode.CONSTANT, StakeMode.COMPOUND


def balanced(world: World) -> bool:
    return world.total() == world.deposited + world.settled


def crypto(*, payouts: bool = True) -> tuple[World, Competition, Slot]:
    """A world, its Crypto, and a model there that submits, sets one NMR and owes nothing."""
    world = build(seed=1, models=32, rounds=60, now=MONDAY, payouts=payouts)
    competition = world.tournaments[CRYPTO]
    slot = next(s for s in competition.slots if s.locked and not s.stopped)
    competition.idle, slot.debt = competition.idle - slot.debt, ZERO
    slot.strategy = Strategy(NMR(1), CONSTANT)
    assert balanced(world)
    return world, competition, slot


def waiting(slot: Slot, number: int, stake: str, payout: str) -> Entry:
    """A resolved position of round ``number`` that waits for its claim."""
    return Entry(
        number, System.ATOMIC, "s", None, False, NMR(stake), False, NMR(payout), position="p"
    )


def following(slot: Slot) -> Entry:
    return Entry(9000, System.ATOMIC, "s", None, False, ZERO, False)


# claims


def test_a_resolved_position_is_claimable_and_restaked_at_the_next_staking_close() -> None:
    world, competition, slot = crypto()
    number = min(n for n, e in slot.entries.items() if e.position and e.payout is None)
    entry = slot.entries[number]
    resolves = world.plan(CRYPTO, number).resolves
    world.advance_to(resolves - timedelta(seconds=1))
    assert entry not in slot.claimable
    locked, idle = slot.locked, competition.idle
    world.advance_to(resolves)
    assert entry in slot.claimable
    assert (slot.locked, competition.idle) == (locked - entry.at_risk, idle)
    assert entry.worth == entry.at_risk + entry.payout
    world.advance_to(resolves + timedelta(days=3))
    assert entry not in slot.claimable
    assert entry.ending is PositionState.RESTAKED
    assert balanced(world)


def test_a_model_that_stopped_has_its_claims_finalised_after_seven_days() -> None:
    world, _, slot = crypto()
    slot.stopped = world.now
    world.advance_to(world.now + timedelta(days=4))
    entry = slot.claimable[0]
    finalises = world.plan(CRYPTO, entry.number).resolves + timedelta(days=7)
    world.advance_to(finalises - timedelta(seconds=1))
    assert entry in slot.claimable
    world.advance_to(finalises)
    assert entry.ending is PositionState.FINALISED
    assert entry not in slot.claimable
    world.advance_to(world.now + timedelta(days=60))
    assert (slot.locked, slot.waiting, slot.claimable) == (ZERO, ZERO, [])
    assert balanced(world)


def test_a_disabled_models_claims_are_finalised_too() -> None:
    world, _, slot = crypto()
    slot.strategy.enabled = False
    running = [e for e in slot.entries.values() if e.position and e.payout is None]
    world.advance_to(world.now + timedelta(days=60))
    assert {entry.ending for entry in running} == {PositionState.FINALISED}
    assert slot.locked == ZERO
    assert balanced(world)


def test_several_claims_are_restaked_at_once_and_the_newest_compounds() -> None:
    world, competition, slot = crypto()
    slot.strategy = Strategy(NMR(1), COMPOUND)
    slot.claimable = [waiting(slot, 2, "3", "0.5"), waiting(slot, 1, "2", "-0.25")]
    idle, entry = competition.idle, following(slot)
    atomic.open_position(world, competition, slot, entry)
    assert entry.at_risk == NMR("3.5")
    assert competition.idle == idle + NMR("1.75")
    assert slot.debt == ZERO


def test_what_idle_cannot_pay_is_not_staked() -> None:
    world, competition, slot = crypto()
    competition.idle, entry = NMR("0.4"), following(slot)
    atomic.open_position(world, competition, slot, entry)
    assert (entry.at_risk, competition.idle) == (NMR("0.4"), ZERO)
    nothing = following(slot)
    atomic.open_position(world, competition, slot, nothing)
    assert (nothing.at_risk, nothing.position) == (ZERO, None)


# deferred burns


def test_a_burn_that_is_restaked_becomes_debt_and_later_payouts_pay_it() -> None:
    world, competition, slot = crypto()
    slot.claimable = [waiting(slot, 1, "1", "-0.3")]
    idle, locked = competition.idle, slot.locked
    atomic.open_position(world, competition, slot, following(slot))
    assert (slot.debt, competition.idle, slot.locked) == (NMR("0.3"), idle, locked + NMR(1))
    slot.claimable = [waiting(slot, 2, "1", "0.1")]
    atomic.open_position(world, competition, slot, following(slot))
    assert (slot.debt, competition.idle) == (NMR("0.2"), idle)
    slot.claimable = [waiting(slot, 3, "1", "0.5")]
    atomic.open_position(world, competition, slot, following(slot))
    assert (slot.debt, competition.idle) == (ZERO, idle + NMR("0.3"))


def test_debt_is_never_more_than_one_rounds_stake() -> None:
    world, competition, slot = crypto()
    idle = competition.idle
    slot.claimable = [waiting(slot, n, "1", "-0.8") for n in (1, 2)]
    atomic.open_position(world, competition, slot, following(slot))
    assert slot.debt == NMR(1)
    assert competition.idle == idle + NMR("0.4") + NMR(1) - NMR(1)


def test_a_smaller_restake_defers_nothing() -> None:
    world, competition, slot = crypto()
    idle = competition.idle
    slot.claimable = [waiting(slot, 1, "2", "-0.3")]
    atomic.open_position(world, competition, slot, following(slot))
    assert (slot.debt, competition.idle) == (ZERO, idle + NMR("1.7") - NMR(1))


def test_a_finalised_claim_pays_the_debt_first() -> None:
    _, competition, slot = crypto()
    atomic.owe(competition, slot, NMR("0.4"))
    slot.claimable = [waiting(slot, 1, "1", "-0.1"), waiting(slot, 2, "1", "0")]
    idle = competition.idle
    atomic.finalise(competition, slot, 1)
    assert (slot.debt, competition.idle) == (ZERO, idle + NMR("0.5"))
    assert [entry.number for entry in slot.claimable] == [2]


# deposits and withdrawals


def test_deposits_and_withdrawals_stay_within_what_is_there() -> None:
    world, competition, _ = crypto()
    for move, most in ((atomic.deposit, world.owner.nmr), (atomic.withdraw, competition.idle)):
        for amount in (ZERO, NMR(-1), most + NMR("0.000000000000000001")):
            with pytest.raises(Declined):
                move(world, competition, amount)
    atomic.withdraw(world, competition, competition.idle)
    assert competition.idle == ZERO
    assert [row.kind for row in world.account_wallet.rows][-1] == "withdrawal"
    assert balanced(world)


# moving over on command


def test_signals_moves_on_command_in_24_parts_and_stakes_64_rounds() -> None:
    world = build(seed=6, models=16, rounds=60, now=MONDAY, payouts=False)
    competition = world.tournaments[SIGNALS]
    pending = [slot for slot in competition.slots if slot.pending]
    first = world.migrate(SIGNALS)
    assert first == competition.latest + 1
    assert competition.system is System.CONTINUOUS
    before = NMR.total(slot.stake for slot in competition.slots) + world.held
    world.advance_to(calendar.opens(first))
    assert competition.system is System.ATOMIC
    assert pending
    assert all(slot.pending is None for slot in pending)
    left = NMR.total(slot.stake for slot in competition.slots)
    moved = competition.idle
    assert float(moved.over(left + moved)) == pytest.approx(1 / 24)
    plan = world.plan(SIGNALS, first)
    assert calendar.concurrent_rounds(plan.regime.score_days) == 64
    world.advance_to(world.plan(SIGNALS, first - 1).resolves)
    assert NMR.total(slot.stake for slot in competition.slots) == ZERO
    assert competition.idle + NMR.total(slot.locked for slot in competition.slots) <= before
    assert any(entry.position for slot in competition.slots for entry in slot.entries.values())
    assert balanced(world)


def test_a_tournament_moves_once() -> None:
    world = build(seed=6, models=16, rounds=20, now=BEFORE_ATOMIC)
    world.migrate(CLASSIC)
    with pytest.raises(ValueError, match="already"):
        world.migrate(CLASSIC)
    world.advance_to(world.now + timedelta(days=150))
    regimes = {n: state.plan.regime for n, state in world.tournaments[CLASSIC].rounds.items()}
    assert [(n, regimes[n].first) for n in (1271, 1272, 1342, 1343)] == [
        (1271, 1175),
        (1272, 1272),
        (1342, 1272),
        (1343, 1343),
    ]
    with pytest.raises(ValueError, match="already"):
        world.migrate(CRYPTO)
    assert balanced(world)


def test_a_move_shows_in_the_api(sandbox: Sandbox) -> None:
    assert control.migrate(sandbox.url, 11)["first_atomic_round"] == 1405
    client = Client(sandbox, "web3")
    config = "{ v3StakeConfig(tournamentId: 11) { address } }"
    assert client.error(config) == (200, "No staking contract for tournament 11")
    sandbox.advance(days=2)
    assert client.data(config)["v3StakeConfig"]["address"]
    rounds = client.data(
        "{ rounds(tournament: 11, number: 1405) { payoutFactor stakeThreshold target"
        " roundScoreConfigs { name isPayout totalScoreDays } } }"
    )["rounds"]
    pays = {row["totalScoreDays"] for row in rounds[0]["roundScoreConfigs"] if row["isPayout"]}
    assert pays == {60}
    assert rounds[0]["target"] == "target_signals_60"
    slot = next(s for s in sandbox.world.tournaments[SIGNALS].slots if s.locked)
    rows = client.data(
        "query($m: ID) { stakeTransactions(modelId: $m) { round type note } }", m=slot.id
    )["stakeTransactions"]
    assert {row["round"] for row in rows} == {n for n, e in slot.entries.items() if e.position}


# the world of the demo


@pytest.mark.parametrize("days", range(0, 28, 3))
def test_the_demo_opens_with_something_to_notice(days: int) -> None:
    now = MONDAY + timedelta(days=days, hours=5 * days)
    world = build(now=now)
    claims = [(slot, entry) for slot in world.slots for entry in slot.claimable if slot.stopped]
    left = [
        world.plan(slot.tournament, entry.number).resolves + timedelta(days=7) - now
        for slot, entry in claims
    ]
    assert any(timedelta(hours=12) < wait < timedelta(days=4) for wait in left)
    assert any(slot.debt and not slot.stopped for slot in world.tournaments[CRYPTO].slots) or any(
        slot.debt for slot in world.tournaments[CLASSIC].slots
    )
    assert any(s.strategy and not s.strategy.enabled for s in world.slots)
    assert any(s.strategy and s.strategy.mode is COMPOUND and s.locked for s in world.slots)
    idle = world.tournaments[CLASSIC].idle
    wanted = NMR.total(
        slot.strategy.per_round
        for slot in world.tournaments[CLASSIC].slots
        if slot.strategy and slot.strategy.enabled and slot.strategy.per_round
    )
    assert ZERO < idle < wanted.times(Decimal(5))
    assert world.owner.nmr > NMR(10)
    assert balanced(world)


def test_idle_in_classic_runs_out_within_eight_days() -> None:
    world = build(now=datetime(2026, 11, 24, 9, tzinfo=UTC))
    slots = world.tournaments[CLASSIC].slots

    def short() -> bool:
        latest = [(slot, slot.entries.get(world.tournaments[CLASSIC].latest)) for slot in slots]
        return any(
            entry and entry.position and entry.at_risk < slot.strategy.per_round
            for slot, entry in latest
        )

    assert not short()
    world.advance_to(world.now + timedelta(days=3))
    assert not short()
    for _ in range(5):
        world.advance_to(world.now + timedelta(days=1))
        if short():
            return
    raise AssertionError("idle lasted")


# NMR is never made or lost

COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.integers(1, 24 * 9)),
        st.tuples(st.just("set"), st.integers(0, 99), st.integers(0, 500), st.booleans()),
        st.tuples(st.just("disable"), st.integers(0, 99)),
        st.tuples(st.just("stop"), st.integers(0, 99)),
        st.tuples(st.just("deposit"), st.integers(1, 10_000)),
        st.tuples(st.just("withdraw"), st.integers(1, 10_000)),
        st.tuples(st.just("migrate"), st.just(0)),
    ),
    min_size=1,
    max_size=20,
)


def carry_out(world: World, command: tuple) -> None:
    kind, number, *rest = command
    atomic_ones = [a for a in world.tournaments.values() if a.system is System.ATOMIC]
    slots = [slot for competition in atomic_ones for slot in competition.slots]
    if kind == "advance":
        world.advance_to(world.now + timedelta(hours=number))
    elif kind == "migrate" and SIGNALS not in world.moves:
        world.migrate(SIGNALS)
    elif kind == "set":
        mode = COMPOUND if rest[1] else CONSTANT
        cents = NMR.from_wei(rest[0] * 10**16)
        atomic.configure(world, slots[number % len(slots)], ModelSetting(cents, mode), "0")
    elif kind == "disable":
        strategy = slots[number % len(slots)].strategy
        if strategy is not None:
            strategy.enabled = not strategy.enabled
    elif kind == "stop":
        slots[number % len(slots)].stopped = world.now
    elif kind in {"deposit", "withdraw"}:
        competition = atomic_ones[number % len(atomic_ones)]
        move = atomic.deposit if kind == "deposit" else atomic.withdraw
        most = world.owner.nmr if kind == "deposit" else competition.idle
        if share := most.times(Decimal(number) / 10_000):
            move(world, competition, share)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 3), commands=COMMANDS)
def test_nmr_is_conserved_whatever_is_done(seed: int, commands: list[tuple]) -> None:
    world = build(seed=seed, models=10, rounds=30, now=MONDAY)
    for command in commands:
        carry_out(world, command)
        assert balanced(world)
        for competition in world.tournaments.values():
            assert competition.idle >= ZERO
            for slot in competition.slots:
                running = [e for e in slot.entries.values() if e.position and e.payout is None]
                assert slot.locked == NMR.total(e.at_risk for e in running)
                assert slot.debt >= ZERO
                assert all(entry.waits for entry in slot.claimable)
