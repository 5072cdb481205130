"""Refusals in the live server's words."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Collection, Mapping
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, print_ast
from graphql.pyutils import suggestion_list

from ledger.sandbox.manners import Manners

_FIELD = re.compile(r"Cannot query field .(\w+). on type .(\w+).\.")
_ARGUMENT = re.compile(r"Unknown argument .(\w+). on field .(\w+)\.(\w+).\.")
_REQUIRED = re.compile(r"rgument .(?:[\w.]+\()?(\w+)(?::\))?. of type .([^' ]+). is required")
_VARIABLE = re.compile(r"Variable .\$(\w+).")
_QUOTED = re.compile(r"'([^']*)'")
_MOST_HINTS = 5
"""How many names an error suggests at most."""


def unknown_field(parent: str, name: str, names: Collection[str], manners: Manners) -> str:
    """``Cannot query field ...``, for some names with a hint at those it may have meant."""
    return f'Cannot query field "{name}" on type "{parent}".' + _hint(name, names, manners)


def unknown_argument(
    parent: str, field: str, name: str, names: Collection[str], manners: Manners
) -> str:
    """``Unknown argument ...``, for some names with a hint."""
    words = f'Unknown argument "{name}" on field "{field}" of type "{parent}".'
    return words + _hint(name, names, manners)


def hinted(name: str, manners: Manners) -> bool:
    """Whether a refusal of this name may say "Did you mean"; always the same for a name."""
    return manners.hints and zlib.crc32(name.encode()) % 2 == 0


def refusal(error: GraphQLError, manners: Manners) -> dict[str, Any]:
    """An error of validation as the server sends it."""
    return _entry(_translated(error.message, manners), error)


def refused_variable(
    error: GraphQLError, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """An error about a variable's value as the server sends it."""
    match = _VARIABLE.search(error.message)
    if match is None:
        return _entry(_double(error.message), error)
    name = match[1]
    declared = next(
        (
            print_ast(d.type)
            for d in operation.variable_definitions or ()
            if d.variable.name.value == name
        ),
        "",
    )
    if variables.get(name) is None:
        return _entry(f'Variable "{name}": Expected non-null, found null.', error)
    value = json.dumps(variables[name], default=str)
    return _entry(f'Variable "{name}": Expected type "{declared}", found {value}.', error)


def _translated(message: str, manners: Manners) -> str:
    if (match := _FIELD.match(message)) is not None:
        hint = _double(message[match.end() :]) if hinted(match[1], manners) else ""
        return f'Cannot query field "{match[1]}" on type "{match[2]}".{hint}'
    if (match := _ARGUMENT.match(message)) is not None:
        hint = _double(message[match.end() :]) if hinted(match[1], manners) else ""
        return f'Unknown argument "{match[1]}" on field "{match[3]}" of type "{match[2]}".{hint}'
    if (match := _REQUIRED.search(message)) is not None:
        return f'In argument "{match[1]}": Expected type "{match[2]}", found null.'
    return _double(message)


def _entry(message: str, error: GraphQLError) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": message}
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return entry


def _hint(name: str, names: Collection[str], manners: Manners) -> str:
    if not hinted(name, manners):
        return ""
    near = [f'"{suggestion}"' for suggestion in suggestion_list(name, names)[:_MOST_HINTS]]
    if not near:
        return ""
    listed = near[0] if len(near) == 1 else ", ".join(near[:-1]) + " or " + near[-1]
    return f" Did you mean {listed}?"


def _double(text: str) -> str:
    return _QUOTED.sub(r'"\1"', text)
