"""Every field and every argument of every document, refused one at a time by a real schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

from ledger.errors import CannotAsk
from ledger.numerai.client import NumeraiClient
from ledger.numerai.parts import ROOT, Arg, Document, OneOf, all_fields
from tests.ledger.numerai.server import ScriptedServer, told
from tests.ledger.numerai.test_documents import DOCUMENTS

FATAL = {
    "account": {
        "RootQueryType.account", "Account.models", "Model.id", "Model.name", "Model.tournament",
    },
    "snapshot": {
        "RootQueryType.account", "Account.availableNmr", "RootQueryType.model",
        "RootQueryType.model.modelId", "Model.v2Stake", "V2Stake.latestValueSettled",
        "V2Stake.pendingV2ChangeStakeRequest", "V2ChangeStakeRequest.type",
        "V2ChangeStakeRequest.requestedAmount", "V2ChangeStakeRequest.drain",
    },
    "submissions": {
        "RootQueryType.account", "Account.models", "Model.id", "Model.latestSubmissions",
        "LatestSubmission.roundNumber",
    },
    "transactions": {
        "RootQueryType.stakeTransactions", "RootQueryType.stakeTransactions.modelIds",
        "StakeTxn.modelId", "StakeTxn.timestamp", "StakeTxn.type",
    },
}  # fmt: skip
"""What a document can't do without; the others are made of parts that all may be missing."""


@cache
def whole() -> GraphQLSchema:
    return build_schema((files("ledger.sandbox") / "schema.graphql").read_text())


def type_of(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.query_type if name == ROOT else schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def parts(document: Document) -> list[tuple[str, str, str]]:
    """Type, field and argument (empty for the field itself) of all parts the schema has."""
    schema, found = whole(), {}
    for type_name, part in all_fields(document.forms[0].roots):
        if type_name not in {ROOT, *schema.type_map}:
            continue
        if part.name in type_of(schema, type_name).fields:
            for argument in ("", *(arg.name for arg in part.args)):
                found[type_name, part.name, argument] = None
    return list(found)


@pytest.fixture
def lacking(part: tuple[str, str, str]) -> Iterator[None]:
    """The schema is without ``part`` for as long as the test runs."""
    type_name, field, argument = part
    fields = type_of(whole(), type_name).fields
    parts: dict[str, Any] = fields[field].args if argument else fields
    all_of_them = dict(parts)
    del parts[argument or field]
    yield
    parts.clear()
    parts.update(all_of_them)


def absinthe(message: str) -> str:
    """graphql-core's words as the live server puts them."""
    message = re.sub(r"on field '(\w+)\.(\w+)'", r"on field '\2' of type '\1'", message)
    return message.replace("'", '"')


CASES = [
    pytest.param(name, part, id=f"{name}-{'.'.join(part)}")
    for name, document in DOCUMENTS.items()
    for part in parts(document)
]


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize(("name", "part"), CASES)
def test_a_refused_part_costs_itself(
    name: str,
    part: tuple[str, str, str],
    client: NumeraiClient,
    server: ScriptedServer,
    script: Callable[..., None],
) -> None:
    schema, document = whole(), DOCUMENTS[name]

    def judge(text: str, _variables: dict[str, Any]) -> object:
        errors = validate(schema, parse(text))
        return [absinthe(error.message) for error in errors] or {"answered": True}

    script(told(judge))
    fatal = ".".join(filter(None, part)) in FATAL.get(name, ())
    try:
        reply = client.fetch(document, {})
    except CannotAsk:
        assert fatal or needed(document, part)
        return
    assert not fatal
    first, last = server.script.received[0].document, server.script.received[-1].document
    assert len(server.script.received) <= 4
    assert validate(schema, parse(last)) == []
    lost = set(names_of(first)) - set(names_of(last))
    explained = {step.strip("()") for path in reply.left_out for step in path}
    roots = document.forms[0].roots
    explained |= {root.name for root in roots if root.key in explained}
    if reply.form == document.forms[0].name:
        assert lost <= explained | stood_in_for(document) | below(document, lost), lost


def needed(document: Document, part: tuple[str, str, str]) -> bool:
    """Whether every form of a document needs the part, in all top-level fields that it has."""
    type_name, field, argument = part
    return all(
        type_name == ROOT
        or any(found.must and found.name == field for _, found in all_fields(roots))
        for roots in (form.roots for form in document.forms)
    ) and (not argument or any(arg.must for arg in arguments(document, field, argument)))


def arguments(document: Document, field: str, argument: str) -> list[Arg]:
    return [
        arg
        for form in document.forms
        for _, found in all_fields(form.roots)
        if found.name == field
        for arg in found.args
        if arg.name == argument
    ]


def stood_in_for(document: Document) -> set[str]:
    """Fields of the first of several forms: another form stands in for them."""
    found = set()
    for form in document.forms:
        for _, part in all_fields(form.roots):
            for child in part.fields:
                if isinstance(child, OneOf):
                    found |= {one.name for _, one in all_fields(child.forms[0])}
    return found


def below(document: Document, names: set[str]) -> set[str]:
    """Fields below those of ``names``, and their variables: they go with them."""
    gone = {
        child.name
        for form in document.forms
        for _, part in all_fields(form.roots)
        if part.name in names
        for _, child in all_fields(part.fields)
    }
    variables = {
        word
        for form in document.forms
        for _, part in all_fields(form.roots)
        for arg in part.args
        for word in (arg.name, arg.value.removeprefix("$"))
    }
    return gone | variables


def names_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.partition("{")[2])
