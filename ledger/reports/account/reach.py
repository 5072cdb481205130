"""How far back the ledger reaches while its first sync fills it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.syncing.coverage import RoundRanges
from ledger.domain.syncing.facts import SyncState


@dataclass(frozen=True, slots=True)
class Reach:
    """``revision`` grows with whatever a sync writes, while it runs too. ``back_to``: the round
    from which on every model's history is in the ledger, ``None`` once all of it is there and
    before the first part has come."""

    revision: int = 0
    back_to: int | None = None


def build_reach(state: SyncState, covered: Iterable[RoundRanges]) -> Reach:
    """By ``state`` and the rounds that are ``covered``, for each model."""
    if state.history:
        return Reach(state.revision)
    newest = [list(ranges)[-1].first for ranges in covered if ranges]
    return Reach(state.revision, max(newest, default=None))
