"""What comes free when, what models hold, and how long idle NMR lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.stakes.strategy import PositionState
from ledger.domain.stakes.unlock import UnlockKind, UnlockView
from ledger.domain.sums import NO_PARTS, Sum
from ledger.rules.rounds import calendar
from ledger.rules.stakes.holding import idle_estimate, idle_needed, idle_runs_out, model_totals
from ledger.rules.stakes.strategy_facts import StrategyFacts
from ledger.rules.stakes.unlocks import per_day, per_week, unlocks, when_free
from tests.ledger.accounts import NOW, PAID, ROUNDS, model, release
from tests.ledger.strategies import (
    CLASSIC,
    compound,
    constant,
    drawn_strategies,
    position,
    running,
    strategy,
)

STAYS, DISABLED = UnlockView.STAYS, UnlockView.DISABLED
CLAIMABLE = PositionState.CLAIMABLE


def found(*strategies: StrategyFacts):
    models = [entry for known in strategies for entry in known.models]
    return unlocks(models, {}, strategies, (), NOW)


def test_a_release_is_paid_when_it_is_due() -> None:
    due = NOW + timedelta(days=3)
    drain = PendingRequest(PendingKind.DRAIN, NMR(9), None)
    more = PendingRequest(PendingKind.INCREASE, NMR(1), due)
    stakes = {
        name: ContinuousStake(name, NMR(5), NMR(5), None, pending)
        for name, pending in (("a", release("2", due)), ("b", drain), ("c", more), ("d", None))
    }
    rows = unlocks([model(name) for name in "abcd"], stakes, (), ROUNDS, NOW)
    told = [(row.name, row.at, row.nmr, row.kind) for row in rows]
    kind = UnlockKind.RELEASE
    assert told == [("a", due, NMR(2), kind), ("b", PAID, NMR(5), kind)]
    assert [row.free(STAYS) for row in rows] == [NMR(2), NMR(5)]


def test_a_position_comes_free_with_its_projected_payout_unless_restaked() -> None:
    rows = [
        position("a", 1342, NMR(2), CLASSIC, payout=NMR("0.5")),
        position("b", 1342, NMR(2), CLASSIC, payout=NMR("-0.5")),
        position("c", 1342, NMR(2), CLASSIC, payout=NMR("0.5")),
        position("d", 1342, NMR(2), CLASSIC),
        position("e", 1342, NMR(2), CLASSIC),
        position("f", 1342, NMR(2), CLASSIC),
    ]
    known = {
        "a": constant("2"),
        "b": constant("2"),
        "c": compound("2"),
        "d": constant("2", enabled=False),
        "f": compound("0"),
    }
    entries = found(strategy(known, rows, unknown=("e",)))
    at = calendar.resolves(1342, 60)
    assert {(entry.at, entry.latest) for entry in entries} == {(at, at + timedelta(days=7))}
    assert [str(entry.free(DISABLED)) for entry in entries] == ["2.5", "1.5", "2.5", "2", "2", "2"]
    assert [str(entry.free(STAYS)) for entry in entries] == ["0.5", "0", "0", "2", "0", "2"]


def test_a_claim_comes_free_when_it_is_finalised() -> None:
    row = position("a", 1340, NMR(2), CLASSIC, state=CLAIMABLE, claimable=NMR("2.25"))
    (entry,) = found(strategy({"a": constant("2")}, [row]))
    assert (entry.kind, entry.at, entry.nmr) == (UnlockKind.CLAIM, row.finalises, NMR("2.25"))
    assert entry.free(STAYS) == NMR("0.25")


def test_deferred_burns_take_the_first_payouts() -> None:
    rows = [
        position("a", number, NMR(2), CLASSIC, payout=NMR("0.3")) for number in (1344, 1343, 1342)
    ]
    entries = found(strategy({"a": constant("2")}, rows, debts={"a": NMR("0.5")}))
    assert [str(entry.payout) for entry in entries] == ["0", "0.1", "0.3"]


def test_sums_by_day_and_week() -> None:
    rows = running("a", NMR(2), CLASSIC)
    entries = found(strategy({"a": constant("2")}, rows))
    days = per_day(entries, DISABLED)
    assert len(days) == 63
    assert days[0].start == date(2026, 11, 24)
    assert days[-1].cumulative == Sum(NMR(126))
    weeks = per_week(entries, DISABLED)
    assert (weeks[0].start, weeks[0].nmr.nmr) == (date(2026, 11, 23), NMR(8))
    assert all(week.start.weekday() == 0 for week in weeks)
    assert per_day(entries, STAYS) == ()


def test_when_an_amount_is_free() -> None:
    entries = found(strategy({"a": constant("2")}, running("a", NMR(2), CLASSIC)))
    assert when_free(NMR(3), NMR(3), entries, STAYS, NOW) == NOW
    assert when_free(NMR(5), NMR(3), entries, STAYS, NOW) is None
    assert when_free(NMR(6), NMR(3), entries, DISABLED, NOW) == calendar.resolves(1343, 60)
    assert when_free(NMR(130), NMR(3), entries, DISABLED, NOW) is None


@settings(max_examples=40, deadline=None)
@given(drawn_strategies())
def test_all_that_is_locked_comes_free_once(facts: StrategyFacts) -> None:
    entries = unlocks(facts.models, {}, [facts], facts.rounds, facts.now)
    assert NMR.total(entry.free(DISABLED) for entry in entries) == NMR.total(
        row.stake for row in facts.positions
    )
    assert all(ZERO <= entry.free(STAYS) <= entry.free(DISABLED) for entry in entries)
    for sums in (per_day(entries, DISABLED), per_week(entries, DISABLED)):
        assert sum((entry.nmr for entry in sums), NO_PARTS) == (
            sums[-1].cumulative if sums else NO_PARTS
        )


# totals


def test_what_a_model_holds_and_commits() -> None:
    stakes = {number: NMR(2 if number > 1400 else 1) for number in range(1300, 1405)}
    rows = running("a", stakes, CLASSIC)
    waiting = position("a", 1341, NMR(1), CLASSIC, state=CLAIMABLE, claimable=NMR("1.5"))
    facts = strategy({"a": constant("2")}, [*rows, waiting], debts={"a": NMR("0.1")})
    totals = model_totals(facts)["a"]
    assert (totals.locked, totals.claimable) == (NMR(67), NMR("1.5"))
    assert (totals.committed, totals.rounds) == (NMR(128), 64)
    assert (totals.running, totals.at_setting) == (63, 4)
    assert totals.ramp == Decimal(4) / 64
    assert (totals.first, totals.last) == (calendar.resolves(1342, 60), rows[0].resolves)
    assert totals.debt == NMR("0.1")


def test_a_disabled_model_commits_nothing_and_an_unknown_one_nobody_knows() -> None:
    facts = strategy(
        {"a": constant("2", enabled=False)}, running("b", NMR(1), CLASSIC), unknown=("b",)
    )
    totals = model_totals(facts)
    assert (totals["a"].committed, totals["a"].locked) == (ZERO, ZERO)
    assert (totals["b"].committed, totals["b"].setting, totals["b"].debt) == (None, None, None)


# idle


def moved(nmr: str, *, sender: str = "0xme", receiver: str = "0xS", kind: str = "sweep"):
    return WalletTransaction("0x", kind, None, NMR(nmr), NOW, sender, receiver, int(CLASSIC))


def estimate(rows, transfers, *, address: str | None = "0xs", whole: bool = True):
    facts = strategy({}, rows)
    return idle_estimate(
        CLASSIC, rows, transfers, strategy=address, whole=whole, schedule=facts.schedule, now=NOW
    )


def test_idle_is_what_came_less_what_was_staked_and_not_returned() -> None:
    done = position("a", 1330, NMR(3), CLASSIC, state=PositionState.CLAIMED, payout=NMR("0.5"))
    rows = [done, position("a", 1404, NMR(2), CLASSIC)]
    transfers = [moved("10"), moved("1", sender="0xs", receiver="0xme"), moved("4", receiver="0xy")]
    found = estimate(rows, transfers)
    assert found is not None
    assert found.nmr == NMR("7.5")
    assert "9 NMR" in found.rests_on[0]
    swept = estimate(rows, transfers, address=None)
    assert swept is not None
    assert swept.nmr == NMR("13.5")


def test_an_incomplete_history_tells_nothing() -> None:
    row = position("a", 1330, NMR(3), CLASSIC, state=PositionState.CLAIMED)
    assert estimate([row], [moved("10")]) is None
    known = replace(row, payout=ZERO)
    assert estimate([known], [moved("10")], whole=False) is None
    assert estimate([position("a", 1404, NMR(11), CLASSIC)], [moved("10")]) is None


def test_a_claim_that_waits_is_not_idle_yet() -> None:
    row = position("a", 1340, NMR(3), CLASSIC, state=CLAIMABLE, payout=ZERO, claimable=NMR(3))
    found = estimate([row], [moved("10")])
    assert found is not None
    assert found.nmr == NMR(7)


def test_idle_runs_out_in_the_first_round_it_can_not_pay_for() -> None:
    facts = strategy({"a": constant("2")}, idle="7")
    out = idle_runs_out(facts)
    assert out is not None
    assert (out.round, out.at) == (1408, calendar.closes_staking(1408, CLASSIC))
    assert out.missing == NMR(128 - 7) == idle_needed(facts) - NMR(7)
    assert idle_runs_out(facts, rounds=3) is None
    assert idle_runs_out(replace(facts, idle=None)) is None
    off = {"a": constant("2", enabled=False)}
    assert idle_runs_out(facts, settings=off) is None


def test_claims_that_come_back_pay_for_the_next_rounds() -> None:
    steady = strategy({"a": constant("2")}, running("a", NMR(2), CLASSIC), idle="2")
    assert idle_runs_out(steady) is None
    short = idle_runs_out(replace(steady, idle=ZERO))
    assert short is not None
    assert (short.round, short.missing) == (1405, NMR(2))
    rolled = strategy({"a": compound("1")}, running("a", NMR(2), CLASSIC), idle="1")
    assert idle_runs_out(rolled) is None
