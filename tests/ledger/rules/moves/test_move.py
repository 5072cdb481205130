"""NMR moved from one model to others: steps, dates and what it costs, in both systems."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.move import Move, MovePlan
from ledger.errors import ChangeError
from ledger.rules.moves.move import plan_move
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.simulate import simulate
from tests.ledger import accounts
from tests.ledger.accounts import CLOSE, NOW, PAID, release
from tests.ledger.strategies import (
    CLASSIC,
    CRYPTO,
    account,
    compound,
    constant,
    running,
    strategy,
)

INCREASE, DECREASE, DRAIN = ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN
SET, DEPOSIT, WITHDRAW = ChangeKind.SET_PER_ROUND, ChangeKind.DEPOSIT, ChangeKind.WITHDRAW


def moved(facts: PlanFacts, source: str, *, at_once: bool = False, **shares: str) -> MovePlan:
    to = tuple((name, NMR(share)) for name, share in shares.items())
    return plan_move(facts, Move(source, to, at_once))


def kinds(found: MovePlan) -> list[tuple[ChangeKind, str, str]]:
    return [
        (
            step.kind,
            step.model.id,
            str(step.setting.per_round) if step.setting is not None else str(step.nmr),
        )
        for step in found.plan.steps
    ]


def both(source: PlanFacts, *others: PlanFacts) -> PlanFacts:
    """One account of several: the first one's wallet, everybody's models."""
    for other in others:
        source = replace(
            source,
            models=(*source.models, *other.models),
            systems={**source.systems, **other.systems},
            stakes={**source.stakes, **other.stakes},
            rounds=(*source.rounds, *other.rounds),
            strategies={**source.strategies, **other.strategies},
        )
    return source


def steady(name: str, per_round: str, *, idle: str = "64", tournament=CLASSIC):
    rows = running(name, NMR(per_round), tournament)
    return strategy({name: constant(per_round)}, rows, idle=idle, tournament=tournament)


def test_between_continuous_models_the_release_pays_for_the_increase() -> None:
    before = accounts.facts({"a": "30", "b": "5"}, {}, wallet="100")
    plan = moved(before, "a", b="20")
    assert kinds(plan) == [(DECREASE, "a", "20"), (INCREASE, "b", "20")]
    goes, comes = plan.plan.steps
    assert (goes.earliest, goes.effect) == (NOW, PAID)
    assert (comes.after_step, comes.conditions.when_free, comes.earliest) == (0, NMR(20), PAID)
    assert plan.complete == comes.effect > PAID
    assert plan.statement.startswith("20 NMR goes from a (Signals) to b, complete ")
    assert [stage.at for stage in plan.stages] == sorted(stage.at for stage in plan.stages)
    missed, sooner = plan.costs
    assert "is in no new round until" in missed
    assert "could go first" in sooner
    assert simulate(before, plan.plan, rounds=60).complete is not None


def test_free_nmr_goes_at_once_if_asked_and_both_are_exposed() -> None:
    before = accounts.facts({"a": "30", "b": "5"}, {}, wallet="20")
    plan = moved(before, "a", at_once=True, b="20")
    assert [step.earliest for step in plan.plan.steps] == [NOW, NOW]
    assert [step.conditions.when_free for step in plan.plan.steps] == [None, None]
    assert plan.complete == PAID
    assert "exposed twice" in plan.costs[0]
    with pytest.raises(ChangeError, match="free to go at once is 20 NMR"):
        moved(before, "a", at_once=True, b="21")
    with pytest.raises(ChangeError, match="not known"):
        moved(replace(before, available=None), "a", at_once=True, b="2")


def test_everything_is_a_drain() -> None:
    plan = moved(accounts.facts({"a": "30", "b": "5"}, {}), "a", b="30")
    assert kinds(plan) == [(DRAIN, "a", "None"), (INCREASE, "b", "30")]


def test_a_release_pending_where_it_goes_is_waited_for() -> None:
    late = PAID + timedelta(days=3)
    before = accounts.facts({"a": "30", "b": ("5", release("1", late))}, {})
    step = moved(before, "a", b="20").plan.steps[-1]
    assert step.conditions.when_release_gone
    assert step.earliest == late


def test_within_a_strategy_new_positions_take_over() -> None:
    facts = strategy(
        {"a": constant("2"), "b": constant("1")},
        [*running("a", NMR(2), CLASSIC), *running("b", NMR(1), CLASSIC)],
        idle="3",
    )
    plan = moved(account(facts, targets={}), "a", b="64")
    assert kinds(plan) == [(SET, "a", "1"), (SET, "b", "2")]
    assert [step.earliest for step in plan.plan.steps] == [NOW, NOW]
    assert "Nothing is exposed twice" in plan.costs[-1]
    assert plan.plan.missing == ZERO


def test_compound_models_are_set_to_constant_and_that_is_said() -> None:
    rows = [*running("a", NMR(3), CLASSIC), *running("b", NMR(1), CLASSIC)]
    facts = strategy({"a": compound("1"), "b": constant("1")}, rows, idle="9")
    plan = moved(account(facts, targets={}), "a", b="64")
    assert plan.costs[0].startswith("a stops compounding")
    setting = plan.plan.steps[0].setting
    assert setting is not None
    assert setting.mode is constant("1").mode


def test_from_a_strategy_to_a_continuous_stake_it_goes_over_the_wallet() -> None:
    before = both(account(steady("a", "2"), targets={}), accounts.facts({"s": "5"}, {}))
    plan = moved(before, "a", s="64")
    assert kinds(plan) == [
        (SET, "a", "1"),
        (WITHDRAW, "strategy-8", "64"),
        (INCREASE, "s", "64"),
    ]
    lowered, out, comes = plan.plan.steps
    assert out.conditions.not_before == lowered.effect
    assert (out.after_step, comes.after_step) == (0, 1)
    assert "lies idle" in plan.costs[0]


def test_from_a_continuous_stake_into_a_strategy() -> None:
    before = both(accounts.facts({"s": "100"}, {}), account(steady("a", "1"), targets={}))
    plan = moved(before, "s", a="64")
    assert kinds(plan) == [
        (DECREASE, "s", "64"),
        (DEPOSIT, "strategy-8", "64"),
        (SET, "a", "2"),
    ]
    paid, funded, raised = plan.plan.steps
    assert funded.earliest == paid.effect
    assert raised.after_step == 1
    assert plan.complete == raised.effect > funded.effect


def test_from_one_strategy_to_another() -> None:
    crypto = account(steady("c", "1", tournament=CRYPTO), targets={})
    before = both(account(steady("a", "2"), targets={}), crypto)
    plan = moved(before, "a", c="24")
    assert [kind for kind, _, _ in kinds(plan)] == [SET, WITHDRAW, DEPOSIT, SET]
    assert [step.after_step for step in plan.plan.steps] == [None, 0, 1, 2]
    assert plan.plan.steps[-1].setting == constant("2")


def test_several_get_their_shares() -> None:
    plan = moved(accounts.facts({"a": "30", "b": "5", "c": "1"}, {}), "a", b="7", c="3")
    assert kinds(plan) == [(DECREASE, "a", "10"), (INCREASE, "b", "7"), (INCREASE, "c", "3")]
    assert "7 NMR to b, 3 NMR to c" in plan.statement


@pytest.mark.parametrize(
    ("to", "why"),
    [({}, "no model"), ({"a": "1"}, "itself"), ({"b": "0"}, "above zero"), ({"b": "31"}, "30 NMR")],
)
def test_what_can_t_be_moved_is_said(to: dict[str, str], why: str) -> None:
    with pytest.raises(ChangeError, match=why):
        moved(accounts.facts({"a": "30", "b": "5"}, {}), "a", **to)


def test_what_is_not_known_is_not_moved() -> None:
    facts = strategy({"a": constant("2")}, running("a", NMR(2), CLASSIC), unknown=("b",))
    with pytest.raises(ChangeError, match="set to now is not known"):
        moved(account(facts, targets={}), "a", b="1")


@given(
    st.integers(1, 10**21),
    st.lists(st.integers(1, 10**20), min_size=1, max_size=4),
    st.integers(0, 10**21),
)
def test_what_leaves_is_what_arrives(extra: int, shares: list[int], wallet: int) -> None:
    names = [f"m{index}" for index in range(len(shares))]
    held = NMR.from_wei(sum(shares) + extra)
    before = accounts.facts(
        {"a": str(held), **dict.fromkeys(names, "0")}, {}, wallet=str(NMR.from_wei(wallet))
    )
    to = tuple((name, NMR.from_wei(wei)) for name, wei in zip(names, shares, strict=True))
    plan = plan_move(before, Move("a", to))
    down = NMR.total(step.nmr or ZERO for step in plan.plan.steps if step.kind is DECREASE)
    up = NMR.total(step.nmr or ZERO for step in plan.plan.steps if step.kind is INCREASE)
    assert down == up == plan.move.nmr
    assert all(step.earliest >= PAID for step in plan.plan.steps if step.kind is INCREASE)
    assert plan.complete > CLOSE
