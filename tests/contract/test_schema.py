"""Every field of the schema answers, asked through documents generated from the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from ledger.sandbox import Sandbox
from ledger.sandbox.server.graphql_engine import schema

ALWAYS_NULL = {
    ("Model", "description"),
    ("RoundScoreConfig", "roundNumberEnd"),
    ("V3UserProfile", "bio"),
    ("V3StakeRound", "payoutFactor"),
    ("V3StakeRound", "stakeThreshold"),
    ("V3StakeRound", "stakeCap"),
}
"""Fields that are null on the live server too, for this account."""

EMPTY = {("Account", "pendingTxns")}
"""Lists that are empty in the default world; their type is checked elsewhere."""

DEPTH = 4


def selection(kind: GraphQLObjectType, depth: int = DEPTH) -> str:
    """Everything below ``kind``, to ``depth`` levels."""
    parts = []
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if not is_object_type(named):
            parts.append(name)
        elif depth > 1:
            parts.append(f"{name} {{ {selection(named, depth - 1)} }}")
    return " ".join(parts)


def arguments(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Literal arguments for every top-level query field that needs some."""
    world = sandbox.world
    signals = next(s for s in world.tournaments[11].slots if s.stake and not s.pending)
    crypto = next(s for s in world.tournaments[12].slots if s.claimable)
    settled = crypto.claimable[0].number
    submission = crypto.entries[settled].submission_id
    return {
        "accountProfile": {"username": f'"{world.username}"', "tournament": "11"},
        "latestCurrencyPrice": {"baseSymbol": '"NMR"', "targetSymbol": '"USD"'},
        "model": {"modelId": f'"{signals.id}"'},
        "pendingModelPayouts": {"tournament": "11"},
        "rounds": {"tournament": "11", "limit": "60"},
        "roundDetails": {"roundNumber": "1380", "tournament": "11"},
        "submissionScores": {"modelId": f'"{signals.id}"', "lastNRounds": "60"},
        "v2RoundModelPerformances": {"modelId": f'"{signals.id}"', "tournament": "11"},
        "v3UserProfile": {"modelName": f'"{signals.name}"', "tournament": "11"},
        "v3StakeConfig": {"tournamentId": "12"},
        "v3StakeRound": {"tournamentId": "12", "roundId": f'"{settled}"'},
        "v3StakeAuth": {
            "submissionId": f'"{submission}"',
            "staker": '"0x1"',
            "maxAmount": '"1.5"',
        },
        "v3StakeClaim": {
            "roundId": f'"{settled}"',
            "modelId": f'"{crypto.id}"',
            "staker": '"0x1"',
        },
        "v3StakeClaims": {"staker": '"0x1"', "tournamentId": "12"},
    }


def ask(sandbox: Sandbox, document: str) -> dict[str, Any]:
    public_id, secret = sandbox.keys["full"]
    answer = requests.post(
        sandbox.url,
        json={"query": document},
        headers={"Authorization": f"Token {public_id}${secret}"},
        timeout=60,
    ).json()
    assert "errors" not in answer, answer
    return answer["data"]


def leaves(kind: GraphQLObjectType, value: Any) -> Iterator[tuple[str, str]]:
    """(type, field) of everything in ``value`` that is neither null nor an empty list."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(kind, item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if inner is None or inner == []:
                continue
            yield kind.name, name
            named = get_named_type(kind.fields[name].type)
            if is_object_type(named):
                yield from leaves(named, inner)


def required(field: GraphQLField) -> set[str]:
    return {name for name, argument in field.args.items() if is_non_null_type(argument.type)}


@pytest.fixture(scope="module")
def seen(shared: Sandbox) -> set[tuple[str, str]]:
    """Every (type, field) that came back with a value from some query."""
    query = schema().query_type
    assert query is not None
    given = arguments(shared)
    found: set[tuple[str, str]] = set()
    for name, field in query.fields.items():
        literals = given.get(name, {})
        assert required(field) <= set(literals), name
        text = ", ".join(f"{key}: {value}" for key, value in literals.items())
        named = get_named_type(field.type)
        assert isinstance(named, GraphQLObjectType)
        document = f"{{ {name}{f'({text})' if text else ''} {{ {selection(named)} }} }}"
        answer = ask(shared, document)[name]
        assert answer not in (None, []), name
        assert isinstance(answer, list) == is_list_type(field.type)
        found |= set(leaves(named, answer))
    return found


def object_types() -> Iterator[GraphQLObjectType]:
    for name, kind in schema().type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            yield kind


@pytest.mark.parametrize(
    "kind",
    [k for k in object_types() if k.name not in {"RootQueryType", "RootMutationType"}],
    ids=lambda kind: kind.name,
)
def test_every_field_of_every_type_has_a_value_somewhere(seen, kind) -> None:
    missing = {(kind.name, name) for name in kind.fields} - seen - ALWAYS_NULL - EMPTY
    assert missing == set()


def test_the_exceptions_are_still_true(seen) -> None:
    assert seen.isdisjoint(ALWAYS_NULL | EMPTY)


def test_every_mutation_answers_with_all_its_fields(sandbox) -> None:
    slots = [s for s in sandbox.world.tournaments[11].slots if not s.pending and s.stake]
    one = slots[0].id
    request = "{ id type status requestedAmount dueDate drain }"
    documents = {
        "increaseStake": f'mutation {{ increaseStake(modelId: "{one}", amount: "1") {request} }}',
        "v3ChangePayoutSelection": "mutation { v3ChangePayoutSelection("
        f'modelId: "{one}", takeProfit: true, tournamentNumber: 11) }}',
    }
    for name, document in documents.items():
        answer = ask(sandbox, document)[name]
        assert (
            all(value is not None for value in answer.values()) if request in document else answer
        )
    sandbox.advance(rounds=1)
    later = {
        "releaseStake": f'mutation {{ releaseStake(modelId: "{one}", amount: "0.1") {request} }}',
        "cancelPendingStakeRelease": "mutation { cancelPendingStakeRelease("
        f'modelId: "{one}") {request} }}',
        "v2ChangeStake": f'mutation {{ v2ChangeStake(modelId: "{one}", tournamentNumber: 11, '
        f'type: "decrease", value: "0.1") {request} }}',
    }
    for name, document in later.items():
        answer = ask(sandbox, document)[name]
        assert None not in answer.values()
    mutations = schema().mutation_type
    assert mutations is not None
    assert set(mutations.fields) == {*documents, *later}
    assert [row["field"] for row in sandbox.mutations_applied] == [*documents, *later]
