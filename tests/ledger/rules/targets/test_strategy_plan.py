"""Targets on atomic staking become settings that lead there, and deposits that pay for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.targets.plan import Plan
from ledger.domain.targets.target import Target, TargetDraft, TargetEntry, TargetKind
from ledger.reports.targets.allocation import build_allocation
from ledger.rules.stakes.holding import idle_needed
from ledger.rules.stakes.projection import project
from ledger.rules.stakes.strategy_facts import committed, per_round_of
from ledger.rules.targets.balance import balance
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.planned import plan_targets
from ledger.rules.targets.simulate import simulate
from ledger.rules.targets.strategy_sentences import commits
from ledger.rules.targets.target import parse_target, resolve, target_text
from tests.ledger.accounts import NOW, ROUNDS, model
from tests.ledger.strategies import (
    CLASSIC,
    COMPOUND,
    CONSTANT,
    CRYPTO,
    SIGNALS,
    WEI,
    account,
    compound,
    constant,
    drawn_strategies,
    queued,
    running,
    strategy,
)

SET, MODE = ChangeKind.SET_PER_ROUND, ChangeKind.SET_MODE
ENABLED, DEPOSIT, WITHDRAW = ChangeKind.SET_ENABLED, ChangeKind.DEPOSIT, ChangeKind.WITHDRAW


def told(plan: Plan) -> list[tuple[ChangeKind, str, ModelSetting | str]]:
    return [(step.kind, step.model.name, step.setting or str(step.nmr)) for step in plan.steps]


def offered(plan: Plan) -> list[tuple[ChangeKind, str, str]]:
    return [(step.kind, step.model.name, str(step.nmr)) for step in plan.offers]


def short(plan: Plan) -> NMR:
    return NMR.total(shortage.nmr for shortage in plan.shortages)


def warned(plan: Plan, words: str) -> bool:
    return any(words in warning for warning in plan.warnings)


def steady(idle: str = "1", stake: str = "1"):
    """A model in constant mode whose every running round holds its per-round stake."""
    return strategy({"a": constant(stake)}, running("a", NMR(stake), CLASSIC), idle=idle)


def test_a_total_is_spread_over_the_rounds_that_run() -> None:
    plan = make_plan(account(steady("65"), targets={"a": "128"}))
    assert told(plan) == [(SET, "a", constant("2"))]
    step = plan.steps[0]
    assert (step.base, step.nmr, step.earliest) == (constant("1"), None, NOW)
    assert plan.complete == step.effect == project(steady("65")).rounds[-1].at
    assert "2 NMR per round = 128 NMR once 64 rounds are running, on Fri 19 Feb" in step.reason
    assert plan.warnings == ()


def test_what_is_committed_in_words() -> None:
    assert commits(NMR(1), 64, datetime(2027, 2, 21, 14, tzinfo=NOW.tzinfo)) == (
        "1 NMR per round = 64 NMR once 64 rounds are running, on Sun 21 Feb 2027"
    )


@given(st.integers(0, 10**24), st.sampled_from([24, 64]))
def test_a_per_round_stake_never_commits_more_than_was_said(wei: int, rounds: int) -> None:
    total = NMR.from_wei(wei)
    spread = committed(per_round_of(total, rounds), rounds)
    assert ZERO <= total - spread < NMR.from_wei(rounds)
    assert per_round_of(spread, rounds) == per_round_of(total, rounds)


def test_where_the_setting_is_right_nothing_is_planned() -> None:
    plan = make_plan(account(steady(), targets={"a": "64"}))
    assert plan.steps == ()
    assert plan.complete == NOW
    ramping = make_plan(account(strategy({"a": constant("1")}, idle="64"), targets={"a": "64"}))
    assert ramping.steps == ()
    assert ramping.complete is not None
    assert ramping.complete > NOW


def test_a_target_of_zero_disables_and_keeps_the_stake_for_later() -> None:
    plan = make_plan(account(steady(), targets={"a": "0"}))
    assert told(plan) == [(ENABLED, "a", constant("1", enabled=False))]
    assert "no new positions" in plan.steps[0].reason
    off = strategy({"a": constant("1", enabled=False)}, idle="64")
    assert make_plan(account(off, targets={"a": "0"})).steps == ()
    assert told(make_plan(account(off, targets={"a": "64"}))) == [(ENABLED, "a", constant("1"))]
    on = make_plan(account(replace(off, idle=NMR(200)), targets={"a": "128"}))
    assert told(on) == [(SET, "a", constant("2"))]


def test_a_mode_may_be_chosen() -> None:
    kept = account(steady(), targets={"a": "64"}, modes={"a": COMPOUND})
    assert told(make_plan(kept)) == [(MODE, "a", compound("1"))]


def test_compound_keeps_what_runs_and_constant_is_offered() -> None:
    facts = strategy({"a": compound("2")}, running("a", NMR(2), CLASSIC), idle="5")
    plan = make_plan(account(facts, targets={"a": "64"}))
    assert told(plan) == [(SET, "a", compound("1"))]
    assert plan.complete is None
    assert plan.outlooks[0].remark is not None
    assert warned(plan, "Choose constant mode")
    chosen = make_plan(account(facts, targets={"a": "64"}, modes={"a": CONSTANT}))
    assert told(chosen) == [(SET, "a", constant("1"))]
    assert chosen.complete is not None
    assert not warned(chosen, "compound")


def test_an_unknown_setting_blocks_and_says_what_helps() -> None:
    facts = strategy({}, running("b", NMR(1), CLASSIC), unknown=("b",))
    plan = make_plan(account(facts, targets={"b": "70"}))
    assert plan.steps == ()
    assert "V3 Stakes page" in (plan.outlooks[0].blocked or "")
    typed = make_plan(account(facts, targets={"b": "64"}, modes={"b": CONSTANT}, wallet="9"))
    assert told(typed) == [(DEPOSIT, "Classic strategy", "1"), (SET, "b", constant("1"))]
    assert typed.steps[1].base is None


def test_what_idle_lacks_is_deposited_from_the_wallet() -> None:
    before = account(steady("1"), targets={"a": "128"}, wallet="100")
    plan = make_plan(before)
    assert told(plan) == [(DEPOSIT, "Classic strategy", "64"), (SET, "a", constant("2"))]
    assert plan.steps[0].model.id == "strategy-8"
    assert "runs out in round" in plan.steps[0].reason
    paid = replace(before.strategies[CLASSIC], idle=NMR(65))
    assert project(paid, settings={"a": constant("2")}).runs_out is None


def test_what_was_short_before_is_told_and_a_deposit_only_offered() -> None:
    poor = strategy({"a": constant("2")}, running("a", NMR(1), CLASSIC), idle="3")
    plan = make_plan(account(poor, targets={"a": "64"}, wallet="500"))
    assert told(plan) == [(SET, "a", constant("1"))]
    assert (plan.missing, plan.warnings, plan.shortages, plan.offers) == (ZERO, (), (), ())
    less = make_plan(account(poor, targets={"a": "96"}, wallet="10"))
    assert told(less) == [(SET, "a", constant("1.5"))]
    assert (less.missing, short(less)) == (ZERO, NMR(30))
    assert offered(less) == [(DEPOSIT, "Classic strategy", "10")]
    assert less.complete is not None
    more = make_plan(account(poor, targets={"a": "192"}, wallet="500"))
    assert told(more) == [(DEPOSIT, "Classic strategy", "64"), (SET, "a", constant("3"))]
    assert offered(more) == [(DEPOSIT, "Classic strategy", "62")]


def test_an_offer_that_is_taken_goes_first() -> None:
    poor = strategy({"a": constant("2")}, running("a", NMR(1), CLASSIC), idle="3")
    plan = make_plan(account(poor, targets={"a": "192"}, wallet="500"))
    taken = plan.with_offers([offer.deed for offer in plan.offers])
    assert told(taken) == [
        (DEPOSIT, "Classic strategy", "62"),
        (DEPOSIT, "Classic strategy", "64"),
        (SET, "a", constant("3")),
    ]
    assert taken.offers == ()
    assert plan.with_offers(()) == plan


def test_what_is_reached_is_said_of_the_models_that_change() -> None:
    poor = strategy(
        {"a": constant("2"), "b": constant("1")}, running("a", NMR(1), CLASSIC), idle="0"
    )
    lowered = project(poor, settings={"a": constant("1")})
    assert lowered.runs_out is not None
    assert None not in lowered.reached.values()


def test_a_wallet_that_is_too_small_is_said_with_a_date() -> None:
    plan = make_plan(account(steady("1"), targets={"a": "128"}, wallet="10"))
    assert plan.steps[0].nmr == NMR(10)
    assert plan.missing == NMR(54)
    assert warned(plan, "54 NMR more than its idle NMR and the owner's wallet")
    assert warned(plan, "by ")
    owner = make_plan(account(replace(steady(), wallet=NMR(70)), targets={"a": "128"}))
    assert (owner.steps[0].nmr, owner.missing) == (NMR(64), ZERO)


def test_unknown_idle_is_said_and_nothing_deposited() -> None:
    facts = replace(steady(), idle=None)
    plan = make_plan(account(facts, targets={"a": "128"}, wallet="100"))
    assert told(plan) == [(SET, "a", constant("2"))]
    assert warned(plan, "not known")


def test_idle_that_no_round_needs_pays_for_targets_elsewhere() -> None:
    rich = strategy({"c": constant("1")}, tournament=CRYPTO, idle="30")
    before = account(steady("1"), rich, targets={"a": "128"}, wallet="50")
    plan = make_plan(before)
    assert told(plan)[0] == (DEPOSIT, "Classic strategy", "50")
    assert offered(plan) == [(WITHDRAW, "Crypto strategy", "7")]
    again = make_plan(queued(before, plan.with_offers([offer.deed for offer in plan.offers])))
    assert (again.steps, again.offers) == ((), ())


def test_a_continuous_increase_may_be_paid_by_idle_nmr() -> None:
    before = account(strategy({"c": constant("1")}, tournament=CRYPTO, idle="30"), targets={})
    before = replace(
        before,
        models=(*before.models, model("s")),
        systems={CRYPTO: System.ATOMIC, SIGNALS: System.CONTINUOUS},
        stakes={"s": ContinuousStake("s", NMR(1), NMR(1), False)},
        rounds=(*before.rounds, *ROUNDS),
        targets={"s": NMR(5)},
        available=NMR(1),
    )
    plan = make_plan(before)
    assert told(plan) == [(ChangeKind.INCREASE, "s", "1")]
    assert offered(plan) == [(WITHDRAW, "Crypto strategy", "3")]
    assert make_plan(replace(before, targets={})).steps == ()
    assert simulate(before, plan, rounds=3).points[-1].staked == NMR(2)


def test_targets_of_both_systems_keep_their_order() -> None:
    before = account(steady("65"), targets={"a": "128", "s": "1"})
    before = replace(
        before,
        models=(*before.models, model("s", SIGNALS)),
        stakes={"s": ContinuousStake("s", NMR(1), NMR(1), False)},
        rounds=(*before.rounds, *ROUNDS),
    )
    assert [outlook.model.id for outlook in make_plan(before).outlooks] == ["a", "s"]


def test_another_target_replaces_what_is_queued_and_not_sent() -> None:
    before = account(steady("200"), targets={"a": "128"})
    waiting = queued(before, make_plan(before))
    other = make_plan(replace(waiting, targets={"a": NMR(192)}))
    assert (other.replaces, other.steps[0].base) == ((1,), constant("1"))
    back = make_plan(replace(waiting, targets={"a": NMR(64)}))
    assert (back.replaces, back.steps) == ((1,), ())
    assert warned(back, "change 1")


def test_an_accepted_setting_counts_before_any_reading_shows_it() -> None:
    before = account(steady("200"), targets={"a": "128"})
    accepted = queued(before, make_plan(before), ChangeState.ACCEPTED)
    assert make_plan(accepted).steps == ()
    assert accepted.net_positions()["a"].effective == NMR(128)
    again = make_plan(replace(accepted, targets={"a": NMR(64)}))
    assert (again.replaces, again.steps[0].base) == ((), constant("2"))


def test_a_setting_whose_fate_is_unknown_blocks() -> None:
    before = account(steady("200"), targets={"a": "128"})
    lost = queued(before, make_plan(before), ChangeState.UNKNOWN)
    plan = make_plan(replace(lost, targets={"a": NMR(64)}))
    assert plan.steps == ()
    assert "Reconcile" in (plan.outlooks[0].blocked or "")


def test_an_archived_model_and_a_negative_target() -> None:
    facts = steady()
    gone = replace(facts, models=(model("a", CLASSIC, archived=True),))
    plan = make_plan(account(gone, targets={"a": "128"}))
    assert "archived" in (plan.outlooks[0].blocked or "")
    with pytest.raises(ValueError, match="target of -1 NMR"):
        make_plan(account(facts, targets={"a": "-1"}))


def test_the_rows_of_an_allocation_say_when_and_why_not() -> None:
    facts = strategy({"a": compound("2"), "b": constant("1")}, running("a", NMR(2), CLASSIC))
    entries = {"a": TargetEntry("1/r"), "b": TargetEntry("+64")}
    found = build_allocation(
        plan_targets(account(facts, targets={}, wallet="500"), TargetDraft(CLASSIC, entries))
    )
    rolled, raised = found.lines
    assert (rolled.way, rolled.complete) == ("compound: claims roll on", None)
    assert (raised.target, raised.difference) == (NMR(128), NMR(64))
    assert raised.way == "2027-02-19"
    assert found.system is System.ATOMIC
    assert found.balance.missing == ZERO


# targets as typed


@pytest.mark.parametrize("text", ["0.5/r", "=0.5/r", "0.5 / round", " .5/R nmr"])
def test_a_stake_per_round_may_be_typed(text) -> None:
    target = parse_target(text, "a")
    assert target == Target("a", TargetKind.PER_ROUND, nmr=NMR("0.5"))
    assert target_text(target) == "0.5/r"
    before = account(steady(), targets={})
    assert resolve([target], before.net_positions(), before.free).amounts == {"a": NMR(32)}


@given(WEI)
def test_a_stake_per_round_is_met_to_the_wei(per_round: NMR) -> None:
    before = account(steady("100000"), targets={})
    target = Target("a", TargetKind.PER_ROUND, nmr=per_round)
    assert parse_target(target_text(target), "a") == target
    amounts = resolve([target], before.net_positions(), before.free).amounts
    for step in make_plan(replace(before, targets=amounts)).steps:
        assert step.setting is not None
        assert step.setting.per_round == per_round


def test_shares_and_differences_are_of_totals() -> None:
    facts = strategy({"a": constant("1"), "b": constant("3")}, idle="300")
    before = account(facts, targets={})
    rows = [parse_target("25%", "a"), parse_target("-64", "b")]
    found = resolve([rows[0], rows[1]], before.net_positions(), before.free)
    assert found.amounts == {"a": NMR(64), "b": NMR(128)}
    delta = parse_target("-2.5", "b")
    assert resolve([delta], before.net_positions(), before.free).amounts == {"b": NMR("189.5")}


def test_no_stake_per_round_where_stakes_are_continuous() -> None:
    before = account(steady(), targets={})
    before = replace(before, models=(*before.models, model("s", SIGNALS)))
    found = resolve([parse_target("1/r", "s")], before.net_positions(), before.free)
    assert "per round" in found.problems["s"]


# properties


@st.composite
def drawn_accounts(draw) -> PlanFacts:
    facts = draw(drawn_strategies())
    names = [entry.id for entry in facts.models]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    targets = {name: draw(st.one_of(WEI, st.just(ZERO))) for name in chosen}
    modes = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([CONSTANT, COMPOUND])))
    before = account(facts, targets={}, wallet=str(draw(WEI)))
    return replace(before, targets=targets, modes=modes)


@settings(max_examples=60, deadline=None)
@given(drawn_accounts())
def test_planning_again_after_queueing_adds_nothing(before: PlanFacts) -> None:
    plan = make_plan(before)
    again = make_plan(queued(before, plan))
    assert again.steps == ()
    assert again.replaces == ()
    # A deposit that is only offered, since the targets only take away, is not in the queue.
    lacking, offered = plan.missing + short(plan), NMR.total(step.nmr for step in plan.offers)
    assert lacking <= again.missing + short(again) <= lacking + offered
    if not plan.offers:
        assert again.missing + short(again) == lacking


@settings(max_examples=60, deadline=None)
@given(drawn_accounts(), st.data())
def test_taking_away_never_moves_other_nmr(before: PlanFacts, data: st.DataObject) -> None:
    (facts,) = before.strategies.values()
    rounds = facts.schedule.concurrent
    lower = {
        key: NMR.from_wei(data.draw(st.integers(0, committed(setting.per_round, rounds).wei)))
        for key, setting in facts.settings().items()
        if setting.enabled
    }
    plan = make_plan(replace(before, targets=lower, modes={}))
    assert not [step for step in plan.steps if step.kind in {DEPOSIT, WITHDRAW}]


@settings(max_examples=60, deadline=None)
@given(drawn_accounts())
def test_an_old_shortage_is_no_part_of_what_was_asked(before: PlanFacts) -> None:
    (facts,) = before.strategies.values()
    kept = replace(facts, idle=(facts.idle or ZERO) + idle_needed(facts))
    poor, rich = make_plan(before), make_plan(replace(before, strategies={CLASSIC: kept}))
    lacking = max(ZERO, idle_needed(facts) - (facts.idle or ZERO))
    assert short(poor) <= lacking
    assert short(rich) == ZERO


@settings(max_examples=40, deadline=None)
@given(drawn_accounts())
def test_a_plan_leads_to_its_targets_when_it_says(before: PlanFacts) -> None:
    plan = make_plan(before)
    (facts,) = before.strategies.values()
    made = {step.model.id: step.setting for step in plan.steps if step.setting is not None}
    deposit = NMR.total(step.nmr or ZERO for step in plan.steps if step.kind is ChangeKind.DEPOSIT)
    found = project(facts, settings=made, deposit=deposit)
    lacking = plan.missing + short(plan)
    lacking += NMR.total(step.nmr or ZERO for step in plan.offers)
    assert (found.runs_out is None) == (lacking == ZERO)
    if lacking:
        return
    last = found.rounds[-1]
    count = facts.schedule.running(last.round or 0, last.at)
    for outlook in plan.outlooks:
        if outlook.complete is not None:
            per_round = per_round_of(outlook.target, facts.schedule.concurrent)
            assert last.models[outlook.model.id].locked == committed(per_round, count)
            assert outlook.complete <= last.at


@settings(max_examples=40, deadline=None)
@given(drawn_accounts())
def test_everything_balances_to_the_wei(before: PlanFacts) -> None:
    found = balance(before, make_plan(before))
    states = before.net_positions().values()
    held = NMR.total(net_position.settled for net_position in states)
    assert found.current + found.wallet + found.releasing == found.targets + found.left
    assert found.current + found.wallet == before.free + held


def test_without_a_strategy_the_tournament_stays_blocked() -> None:
    before = replace(account(steady(), targets={"a": "128"}), strategies={})
    assert "atomic" in (make_plan(before).outlooks[0].blocked or "")
