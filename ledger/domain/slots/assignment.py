"""Which predictor each slot has, what to assign next, and what that does to exposure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR

RoundAssignments = Mapping[str, int | None]
"""Predictor id by slot id in one round; ``None`` is a slot that is empty on purpose."""

AssignmentsByRound = Mapping[int, RoundAssignments]
"""Assignments by round, with what is carried over from earlier rounds filled in."""

SlotStakes = Mapping[int, Mapping[str, NMR]]
"""NMR at risk by slot id, by round."""


class ShuffleKind(StrEnum):
    """How the next round is assigned; :mod:`ledger.rules.slots.shuffle` has the algorithms."""

    RANDOM = "random"
    LATIN = "latin"
    MINIMUM_MOVE = "minimum-move"
    STAKE_MATCHED = "stake-matched"


class SlotChoice(StrEnum):
    """The slots that take part."""

    ALL = "all"
    STAKED = "staked"
    UNSTAKED = "unstaked"


@dataclass(frozen=True, slots=True)
class ShuffleSetup:
    """What a generated assignment may use.

    ``slots`` and ``predictors`` are ordered, and the order decides: pass both by name, which is the
    same on every machine. ``stakes`` is NMR by slot, none for a slot it does not name. ``previous``
    is what slots hold so far: what does not take part keeps it. ``pinned_slots`` keep their
    predictor, ``pinned_predictors`` their slots. ``capacities``: how many slots a predictor may
    fill, one for those not named. ``only`` says which slots take part by their stake.
    """

    slots: tuple[str, ...]
    predictors: tuple[int, ...]
    stakes: Mapping[str, NMR] = field(default_factory=dict)
    previous: RoundAssignments = field(default_factory=dict)
    pinned_slots: frozenset[str] = frozenset()
    pinned_predictors: frozenset[int] = frozenset()
    capacities: Mapping[int, int] = field(default_factory=dict)
    only: SlotChoice = SlotChoice.ALL


@dataclass(frozen=True, slots=True)
class Proposal:
    """A generated assignment of every slot of the setup, in ``round``, made by ``kind``.

    ``assignments`` has the predictor of each slot. ``changed``: the slots that get another
    predictor than before, in the setup's order. ``basis`` says in a sentence what it was made from
    (seed, scores and window, exposure).
    """

    kind: ShuffleKind
    round: int
    assignments: RoundAssignments
    changed: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """Cumulative exposure of ``predictor_id`` in NMR x rounds.

    ``before`` and ``after`` the rounds that are previewed.
    """

    predictor_id: int
    before: NMR
    after: NMR


@dataclass(frozen=True, slots=True)
class ExposurePreview:
    """What assigning some rounds does to exposure, in NMR x rounds.

    ``lines`` has one for each predictor. ``gap_before`` and ``gap_after`` are the most exposed
    predictor's less the least exposed one's. ``unequal_before`` and ``unequal_after`` are the share
    of all exposure that would have to lie elsewhere for all to be equal: 0 when equal.
    """

    lines: tuple[ExposureLine, ...]
    gap_before: NMR
    gap_after: NMR
    unequal_before: Decimal
    unequal_after: Decimal
