"""Policies from text: places as they are typed, and a policy as a table of a file.

::

    burns = "carry"
    threshold = "1"
    every = 20
    pools = ["tax"]

    [rows.others]
    wallet = "25"
    "pool:tax" = "10"
    alder = "12.5"

Rows are named after their model, or ``others`` for all without a row of their own; so are places,
beside ``wallet`` and ``pool:NAME``. A model whose name is one of these words is written with
``model:`` before it. What a row leaves of 100 stays with the model itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ledger.domain import typed
from ledger.domain.model import Tournament
from ledger.domain.names import listed
from ledger.domain.nearest import did_you_mean
from ledger.domain.nmr import NMR
from ledger.domain.policy import (
    ITSELF,
    THRESHOLD,
    WALLET,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
)
from ledger.errors import ChangeError
from ledger.rules.policy.split import new_row, parse_percent, with_row

OTHERS = "others"
"""All models without a row of their own."""

POOL_NAME = 32
"""The longest name of a pool."""

NONE = "none"
"""No threshold, or no schedule."""

POOL, MODEL = "pool:", "model:"
"""What a pool begins with, and a model that is named like something else."""

_KEYS = ("burns", "threshold", "every", "pools", "rows")


def parse_source(text: str, names: Mapping[str, str]) -> str | None:
    """The model whose row is meant, ``None`` for all others.

    Raises:
        ChangeError: no such model.
    """
    return None if text == OTHERS else _model(text, names)


def parse_destination(text: str, names: Mapping[str, str]) -> Destination:
    """The destination that is meant.

    Raises:
        ChangeError: no such model, or a pool without a name.
    """
    if text in (WALLET.kind.value, ITSELF.kind.value):
        return Destination(DestinationKind(text))
    if text.startswith(POOL):
        return Destination(DestinationKind.POOL, pool_name(text.removeprefix(POOL)))
    return Destination(DestinationKind.MODEL, _model(text, names))


def pool_name(text: str) -> str:
    """The name of a pool as it is kept.

    Raises:
        ChangeError: that can't be one.
    """
    name = text.strip()
    if not name or len(name) > POOL_NAME or not name.isprintable():
        raise ChangeError(
            "That can't be the name of a pool.", f"Type up to {POOL_NAME} characters."
        )
    return name


def _model(text: str, names: Mapping[str, str]) -> str:
    """The id of a model given by id or name; of names alike but for their case the exact one."""
    label = text.removeprefix(MODEL)
    if label in names:
        return label
    exact = [key for key, name in names.items() if name == label]
    ids = exact or [key for key, name in names.items() if name.lower() == label.lower()]
    if len(ids) > 1:
        raise ChangeError(
            f"“{label}” is {len(ids)} models.", f"Say which by id: {', '.join(sorted(ids))}."
        )
    if not ids:
        raise ChangeError(
            f"“{label}” is no model here.",
            f"{did_you_mean(label, names.values())}There are: {listed(sorted(names.values()))}.",
        )
    return ids[0]


def parse_shares(texts: Mapping[str, str], names: Mapping[str, str]) -> dict[Destination, Decimal]:
    """Percentages by place, both as typed; itself is left out, it gets what the others leave.

    Raises:
        ChangeError: no such place, it is there twice, or no percentage.
    """
    shares: dict[Destination, Decimal] = {}
    for text, percentage in texts.items():
        destination, percent = parse_destination(text, names), parse_percent(percentage)
        if destination in shares:
            raise ChangeError(f"“{text}” is there twice.", "Give each place once.")
        shares[destination] = percent
    whole = sum(shares.values(), Decimal(0))
    if ITSELF in shares and whole != 100:
        raise ChangeError(f"The row adds up to {whole.normalize():f} %.", "Leave itself out.")
    return {
        destination: percent
        for destination, percent in shares.items()
        if percent and destination != ITSELF
    }


def read_policy(
    table: Mapping[str, Any], tournament: Tournament, names: Mapping[str, str]
) -> Policy:
    """The policy that a table of a file describes.

    Raises:
        ChangeError: something in it can't be understood.
    """
    for key in table:
        if key not in _KEYS:
            raise ChangeError(f"{key} is not a key of a policy.", f"There are: {_listed(_KEYS)}.")
    policy = Policy(
        tournament,
        burns=_burns(table.get("burns", BurnRule.CARRY.value)),
        threshold=parse_threshold(table.get("threshold", str(THRESHOLD))),
        every=parse_every(table.get("every", NONE)),
        pools=_pools(table.get("pools", [])),
    )
    rows = table.get("rows", {})
    if not isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows.values()):
        raise ChangeError("The rows of a policy are tables.", "Such as [policy.rows.others].")
    for source, cells in rows.items():
        texts = {
            destination: percent
            for destination, percent in cells.items()
            if isinstance(percent, str)
        }
        if len(texts) != len(cells):
            raise ChangeError(f"{source}: a percentage is a text.", 'Write "25".')
        row = new_row(parse_source(source, names), parse_shares(texts, names))
        policy = with_row(policy, row)
    return policy


def parse_threshold(text: object) -> NMR | None:
    """An amount, exact to the wei, or ``none``.

    Raises:
        ChangeError: neither, or not above zero.
    """
    return None if text == NONE else typed.positive(str(text))


def parse_every(text: object) -> int | None:
    """A number of rounds, or ``none``.

    Raises:
        ChangeError: neither, or not above zero.
    """
    if text == NONE:
        return None
    rounds = typed.whole(str(text))
    if not rounds:
        raise ChangeError(f"“{text}” is no number of rounds.", "Such as 20, or none.")
    return rounds


def _burns(text: object) -> BurnRule:
    if text not in set(BurnRule):
        raise ChangeError(f"Burns can't be “{text}”.", f"There are: {_listed(BurnRule)}.")
    return BurnRule(str(text))


def _pools(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ChangeError("Pools are a list of names.", 'Such as ["tax"].')
    return tuple(dict.fromkeys(pool_name(name) for name in value))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
