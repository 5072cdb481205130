from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.clock import from_iso
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox import Sandbox

from .conftest import BEFORE_ATOMIC, Client

PERFORMANCES = """query($m: ID!, $t: Int, $low: Int, $high: Int, $last: Int, $submitted: Boolean,
                        $resolved: Boolean, $limit: Int, $offset: Int) {
  rows: v2RoundModelPerformances(modelId: $m, tournament: $t, roundNumberGte: $low,
      roundNumberLte: $high, lastNRounds: $last, submittedOnly: $submitted,
      resolvedOnly: $resolved, limit: $limit, offset: $offset) {
    roundNumber roundResolved roundPayoutFactor submissionId atRisk
    payoutMultipliers { displayName multiplier }
    submissionScores { displayName value percentile day payoutPending payoutSettled }
    intraRoundSubmissionScores { displayName value day }
  }
}"""

CHANGE = """mutation($m: ID, $t: Int!, $type: String!, $value: String!) {
  v2ChangeStake(modelId: $m, tournamentNumber: $t, type: $type, value: $value) {
    id type status requestedAmount dueDate drain
  }
}"""


@pytest.fixture
def reader(shared: Sandbox) -> Client:
    return Client(shared)


def signals(sandbox: Sandbox, *, pending: bool = False):
    return next(
        slot
        for slot in sandbox.world.slots
        if slot.tournament == 11 and slot.stake and (slot.pending is not None) == pending
    )


# strictness


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{ account { nothing } }", "Cannot query field 'nothing'"),
        ("{ nothing }", "Cannot query field 'nothing'"),
        ("{ rounds(colour: 1) { number } }", "Unknown argument 'colour'"),
        ("{ v3StakeConfig { address } }", "tournamentId"),
        ("{ account { ", "Syntax Error"),
        (
            "mutation($d: bool!) { releaseStake(modelId: 1, amount: 1, drain: $d) { id } }",
            "Unknown type 'bool'",
        ),
        ("query($n: Int!) { rounds(tournament: $n) { number } }", "to be provided"),
        ("query A { account { id } } query B { account { id } }", "one operation"),
    ],
)
def test_bad_documents_are_refused_with_400(reader, document, words) -> None:
    status, message = reader.error(document)
    assert status == 400
    assert words in message


def test_a_variable_of_the_wrong_type_is_refused(reader) -> None:
    status, message = reader.error("query($n: Int) { rounds(number: $n) { id } }", n="eight")
    assert status == 400
    assert "Int cannot represent" in message


def test_more_than_three_aliases_are_refused(reader) -> None:
    names = "abcd"
    three, four = (
        "{" + " ".join(f"{name}: rounds(number: 1400) {{ id }}" for name in names[:count]) + "}"
        for count in (3, 4)
    )
    assert set(reader.data(three)) == set("abc")
    status, message = reader.error(four)
    assert status == 400
    assert "aliases" in message


@pytest.mark.parametrize("body", ["[]", "{}", "no json", '{"query": 5}', '{"query": ""}'])
def test_bodies_that_are_no_request_are_refused(reader, shared, body) -> None:
    answer = reader.session.post(shared.url, data=body, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


def test_string_variables_and_snake_case_arguments_pass_as_on_the_live_server(reader) -> None:
    name = signals(reader.sandbox).name
    profile = reader.data(
        "query($model_name: String!, $t: Int) "
        "{ v3UserProfile(model_name: $model_name, tournament: $t) { id, username, } }",
        model_name=name,
        t=11,
    )["v3UserProfile"]
    assert profile["username"] == name
    model = reader.data(
        "query($modelid: String!) { model(modelId: $modelid) { name } }", modelid=profile["id"]
    )
    assert model == {"model": {"name": name}}


# keys


def test_without_a_key_only_public_fields_answer(shared) -> None:
    anonymous = Client(shared, key=None)
    assert anonymous.data("{ rounds(number: 1400) { number } }")
    assert "authenticated" in anonymous.error("{ account { id } }")[1]


@pytest.mark.parametrize("header", ["Token a$b", "Token nothing", "Bearer x", "Token ü$ü"])
def test_a_wrong_key_is_told(shared, header) -> None:
    client = Client(shared, key=None)
    client.session.headers["Authorization"] = header.encode()
    assert "API key is invalid" in client.error("{ account { id } }")[1]


def test_scopes_decide(shared) -> None:
    slot = signals(shared)
    change = {"m": slot.id, "t": 11, "type": "increase", "value": "1"}
    config = '{ v3StakeRound(tournamentId: 8, roundId: "1400") { state } }'
    reading, web3, full = (Client(shared, name) for name in ("read_only", "web3", "full"))
    assert reading.error(CHANGE, **change)[1] == "Insufficient permission for stake"
    assert web3.error(CHANGE, **change)[1] == "Insufficient permission for stake"
    assert reading.error(config)[1] == "Insufficient permission for web3_staking"
    assert web3.data(config)["v3StakeRound"]["state"] == "Closed"
    assert full.data("{ apiTokenInfo { scopes } }")["apiTokenInfo"]["scopes"][-1] == "web3_staking"
    assert shared.mutations_applied == []


def test_keys_are_the_same_for_the_same_seed(shared) -> None:
    other = Sandbox(seed=1, models=1, rounds=1, frozen=True)
    assert other.keys == shared.keys
    assert Sandbox(seed=2, models=1, rounds=1, frozen=True).keys != shared.keys


# rounds


def test_the_current_round_and_the_time_between_rounds(sandbox, client) -> None:
    current = "{ rounds(tournament: 11, number: 0) { number openTime closeStakingTime } }"
    assert client.data(current) == {"rounds": [None]}
    sandbox.advance(rounds=1)
    assert client.data(current)["rounds"][0]["number"] == 1405


def test_rounds_by_status_newest_first(reader) -> None:
    document = """query($s: RoundStatus, $limit: Int) {
      rounds(tournament: 11, status: $s, limit: $limit) { number resolvedGeneral resolveTime }
    }"""

    def numbers(status, limit=None):
        return [r["number"] for r in reader.data(document, s=status, limit=limit)["rounds"]]

    assert numbers(None, 3) == [1404, 1403, 1402]
    assert numbers("UPCOMING") == [1406, 1405]
    running, done = numbers("RESOLVING"), numbers("RESOLVED")
    assert len(running) == 24
    assert running + done == numbers(None)


def test_a_round_tells_its_own_multipliers_factor_and_clip(reader) -> None:
    document = """query($n: Int) { rounds(tournament: 8, number: $n) { payoutFactor
      roundScoreConfigs { displayName isPayout defaultMultiplier clipThreshold totalScoreDays }
    } }"""
    for number, expected in [
        (1342, {"v2_corr20": (0.75, 0.05, 20), "mmc": (2.25, 0.05, 20)}),
        (1343, {"corr60": (3.0, 1.0, 60), "mmc60": (15.0, 1.0, 60)}),
    ]:
        (row,) = reader.data(document, n=number)["rounds"]
        assert {
            c["displayName"]: (c["defaultMultiplier"], c["clipThreshold"], c["totalScoreDays"])
            for c in row["roundScoreConfigs"]
            if c["isPayout"]
        } == expected
        assert isinstance(row["payoutFactor"], str)


# performances


def test_performances_slice_by_number_and_count(reader) -> None:
    slot = next(
        s for s in reader.sandbox.world.slots if s.tournament == 11 and s.first_round < 1300
    )

    def numbers(**arguments):
        rows = reader.data(PERFORMANCES, m=slot.id, t=11, **arguments)["rows"]
        return [row["roundNumber"] for row in rows]

    assert numbers(low=1390, high=1393) == [1393, 1392, 1391, 1390]
    assert numbers(last=3) == [1404, 1403, 1402]
    assert numbers(low=1390, limit=2, offset=1) == [1403, 1402]
    assert numbers()[-1] == slot.first_round
    assert set(numbers(resolved=True)) == {
        n for n, entry in slot.entries.items() if entry.payout is not None
    }
    assert set(numbers(submitted=True)) == {
        n for n, entry in slot.entries.items() if entry.submission_id is not None
    }


def test_paying_scores_have_the_same_names_everywhere(reader) -> None:
    for slot in (signals(reader.sandbox), reader.sandbox.world.slots[0]):
        rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
        for row in rows:
            paying = {m["displayName"] for m in row["payoutMultipliers"]}
            shown = {s["displayName"] for s in row["submissionScores"] or ()}
            assert len(paying) == 2
            assert not shown or paying <= shown


def test_parts_of_a_payout_add_up_to_the_wei_and_state_follows_the_round(reader) -> None:
    seen = set()
    for slot in (*reader.sandbox.world.slots[:3], signals(reader.sandbox)):
        rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
        for row in rows:
            entry = slot.entries[row["roundNumber"]]
            for score in row["submissionScores"] or ():
                assert (score["payoutSettled"] is None) or row["roundResolved"]
                assert (score["payoutPending"] is None) or not row["roundResolved"]
            field = "payoutSettled" if row["roundResolved"] else "payoutPending"
            parts = [s[field] for s in row["submissionScores"] or () if s[field] is not None]
            if row["roundResolved"] and parts:
                assert NMR.total(map(NMR, parts)) == entry.payout
            seen.add((row["roundResolved"], bool(parts)))
    assert {(True, True), (False, True), (False, False)} <= seen


def test_daily_scores_end_in_the_latest_one(reader) -> None:
    slot = signals(reader.sandbox)
    rows = reader.data(PERFORMANCES, m=slot.id, t=11, low=1340, high=1400, submitted=True)["rows"]
    for row in rows:
        for latest in row["submissionScores"] or ():
            daily = [
                score
                for score in row["intraRoundSubmissionScores"]
                if score["displayName"] == latest["displayName"]
            ]
            assert [score["day"] for score in daily] == list(range(1, latest["day"] + 1))
            assert daily[-1]["value"] == latest["value"]


def test_a_missing_submission_has_no_scores_and_no_risk(reader) -> None:
    slot = next(
        s
        for s in reader.sandbox.world.slots
        if any(entry.submission_id is None for entry in s.entries.values())
    )
    rows = reader.data(PERFORMANCES, m=slot.id, t=int(slot.tournament))["rows"]
    missing = [row for row in rows if row["submissionId"] is None]
    assert missing
    assert all(row["atRisk"] == "0E-18" for row in missing)
    assert all(row["submissionScores"] is None for row in missing)


def test_submission_scores_filter(reader) -> None:
    slot = signals(reader.sandbox)
    document = """query($m: ID!, $name: String, $day: Int, $done: Boolean, $last: Int,
                        $one: Boolean) {
      submissionScores(modelId: $m, displayName: $name, day: $day, resolved: $done,
                       lastNRounds: $last, distinctOnRound: $one, tournament: 11) {
        roundNumber displayName day resolved value
      } }"""

    def rows(**arguments):
        return reader.data(document, m=slot.id, **arguments)["submissionScores"]

    assert {row["displayName"] for row in rows(name="mpc")} == {"mpc"}
    assert {row["day"] for row in rows(day=20)} == {20}
    assert all(row["resolved"] for row in rows(done=True))
    assert {row["roundNumber"] for row in rows(last=15)} <= set(range(1390, 1405))
    once = [row["roundNumber"] for row in rows(name="alpha", one=True)]
    assert len(once) == len(set(once)) > 50


# account


def test_amounts_are_written_as_the_live_server_writes_them(sandbox, client) -> None:
    sandbox.world.deposit(NMR("1234567.5"))
    account = client.data("{ account { availableNmr availableStakeCredit } }")["account"]
    assert account["availableNmr"].startswith("1,234,")
    assert len(account["availableNmr"].split(".")[1]) == 18
    assert account["availableStakeCredit"] == "0E-18"
    assert NMR(account["availableNmr"].replace(",", "")) == sandbox.world.wallet


def test_archived_models_show_on_request(reader) -> None:
    some, everything = (
        reader.data(f"{{ account {{ models{arguments} {{ name archived }} }} }}")["account"]
        for arguments in ("", "(showArchived: true)")
    )
    assert len(some["models"]) == 32
    assert [model["archived"] for model in everything["models"]].count(True) == 1


def test_the_projected_stake_is_the_settled_one_and_what_runs(reader) -> None:
    slot = signals(reader.sandbox)
    document = "query($m: ID) { model(modelId: $m) { v2Stake { latestValue latestValueSettled } } }"
    stake = reader.data(document, m=slot.id)["model"]["v2Stake"]
    rows = reader.data(PERFORMANCES, m=slot.id, t=11, low=1381)["rows"]
    parts = [
        NMR(score["payoutPending"])
        for row in rows
        for score in row["submissionScores"] or ()
        if score["payoutPending"] is not None
    ]
    assert NMR(stake["latestValueSettled"]) == slot.stake
    assert NMR(stake["latestValue"]) == slot.stake + NMR.total(parts)


def test_pending_changes_are_in_the_account(reader) -> None:
    account = reader.data(
        """{ account { heldForScheduledStakeIncreases
             scheduledStakeTxns { model type amount drain dueDate }
             models { name v2Stake { pendingV2ChangeStakeRequest { type dueDate } } } } }"""
    )["account"]
    scheduled = {row["type"]: row for row in account["scheduledStakeTxns"]}
    assert set(scheduled) == {"increase", "decrease"}
    assert NMR(account["heldForScheduledStakeIncreases"]) == NMR(scheduled["increase"]["amount"])
    pending = {
        model["name"]: model["v2Stake"]["pendingV2ChangeStakeRequest"]
        for model in account["models"]
        if model["v2Stake"] and model["v2Stake"]["pendingV2ChangeStakeRequest"]
    }
    assert {name: row["type"] for name, row in pending.items()} == {
        row["model"]: row["type"] for row in scheduled.values()
    }


def test_latest_submissions_tell_late_from_in_time(reader) -> None:
    document = """{ account { models { name tournament latestSubmissions(latestNRounds: 60) {
      roundNumber status timestamp roundCloseStaking } } } }"""
    found = set()
    for model in reader.data(document)["account"]["models"]:
        slot = reader.sandbox.world.slot(model["name"])
        for row in model["latestSubmissions"]:
            entry = slot.entries.get(row["roundNumber"])
            if entry is None:
                continue  # Crypto's round is still open
            assert from_iso(row["timestamp"]) == entry.submitted
            assert (row["status"] == "late") == entry.late
            found.add(row["status"])
    assert found == {"late", "success"}


def test_positions_are_listed_once_per_round_and_model(reader) -> None:
    world = reader.sandbox.world
    slot = next(s for s in world.fields[8].slots if s.locked)
    document = """query($ids: [ID], $type: String, $limit: Int, $offset: Int) {
      stakeTransactions(modelIds: $ids, type: $type, limit: $limit, offset: $offset) {
        amount model modelId round tournament type note nmrPrice timestamp } }"""

    def rows(**arguments):
        return reader.data(document, **arguments)["stakeTransactions"]

    mine = rows(ids=[slot.id])
    assert {row["round"]: NMR(row["amount"]) for row in mine} == {
        n: e.at_risk for n, e in slot.entries.items() if e.position
    }
    assert all(row["type"] == "strategy stake" for row in mine)
    assert len({row["note"] for row in mine}) == len(mine)
    assert all(len(row["note"].removeprefix("0x")) == 64 for row in mine)
    assert all(Decimal(row["nmrPrice"]) > 1 for row in mine)
    assert rows(limit=2, offset=1) == rows()[1:3]
    assert rows(type="other") == []


def test_prices_walk_and_stay_plausible() -> None:
    sandbox = Sandbox(models=1, rounds=1, frozen=True, now=datetime(2024, 1, 2, tzinfo=UTC))
    prices = []
    with sandbox:
        client = Client(sandbox)
        for _ in range(40):
            sandbox.advance(days=20)
            prices.append(
                float(client.data("{ latestNmrPrice { priceUsd } }")["latestNmrPrice"]["priceUsd"])
            )
    assert 3 < min(prices) < max(prices) < 40
    assert len(set(prices)) > 30


# changes


def test_increase_through_the_api(sandbox, client) -> None:
    slot, wallet = signals(sandbox), sandbox.world.wallet
    change = client.data(CHANGE, m=slot.id, t=11, type="increase", value="1.5")["v2ChangeStake"]
    assert (change["type"], change["status"], change["drain"]) == ("increase", "pending", False)
    assert NMR(change["requestedAmount"]) == NMR("1.5")
    assert sandbox.world.wallet == wallet - NMR("1.5")
    assert [row["field"] for row in sandbox.mutations_applied] == ["v2ChangeStake"]
    assert sandbox.requests[-1] == {
        "kind": "mutation",
        "fields": ("v2ChangeStake",),
        "applied": True,
    }
    due = from_iso(change["dueDate"])
    sandbox.advance(to=due - timedelta(seconds=1))
    stake = slot.stake
    sandbox.advance(to=due)
    assert slot.stake == stake + NMR("1.5")


@pytest.mark.parametrize(
    "value", ["0", "-1", "", "abc", "1e3", "1,5", "NaN", "Infinity", "0.0000000000000000001", " 1"]
)
def test_amounts_that_are_none_are_refused(sandbox, client, value) -> None:
    slot = signals(sandbox)
    for kind in ("increase", "decrease"):
        status, message = client.error(CHANGE, m=slot.id, t=11, type=kind, value=value)
        assert status == 200
        assert "mount" in message
    assert sandbox.mutations_applied == []


def test_refusals_use_words_and_change_nothing(sandbox, client) -> None:
    slot, total = signals(sandbox), sandbox.world.total()
    waiting = signals(sandbox, pending=True)
    classic = sandbox.world.slots[0]
    cases = [
        ({"m": slot.id, "t": 11, "type": "increase", "value": "99999"}, "Insufficient funds"),
        ({"m": slot.id, "t": 11, "type": "decrease", "value": "99999"}, "Cannot release"),
        ({"m": slot.id, "t": 11, "type": "double", "value": "1"}, "Unknown stake change type"),
        ({"m": slot.id, "t": 8, "type": "increase", "value": "1"}, "not in tournament 8"),
        ({"m": "nobody", "t": 11, "type": "increase", "value": "1"}, "Model not found"),
        ({"m": classic.id, "t": 8, "type": "increase", "value": "1"}, "V2 staking is disabled"),
        (
            {"m": waiting.id, "t": 11, "type": "increase", "value": "1"},
            "already",
        ),
    ]
    for arguments, words in cases:
        assert words in client.error(CHANGE, **arguments)[1]
    assert sandbox.mutations_applied == []
    assert sandbox.world.total() == total


def test_drain_cancel_and_take_profit_through_the_api(sandbox, client) -> None:
    slot = signals(sandbox)
    drain = client.data(
        'mutation($m: ID!) { releaseStake(modelId: $m, amount: "11000000", drain: true)'
        " { drain type requestedAmount dueDate } }",
        m=slot.id,
    )["releaseStake"]
    assert drain["drain"] is True
    assert NMR(drain["requestedAmount"]) == slot.stake
    assert from_iso(drain["dueDate"]) - sandbox.now() > timedelta(days=25)
    cancelled = client.data(
        "mutation($m: ID!) { cancelPendingStakeRelease(modelId: $m) { status } }", m=slot.id
    )
    assert cancelled["cancelPendingStakeRelease"]["status"] == "cancelled"
    assert slot.pending is None
    client.data(
        "mutation($m: ID!) { v3ChangePayoutSelection(modelId: $m, takeProfit: true,"
        " tournamentNumber: 11) }",
        m=slot.id,
    )
    model = client.data(
        "query($m: ID) { model(modelId: $m) { currentPayoutSelection { takeProfit }"
        " v2Stake { takeProfit } } }",
        m=slot.id,
    )["model"]
    assert model == {
        "currentPayoutSelection": {"takeProfit": True},
        "v2Stake": {"takeProfit": True},
    }
    assert [row["field"] for row in sandbox.mutations_applied] == [
        "releaseStake",
        "cancelPendingStakeRelease",
        "v3ChangePayoutSelection",
    ]


# atomic staking


def test_v3_reads(shared) -> None:
    client = Client(shared, "web3")
    configs = {
        t: client.data(f"{{ v3StakeConfig(tournamentId: {t}) {{ address paused }} }}")[
            "v3StakeConfig"
        ]
        for t in (8, 11, 12)
    }
    assert configs[11] is None
    assert configs[8]["address"] != configs[12]["address"]
    slot = next(s for s in shared.world.fields[12].slots if s.claimable)
    claims = client.data(
        'query { v3StakeClaims(staker: "0x1", tournamentId: 12)'
        " { roundId apiModelId modelId payoutAmountWei burnAmountWei claimableAmountWei } }"
    )["v3StakeClaims"]
    assert claims
    for claim in claims:
        entry = shared.world.slot(claim["apiModelId"]).entries[int(claim["roundId"])]
        assert int(claim["claimableAmountWei"]) == (entry.at_risk + entry.payout).wei
        assert int(claim["payoutAmountWei"]) - int(claim["burnAmountWei"]) == entry.payout.wei
        assert claim["modelId"].startswith("0x")
    waiting = {(str(e.number), s.id) for s in shared.world.fields[12].slots for e in s.claimable}
    assert {(claim["roundId"], claim["apiModelId"]) for claim in claims} == waiting
    number = slot.claimable[0].number
    one = client.data(
        'query($m: ID!, $r: String!) { v3StakeClaim(roundId: $r, modelId: $m, staker: "0x1")'
        " { apiModelId proof } }",
        m=slot.id,
        r=str(number),
    )["v3StakeClaim"]
    assert one["apiModelId"] == slot.id
    assert client.data('{ v3StakeRound(tournamentId: 11, roundId: "1400") { state } }') == {
        "v3StakeRound": None
    }


def test_an_authorization_spends_a_nonce(sandbox) -> None:
    client = Client(sandbox, "web3")
    slot = next(s for s in sandbox.world.fields[8].slots if s.locked)
    entry = next(e for e in slot.entries.values() if e.position)
    document = """query($s: ID!) { v3StakeAuth(submissionId: $s, staker: "0x1", maxAmount: "1.5")
      { nonce maxAmount roundId tournamentId } }"""
    first, second = (client.data(document, s=entry.submission_id)["v3StakeAuth"] for _ in "ab")
    assert first["maxAmount"] == str(NMR("1.5").wei)
    assert (first["roundId"], first["tournamentId"]) == (str(entry.number), "8")
    assert int(second["nonce"]) == int(first["nonce"]) + 1
    assert "not found" in client.error(document, s="nobody")[1]


# other worlds


def test_a_time_before_atomic_staking_has_everything_continuous() -> None:
    with Sandbox(now=BEFORE_ATOMIC, models=16, rounds=30, frozen=True) as sandbox:
        client = Client(sandbox)
        configs = [
            client.data(f"{{ v3StakeConfig(tournamentId: {t}) {{ address }} }}")["v3StakeConfig"]
            for t in (8, 11, 12)
        ]
        assert configs == [None, None, None]
        slot = next(s for s in sandbox.world.slots if s.tournament == 12 and s.stake)
        client.data(CHANGE, m=slot.id, t=12, type="increase", value="1")
        assert slot.pending is not None


def test_an_account_without_models_answers() -> None:
    with Sandbox(models=0, rounds=5, now=BEFORE_ATOMIC, frozen=True) as sandbox:
        account = Client(sandbox).data(
            "{ account { models { id } scheduledStakeTxns { model } totalStakeValue { value } } }"
        )["account"]
    assert account["models"] == []
    assert [row["value"] for row in account["totalStakeValue"]] == ["0E-18"]
    assert sandbox.world.held == ZERO
