"""The account, its stakes, changes and positions as the API tells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ledger.clock import from_iso
from ledger.domain.nmr import NMR, ZERO
from ledger.sandbox import Sandbox
from tests.ledger.sandbox.asking import CHANGE, PERFORMANCES, signals
from tests.ledger.sandbox.conftest import BEFORE_ATOMIC, MONDAY, Client

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
    document = """query($m: ID) { model(modelId: $m) {
      v2Stake { latestValue latestValueSettled stakeValue } } }"""
    stake = reader.data(document, m=slot.id)["model"]["v2Stake"]
    rows = reader.data(PERFORMANCES, m=slot.id, t=11, low=1381)["rows"]
    parts = [
        NMR(score["payoutPending"])
        for row in rows
        for score in row["submissionScores"] or ()
        if score["payoutPending"] is not None
    ]
    assert NMR(stake["latestValueSettled"]) == slot.stake
    assert NMR(stake["stakeValue"]) == slot.stake + NMR.total(parts)
    assert NMR(stake["stakeValue"]) != slot.stake
    assert NMR(stake["latestValue"]) == slot.stake


def test_the_latest_value_is_what_a_pending_decrease_leaves(sandbox, client) -> None:
    document = """query($m: ID) { model(modelId: $m) {
      v2Stake { latestValue latestValueSettled } } }"""
    release = """mutation($m: ID!, $amount: String!, $drain: Boolean) {
      releaseStake(modelId: $m, amount: $amount, drain: $drain) { id } }"""
    cancel = "mutation($m: ID!) { cancelPendingStakeRelease(modelId: $m) { id } }"
    slot = signals(sandbox)
    for drain, left in ((False, slot.stake - NMR("0.1")), (True, ZERO)):
        client.data(release, m=slot.id, amount="0.1", drain=drain)
        stake = client.data(document, m=slot.id)["model"]["v2Stake"]
        assert NMR(stake["latestValueSettled"]) == slot.stake
        assert NMR(stake["latestValue"]) == left
        client.data(cancel, m=slot.id)


def test_kindly_the_latest_value_is_the_projected_one() -> None:
    with Sandbox(now=MONDAY, models=16, rounds=40, frozen=True, manners="kind") as sandbox:
        slot = signals(sandbox)
        stake = Client(sandbox).data(
            "query($m: ID) { model(modelId: $m) { v2Stake { latestValue stakeValue } } }",
            m=slot.id,
        )["model"]["v2Stake"]
        assert NMR(stake["stakeValue"]) == slot.stake != NMR(stake["latestValue"])


def test_returns_are_percent_and_null_without_a_stake(reader) -> None:
    document = """{ account { models { id returns { allTime allTimeNmr } } } }"""
    models = reader.data(document)["account"]["models"]
    for model in models:
        slot = reader.sandbox.world.slot(model["id"])
        values = [value for _, value in slot.values if value]
        assert (model["returns"] is None) is (not values)
        if values:
            earned = NMR(model["returns"]["allTimeNmr"].replace(",", ""))
            share = float(earned.over(values[0]))
            assert model["returns"]["allTime"] == pytest.approx(100 * share, abs=1e-3)
    assert {model["returns"] is None for model in models} == {True, False}
    assert max(abs(m["returns"]["allTime"]) for m in models if m["returns"]) > 2


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
      id filename roundNumber status timestamp roundCloseStaking } } } }"""
    found = set()
    for model in reader.data(document)["account"]["models"]:
        slot = reader.sandbox.world.slot(model["name"])
        for row in model["latestSubmissions"]:
            entry = slot.entries.get(row["roundNumber"])
            facts = (row["id"], row["filename"], row["timestamp"])
            if entry is None and row["status"] != "none":
                continue  # Crypto's round is still open
            found.add(row["status"])
            if row["status"] == "none":
                assert entry is None or entry.submitted is None
                assert facts == (None, None, None)
                continue
            assert entry is not None
            assert row["id"] == entry.submission_id
            assert from_iso(row["timestamp"]) == entry.submitted
            assert (row["status"] == "late") == entry.late
    assert found == {"late", "success", "none"}


def test_latest_submissions_have_one_row_a_round_and_one_or_two_rounds_more(reader) -> None:
    document = "{ account { models { latestSubmissions(latestNRounds: 60) { roundNumber } } } }"
    lengths = set()
    for model in reader.data(document)["account"]["models"]:
        numbers = [row["roundNumber"] for row in model["latestSubmissions"]]
        assert numbers == list(range(1404, 1404 - len(numbers), -1))
        lengths.add(len(numbers))
    assert lengths == {61, 62}
    with Sandbox(now=MONDAY, models=16, rounds=40, frozen=True, manners="kind") as sandbox:
        models = Client(sandbox).data(document.replace("{ roundNumber }", "{ roundNumber status }"))
        rows = [row for m in models["account"]["models"] for row in m["latestSubmissions"]]
        assert rows
        assert {row["status"] for row in rows} <= {"success", "late"}


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
        "query($m: ID) { model(modelId: $m) { v2Stake { takeProfit } } }",
        m=slot.id,
    )["model"]
    assert model == {"v2Stake": {"takeProfit": True}}
    assert [row["field"] for row in sandbox.mutations_applied] == [
        "releaseStake",
        "cancelPendingStakeRelease",
        "v3ChangePayoutSelection",
    ]


# other worlds


def test_a_time_before_atomic_staking_has_everything_continuous() -> None:
    with Sandbox(now=BEFORE_ATOMIC, models=16, rounds=30, frozen=True, manners="kind") as sandbox:
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
