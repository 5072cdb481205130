"""Claims, contract rounds and which system a tournament is on, as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.strategy import SystemReason
from ledger.numerai import wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import ModelIndex, Problems
from ledger.rules.stakes.systems import find_system
from tests.ledger.numerai.test_systems import ATOMIC, CONTINUOUS

CLASSIC = Tournament.CLASSIC
KEY = "0x" + "AB" * 32
ALPHA = Model("m-alpha", "ALPHA", CLASSIC)
STAKERS = {CLASSIC: "0xstaker"}
KNOWN = ModelIndex({ALPHA.id: ALPHA}, {KEY.lower(): ALPHA.id})
ROW = {
    "roundId": "1343",
    "apiModelId": "m-alpha",
    "modelId": KEY,
    "staker": "0xme",
    "payoutAmountWei": "500000000000000001",
    "burnAmountWei": "0",
    "claimableAmountWei": "1500000000000000001",
}


def claims(*rows: Any) -> tuple[Any, list[str]]:
    problems = Problems()
    reply = Reply({"classic": list(rows)})
    found = wire.read_claims(reply, {"classic": CLASSIC}, KNOWN, problems, STAKERS)
    return found.get(CLASSIC), [problem.field for problem in problems]


def test_a_claim_is_exact_to_the_wei() -> None:
    (claim,), problems = claims(ROW)
    assert (claim.round, claim.model_id, claim.key) == (1343, ALPHA.id, KEY.lower())
    assert claim.payout == NMR("0.500000000000000001")
    assert claim.claimable == NMR("1.500000000000000001")
    assert (claim.burn, problems) == (NMR(0), [])


@pytest.mark.parametrize("model_id", [None, ""])
def test_a_claim_without_uuid_is_known_by_its_key(model_id: str | None) -> None:
    (claim,), _ = claims(ROW | {"apiModelId": model_id})
    assert claim.model_id == ALPHA.id


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"modelId": "0x12"}, "modelId"),
        ({"modelId": None}, "modelId"),
        ({"roundId": "soon"}, "roundId"),
        ({"roundId": None}, "roundId"),
    ],
)
def test_a_claim_of_nothing_known_is_reported(broken: dict[str, Any], field: str) -> None:
    assert claims(ROW | broken) == (None, [field])


@pytest.mark.parametrize("wei", ["-1", "1.5", "1e18", "9" * 60, "much"])
def test_claims_with_an_amount_that_is_none_are_not_believed(wei: str) -> None:
    assert claims(ROW | {"claimableAmountWei": wei}) == (None, ["claimableAmountWei"])


def test_claims_of_strangers_are_left_out() -> None:
    assert claims(ROW | {"apiModelId": "m-other"}) == ((), [])


def test_claims_with_a_row_that_is_empty_are_not_all_claims() -> None:
    assert claims(ROW, None) == (None, [])


def test_claims_that_were_refused_are_not_known_to_be_none() -> None:
    aliases = {"classic": CLASSIC}
    assert wire.read_claims(Reply({"classic": None}), aliases, KNOWN, Problems(), STAKERS) == {}
    assert wire.read_claims(Reply({}), aliases, KNOWN, Problems(), STAKERS) == {}
    assert wire.read_claims(Reply({"classic": []}), aliases, KNOWN, Problems(), STAKERS) == {
        CLASSIC: ()
    }


def test_contract_rounds() -> None:
    problems = Problems()
    data = {
        "round0": {"state": "Closed", "resolved": False, "resolveTime": "1795708800"},
        "round1": {"state": "Resolved", "resolved": True, "resolveTime": "99999999999999"},
        "round2": None,
        "round3": {"resolved": True},
    }
    aliases = {f"round{i}": (CLASSIC, 1343 + i) for i in range(4)}
    first, second = wire.read_stake_rounds(Reply(data), aliases, problems)
    assert (first.round, first.state, first.resolved) == (1343, "Closed", False)
    assert first.resolves == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert (second.round, second.resolved, second.resolves) == (1344, True, None)
    assert {(problem.where, problem.field) for problem in problems} == {
        ("Classic 1344", "resolveTime"),
        ("Classic 1346", "state"),
    }


@pytest.mark.parametrize(
    ("facts", "system", "reason"),
    [
        ({}, System.CONTINUOUS, SystemReason.NO_SIGN),
        ({"newest_rounds": [ATOMIC]}, System.CONTINUOUS, SystemReason.NO_SIGN),
        (
            {"newest_rounds": [ATOMIC], "staking_contract": True},
            System.ATOMIC,
            SystemReason.FULL_PAYOUT,
        ),
        ({"strategy_stakes": True}, System.ATOMIC, SystemReason.POSITIONS),
        ({"refused": True}, System.ATOMIC, SystemReason.REFUSED),
        ({"refused": True, "strategy_stakes": True}, System.ATOMIC, SystemReason.REFUSED),
        (
            {"forced": System.CONTINUOUS, "refused": True, "strategy_stakes": True},
            System.CONTINUOUS,
            SystemReason.FORCED,
        ),
        ({"forced": System.ATOMIC}, System.ATOMIC, SystemReason.FORCED),
    ],
)
def test_a_system_comes_with_its_reason(
    facts: dict[str, Any], system: System, reason: SystemReason
) -> None:
    nothing = {
        "forced": None,
        "refused": False,
        "strategy_stakes": False,
        "staking_contract": False,
        "newest_rounds": [CONTINUOUS],
    }
    assert find_system(**(nothing | facts)) == (system, reason)
