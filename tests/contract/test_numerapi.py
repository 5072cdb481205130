"""Every call of numerapi that a stake manager could use, through its own classes as they are.

The one thing changed is the address they talk to. Everything is asked of the harder forms: none of
its documents names a deprecated field, and what fails here fails on the live server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numerapi
import pytest
from numerapi import base_api

from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from ledger.sandbox.world.state import Slot
from tests.contract.conftest import CONTINUOUS, OPEN

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

Connect = Callable[..., Any]
CLASSES = {8: numerapi.NumerAPI, 11: numerapi.SignalsAPI, 12: numerapi.CryptoAPI}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Makes a numerapi object for a sandbox; root logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def make(sandbox: Sandbox, tournament: int = 11, key: str = "stake") -> Any:
        monkeypatch.setattr(base_api, "API_TOURNAMENT_URL", sandbox.url)
        public_id, secret = sandbox.keys[key]
        return CLASSES[tournament](public_id, secret, verbosity="critical")

    yield make
    root.handlers[:] = handlers
    root.setLevel(level)


def slot_of(sandbox: Sandbox, tournament: int = 11) -> Slot:
    """A staked model without a pending change."""
    return next(
        slot
        for slot in sandbox.world.slots
        if slot.tournament == tournament and (slot.stake or slot.locked) and not slot.pending
    )


def as_nmr(value: Decimal) -> NMR:
    return NMR(value)


# reads


def test_get_account(shared, connect) -> None:
    account = connect(shared).get_account()
    assert account["username"] == "demo_quant"
    assert as_nmr(account["availableNmr"]) == shared.world.wallet
    assert isinstance(account["insertedAt"], datetime)
    assert {m["id"] for m in account["models"]} == {
        slot.id for slot in shared.world.slots if not slot.archived
    }
    assert "stake" in {scope for token in account["apiTokens"] for scope in token["scopes"]}


@pytest.mark.parametrize(("tournament", "count"), [(8, 10), (11, 4), (12, 2)])
def test_get_models(shared, connect, tournament, count) -> None:
    models = connect(shared, tournament).get_models()
    assert len(models) == count
    assert all(shared.world.slot(name).id == model_id for name, model_id in models.items())


@pytest.mark.parametrize("tournament", [8, 11, 12])
def test_models_of_account(shared, connect, tournament) -> None:
    api = connect(shared, tournament)
    assert api.models_of_account("demo_quant") == api.get_models()


def test_public_user_profile_and_stake_get(shared, connect) -> None:
    for tournament in (8, 11, 12):
        slot, api = slot_of(shared, tournament), connect(shared, tournament)
        profile = api.public_user_profile(slot.name)
        assert profile["id"] == slot.id
        assert profile["startDate"] == slot.created
        assert as_nmr(profile["nmrStaked"]) == slot.stake + slot.locked
        assert as_nmr(api.stake_get(slot.name)) == slot.stake + slot.locked


def test_modelid_to_modelname(shared, connect) -> None:
    slot = slot_of(shared)
    assert connect(shared).modelid_to_modelname(slot.id) == slot.name


def test_get_current_round(shared, connect) -> None:
    assert [connect(shared, t).get_current_round() for t in (8, 11, 12)] == [1406] * 3


def test_get_current_round_between_rounds(sandbox, connect) -> None:
    sandbox.advance(to=OPEN + timedelta(hours=6))
    assert connect(sandbox).get_current_round() is None
    assert connect(sandbox).check_round_open() is False


def test_list_rounds(shared, connect) -> None:
    rounds = connect(shared).list_rounds(limit=40)
    assert [row["number"] for row in rounds] == list(range(1406, 1366, -1))
    assert rounds[0]["payoutFactor"] is None  # staking is still open
    assert rounds[0]["openTime"] < OPEN < rounds[0]["closeStakingTime"]
    resolved = next(row for row in rounds if row["resolvedGeneral"])
    assert 0 < resolved["payoutFactor"] < 1
    assert resolved["resolveTime"] <= OPEN
    paying = {
        c["displayName"]: (c["defaultMultiplier"], c["clipThreshold"])
        for c in resolved["roundScoreConfigs"]
        if c["isPayout"]
    }
    assert paying == {"alpha": (0.3, 0.017), "mpc": (0.8, 0.017)}


def test_list_rounds_by_status_and_number(shared, connect) -> None:
    api = connect(shared, 12)
    assert [row["number"] for row in api.list_rounds(number=1300)] == [1300]
    assert all(row["resolvedGeneral"] for row in api.list_rounds(status="resolved"))
    # Crypto takes submissions for a day: the round before closed as this one opened.
    assert [row["number"] for row in api.list_rounds(status="open")] == [1406]


def test_check_round_open_and_check_new_round(connect) -> None:
    """Both ask the machine's clock, so this sandbox lives at the machine's time."""
    real = datetime.now(UTC)
    with Sandbox(models=4, rounds=10) as ticking:
        api = connect(ticking, 12)
        row = api.list_rounds(limit=1)[0]
        is_open = row["openTime"] < real < row["closeStakingTime"]
        assert api.check_round_open() is is_open
        assert api.check_new_round(hours=24 * 8) is (real < row["closeTime"])
        assert api.check_new_round(hours=0) is False


def test_wallet_transactions(shared, connect) -> None:
    rows = connect(shared).wallet_transactions()
    times = [row["time"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert {"deposit", "payout", "sweep", "stake"} <= {row["type"] for row in rows}
    assert all(row["amount"] > 0 and row["txHash"].startswith("0x") for row in rows)
    sweep = next(row for row in rows if row["type"] == "sweep")
    assert sweep["from"] == shared.world.account_wallet.address


def test_submission_scores(shared, connect) -> None:
    slot = slot_of(shared)
    api = connect(shared)
    finals = api.submission_scores(slot.id, display_name="mpc", day=20)
    assert finals
    assert all(row["resolved"] and row["displayName"] == "mpc" for row in finals)
    assert all(row["resolveDate"] <= OPEN for row in finals)
    recent = api.submission_scores(slot.id, last_n_rounds=24, distinct_on_round=True)
    assert all(1383 <= row["roundNumber"] <= 1406 for row in recent)
    assert all(0 <= row["percentile"] <= 1 and -1 < row["value"] < 1 for row in recent)


def test_pending_model_payouts(shared, connect) -> None:
    for tournament in (8, 11, 12):
        payouts = connect(shared, tournament).pending_model_payouts()
        slots = {s.id: s for s in shared.world.slots if s.tournament == tournament}
        assert len({row["roundNumber"] for row in payouts["actual"]}) <= 30
        for row in payouts["actual"]:
            entry = slots[row["modelId"]].entries[row["roundNumber"]]
            assert as_nmr(row["payoutNmr"]) == entry.payout
            assert row["currencySymbol"] == "$"
        assert payouts["pending"]
        for row in payouts["pending"]:
            assert slots[row["modelId"]].entries[row["roundNumber"]].payout is None
            assert row["roundResolveTime"].date() >= OPEN.date()


def test_round_model_performances_v2(shared, connect) -> None:
    for tournament in (8, 11, 12):
        slot, api = slot_of(shared, tournament), connect(shared, tournament)
        rows = api.round_model_performances_v2(slot.id)
        # It does not ask for distinct rows, and gets some twice.
        assert len(rows) > len({row["roundNumber"] for row in rows})
        numbers = list(dict.fromkeys(row["roundNumber"] for row in rows))
        assert numbers == list(range(1406, slot.first_round - 1, -1))
        checked = 0
        for row in rows:
            entry = slot.entries.get(row["roundNumber"])
            if entry is None or not row["roundResolved"] or not row["submissionScores"]:
                continue
            settled = [s["payoutSettled"] for s in row["submissionScores"]]
            total = NMR.total(as_nmr(part) for part in settled if part is not None)
            assert as_nmr(row["atRisk"]) == entry.at_risk
            assert total == entry.payout
            checked += 1
        assert checked > 10


def test_payouts_can_be_recomputed_from_what_numerapi_returns(shared, connect) -> None:
    slot = slot_of(shared)
    clip = Decimal("0.017")
    checked = 0
    for row in connect(shared).round_model_performances_v2(slot.id):
        if not row["roundResolved"] or not row["submissionScores"] or not row["atRisk"]:
            continue
        values = {s["displayName"]: Decimal(str(s["value"])) for s in row["submissionScores"]}
        weighted = sum(
            values[m["displayName"]] * Decimal(str(m["multiplier"]))
            for m in row["payoutMultipliers"]
        )
        rate = max(-clip, min(clip, Decimal(row["roundPayoutFactor"]) * weighted))
        assert as_nmr(row["atRisk"]).times(rate) == slot.entries[row["roundNumber"]].payout
        checked += 1
    assert checked > 10


def test_intra_round_scores(shared, connect) -> None:
    slot = slot_of(shared)
    rows = connect(shared).intra_round_scores(slot.id)
    longest = max((row["intraRoundSubmissionScores"] or [] for row in rows), key=len)
    assert {score["day"] for score in longest} == set(range(1, 21))
    assert all(score["date"] <= OPEN for score in longest)


# changes


def test_stake_increase_and_one_pending_change(sandbox, connect) -> None:
    slot, api, wallet = slot_of(sandbox), connect(sandbox), sandbox.world.wallet
    answer = api.stake_increase("2.25", slot.id)
    assert (answer["type"], answer["requestedAmount"]) == ("increase", Decimal("2.25"))
    assert answer["dueDate"] == datetime(2026, 11, 25, 13, tzinfo=UTC)
    assert sandbox.world.wallet == wallet - NMR("2.25")
    with pytest.raises(ValueError, match="already a pending stake increase"):
        api.stake_decrease("1", slot.id)
    assert len(sandbox.mutations_applied) == 1


def test_stake_decrease_returns_after_a_month(sandbox, connect) -> None:
    slot = slot_of(sandbox)
    answer = connect(sandbox).stake_decrease(Decimal("0.2"), slot.id)
    assert answer["type"] == "decrease"
    assert answer["dueDate"] == datetime(2026, 12, 28, 16, tzinfo=UTC)
    sandbox.advance(to=answer["dueDate"] - timedelta(seconds=1))
    wallet = sandbox.world.wallet
    sandbox.advance(to=answer["dueDate"])
    assert sandbox.world.wallet >= wallet + NMR("0.2")
    assert slot.pending is None


def test_stake_change(sandbox, connect) -> None:
    answer = connect(sandbox).stake_change("0.5", "increase", slot_of(sandbox).id)
    assert answer["status"] == "pending"


@pytest.fixture
def continuous() -> Iterator[Sandbox]:
    """Classic before it was atomic: numerapi has ``stake_set`` for Classic only."""
    with Sandbox(seed=11, models=8, rounds=30, now=CONTINUOUS, frozen=True) as running:
        yield running


def test_stake_set_up_down_and_nothing_to_do(continuous, connect) -> None:
    sandbox, api = continuous, connect(continuous, 8)
    slot = slot_of(sandbox, 8)
    up = api.stake_set(slot.stake.amount + 1, slot.id)
    assert (up["type"], up["requestedAmount"]) == ("increase", Decimal(1))
    sandbox.advance(to=up["dueDate"])
    down = api.stake_set(slot.stake.amount - Decimal("0.5"), slot.id)
    assert (down["type"], down["requestedAmount"]) == ("decrease", Decimal("0.5"))
    assert api.stake_set(slot.stake.amount, slot.id) is None
    assert len(sandbox.mutations_applied) == 2


def test_changes_are_refused_where_staking_is_atomic(sandbox, connect) -> None:
    for tournament in (8, 12):
        slot = slot_of(sandbox, tournament)
        with pytest.raises(ValueError, match="V2 staking is disabled"):
            connect(sandbox, tournament).stake_increase(1, slot.id)
    assert sandbox.mutations_applied == []


def test_a_key_without_the_scope_may_not_stake(sandbox, connect) -> None:
    with pytest.raises(ValueError, match="Insufficient permission for stake"):
        connect(sandbox, key="read_only").stake_increase(1, slot_of(sandbox).id)


# what is wrong in numerapi is refused as by the live server


def test_stake_drain_and_v3_documents_are_refused(sandbox, connect) -> None:
    api = connect(sandbox, 8, key="full")
    refused = 'In argument "tournamentId": Expected type "Int!", found null.'
    for call, words in (
        (lambda: api.stake_drain(slot_of(sandbox).id), 'Variable "amount"'),
        (api.v3_stake_config, refused),
        (lambda: api.v3_stake_round(1400), refused),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    assert sandbox.mutations_applied == []


def test_a_refusal_with_http_400_costs_numerapi_the_servers_words(connect) -> None:
    with Sandbox(models=4, rounds=10, now=OPEN, frozen=True, manners="kind") as kind:
        api = connect(kind, 8, key="full")
        with pytest.raises(KeyError, match="data"):
            api.v3_stake_config()


def test_v3_claim_and_authorization(sandbox, connect) -> None:
    api = connect(sandbox, 12, key="web3")
    slot = next(s for s in sandbox.world.tournaments[12].slots if s.claimable)
    entry = slot.claimable[0]
    claim = api.v3_stake_claim(entry.number, slot.id, "0xstaker")
    assert claim["apiModelId"] == slot.id
    assert int(claim["payoutAmountWei"]) - int(claim["burnAmountWei"]) == entry.payout.wei
    granted = api.v3_stake_auth(entry.submission_id, "0xstaker", amount="0.5")
    assert granted["amount"] == str(5 * 10**17)
    assert granted["modelId"] == claim["modelId"]
