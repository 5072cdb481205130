"""Rate limits, asked for over real HTTP and counted by a clock of the test's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from ledger.sandbox import Sandbox, SandboxProcess
from ledger.sandbox.server.rates import RATES, SCALE, RateLimits
from tests.ledger.sandbox.asking import CHANGE, signals
from tests.ledger.sandbox.conftest import MONDAY, Client

REFUSED = {"errors": [{"message": "Rate limit exceeded", "code": "rate_limited"}]}
ACCOUNT = "{ account { username } }"
SLOW = 0.01
"""A hundredth of the published rates: what is allowed comes back after 100 times as long."""


@pytest.fixture
def limited() -> Iterator[Sandbox]:
    with Sandbox(now=MONDAY, models=8, rounds=3, frozen=True, rate_scale=SLOW) as sandbox:
        yield sandbox


def test_accounts_come_a_hundred_times_then_are_refused_with_200_and_429_in_turn(limited) -> None:
    client = Client(limited)
    assert {client.post(ACCOUNT).status_code for _ in range(100)} == {200}
    answers = [client.post(ACCOUNT) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 200, 429]
    assert all(answer.json() == REFUSED for answer in answers)
    assert limited.requests[-1] == {"kind": "query", "fields": ("account",), "applied": False}
    assert client.data("{ rounds(tournament: 8, limit: 1) { number } }")["rounds"]
    assert client.data("{ apiTokenInfo { name } }")
    assert Client(limited, "read_only").data(ACCOUNT), "each key has its own limit"


def test_a_change_too_soon_changes_nothing(limited) -> None:
    client, arguments = Client(limited), {"t": 11, "type": "increase", "value": "1"}
    slot = signals(limited)
    assert client.data(CHANGE, m=slot.id, **arguments)
    for status in (200, 429):
        answer = client.post(CHANGE, m=slot.id, **arguments)
        assert (answer.status_code, answer.json()) == (status, REFUSED)
    assert len(limited.mutations_applied) == 1


def test_every_alias_counts() -> None:
    limits = RateLimits(1, clock=lambda: 0.0)
    fields = ["v2RoundModelPerformances"] * 3
    assert [limits.refuses("key", fields) for _ in range(166)] == [None] * 166
    assert limits.refuses("key", fields) == 200
    assert limits.refuses("key", fields[:2]) is None, "what was refused does not count"
    assert limits.refuses("key", fields[:1]) == 429


@pytest.mark.parametrize(("field", "most", "seconds"), [(f, *rate) for f, rate in RATES.items()])
@pytest.mark.parametrize("scale", [1, 4])
def test_the_published_rates_hold_and_scale(field, most, seconds, scale) -> None:
    now = 100.0
    limits = RateLimits(scale, clock=lambda: now)
    assert [limits.refuses("key", [field]) for _ in range(most)] == [None] * most
    now += seconds / scale - 0.001
    assert limits.refuses("key", [field]) == 200
    now += 0.002
    assert [limits.refuses("key", [field]) for _ in range(most)] == [None] * most
    assert limits.refuses("key", [field]) == 429


def test_rates_are_those_published() -> None:
    per_minute = {field: round(most * 60 / seconds) for field, (most, seconds) in RATES.items()}
    assert per_minute == {
        "account": 100,
        "apiTokenInfo": 100,
        "v2RoundModelPerformances": 500,
        "v2ChangeStake": 120,
        "releaseStake": 120,
        "cancelPendingStakeRelease": 60,
        "v3ChangePayoutSelection": 600,
    }


def test_nothing_is_limited_at_scale_zero() -> None:
    limits = RateLimits(0)
    assert {limits.refuses("key", ["releaseStake"]) for _ in range(50)} == {None}


@pytest.mark.parametrize("scale", [-1, float("nan")])
def test_an_impossible_scale_is_refused(scale) -> None:
    with pytest.raises(ValueError, match="rate"):
        Sandbox(models=1, rounds=1, now=MONDAY, rate_scale=scale)


def many(sandbox: Sandbox) -> set[int]:
    client = Client(sandbox)
    return {client.post(ACCOUNT).status_code for _ in range(103)}


@pytest.mark.parametrize(
    ("said", "statuses"), [("0", {200}), ("0.01", {200, 429}), ("", {200, 429})]
)
def test_the_environment_says_the_default(monkeypatch, said, statuses) -> None:
    monkeypatch.setenv(SCALE, said)
    with Sandbox(models=1, rounds=1, now=MONDAY, frozen=True) as sandbox:
        assert many(sandbox) == statuses
    with Sandbox(models=1, rounds=1, now=MONDAY, frozen=True, rate_scale=0) as sandbox:
        assert many(sandbox) == {200}


def test_a_process_takes_its_scale_and_its_manners() -> None:
    process = SandboxProcess(models=8, rounds=3, now=MONDAY, rate_scale=SLOW, manners="kind")
    process.start()
    try:
        session = requests.Session()
        session.trust_env = False
        key = f"Token {process.public_id}${process.secret_key}"
        session.headers["Authorization"] = key
        statuses = [
            session.post(process.url, json={"query": ACCOUNT}, timeout=20).status_code
            for _ in range(102)
        ]
        assert statuses == [200] * 101 + [429]
        refused = session.post(process.url, json={"query": "{ nothing }"}, timeout=20)
        assert refused.status_code == 400
    finally:
        process.stop()


def test_the_module_refuses_an_impossible_scale() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ledger.sandbox", "--models=1", "--rounds=1", "--rate-scale=-2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "rate cannot be scaled by -2" in ended.stderr
