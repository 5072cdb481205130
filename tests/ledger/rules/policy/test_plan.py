"""From accrued amounts to changes, on continuous and on atomic staking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    WALLET,
    BurnRule,
    Destination,
    Policy,
    PolicyChange,
    PolicyVersion,
    SettledPayout,
)
from ledger.domain.queue.change import ChangeKind
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.policy.owed import Accrued, balances_of, due, owed, set_aside
from ledger.rules.policy.plan import PolicyPlan, plan_policy, way_of
from ledger.rules.policy.split import split_payouts
from ledger.rules.targets.plan_facts import PlanFacts
from tests.ledger.accounts import CLOSE, NOW, PAID, facts, queued, release
from tests.ledger.allotting import (
    TAX,
    histories,
    paid,
    payouts,
    policy,
    to,
    version,
)
from tests.ledger.strategies import (
    CLASSIC,
    ROUNDS,
    account,
    compound,
    constant,
    strategy,
)
from tests.ledger.strategies import queued as in_queue

HALF = policy({None: {to("birch"): 50}})
STAKES = {"alder": "100", "birch": "10"}
LATER = NOW + timedelta(days=1)


def accrued(
    found: Iterable[SettledPayout],
    of: Policy | PolicyVersion = HALF,
    realised: tuple[PolicyChange, ...] = (),
    **more: object,
) -> Accrued:
    known = of if isinstance(of, PolicyVersion) else version(of)
    return Accrued(
        known.policy.tournament,
        balances_of(split_payouts(found, (known,))),
        realised,
        (known,),
        **more,  # type: ignore[arg-type]
    )


def profit_taken(account: PlanFacts) -> PlanFacts:
    """The account with take profit on everywhere."""
    stakes = {key: replace(one, take_profit=True) for key, one in account.stakes.items()}
    return replace(account, stakes=stakes)


def continuous(wallet: str = "50", stakes: Mapping[str, object] = STAKES) -> PlanFacts:
    return profit_taken(facts(stakes, {}, wallet=wallet))  # type: ignore[arg-type]


def free(number: int, model: str, nmr: str) -> SettledPayout:
    return paid(number, model, nmr, freed=True)


def into_idle(number: int, model: str, nmr: str) -> SettledPayout:
    return paid(number, model, nmr, freed=True, atomic=True)


def steps(plan: PolicyPlan) -> list[tuple[ChangeKind, str, str | None]]:
    return [
        (step.kind, step.model.name, None if step.nmr is None else str(step.nmr))
        for step in plan.plan.steps
    ]


def taken(plan: PolicyPlan) -> dict[Destination, NMR]:
    return {one.destination: one.nmr for one in plan.realising}


def as_realised(plan: PolicyPlan, *, dropped: bool = False) -> tuple[PolicyChange, ...]:
    """What the store gives back once the plan is in the queue."""
    return tuple(
        PolicyChange(one.step + 1, one.destination, one.nmr, one.round, LATER, dropped)
        for one in plan.realising
    )


# Owed


@given(payouts(), histories())
def test_all_that_is_owed_is_what_came_free(
    found: tuple[SettledPayout, ...], versions: tuple[PolicyVersion, ...]
) -> None:
    """On atomic staking nothing else than the payouts in idle is given out."""
    atomic = tuple(replace(one, atomic=True) for one in found)
    splits = split_payouts(atomic, versions)
    known = Accrued(HALF.tournament, balances_of(splits), (), versions)
    came_free = [one.payout.nmr for one in splits if one.payout.freed and not one.alone]
    assert NMR.total(owed(known).values()) == NMR.total(came_free)


def test_what_compounded_is_its_models_already() -> None:
    known = accrued([paid(1, "alder", "4"), paid(1, "cedar", "-1")])
    assert owed(known) == {to("birch"): NMR(2), to("alder"): NMR(-2)}


def test_the_wallets_share_is_owed_only_where_payouts_come_to_idle() -> None:
    saving = policy({None: {WALLET: 25, TAX: 25}})
    assert owed(accrued([free(1, "alder", "4")], saving)) == {to("alder"): NMR(2)}
    in_idle = accrued([into_idle(1, "alder", "4")], saving)
    assert owed(in_idle) == {to("alder"): NMR(2), WALLET: NMR(1), TAX: NMR(1)}


def test_payouts_while_it_was_off_stay_where_they_landed() -> None:
    off = version(Policy(HALF.tournament), 1, 1)
    on = version(HALF, 5, 2)
    found = (free(3, "alder", "8"), free(6, "alder", "2"))
    balances = balances_of(split_payouts(found, (off, on)))
    known = Accrued(HALF.tournament, balances, (), (off, on))
    assert owed(known) == {to("alder"): NMR(1), to("birch"): NMR(1)}


# Continuous


def test_a_share_becomes_an_increase_from_the_wallet() -> None:
    known = accrued([free(1, "alder", "6")])
    plan = plan_policy(continuous(), version(HALF), known)
    assert steps(plan) == [
        (ChangeKind.INCREASE, "alder", "3"),
        (ChangeKind.INCREASE, "birch", "3"),
    ]
    assert taken(plan) == {to("alder"): NMR(3), to("birch"): NMR(3)}
    assert all(step.reason.startswith("Payout allocation: ") for step in plan.plan.steps)
    assert {one.round for one in plan.realising} == {1}


def test_take_profit_is_switched_on_for_those_that_give() -> None:
    one = policy({"alder": {to("birch"): 50}})
    plan = plan_policy(facts(STAKES, {}), version(one), accrued([], one))
    assert steps(plan) == [(ChangeKind.TAKE_PROFIT_ON, "alder", None)]
    assert taken(plan) == {way_of("alder"): ZERO}
    assert plan.plan.steps[0].effect == CLOSE
    asked = queued(facts(STAKES, {}), plan.plan)
    assert steps(plan_policy(asked, version(one), accrued([], one))) == []


@pytest.mark.parametrize(("nmr", "drafted"), [("1.99", False), ("2", True)])
def test_the_threshold(nmr: str, drafted: bool) -> None:
    known = accrued([free(1, "alder", nmr)])
    plan = plan_policy(continuous(), version(HALF), known)
    assert bool(plan.plan.steps) is drafted


def test_the_schedule_counts_from_the_last_drafts() -> None:
    scheduled = version(policy({None: {to("birch"): 50}}, threshold=None, every=3), since=10)
    found = [free(10, "alder", "0.2"), free(11, "alder", "0.2")]
    assert not plan_policy(continuous(), scheduled, accrued(found, scheduled)).plan.steps
    found.append(free(12, "alder", "0.2"))
    plan = plan_policy(continuous(), scheduled, accrued(found, scheduled))
    assert taken(plan) == {to("alder"): NMR("0.3"), to("birch"): NMR("0.3")}
    done = as_realised(plan)
    found += [free(13, "alder", "2"), free(14, "alder", "2")]
    assert not plan_policy(continuous(), scheduled, accrued(found, scheduled, done)).plan.steps
    found.append(free(15, "alder", "2"))
    again = plan_policy(continuous(), scheduled, accrued(found, scheduled, done))
    assert taken(again) == {to("alder"): NMR(3), to("birch"): NMR(3)}


def test_neither_threshold_nor_schedule_drafts_nothing() -> None:
    never = version(policy({None: {to("birch"): 50}}, threshold=None))
    known = accrued([free(1, "alder", "900")], never)
    assert not due(NMR(450), never, known)
    assert not plan_policy(continuous(), never, known).plan.steps


def test_a_model_that_is_busy_waits() -> None:
    known = accrued([free(1, "alder", "6")])
    releasing = continuous(stakes={"alder": "100", "birch": ("10", release("1", PAID))})
    plan = plan_policy(releasing, version(HALF), known)
    assert steps(plan) == [(ChangeKind.INCREASE, "alder", "3")]
    assert plan.waiting == ("birch: 3 NMR waits for what is pending or queued.",)
    asked = queued(continuous(), plan.plan)
    after = plan_policy(asked, version(HALF), accrued([free(1, "alder", "60")]))
    assert steps(after) == [(ChangeKind.INCREASE, "birch", "30")]
    assert "alder: 30 NMR waits" in after.waiting[0]


def test_what_is_in_the_queue_is_not_drafted_again() -> None:
    found = [free(1, "alder", "6")]
    plan = plan_policy(continuous(), version(HALF), accrued(found))
    done = accrued(found, realised=as_realised(plan))
    assert owed(done) == {}
    assert not plan_policy(continuous(), version(HALF), done).plan.steps


def test_what_was_dropped_comes_again_when_another_round_has_settled() -> None:
    found = [free(1, "alder", "6")]
    plan = plan_policy(continuous(), version(HALF), accrued(found))
    dropped = as_realised(plan, dropped=True)
    assert owed(accrued(found, realised=dropped)) == owed(accrued(found))
    again = plan_policy(continuous(), version(HALF), accrued(found, realised=dropped))
    assert again.plan.steps == ()
    assert "birch: 3 NMR was cancelled or refused" in again.waiting[1]
    found.append(free(2, "alder", "1"))
    later = plan_policy(continuous(), version(HALF), accrued(found, realised=dropped))
    assert taken(later) == {to("alder"): NMR("3.5"), to("birch"): NMR("3.5")}


def test_take_profit_that_was_declined_is_left_until_the_next_version() -> None:
    one = policy({"alder": {to("birch"): 50}})
    first = version(one, 1, 1)
    plan = plan_policy(facts(STAKES, {}), first, accrued([], first))
    found = [paid(number, "alder", "0.1") for number in range(1, 9)]
    declined = accrued(found, first, as_realised(plan, dropped=True))
    after = plan_policy(facts(STAKES, {}), first, declined)
    assert after.plan.steps == ()
    assert after.waiting == (
        "alder: take profit was cancelled or refused, so its payouts compound.",
    )
    second = replace(first, id=2, made=LATER + timedelta(days=1))
    assert steps(plan_policy(facts(STAKES, {}), second, declined)) == steps(plan)


def test_the_wallet_short_of_it_says_so() -> None:
    plan = plan_policy(continuous("1"), version(HALF), accrued([free(1, "alder", "6")]))
    assert NMR.total(taken(plan).values()) == NMR(1)
    assert plan.waiting == ("5 NMR waits until so much is free.",)


def test_pools_are_not_spent() -> None:
    pool = policy({None: {TAX: 50}})
    known = accrued([free(1, "alder", "6"), paid(2, "alder", "-2")], pool)
    assert set_aside(known, pool) == NMR(3)
    assert set_aside(known, HALF) == ZERO, "a pool that is named no more is the wallet's"
    short = replace(known, set_aside=NMR(48))
    assert taken(plan_policy(continuous("50"), version(pool), short)) == {to("alder"): NMR(2)}


def test_a_shared_burn_is_taken_from_what_the_others_get() -> None:
    shared = policy({None: {to("birch"): 50}}, burns=BurnRule.SHARE)
    known = accrued([paid(1, "alder", "-4"), free(2, "alder", "10")], shared)
    assert owed(known) == {to("alder"): NMR(7), to("birch"): NMR(3)}, "the burn took 4 of alder"


def test_a_model_that_is_gone_is_told() -> None:
    lost = policy({None: {to("gone"): 50}})
    plan = plan_policy(continuous(), version(lost), accrued([free(1, "alder", "6")], lost))
    assert steps(plan) == [(ChangeKind.INCREASE, "alder", "3")]
    assert "for a model that is gone" in plan.waiting[0]


# Atomic

ATOMIC = policy({None: {to("birch"): 25, WALLET: 25}}, tournament=CLASSIC, threshold="1")


def staked(idle: str = "1000", **settings: object) -> PlanFacts:
    known = settings or {"alder": constant("2"), "birch": constant("1")}
    return account(strategy(known, idle=idle), targets={}, wallet="5")  # type: ignore[arg-type]


def test_totals_follow_by_the_per_round_stake_and_the_wallet_by_a_withdrawal() -> None:
    known = accrued([into_idle(1, "alder", "64")], ATOMIC)
    plan = plan_policy(staked(), version(ATOMIC), known)
    first, second, third = plan.plan.steps
    assert {first.model.name: first.setting, second.model.name: second.setting} == {
        "alder": constant("2.5"),
        "birch": constant("1.25"),
    }
    assert (third.kind, third.nmr) == (ChangeKind.WITHDRAW, NMR(16))
    assert taken(plan) == {to("alder"): NMR(32), to("birch"): NMR(16), WALLET: NMR(16)}
    by_step = {one.step: one for one in plan.realising}
    assert [by_step[index].step for index in range(3)] == [0, 1, 2]
    assert {one.before for one in plan.realising} == {NMR(128), NMR(64), None}
    assert {one.rounds for one in plan.realising} == {ROUNDS[CLASSIC], None}


def test_a_burn_lowers_the_per_round_stake_of_its_source() -> None:
    plan = plan_policy(staked(), version(ATOMIC), accrued([into_idle(1, "alder", "-64")], ATOMIC))
    (step,) = plan.plan.steps
    assert (step.model.name, step.setting) == ("alder", constant("1"))
    assert taken(plan) == {to("alder"): NMR(-64)}


def test_what_rounding_leaves_stays_owed() -> None:
    found = [into_idle(1, "alder", "64.000000000000000063")]
    plan = plan_policy(staked(), version(ATOMIC), accrued(found, ATOMIC))
    rest = owed(accrued(found, ATOMIC, as_realised(plan)))
    assert all(abs(nmr.wei) < ROUNDS[CLASSIC] for nmr in rest.values())
    assert NMR.total(rest.values()).wei + NMR.total(taken(plan).values()).wei == found[0].nmr.wei


def test_those_that_give_become_constant() -> None:
    compounding = staked(alder=compound("2"), birch=constant("1"))
    one = policy({"alder": {WALLET: 25}}, tournament=CLASSIC)
    plan = plan_policy(compounding, version(one), accrued([], one))
    (step,) = plan.plan.steps
    assert step.kind is ChangeKind.SET_MODE
    assert step.setting == constant("2")
    assert taken(plan) == {way_of("alder"): ZERO}
    declined = accrued([], one, as_realised(plan, dropped=True))
    after = plan_policy(compounding, version(one), declined)
    assert after.plan.steps == ()
    assert "constant mode was cancelled" in after.waiting[0]


def test_what_compounded_is_taken_back_from_its_model() -> None:
    """64 NMR rolled on in alder's positions: half of it belongs elsewhere."""
    compounding = staked(alder=compound("2"), birch=constant("1"))
    known = accrued([paid(1, "alder", "64", atomic=True)], ATOMIC)
    plan = plan_policy(compounding, version(ATOMIC), known)
    settings = {step.model.name: step.setting for step in plan.plan.steps if step.setting}
    assert settings == {"alder": constant("1.5"), "birch": constant("1.25")}
    assert all(one.mode is StakeMode.CONSTANT for one in settings.values())


@pytest.mark.parametrize(
    ("idle", "moved", "says"),
    [
        ("10", "10", "6 NMR for the Numerai wallet waits until idle"),
        ("0", None, "until idle has it"),
    ],
)
def test_no_more_is_withdrawn_than_idle_has(idle: str, moved: str | None, says: str) -> None:
    only_wallet = policy({None: {WALLET: 25}}, tournament=CLASSIC)
    off = {"alder": constant("2", enabled=False)}
    facts_ = account(strategy(off, idle=idle), targets={}, wallet="5")
    from_others = accrued([into_idle(1, "gone", "64")], only_wallet)
    plan = plan_policy(facts_, version(only_wallet), from_others)
    assert [nmr for _, _, nmr in steps(plan)] == ([moved] if moved else [])
    assert any(says in sentence for sentence in plan.waiting)


def test_nothing_is_withdrawn_while_the_next_rounds_lack_idle() -> None:
    """Idle pays for what is set, but not for what the policy adds: that payout is not in it."""
    plan = plan_policy(
        staked(idle="192"), version(ATOMIC), accrued([into_idle(1, "alder", "64")], ATOMIC)
    )
    kinds = [kind for kind, _, _ in steps(plan)]
    assert ChangeKind.DEPOSIT in kinds
    assert ChangeKind.WITHDRAW not in kinds
    assert any(
        "16 NMR for the Numerai wallet waits: the next rounds lack" in one for one in plan.waiting
    )


def test_no_deposit_for_what_was_lacking_before() -> None:
    """Constant at 2 and 1 takes 192 NMR of idle: 182 are lacking, whatever the policy does."""
    facts_ = account(
        strategy({"alder": constant("2"), "birch": constant("1")}, idle="10"),
        targets={},
        wallet="500",
    )
    one = policy({"alder": {WALLET: 25}}, tournament=CLASSIC)
    plan = plan_policy(facts_, version(one), accrued([into_idle(1, "alder", "16")], one))
    moves = [(kind, nmr) for kind, _, nmr in steps(plan)]
    assert moves == [(ChangeKind.SET_PER_ROUND, None), (ChangeKind.WITHDRAW, "4")]
    assert any("lacking in the next rounds" in sentence for sentence in plan.waiting)


def test_a_queued_setting_makes_its_model_wait() -> None:
    known = accrued([into_idle(1, "alder", "64")], ATOMIC)
    plan = plan_policy(staked(), version(ATOMIC), known)
    asked = in_queue(staked(), plan.plan)
    more = [into_idle(1, "alder", "64"), into_idle(2, "alder", "64")]
    after = plan_policy(asked, version(ATOMIC), accrued(more, ATOMIC, as_realised(plan)))
    assert after.plan.steps == ()
    assert len(after.waiting) == 3


def test_unknown_idle_and_settings_wait() -> None:
    unknown = strategy({"alder": constant("2")}, idle=None, unknown=("birch",))
    known = accrued([into_idle(1, "alder", "64")], ATOMIC)
    plan = plan_policy(account(unknown, targets={}), version(ATOMIC), known)
    assert ChangeKind.WITHDRAW not in [kind for kind, _, _ in steps(plan)]
    assert any("idle NMR is not known" in one for one in plan.waiting)
