"""A short way through plain queries: what graphql-core would answer, in a fraction of its time.

Plain are queries of named fields, each asked for once, without fragments, directives or
introspection. Whatever else happens on the way, from a missing argument to a value of the wrong
type, is left to graphql-core, which then does all of it again: a query changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    get_argument_values,
    get_variable_values,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)


class _NotPlain(Exception):
    """The long way is needed."""


@dataclass(slots=True)
class _Run:
    """One execution: its variables, and each field's arguments once they were needed."""

    variables: Any
    arguments: dict[int, dict[str, Any]] = field(default_factory=dict)

    def arguments_of(self, definition: GraphQLField, node: FieldNode) -> dict[str, Any]:
        values = self.arguments.get(id(node))
        if values is None:
            values = get_argument_values(definition, node, self.variables)
            self.arguments[id(node)] = values
        return values


Complete = Callable[[Any, _Run], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a selection: its name in the answer, its source, and what makes its value."""

    key: str
    name: str
    definition: GraphQLField
    node: FieldNode
    complete: Complete

    def arguments(self, run: _Run) -> dict[str, Any]:
        return run.arguments_of(self.definition, self.node) if self.definition.args else {}


@dataclass(frozen=True, slots=True)
class Plan:
    """A plain query, ready to be answered again and again."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fields: tuple[_Field, ...]

    def data(
        self, variables: Mapping[str, Any], root: Mapping[str, Any], key: object
    ) -> dict[str, Any] | None:
        """The answer's data; ``None`` where only graphql-core knows what to say.

        ``root`` maps names to functions of ``key`` and the arguments.
        """
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, dict(variables))
        if isinstance(values, list):
            return None
        run = _Run(values)
        try:
            return {
                one.key: one.complete(root[one.name](key, **one.arguments(run)), run)
                for one in self.fields
            }
        except Exception:
            # Its place in the answer and its words are graphql-core's to say.
            return None


def plan(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Plan | None:
    """The plan of a valid operation; ``None`` when it is not plain."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return None
    try:
        fields = _fields(schema.query_type, operation.selection_set)
    except _NotPlain:
        return None
    return Plan(schema, operation, fields)


def _fields(parent: GraphQLObjectType, chosen: SelectionSetNode | None) -> tuple[_Field, ...]:
    nodes = chosen.selections if chosen is not None else ()
    fields = tuple(_field(parent, node) for node in nodes)
    if not fields or len({one.key for one in fields}) < len(fields):
        raise _NotPlain
    return fields


def _field(parent: GraphQLObjectType, node: object) -> _Field:
    if not isinstance(node, FieldNode) or node.directives:
        raise _NotPlain
    name = node.name.value
    definition = parent.fields.get(name)
    if definition is None:
        raise _NotPlain
    key = node.alias.value if node.alias is not None else name
    return _Field(key, name, definition, node, _completing(definition.type, node))


def _completing(kind: Any, node: FieldNode) -> Complete:
    """What makes an answer's value from a resolved one of type ``kind``."""
    if is_non_null_type(kind):
        return _non_null(_completing(kind.of_type, node))
    if is_list_type(kind):
        return _list(_completing(kind.of_type, node))
    if is_leaf_type(kind):
        # graphql-core 3.2 knows it by its older name.
        return _leaf(getattr(kind, "coerce_output_value", None) or kind.serialize)
    if is_object_type(kind) and kind.is_type_of is None:
        return _object(_fields(kind, node.selection_set))
    raise _NotPlain


def _non_null(inner: Complete) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        completed = inner(value, run)
        if completed is None:
            raise _NotPlain
        return completed

    return complete


def _list(inner: Complete) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        if value is None:
            return None
        if not isinstance(value, (list, tuple)):
            raise _NotPlain
        return [inner(item, run) for item in value]

    return complete


def _leaf(write: Callable[[Any], Any]) -> Complete:
    def complete(value: Any, _run: _Run) -> Any:
        if value is None:
            return None
        written = write(value)
        if written is None or written is Undefined:
            raise _NotPlain
        return written

    return complete


def _object(fields: tuple[_Field, ...]) -> Complete:
    def complete(source: Any, run: _Run) -> Any:
        if source is None:
            return None
        values = {}
        for field_ in fields:
            value = source.get(field_.name)
            if callable(value):
                value = value(**field_.arguments(run))
            if isinstance(value, float) and math.isnan(value):
                raise _NotPlain
            values[field_.key] = field_.complete(value, run)
        return values

    return complete
