"""Rows of performances as the ledger has them, read when and as far as a sync needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import Performance

if TYPE_CHECKING:
    from ledger.store import Store
    from ledger.store.rounds.performances import KeptPerformances


class StoredRows:
    """Rows of a model, or of a tournament, from a round on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_model(self, model: Model, first: int, *, scores: bool) -> KeptPerformances:
        """A model's rows from round ``first`` on, by round; without ``scores`` they are lean."""
        return self._store.kept_performances(model.id, since=first, scores=scores)

    def paid_otherwise(
        self, tournament: Tournament, payouts: Mapping[tuple[str, int], NMR]
    ) -> tuple[Performance, ...]:
        """Settled rows, without their scores, whose payout is not the one of ``payouts``, by model
        id and round; those that are not in it are left out."""
        return self._store.paid_otherwise(tournament, payouts)
