"""A small frozen sandbox, and a plain HTTP client for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from ledger.domain.model import Tournament
from ledger.sandbox import Sandbox
from ledger.sandbox.world.population import build
from ledger.sandbox.world.state import Slot
from ledger.sandbox.world.world import World
from tests.worlds import sandbox_of
from tests.worlds import world as lived

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""Between rounds: Classic is atomic (since August), Crypto too (since June), Signals is not."""

BEFORE_ATOMIC = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
"""A Wednesday with round 1271 open; every tournament is continuous."""


class Client:
    """Sends GraphQL to a sandbox with one of its keys, or without."""

    def __init__(self, sandbox: Sandbox, key: str | None = "stake") -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        if key is not None:
            public_id, secret = sandbox.keys[key]
            self.session.headers["Authorization"] = f"Token {public_id}${secret}"

    def post(self, query: str, **variables: Any) -> requests.Response:
        body = {"query": query, "variables": variables}
        return self.session.post(self.sandbox.url, json=body, timeout=20)

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def error(self, query: str, **variables: Any) -> tuple[int, str]:
        answer = self.post(query, **variables)
        return answer.status_code, answer.json()["errors"][0]["message"]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox nobody changes."""
    with Sandbox(now=MONDAY, rounds=120, frozen=True) as sandbox:
        yield sandbox


@pytest.fixture
def reader(shared: Sandbox) -> Client:
    return Client(shared)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small sandbox of one's own: 10 Classic, 4 Signals, 2 Crypto."""
    with sandbox_of(now=MONDAY, models=16, rounds=40) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox)


@pytest.fixture
def world() -> World:
    """A small world before any tournament was atomic, in the middle of an open round."""
    return lived(seed=3, models=16, rounds=40, now=BEFORE_ATOMIC)


@pytest.fixture(scope="session")
def default_world() -> World:
    """The world of the demo; look only."""
    return build(now=MONDAY)


@pytest.fixture
def staked(world: World) -> Slot:
    """A Classic model with a stake and nothing pending."""
    return next(
        slot
        for slot in world.tournaments[Tournament.CLASSIC].slots
        if slot.stake and slot.pending is None and not slot.take_profit
    )
