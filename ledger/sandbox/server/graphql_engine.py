"""GraphQL over the world's schema: parse, validate, execute, and the server's own limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    extend_schema,
    parse,
    validate,
)

from ledger.sandbox.manners import HARD, Manners
from ledger.sandbox.server import complexity, quick, strictness, wording
from ledger.sandbox.server.access import ApiKey, NotPermitted
from ledger.sandbox.server.bending import Bending
from ledger.sandbox.server.lenient import accept, camel_case
from ledger.sandbox.server.outline import Picked, outline


class BadDocument(Exception):
    """A request the server refuses; ``errors`` is the list it sends, ``status`` the HTTP status
    when it is not that of all refusals."""

    def __init__(self, errors: list[dict[str, Any]], status: int | None = None) -> None:
        super().__init__("; ".join(error["message"] for error in errors))
        self.errors = errors
        self.status = status

    @classmethod
    def saying(cls, message: str, status: int | None = None) -> BadDocument:
        """One with a single message."""
        return cls([{"message": message}], status)


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid document with one operation, whose ``kind`` is query or mutation.

    ``fields`` are its top-level field names, one for each alias; ``picked`` is the tree of all its
    fields, ``definition`` the operation's node, ``plan`` the short way to its answer.
    """

    document: DocumentNode
    kind: str
    fields: tuple[str, ...]
    picked: tuple[Picked, ...]
    definition: OperationDefinitionNode
    plan: quick.Plan | None


@dataclass(slots=True)
class Call:
    """What resolvers know of the request: its ``key``, and the ``bending`` of its answer.

    ``unwritable`` are places whose value no scalar may hold, put there at the end.
    """

    key: ApiKey | None
    bending: Bending | None
    unwritable: list[list[str | int]]


@lru_cache(maxsize=4)
def schema(deprecated: bool = False) -> GraphQLSchema:
    """The schema of ``schema.graphql``, with the ``deprecated`` fields or without."""
    files = resources.files("ledger.sandbox")
    built = build_schema(files.joinpath("schema.graphql").read_text("utf-8"))
    if deprecated:
        more = files.joinpath("deprecated.graphql").read_text("utf-8")
        built = extend_schema(built, parse(more))
    return built


@lru_cache(maxsize=512)
def prepare(text: str, manners: Manners = HARD) -> Operation:
    """Parse and validate a document.

    Raises:
        BadDocument: not GraphQL, not valid against the schema, or over a limit.
    """
    api_schema = schema(manners.deprecated_fields)
    try:
        document = accept(parse(text), manners)
    except GraphQLError as error:
        raise BadDocument([wording.refusal(error, manners)]) from None
    errors = validate(api_schema, document, strictness.rules(manners))
    if errors:
        raise BadDocument([wording.refusal(error, manners) for error in errors])
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1:
        raise BadDocument.saying("Exactly one operation is expected in a request.")
    picked = outline(api_schema, document)
    _check_limits(picked, manners)
    fields = tuple(field.name for field in picked)
    (operation,) = operations
    kind, plan = operation.operation.value, quick.plan(api_schema, operation)
    return Operation(document, kind, fields, picked, operation, plan)


def check_cost(operation: Operation, variables: Mapping[str, Any], manners: Manners) -> None:
    """Refuse an operation that costs too much with these variables.

    Raises:
        BadDocument: it does.
    """
    price, most = complexity.cost(operation.picked, variables), manners.max_complexity
    if most is not None and price > most:
        name = operation.definition.name
        title = f"Operation {name.value}" if name is not None else "Operation"
        raise BadDocument.saying(
            f"{title} is too complex: complexity is {price} and maximum is {most}"
        )


def run(
    operation: Operation,
    variables: Mapping[str, Any] | None,
    root: Mapping[str, Any],
    key: ApiKey | None,
    *,
    manners: Manners = HARD,
    bending: Bending | None = None,
) -> dict[str, Any]:
    """Execute; the answer as the body to send.

    ``root`` maps top-level field names to functions of the key and the arguments; ``bending`` is
    what goes wrong with the answer's fields.

    Raises:
        BadDocument: a variable is missing or of the wrong type, or the key lacks a scope where
            that is refused like a document.
    """
    if operation.plan is not None and bending is None:
        data = operation.plan.data(variables or {}, root, key)
        if data is not None:
            return {"data": data}
    call = Call(key, bending, [])
    result = execute_sync(
        schema(manners.deprecated_fields),
        operation.document,
        root_value=root,
        context_value=call,
        variable_values=dict(variables or {}),
        field_resolver=_resolve,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("incremental delivery is not part of this schema")
    errors = result.errors or []
    if result.data is None and errors and all(e.path is None for e in errors):
        raise BadDocument(
            [wording.refused_variable(e, operation.definition, variables or {}) for e in errors]
        )
    if manners.refusal_status != 200 and any(map(_not_permitted, errors)):
        raise BadDocument([{"message": error.message} for error in errors])
    return _body(operation, result.data, errors, call)


def _body(
    operation: Operation, data: dict[str, Any] | None, errors: list[GraphQLError], call: Call
) -> dict[str, Any]:
    if "__type" in operation.fields:
        data = _as_introspected(data)
    for place in call.unwritable:
        row: Any = data
        for step in place[:-1]:
            row = row[step]
        row[place[-1]] = math.nan
    if call.bending is not None:
        call.bending.finish(data)
    body: dict[str, Any] = {"data": data}
    if errors:
        body["errors"] = [{"message": e.message, "path": e.path} for e in errors]
    return body


def _not_permitted(error: GraphQLError) -> bool:
    return isinstance(error, NotPermitted) or isinstance(error.original_error, NotPermitted)


def _check_limits(picked: tuple[Picked, ...], manners: Manners) -> None:
    if any(field.name == "__schema" for field in picked):
        raise BadDocument.saying("Introspection of the schema is not allowed")
    every = [field for top in picked for field in top.all()]
    aliases = sum(field.key != field.name for field in every)
    if manners.max_aliases is not None and aliases > manners.max_aliases:
        raise BadDocument.saying(
            f"Too many aliases: at most {manners.max_aliases} are allowed in a request."
        )


def _as_introspected(value: Any) -> Any:
    """Names with double underscores as introspection prints them: in camel case."""
    if isinstance(value, dict):
        return {name: _as_introspected(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_introspected(inner) for inner in value]
    if isinstance(value, str) and "__" in value.lstrip("_") and not value.startswith("__"):
        first, *rest = camel_case(value).split("__")
        return first + "".join(map(str.capitalize, rest))
    return value


def _resolve(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    call: Call = info.context
    value = source.get(info.field_name)
    if callable(value):
        value = value(call.key, **arguments) if info.path.prev is None else value(**arguments)
    if call.bending is not None:
        value = call.bending.bent(value, source, info, arguments)
    if isinstance(value, float) and math.isnan(value):
        call.unwritable.append(info.path.as_list())
        return None
    return value
