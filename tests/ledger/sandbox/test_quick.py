"""The short way to an answer says what graphql-core says, to the letter."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import FrozenClock
from ledger.sandbox import Sandbox
from ledger.sandbox.manners import HARD, KIND, Manners
from ledger.sandbox.server import graphql_engine
from ledger.sandbox.server.api import Api
from ledger.sandbox.server.bending import in_reach
from ledger.sandbox.server.faults import Fault
from ledger.sandbox.server.graphql_engine import BadDocument, Operation
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.conftest import NOW, make_client
from tests.worlds import sandbox_of

Asked = tuple[Operation, dict[str, Any]]

UNUSUAL = [
    "{ __typename }",
    "query ($x: Boolean = true) { account { username @include(if: $x) } }",
    "{ account { ...who } } fragment who on Account { username }",
    "{ account { ... on Account { username id } } }",
    "{ account { username } account { id } }",
    '{ __type(name: "Account") { name fields { name } } }',
]
"""What only graphql-core answers."""

PLAIN = [
    "{ name: account { name: username wallet: walletAddress models { id name tournament } } }",
    "query ($n: Int = 4) { rounds(tournament: 8, limit: $n) { number openTime } }",
    '{ account { username } model(modelId: "nobody") { name } }',
    "{ rounds(tournament: 77) { number } }",
    "query ($m: String!) { v2RoundModelPerformances(modelId: $m, lastNRounds: 3)"
    " { roundNumber submissionScores { displayName value percentile } } }",
]


def spoken(api: Api, operation: Operation, variables: dict[str, Any], key: str | None) -> str:
    """The body as it is sent, or what it is refused with."""
    known = None if key is None else api.keys[key]
    try:
        body = graphql_engine.run(operation, variables, api._root, known, manners=api.manners)
    except BadDocument as bad:
        return json.dumps([bad.errors, bad.status])
    return json.dumps(body)


def both_ways(api: Api, asked: Asked, key: str | None) -> None:
    """The same is said without the short way."""
    operation, variables = asked
    short = spoken(api, operation, variables, key)
    assert short == spoken(api, replace(operation, plan=None), variables, key)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What is asked from now on."""
    kept: list[Asked] = []
    execute = Api.execute

    def keeping(self: Api, operation: Operation, variables: Any, *more: Any) -> Any:
        kept.append((operation, dict(variables or {})))
        return execute(self, operation, variables, *more)

    monkeypatch.setattr(Api, "execute", keeping)
    return kept


@pytest.mark.parametrize("manners", [HARD, KIND], ids=["hard", "kind"])
def test_all_that_a_sync_asks_is_answered_the_same_both_ways(
    manners: Manners, asked: list[Asked], tmp_path: Path
) -> None:
    with sandbox_of(seed=7, models=16, rounds=90, now=NOW, manners=manners) as sandbox:
        store = Store.open(tmp_path / "quick.sqlite3", clock=FrozenClock(NOW))
        client = make_client(sandbox)
        sync(client, store, FrozenClock(NOW), history_rounds=None)
        client.close()
        store.close()
    assert len(asked) > 20
    assert all(operation.plan is not None for operation, _ in asked)
    api, long = sandbox._api, []
    for operation, variables in asked:
        data = operation.plan and operation.plan.data(variables, api._root, api.keys["full"])
        long += [] if data else operation.fields
    # A continuous tournament has none; hard manners call that an error.
    assert set(long) <= {"v3StakeConfig"}
    for one in asked:
        both_ways(api, one, "full")
        both_ways(api, one, None)


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("key", ["full", "read_only", None])
@pytest.mark.parametrize("manners", [HARD, KIND], ids=["hard", "kind"])
def test_plain_queries_are_answered_the_same_both_ways(
    text: str, key: str | None, manners: Manners
) -> None:
    sandbox = sandbox_of(seed=7, models=16, rounds=90, now=NOW, manners=manners)
    slot = sandbox.world.slots[0]
    sandbox.world.spoilt[slot.id, max(slot.entries)] = True
    operation = graphql_engine.prepare(text, manners)
    assert operation.plan is not None
    for variables in ({}, {"m": slot.id}, {"m": "nobody"}, {"m": 7, "n": 2}, {"n": "two"}):
        both_ways(sandbox._api, (operation, variables), key)


def test_a_fault_concerns_the_documents_with_its_field_only() -> None:
    wallet, models = (
        graphql_engine.prepare(text, HARD).picked
        for text in ("{ account { walletAddress } }", "{ account { models { id name } } }")
    )
    by_field, by_type, by_path = faults = [
        Fault("null_field", 1, "any", {"field": "walletAddress"}),
        Fault("empty_list", 1, "any", {"field": "models", "type": "Account"}),
        Fault("null_field", 1, "any", {"path": "account"}),
    ]
    elsewhere = Fault("null_field", 1, "any", {"field": "name", "type": "Account"})
    assert in_reach([*faults, elsewhere], wallet) == [by_field, by_path]
    assert in_reach([*faults, elsewhere], models) == [by_type, by_path]


@pytest.mark.parametrize("text", UNUSUAL)
def test_what_is_not_plain_goes_the_long_way(text: str, shared: Sandbox) -> None:
    operation = graphql_engine.prepare(text, shared.manners)
    assert operation.plan is None


def test_changes_go_the_long_way() -> None:
    text = 'mutation { cancelPendingStakeRelease(modelId: "m") { status } }'
    assert graphql_engine.prepare(text, KIND).plan is None
