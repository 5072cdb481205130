"""Policies to text; what :mod:`ledger.rules.policy.text` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.domain.policy import ITSELF, WALLET, Destination, DestinationKind, Policy
from ledger.rules.policy.text import MODEL, NONE, OTHERS, POOL


def source_text(source: str | None, names: Mapping[str, str]) -> str:
    """A row's name; ``names`` of the tournament's models by id, an unknown one is its id."""
    if source is None:
        return OTHERS
    name = names.get(source, source)
    return f"{MODEL}{name}" if name == OTHERS or name.startswith(MODEL) else name


def destination_text(destination: Destination, names: Mapping[str, str]) -> str:
    """A destination as it is typed; see the module's rule."""
    if destination.kind is DestinationKind.POOL:
        return f"{POOL}{destination.name}"
    if destination.kind is not DestinationKind.MODEL:
        return destination.kind.value
    name = names.get(destination.name, destination.name)
    taken = name in (WALLET.kind.value, ITSELF.kind.value) or name.startswith((POOL, MODEL))
    return f"{MODEL}{name}" if taken else name


def policy_table(policy: Policy, names: Mapping[str, str]) -> dict[str, Any]:
    """The policy as a table of a file; ``names`` of the tournament's models by id."""
    table: dict[str, Any] = {
        "burns": policy.burns.value,
        "threshold": NONE if policy.threshold is None else str(policy.threshold),
    }
    if policy.every is not None:
        table["every"] = policy.every
    if policy.pools:
        table["pools"] = list(policy.pools)
    table["rows"] = {
        source_text(row.source, names): {
            destination_text(destination, names): f"{percent.normalize():f}"
            for destination, percent in row.shares.items()
            if destination != ITSELF
        }
        for row in policy.rows
    }
    return table
