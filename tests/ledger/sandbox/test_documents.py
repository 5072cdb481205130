"""Which documents the server takes, from whom, and how it refuses the others."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger.sandbox import Sandbox
from ledger.sandbox.manners import Manners
from tests.ledger.sandbox.asking import CHANGE, signals
from tests.ledger.sandbox.conftest import MONDAY, Client


@pytest.fixture(scope="module")
def kind() -> Iterator[Client]:
    """A client of a server with the kinder forms."""
    with Sandbox(now=MONDAY, models=16, rounds=40, frozen=True, manners="kind") as sandbox:
        yield Client(sandbox)


# strictness


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{ account { nothing } }", 'Cannot query field "nothing" on type "Account".'),
        ("{ nothing }", 'Cannot query field "nothing" on type "RootQueryType".'),
        ("mutation { nothing }", 'Cannot query field "nothing" on type "RootMutationType".'),
        (
            "{ rounds(colour: 1) { number } }",
            'Unknown argument "colour" on field "rounds" of type "RootQueryType".',
        ),
        (
            "{ v3StakeConfig { address } }",
            'In argument "tournamentId": Expected type "Int!", found null.',
        ),
        (
            '{ rounds(tournament: "eight") { number } }',
            'In argument "tournament": Expected type "Int", found "eight".',
        ),
        (
            '{ rounds(status: "OPEN") { number } }',
            'In argument "status": Expected type "RoundStatus", found "OPEN".',
        ),
        (
            'query($n: Int = "x") { rounds(tournament: $n) { number } }',
            'Variable "n": Expected type "Int", found "x".',
        ),
        (
            "query($n: String) { rounds(tournament: $n) { number } }",
            'Variable "n": Expected type "Int", found "String".',
        ),
        ("{ account { ", "Syntax Error"),
        (
            "mutation($d: bool!) { releaseStake(modelId: 1, amount: 1, drain: $d) { id } }",
            'Unknown type "bool"',
        ),
        (
            "query($n: Int!) { rounds(tournament: $n) { number } }",
            'Variable "n": Expected non-null, found null.',
        ),
        ("query A { account { id } } query B { account { id } }", "one operation"),
    ],
)
def test_bad_documents_are_refused_with_200_or_kindly_with_400(
    reader, kind, document, words
) -> None:
    for client, expected in ((reader, 200), (kind, 400)):
        status, message = client.error(document)
        assert status == expected
        assert words in message
        assert "data" not in client.post(document).json()


def test_every_wrong_name_of_a_document_is_refused(reader) -> None:
    errors = reader.post("{ account { one two } rounds(three: 3) { four } }").json()["errors"]
    words = " ".join(error["message"] for error in errors)
    assert all(f'"{name}"' in words for name in ("one", "two", "three", "four"))
    assert all(error["locations"][0]["line"] == 1 for error in errors)


def test_some_refusals_say_what_was_meant_and_others_of_the_same_kind_do_not(reader, kind) -> None:
    names = [f"availableNmr{letter}" for letter in "abcdefgh"]
    words = [reader.error(f"{{ account {{ {name} }} }}")[1] for name in names]
    with_hint = [text for text in words if text.endswith('Did you mean "availableNmr"?')]
    without = [text for text in words if text.endswith('on type "Account".')]
    assert len(with_hint) + len(without) == len(names)
    assert with_hint
    assert without
    again = [reader.error(f"{{ account {{ {name} }} }}")[1] for name in names]
    assert again == words
    assert all(
        kind.error(f"{{ account {{ {name} }} }}")[1].endswith('on type "Account".')
        for name in names
    )


@pytest.mark.parametrize("end", ["Eq", "Gte", "Lte"])
def test_ranges_have_double_underscores_and_no_other_name(reader, kind, end) -> None:
    document = """query($m: String!) {
      v2RoundModelPerformances(modelId: $m, tournament: 11, roundNumber%s: 1400) {
        roundNumber } }"""
    slot = signals(reader.sandbox)
    right, wrong = document % f"__{end.lower()}", document % end
    assert reader.data(right, m=slot.id)["v2RoundModelPerformances"]
    snake = right.replace("roundNumber__", "round_number__")
    assert reader.data(snake, m=slot.id) == reader.data(right, m=slot.id)
    status, message = reader.error(wrong, m=slot.id)
    assert status == 200
    assert message.startswith(
        f'Unknown argument "roundNumber{end}" on field "v2RoundModelPerformances" '
        'of type "RootQueryType".'
    )
    other = signals(kind.sandbox)
    assert kind.data(wrong, m=other.id) == kind.data(right, m=other.id)


def test_only_performances_want_their_model_as_a_string(reader, kind) -> None:
    slot = signals(reader.sandbox)
    rows = "query($m: %s) { v2RoundModelPerformances(modelId: $m, tournament: 11) { roundNumber } }"
    assert reader.data(rows % "String!", m=slot.id)["v2RoundModelPerformances"]
    status, message = reader.error(rows % "ID!", m=slot.id)
    assert (status, message) == (200, 'Variable "m": Expected type "String!", found "ID!".')
    other = signals(kind.sandbox)
    assert kind.data(rows % "ID!", m=other.id)["v2RoundModelPerformances"]
    for declared in ("String!", "ID!"):
        model = f"query($m: {declared}) {{ model(modelId: $m) {{ id }} }}"
        assert reader.data(model, m=slot.id) == {"model": {"id": slot.id}}
        ids = f"query($m: [{declared}]) {{ stakeTransactions(modelIds: $m) {{ round }} }}"
        assert reader.data(ids, m=[slot.id]) == {"stakeTransactions": []}
    both = (
        "query($m: String!) { model(modelId: $m) { id }"
        " v2RoundModelPerformances(modelId: $m, tournament: 11, lastNRounds: 1) { roundNumber } }"
    )
    assert reader.data(both, m=slot.id)["model"] == {"id": slot.id}


@pytest.mark.parametrize(
    ("kind_of_row", "field"),
    [
        ("Model", "currentPayoutSelection { takeProfit }"),
        ("V2RoundModelPerformance", "corrMultiplier"),
        ("V2RoundModelPerformance", "mmcMultiplier"),
        ("V2RoundModelPerformance", "tcMultiplier"),
        ("V3UserProfile", "stakeInfo"),
    ],
)
def test_deprecated_fields_are_gone(reader, kind, kind_of_row, field) -> None:
    def document(sandbox: Sandbox) -> str:
        slot = signals(sandbox)
        top = {
            "Model": f'model(modelId: "{slot.id}")',
            "V2RoundModelPerformance": f'v2RoundModelPerformances(modelId: "{slot.id}", '
            "tournament: 11, lastNRounds: 1)",
            "V3UserProfile": f'v3UserProfile(modelName: "{slot.name}", tournament: 11)',
        }[kind_of_row]
        return f"{{ rows: {top} {{ {field} }} }}"

    name = field.split()[0]
    words = f'Cannot query field "{name}" on type "{kind_of_row}".'
    assert reader.error(document(reader.sandbox))[1].startswith(words)
    if name == "stakeInfo":
        return  # what it held is not known: no form has it
    (row,) = listed(kind.data(document(kind.sandbox))["rows"])
    assert row[name] is not None


def listed(value):
    return value if isinstance(value, list) else [value]


# introspection


def test_the_schema_is_blocked_and_a_type_is_told(reader) -> None:
    status, message = reader.error("{ __schema { queryType { name } } }")
    assert status == 200
    assert "ntrospection" in message
    fields = reader.data('{ __type(name: "V2Stake") { name fields { name } } }')["__type"]
    assert fields["name"] == "V2Stake"
    assert {"name": "latestValueSettled"} in fields["fields"]
    root = reader.data('{ __type(name: "RootQueryType") { fields { name args { name } } } }')
    arguments = {
        field["name"]: {argument["name"] for argument in field["args"]}
        for field in root["__type"]["fields"]
    }["v2RoundModelPerformances"]
    assert {"roundNumberEq", "roundNumberGte", "roundNumberLte"} <= arguments
    assert not any("__" in name for name in arguments)


# limits


def nested(count: int, rounds: int) -> str:
    """Performances of ``count`` models over ``rounds`` rounds, with their scores."""
    parts = [
        f'p{i}: v2RoundModelPerformances(modelId: "x", tournament: 8, distinctOnRound: true,'
        f" roundNumber__gte: 1000, roundNumber__lte: {999 + rounds}) {{"
        " roundNumber roundResolveTime roundResolved roundPayoutFactor submissionId atRisk"
        " payoutMultipliers { displayName multiplier }"
        " submissionScores { displayName value percentile day payoutPending payoutSettled } }"
        for i in range(count)
    ]
    return "query Slices {" + " ".join(parts) + "}"


def test_three_slices_of_a_hundred_rounds_pass_and_much_more_is_too_complex(reader, kind) -> None:
    assert set(reader.data(nested(3, 100))) == {"p0", "p1", "p2"}
    for document in (nested(3, 200), nested(1, 600)):
        status, message = reader.error(document)
        assert status == 200
        assert message.startswith("Operation Slices is too complex: complexity is ")
        assert message.endswith(" and maximum is 20000")
        assert kind.data(document)


def test_a_thousand_flat_rounds_pass_and_nested_ones_do_not(reader) -> None:
    rows = (
        "query($n: Int) { v2RoundModelPerformances(modelId: %s, tournament: 11, lastNRounds: $n,"
        " distinctOnRound: true) { roundNumber atRisk roundResolved %s } }"
    )
    slot = json.dumps(signals(reader.sandbox).id)
    scores = "submissionScores { displayName value day payoutPending payoutSettled }"
    assert reader.data(rows % (slot, ""), n=1000)["v2RoundModelPerformances"]
    assert reader.data(rows % (slot, scores), n=100)["v2RoundModelPerformances"]
    words = reader.error(rows % (slot, scores), n=1000)[1]
    assert words.startswith("Operation is too complex: complexity is 24001 ")


def test_the_limits_of_a_server_can_be_set() -> None:
    manners = Manners(max_complexity=10, max_aliases=1)
    with Sandbox(models=1, rounds=1, now=MONDAY, frozen=True, manners=manners) as sandbox:
        client = Client(sandbox)
        assert client.data("{ a: account { id } }")
        assert "aliases" in client.error("{ a: account { id } b: account { id } }")[1]
        assert "maximum is 10" in client.error("{ account { models { id } } }")[1]


def test_a_variable_of_the_wrong_type_is_refused(reader) -> None:
    document = "query($n: Int) { rounds(number: $n) { id } }"
    status, message = reader.error(document, n="eight")
    assert status == 200
    assert message == 'Variable "n": Expected type "Int", found "eight".'
    assert reader.error(document, n=2**40)[1].endswith("found 1099511627776.")


def test_more_than_three_aliases_are_refused(reader, kind) -> None:
    names = "abcd"
    three, four = (
        "{" + " ".join(f"{name}: rounds(number: 1400) {{ id }}" for name in names[:count]) + "}"
        for count in (3, 4)
    )
    assert set(reader.data(three)) == set("abc")
    status, message = reader.error(four)
    assert status == 200
    assert "aliases" in message
    assert set(kind.data(four)) == set("abcd")


@pytest.mark.parametrize("body", ["[]", "{}", "no json", '{"query": 5}', '{"query": ""}'])
def test_bodies_that_are_no_request_are_refused(reader, shared, body) -> None:
    headers = {"Content-Type": "application/json"}
    answer = reader.session.post(shared.url, data=body, headers=headers, timeout=20)
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


def test_scopes_decide(shared, kind) -> None:
    slot = signals(shared)
    change = {"m": slot.id, "t": 11, "type": "increase", "value": "1"}
    config = '{ v3StakeRound(tournamentId: 8, roundId: "1400") { state } }'
    reading, web3, full = (Client(shared, name) for name in ("read_only", "web3", "full"))
    assert reading.error(CHANGE, **change)[1] == "Insufficient permission for stake"
    assert web3.error(CHANGE, **change)[1] == "Insufficient permission for stake"
    assert reading.error(config) == (200, "Insufficient permission for web3_staking")
    assert reading.post(config).json()["data"] == {"v3StakeRound": None}
    kindly = Client(kind.sandbox, "read_only")
    assert kindly.error(config) == (400, "Insufficient permission for web3_staking")
    assert "data" not in kindly.post(config).json()
    assert web3.data(config)["v3StakeRound"]["state"] == "Closed"
    assert full.data("{ apiTokenInfo { scopes } }")["apiTokenInfo"]["scopes"][-1] == "web3_staking"
    assert shared.mutations_applied == []


def test_keys_are_the_same_for_the_same_seed(shared) -> None:
    other = Sandbox(seed=1, models=1, rounds=1, frozen=True)
    assert other.keys == shared.keys
    assert Sandbox(seed=2, models=1, rounds=1, frozen=True).keys != shared.keys
