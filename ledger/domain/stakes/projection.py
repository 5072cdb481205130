"""An allocation strategy over the rounds to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.nmr import NMR
from ledger.domain.stakes.holding import RunsOut


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """What one model has in positions at a time.

    ``locked`` is their NMR, ``positions`` how many there are.
    """

    locked: NMR
    positions: int


@dataclass(frozen=True, slots=True)
class ProjectedRound:
    """A strategy right after the staking of ``round`` closed at ``at`` (UTC); amounts in NMR.

    ``locked`` + ``claimable`` + ``idle`` + ``wallet`` = ``total``; while the wallet is not known
    (``None``) it is in no total. ``models`` has what each holds, by id. ``missing`` is what idle
    NMR was too little for this round's positions. ``round`` is ``None`` for the present.
    """

    round: int | None
    at: datetime
    models: Mapping[str, ModelPoint]
    locked: NMR
    claimable: NMR
    idle: NMR
    wallet: NMR | None
    total: NMR
    missing: NMR


@dataclass(frozen=True, slots=True)
class Band:
    """``total`` after a round's staking close over many drawn futures, to the gwei.

    ``round`` closes at ``at`` (UTC). ``mean`` is over all futures, ``low`` and ``high`` are the 5
    and 95 % points.
    """

    round: int
    at: datetime
    low: NMR
    mean: NMR
    high: NMR


@dataclass(frozen=True, slots=True)
class Projection:
    """Where positions and settings lead, from ``start`` over ``rounds`` staking closes.

    ``reached`` maps 50, 90 and 100 to when that share (percent) of the way from today's composition
    to the one of the settings is done, ``None`` when not within the rounds. ``bands`` is empty
    unless payouts are expected from history. ``runs_out`` says when idle NMR no longer pays for a
    round. ``idle_known`` is false when no source told the idle NMR; it is then taken to be just
    enough.
    """

    start: ProjectedRound
    rounds: tuple[ProjectedRound, ...]
    reached: Mapping[int, datetime | None]
    bands: tuple[Band, ...]
    runs_out: RunsOut | None
    idle_known: bool
