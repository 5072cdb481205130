"""A projection carries a strategy's settings out as the sandbox does, to the wei."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.stakes.projection import Projection
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, PositionState
from ledger.rules.earnings.expectation import Payouts, RateHistory, rate_history
from ledger.rules.rounds import calendar
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.holding import idle_needed
from ledger.rules.stakes.projection import project
from ledger.rules.stakes.strategy_facts import StrategyFacts, committed
from ledger.sandbox.world import submissions
from ledger.sandbox.world.population import build
from ledger.sandbox.world.world import World
from tests.ledger.accounts import NOW
from tests.ledger.strategies import (
    CLASSIC,
    COMPOUND,
    CONSTANT,
    CRYPTO,
    ROUNDS,
    SIGNALS,
    compound,
    constant,
    drawn_strategies,
    out_of,
    owned,
    position,
    rounds_at,
    running,
    strategy,
)

NEXT = calendar.closes_staking(1405, CLASSIC)


def all_in(facts: StrategyFacts, mode: StakeMode) -> dict[str, ModelSetting]:
    """Settings as they are, but for the mode."""
    return {key: replace(setting, mode=mode) for key, setting in facts.settings().items()}


def locked(projection: Projection, name: str = "a") -> list[str]:
    return [str(point.models[name].locked) for point in projection.rounds]


def test_a_raised_stake_takes_over_one_round_at_a_time() -> None:
    facts = strategy({"a": constant("2")}, running("a", NMR(1), CLASSIC), idle="65")
    found = project(facts)
    assert found.start.models["a"].locked == NMR(63)
    assert locked(found) == [str(65 + n) for n in range(64)]
    assert found.rounds[0].at == NEXT
    assert found.rounds[-1].idle == ZERO
    assert found.runs_out is None
    assert project(replace(facts, idle=NMR(64))).runs_out is not None


@pytest.mark.parametrize("tournament", [CLASSIC, SIGNALS])
@pytest.mark.parametrize("before", [None, "1", "3"])
def test_a_ramp_is_complete_after_exactly_as_many_rounds_as_run(tournament, before) -> None:
    rows = running("a", NMR(before), tournament) if before else []
    facts = strategy({"a": constant("2")}, rows, tournament=tournament, idle="200")
    found = project(facts, rounds=70)
    rounds = ROUNDS[tournament]
    full = [point.models["a"].locked == committed(NMR(2), rounds) for point in found.rounds]
    assert full == [False] * (rounds - 1) + [True] * (70 - rounds + 1)
    assert found.reached[100] == found.rounds[rounds - 1].at
    assert found.reached[100] == RoundSchedule(facts.rounds, tournament).taken_over(NOW)[1]
    half, most, whole = (found.reached[mark] for mark in (50, 90, 100))
    assert NOW < half < most < whole


def test_a_crypto_ramp_is_complete_when_the_last_older_round_has_resolved() -> None:
    facts = strategy({"a": constant("2")}, tournament=CRYPTO, idle="200")
    found = project(facts, rounds=30)
    assert found.reached[100] == RoundSchedule(facts.rounds, CRYPTO).taken_over(NOW)[1]
    assert max(point.models["a"].positions for point in found.rounds) <= ROUNDS[CRYPTO]


def test_what_is_there_already_is_reached_now() -> None:
    facts = strategy({"a": constant("1")}, running("a", NMR(1), CLASSIC), idle="1")
    assert project(facts).reached == {50: NOW, 90: NOW, 100: NOW}


def test_a_disabled_model_takes_no_position_and_its_claims_go_idle_in_their_time() -> None:
    rows = running("a", NMR(1), CLASSIC)
    facts = strategy({"a": constant("1", enabled=False)}, rows)
    found = project(facts)
    assert found.rounds[-1].locked == ZERO
    assert [point.claimable for point in found.rounds[:3]] == [ZERO, NMR(1), NMR(2)]
    assert found.rounds[4].idle == ZERO
    late = [point for point in found.rounds if point.idle]
    first = min(row.resolves for row in rows if row.resolves)
    assert late[0].at > first + timedelta(days=7)
    assert found.reached[100] is not None


def test_compound_rolls_claims_on_whatever_the_setting_says() -> None:
    rows = running("a", NMR(3), CLASSIC)
    kept = strategy({"a": compound("1")}, rows, idle="9")
    assert locked(project(kept))[-1] == "190"
    assert project(kept).reached[100] is None
    lowered = project(kept, settings=all_in(kept, CONSTANT))
    assert locked(lowered)[-1] == "64"


def test_models_are_served_in_their_order_while_idle_lasts() -> None:
    facts = strategy({"b": constant("3"), "a": constant("2")}, idle="4")
    first, second = project(facts, rounds=2).rounds
    assert (first.models["b"].locked, first.models["a"].locked) == (NMR(3), NMR(1))
    assert (first.missing, second.missing) == (NMR(1), NMR(5))
    out = project(facts, rounds=2).runs_out
    assert out is not None
    assert (out.round, out.at, out.missing) == (1405, NEXT, NMR(6))
    assert project(replace(facts, wallet=NMR(9)), rounds=2, deposit=NMR(6)).runs_out is None


def test_unknown_idle_is_taken_to_be_enough_and_says_so() -> None:
    found = project(strategy({"a": constant("2")}, idle=None))
    assert not found.idle_known
    assert found.rounds[-1].idle == ZERO
    assert all(point.missing == ZERO for point in found.rounds)


def test_an_open_position_is_not_opened_again() -> None:
    rows = [position("a", 1405, NMR(2), CLASSIC, state=PositionState.OPEN)]
    facts = strategy({"a": constant("2")}, rows, idle="2")
    found = project(facts, rounds=2).rounds
    assert [point.models["a"].positions for point in found] == [1, 2]


def test_a_claim_that_waits_pays_for_the_next_round() -> None:
    newest = 1405 - 64
    row = position(
        "a", newest, NMR(2), CLASSIC, state=PositionState.CLAIMABLE, claimable=NMR("2.5")
    )
    assert row.resolves is not None
    now = row.resolves + timedelta(hours=3)
    facts = strategy({"a": constant("2")}, [row], now=now)
    point = project(facts, rounds=1).rounds[0]
    assert (point.locked, point.idle) == (NMR(2), NMR("0.5"))
    rolled = project(facts, rounds=1, settings=all_in(facts, COMPOUND)).rounds[0]
    assert (rolled.locked, rolled.idle) == (NMR("2.5"), ZERO)


@settings(max_examples=40, deadline=None)
@given(drawn_strategies(), st.integers(1, 70))
def test_nmr_is_conserved_to_the_wei(facts: StrategyFacts, rounds: int) -> None:
    found = project(facts, rounds=rounds)
    for point in (found.start, *found.rounds):
        assert point.total == owned(facts)
        assert point.total == NMR.total((point.locked, point.claimable, point.idle, point.wallet))
        assert min(point.idle, point.locked, point.claimable, point.missing) >= ZERO


@settings(max_examples=40, deadline=None)
@given(drawn_strategies(modes=(CONSTANT,)))
def test_with_enough_idle_every_ramp_completes_when_it_should(facts: StrategyFacts) -> None:
    enough = replace(facts, idle=idle_needed(facts))
    found = project(enough)
    assert found.runs_out is None
    assert found.reached[100] is not None
    assert found.reached[100] <= enough.schedule.taken_over(facts.now)[1]
    last = found.rounds[-1]
    for name, setting in facts.settings().items():
        count = enough.schedule.running(last.round or 0, last.at)
        per_round = setting.per_round if setting.enabled else ZERO
        assert last.models[name].locked == committed(per_round, count)


@settings(max_examples=30, deadline=None)
@given(drawn_strategies())
def test_the_idle_needed_is_the_least_that_suffices(facts: StrategyFacts) -> None:
    needed = idle_needed(facts)
    assert project(replace(facts, idle=needed)).runs_out is None
    if needed:
        out = project(replace(facts, idle=needed - NMR.from_wei(1))).runs_out
        assert out is not None
        assert out.missing == NMR.from_wei(1)


# the sandbox


@pytest.fixture
def submitted(monkeypatch) -> None:
    """Every model submits to every round in time."""

    def always(world, slot, plan):
        gone = slot.archived or plan.number < slot.first_round
        return None if gone else (plan.opens + timedelta(minutes=5), False)

    monkeypatch.setattr(submissions, "submission", always)


def agree(world: World, tournament: Tournament, found: Projection) -> None:
    """The projected rounds are what the world does; it begins right after a staking close."""
    owns = world.wallet + world.tournaments[tournament].idle
    owns += NMR.total(slot.locked for slot in world.tournaments[tournament].slots)
    for point in found.rounds:
        world.advance_to(point.at)
        competition = world.tournaments[tournament]
        for slot in competition.slots:
            if slot.id in point.models:
                assert point.models[slot.id].locked == slot.locked
        free = point.idle + point.claimable + point.wallet
        assert free == owns - NMR.total(slot.locked for slot in competition.slots)


def prepared(now: datetime, tournament: Tournament, change: Callable[[World], None]) -> World:
    world = build(seed=6, models=16, rounds=90, now=now, payouts=False)
    change(world)
    world.tournaments[tournament].idle += NMR(5000)
    world.advance_to(now + timedelta(days=1, hours=5))
    return world


@pytest.mark.usefixtures("submitted")
@pytest.mark.parametrize("tournament", [CRYPTO, CLASSIC])
def test_it_agrees_with_the_sandbox(tournament) -> None:
    def change(world: World) -> None:
        slots = [slot for slot in world.tournaments[tournament].slots if slot.strategy is not None]
        for index, slot in enumerate(slots):
            slot.strategy.per_round = NMR.from_wei(10**16 * (index + 3) + index)
            slot.strategy.mode = (CONSTANT, COMPOUND)[index % 2]
            slot.strategy.enabled = index != 2

    world = prepared(datetime(2027, 1, 12, 9, tzinfo=NOW.tzinfo), tournament, change)
    found = project(out_of(world, tournament))
    assert any(point.models for point in found.rounds)
    agree(world, tournament, found)


# payouts


def history(*rates: int, names: tuple[str, ...] = ("a",), block: int = 5) -> RateHistory:
    rows = tuple((rate,) * len(names) for rate in rates)
    return RateHistory(names, tuple(range(len(rows))), rows, block, len(rows) * len(names))


def test_a_typed_rate_is_earned_by_every_position() -> None:
    facts = strategy({"a": constant("1")}, running("a", NMR(1), CLASSIC), idle="1")
    found = project(facts, payouts=Payouts.typed(Decimal("0.01")))
    resolved = sum(row.resolves <= found.rounds[-1].at for row in facts.positions if row.resolves)
    assert found.rounds[-1].total == NMR(64) + NMR("0.01").times(resolved)
    burnt = project(facts, payouts=Payouts.typed(Decimal(-1)))
    assert burnt.rounds[-1].total == NMR(64 - resolved)
    with pytest.raises(ValueError, match="more than its stake"):
        Payouts.typed(Decimal("-1.1"))


def test_deferred_burns_are_paid_off_by_later_payouts() -> None:
    rows = running("a", NMR(1), CLASSIC)
    facts = strategy({"a": constant("1")}, rows, idle="1", debts={"a": NMR("0.1")})
    found = project(facts, payouts=Payouts.typed(Decimal("0.01")))
    assert found.rounds[-1].total == NMR(64) + NMR("0.01").times(63 - 10)


def test_a_history_without_variation_has_a_band_without_width() -> None:
    facts = strategy({"a": constant("1")}, running("a", NMR(1), CLASSIC), idle="1")
    found = project(facts, payouts=Payouts.from_history(history(*[10**7] * 80)), paths=20)
    for point, band in zip(found.rounds, found.bands, strict=True):
        assert band.low == band.mean == band.high == point.total


@settings(max_examples=15, deadline=None)
@given(drawn_strategies(modes=(CONSTANT,)), st.integers(1, 60), st.data())
def test_a_band_holds_the_mean_and_stays_between_the_extremes(facts, block, data) -> None:
    names = tuple(facts.settings())
    rates = data.draw(st.lists(st.integers(-(10**8), 10**8), min_size=20, max_size=60))
    past = history(*rates, names=names, block=min(block, len(rates)))
    found = project(facts, payouts=Payouts.from_history(past), rounds=10, paths=40)
    most = project(facts, payouts=Payouts.typed(Decimal(max(rates)) / 10**9), rounds=10)
    least = project(facts, payouts=Payouts.typed(Decimal(min(rates)) / 10**9), rounds=10)
    slack = NMR.from_wei(10**9 * 4 * (len(facts.positions) + 40))
    for band, above, below in zip(found.bands, most.rounds, least.rounds, strict=True):
        assert band.low <= band.high
        assert below.total - slack <= band.low
        assert band.high <= above.total + slack


def test_overlapping_rounds_are_drawn_together() -> None:
    facts = strategy({"a": constant("1")}, running("a", NMR(1), CLASSIC), idle="1")
    rates = [10**7 if number // 30 % 2 else -(10**7) for number in range(240)]
    wide = project(facts, payouts=Payouts.from_history(history(*rates, block=30)))
    narrow = project(facts, payouts=Payouts.from_history(history(*rates, block=1)))

    def width(found: Projection) -> NMR:
        return found.bands[-1].high - found.bands[-1].low

    assert width(wide) > width(narrow) + width(narrow)


def test_models_are_drawn_together() -> None:
    names = {name: constant("1") for name in "ab"}
    rows = [*running("a", NMR(1), CLASSIC), *running("b", NMR(1), CLASSIC)]
    facts = strategy(names, rows, idle="2")
    ups = [10**7 * (-1) ** number for number in range(60)]
    opposed = tuple((rate, -rate) for rate in ups)
    past = RateHistory(("a", "b"), tuple(range(60)), opposed, 1, 120)
    found = project(facts, payouts=Payouts.from_history(past))
    assert all(band.low == band.high == found.start.total for band in found.bands)


def test_scores_that_are_there_count_in_full_on_the_last_day() -> None:
    now = calendar.resolves(1341, 60) - timedelta(minutes=1)
    row = position("a", 1341, NMR(1), CLASSIC, payout=NMR("0.2"))
    facts = strategy({"a": constant("1", enabled=False)}, [row], now=now)
    found = project(facts, payouts=Payouts.from_history(history(*[0] * 60)), rounds=1)
    assert abs(found.rounds[0].claimable - NMR("1.196666666")) < NMR("0.00000001")


def settled(number: int, name: str, value: str | None) -> Performance:
    score = Score("mmc", None if value is None else Decimal(value), None, 60, None)
    return Performance(
        name, CLASSIC, number, NMR(1), None, PayoutState.SETTLED, None, None, None, None, "x",
        (score,),
    )  # fmt: skip


def test_history_is_priced_by_what_pays_now() -> None:
    rounds = rounds_at(CLASSIC, NOW)
    rows = [settled(number, "a", "0.02") for number in range(1200, 1230)]
    rows += [settled(number, "b", "-0.01") for number in range(1200, 1215)]
    rows += [settled(1229, "b", None), settled(1229, "other", "0.5")]
    found = rate_history(rows, rounds, ["a", "b"])
    assert found is not None
    assert (found.models, len(found.rounds), found.cells) == (("a", "b"), 30, 45)
    assert found.means() == {"a": 2 * 10**7, "b": -(10**7)}
    assert found.block == 30
    assert rate_history(rows[:19], rounds, ["a"]) is None
    assert rate_history(rows, (), ["a"]) is None


def test_a_missing_cell_moves_with_the_others() -> None:
    rows = [settled(n, "a", "0.03" if n % 2 else "0.01") for n in range(1200, 1240)]
    rows += [settled(n, "b", "0.1") for n in range(1200, 1220)]
    found = rate_history(rows, rounds_at(CLASSIC, NOW), ["a", "b"])
    assert found is not None
    assert found.rates[-1] == (3 * 10**7, 11 * 10**7)
    assert found.rates[-2] == (10**7, 9 * 10**7)


def test_a_setting_may_be_tried_out() -> None:
    facts = strategy({"a": constant("1")}, idle="200", unknown=("b",))
    found = project(facts, settings={"b": ModelSetting(NMR(2), CONSTANT)})
    assert locked(found, "b")[-1] == "128"
    assert locked(found, "a")[-1] == "64"
