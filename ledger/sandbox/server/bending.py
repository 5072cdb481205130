"""Faults on single fields: refused by name, or bent in the answer while it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from ledger.sandbox.manners import Manners
from ledger.sandbox.server import wording
from ledger.sandbox.server.faults import BENDS, REFUSALS, Fault
from ledger.sandbox.server.outline import Picked

_MODEL_TYPES = frozenset({"Model", "ModelProfile", "V3UserProfile"})
_MODEL_KEYS = ("modelId", "apiModelId")


def check(fault: Fault, schema: GraphQLSchema) -> None:
    """Make sure that a fault on a field can ever hit something.

    Raises:
        ValueError: the schema has no such type, field or argument, or nothing says which.
    """
    if fault.kind not in REFUSALS | BENDS:
        return
    kind, field, argument, path = (
        fault.options.get(name) for name in ("type", "field", "argument", "path")
    )
    if fault.kind in BENDS and path is not None:
        return
    if field is None or (fault.kind == "refuse_argument") != (argument is not None):
        raise ValueError(f"fault {fault.kind} has to say which field it is about, and what of it")
    candidates = [
        type_.fields[field]
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and kind in {None, name} and field in type_.fields
    ]
    if not any(argument is None or argument in type_.args for type_ in candidates):
        what = f"{kind or 'any type'}.{field}" + (f"({argument})" if argument else "")
        raise ValueError(f"fault {fault.kind}: the schema has no {what}")


def refused(
    faults: Sequence[Fault], picked: Sequence[Picked], schema: GraphQLSchema, manners: Manners
) -> list[tuple[Fault, dict[str, Any]]]:
    """The faults that a document with these fields runs into, and what is said about each."""
    refusals = []
    for fault in faults:
        for field in (field for top in picked for field in top.all()):
            message = _refusal(fault, field, schema, manners)
            if message is not None:
                refusals.append((fault, {"message": message}))
                break
    return refusals


def in_reach(faults: Sequence[Fault], picked: Sequence[Picked]) -> list[Fault]:
    """The faults on fields that an answer to a document with these fields can run into."""
    fields = [field for top in picked for field in top.all()]
    return [
        fault
        for fault in faults
        if any(
            fault.options.get("field") in {None, field.name}
            and fault.options.get("type") in {None, field.parent}
            for field in fields
        )
    ]


class Bending:
    """What is bent in one answer. ``hits`` are the faults that changed something."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults
        self._owners: dict[tuple[str | int, ...], str] = {}
        self._retyped: list[tuple[Fault, list[str | int]]] = []
        self.hits: list[Fault] = []

    def bent(
        self,
        value: Any,
        source: Mapping[str, Any],
        info: GraphQLResolveInfo[Any],
        arguments: Mapping[str, Any],
    ) -> Any:
        """A field's value as it is told.

        Raises:
            GraphQLError: the fault is an error.
        """
        path = info.path.as_list()
        self._note_owner(path, source, info, arguments)
        for fault in self._faults:
            if self._aims_at(fault, path, source, info):
                value = self._changed(fault, value, path)
        return value

    def finish(self, data: Any) -> None:
        """Change the types of what was to be retyped, in the finished answer."""
        # What lies deepest first: a list that is none any more has no places.
        for fault, path in sorted(self._retyped, key=lambda one: -len(one[1])):
            row = data
            for step in path[:-1]:
                row = row[step] if row is not None else None
            if row is not None and row[path[-1]] is not None:
                row[path[-1]] = _retyped(row[path[-1]], str(fault.options["to"]))
                self._hit(fault)

    def _changed(self, fault: Fault, value: Any, path: list[str | int]) -> Any:
        if fault.kind == "retype":
            self._retyped.append((fault, path))
            return value
        if fault.kind == "null_field":
            self._hit(fault)
            if fault.options.get("error"):
                raise GraphQLError(str(fault.options.get("message", "Internal server error")))
            return None
        if not isinstance(value, list | tuple):
            return value
        rows = list(value)
        bent = _rows(fault, rows)
        if bent != rows:
            self._hit(fault)
        return bent

    def _hit(self, fault: Fault) -> None:
        if fault not in self.hits:
            self.hits.append(fault)

    def _note_owner(
        self,
        path: list[str | int],
        source: Mapping[str, Any],
        info: GraphQLResolveInfo[Any],
        arguments: Mapping[str, Any],
    ) -> None:
        """Remember which model a row, and all that is below it, belongs to."""
        if len(path) == 1:
            asked = arguments.get("modelId")
            if isinstance(asked, str):
                self._owners[tuple(path)] = asked
            return
        names = ("id",) if info.parent_type.name in _MODEL_TYPES else _MODEL_KEYS
        owner = next((source[name] for name in names if source.get(name) is not None), None)
        if isinstance(owner, str):
            self._owners[tuple(path[:-1])] = owner

    def _aims_at(
        self,
        fault: Fault,
        path: list[str | int],
        source: Mapping[str, Any],
        info: GraphQLResolveInfo[Any],
    ) -> bool:
        options = fault.options
        if options.get("path") is not None:
            if not _same_path(str(options["path"]), path):
                return False
        elif options.get("field") is None:
            return False
        if options.get("field") not in {None, info.field_name} or options.get("type") not in {
            None,
            info.parent_type.name,
        }:
            return False
        match = options.get("match") or {}
        if any(source.get(name) != value for name, value in match.items()):
            return False
        return options.get("ids") is None or self._owner(path) in options["ids"]

    def _owner(self, path: list[str | int]) -> str | None:
        for length in range(len(path), 0, -1):
            owner = self._owners.get(tuple(path[:length]))
            if owner is not None:
                return owner
        return None


def _refusal(fault: Fault, field: Picked, schema: GraphQLSchema, manners: Manners) -> str | None:
    options = fault.options
    if options["field"] != field.name or options.get("type") not in {None, field.parent}:
        return None
    parent = schema.get_type(field.parent)
    assert isinstance(parent, GraphQLObjectType)  # noqa: S101  (the document was validated)
    if fault.kind == "refuse_field":
        others = [name for name in parent.fields if name != field.name]
        return wording.unknown_field(field.parent, field.name, others, manners)
    argument = str(options["argument"])
    if argument not in {node.name.value for node in field.arguments}:
        return None
    others = [name for name in parent.fields[field.name].args if name != argument]
    return wording.unknown_argument(field.parent, field.name, argument, others, manners)


def _same_path(pattern: str, path: list[str | int]) -> bool:
    steps = pattern.split(".")
    return len(steps) == len(path) and all(
        step in {"*", str(there)} for step, there in zip(steps, path, strict=True)
    )


def _rows(fault: Fault, rows: list[Any]) -> list[Any]:
    if fault.kind == "empty_list":
        return []
    if fault.kind == "double_rows":
        return [row for row in rows for _ in range(2)]
    if fault.kind == "cap_list":
        return rows[: int(fault.options.get("first", 1))]
    places = sorted(range(len(rows)), key=_disorder)
    return [rows[place] for place in places]


def _disorder(place: int) -> str:
    return hashlib.sha256(str(place).encode()).hexdigest()


def _retyped(value: Any, to: str) -> Any:
    if to == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if to == "bool":
        return bool(value)
    if to == "list":
        return [value]
    if to == "object":
        return {str(i): one for i, one in enumerate(value)} if isinstance(value, list) else {
            "value": value
        }  # fmt: skip
    try:
        return float(str(value).replace(",", ""))
    except ValueError:
        return 7
