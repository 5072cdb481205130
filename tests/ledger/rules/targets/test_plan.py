"""A plan gets stakes where they should be, under Numerai's rules, to the wei."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.targets.plan import OptionKind, Plan
from ledger.rules.rounds import calendar
from ledger.rules.targets.balance import balance
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from tests.ledger.accounts import (
    CLOSE,
    NOW,
    PAID,
    accounts,
    facts,
    model,
    owned,
    queue,
    queued,
    release,
)

INCREASE, DECREASE = ChangeKind.INCREASE, ChangeKind.DECREASE
DRAIN, CANCEL = ChangeKind.DRAIN, ChangeKind.CANCEL_RELEASE


def told(plan: Plan) -> list[tuple[ChangeKind, str, str | None]]:
    return [(step.kind, step.model.name, step.nmr and str(step.nmr)) for step in plan.steps]


def chosen(plan: Plan) -> OptionKind:
    return next(option.kind for option in plan.options if option.chosen)


def test_an_increase_from_the_wallet_is_sent_now_and_counts_from_the_next_close() -> None:
    plan = make_plan(facts({"a": "10"}, {"a": "12.5"}, wallet="3"))
    assert told(plan) == [(INCREASE, "a", "2.5")]
    step = plan.steps[0]
    assert (step.earliest, step.effect, step.conditions.not_before) == (NOW, CLOSE, None)
    assert plan.complete == CLOSE
    assert plan.outlooks[0].complete == CLOSE


def test_a_decrease_takes_full_effect_when_the_last_running_round_resolves() -> None:
    plan = make_plan(facts({"a": "10"}, {"a": "4"}))
    assert told(plan) == [(DECREASE, "a", "6")]
    assert plan.complete == plan.steps[0].effect == PAID


def test_a_target_of_zero_drains() -> None:
    assert told(make_plan(facts({"a": "10"}, {"a": "0"}))) == [(DRAIN, "a", None)]


def test_an_increase_waits_for_the_release_that_pays_for_it() -> None:
    plan = make_plan(facts({"a": "10", "b": "1"}, {"a": "4", "b": "9"}, wallet="2"))
    assert told(plan) == [(DECREASE, "a", "6"), (INCREASE, "b", "2"), (INCREASE, "b", "6")]
    last = plan.steps[2]
    assert last.conditions.not_before == PAID
    assert last.conditions.when_free == NMR(6)
    assert last.after_step == 1
    assert plan.complete == last.effect == calendar.closes_staking(1428, Tournament.SIGNALS)


def test_the_release_that_pays_is_named() -> None:
    plan = make_plan(facts({"a": "10", "b": "1"}, {"a": "0", "b": "9"}))
    assert plan.steps[1].after_step == 0
    assert any("drain of a" in warning for warning in plan.warnings)


def test_two_releases_that_count_from_one_close_pay_for_one_increase() -> None:
    due = CLOSE + timedelta(days=2, hours=3)
    account = facts(
        {"a": ("9", release("3", due)), "b": ("9", release("4", due + timedelta(hours=2)))}
        | {"c": "0"},
        {"c": "7"},
    )
    plan = make_plan(account)
    assert told(plan) == [(INCREASE, "c", "7")]
    assert plan.steps[0].earliest == due + timedelta(hours=2)


def test_nothing_is_planned_where_stakes_are_right() -> None:
    account = facts({"a": "10", "b": ("9", release("3", PAID))}, {"a": "10", "b": "6"})
    plan = make_plan(account)
    assert plan.steps == ()
    assert plan.complete == PAID
    assert make_plan(replace(account, targets={})).complete == NOW


def test_a_pending_increase_is_waited_for() -> None:
    pending = PendingRequest(PendingKind.INCREASE, NMR(5), CLOSE)
    plan = make_plan(facts({"a": ("10", pending), "b": ("10", pending)}, {"a": "20", "b": "1"}))
    assert told(plan) == [(DECREASE, "b", "14"), (INCREASE, "a", "5")]
    assert plan.steps[0].conditions.not_before == CLOSE
    richer = make_plan(facts({"a": ("10", pending)}, {"a": "20"}, wallet="9"))
    assert [(step.earliest, step.nmr) for step in richer.steps] == [(CLOSE, NMR(5))]


def test_a_release_in_the_way_of_more_is_cancelled() -> None:
    account = facts({"a": ("10", release("4", NOW + timedelta(days=9)))}, {"a": "12"}, wallet="2")
    plan = make_plan(account)
    assert told(plan) == [(CANCEL, "a", None), (INCREASE, "a", "2")]
    assert plan.steps[1].after_step == 0
    assert plan.complete == CLOSE
    assert {option.kind for option in plan.options} == {OptionKind.WAIT, OptionKind.CANCEL}
    waited = make_plan(replace(account, choices={"a": OptionKind.WAIT}))
    assert told(waited) == [(INCREASE, "a", "6")]
    assert waited.steps[0].conditions.when_release_gone


def test_taking_a_release_back_is_one_cancellation() -> None:
    plan = make_plan(facts({"a": ("10", release("4", PAID))}, {"a": "10"}))
    assert told(plan) == [(CANCEL, "a", None)]
    assert plan.complete == CLOSE


@pytest.mark.parametrize("target", ["7", "9.5"])
def test_for_a_smaller_release_the_old_request_is_kept_where_it_is_sooner(target: str) -> None:
    due = NOW + timedelta(days=9)
    plan = make_plan(facts({"a": ("10", release("4", due))}, {"a": target}))
    assert chosen(plan) is OptionKind.KEEP
    assert told(plan) == [(INCREASE, "a", str(NMR(target) - NMR(6)))]
    assert plan.steps[0].earliest == due
    days = {option.kind: option.days for option in plan.options}
    assert days[OptionKind.KEEP] < days[OptionKind.CANCEL]


def test_a_request_of_today_is_cancelled_rather_than_kept() -> None:
    plan = make_plan(facts({"a": ("10", release("4", PAID))}, {"a": "7"}))
    assert chosen(plan) is OptionKind.CANCEL
    assert told(plan) == [(CANCEL, "a", None), (DECREASE, "a", "3")]
    assert plan.steps[1].after_step == 0


def test_a_little_more_does_not_hold_up_a_large_release_due_soon() -> None:
    due = NOW + timedelta(days=2)
    plan = make_plan(facts({"a": ("100", release("90", due))}, {"a": "9"}))
    assert chosen(plan) is OptionKind.KEEP
    assert told(plan) == [(DECREASE, "a", "1")]
    assert plan.steps[0].conditions.when_release_gone
    assert plan.steps[0].earliest == due


def test_much_more_of_a_fresh_release_starts_over() -> None:
    plan = make_plan(
        facts({"a": ("100", release("1", PAID - timedelta(days=1)))}, {"a": "9"}),
    )
    assert chosen(plan) is OptionKind.CANCEL
    assert told(plan) == [(CANCEL, "a", None), (DECREASE, "a", "91")]


def test_what_there_is_not_is_left_out_and_said() -> None:
    account = facts({"a": "10", "b": "0"}, {"a": "14", "b": "5"}, wallet="6")
    plan = make_plan(account)
    assert told(plan) == [(INCREASE, "a", "4"), (INCREASE, "b", "2")]
    assert (plan.missing, plan.complete) == (NMR(3), None)
    assert [outlook.missing for outlook in plan.outlooks] == [ZERO, NMR(3)]
    line = balance(account, plan)
    assert (line.left, line.missing, line.covered) == (NMR(-3), NMR(3), None)


def test_the_balance_says_from_when_it_is_covered() -> None:
    account = facts({"a": "10", "b": "1"}, {"a": "4", "b": "9"}, wallet="2")
    line = balance(account, make_plan(account))
    assert (line.missing_now, line.missing, line.covered) == (NMR(6), ZERO, PAID)


def test_more_is_built_on_an_increase_that_is_already_queued() -> None:
    account = facts({"a": "10"}, {"a": "14"}, wallet="6")
    more = replace(queued(account, make_plan(account)), targets={"a": NMR(16)})
    plan = make_plan(more)
    assert told(plan) == [(INCREASE, "a", "2")]
    assert plan.steps[0].conditions.after_change == 1
    assert plan.steps[0].earliest == CLOSE
    assert plan.replaces == ()


def test_another_target_replaces_what_was_not_sent() -> None:
    account = facts({"a": "10"}, {"a": "4"}, wallet="6")
    plan = make_plan(replace(queued(account, make_plan(account)), targets={"a": NMR(8)}))
    assert plan.replaces == (1,)
    assert told(plan) == [(DECREASE, "a", "2")]
    back = make_plan(replace(queued(account, make_plan(account)), targets={"a": NMR(10)}))
    assert (back.replaces, back.steps) == ((1,), ())


def test_nothing_is_planned_over_a_change_whose_fate_is_unknown() -> None:
    account = facts({"a": "10"}, {"a": "4"}, wallet="6")
    lost = queue(make_plan(account), state=ChangeState.UNKNOWN)
    plan = make_plan(replace(account, open_changes=lost, targets={"a": NMR(8)}))
    assert plan.steps == ()
    assert "not known" in (plan.outlooks[0].blocked or "")


def test_an_accepted_increase_the_account_does_not_show_yet_is_not_paid_twice() -> None:
    account = facts({"a": "10", "b": "0"}, {"a": "14", "b": "4"}, wallet="4", as_of=NOW)
    sent = queue(make_plan(replace(account, targets={"a": NMR(14)})), state=ChangeState.ACCEPTED)
    plan = make_plan(replace(account, open_changes=sent))
    assert plan.steps == ()
    assert plan.missing == NMR(4)
    seen = replace(account, open_changes=sent, as_of=NOW + timedelta(minutes=1))
    assert told(make_plan(seen))[0] == (INCREASE, "a", "4")


def test_small_amounts_are_mentioned_only_against_a_configured_minimum() -> None:
    account = facts({"a": "10"}, {"a": "10.001"}, wallet="1")
    assert make_plan(account).warnings == ()
    assert "minimum of 0.01" in make_plan(replace(account, minimum=NMR("0.01"))).warnings[0]


def test_a_portion_below_the_minimum_waits_for_the_next() -> None:
    account = facts({"a": "10", "b": "0"}, {"a": "4", "b": "6.005"}, wallet="0.005")
    assert len(make_plan(account).steps) == 3
    plan = make_plan(replace(account, minimum=NMR("0.01")))
    assert told(plan) == [(DECREASE, "a", "6"), (INCREASE, "b", "6.005")]


def test_archived_and_atomic_models_take_no_step() -> None:
    account = facts({"a": "10", "b": "10"}, {"a": "4", "b": "4"})
    atomic = make_plan(replace(account, systems={Tournament.SIGNALS: System.ATOMIC}))
    assert atomic.steps == ()
    assert all("atomic" in (outlook.blocked or "") for outlook in atomic.outlooks)
    old = make_plan(replace(account, models=(model("a", archived=True), model("b"))))
    assert told(old) == [(DECREASE, "b", "6")]
    assert "archived" in (old.outlooks[0].blocked or "")


def test_targets_that_make_no_sense_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no model"):
        make_plan(facts({"a": "1"}, {"z": "1"}))
    with pytest.raises(ValueError, match="-1 NMR"):
        make_plan(facts({"a": "1"}, {"a": "-1"}))


@settings(deadline=None)
@given(accounts())
def test_planning_twice_gives_the_same_plan(account: PlanFacts) -> None:
    assert make_plan(account) == make_plan(account)


@settings(deadline=None)
@given(accounts(), st.booleans())
def test_a_queued_plan_leaves_nothing_to_plan(account: PlanFacts, small: bool) -> None:
    account = replace(account, minimum=NMR("0.05") if small else None)
    plan = make_plan(account)
    again = make_plan(queued(account, plan))
    assert (again.steps, again.replaces) == ((), ())
    assert again.missing == plan.missing
    assert again.complete == plan.complete


@settings(deadline=None)
@given(accounts(), st.data())
def test_other_targets_over_a_queued_plan_leave_nothing_to_plan_either(account, data) -> None:
    account = queued(account, make_plan(account))
    other = data.draw(accounts()).targets
    targets = {key: nmr for key, nmr in other.items() if key in account.stakes}
    changed = replace(account, targets=targets)
    plan = make_plan(changed)
    again = make_plan(queued(changed, plan))
    assert (again.steps, again.replaces) == ((), ())


@settings(deadline=None)
@given(accounts())
def test_no_step_is_nothing_or_more_than_there_is(account: PlanFacts) -> None:
    plan = make_plan(account)
    spent = NMR.total(step.nmr or ZERO for step in plan.steps if step.kind is INCREASE)
    states = account.net_positions()
    freed = NMR.total(net_position.releasing for net_position in states.values())
    for step in plan.steps:
        assert step.nmr is None or step.nmr > ZERO
        if step.kind is DECREASE:
            freed += step.nmr or ZERO
        elif step.kind is DRAIN:
            freed += states[step.model.id].effective
        assert step.after_step is None or step.after_step < plan.steps.index(step)
    assert spent <= account.available + freed
    sent_now = [
        step for step in plan.steps if step.kind is INCREASE and step.earliest == account.now
    ]
    assert NMR.total(step.nmr or ZERO for step in sent_now) <= account.available


@settings(deadline=None)
@given(accounts())
def test_the_line_balances(account: PlanFacts) -> None:
    line = balance(account, make_plan(account))
    assert line.current + line.wallet + line.releasing == line.targets + line.left
    assert line.current + line.wallet + line.releasing == owned(account)


@settings(max_examples=200, deadline=None)
@given(accounts(affordable=True))
def test_what_can_be_paid_for_is_reached(account: PlanFacts) -> None:
    plan = make_plan(account)
    assert plan.missing == ZERO
    assert plan.complete is not None
    assert plan.complete == max(
        [o.complete for o in plan.outlooks if o.complete], default=account.now
    )


@settings(deadline=None)
@given(accounts())
def test_every_option_has_its_price_and_one_is_chosen(account: PlanFacts) -> None:
    plan = make_plan(account)
    for name in {option.model.name for option in plan.options}:
        offered = [option for option in plan.options if option.model.name == name]
        assert sum(option.chosen for option in offered) == 1
        assert next(o for o in offered if o.chosen).days == min(o.days for o in offered)
        assert all(option.sentence for option in offered)


def test_a_stake_nobody_told_of_counts_as_none() -> None:
    account = replace(facts({"a": "1"}, {"a": "2"}, wallet="5"), stakes={})
    assert told(make_plan(account)) == [(INCREASE, "a", "2")]
    empty = ContinuousStake("a", ZERO, ZERO, None)
    assert make_plan(replace(account, stakes={"a": empty})) == make_plan(account)
