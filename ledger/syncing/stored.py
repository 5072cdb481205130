"""Rows of performances as the ledger has them, read when and as far as a sync needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
from ledger.domain.payout import Performance

if TYPE_CHECKING:
    from ledger.store import Store


class StoredRows:
    """The ledger's rows as they were when they were first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._flat: dict[Tournament, tuple[int, dict[str, dict[int, Performance]]]] = {}

    def flat(self, model: Model, first: int) -> Mapping[int, Performance]:
        """A model's rows from round ``first`` on, without their scores."""
        return {
            number: row
            for number, row in self.of(model.tournament, first).get(model.id, {}).items()
            if number >= first
        }

    def scored(self, model: Model, first: int) -> Mapping[int, Performance]:
        """The same with scores."""
        rows = self._store.performances(model.tournament, since=first, model_id=model.id)
        return {row.round: row for row in rows}

    def of(self, tournament: Tournament, first: int) -> Mapping[str, Mapping[int, Performance]]:
        """Rows of a whole tournament from round ``first`` on, by model id and round."""
        since, rows = self._flat.get(tournament, (first + 1, {}))
        if first < since:
            rows = {}
            for row in self._store.performances(tournament, since=first, scores=False):
                rows.setdefault(row.model_id, {})[row.round] = row
            self._flat[tournament] = first, rows
        return rows
