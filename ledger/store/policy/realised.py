"""What changes in the queue take from accrued payouts: kept with the plan they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.policy import Destination, DestinationKind, PolicyChange, PolicyStep
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.rules.stakes.strategy_facts import committed
from ledger.store.rows import Row, insert, moment, nmr, text

_REALISED = insert(
    "policy_realised",
    ("change_id", "tournament", "kind", "name", "nmr", "round", "total_before", "rounds"),
)
_READ = """
    WITH RECURSIVE
    again (first, id) AS (
        SELECT DISTINCT change_id, change_id FROM policy_realised WHERE tournament = ?1
        UNION SELECT first, change.id FROM again JOIN change ON change.retry_of = again.id
    ),
    live (first, id) AS (
        SELECT first, max(change.id) FROM again JOIN change ON change.id = again.id
        WHERE change.state NOT IN (?2, ?3) GROUP BY first
    )
    SELECT change_id, realised.kind, name, realised.nmr, round, total_before, rounds,
        drafted.created, change.kind, change.nmr, setting_per_round, setting_enabled
    FROM policy_realised AS realised
    JOIN (SELECT id, created FROM change) AS drafted ON drafted.id = change_id
    LEFT JOIN live ON live.first = change_id
    LEFT JOIN change ON change.id = live.id
    WHERE realised.tournament = ?1
    ORDER BY change_id, realised.kind, name
"""
_FELL_THROUGH = (ChangeState.CANCELLED.value, ChangeState.REFUSED.value)


def read_realised(connection: Connection, tournament: Tournament) -> tuple[PolicyChange, ...]:
    """By change, oldest first. What a change takes is taken by its retry where it was refused."""
    rows = connection.execute(_READ, (int(tournament), *_FELL_THROUGH))
    realised: list[PolicyChange] = []
    for _, parts in groupby(rows, key=lambda row: row[0]):
        realised += _realised(list(parts))
    return tuple(realised)


def _realised(parts: list[Row]) -> Iterable[PolicyChange]:
    """What one change takes, from one destination or, where it withdraws, from several in turn."""
    asked = parts[0][9]
    left = nmr(asked) if asked is not None else ZERO
    for change_id, kind, name, drafted, number, before, rounds, created, what, *rest in parts:
        _, per_round, enabled = rest
        taken = nmr(drafted)
        if what == ChangeKind.INCREASE.value:
            taken = left
        elif what == ChangeKind.WITHDRAW.value:
            taken = min(taken, left)
            left -= taken
        elif before is not None and per_round is not None:
            total = committed(nmr(per_round), rounds) if enabled else ZERO
            taken = total - nmr(before)
        place = Destination(DestinationKind(kind), name)
        yield PolicyChange(change_id, place, taken, number, moment(created), dropped=what is None)


def write_realised(
    connection: Connection, realising: Iterable[PolicyStep], change_ids: Mapping[int, int]
) -> None:
    """Keep what the changes of a plan's steps take; ``change_ids`` by index of the step."""
    connection.executemany(
        _REALISED,
        (
            (
                change_ids[part.step],
                int(part.tournament),
                part.destination.kind.value,
                part.destination.name,
                text(part.nmr),
                part.round,
                text(part.before),
                part.rounds,
            )
            for part in realising
        ),
    )
