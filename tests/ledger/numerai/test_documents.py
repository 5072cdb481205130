"""Our documents are ones Numerai would take, and a write is never mistaken for a query."""

from __future__ import annotations

from importlib.resources import files

import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from ledger.domain.model import Tournament
from ledger.numerai import documents, writes
from ledger.numerai.lessons import Lessons, PerformanceForm
from ledger.numerai.official import is_query
from ledger.numerai.parts import Document, render

DOCUMENTS = {
    "key": documents.KEY,
    "account": documents.ACCOUNT_CORE,
    "account details": documents.ACCOUNT_EXTRAS,
    "snapshot": documents.SNAPSHOT,
    "submissions": documents.SUBMISSIONS,
    "rounds": documents.ROUNDS,
    "payouts": documents.PAYOUTS,
    "currency price": documents.CURRENCY,
    "contracts": documents.STAKING_CONTRACTS,
    "transactions": documents.STAKE_TRANSACTIONS,
    "claims": documents.claims(tuple(documents.ALIASES.items()), ()),
    "claims and rounds": documents.claims(
        (("classic", Tournament.CLASSIC),), (Tournament.CLASSIC, Tournament.CRYPTO)
    ),
    "running": documents.running(3),
    "scores": documents.scores(3),
    **{f"slices, {form}": documents.slices(3, form) for form in PerformanceForm},
    **{
        f"days, {form}": documents.days(3, form)
        for form in PerformanceForm
        if form is not PerformanceForm.SUBMISSION_SCORES
    },
}


def text(document: Document) -> str:
    asked = render(document, Lessons().refusal)
    assert not isinstance(asked, str), asked
    assert not asked.left_out
    return asked.text


READS = {name: text(document) for name, document in DOCUMENTS.items()}
WRITES = {
    "drain": writes.RELEASE_ALL,
    "cancel": writes.CANCEL_RELEASE,
    "take profit": writes.TAKE_PROFIT,
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((files("ledger.sandbox") / "schema.graphql").read_text())


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_documents_are_valid_and_use_three_aliases_at_most(
    name: str, schema: GraphQLSchema
) -> None:
    document = parse((READS | WRITES)[name])
    assert validate(schema, document) == []
    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    aliases = [
        field
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode) and field.alias
    ]
    assert len(aliases) <= 3


@pytest.mark.parametrize("name", READS)
def test_reads_are_reads(name: str) -> None:
    assert is_query(READS[name])


@pytest.mark.parametrize("name", WRITES)
def test_writes_are_writes(name: str) -> None:
    assert not is_query(WRITES[name])


@pytest.mark.parametrize(
    "document",
    [
        "{ account { username } }",
        "  \n\t# mutation\n query { a }",
        "query mutation { a }",
        "query($x: In = {mutation: {}}) { mutation }",
        'query { a(text: "} mutation {") }',
        'query { a(text: """ } mutation { """) }',
        "fragment f on T { a } query { ...f }",
        "\ufeffquery{a}",
    ],
)
def test_queries_are_recognised(document: str) -> None:
    assert is_query(document)


@pytest.mark.parametrize(
    "document",
    [
        "mutation { a }",
        "\n   # query\n  mutation($x: Int) { a }",
        ",,mutation{a}",
        "fragment f on T { a } mutation { ...f }",
        "query { a } mutation { b }",
        "subscription { a }",
        "",
        "# query",
        "fragment f on T { a }",
        "query { a",
        "nonsense",
        '"description" mutation { a }',
    ],
)
def test_everything_else_is_taken_for_a_write(document: str) -> None:
    assert not is_query(document)
