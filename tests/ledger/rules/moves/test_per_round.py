"""Another per-round stake: what is meant by what is typed, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.knowledge import Fact, MissingFact, MissingFacts
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.targets.per_round import PerRoundPlan, PresentSetting
from ledger.errors import ChangeError
from ledger.rules.moves.per_round import plan_per_round, present_setting
from ledger.rules.stakes.holding import idle_needed, idle_runs_out
from ledger.rules.stakes.strategy_facts import StrategyFacts, committed
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.sentences import moment
from tests.ledger.accounts import NOW
from tests.ledger.strategies import (
    CLASSIC,
    COMPOUND,
    CONSTANT,
    account,
    compound,
    constant,
    queued,
    running,
    strategy,
)

SET, MODE, ENABLED = ChangeKind.SET_PER_ROUND, ChangeKind.SET_MODE, ChangeKind.SET_ENABLED


def steady(setting: ModelSetting, *, idle: str | None = "10", wallet: str = "0") -> StrategyFacts:
    """A model whose running rounds all hold 1 NMR, beside one that stakes nothing."""
    settings = {"a": setting, "b": constant("1", enabled=False)}
    return strategy(settings, running("a", NMR(1), CLASSIC), idle=idle, wallet=wallet)


def known(facts: PlanFacts, setting: ModelSetting | None) -> PresentSetting:
    (model,) = [model for model in facts.models if model.id == "a"]
    return present_setting(facts, model, setting)


def planned(
    known_strategy: StrategyFacts, text: str, mode: StakeMode | None = CONSTANT
) -> PerRoundPlan:
    facts = account(known_strategy, targets={})
    present = known(facts, known_strategy.settings().get("a"))
    return plan_per_round(facts, present, text, mode)


def told(plan: PerRoundPlan) -> str:
    return "\n".join((*plan.effects, *plan.warnings))


@pytest.mark.parametrize(
    ("setting", "text", "mode", "kind", "becomes"),
    [
        (constant("1"), "0.5", CONSTANT, SET, constant("0.5")),
        (constant("1"), "+0.1", CONSTANT, SET, constant("1.1")),
        (constant("1"), "-0.1", CONSTANT, SET, constant("0.9")),
        (constant("1"), "\N{MINUS SIGN}0.1", CONSTANT, SET, constant("0.9")),
        (constant("1"), "OFF", CONSTANT, ENABLED, constant("1", enabled=False)),
        (constant("1"), "", COMPOUND, MODE, compound("1")),
        (constant("1"), "+", COMPOUND, MODE, compound("1")),
        (compound("1"), "2", CONSTANT, SET, constant("2")),
        (constant("1", enabled=False), "1", CONSTANT, ENABLED, constant("1")),
        (constant("1", enabled=False), "2", COMPOUND, SET, compound("2")),
    ],
)
def test_what_is_typed_is_a_whole_setting(
    setting: ModelSetting, text: str, mode: StakeMode, kind: ChangeKind, becomes: ModelSetting
) -> None:
    step = planned(steady(setting), text, mode).step
    assert (step.kind, step.base, step.setting, step.nmr) == (kind, setting, becomes, None)


@pytest.mark.parametrize(
    ("setting", "text", "mode", "words"),
    [
        (constant("1"), "", CONSTANT, "Nothing is typed yet"),
        (constant("1"), "-", CONSTANT, "Nothing is typed yet"),
        (constant("1"), "1", CONSTANT, "set like that already"),
        (constant("1"), "0", CONSTANT, "above zero"),
        (constant("1"), "+-1", CONSTANT, "above zero"),
        (constant("1"), "-1", CONSTANT, "Type off"),
        (constant("1"), "1,5", CONSTANT, "comma"),
        (constant("1"), "+x", CONSTANT, "no amount"),
        (constant("1", enabled=False), "+1", CONSTANT, "switched off"),
        (constant("1", enabled=False), "off", CONSTANT, "set like that already"),
    ],
)
def test_what_can_t_be_meant_is_said(
    setting: ModelSetting, text: str, mode: StakeMode, words: str
) -> None:
    with pytest.raises(ChangeError, match=words):
        planned(steady(setting), text, mode)


def test_nothing_is_taken_for_granted_of_a_setting_that_is_not_known() -> None:
    unset = strategy({}, running("a", NMR(1), CLASSIC), unknown=("a",), idle="10")
    for text, mode, words in (
        ("+1", CONSTANT, "is not known"),
        ("1", None, "Which mode"),
        ("off", CONSTANT, "set to now is not known"),
    ):
        with pytest.raises(ChangeError, match=words):
            planned(unset, text, mode)
    step = planned(unset, "1", COMPOUND).step
    assert (step.kind, step.base, step.setting) == (SET, None, compound("1"))
    present = known(account(unset, targets={}), None)
    assert "1 model of unknown setting" in present.sentences[-1]


def test_it_says_what_it_commits_by_when_and_how_long_idle_lasts() -> None:
    before = steady(constant("1"))
    plan = planned(before, "+1")
    out = idle_runs_out(before, settings={"a": constant("2")})
    assert out is not None and idle_runs_out(before) is None
    text = told(plan)
    assert "2 NMR instead of 1." in text
    assert "= 128 NMR once 64 rounds are running, on Fri 19 Feb 2027; now 64 NMR." in text
    assert f"runs out with round {out.round}, whose staking closes {moment(out.at)}" in text
    assert "; before, it lasted for all 64." in text
    assert f"It lacks {out.missing} NMR" in text
    assert (plan.missing, plan.deposit) == (out.missing, None)
    assert f"needs {out.missing} NMR more" in text
    assert "63 positions that run stay locked" in text
    assert plan.first == before.schedule.close_after(NOW)
    assert plan.complete == before.schedule.taken_over(NOW)[1]
    assert "as before" in told(planned(before, "-0.1"))


def test_an_old_shortage_is_told_apart() -> None:
    text = told(planned(steady(constant("1"), idle="0"), "+1"))
    assert "1 NMR of that was lacking before" in text
    lower = planned(steady(constant("1"), idle="0"), "off")
    assert (lower.missing, lower.deposit) == (ZERO, None)
    assert "; before, it ran out with round" in told(lower)


def test_a_deposit_is_offered_as_far_as_the_wallet_goes() -> None:
    rich = planned(steady(constant("1"), wallet="500"), "+1")
    assert rich.deposit is not None
    assert (rich.deposit.kind, rich.deposit.nmr) == (ChangeKind.DEPOSIT, rich.missing)
    assert rich.warnings == ()
    poor = planned(steady(constant("1"), wallet="5"), "+1")
    assert poor.deposit is not None and poor.deposit.nmr == NMR(5)
    assert any(f"needs {poor.missing - NMR(5)} NMR more" in text for text in poor.warnings)
    facts = account(steady(constant("1"), wallet="500"), targets={})
    untold = MissingFacts((MissingFact(Fact.WALLET, "", None, NOW, "left out"),))
    present = known(facts, constant("1"))
    careful = plan_per_round(replace(facts, missing=untold), present, "+1", CONSTANT)
    assert careful.deposit is None
    assert any("does not tell what the Numerai wallet holds" in text for text in careful.warnings)


def test_off_says_what_it_means_and_compound_that_it_rolls_on() -> None:
    off = told(planned(steady(constant("1")), "off"))
    assert "no new position is opened" in off
    assert "within 7 days" in off and "It commits" not in off
    rolls = planned(steady(compound("1")), "2", COMPOUND)
    assert any("each new position is the newest claim" in text for text in rolls.warnings)
    assert "commits follows its claims" in told(rolls)
    assert "newest claim" in rolls.step.reason and "once 64" not in rolls.step.reason
    assert "takes profit" in told(planned(steady(compound("1")), "", CONSTANT))


def test_an_idle_balance_that_nobody_tells_is_no_zero() -> None:
    plan = planned(steady(constant("1"), idle=None), "+1")
    assert "is not known" in told(plan)
    assert (plan.missing, plan.deposit) == (ZERO, None)


def test_the_queue_counts_as_done_and_a_lost_answer_stands_in_the_way() -> None:
    facts = account(steady(constant("1")), targets={"a": "128"})
    drafted = queued(facts, make_plan(facts))
    present = known(drafted, constant("2"))
    assert "change 1 of the queue" in " ".join(present.sentences)
    step = plan_per_round(drafted, present, "-0.5", CONSTANT).step
    assert (step.base, step.setting) == (constant("2"), constant("1.5"))
    with pytest.raises(ChangeError, match="Reconcile it first"):
        known(queued(facts, make_plan(facts), ChangeState.UNKNOWN), constant("2"))


@given(
    per_round=st.integers(1, 5 * 10**18).map(NMR.from_wei),
    idle=st.integers(0, 200).map(str),
    mode=st.sampled_from(StakeMode),
)
def test_what_is_missing_is_what_the_rounds_need_beyond_idle(
    per_round: NMR, idle: str, mode: StakeMode
) -> None:
    before = steady(constant("1"), idle=idle, wallet="1000")
    setting = ModelSetting(per_round, mode)
    if setting == constant("1"):
        return
    plan = planned(before, str(per_round), mode)
    assert plan.missing == max(ZERO, idle_needed(before, settings={"a": setting}) - NMR(idle))
    assert (plan.deposit.nmr if plan.deposit else ZERO) == plan.missing
    if mode is CONSTANT:
        assert f"= {committed(per_round, 64)} NMR" in told(plan)
