"""Every shape an answer has been seen in becomes a value, or a problem that names its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.names import clean
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.stake import PendingKind
from ledger.domain.syncing.facts import Problem
from ledger.errors import BadAnswer
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.numerai.wire.fields import Fields
from tests.ledger.domain.test_names import HOSTILE
from tests.ledger.numerai.conftest import NOW
from tests.ledger.numerai.shapes import load

ALPHA = Model("m-alpha", "ALPHA", Tournament.CLASSIC, created=datetime(2024, 3, 1, tzinfo=UTC))
BETA = Model("m-beta", "BETA", Tournament.SIGNALS, created=datetime(2024, 3, 1, tzinfo=UTC))
ZERO_MODEL = Model("m-zero", "ZERO", Tournament.CRYPTO)
MODELS = {model.id: model for model in (ALPHA, BETA, ZERO_MODEL)}


def rounds(name: str = "rounds") -> dict[Tournament, dict[int, Round]]:
    found: dict[Tournament, dict[int, Round]] = {tournament: {} for tournament in Tournament}
    for entry in wire.read_rounds(Reply(load(name)), documents.ALIASES, Problems()).rounds:
        found[entry.tournament][entry.number] = entry
    return found


def read_account(name: str, problems: Problems) -> wire.AccountFacts:
    reply = Reply(load(name))
    return wire.read_account(reply, reply, NOW, problems)


def performances(
    name: str, *, payouts: bool = False
) -> tuple[dict[int, Performance], bool, list[Problem]]:
    problems = Problems()
    listed = wire.read_listed_payouts(Reply(load("payouts")), documents.ALIASES, Problems())
    facts = wire.RoundFacts(rounds()[Tournament.CLASSIC], listed.payouts if payouts else {})
    read = wire.read_performances(Reply(load(name)), "slice0", ALPHA, facts, problems)
    return {row.round: row for row in read.rows}, read.complete, list(problems)


# ---- single values ----


@pytest.mark.parametrize(
    ("sent", "amount"),
    [
        ("1,234.500000000000000000", "1234.5"),
        ("1,234,567.000000000000000001", "1234567.000000000000000001"),
        ("0E-18", "0"),
        ("12", "12"),
        (12, "12"),
        (Decimal("0.25"), "0.25"),
        (" 3.5 ", "3.5"),
        ("0.1234567890123456789", "0.123456789012345678"),
    ],
)
def test_amounts_in_all_their_spellings(sent: object, amount: str) -> None:
    problems = Problems()
    assert Fields({"x": sent}, "w", problems).nmr("x") == NMR(amount)
    assert not problems


@pytest.mark.parametrize(
    "sent",
    ["1,5", "12,34", "1.2.3", "NaN", "Infinity", "", "lots", "0x10", "-1", True, [], {}, "9e99",
     10**12, "1_000", "١٢"],
)  # fmt: skip
def test_what_is_no_amount_is_reported(sent: object) -> None:
    problems = Problems()
    assert Fields({"x": sent}, "ALPHA", problems).nmr("x") is None
    assert [(problem.where, problem.field) for problem in problems] == [("ALPHA", "x")]


@given(st.decimals(min_value=-(10**7), max_value=10**7, places=18))
def test_every_amount_survives_the_wire(amount: Decimal) -> None:
    problems = Problems()
    for spelling in (f"{amount:,f}", f"{amount:f}", str(amount)):
        assert Fields({"x": spelling}, "w", problems).nmr("x", negative=True) == NMR(amount)
    assert not problems


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
)
def test_no_value_breaks_a_reader(value: object) -> None:
    fields = Fields({"x": value}, "w", Problems())
    fields.nmr("x", required=True)
    fields.decimal("x", low=0, high=1)
    fields.integer("x")
    fields.boolean("x")
    fields.time("x")
    fields.text("x", required=True)
    fields.child("x")
    fields.children("x")
    fields.texts("x")


def test_texts_lose_what_would_move_a_cursor() -> None:
    assert Fields({"x": "A\x1b[2JB"}, "w", Problems()).text("x") == "A [2JB"


def test_a_missing_value_is_reported_where_it_is_required() -> None:
    problems = Problems()
    fields = Fields({"x": None}, "ALPHA", problems)
    assert fields.nmr("x") is None
    assert not problems
    assert fields.nmr("x", required=True) is None
    assert list(problems) == [Problem("ALPHA", "x", "missing")]


# ---- the account ----


def test_a_currency_that_is_none_was_not_told() -> None:
    odd = load("account")
    odd["account"]["defaultCurrency"] = "=1+1"
    problems = Problems()
    facts = wire.read_account(Reply(odd), Reply(odd), NOW, problems)
    assert facts.account.currency is None
    assert (Fact.CURRENCY, "") in problems.missing


def test_an_account() -> None:
    problems = Problems()
    facts = read_account("account", problems)
    assert not problems
    assert facts.account.available == NMR("1012.25")
    assert facts.account.held_withdrawals == ZERO
    assert facts.account.held_increases == NMR("2.5")
    assert facts.account.scopes == {"stake", "read_user_info"}
    assert facts.account.currency == "USD"
    assert facts.account.as_of == NOW
    assert [model.name for model in facts.models] == ["ALPHA", "BETA", "GONE", "ZERO"]
    assert [model.archived for model in facts.models] == [False, False, True, False]
    assert facts.models[0].returns.one_year == Decimal("-0.0001"), "Numerai tells per cent"
    assert [entry.rank for entry in facts.models[0].reputations] == [120, None]
    assert [stake.model_id for stake in facts.stakes] == ["m-alpha", "m-gone"]
    alpha = facts.stakes[0]
    assert (alpha.settled, alpha.projected) == (NMR("1234.5"), NMR("1234.6"))
    assert alpha.take_profit is False
    assert alpha.pending is not None
    assert alpha.pending.kind is PendingKind.DECREASE
    assert alpha.pending.amount == NMR("1000.5")
    assert alpha.pending.due == datetime(2026, 12, 24, 16, tzinfo=UTC)
    assert facts.scheduled[0].amount == NMR("2.5")
    assert [row.amount for row in facts.wallet_transactions] == [NMR("-2.5"), ZERO]
    assert facts.prices[0].price == "9.87"


def test_an_account_full_of_nulls_and_nonsense() -> None:
    problems = Problems()
    facts = read_account("account_nulls", problems)
    assert [model.id for model in facts.models] == ["m-bare", "m-odd"]
    assert facts.models[0].name == "m-bare"
    assert facts.stakes == ()
    assert facts.scheduled is None, "a list with a row that is unreadable does not pass for all"
    assert facts.wallet_transactions == ()
    assert facts.prices == ()
    assert facts.account.held_increases is None
    assert facts.account.scopes == frozenset()
    found = {(problem.where, problem.field) for problem in problems}
    assert found == {
        ("a model", "id"),
        ("a model", "tournament"),
        ("m-bare", "name"),
        ("tournament 1", "tournament"),
        ("ODD", "insertedAt"),
        ("ODD", "earliestReleaseDate"),
        ("ODD", "rank"),
        ("ODD", "reputation"),
        ("ODD", "oneDay"),
        ("ODD", "latestValueSettled"),
        ("ODD", "takeProfit"),
        ("ODD", "requestedAmount"),
        ("ODD", "stakeValue"),
        ("ODD", "type"),
        ("a scheduled transaction", "model"),
        ("a scheduled transaction", "amount"),
        ("wallet transaction", "amount"),
        ("wallet transaction", "time"),
    }


def test_an_account_without_models() -> None:
    problems = Problems()
    facts = read_account("account_no_models", problems)
    assert facts.models == ()
    assert facts.account.username == "ann"
    assert not problems
    assert (Fact.WALLET_TRANSACTIONS, "") in problems.nulls


def test_a_hundred_models() -> None:
    problems = Problems()
    facts = read_account("account_100_models", problems)
    assert len(facts.models) == len(facts.stakes) == 100
    assert facts.stakes[99].settled == NMR("99.000000000000000001")
    assert not problems


def test_names_are_bounded_where_they_enter() -> None:
    data = load("account")
    hostile, blank = data["account"]["models"][:2]
    hostile["name"], blank["name"] = HOSTILE, "\u2800\u3164"
    data["account"]["username"] = HOSTILE
    facts = wire.read_account(Reply(data), None, NOW, Problems())
    called = {model.id: model.name for model in facts.models}
    assert called[hostile["id"]] == clean(HOSTILE) == facts.account.username
    assert called[blank["id"]] == blank["id"]


@pytest.mark.parametrize("field", ["account", "models"])
def test_an_account_that_can_not_be_believed(field: str) -> None:
    data = load("account")
    if field == "account":
        data["account"] = None
    else:
        data["account"][field] = None
    with pytest.raises(BadAnswer):
        wire.read_account(Reply(data), None, NOW, Problems())


# ---- rounds ----


def test_rounds() -> None:
    found = rounds()
    classic = found[Tournament.CLASSIC]
    assert sorted(classic) == [1163, 1164, 1403, 1404, 1405]
    assert classic[1163].resolved
    assert not classic[1405].resolved
    assert classic[1163].clip == Decimal("0.05")
    assert [score.multiplier for score in classic[1163].payout_scores] == [
        Decimal("0.5"),
        Decimal("2.0"),
    ]
    assert wire.paid_factor(classic[1163]) == Decimal("0.1092")
    assert wire.paid_factor(found[Tournament.SIGNALS][1404]) == Decimal("0.19")
    assert wire.paid_factor(found[Tournament.CRYPTO][1404]) == 1


def test_no_rounds_between_rounds() -> None:
    problems = Problems()
    assert wire.read_rounds(Reply(load("rounds_null")), documents.ALIASES, problems).rounds == ()
    found = {(problem.where, problem.field) for problem in problems}
    assert found == {("Crypto rounds", "number"), ("Crypto round 12", "openTime")}


# ---- performances ----


def test_numerais_own_arithmetic_is_met() -> None:
    """A published row: stake 11.05, factor 0.1092, 0.5 corr + 2 mmc, paid -0.083."""
    rows, complete, problems = performances("performances")
    assert complete
    assert not problems
    row = rows[1163]
    assert row.source is PayoutSource.COMPUTED
    assert row.payout is not None
    assert abs(row.payout - NMR("-0.083")) < NMR("0.0005")
    assert (row.factor, row.clip) == (Decimal("0.1092"), Decimal("0.05"))


def test_payouts_come_from_the_best_source() -> None:
    rows, _, _ = performances("performances", payouts=True)
    assert (rows[1163].payout, rows[1163].source) == (NMR("-0.083"), PayoutSource.NUMERAI)
    assert (rows[1164].payout, rows[1164].source) == (NMR("0.06"), PayoutSource.SCORES)
    assert (rows[1403].payout, rows[1403].source) == (NMR("1000.25"), PayoutSource.NUMERAI)
    assert (rows[1404].payout, rows[1404].source) == (None, None)
    assert rows[1403].state is PayoutState.PENDING


def test_multipliers_are_the_rows_own_before_anything_else() -> None:
    rows, _, _ = performances("performances")

    def paid(number: int) -> dict[str, Decimal | None]:
        return {score.name: score.multiplier for score in rows[number].scores}

    expected = {"v2_corr20": Decimal("0.5"), "mmc": Decimal(2)}
    assert paid(1163) == expected
    assert paid(1164) == {**expected, "canon_corr": None}
    assert paid(1165) == expected
    assert paid(1166) == {"v2_corr20": None, "mmc": None}
    assert paid(1404) == expected
    assert rows[1404].scores[0].value is None


def test_a_row_without_submission_has_nothing_at_risk() -> None:
    rows, _, problems = performances("performances")
    assert rows[1405].at_risk == ZERO
    assert rows[1405].submission_id is None
    assert rows[1405].scores == ()
    assert not problems


def test_odd_rows_are_reported_and_the_rest_kept() -> None:
    rows, complete, problems = performances("performances_odd")
    assert not complete
    assert sorted(rows) == [1163, 1164, 1165, 1166]
    assert rows[1163].at_risk == ZERO
    assert rows[1163].state is PayoutState.SETTLED
    assert rows[1164].at_risk is None
    assert rows[1164].resolves == datetime(2026, 1, 22, 16, tzinfo=UTC)
    assert rows[1166].submission_id == "s-1166"
    found = {(problem.where, problem.field) for problem in problems}
    assert found == {
        ("ALPHA", "roundNumber"),
        ("ALPHA, round 1164", "atRisk"),
        ("ALPHA, round 1164", "roundPayoutFactor"),
        ("ALPHA, round 1164", "roundResolveTime"),
        ("ALPHA, round 1164", "roundResolved"),
        ("ALPHA, round 1165", "submissionScores"),
        ("ALPHA, round 1165", "displayName"),
        ("ALPHA, round 1165", "value"),
        ("ALPHA, round 1165", "percentile"),
        ("ALPHA, round 1165", "day"),
    }


def test_a_missing_list_is_incomplete() -> None:
    rows, complete, problems = performances("performances_null")
    assert rows == {}
    assert not complete
    assert [problem.where for problem in problems] == ["ALPHA"]


def test_listed_payouts() -> None:
    problems = Problems()
    listed = wire.read_listed_payouts(Reply(load("payouts")), documents.ALIASES, problems)
    assert listed.actual == listed.pending == frozenset(), "each list has a row that is unreadable"
    assert sorted(listed.payouts) == [("m-alpha", 1163), ("m-alpha", 1403), ("m-alpha", 1404)]
    assert [problem.field for problem in problems] == ["payoutNmr"]


# ---- submissions ----


def test_submissions_in_time_and_late() -> None:
    listed = wire.read_submissions(Reply(load("submissions")), MODELS, rounds(), Problems())
    states = {key: entry.state for key, entry in listed.submissions.items()}
    assert states["m-alpha", 1404] is SubmissionState.SUBMITTED
    assert listed.submissions["m-alpha", 1404].submission_id == "s-1404a"
    assert states["m-alpha", 1403] is SubmissionState.LATE
    assert ("m-alpha", 1402) not in states, "a row without a time is no submission"
    assert 1402 in listed.rounds_by_model["m-alpha"]
    assert ("m-alpha", 1405) not in states


# ---- transactions and contracts ----


def test_stake_transactions() -> None:
    problems = Problems()
    page = wire.read_stake_transactions(Reply(load("transactions")), MODELS, problems)
    assert [(row.model_id, row.amount) for row in page.rows] == [
        ("m-zero", NMR("0.17")),
        ("m-alpha", NMR(1000)),
    ]
    assert page.rows[0].note == "0xdead"
    assert page.rows[1].tournament is Tournament.CLASSIC
    assert page.newest_first
    assert {problem.field for problem in problems} == {"amount", "timestamp", "type"}
    assert not page.whole
    assert problems.missing.keys() == {(Fact.STAKE_TRANSACTIONS, "")}


def test_staking_contracts() -> None:
    found = wire.read_staking_contracts(
        Reply(load("contracts")), documents.ALIASES, NOW, Problems()
    )
    assert set(found) == {Tournament.CLASSIC}
    assert found[Tournament.CLASSIC].as_of == NOW


# ---- changes and snapshots ----


def test_a_snapshot_holds_what_is_told_and_no_more() -> None:
    account = load("account")["account"]
    slot = account["models"][0]
    server = NOW + timedelta(seconds=3)
    told = wire.read_snapshot(Reply({"account": account, "model": slot}), ALPHA, NOW, server)
    assert (told.available, told.held) == (NMR("1012.25"), NMR("2.5"))
    assert (told.settled, told.scheduled) == (NMR("1234.5"), 1)
    assert (told.pending_kind, told.pending_id, told.pending_known) == ("decrease", "r1", True)
    assert (told.taken, told.server, told.at) == (NOW, server, server)
    untold = {"available": None, "held": None, "scheduled": None, "held_for_others": None}
    nobody = {"settled": None, "take_profit": None, "pending_kind": None, "pending_amount": None,
              "pending_due": None, "pending_id": None, "pending_known": False,
              "pending_made": None}  # fmt: skip
    for broken, lacking in (
        ({"account": None, "model": slot}, untold | {"pending_made": None}),
        ({"account": account, "model": None}, nobody),
        (
            {"account": account | {"availableNmr": "much"}, "model": slot},
            {"available": None},
        ),
        (
            {"account": account, "model": slot | {"v2Stake": {"latestValueSettled": "1,5"}}},
            nobody,
        ),
    ):
        read = wire.read_snapshot(Reply(broken), ALPHA, NOW, server)
        assert read == replace(told, **lacking)


def test_a_snapshot_tells_when_a_request_was_made_and_what_others_hold() -> None:
    account = load("account")["account"]
    slot = account["models"][0]
    row = {"model": "alpha", "tournament": 8, "type": "decrease", "amount": "10",
           "time": "2026-08-01T12:00:00Z", "dueDate": "2026-09-01T12:00:00Z",
           "status": "pending", "drain": False}  # fmt: skip
    pending = {"id": "r1", "type": "decrease", "requestedAmount": "10", "drain": False}
    slot = slot | {"v2Stake": {"latestValueSettled": "20", "pendingV2ChangeStakeRequest": pending}}
    rows = [row | {"model": ALPHA.name, "tournament": int(ALPHA.tournament)},
            row | {"model": "another", "type": "increase", "amount": "2"}]  # fmt: skip
    data = {"account": account | {"scheduledStakeTxns": rows}, "model": slot}
    read = wire.read_snapshot(Reply(data), ALPHA, NOW)
    assert read.pending_made == datetime(2026, 8, 1, 12, tzinfo=UTC)
    assert (read.scheduled, read.held_for_others) == (1, NMR(2))
    twice = {"account": account | {"scheduledStakeTxns": [*rows, rows[0]]}, "model": slot}
    assert wire.read_snapshot(Reply(twice), ALPHA, NOW).pending_made is None


def test_an_answer_tells_drain_as_true_false_or_not_at_all() -> None:
    def drain(**fields: object) -> bool | None:
        return wire.read_change({"type": "decrease", "requestedAmount": "1"} | fields).drain

    assert (drain(drain=True), drain(drain=False), drain(drain=None), drain()) == (
        *(True, False), *(None, None),
    )  # fmt: skip
    assert wire.read_change({"status": "pending"}).bare is False
    assert wire.read_change("pending").bare is True
    assert wire.read_change({"id": "r-1"}).request_id == "r-1"


def test_a_snapshot_of_a_model_without_stake() -> None:
    data = {"account": load("account_no_models")["account"], "model": {"v2Stake": None}}
    snapshot = wire.read_snapshot(Reply(data), ALPHA, NOW)
    assert snapshot.settled == ZERO
    assert snapshot.pending_kind is None
    assert snapshot.take_profit is None


def test_answers_to_changes() -> None:
    answer = wire.read_change(
        {
            "type": "decrease",
            "status": "pending",
            "requestedAmount": Decimal("1000.5"),
            "dueDate": datetime(2026, 12, 24, 16, tzinfo=UTC),
        }
    )
    assert answer.amount == NMR("1000.5")
    assert answer.due == datetime(2026, 12, 24, 16, tzinfo=UTC)
    assert answer.text == "decrease of 1000.5 NMR due 2026-12-24T16:00:00Z (pending)"
    assert wire.read_change({"drain": True, "type": "decrease"}).kind == "drain"
    assert wire.read_change("Take profit on").text == "Take profit on"
    with pytest.raises(BadAnswer):
        wire.read_change(None)
