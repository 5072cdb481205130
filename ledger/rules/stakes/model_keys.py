"""Whose key on chain is whose: told by the stakes that belong to it, or by a rule others follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from ledger.domain.nmr import NMR, ZERO
from ledger.rules.stakes.keccak import keccak256

StakesByRound = Mapping[int, NMR]

_KEY_BYTES = 32


def same_stakes(stakes: StakesByRound, other: StakesByRound, rounds: Iterable[int]) -> bool:
    """Whether two have the same stake, to the wei, in each of ``rounds``; none listed is none."""
    return all(stakes.get(number, ZERO) == other.get(number, ZERO) for number in rounds)


def match_keys(
    keys: Mapping[str, StakesByRound],
    models: Mapping[str, StakesByRound],
    rounds: Iterable[int],
) -> dict[str, str]:
    """Keys by model id, where the stakes of ``rounds`` leave no doubt.

    ``models``: each model's positions as Numerai lists them, by round; ``keys``: what the staking
    contract holds for a key. A key is a model's when both have the same stakes in all rounds, and
    neither fits another one as well. Without any stake nothing can be told.
    """
    numbers = tuple(rounds)
    matches = {}
    for model_id, stakes in models.items():
        fits = [key for key, held in keys.items() if same_stakes(stakes, held, numbers)]
        twins = [other for other in models.values() if same_stakes(stakes, other, numbers)]
        staked = any(stakes.get(number, ZERO) for number in numbers)
        if staked and len(fits) == len(twins) == 1:
            matches[model_id] = fits[0]
    return matches


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


_RULES: dict[str, Callable[[UUID, str], bytes]] = {
    "its id without dashes, as text": lambda uuid, _: uuid.hex.encode(),
    "its id, to the left": lambda uuid, _: uuid.bytes.ljust(_KEY_BYTES, b"\0"),
    "its id, to the right": lambda uuid, _: uuid.bytes.rjust(_KEY_BYTES, b"\0"),
    "the hash of its id": lambda uuid, _: keccak256(str(uuid).encode()),
    "the hash of its id without dashes": lambda uuid, _: keccak256(uuid.hex.encode()),
    "the hash of its id's bytes": lambda uuid, _: keccak256(uuid.bytes),
    "the hash of its name": lambda _, name: keccak256(name.encode()),
}
"""How a key may follow from a model's id and name, by what it is then. None is known to hold."""


def derived(model_id: str, name: str) -> dict[str, str]:
    """The key each rule gives a model, by the rule; nothing for an id that is no UUID."""
    try:
        uuid = UUID(model_id)
    except ValueError:
        return {}
    return {rule: _hex(make(uuid, name)) for rule, make in _RULES.items()}


def rule_of(proven: Iterable[tuple[str, str, str]]) -> str | None:
    """The one rule that every proven key follows, given as (model id, name, key); ``None`` for
    none, or without a proven key."""
    rules: set[str] | None = None
    for model_id, name, key in proven:
        follows = {rule for rule, made in derived(model_id, name).items() if made == key}
        rules = follows if rules is None else rules & follows
    return min(rules) if rules and len(rules) == 1 else None
