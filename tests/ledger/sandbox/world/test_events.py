"""What happens in the world on command, and how the API tells it, over real HTTP."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.errors import LedgerError
from ledger.sandbox import Sandbox, control
from ledger.sandbox.world.state import Slot
from tests.ledger.sandbox.asking import PERFORMANCES, signals
from tests.ledger.sandbox.conftest import MONDAY, Client

PAYOUTS = """query($t: Int!) { pendingModelPayouts(tournament: $t) {
  actual { roundNumber modelId modelName payoutNmr }
  pending { roundNumber modelId modelName payoutNmr } } }"""
MODELS = """{ account { models(showArchived: true) { id name archived
  v2Stake { latestValueSettled } } } }"""
ROUND = """query($t: Int, $n: Int) { rounds(tournament: $t, number: $n) {
  number resolvedGeneral resolvedStaking resolveTime } }"""


def payouts(client: Client, tournament: int = 11) -> dict[str, dict[tuple[str, int], NMR]]:
    """Amounts by kind, model and round."""
    answer = client.data(PAYOUTS, t=tournament)["pendingModelPayouts"]
    return {
        kind: {
            (row["modelId"], row["roundNumber"]): NMR(row["payoutNmr"].replace(",", ""))
            for row in rows
        }
        for kind, rows in answer.items()
    }


def models(client: Client) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in client.data(MODELS)["account"]["models"]}


def performance(client: Client, slot: Slot, number: int) -> dict[str, Any]:
    (row,) = client.data(PERFORMANCES, m=slot.id, t=int(slot.tournament), low=number, high=number)[
        "rows"
    ]
    return row


# rounds


def running(sandbox: Sandbox, slot: Slot) -> int:
    """The oldest running round that a model has something at risk in."""
    return min(n for n, e in slot.entries.items() if e.payout is None and e.at_risk)


@pytest.mark.parametrize("late", [0, 2.5])
def test_a_round_is_flagged_resolved_while_its_payouts_are_pending(sandbox, client, late) -> None:
    slot = signals(sandbox)
    number = running(sandbox, slot)
    resolves = sandbox.world.plan(slot.tournament, number).resolves
    control.event(sandbox.url, "flag_resolved", tournament=11, number=number, late_days=late)

    def told() -> tuple[bool, bool, bool]:
        (row,) = client.data(ROUND, t=11, n=number)["rounds"]
        shown = performance(client, slot, number)
        return row["resolvedGeneral"], row["resolvedStaking"], shown["roundResolved"]

    assert told() == (True, True, True)
    assert (slot.id, number) in payouts(client)["pending"]
    sandbox.advance(to=resolves)
    sandbox.advance(days=late / 2)
    if late:
        assert (slot.id, number) in payouts(client)["pending"]
        scores = performance(client, slot, number)["submissionScores"]
        assert {score["payoutSettled"] for score in scores} == {None}
        assert any(score["payoutPending"] for score in scores)
    sandbox.advance(days=late)
    assert told() == (True, True, True)
    assert payouts(client)["actual"][slot.id, number] == slot.entries[number].payout


def test_a_round_that_does_not_run_cannot_be_flagged(sandbox) -> None:
    for number in (1, 1370, 9999):
        with pytest.raises(ValueError, match="does not run"):
            sandbox.flag_resolved(Tournament.SIGNALS, number)


# payouts


def settled(slot: Slot) -> int:
    return max(n for n, e in slot.entries.items() if e.payout is not None and e.at_risk)


@pytest.mark.parametrize("delta", ["0.25", "-0.01"])
def test_a_settled_payout_is_corrected_and_the_stake_with_it(sandbox, client, delta) -> None:
    slot = signals(sandbox)
    number, stake = settled(slot), slot.stake
    before, total = payouts(client)["actual"], sandbox.world.total()
    control.event(sandbox.url, "correct_payout", model=slot.id, number=number, delta=delta)
    after = payouts(client)["actual"]
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {(slot.id, number)}
    assert after[slot.id, number] == before[slot.id, number] + NMR(delta)
    assert slot.stake == stake + NMR(delta)
    assert sandbox.world.total() == total + NMR(delta)
    parts = [
        NMR(score["payoutSettled"])
        for score in performance(client, slot, number)["submissionScores"]
        if score["payoutSettled"] is not None
    ]
    assert NMR.total(parts) == after[slot.id, number]


def test_a_correction_goes_to_the_wallet_where_profit_was_taken(sandbox, client) -> None:
    slot = signals(sandbox)
    number = settled(slot)
    slot.entries[number].take_profit = True
    wallet, stake, rows = sandbox.world.wallet, slot.stake, len(sandbox.world.account_wallet.rows)
    sandbox.correct_payout(slot.name, number, NMR("-0.5"))
    assert sandbox.world.wallet == wallet - NMR("0.5")
    assert slot.stake == stake
    assert len(sandbox.world.account_wallet.rows) == rows + 1
    newest = sandbox.world.account_wallet.rows[-1]
    assert (newest.amount, newest.sender) == (NMR("0.5"), sandbox.world.account_wallet.address)


def test_a_correction_of_an_atomic_round_changes_its_claim_or_idle(sandbox) -> None:
    competition = sandbox.world.tournaments[Tournament.CRYPTO]
    waiting = next(s for s in competition.slots if s.claimable)
    entry, idle, total = waiting.claimable[0], competition.idle, sandbox.world.total()
    worth = entry.worth
    sandbox.correct_payout(waiting.id, entry.number, "0.001")
    assert (entry.worth, competition.idle) == (worth + NMR("0.001"), idle)
    slot, ended = next(
        (s, e) for s in competition.slots for e in s.entries.values() if e.ending is not None
    )
    sandbox.correct_payout(slot.id, ended.number, "0.002")
    assert competition.idle == idle + NMR("0.002")
    assert sandbox.world.total() == total + NMR("0.003")


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(-(10**21), 10**21)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_corrections_neither_make_nor_lose_a_wei(corrections) -> None:
    sandbox = small()
    world = sandbox.world
    paid = [(s, n) for s in world.slots for n, e in s.entries.items() if e.payout and e.at_risk]
    for place, wei in corrections:
        slot, number = paid[place % len(paid)]
        payout, total, delta = slot.entries[number].payout, world.total(), NMR.from_wei(wei)
        try:
            sandbox.correct_payout(slot.id, number, delta)
        except ValueError:
            delta = ZERO
        assert slot.entries[number].payout == payout + delta
        assert world.total() == total + delta == world.deposited + world.settled
    assert all(slot.stake >= ZERO for slot in world.slots)
    assert (
        min(world.wallet, *(competition.idle for competition in world.tournaments.values())) >= ZERO
    )


@cache
def small() -> Sandbox:
    """A sandbox that serves nothing, for the test above alone."""
    return Sandbox(now=MONDAY, models=8, rounds=100, frozen=True)


def test_what_is_not_there_cannot_be_taken_back_or_corrected(sandbox) -> None:
    slot = signals(sandbox)
    total = sandbox.world.total()
    with pytest.raises(ValueError, match="taken back"):
        sandbox.correct_payout(slot.id, settled(slot), "-1000000")
    with pytest.raises(ValueError, match="no settled payout"):
        sandbox.correct_payout(slot.id, running(sandbox, slot), "1")
    with pytest.raises(LedgerError, match="no model nobody"):
        control.event(sandbox.url, "correct_payout", model="nobody", number=1, delta="1")
    assert sandbox.world.total() == total


# scores


def test_scores_come_as_the_bare_token_nan_until_they_are_repaired(sandbox, client) -> None:
    slot = signals(sandbox)
    number = settled(slot)
    sound = performance(client, slot, number)
    control.event(sandbox.url, "spoil_scores", model=slot.id, number=number)
    text = client.post(PERFORMANCES, m=slot.id, t=11, low=number, high=number).text
    assert '"value":NaN' in text
    row = json.loads(text)["data"]["rows"][0]
    assert all(math.isnan(score["value"]) for score in row["submissionScores"])
    assert all(math.isnan(score["value"]) for score in row["intraRoundSubmissionScores"])
    assert {score["payoutSettled"] for score in row["submissionScores"]} == {None}
    rows = client.data(PERFORMANCES, m=slot.id, t=11, low=number + 1)["rows"]
    others = [score["value"] for row in rows for score in row["submissionScores"] or ()]
    assert others
    assert not any(map(math.isnan, others))
    control.event(sandbox.url, "repair_scores", model=slot.id, number=number)
    assert performance(client, slot, number) == sound
    with pytest.raises(ValueError, match="not spoilt"):
        sandbox.repair_scores(slot.id, number)


def test_scores_come_as_null_until_they_are_repaired(sandbox, client) -> None:
    slot = signals(sandbox)
    number = settled(slot)
    sandbox.spoil_scores(slot.name, number, nan=False)
    scores = performance(client, slot, number)["submissionScores"]
    assert scores
    assert {score["value"] for score in scores} == {None}
    document = """query($m: ID!) {
      submissionScores(modelId: $m, lastNRounds: 40) { roundNumber value } }"""
    rows = client.data(document, m=slot.id)["submissionScores"]
    assert {row["roundNumber"] for row in rows if row["value"] is None} == {number}


def test_a_round_with_spoilt_scores_still_pays(sandbox, client) -> None:
    slot = signals(sandbox)
    number = running(sandbox, slot)
    sandbox.spoil_scores(slot.id, number)
    sandbox.advance(to=sandbox.world.plan(slot.tournament, number).resolves)
    assert payouts(client)["actual"][slot.id, number] == slot.entries[number].payout != ZERO


# models


def test_a_model_is_renamed_everywhere(sandbox, client) -> None:
    slot = signals(sandbox)
    control.event(sandbox.url, "rename", model=slot.name, name="phoenix")
    assert models(client)[slot.id]["name"] == "phoenix"
    named = client.data(PAYOUTS, t=11)["pendingModelPayouts"]["actual"]
    assert {row["modelName"] for row in named if row["modelId"] == slot.id} == {"phoenix"}
    profile = '{ v3UserProfile(modelName: "phoenix", tournament: 11) { id } }'
    assert client.data(profile)["v3UserProfile"] == {"id": slot.id}


def test_a_name_is_given_to_another_model(sandbox, client) -> None:
    giver, taker = (s for s in sandbox.world.tournaments[11].slots[:2])
    name = giver.name
    control.event(sandbox.url, "pass_name", model=giver.id, to=taker.id)
    now = models(client)
    assert now[taker.id]["name"] == name
    assert now[giver.id]["name"] == f"{name}_before"
    sandbox.pass_name(taker.id, giver.id, left_with="other")
    assert (giver.name, taker.name) == (name, "other")
    with pytest.raises(ValueError, match="already"):
        sandbox.pass_name(giver.id, giver.id)


def test_two_models_can_have_one_name(sandbox, client) -> None:
    one, two = sandbox.world.tournaments[11].slots[0], sandbox.world.tournaments[8].slots[0]
    sandbox.rename(one.id, two.name)
    named = [row for row in models(client).values() if row["name"] == two.name]
    assert {row["id"] for row in named} == {one.id, two.id}


def test_a_model_is_archived_with_its_stake_and_keeps_its_past(sandbox, client) -> None:
    slot = signals(sandbox)
    stake, number = slot.stake, settled(slot)
    submissions = """query($m: ID) { model(modelId: $m) {
      latestSubmissions(latestNRounds: 20) { roundNumber status timestamp } } }"""
    before = client.data(submissions, m=slot.id)
    shown = performance(client, slot, number)
    control.event(sandbox.url, "archive", model=slot.id)
    row = models(client)[slot.id]
    assert row["archived"] is True
    assert NMR(row["v2Stake"]["latestValueSettled"].replace(",", "")) == stake
    listed = client.data("{ account { models { id } } }")["account"]["models"]
    assert slot.id not in {model["id"] for model in listed}
    assert client.data(submissions, m=slot.id) == before
    assert performance(client, slot, number) == shown
    newest = max(slot.entries)
    sandbox.advance(rounds=2)
    assert max(slot.entries) == newest
    sandbox.restore(slot.id)
    sandbox.advance(rounds=2)
    assert max(slot.entries) > newest


def test_a_deleted_model_is_nowhere_and_comes_back_with_what_happened_since(
    sandbox, client
) -> None:
    slot = signals(sandbox)
    stake, total = slot.stake, sandbox.world.total()
    number = running(sandbox, slot)
    control.event(sandbox.url, "delete", model=slot.id)
    assert slot.id not in models(client)
    assert all(key[0] != slot.id for rows in payouts(client).values() for key in rows)
    assert client.data(PERFORMANCES, m=slot.id, t=11) == {"rows": []}
    assert client.error(f'{{ model(modelId: "{slot.id}") {{ id }} }}')[1] == "Model not found"
    assert sandbox.world.total() == total
    sandbox.advance(to=sandbox.world.plan(slot.tournament, number).resolves)
    with pytest.raises(LedgerError, match="no model"):
        control.event(sandbox.url, "archive", model=slot.id)
    control.event(sandbox.url, "restore", model_id=slot.id)
    assert payouts(client)["actual"][slot.id, number] == slot.entries[number].payout
    assert slot.stake != stake


def test_a_deleted_position_holder_leaves_no_transaction_and_no_claim(sandbox) -> None:
    client = Client(sandbox, "web3")
    slot = next(s for s in sandbox.world.tournaments[12].slots if s.claimable)
    document = """{ stakeTransactions { modelId }
      v3StakeClaims(staker: "0x1", tournamentId: 12) { apiModelId } }"""

    def told() -> set[str]:
        answer = client.data(document)
        return {row["modelId"] for row in answer["stakeTransactions"]} | {
            row["apiModelId"] for row in answer["v3StakeClaims"]
        }

    assert slot.id in told()
    sandbox.delete(slot.id)
    assert slot.id not in told()


@pytest.mark.parametrize(
    ("event", "details", "words"),
    [
        ("explode", {}, "no event 'explode'"),
        ("moment", {}, "no event 'moment'"),
        ("rename", {"model": "nobody", "name": "x"}, "no model nobody"),
        ("rename", {"colour": "x"}, "colour"),
        ("restore", {"model_id": "nobody"}, "no model nobody"),
        ("flag_resolved", {"tournament": 9, "number": 1}, "9"),
    ],
)
def test_events_that_cannot_happen_are_refused(sandbox, event, details, words) -> None:
    with pytest.raises(LedgerError, match=words):
        control.event(sandbox.url, event, **details)
