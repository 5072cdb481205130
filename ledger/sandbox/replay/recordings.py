"""A recording of somebody's sync, read back: what was asked, field by field, and what was told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

from ledger.clock import from_iso
from ledger.exact_json import decode

FORMAT = 1
"""The form of recordings that is understood."""

_REFUSALS = re.compile(
    r"Cannot query field|Unknown (?:argument|type)|In (?:argument|field)|^Argument |^Variable "
    r"|^Field |complex"
)
_ARGUMENT = re.compile(r"Unknown argument \"(\w+)\" on field \"(\w+)\"")

Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field as asked for by ``name``: under ``key`` in the answer, with these arguments, and the
    sub-fields in ``children``."""

    name: str
    key: str
    arguments: Mapping[str, Any]
    children: tuple[Field, ...]

    @property
    def call(self) -> str:
        """The field with its arguments as one text: the same for the same question."""
        arguments = sorted(f"{name}: {_plain(value)}" for name, value in self.arguments.items())
        return f"{self.name}({', '.join(arguments)})" if arguments else self.name

    @property
    def whole_call(self) -> str:
        """The same with what fields below it are given."""
        below = (child.whole_call for child in self.children)
        return " ".join([self.call, *sorted(call for call in below if "(" in call)])

    def paths(self) -> frozenset[Path_]:
        """Everything below it, each by the names on the way to it."""
        return frozenset(self._paths())

    def _paths(self) -> Iterator[Path_]:
        for child in self.children:
            yield (child.name,)
            for path in child._paths():
                yield (child.name, *path)


def _form(fields: Iterable[Field]) -> set[tuple[str, frozenset[Path_]]]:
    return {(field.call, field.paths()) for field in fields}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(sorted(map(_plain, value))) + "]"
    return str(value)


@dataclass(frozen=True, slots=True)
class Question:
    """A document with its variables filled in; ``kind`` is ``query`` or ``mutation``.

    ``fields`` are its top-level fields.
    """

    kind: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedField:
    """What an answer had of one field; in ``value`` every field stands under its own name.

    ``errors``: Numerai's, each with the path below the field.
    """

    field: Field
    value: Any
    errors: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedFailure:
    """An answer without data, for the whole document, which had these ``fields``.

    ``status`` is ``None`` where no answer came. ``body`` is JSON or text, as ``content_type``
    says. With ``refusal`` it is the document that the server would not take.
    """

    fields: tuple[Field, ...]
    status: int | None
    content_type: str
    body: Any
    refusal: bool

    def concerns(self, field: Field, fields: tuple[Field, ...]) -> bool:
        """Whether asking for ``field``, as one of ``fields``, would meet it again.

        A refusal concerns the document that was refused, and no other.
        """
        if self.refusal:
            return _form(self.fields) == _form(fields)
        mine = next((own for own in self.fields if own.call == field.call), None)
        if mine is None:
            return False
        old, new = mine.paths(), field.paths()
        return old <= new or new <= old

    @property
    def messages(self) -> list[str]:
        """What it says."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        return [str(error.get("message")) for error in errors or () if isinstance(error, dict)]

    @property
    def refused_arguments(self) -> set[tuple[str, str]]:
        """Field and argument of those it does not know."""
        matches = (_ARGUMENT.search(message) for message in self.messages)
        return {(match[2], match[1]) for match in matches if match}


@dataclass(frozen=True, slots=True)
class Recording:
    """All of it: ``events`` in order; ``now`` is when it was made, in its own time."""

    now: datetime
    events: tuple[RecordedField | RecordedFailure, ...]


def load(file: Path) -> Recording:
    """Read ``file``.

    Raises:
        ValueError: it is no recording, or one of another form.
        OSError: it can't be read.
    """
    try:
        lines = [decode(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        header, *exchanges = lines
        form, now = header["format"], from_iso(header["recorded"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is not a recording of a sync") from None
    if form != FORMAT:
        raise ValueError(f"{file} is a recording of form {form}, only {FORMAT} is understood")
    events: list[RecordedField | RecordedFailure] = []
    for number, exchange in enumerate(exchanges, start=2):
        try:
            events += _events(exchange)
        except Exception as error:
            raise ValueError(f"{file}, line {number}: {error}") from None
    return Recording(now, tuple(events))


def _events(exchange: Mapping[str, Any]) -> Iterable[RecordedField | RecordedFailure]:
    asked = read(exchange["document"], exchange["variables"])
    status, body = exchange["status"], exchange["body"]
    data = body.get("data") if isinstance(body, dict) else None
    if status is not None and status < 300 and isinstance(data, dict):
        errors = body.get("errors") or []
        if not errors or any(value is not None for value in data.values()):
            return _answered(asked.fields, data, errors)
    trouble = RecordedFailure(asked.fields, status, exchange["content_type"], body, refusal=False)
    refused = status in {200, 400} and any(map(_REFUSALS.search, trouble.messages))
    if not refused:
        return [trouble]
    return [RecordedFailure(asked.fields, status, exchange["content_type"], body, refusal=True)]


def _answered(
    fields: tuple[Field, ...], data: Mapping[str, Any], errors: list[Mapping[str, Any]]
) -> Iterator[RecordedField]:
    for i, field in enumerate(fields):
        own = [
            {**error, "path": path[1:]}
            for error in errors
            if (path := error.get("path") or ([field.key] if i == 0 else [None]))[0] == field.key
        ]
        yield RecordedField(field, _by_name(data.get(field.key), field.children), tuple(own))


def _by_name(value: Any, fields: tuple[Field, ...]) -> Any:
    if isinstance(value, list):
        return [_by_name(entry, fields) for entry in value]
    if not isinstance(value, dict) or not fields:
        return value
    return {
        field.name: _by_name(value[field.key], field.children)
        for field in fields
        if field.key in value
    }


def read(document: object, variables: Mapping[str, Any] | None) -> Question:
    """Parse ``document`` and fill in ``variables``, fragments and defaults.

    Raises:
        GraphQLError: it can't be parsed.
        ValueError: it holds no operation, or more than one.
    """
    if not isinstance(document, str):
        raise ValueError("No query document supplied")
    tree = parse(document)
    operations = [d for d in tree.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1:
        raise ValueError("Exactly one operation is expected in a request.")
    operation = operations[0]
    values = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    reader = _Reader(tree, values | dict(variables or {}))
    return Question(operation.operation.value, tuple(reader.fields(operation.selection_set)))


class _Reader:
    def __init__(self, tree: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in tree.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def fields(self, selected: SelectionSetNode | None) -> Iterator[Field]:
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                yield self._field(node)
            elif isinstance(node, InlineFragmentNode):
                yield from self.fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self.fields(self._fragments.get(node.name.value))

    def _field(self, node: FieldNode) -> Field:
        values = {entry.name.value: self._value(entry.value) for entry in node.arguments or ()}
        return Field(
            node.name.value,
            (node.alias or node.name).value,
            {name: value for name, value in values.items() if value is not None},
            tuple(self.fields(node.selection_set)),
        )

    def _value(self, node: Any) -> Any:
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value)
        value = value_from_ast_untyped(node, dict(self._variables))
        return None if value is Undefined else value
