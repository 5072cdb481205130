"""GraphQL over the world's schema: parse, validate, execute, and the server's own limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
    visit,
)
from graphql.language import Visitor

from ledger.sandbox.lenient import accept

MAX_ALIASES = 3


class BadDocument(Exception):
    """A request the server answers with HTTP 400; ``errors`` is the list it sends."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.errors = [{"message": message} for message in messages]


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid document with one operation. ``fields`` are its top-level field names."""

    document: DocumentNode
    kind: str
    fields: tuple[str, ...]


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The schema of ``schema.graphql``."""
    text = resources.files("ledger.sandbox").joinpath("schema.graphql").read_text("utf-8")
    return build_schema(text)


@lru_cache(maxsize=512)
def prepare(text: str) -> Operation:
    """Parse and validate a document.

    Raises:
        BadDocument: not GraphQL, not valid against the schema, or over a limit.
    """
    try:
        document = accept(schema(), parse(text))
    except GraphQLError as error:
        raise BadDocument([error.message]) from None
    errors = validate(schema(), document)
    if errors:
        raise BadDocument([error.message for error in errors])
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1:
        raise BadDocument(["Exactly one operation is expected in a request."])
    if _aliases(document) > MAX_ALIASES:
        raise BadDocument([f"Too many aliases: at most {MAX_ALIASES} are allowed in a request."])
    selected = operations[0].selection_set.selections
    fields = tuple(node.name.value for node in selected if isinstance(node, FieldNode))
    return Operation(document, operations[0].operation.value, fields)


def run(
    operation: Operation, variables: Mapping[str, Any] | None, root: object, context: object
) -> dict[str, Any]:
    """Execute; the answer as the body to send.

    ``root`` maps top-level field names to functions of the context and the arguments.

    Raises:
        BadDocument: a variable is missing or of the wrong type.
    """
    result = execute_sync(
        schema(),
        operation.document,
        root_value=root,
        context_value=context,
        variable_values=dict(variables or {}),
        field_resolver=_resolve,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("incremental delivery is not part of this schema")
    if result.data is None and result.errors and all(e.path is None for e in result.errors):
        raise BadDocument([error.message for error in result.errors])
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [{"message": e.message, "path": e.path} for e in result.errors]
    return body


def _resolve(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    value = source.get(info.field_name)
    if not callable(value):
        return value
    return value(info.context, **arguments) if info.path.prev is None else value(**arguments)


class _AliasCounter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def enter_field(self, node: FieldNode, *_rest: object) -> None:
        self.count += node.alias is not None


def _aliases(document: DocumentNode) -> int:
    counter = _AliasCounter()
    visit(document, counter)
    return counter.count
