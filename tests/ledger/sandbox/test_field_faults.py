"""Faults on single fields and arguments, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, is_list_type

from ledger.domain.nmr import NMR
from ledger.errors import LedgerError
from ledger.sandbox import Sandbox, control
from ledger.sandbox.server.graphql_engine import schema
from tests.ledger.sandbox.asking import CHANGE, signals
from tests.ledger.sandbox.conftest import Client

MODELS = "{ account { username models { id name tournament archived returns { allTime } } } }"
STAKES = "{ account { models { name v2Stake { latestValueSettled takeProfit } } } }"
PAYOUTS = """{ pendingModelPayouts(tournament: 11) {
  actual { roundNumber modelId payoutNmr } pending { modelId payoutNmr } } }"""
SLICES = """query($a: String!, $b: String!) {
  one: v2RoundModelPerformances(modelId: $a, tournament: 11, lastNRounds: 30) { ...row }
  two: v2RoundModelPerformances(modelId: $b, tournament: 11, lastNRounds: 30) { ...row }
}
fragment row on V2RoundModelPerformance {
  roundNumber atRisk submissionScores { displayName value }
}"""


def types() -> Iterator[GraphQLObjectType]:
    for name, kind in schema().type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            yield kind


def models_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer["data"]["account"]["models"]


# refusals


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"fault": "refuse_field", "type": "Model", "field": "returns"},
            'Cannot query field "returns" on type "Model".',
        ),
        (
            {"fault": "refuse_field", "type": "RootQueryType", "field": "account"},
            'Cannot query field "account" on type "RootQueryType".',
        ),
        (
            {"fault": "refuse_field", "field": "allTime"},
            'Cannot query field "allTime" on type "Returns".',
        ),
    ],
)
def test_a_field_is_refused_by_name_until_it_is_taken_again(sandbox, client, fault, words) -> None:
    control.fault(sandbox.url, fault.pop("fault"), times=2, **fault)
    assert client.data("{ apiTokenInfo { name } }"), "another document does not use it up"
    for _ in range(2):
        status, message = client.error(MODELS)
        assert status == 200
        assert message.startswith(words)
    assert client.data(MODELS)


def test_the_same_field_of_another_type_passes(sandbox, client) -> None:
    sandbox.fail("refuse_field", type="Account", field="id", times=0)
    assert client.data(MODELS)
    assert (
        '"id" on type "Account"'
        in client.error("{ account { ...a } } fragment a on Account { id }")[1]
    )


def test_an_argument_is_refused_where_it_is_used(sandbox, client) -> None:
    sandbox.fail(
        "refuse_argument", field="v2RoundModelPerformances", argument="lastNRounds", times=0
    )
    slot = signals(sandbox)
    assert client.error(SLICES, a=slot.id, b=slot.id)[1].startswith(
        'Unknown argument "lastNRounds" on field "v2RoundModelPerformances" of type "RootQueryTyp'
    )
    without = SLICES.replace(", lastNRounds: 30", "")
    assert client.data(without, a=slot.id, b=slot.id)["one"]
    sandbox.clear_faults()
    sandbox.fail("refuse_argument", field="latestSubmissions", argument="latestNRounds")
    nested = "{ account { models { latestSubmissions(latestNRounds: 3) { roundNumber } } } }"
    assert 'field "latestSubmissions" of type "Model"' in client.error(nested)[1]
    assert client.data(nested)


def test_several_refusals_are_told_together(sandbox, client) -> None:
    sandbox.fail("refuse_field", type="Model", field="returns", times=0)
    sandbox.fail("refuse_field", type="Account", field="username", times=0)
    errors = client.post(MODELS).json()["errors"]
    assert ['"returns"' in errors[0]["message"], '"username"' in errors[1]["message"]] == [True] * 2


def test_a_refused_mutation_changes_nothing(sandbox, client) -> None:
    sandbox.fail("refuse_field", type="V2ChangeStakeRequest", field="dueDate", on="mutation")
    arguments = {"m": signals(sandbox).id, "t": 11, "type": "increase", "value": "1"}
    assert '"dueDate"' in client.error(CHANGE, **arguments)[1]
    assert sandbox.mutations_applied == []
    assert sandbox.requests[-1]["applied"] is False
    assert client.data(CHANGE, **arguments)


def test_every_field_and_argument_of_the_schema_can_be_refused(sandbox) -> None:
    for kind in types():
        for name, field in kind.fields.items():
            sandbox.fail("refuse_field", type=kind.name, field=name)
            for argument in field.args:
                sandbox.fail("refuse_argument", type=kind.name, field=name, argument=argument)


@pytest.mark.parametrize(
    "options",
    [
        {"fault": "refuse_field", "type": "Model", "field": "retruns"},
        {"fault": "refuse_field", "type": "Modell", "field": "returns"},
        {"fault": "refuse_field", "type": "Model"},
        {"fault": "refuse_argument", "field": "rounds", "argument": "colour"},
        {"fault": "refuse_argument", "field": "rounds"},
        {"fault": "null_field", "type": "Account", "field": "returns"},
        {"fault": "null_field"},
        {"fault": "retype", "type": "Model", "field": "name", "to": "music"},
        {"fault": "retype", "type": "Model", "field": "name"},
        {"fault": "body", "form": "poem"},
        {"fault": "rate_limited", "as": "500"},
    ],
)
def test_faults_that_could_never_hit_are_a_mistake(sandbox, options) -> None:
    kind = options.pop("fault")
    with pytest.raises(ValueError, match=kind):
        sandbox.fail(kind, **options)
    with pytest.raises(LedgerError, match=kind):
        control.fault(sandbox.url, kind, **options)


# nulls


def test_null_with_an_error_has_its_path_and_null_without_has_none(sandbox, client) -> None:
    whole = client.post(MODELS).json()
    sandbox.fail("null_field", type="Model", field="returns", error=True)
    answer = client.post(MODELS)
    assert answer.status_code == 200
    body = answer.json()
    assert [m["returns"] for m in models_of(body)] == [None] * 16
    assert [error["path"] for error in body["errors"]] == [
        ["account", "models", i, "returns"] for i in range(16)
    ]
    assert {error["message"] for error in body["errors"]} == {"Internal server error"}
    sandbox.fail("null_field", type="Model", field="returns")
    body = client.post(MODELS).json()
    assert [m["returns"] for m in models_of(body)] == [None] * 16
    assert "errors" not in body
    assert client.post(MODELS).json() == whole


def test_a_null_is_addressed_by_a_path(sandbox, client) -> None:
    sandbox.fail("null_field", path="account.models.3.name", error=True, message="Timeout")
    body = client.post(MODELS).json()
    assert [i for i, m in enumerate(models_of(body)) if m["name"] is None] == [3]
    assert body["errors"] == [{"message": "Timeout", "path": ["account", "models", 3, "name"]}]
    sandbox.fail("null_field", path="account.models.*.returns.allTime")
    rows = models_of(client.post(MODELS).json())
    assert {m["returns"]["allTime"] for m in rows if m["returns"]} == {None}
    sandbox.fail("null_field", path="account")
    assert client.post(MODELS).json() == {"data": {"account": None}}


def test_a_null_hits_the_rows_of_some_models_only_and_at_any_depth(sandbox, client) -> None:
    chosen = [s.id for s in sandbox.world.tournaments[11].slots if s.stake][:2]
    names = {sandbox.world.slot(model).name for model in chosen}
    sandbox.fail("null_field", type="V2Stake", field="latestValueSettled", ids=chosen)
    models = models_of(client.post(STAKES).json())
    assert {
        m["name"] for m in models if m["v2Stake"] and m["v2Stake"]["latestValueSettled"] is None
    } == names
    sandbox.fail("null_field", type="SubmissionScore", field="value", ids=chosen[:1])
    body = client.data(SLICES, a=chosen[0], b=chosen[1])
    for alias, expected in (("one", True), ("two", False)):
        values = [score["value"] for row in body[alias] for score in row["submissionScores"] or ()]
        assert values
        assert {value is None for value in values} == {expected}
    sandbox.fail("null_field", type="Payout", field="payoutNmr", ids=chosen[1:])
    rows = client.data(PAYOUTS)["pendingModelPayouts"]["pending"]
    assert {row["modelId"] for row in rows if row["payoutNmr"] is None} == {chosen[1]}


def test_a_null_hits_the_rows_that_match(sandbox, client) -> None:
    slot = signals(sandbox)
    sandbox.fail(
        "null_field", type="V2RoundModelPerformance", field="atRisk", match={"roundNumber": 1390}
    )
    rows = client.data(SLICES, a=slot.id, b=slot.id)["one"]
    assert {row["roundNumber"] for row in rows if row["atRisk"] is None} == {1390}


def test_a_fault_that_hits_no_row_is_not_used_up(sandbox, client) -> None:
    first, second = [s.id for s in sandbox.world.tournaments[11].slots if s.stake][:2]
    sandbox.fail("null_field", type="V2RoundModelPerformance", field="atRisk", ids=[second])
    assert client.data(SLICES, a=first, b=first)["one"][0]["atRisk"] is not None
    assert client.data(SLICES, a=first, b=second)["two"][0]["atRisk"] is None
    assert client.data(SLICES, a=first, b=second)["two"][0]["atRisk"] is not None


def test_a_mutation_whose_answer_is_null_took_effect(sandbox, client) -> None:
    sandbox.fail("null_field", field="v2ChangeStake", error=True, on="mutation")
    slot = signals(sandbox)
    body = client.post(CHANGE, m=slot.id, t=11, type="increase", value="1").json()
    assert body["data"] == {"v2ChangeStake": None}
    assert body["errors"][0]["path"] == ["v2ChangeStake"]
    assert len(sandbox.mutations_applied) == 1
    assert slot.pending is not None


# other types


@pytest.mark.parametrize(
    ("field", "to", "expected"),
    [
        ("username", "number", 7),
        ("availableNmr", "number", 1150.25),
        ("username", "object", {"value": "demo_quant"}),
        ("username", "list", ["demo_quant"]),
        ("mfaEnabled", "string", "true"),
        ("mfaEnabled", "list", [True]),
        ("maxModelSlots", "string", "100"),
        ("pendingTxns", "object", {}),
    ],
)
def test_a_field_has_another_type(sandbox, client, field, to, expected) -> None:
    sandbox.world.account_wallet.available = NMR("1150.25")
    document = f"{{ account {{ {field} {'{ type }' if field.endswith('Txns') else ''} }} }}"
    before = client.data(document)
    control.fault(sandbox.url, "retype", type="Account", field=field, to=to)
    assert client.data(document)["account"][field] == expected
    assert client.data(document) == before


def test_a_list_becomes_an_object_and_rows_inside_keep_their_faults(sandbox, client) -> None:
    sandbox.fail("retype", type="Account", field="models", to="object")
    sandbox.fail("retype", type="Model", field="tournament", to="string")
    models = client.data(MODELS)["account"]["models"]
    assert isinstance(models, dict)
    assert {row["tournament"] for row in models.values()} == {"8", "11", "12"}


def test_a_null_has_no_other_type(sandbox, client) -> None:
    document = "{ account { models { name description } } }"
    sandbox.fail("retype", type="Model", field="description", to="string")
    assert {m["description"] for m in client.data(document)["account"]["models"]} == {None}
    sandbox.fail("null_field", path="account")
    sandbox.fail("retype", type="Model", field="name", to="list")
    assert client.data(document) == {"account": None}
    assert isinstance(client.data(document)["account"]["models"][0]["name"], list)


# lists


def test_lists_are_emptied_doubled_shuffled_and_capped(sandbox, client) -> None:
    def rows() -> list[dict[str, Any]]:
        return client.data(PAYOUTS)["pendingModelPayouts"]["actual"]

    whole = rows()
    assert len(whole) > 20
    for kind, expected in (
        ("empty_list", []),
        ("double_rows", [row for row in whole for _ in "ab"]),
        ("cap_list", whole[:1]),
    ):
        sandbox.fail(kind, type="UserPayouts", field="actual")
        assert rows() == expected
    sandbox.fail("cap_list", type="UserPayouts", field="actual", first=5)
    assert rows() == whole[:5]
    sandbox.fail("shuffle_rows", type="UserPayouts", field="actual", times=2)
    shuffled = rows()
    assert shuffled != whole
    assert rows() == shuffled
    assert sorted(map(str, shuffled)) == sorted(map(str, whole))
    assert rows() == whole


def test_every_list_of_the_schema_can_be_bent_and_every_field_be_null(sandbox) -> None:
    lists = 0
    for kind in types():
        for name, field in kind.fields.items():
            sandbox.fail("null_field", type=kind.name, field=name, error=True)
            sandbox.fail("retype", type=kind.name, field=name, to="string")
            if is_list_type(field.type):
                sandbox.fail("empty_list", type=kind.name, field=name)
                lists += 1
    assert lists > 20


def test_lists_of_single_models_are_bent(sandbox, client) -> None:
    one, two = [s.id for s in sandbox.world.tournaments[11].slots if s.stake][:2]
    sandbox.fail("empty_list", field="v2RoundModelPerformances", ids=[two], times=0)
    sandbox.fail("cap_list", field="submissionScores", type="V2RoundModelPerformance", times=0)
    body = client.data(SLICES, a=one, b=two)
    assert body["two"] == []
    assert max(len(row["submissionScores"] or ()) for row in body["one"]) == 1


def test_an_empty_list_is_left_as_it_is(sandbox, client) -> None:
    document = "{ account { pendingTxns { type } apiTokens { name } } }"
    sandbox.fail("double_rows", type="Account", field="pendingTxns")
    assert client.data(document)["account"]["pendingTxns"] == []
    sandbox.clear_faults()
    sandbox.fail("double_rows", path="account.apiTokens")
    assert len(client.data(document)["account"]["apiTokens"]) == 8


def test_faults_on_fields_and_on_the_whole_go_together(sandbox: Sandbox, client: Client) -> None:
    sandbox.fail("null_field", type="Account", field="username", times=0)
    sandbox.fail("cap_list", type="Account", field="models", first=2, times=0)
    sandbox.fail("status_before", status=504)
    assert client.post(MODELS).status_code == 504
    account = client.data(MODELS)["account"]
    assert account["username"] is None
    assert len(account["models"]) == 2
    sandbox.clear_faults()
    assert client.data(MODELS)["account"]["username"] == "demo_quant"
