"""Not told is not nothing: unknown in is never zero out, in any report, plan or record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.earnings.paid_rounds import PaidRound, TournamentEarnings, Unit
from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFact
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.rounds.performance import Performance
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.stakes.unlock import UnlockView
from ledger.domain.sums import Sum
from ledger.errors import ChangeError
from ledger.reports.account.missing import MUST, WORDS, build_missing
from ledger.reports.account.portfolio import Portfolio, build_portfolio
from ledger.reports.account.tournament import TournamentFacts, exposure, strategy_setting
from ledger.reports.earnings.earnings import View, build_earnings
from ledger.reports.earnings.projected import build_projected
from ledger.reports.queue.preview import PreviewFacts, build_preview
from ledger.reports.slots.slots import build_slots
from ledger.reports.stakes.stakes import StakesReport, build_stakes
from ledger.reports.stakes.unlock_files import unlocks_csv
from ledger.reports.stakes.unlocks import UnlockFacts, build_unlocks
from ledger.rules.earnings.explain import explain
from ledger.rules.earnings.returns import committed_returns
from ledger.rules.notices.quantiles import burned_beyond
from ledger.rules.slots.attribution import earnings
from ledger.rules.stakes.continuous import objection, parse_amount
from ledger.rules.targets.balance import balance
from ledger.rules.targets.net_position import net_positions
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.simulate import simulate
from tests.ledger.accounts import facts as account
from tests.ledger.reports.glances import glances
from tests.ledger.reports.test_reports import (
    ACCOUNT,
    ALDER,
    BIRCH,
    CEDAR,
    CLASSIC,
    NOW,
    SIGNALS,
    STAKES,
    a_round,
    performance,
    slot_facts,
)
from tests.ledger.untold import TOLD, missing, never, old

DRAIN = PendingRequest(PendingKind.DRAIN, ZERO, NOW)
UNKNOWN = ContinuousStake("a", None, None, None, None)


def portfolio(
    stakes: dict[str, ContinuousStake] | None = None,
    *entries: MissingFact,
    signals: TournamentFacts = SIGNALS,
    **changes: object,
) -> Portfolio:
    shape: dict[str, object] = {
        "profile": "default",
        "account": ACCOUNT,
        "models": (ALDER, BIRCH, CEDAR),
        "stakes": STAKES if stakes is None else stakes,
        "tournaments": glances({Tournament.CLASSIC: CLASSIC, Tournament.SIGNALS: signals}),
        "now": NOW,
        "missing": missing(*entries),
    }
    return build_portfolio(**(shape | changes))  # type: ignore[arg-type]


def stakes_of(
    stakes: dict[str, ContinuousStake], *entries: MissingFact, models: tuple[object, ...] = ()
) -> StakesReport:
    return build_stakes(
        ACCOUNT,
        models or (ALDER, BIRCH, CEDAR),  # type: ignore[arg-type]
        stakes,
        {Tournament.CLASSIC: CLASSIC, Tournament.SIGNALS: SIGNALS},
        NOW,
        missing=missing(*entries),
    )


at_risks = st.none() | st.integers(0, 10**20).map(NMR.from_wei)


@given(st.lists(at_risks, max_size=6), st.booleans())
def test_exposure_is_known_when_all_of_it_is(found: list[NMR | None], atomic: bool) -> None:
    clip = Decimal(1) if atomic else Decimal("0.05")
    rows = [
        replace(performance(ALDER, 1404 - place, "1", None), at_risk=nmr, clip=clip)
        for place, nmr in enumerate(found)
    ]
    total = exposure(rows)
    if None in found:
        assert total is None
    else:
        known = [nmr for nmr in found if nmr is not None]
        assert total == (NMR.total(known) if atomic else max(known, default=ZERO))


def test_a_setting_is_not_told_from_positions_nobody_knows() -> None:
    rows = [replace(row, at_risk=None) for row in CLASSIC.performances[:1]]
    assert strategy_setting([*rows, *CLASSIC.performances[1:]]) == (None, None)
    assert strategy_setting(CLASSIC.performances)[0] == NMR(2)


@given(st.sets(st.sampled_from(["a", "b"])), st.sets(st.sampled_from(["a", "b"])))
def test_totals_count_what_is_unknown_and_say_how_old_they_are(
    unknown: set[str], aged: set[str]
) -> None:
    aged -= unknown
    stakes = {
        key: replace(stake, settled=None) if key in unknown else stake
        for key, stake in STAKES.items()
    }
    entries = [*(never(Fact.STAKE, key) for key in unknown)]
    entries += [old(Fact.STAKE, key) for key in aged]
    found = portfolio(stakes, *entries)
    by_id = {line.model_id: line.staked for line in found.lines}
    assert {key for key, staked in by_id.items() if staked is None} == unknown
    assert found.staked.unknown == len(unknown)
    assert found.staked.as_of == (TOLD if aged else None)
    assert found.staked.known == NMR.total(nmr for nmr in by_id.values() if nmr is not None)
    report = stakes_of(stakes, *entries)
    assert report.staked == found.staked
    assert report.missing == found.missing == missing(*entries)


def test_a_model_without_a_row_has_no_stake_unless_that_was_not_told() -> None:
    without = {key: stake for key, stake in STAKES.items() if key != "b"}
    known = {line.model_id: line.staked for line in portfolio(without).lines}
    assert known["b"] == ZERO
    untold = portfolio(without, never(Fact.STAKE, "b"))
    assert {line.model_id: line.staked for line in untold.lines}["b"] is None
    assert untold.staked.nmr is None


def test_archived_models_count_while_they_hold_something() -> None:
    gone = (replace(ALDER, archived=True), replace(BIRCH, archived=True), CEDAR)
    nothing = STAKES | {"b": ContinuousStake("b", ZERO, ZERO, None, None)}
    found = portfolio(nothing, models=gone)
    assert [line.model_id for line in found.lines] == ["a", "c"]
    assert found.staked == portfolio(nothing).staked
    assert [line.model_id for line in stakes_of(nothing, models=gone).lines] == ["a", "c"]
    untold = portfolio(nothing | {"b": replace(nothing["b"], settled=None)}, models=gone)
    assert [line.model_id for line in untold.lines] == ["a", "b", "c"]
    leaving = replace(nothing["b"], pending=DRAIN)
    assert len(portfolio(nothing | {"b": leaving}, models=gone).lines) == 3
    resolved = replace(CLASSIC, performances=())
    tournaments = glances({Tournament.CLASSIC: resolved, Tournament.SIGNALS: SIGNALS})
    cedar = (replace(CEDAR, archived=True),)
    assert portfolio(models=cedar, tournaments=tournaments).lines == ()
    assert len(portfolio(models=cedar).lines) == 1


def test_models_of_one_name_are_told_apart_and_missing_ones_named() -> None:
    twin = replace(CEDAR, name="alder", missing_since=NOW)
    lines = portfolio(models=(ALDER, BIRCH, twin)).lines
    assert [line.name for line in lines] == ["alder (Signals)", "birch", "alder (Classic)"]
    assert [line.missing_since for line in lines] == [None, None, NOW]
    names = [line.name for line in stakes_of(STAKES, models=(ALDER, BIRCH, twin)).lines]
    assert names == ["alder (Signals)", "birch", "alder (Classic)"]


def test_a_line_says_why_its_stake_can_not_be_changed() -> None:
    (line, *_) = stakes_of(STAKES | {"a": UNKNOWN}, never(Fact.STAKE, "a")).lines
    assert (line.staked, line.after, line.next_round) == (None, None, None)
    assert line.blocked is not None
    assert "alder's stake" in line.blocked
    assert line.meaning == "Numerai does not tell what is staked."
    (aged, *_) = stakes_of(STAKES, old(Fact.STAKE, "a")).lines
    assert (aged.staked, aged.blocked) == (NMR(20), line.blocked)
    (pending, *_) = stakes_of(STAKES, never(Fact.PENDING, "a")).lines
    assert pending.after is None


def test_a_release_of_an_unknown_stake_is_listed_without_an_amount() -> None:
    stakes = STAKES | {"a": replace(UNKNOWN, pending=DRAIN)}
    report = stakes_of(stakes, never(Fact.STAKE, "a"))
    (release,) = [entry for entry in report.releases if entry.kind == "release"]
    assert release.amount is None
    assert report.releasing == Sum(ZERO, 1)


def test_unlocks_count_amounts_nobody_knows() -> None:
    stakes = STAKES | {"a": replace(UNKNOWN, pending=DRAIN)}
    given = UnlockFacts(
        NOW, (ALDER, BIRCH), stakes, (), SIGNALS.rounds, None, missing(never(Fact.STAKE, "a"))
    )
    report = build_unlocks(given, NOW, UnlockView.DISABLED)
    (entry,) = report.unlocks
    assert entry.nmr is entry.free(UnlockView.DISABLED) is None
    assert report.free == Sum(ZERO, 1)
    assert report.total == report.days[-1].cumulative == Sum(ZERO, 1)
    assert report.when_free(NMR(1)) is None
    row = unlocks_csv(report).splitlines()[1].split(",")
    assert row[6] == row[9] == row[10] == ""


def test_a_slot_is_not_missed_because_numerai_does_not_tell() -> None:
    untold = missing(never(Fact.SUBMISSIONS, "a"))
    known = build_slots(slot_facts(SIGNALS), (ALDER, BIRCH), NOW)
    assert known.slots[0].missed > 0
    assert known.slots[0].unknown == 0
    found = build_slots(slot_facts(SIGNALS), (ALDER, BIRCH), NOW, missing=untold)
    assert found.slots[0].missed == 0
    assert found.slots[0].unknown == known.slots[0].missed
    assert found.slots[1] == known.slots[1]


def unrisked(rows: tuple[Performance, ...], number: int) -> tuple[Performance, ...]:
    return tuple(replace(row, at_risk=None) if row.round == number else row for row in rows)


def test_rates_leave_out_what_was_staked_by_nobody_knows_how_much() -> None:
    rows = SIGNALS.performances
    all_known, found = earnings(rows), earnings(unrisked(rows, 1403))
    assert (found.unknown, found.unrated) == (2, NMR("-0.5"))
    assert found.net == all_known.net
    assert found.exposure == all_known.exposure - NMR(19)
    assert found.rate == (found.net - NMR("-0.5")).over(found.exposure)


def test_a_payout_is_not_recomputed_from_an_unknown_stake() -> None:
    row = replace(performance(ALDER, 1375, "18", "1.25"), at_risk=None)
    found = explain(row, a_round(1375), "alder")
    assert (found.at_risk, found.computed, found.check) == (None, None, None)
    assert "the stake at risk" in found.missing
    assert found.paid == NMR("1.25")


def test_burns_on_unknown_stakes_are_no_statistic() -> None:
    usual = [performance(ALDER, number, "10", "-0.1") for number in range(1200, 1301)]
    worst = replace(performance(ALDER, 1375, "10", "-5"), resolves=NOW)
    assert list(burned_beyond([*usual, worst], NOW)) == [worst]
    assert list(burned_beyond([*usual, replace(worst, at_risk=None)], NOW)) == []
    few = [replace(row, at_risk=None) for row in usual[:5]]
    assert list(burned_beyond([*few, *usual[5:], worst], NOW)) == []


def test_projections_count_running_rounds_they_leave_out() -> None:
    rows = unrisked(SIGNALS.performances, 1404)
    found = build_projected(rows, SIGNALS.rounds, {})
    assert found.unknown == 1
    assert ("a", 1404) not in found.bands


def paid(number: int, settled: str, at_risk: str | None) -> PaidRound:
    return PaidRound(
        Tournament.SIGNALS,
        number,
        NOW,
        NOW,
        False,
        (True,),
        (Decimal(settled),),
        None,
        (None if at_risk is None else Decimal(at_risk),),
    )


def test_percent_is_of_rounds_whose_stake_is_known() -> None:
    rounds = (paid(3, "1", "10"), paid(2, "7", None), paid(1, "-2", "10"))
    earned = TournamentEarnings(Tournament.SIGNALS, (ALDER,), rounds)
    report = build_earnings([earned], View(unit=Unit.PERCENT), NOW)
    assert report.paid.settled == 6
    assert (report.paid.unknown, report.paid.unrated) == (1, 7)
    assert report.paid.rate == Decimal("-0.05")
    lost = next(group for group in report.groups if group.label == "2")
    assert (lost.paid.rate, lost.paid.unknown) == (None, 1)
    (found,) = committed_returns(rounds, NOW)
    assert found.unknown == 1
    assert found.all_time == Decimal("-0.1")


# ---- planning ----


def test_models_nobody_knows_the_stake_of_are_left_out_of_the_plan() -> None:
    known = account({"a": "10", "b": "5"}, {"a": "4", "b": "2"}, wallet="3")
    for entry in (never(Fact.STAKE, "a"), old(Fact.STAKE, "a"), old(Fact.PENDING, "a")):
        found = replace(known, missing=missing(entry))
        plan = make_plan(found)
        assert [step.model.id for step in plan.steps] == ["b"]
        assert len(plan.left_out) == 1
        assert plan.left_out[0].startswith("Numerai does not tell a's ")
        assert make_plan(replace(known, targets={"b": NMR(2)})).steps == plan.steps
    assert make_plan(known).left_out == ()


def test_nothing_is_paid_from_a_wallet_nobody_knows() -> None:
    known = account({"a": "10", "b": "5"}, {"a": "4", "b": "9"}, wallet="30")
    assert {step.model.id for step in make_plan(known).steps} == {"a", "b"}
    for wallet, entry in ((None, never(Fact.WALLET)), (NMR(30), old(Fact.WALLET))):
        plan = make_plan(replace(known, available=wallet, missing=missing(entry)))
        assert [step.model.id for step in plan.steps] == ["a"]
        (blocked,) = [outlook.blocked for outlook in plan.outlooks if outlook.blocked]
        assert "what the Numerai wallet holds" in blocked


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1),
    st.sets(st.sampled_from("abcd")),
    st.booleans(),
)
def test_a_balance_is_over_what_is_known(
    stakes: dict[str, int], unknown: set[str], wallet: bool
) -> None:
    unknown &= stakes.keys()
    held = {key: "0" if key in unknown else str(nmr) for key, nmr in stakes.items()}
    known = account(held, {}, wallet="7")
    lost = {
        key: replace(stake, settled=None) if key in unknown else stake
        for key, stake in known.stakes.items()
    }
    entries = [never(Fact.STAKE, key) for key in unknown]
    given = replace(
        known,
        stakes=lost,
        available=known.available if wallet else None,
        missing=missing(*entries),
    )
    assert net_positions(given.models, given.stakes, missing=given.missing).keys() == (
        stakes.keys() - unknown
    )
    found = balance(given, make_plan(given))
    assert found.unknown == len(unknown)
    assert found.current == NMR.total(NMR(nmr) for key, nmr in stakes.items() if key not in unknown)
    assert (found.wallet, found.left) == ((NMR(7), NMR(7)) if wallet else (None, None))
    simulated = simulate(given, make_plan(given), rounds=2)
    assert simulated.unknown == len(unknown)
    assert {point.free for point in simulated.points} == {NMR(7) if wallet else None}


def test_a_preview_is_no_promise_on_figures_nobody_told() -> None:
    base = PreviewFacts(ALDER, SIGNALS.system, STAKES["b"], NMR(7), SIGNALS.rounds, None)
    assert build_preview(base, ChangeKind.INCREASE, "2", NOW).problem is None
    for entry in (old(Fact.STAKE, "a"), never(Fact.PENDING, "a"), old(Fact.WALLET)):
        given = replace(base, missing=missing(entry))
        found = build_preview(given, ChangeKind.INCREASE, "2", NOW)
        assert found.problem is not None
        assert found.problem.startswith("Numerai does not tell ")
        assert (found.effects, found.missing) == ((), given.missing)
    lost = replace(base, stake=UNKNOWN, missing=missing(never(Fact.STAKE, "a")))
    found = build_preview(lost, ChangeKind.DECREASE, "50%", NOW)
    assert (found.stake_before, found.stake_after) == (None, None)


def test_a_share_of_something_unknown_is_no_amount() -> None:
    for text in ("max", "25%"):
        with pytest.raises(ChangeError, match="does not tell how much"):
            parse_amount(text, kind=ChangeKind.DECREASE, staked=None, available=NMR(1))
    assert parse_amount("2", kind=ChangeKind.DECREASE, staked=None, available=None) == NMR(2)
    assert objection(ChangeKind.DRAIN, None, UNKNOWN, NMR(1)) is not None
    assert objection(ChangeKind.INCREASE, NMR(1), STAKES["b"], None) is not None


# ---- words ----


def test_every_fact_has_words() -> None:
    assert WORDS.keys() == set(Fact)
    assert all(what for what, _ in WORDS.values())


def test_missing_facts_are_grouped_and_what_they_cost_is_said() -> None:
    models = {f"m{number}": f"model{number}" for number in range(32)}
    entries = [old(Fact.RETURNS, key) for key in models]
    entries += [never(Fact.STAKE, "m0"), never(Fact.ROUND_TARGET, "8", acknowledged=True)]
    found = build_missing(missing(*entries), models)
    assert [line.sentence for line in found.lines] == [
        "Numerai has never told stakes (model0, since 28 Nov 14:00): they are not shown; nothing "
        "is planned or sent for these models.",
        "Numerai no longer tells returns (32 models, since 28 Nov 14:00): shown is what was last "
        "told, Fri 27 Nov 2026 12:00 UTC.",
        "Numerai has never told rounds' targets (Classic, since 28 Nov 14:00): they are not shown.",
    ]
    assert [line.must for line in found.lines] == [True, False, False]
    assert found.incomplete


def test_complete_is_nothing_but_what_the_user_has_seen() -> None:
    seen = never(Fact.RETURNS, "a", acknowledged=True)
    assert not build_missing(NOTHING_MISSING, {}).incomplete
    assert not build_missing(missing(seen), {}).incomplete
    assert build_missing(missing(replace(seen, acknowledged=False)), {}).incomplete
    for fact in MUST:
        assert build_missing(missing(old(fact, acknowledged=True)), {}).incomplete
