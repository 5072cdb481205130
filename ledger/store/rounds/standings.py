"""How models stand, read without making an object of every round."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.rounds.standing import Standing
from ledger.rules.stakes.atomic import is_atomic
from ledger.rules.stakes.standing import Played, standing
from ledger.store.rows import decimal_or_none

_ROUNDS = (
    "SELECT model_id, at_risk, payout, state = 'pending', clip FROM performance "
    "WHERE tournament = ? AND round >= ? ORDER BY round DESC"
)


def read_standings(
    connection: Connection, tournament: Tournament, *, since: int | None
) -> dict[str, Standing]:
    """By model id, of those that took part in round ``since`` or later; of all rounds without."""
    rounds: dict[str, list[Played]] = {}
    rows = connection.execute(_ROUNDS, (int(tournament), since or 0)).fetchall()
    for model_id, at_risk, payout, runs, clip in rows:
        rounds.setdefault(model_id, []).append(
            (
                None if at_risk is None else Decimal(at_risk),
                None if payout is None else Decimal(payout),
                runs == 1,
                _is_atomic(clip),
            )
        )
    return {model_id: standing(entries) for model_id, entries in rounds.items()}


@lru_cache
def _is_atomic(clip: str | None) -> bool:
    return is_atomic(decimal_or_none(clip))
