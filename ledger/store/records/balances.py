"""What all records come to, by place, in wei.

A sum that is kept is of the records up to one of them. Those after it are added whenever it is
asked for, so that nothing has to be told when records come.
"""

from __future__ import annotations

import json
from sqlite3 import Connection

from ledger.domain.nmr import PLACES
from ledger.domain.records.place import Place
from ledger.domain.records.record import RecordState, Spot, spot
from ledger.store.rows import TOURNAMENTS, upsert

_KEPT = upsert("record_balance", ("id",), ("last", "balances"))
_PLACES = {place.value: place for place in Place}


def last_record(connection: Connection) -> int:
    """The id of the newest record, 0 where there is none."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()
    return int(last)


def read_state(connection: Connection) -> RecordState:
    """What all records come to."""
    row = connection.execute("SELECT last, balances FROM record_balance").fetchone()
    summed, text = (0, "[]") if row is None else row
    spots = {
        Spot(_PLACES[place], TOURNAMENTS.get(number or 0), model_id): int(wei)
        for place, number, model_id, wei in json.loads(text)
    }
    for place, number, model_id, wei in _added(connection, summed):
        where = spot(_PLACES[place], TOURNAMENTS.get(number or 0), model_id)
        spots[where] = spots.get(where, 0) + wei
    return RecordState(last_record(connection), spots)


def keep_state(connection: Connection) -> None:
    """Keep what all records come to by now."""
    state = read_state(connection)
    rows = [
        (where.place.value, where.tournament, where.model_id, str(wei))
        for where, wei in state.balances.items()
    ]
    connection.execute(_KEPT, (1, state.last, json.dumps(rows)))


def _added(connection: Connection, after: int) -> list[tuple[str, int | None, str | None, int]]:
    """What the records after one of them brought: place, tournament, model and wei."""
    sums: dict[tuple[str, int | None, str | None], int] = {}
    for amount, giver, taker, number, model_id in connection.execute(
        "SELECT nmr, giver, taker, tournament, model_id FROM record WHERE id > ?", (after,)
    ):
        wei = _wei(amount)
        into, out = (taker, number, model_id), (giver, number, model_id)
        sums[into] = sums.get(into, 0) + wei
        sums[out] = sums.get(out, 0) - wei
    return [(*where, wei) for where, wei in sums.items()]


def _wei(amount: str) -> int:
    """Half the time of an NMR."""
    whole, _, places = amount.partition(".")
    return int(whole + places.ljust(PLACES, "0"))
