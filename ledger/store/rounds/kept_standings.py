"""How models stand, as it was added up after a sync."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Any

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.standing import Standing
from ledger.domain.stakes.stake import StakeMode
from ledger.store.rows import Row, text, upsert

_KEPT = upsert("kept_standing", ("tournament",), ("revision", "document"))

Standings = Mapping[str, Standing]
"""By model id."""


def read_kept(connection: Connection, tournament: Tournament) -> Standings | None:
    """Those of ``tournament``; ``None`` where those kept are of another revision, or none are."""
    row = connection.execute(
        "SELECT document FROM kept_standing JOIN sync_state USING (revision) WHERE tournament = ?",
        (int(tournament),),
    ).fetchone()
    if row is None:
        return None
    return {model_id: _standing(kept) for model_id, kept in json.loads(row[0]).items()}


def write_kept(
    connection: Connection, revision: int, standings: Mapping[Tournament, Standings]
) -> None:
    """Keep ``standings`` of ``revision`` in place of those before."""
    connection.execute("DELETE FROM kept_standing")
    connection.executemany(
        _KEPT,
        [
            (
                int(tournament),
                revision,
                json.dumps({model_id: _row(one) for model_id, one in entries.items()}),
            )
            for tournament, entries in standings.items()
        ],
    )


def _row(one: Standing) -> Row:
    return (
        text(one.at_risk),
        one.holds,
        text(one.per_round),
        one.mode,
        [text(nmr) for nmr in one.recent],
        one.unsettled,
        text(one.pending_payout),
    )


def _standing(kept: Sequence[Any]) -> Standing:
    at_risk, holds, per_round, mode, recent, unsettled, pending_payout = kept
    return Standing(
        at_risk=None if at_risk is None else NMR(at_risk),
        holds=holds,
        per_round=None if per_round is None else NMR(per_round),
        mode=None if mode is None else StakeMode(mode),
        recent=tuple(map(NMR, recent)),
        unsettled=unsettled,
        pending_payout=NMR(pending_payout),
    )
