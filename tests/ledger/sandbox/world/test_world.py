from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import Score
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.rounds import calendar, payout
from ledger.sandbox.world import continuous
from ledger.sandbox.world.population import build, shares
from ledger.sandbox.world.regimes import REGIMES, regime_of
from ledger.sandbox.world.world import World
from tests.ledger.sandbox.conftest import BEFORE_ATOMIC, MONDAY

CLASSIC, SIGNALS, CRYPTO = Tournament.CLASSIC, Tournament.SIGNALS, Tournament.CRYPTO


def facts(world: World) -> list[object]:
    """Everything about a world that could differ."""
    return [
        world.wallet,
        world.held,
        world.settled,
        [(competition.idle, competition.latest) for competition in world.tournaments.values()],
        [(slot.id, slot.name, slot.stake, slot.locked, slot.entries) for slot in world.slots],
        world.account_wallet.rows,
    ]


def test_same_seed_and_time_same_world() -> None:
    first, second = (build(seed=4, models=12, rounds=30, now=MONDAY) for _ in range(2))
    assert facts(first) == facts(second)
    assert facts(first) != facts(build(seed=5, models=12, rounds=30, now=MONDAY))


def test_many_small_steps_end_where_one_large_step_ends() -> None:
    world, steps = (build(seed=4, models=12, rounds=30, now=BEFORE_ATOMIC) for _ in range(2))
    end = BEFORE_ATOMIC + timedelta(days=40)
    world.advance_to(end)
    while steps.now < end:
        steps.advance_to(min(end, steps.now + timedelta(hours=7)))
    assert facts(world) == facts(steps)


def test_time_never_goes_back(world) -> None:
    before = facts(world)
    world.advance_to(world.now - timedelta(days=3))
    assert world.now == BEFORE_ATOMIC
    assert facts(world) == before


def test_the_default_world_is_the_one_promised(default_world) -> None:
    world = default_world
    alive = [slot for slot in world.slots if not slot.archived]
    assert [sum(s.tournament is t for s in alive) for t in Tournament] == [20, 8, 4]
    assert len({slot.name for slot in world.slots}) == len(world.slots)
    assert sum(slot.archived for slot in world.slots) == 1
    assert any(not s.stake and not s.locked and s.tournament is SIGNALS for s in alive)
    kinds = [slot.pending.kind.value for slot in alive if slot.pending]
    assert sorted(kinds) == ["decrease", "increase"]
    assert NMR(100) < world.wallet < NMR(250)
    assert all(len(competition.rounds) == 260 for competition in world.tournaments.values())
    assert {t: world.tournaments[t].system for t in Tournament} == {
        CLASSIC: System.ATOMIC,
        SIGNALS: System.CONTINUOUS,
        CRYPTO: System.ATOMIC,
    }


def test_about_a_quarter_of_the_cells_are_empty_and_some_are_late(default_world) -> None:
    world = default_world
    alive = [slot for slot in world.slots if not slot.archived]
    submitted = [
        entry
        for slot in alive
        for entry in slot.entries.values()
        if entry.submission_id is not None
    ]
    assert 0.65 < len(submitted) / (len(alive) * 260) < 0.85
    assert 0.002 < sum(entry.late for entry in submitted) / len(submitted) < 0.03


@pytest.mark.parametrize("models", [0, 1, 2, 5, 32, 100])
def test_models_spread_over_the_tournaments(models) -> None:
    assert sum(shares(models).values()) == models
    world = build(models=models, rounds=3, now=MONDAY)
    assert sum(not slot.archived for slot in world.slots) == models
    assert len({slot.name for slot in world.slots}) == len(world.slots)


def test_rounds_open_close_and_resolve_on_the_calendar(world) -> None:
    competition = world.tournaments[CLASSIC]
    assert competition.latest == 1271
    assert not competition.rounds[1271].closed
    assert competition.rounds[1271].factor is None
    world.advance_to(calendar.closes_staking(1271, CLASSIC))
    assert competition.rounds[1271].closed
    assert competition.rounds[1271].factor is not None
    assert not world.tournaments[CRYPTO].rounds[1271].closed
    world.advance_to(calendar.resolves(1271, 20) - timedelta(seconds=1))
    assert not competition.rounds[1271].resolved
    world.advance_to(calendar.resolves(1271, 20))
    assert competition.rounds[1271].resolved
    assert not competition.rounds[1272].resolved


def test_every_payout_follows_the_rule_from_the_rounds_own_figures() -> None:
    world = build(seed=2, models=16, rounds=200, now=MONDAY)
    checked = 0
    for slot in world.slots:
        for number, entry in slot.entries.items():
            if entry.payout is None or not entry.at_risk:
                continue
            state = world.tournaments[slot.tournament].rounds[number]
            regime = state.plan.regime
            scores = []
            for name, multiplier in regime.pays:
                kind = next(kind for kind in regime.kinds if kind.name == name)
                path = world.scores.path(
                    slot.tournament, slot.index, kind.family, kind.days, number
                )
                value = Decimal(repr(float(path[-1])))
                scores.append(Score(name, value, None, kind.days, multiplier))
            expected = payout.payout(entry.at_risk, scores, state.factor, regime.clip)
            assert entry.payout == expected
            checked += 1
    assert checked > 1500


def test_the_real_row_of_round_1163_would_come_out() -> None:
    regime = regime_of(CLASSIC, 1163)
    values = {"v2_corr20": Decimal("-0.0329"), "mmc": Decimal("-0.0260")}
    scores = [Score(n, values[n], None, 20, m) for n, m in regime.pays]
    result = payout.payout(NMR("11.05"), scores, Decimal("0.1092"), regime.clip)
    assert result is not None
    assert float(result.amount) == pytest.approx(-0.083, abs=0.0005)


def test_late_and_missing_submissions_risk_nothing(default_world) -> None:
    world = default_world
    entries = [entry for slot in world.slots for entry in slot.entries.values()]
    assert any(entry.late for entry in entries)
    assert all(e.at_risk == ZERO for e in entries if e.late or e.submission_id is None)


def test_continuous_payout_factors_stay_near_what_was_published() -> None:
    world = build(models=4, rounds=260, now=MONDAY)
    factors = {number: state.factor for number, state in world.tournaments[CLASSIC].rounds.items()}
    assert all(Decimal("0.08") < factors[n] < Decimal("0.16") for n in range(1170, 1343))
    assert all(factors[n] == 1 for n in range(1343, 1400))


def test_regimes_are_in_order_and_cover_every_daily_round() -> None:
    for tournament in Tournament:
        firsts = [r.first for r in REGIMES if r.tournament is tournament]
        assert firsts == sorted(firsts)
        assert firsts[0] == calendar.FIRST_DAILY_ROUND
        with pytest.raises(ValueError, match="no "):
            regime_of(tournament, 339)
    assert calendar.open_date(1280).isoformat() == "2026-06-02"
    assert regime_of(CRYPTO, 1279).system is System.CONTINUOUS
    assert regime_of(CRYPTO, 1280).system is System.ATOMIC


# moving to atomic staking

BEFORE_CLASSIC_MOVES = datetime(2026, 8, 28, 11, tzinfo=UTC)


@pytest.fixture
def moving() -> World:
    return build(seed=6, models=16, rounds=60, now=BEFORE_CLASSIC_MOVES, payouts=False)


def test_stakes_move_in_24_parts_as_continuous_rounds_resolve(moving) -> None:
    competition = moving.tournaments[CLASSIC]
    before = NMR.total(slot.stake for slot in competition.slots)
    for number, moment in [(1, calendar.opens(1343)), (2, calendar.resolves(1320, 20))]:
        moving.advance_to(moment)
        assert competition.system is System.ATOMIC
        left = NMR.total(slot.stake for slot in competition.slots)
        assert float(left.over(before)) == pytest.approx(1 - number / 24)
    moving.advance_to(calendar.resolves(1342, 20))
    assert all(slot.stake == ZERO for slot in competition.slots)
    assert competition.idle + NMR.total(slot.locked for slot in competition.slots) == before


def test_pending_changes_are_retired_by_the_move(moving) -> None:
    one, two = [s for s in moving.tournaments[CLASSIC].slots if s.stake and not s.pending][:2]
    wallet = moving.wallet
    continuous.increase(moving, one, NMR(2))
    continuous.release(moving, two, two.stake)
    stakes = (one.stake, two.stake)
    moving.advance_to(calendar.opens(1343))
    assert one.pending is None
    assert two.pending is None
    assert float(two.stake.over(stakes[1])) == pytest.approx(23 / 24)
    assert moving.wallet == wallet


def test_a_sweep_follows_each_move_within_seconds(moving) -> None:
    moving.advance_to(calendar.resolves(1320, 20))
    out, sweep = moving.account_wallet.rows[-2:]
    assert (out.kind, sweep.kind) == ("payout", "sweep")
    assert out.amount == sweep.amount
    assert timedelta(0) < sweep.time - out.time < timedelta(minutes=1)


# atomic positions


def atomic_world(mode: StakeMode) -> World:
    world = build(seed=6, models=32, rounds=40, now=MONDAY)
    competition = world.tournaments[CRYPTO]
    for slot in competition.slots:
        competition.idle, slot.debt = competition.idle - slot.debt, ZERO
        if slot.strategy is not None:
            slot.strategy.mode = mode
    return world


def test_constant_positions_are_the_per_round_stake_and_locked_until_resolved() -> None:
    world = atomic_world(StakeMode.CONSTANT)
    competition = world.tournaments[CRYPTO]
    slot = next(s for s in competition.slots if s.strategy and s.strategy.enabled and s.locked)
    world.advance_to(world.now + timedelta(days=30))
    running = [e for e in slot.entries.values() if e.payout is None and e.position]
    assert running
    assert {entry.at_risk for entry in running} == {slot.strategy.per_round}
    assert slot.locked == NMR.total(entry.at_risk for entry in running)
    assert len({entry.position for entry in running}) == len(running)


def test_compound_rolls_the_newest_claim_into_the_next_position() -> None:
    world = atomic_world(StakeMode.COMPOUND)
    slot = next(s for s in world.tournaments[CRYPTO].slots if s.locked)
    resolved = {n for n, e in slot.entries.items() if e.payout is not None}
    known = set(slot.entries)
    world.advance_to(world.now + timedelta(days=40))
    claims = {
        e.at_risk + e.payout
        for n, e in slot.entries.items()
        if n not in resolved and e.payout is not None and e.position
    }
    opened = [e.at_risk for n, e in slot.entries.items() if n not in known and e.position]
    assert len(opened) > 10
    rolled = [amount for amount in opened if amount in claims]
    assert len(rolled) > len(opened) / 2


def test_a_disabled_model_opens_nothing_and_lets_positions_run_out() -> None:
    world = atomic_world(StakeMode.CONSTANT)
    slot = next(s for s in world.tournaments[CRYPTO].slots if s.locked)
    slot.strategy.enabled = False
    world.advance_to(world.now + timedelta(days=45))
    assert slot.locked == ZERO


def test_idle_nmr_is_all_a_position_can_take() -> None:
    world = atomic_world(StakeMode.CONSTANT)
    competition = world.tournaments[CRYPTO]
    slot = next(s for s in competition.slots if s.locked)
    slot.strategy.per_round = NMR(1_000_000)
    world.advance_to(world.now + timedelta(days=6))
    assert competition.idle >= ZERO
    assert world.total() == world.deposited + world.settled


def test_payouts_can_be_switched_off() -> None:
    world = build(models=16, rounds=60, now=MONDAY, payouts=False)
    assert world.settled == ZERO
    assert world.total() == world.deposited
    assert {e.payout for s in world.slots for e in s.entries.values()} <= {None, ZERO}
