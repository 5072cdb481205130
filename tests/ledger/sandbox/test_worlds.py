"""The worlds that tests begin with are as if each had been built for its test."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.sandbox.world.population import build
from ledger.sandbox.world.world import World
from tests.ledger.sandbox.conftest import BEFORE_ATOMIC, MONDAY
from tests.worlds import sandbox_of, world


def state(of: World) -> dict[str, Any]:
    """All that a world holds but its scores, which only its seed decides."""
    return {name: value for name, value in vars(of).items() if name != "scores"}


def changeable(value: object) -> list[object]:
    """Every object within ``value`` that can change."""
    if isinstance(value, dict):
        inner = [part for pair in value.items() for part in changeable(pair)]
        return [value, *inner]
    if isinstance(value, (list, tuple)):
        inner = [part for one in value for part in changeable(one)]
        return [value, *inner] if isinstance(value, list) else inner
    if is_dataclass(value) and not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        parts = [getattr(value, one.name) for one in fields(value)]
        return [value, *(part for one in parts for part in changeable(one))]
    return []


@pytest.mark.parametrize("now", [BEFORE_ATOMIC, MONDAY])
def test_a_copy_is_and_becomes_what_a_built_world_is_and_becomes(now: Any) -> None:
    how = {"seed": 3, "models": 16, "rounds": 40, "now": now}
    built, copy = build(**how), world(**how)
    assert state(copy) == state(built)
    for one in (built, copy):
        one.advance_to(now + timedelta(days=60))
    assert state(copy) == state(built)
    assert copy.scores.seed == built.scores.seed


def test_copies_have_nothing_in_common_that_can_change() -> None:
    how = {"seed": 3, "models": 16, "rounds": 40, "now": MONDAY}
    ours, theirs = (changeable(state(world(**how))) for _ in range(2))
    assert len(ours) == len(theirs) > 500
    assert not {id(one) for one in ours} & {id(one) for one in theirs}


def test_what_happens_in_one_leaves_the_next_as_it_was() -> None:
    how = {"seed": 3, "models": 16, "rounds": 40, "now": MONDAY}
    first = world(**how)
    first.tournaments[Tournament.SIGNALS].slots[0].stake += NMR(5)
    first.advance_to(MONDAY + timedelta(days=9))
    assert state(world(**how)) == state(build(**how))


def test_its_slots_are_the_same_however_they_are_reached() -> None:
    copy = world(seed=3, models=16, rounds=40, now=MONDAY)
    for competition in copy.tournaments.values():
        for slot in competition.slots:
            assert copy.any_slot(slot.id) is slot
            assert all(
                any(claim is one for one in slot.entries.values()) for claim in slot.claimable
            )


def test_a_sandbox_has_one_of_its_own() -> None:
    how = {"seed": 3, "models": 16, "rounds": 40, "now": MONDAY}
    first, second = sandbox_of(**how), sandbox_of(**how)
    assert first.now() == MONDAY and first.world is not second.world
    assert state(first.world) == state(build(**how))
