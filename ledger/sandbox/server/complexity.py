"""What an operation costs: the server refuses those that are too complex."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import IntValueNode, VariableNode

from ledger.sandbox.server.outline import Picked

_LIST = 10
"""How many rows a list is taken to have when nothing tells."""

_NESTED = {
    ("V2RoundModelPerformance", "payoutMultipliers"): 4,
    ("V2RoundModelPerformance", "submissionScores"): 4,
    ("V2RoundModelPerformance", "intraRoundSubmissionScores"): 4,
}

_BY_ROUND = frozenset({"v2RoundModelPerformances", "submissionScores"})
_UNBOUNDED = 100
"""Rounds a list of performances is taken to have when its arguments do not say."""


MOST_ROUNDS = 1000
"""What ``lastNRounds`` counts up to."""


def cost(fields: tuple[Picked, ...], variables: Mapping[str, Any]) -> int:
    """The sum over all fields: each is 1, and what is below a list counts once a row."""
    return sum(_cost(field, variables) for field in fields)


def _cost(field: Picked, variables: Mapping[str, Any]) -> int:
    below = cost(field.below, variables)
    return 1 + below * (_rows(field, variables) if field.lists else 1)


def _rows(field: Picked, variables: Mapping[str, Any]) -> int:
    if field.parent != "RootQueryType" or field.name not in _BY_ROUND:
        return _NESTED.get((field.parent, field.name), _LIST)
    arguments = {a.name.value: _number(a.value, variables) for a in field.arguments}
    bounds = [arguments.get("lastNRounds"), arguments.get("limit")]
    bounds.append(None if bounds[0] is None else MOST_ROUNDS)
    low, high = arguments.get("roundNumber__gte"), arguments.get("roundNumber__lte")
    if low is not None and high is not None:
        bounds.append(high - low + 1)
    if arguments.get("roundNumber__eq") is not None:
        bounds.append(1)
    return max(0, min((bound for bound in bounds if bound is not None), default=_UNBOUNDED))


def _number(node: object, variables: Mapping[str, Any]) -> int | None:
    value: object = None
    if isinstance(node, IntValueNode):
        value = int(node.value)
    elif isinstance(node, VariableNode):
        value = variables.get(node.name.value)
    return value if isinstance(value, int) else None
