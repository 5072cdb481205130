"""Rows of performances as the ledger has them, read when and as far as a sync needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
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
        return self._store.kept_performances(model.tournament, model.id, since=first, scores=scores)

    def of_tournament(
        self, tournament: Tournament, first: int
    ) -> Mapping[tuple[str, int], Performance]:
        """All rows from round ``first`` on without their scores, by model id and round."""
        rows = self._store.performances(tournament, since=first, scores=False)
        return {(row.model_id, row.round): row for row in rows}
