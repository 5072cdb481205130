"""Null, missing and told are three things: each costs its own fact, and none becomes a zero."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from ledger.domain.knowledge import Fact
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.rounds.performance import PayoutState
from ledger.numerai import documents, wire
from ledger.numerai.answers import Complaint, Reply
from ledger.numerai.lessons import PerformanceForm
from ledger.numerai.wire import Problems
from ledger.rules.queue.conditions import untold
from tests.ledger.numerai.conftest import NOW
from tests.ledger.numerai.shapes import load
from tests.ledger.numerai.test_wire import ALPHA, MODELS, rounds

Path = tuple[str | int, ...]


def a_change(kind: ChangeKind) -> Change:
    return Change(1, ALPHA.tournament, ALPHA.id, ALPHA.name, System.CONTINUOUS, kind, NMR(1),
                  ChangeState.QUEUED, Conditions(), "", NOW, NOW)  # fmt: skip


STAKE = ("account", "models", 0, "v2Stake")
PENDING = (*STAKE, "pendingV2ChangeStakeRequest")
ACCOUNT = {
    ("account", "walletAddress"): (Fact.WALLET_ADDRESS, ""),
    ("account", "availableNmr"): (Fact.WALLET, ""),
    ("account", "heldForPendingWithdrawals"): (Fact.HELD_WITHDRAWALS, ""),
    ("account", "heldForScheduledStakeIncreases"): (Fact.HELD_INCREASES, ""),
    ("account", "defaultCurrency"): (Fact.CURRENCY, ""),
    ("account", "scheduledStakeTxns"): (Fact.SCHEDULED, ""),
    ("account", "scheduledStakeTxns", 0, "amount"): (Fact.SCHEDULED, ""),
    ("account", "scheduledStakeTxns", 0, "dueDate"): (Fact.SCHEDULED, ""),
    ("account", "walletTxns"): (Fact.WALLET_TRANSACTIONS, ""),
    ("account", "walletTxns", 0, "amount"): (Fact.WALLET_TRANSACTIONS, ""),
    ("account", "walletTxns", 0, "status"): (Fact.WALLET_TRANSACTIONS, ""),
    ("apiTokenInfo",): (Fact.SCOPES, ""),
    ("apiTokenInfo", "scopes"): (Fact.SCOPES, ""),
    ("apiTokenInfo", "name"): (Fact.KEY_NAME, ""),
    ("latestNmrPrice",): (Fact.PRICE, ""),
    ("latestNmrPrice", "priceUsd"): (Fact.PRICE, ""),
    STAKE: (Fact.STAKE, "m-alpha"),
    (*STAKE, "latestValueSettled"): (Fact.STAKE, "m-alpha"),
    (*STAKE, "stakeValue"): (Fact.PROJECTED_STAKE, "m-alpha"),
    (*STAKE, "takeProfit"): (Fact.TAKE_PROFIT, "m-alpha"),
    PENDING: (Fact.PENDING, "m-alpha"),
    (*PENDING, "type"): (Fact.PENDING, "m-alpha"),
    (*PENDING, "requestedAmount"): (Fact.PENDING, "m-alpha"),
    (*PENDING, "drain"): (Fact.PENDING, "m-alpha"),
    (*PENDING, "dueDate"): (Fact.RELEASE_DATE, "m-alpha"),
    ("account", "models", 0, "archived"): (Fact.ARCHIVED, "m-alpha"),
    ("account", "models", 0, "insertedAt"): (Fact.CREATED, "m-alpha"),
    ("account", "models", 0, "earliestReleaseDate"): (Fact.RELEASE_DATE, "m-alpha"),
    ("account", "models", 0, "returns"): (Fact.RETURNS, "m-alpha"),
    ("account", "models", 0, "returns", "oneDay"): (Fact.RETURNS, "m-alpha"),
    ("account", "models", 0, "latestUserScores"): (Fact.REPUTATION, "m-alpha"),
    ("account", "models", 0, "latestUserScores", 0, "rank"): (Fact.REPUTATION, "m-alpha"),
}

ROW = ("slice0", 1)
PERFORMANCE = {
    ("slice0",): Fact.PERFORMANCES,
    (*ROW, "roundNumber"): Fact.PERFORMANCES,
    (*ROW, "roundResolveTime"): Fact.RESOLVE_TIME,
    (*ROW, "roundResolved"): Fact.RESOLVED,
    (*ROW, "roundPayoutFactor"): Fact.PAYOUT_FACTOR,
    (*ROW, "submissionId"): Fact.SUBMISSION_ID,
    (*ROW, "atRisk"): Fact.AT_RISK,
    (*ROW, "payoutMultipliers"): Fact.MULTIPLIERS,
    (*ROW, "payoutMultipliers", 0, "multiplier"): Fact.MULTIPLIERS,
    (*ROW, "submissionScores"): Fact.SCORES,
    (*ROW, "submissionScores", 0, "displayName"): Fact.SCORES,
    (*ROW, "submissionScores", 0, "value"): Fact.SCORE_VALUES,
    (*ROW, "submissionScores", 0, "percentile"): Fact.PERCENTILES,
    (*ROW, "submissionScores", 0, "day"): Fact.SCORE_DAYS,
    (*ROW, "submissionScores", 0, "payoutSettled"): Fact.SCORE_PAYOUTS,
    (*ROW, "submissionScores", 0, "resolved"): Fact.FINAL_SCORES,
}

HOW = ["error", "error without a place", "absent", "unreadable"]


def damaged(data: dict[str, Any], path: Path, how: str) -> Reply:
    """``data`` with the value at ``path`` missing in one of the ways there are."""
    broken = deepcopy(data)
    *steps, last = path
    holder: Any = broken
    for step in steps:
        holder = holder[step]
    if how == "absent":
        del holder[last]
    else:
        holder[last] = {"strange": []} if how == "unreadable" else None
    said = {"error": (Complaint("broken", path),), "error without a place": (Complaint("broken"),)}
    return Reply(broken, said.get(how, ()))


def read(reply: Reply) -> tuple[wire.AccountFacts, Problems]:
    problems = Problems()
    return wire.read_account(reply, reply, NOW, problems), problems


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("path", ACCOUNT, ids=lambda path: ".".join(map(str, path)))
def test_what_is_missing_of_the_account_costs_its_own_fact(path: Path, how: str) -> None:
    sound, _ = read(Reply(load("account")))
    facts, problems = read(damaged(load("account"), path, how))
    assert ACCOUNT[path] in problems.missing
    if how == "error without a place":
        return
    allowed = {ACCOUNT[path]} | below(path)
    assert problems.missing.keys() <= allowed
    assert [model.id for model in facts.models] == [model.id for model in sound.models]
    assert not list(new_zeros(facts, sound))


def below(path: Path) -> set[tuple[Fact, str]]:
    under = {fact for other, fact in ACCOUNT.items() if other[: len(path)] == path}
    return under | ({(Fact.KEY_NAME, "")} if path == ("apiTokenInfo",) else set())


def new_zeros(facts: wire.AccountFacts, sound: wire.AccountFacts) -> Iterator[str]:
    """Amounts that have become zero."""
    for name in ("available", "held_increases", "held_withdrawals"):
        if getattr(facts.account, name) == ZERO != getattr(sound.account, name):
            yield name
    before = {stake.model_id: stake for stake in sound.stakes}
    for stake in facts.stakes:
        for name in ("settled", "projected"):
            if getattr(stake, name) == ZERO != getattr(before[stake.model_id], name):
                yield f"{stake.model_id} {name}"


def test_a_null_without_an_error_is_told_apart() -> None:
    data = load("account")
    data["account"]["models"][0]["v2Stake"]["latestValueSettled"] = None
    facts, problems = read(Reply(data))
    assert not problems.missing
    assert (Fact.STAKE, "m-alpha") in problems.nulls
    assert facts.stakes[0].settled is None


def test_settled_has_no_substitute() -> None:
    data = load("account")
    data["account"]["models"][0]["v2Stake"] |= {"latestValueSettled": None, "latestValue": "5"}
    facts, _ = read(Reply(data))
    assert facts.stakes[0].settled is None
    assert facts.stakes[0].projected == NMR("1234.6")


def test_an_error_below_a_null_makes_it_missing() -> None:
    data = load("account")
    data["account"]["models"][0]["v2Stake"] = None
    deep = Complaint("timeout", (*PENDING, "dueDate"))
    _, problems = read(Reply(data, (deep,)))
    assert problems.missing[Fact.STAKE, "m-alpha"] == "timeout"
    assert problems.missing[Fact.PENDING, "m-alpha"] == "timeout"


def test_what_the_server_refuses_is_missing_for_all() -> None:
    data = load("account")
    for model in data["account"]["models"]:
        del model["returns"]
    reply = Reply(data, left_out={("account", "models", "returns"): "Cannot query it."})
    _, problems = read(reply)
    assert problems.missing == {
        (Fact.RETURNS, model["id"]): "Cannot query it." for model in data["account"]["models"]
    }
    assert not problems.damaged, "nobody had asked"


def test_details_that_were_not_asked_for_are_not_missing() -> None:
    problems = Problems()
    facts = wire.read_account(Reply(load("account")), None, NOW, problems)
    assert not problems.missing
    assert (facts.account.held_increases, facts.scheduled) == (None, None)


def test_details_that_failed_are_missing_with_the_reason() -> None:
    problems = Problems()
    wire.read_account(Reply(load("account")), Reply.failed("HTTP 502"), NOW, problems)
    assert problems.missing[Fact.HELD_INCREASES, ""] == "HTTP 502"
    assert problems.missing[Fact.RETURNS, "m-alpha"]
    assert (Fact.STAKE, "m-alpha") not in problems.missing


@pytest.mark.parametrize("path", [STAKE, (*STAKE, "latestValueSettled"), PENDING])
@pytest.mark.parametrize("how", HOW)
def test_a_change_is_not_sent_from_what_is_missing(path: Path, how: str) -> None:
    account = load("account")["account"]
    data = {"account": account, "model": account["models"][0]}
    assert wire.read_snapshot(Reply(data), ALPHA, NOW).settled == NMR("1234.5")
    read = wire.read_snapshot(damaged(data, ("model", *path[3:]), how), ALPHA, NOW)
    if path != PENDING:
        assert read.settled is None
    if path != (*STAKE, "latestValueSettled"):
        assert not read.pending_known
    increase = a_change(ChangeKind.INCREASE)
    assert (untold(increase, read) or "").startswith("Waits until Numerai tells")


# ---- performances ----


def performance(reply: Reply, newest: int | None = None) -> tuple[wire.Slice, Problems]:
    problems = Problems()
    facts = wire.RoundFacts(rounds()[Tournament.CLASSIC], {}, newest)
    return wire.read_performances(reply, "slice0", ALPHA, facts, problems), problems


@pytest.mark.parametrize("how", ["error", "absent", "unreadable"])
@pytest.mark.parametrize("path", PERFORMANCE, ids=lambda path: ".".join(map(str, path)))
def test_what_is_missing_of_a_row_costs_its_own_fact(path: Path, how: str) -> None:
    read, problems = performance(damaged(load("performances"), path, how))
    assert (PERFORMANCE[path], "m-alpha") in problems.missing
    assert {fact for fact, _ in problems.missing} <= {PERFORMANCE[path], Fact.SCORES}
    if len(path) > 2 and path[2] != "roundNumber":
        assert PERFORMANCE[path] in read.lacking[1164]
        assert len(read.rows) == 7
    else:
        assert not read.complete


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, PayoutState.SETTLED),
        ({"roundResolved": False}, PayoutState.PENDING),
        ({"value": None}, PayoutState.PENDING),
        ({"value": "NaN"}, PayoutState.PENDING),
        ({"resolved": False}, PayoutState.PENDING),
        ({"payoutSettled": None, "payoutPending": "0.1"}, PayoutState.PENDING),
        ({"payoutSettled": None, "atRisk": "0E-18"}, PayoutState.SETTLED),
        ({"atRisk": None}, PayoutState.SETTLED),
        ({"payoutSettled": None, "atRisk": None}, PayoutState.PENDING),
    ],
)
def test_a_row_is_settled_when_nothing_can_move(change: dict[str, Any], state: PayoutState) -> None:
    data = load("performances")
    row = data["slice0"][1]
    for name, value in change.items():
        (row if name in row else row["submissionScores"][0])[name] = value
    read, _ = performance(Reply(data))
    assert {entry.round: entry.state for entry in read.rows}[1164] is state


def test_a_round_far_behind_is_over() -> None:
    data = load("performances")
    data["slice0"][1]["roundResolved"] = False
    read, _ = performance(Reply(data), newest=1164 + 131)
    assert {entry.round: entry.state for entry in read.rows}[1164] is PayoutState.SETTLED
    read, _ = performance(Reply(data), newest=1164 + 130)
    assert {entry.round: entry.state for entry in read.rows}[1164] is PayoutState.PENDING


def test_rows_that_come_twice_and_in_no_order_count_once() -> None:
    data = load("performances")
    once, _ = performance(Reply(data))
    twice, _ = performance(Reply({"slice0": list(reversed(data["slice0"] * 2))}))
    assert sorted(twice.rows, key=lambda row: row.round) == list(once.rows)


def test_scores_alone_tell_everything_but_the_stake_at_risk() -> None:
    data = load("performances")
    scores = [
        score | {"roundNumber": row["roundNumber"], "submissionId": row["submissionId"]}
        for row in data["slice0"]
        for score in row["submissionScores"] or ()
    ]
    reply = Reply({"slice0": scores}, form=PerformanceForm.SUBMISSION_SCORES)
    read, problems = performance(reply)
    assert read.complete
    rows = {row.round: row for row in read.rows}
    assert rows[1164].payout == NMR("0.06")
    assert rows[1164].at_risk is None
    assert (Fact.AT_RISK, "m-alpha") in problems.missing
    assert not problems.damaged or (Fact.MULTIPLIERS, "m-alpha") in problems.missing


def test_flat_rows_and_scores_fetched_apart_come_to_the_same() -> None:
    data = load("performances")
    whole, _ = performance(Reply(data))
    scores = [
        score | {"roundNumber": row["roundNumber"]}
        for row in data["slice0"]
        for score in row["submissionScores"] or ()
    ]
    flat = deepcopy(data)
    for row in flat["slice0"]:
        del row["submissionScores"]
    facts = wire.RoundFacts(rounds()[Tournament.CLASSIC], {})
    joined = wire.read_performances(
        Reply(flat, left_out={}),
        "slice0",
        ALPHA,
        facts,
        Problems(),
        scores=(Reply({"slice0": scores}), "slice0"),
    )
    assert joined.rows == whole.rows


# ---- lists ----


def test_which_lists_of_payouts_were_told() -> None:
    entry = {"roundNumber": 1, "modelId": "m", "modelName": "M", "payoutNmr": "1"}
    data = {
        "classic": {"actual": [entry], "pending": []},
        "signals": {"actual": None, "pending": [entry]},
        "crypto": {"actual": [], "pending": [None]},
    }
    problems = Problems()
    read = wire.read_listed_payouts(Reply(data), documents.ALIASES, problems)
    assert read.actual == {Tournament.CLASSIC, Tournament.CRYPTO}
    assert read.pending == {Tournament.CLASSIC, Tournament.SIGNALS}
    assert problems.missing.keys() == {(Fact.PENDING_PAYOUTS, "12")}
    assert problems.nulls == {(Fact.SETTLED_PAYOUTS, "11")}


def test_a_tournament_without_contract_is_no_problem() -> None:
    said = (Complaint("unknown tournament", ("signals",)),)
    contract = {"address": "0x" + "1" * 40, "paused": False}
    reply = Reply({"classic": contract, "signals": None, "crypto": None}, said)
    problems = Problems()
    found = wire.read_staking_contracts(reply, documents.ALIASES, NOW, problems)
    assert set(found) == {Tournament.CLASSIC}
    assert not problems.missing
    known = (Tournament.SIGNALS,)
    wire.read_staking_contracts(reply, documents.ALIASES, NOW, problems, known)
    assert problems.missing == {(Fact.STAKING_CONTRACT, "11"): "unknown tournament"}


@pytest.mark.parametrize(
    ("row", "told", "submitted"),
    [
        ({"status": "none", "id": None, "timestamp": None}, True, False),
        ({"status": "none", "id": "s", "timestamp": "2026-11-20T12:30:00Z"}, True, False),
        ({"status": "submitted", "id": "s", "timestamp": None}, True, False),
        ({"status": None, "id": "s", "timestamp": "2026-11-20T12:30:00+00:00"}, True, True),
        ({"id": "s", "timestamp": "2026-11-20T12:30:00Z"}, True, True),
        ({"status": "submitted", "id": "s"}, True, True),
        ({"id": "s"}, True, True),
        ({}, False, False),
    ],
)
def test_what_counts_as_submitted(row: dict[str, Any], told: bool, submitted: bool) -> None:
    entry = {"id": "m-alpha", "latestSubmissions": [row | {"roundNumber": 1403}]}
    reply = Reply({"account": {"models": [entry]}})
    listed = wire.read_submissions(reply, MODELS, rounds(), Problems())
    assert (1403 in listed.rounds_by_model["m-alpha"]) is told
    assert (("m-alpha", 1403) in listed.submissions) is submitted


def test_what_is_missing_of_a_round_stays_as_it_was() -> None:
    known = {(entry.tournament, entry.number): entry for have in rounds().values()
             for entry in have.values()}  # fmt: skip
    data = load("rounds")
    for row in filter(None, data["classic"]):
        for name in ("openTime", "closeStakingTime", "resolvedGeneral", "roundScoreConfigs"):
            del row[name]
    reply = Reply(data)
    problems = Problems()
    read = wire.read_rounds(reply, documents.ALIASES, problems, known)
    assert {(entry.tournament, entry.number): entry for entry in read.rounds} == known
    assert {tournament for tournament, _ in read.damaged} == {Tournament.CLASSIC}
    facts = {fact for fact, subject in problems.missing if subject == "8"}
    assert facts == {
        Fact.ROUND_TIMES, Fact.ROUND_STAKING_CLOSE, Fact.ROUND_RESOLVED, Fact.SCORE_CONFIGS,
    }  # fmt: skip
