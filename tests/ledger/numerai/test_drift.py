"""A server that refuses a part of a query loses that part for us, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledger.errors import BadCredentials, CannotAsk, MissingScope, NumeraiError, Refused
from ledger.numerai import documents, writes
from ledger.numerai.client import NumeraiClient
from ledger.numerai.drift import MOST_TRIES
from ledger.numerai.lessons import SLICES, Lessons, PerformanceForm
from tests.ledger.numerai.server import (
    Handler,
    ScriptedServer,
    Step,
    answer,
    data,
    error,
    hang,
    told,
)

Tell = Callable[..., None]

FIELD_WORDS = [
    'Cannot query field "returns" on type "Model".',
    'Cannot query field "returns" on type "Model". Did you mean "returnsValues"?',
    "Cannot query field 'returns' on type 'Model'. Did you mean 'returnsValues'?",
    'Cannot query field "returns" on type "V4Model".',
    'Field "returns" must not have a selection since type "Float" has no subfields.',
    'Field "returns" of type "Float" must not have a sub selection.',
]
ARGUMENT_WORDS = [
    'Unknown argument "{0}" on field "{1}" of type "RootQueryType".',
    'Unknown argument "{0}" on field "{1}" of type "RootQueryType". Did you mean "{0}s"?',
    "Unknown argument '{0}' on field 'Query.{1}'. Did you mean '{0}s'?",
    'In argument "{0}": Expected type "Text", found "x".',
    'Argument "{0}" has invalid value $x.',
]
TYPE_WORDS = [
    'Variable "$model0" of type "String!" used in position expecting type "ID!".',
    "Variable `model0` of type `String!` found as input to argument of type `ID!`.",
    'In argument "modelId": Expected type "ID!", found $model0.',
    'Variable "model0": Expected type "ID!".',
]


def sent(server: ScriptedServer) -> list[str]:
    return [request.document for request in server.script.received]


def refusing(words: dict[str, str], *, at_once: int = 99, status: int = 200) -> Step:
    """Refuse a document for each text of ``words`` in it, in its words; else take it."""

    def judge(document: str, _variables: dict[str, Any]) -> object:
        found = [said for part, said in words.items() if part in document]
        return found[:at_once] or {"account": {"username": "ann"}}

    return told(judge, status)


def no_field(name: str, type_name: str) -> str:
    return f'Cannot query field "{name}" on type "{type_name}".'


# ---- parts ----


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("words", FIELD_WORDS)
def test_a_refused_field_is_left_out(
    words: str, status: int, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(refusing({"returns": words}, status=status))
    reply = client.fetch(documents.ACCOUNT_EXTRAS, {})
    first, second = sent(server)
    assert " ".join(second.split()) == " ".join(
        first.replace("returns { oneDay threeMonths oneYear allTime } ", "").split()
    )
    assert reply.left_out == {("account", "models", "returns"): words}
    assert client.lessons.all() == {"field Model.returns"}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("words", ARGUMENT_WORDS)
def test_a_refused_argument_is_left_out_with_its_variable(
    words: str, status: int, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    words = words.format("limit", "stakeTransactions")
    script(refusing({"limit:": words}, status=status))
    reply = client.fetch(documents.STAKE_TRANSACTIONS, {"modelIds": ["m"], "limit": 5, "offset": 0})
    request = server.script.received[-1]
    assert len(server.script.received) == 2
    assert "limit" not in request.document
    assert request.variables == {"modelIds": ["m"], "offset": 0}
    assert reply.left_out == {("stakeTransactions", "(limit)"): words}


@pytest.mark.parametrize("words", TYPE_WORDS)
def test_a_refused_type_of_a_variable_is_exchanged(
    words: str, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(refusing({"$model0: String!": words}))
    reply = client.fetch(documents.running(1), {"model0": "m", "tournament0": 8, "last0": 3})
    assert "$model0: ID!" in sent(server)[-1]
    assert not reply.left_out
    assert reply.form == PerformanceForm.LAST_N
    assert client.lessons.all() == {"type v2RoundModelPerformances.modelId String!"}


def test_all_refusals_of_one_answer_are_learned_at_once(
    client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    names = ["archived", "insertedAt", "earliestReleaseDate"]
    script(refusing({name: no_field(name, "Model") for name in names}))
    reply = client.fetch(documents.ACCOUNT_EXTRAS, {})
    assert len(server.script.received) == 2
    assert reply.left_out.keys() == {("account", "models", name) for name in names}


def test_refusals_one_after_the_other_are_learned_up_to_a_limit(
    client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    names = [
        "target", "openTime", "closeTime", "closeStakingTime", "scoreTime", "resolveTime",
        "resolvedGeneral", "resolvedStaking", "isPayout", "totalScoreDays",
    ]  # fmt: skip
    words = {name: no_field(name, "Round") for name in names}
    script(refusing(words, at_once=1))
    with pytest.raises(Refused):
        client.fetch(documents.ROUNDS, {})
    assert len(server.script.received) == MOST_TRIES
    assert not client.fetch(documents.ROUNDS, {}).complaints, "the next one goes on from there"
    assert len(client.lessons.all()) == len(names)


def test_what_stands_in_for_a_refused_field_is_asked_instead(
    client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    client.lessons.learn(["field V2Stake.takeProfit"])
    script(data(account={"models": []}))
    reply = client.fetch(documents.ACCOUNT_EXTRAS, {})
    assert "currentPayoutSelection { takeProfit }" in sent(server)[-1]
    assert not reply.left_out


@pytest.mark.parametrize("name", ["id", "name", "tournament"])
def test_a_part_nothing_can_do_without_ends_it(
    name: str, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(refusing({"models": no_field(name, "Model")}))
    with pytest.raises(CannotAsk) as caught:
        client.fetch(documents.ACCOUNT_CORE, {})
    assert isinstance(caught.value, Refused)
    assert name in caught.value.what
    assert len(server.script.received) == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (error("Insufficient permission for web3_staking"), MissingScope),
        (error("Not authenticated"), BadCredentials),
        (error('Cannot query field "unheard" on type "Of".'), Refused),
    ],
)
def test_a_refusal_that_names_no_part_of_ours_is_passed_on(
    step: Step, kind: type[Exception], client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(step)
    with pytest.raises(kind):
        client.fetch(documents.CURRENCY, {"currency": "EUR"})
    assert len(server.script.received) == 1
    assert not client.lessons.all()


def test_a_refusal_beside_data_is_learned_too(
    client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    refused = {"data": {"account": {}}, "errors": [{"message": no_field("returns", "Model")}]}
    script(answer(refused), data(account={}))
    assert client.fetch(documents.ACCOUNT_EXTRAS, {}).left_out
    assert len(server.script.received) == 2


# ---- forms ----


def test_running_rounds_are_asked_for_in_the_last_form_there_is(
    client: NumeraiClient, script: Tell
) -> None:
    field, argument = "v2RoundModelPerformances", "lastNRounds"
    refused = {argument: ARGUMENT_WORDS[0].format(argument, field)}
    variables = {"model0": "m", "tournament0": 8, "last0": 3}
    script(refusing(refused))
    assert client.fetch(documents.running(1), variables).form == PerformanceForm.TWO_ARGUMENTS
    script(refusing({field: no_field(field, "RootQueryType")}))
    assert client.fetch(documents.running(1), variables).form == PerformanceForm.SUBMISSION_SCORES


@pytest.mark.parametrize(
    ("lessons", "form"),
    [
        ([], PerformanceForm.RANGES),
        (["roundNumber__lte"], PerformanceForm.FROM_LIMIT),
        (["roundNumber__lte", "limit"], PerformanceForm.LAST_N),
        (["roundNumber__gte"], PerformanceForm.LAST_N),
        (["roundNumber__gte", "lastNRounds"], PerformanceForm.TWO_ARGUMENTS),
        (["modelId"], PerformanceForm.SUBMISSION_SCORES),
    ],
)
def test_the_form_of_history_follows_what_was_learned(
    lessons: list[str], form: PerformanceForm
) -> None:
    known = Lessons(f"argument v2RoundModelPerformances.{name}" for name in lessons)
    assert known.performance_form() is form


def test_slices_in_a_refused_form_can_not_be_asked(client: NumeraiClient, script: Tell) -> None:
    words = ARGUMENT_WORDS[0].format("roundNumber__lte", "v2RoundModelPerformances")
    script(refusing({"roundNumber__lte": words}))
    with pytest.raises(CannotAsk):
        client.fetch(documents.slices(1), {"model0": "m", "tournament0": 8, "from0": 1, "to0": 9})
    assert client.lessons.performance_form() is PerformanceForm.FROM_LIMIT


@pytest.mark.parametrize(
    ("rows", "form"),
    [
        ([1, 2, 3], PerformanceForm.FROM_LIMIT),
        ([], PerformanceForm.FROM_LIMIT),
        ([9, 8, 7], PerformanceForm.LAST_N),
    ],
)
def test_a_limit_counts_only_where_rows_come_oldest_first(
    rows: list[int], form: PerformanceForm, client: NumeraiClient, script: Tell
) -> None:
    client.lessons.learn(["argument v2RoundModelPerformances.roundNumber__lte"])
    script(data(slice0=[{"roundNumber": number} for number in rows]))
    document = documents.slices(1, PerformanceForm.FROM_LIMIT)
    variables = {"model0": "m", "tournament0": 8, "from0": 1, "limit0": 3}
    if form is PerformanceForm.LAST_N:
        with pytest.raises(CannotAsk):
            client.fetch(document, variables)
    else:
        assert client.fetch(document, variables).form == PerformanceForm.FROM_LIMIT
    assert client.lessons.performance_form() is form


# ---- too much at once ----


def slices_of(document: str) -> list[str]:
    return [f"slice{i}" for i in range(3) if f"slice{i}:" in document]


VARIABLES = {
    name: value
    for i in range(3)
    for name, value in {
        f"model{i}": f"m{i}",
        f"tournament{i}": 8,
        f"from{i}": i,
        f"to{i}": 9,
        f"last{i}": 9,
    }.items()
}


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize(
    "words",
    [
        "Too many aliases: at most {} are allowed in a request.",
        "Operation is too complex: complexity is 900 and maximum is {}",
    ],
)
def test_too_many_models_are_asked_for_in_pieces(
    most: int, words: str, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    def judge(document: str, variables: dict[str, Any]) -> object:
        asked = slices_of(document)
        return words.format(most) if len(asked) > most else {alias: [] for alias in asked}

    script(told(judge))
    reply = client.fetch(documents.slices(3), VARIABLES)
    assert reply.data == {"slice0": [], "slice1": [], "slice2": []}
    assert reply.form == PerformanceForm.RANGES
    assert client.max_aliases == most
    last = server.script.received[-1]
    assert last.variables == {
        name: value for name, value in VARIABLES.items() if name.endswith("2") and name != "last2"
    }


def test_a_slice_that_is_too_deep_becomes_shallower(
    client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(error("Field v2RoundModelPerformances is too complex: complexity is 9"))
    for rounds in SLICES[1:]:
        with pytest.raises(CannotAsk):
            client.fetch(documents.slices(1), VARIABLES)
        assert client.lessons.slice_rounds("performances") == rounds
    assert client.lessons.slice_rounds("days") == SLICES[0]
    with pytest.raises(Refused, match="too complex"):
        client.fetch(documents.slices(1), VARIABLES)
    assert len(server.script.received) == len(SLICES)


def test_models_that_take_too_long_together_are_asked_for_one_by_one(
    server: ScriptedServer, script: Tell
) -> None:
    def run(handler: Handler) -> None:
        asked = slices_of(handler.asked.document)
        (hang if len(asked) > 1 else data(**{asked[0]: []}))(handler)

    script(run)
    client = _client(server, read_timeout=0.15)
    reply = client.fetch(documents.slices(3), VARIABLES)
    assert reply.data == {"slice0": [], "slice1": [], "slice2": []}
    assert client.max_aliases == 1
    client.close()


def test_what_fails_for_one_tournament_costs_the_others_nothing(
    client: NumeraiClient, script: Tell
) -> None:
    def judge(document: str, _variables: dict[str, Any]) -> object:
        if "signals:" in document:
            return "Staking is not known there"
        return {alias: {} for alias in ("classic", "crypto") if f"{alias}:" in document}

    script(told(judge))
    reply = client.fetch(documents.STAKING_CONTRACTS, {})
    assert reply.data == {"classic": {}, "signals": None, "crypto": {}}
    assert [entry.path for entry in reply.complaints] == [("signals",)]


# ---- lessons ----


def test_lessons_are_kept_once_and_count_for_the_next_client(
    server: ScriptedServer, script: Tell
) -> None:
    kept: list[str] = []

    def keep(new: Iterable[str]) -> None:
        kept.extend(new)

    script(refusing({"returns": no_field("returns", "Model")}))
    first = _client(server, lessons=Lessons(learn=keep))
    first.fetch(documents.ACCOUNT_EXTRAS, {})
    first.fetch(documents.ACCOUNT_EXTRAS, {})
    assert kept == ["field Model.returns"]
    later = _client(server)
    later.lessons.keep_in(kept, keep)
    before = len(server.script.received)
    reply = later.fetch(documents.ACCOUNT_EXTRAS, {})
    assert len(server.script.received) == before + 1
    assert "Model.returns" in reply.left_out["account", "models", "returns"]
    first.close()
    later.close()


def test_requests_under_way_learn_the_same_lesson_once(
    server: ScriptedServer, script: Tell
) -> None:
    """All are refused in the first type; none may take the second for refused as well."""
    gate = threading.Barrier(4)

    def judge(document: str, _variables: dict[str, Any]) -> object:
        if "$model0: String!" in document:
            gate.wait(60)
            return TYPE_WORDS[0]
        return {"slice0": []}

    script(told(judge))
    client = _client(server)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: client.fetch(documents.slices(1), VARIABLES), range(4)))
    assert all(reply.data == {"slice0": []} for reply in replies)
    assert client.lessons.all() == {"type v2RoundModelPerformances.modelId String!"}
    client.close()


# ---- writes ----


@pytest.mark.parametrize(
    "words",
    [
        'Cannot query field "drain" on type "V2ChangeStakeRequest".',
        'Unknown argument "amount" on field "releaseStake" of type "RootMutationType".',
        "Operation is too complex: complexity is 9 and maximum is 1",
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refused_write_is_neither_altered_nor_sent_again(
    words: str, status: int, client: NumeraiClient, server: ScriptedServer, script: Tell
) -> None:
    script(error(words, status))
    with pytest.raises(NumeraiError):
        client.mutate(writes.RELEASE_ALL, {"modelId": "m", "amount": "1"})
    assert sent(server) == [writes.RELEASE_ALL]
    assert not client.lessons.all()


def _client(server: ScriptedServer, **settings: Any) -> NumeraiClient:
    from ledger.clock import FrozenClock
    from tests.ledger.numerai.conftest import NOW, ApiKey

    return NumeraiClient(
        ApiKey(),
        api_url=server.url,
        clock=FrozenClock(NOW),
        sleep=lambda _seconds, _stop: None,
        **settings,
    )
