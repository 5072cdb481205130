"""What a generated assignment is asked for, and what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.slots.assignment import ExposurePreview, Proposal, ShuffleKind, SlotChoice

MATCH_LAST = 60
"""How many rounds the scores of a stake-matched assignment are taken from by default."""


@dataclass(frozen=True, slots=True)
class ShuffleRequest:
    """What to generate, by ``kind``; ``seed`` is for those that draw.

    ``first`` is the first of ``rounds`` rounds, the next one without it. ``slots`` and
    ``predictors`` by id: without any, the slots the log knows (all if it knows none) and the
    predictors that are not retired. ``only``, ``pinned_slots``, ``pinned_predictors`` and
    ``capacities`` are as in :class:`ledger.domain.slots.assignment.ShuffleSetup`; ``last`` rounds
    give the scores of a stake-matched assignment.
    """

    kind: ShuffleKind = ShuffleKind.RANDOM
    seed: int = 1
    rounds: int = 1
    first: int | None = None
    only: SlotChoice = SlotChoice.ALL
    slots: frozenset[str] | None = None
    predictors: frozenset[int] | None = None
    pinned_slots: frozenset[str] = frozenset()
    pinned_predictors: frozenset[int] = frozenset()
    capacities: Mapping[int, int] = field(default_factory=dict)
    last: int = MATCH_LAST


@dataclass(frozen=True, slots=True)
class ShufflePreview:
    """What ``request`` would put into the slots of ``tournament``; nothing is kept yet.

    ``proposals`` has one a round, ``exposure`` is the cumulative exposure (NMR x rounds) they lead
    to. ``names``: predictors by id; ``slots``: slot names by id, in their order.
    """

    tournament: Tournament
    request: ShuffleRequest
    proposals: tuple[Proposal, ...]
    exposure: ExposurePreview
    names: Mapping[int, str]
    slots: Mapping[str, str]
