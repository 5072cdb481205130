"""What moved from place to place by day: all records of a day in a row for each pair of places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.worth import DayMoved
from ledger.store.rows import nmr, text, upsert

if TYPE_CHECKING:
    from ledger.domain.records.record import Record

_MOVED = upsert("moved_by_day", ("day", "giver", "taker"), ("nmr",))
_PLACES = {place.value: place for place in Place}

_Key = tuple[str, str, str]


def read(connection: Connection) -> tuple[DayMoved, ...]:
    """All of it, the oldest day first."""
    rows = connection.execute("SELECT day, giver, taker, nmr FROM moved_by_day ORDER BY day")
    return tuple(
        DayMoved(date.fromisoformat(day), _PLACES[giver], _PLACES[taker], nmr(amount))
        for day, giver, taker, amount in rows
    )


def add(connection: Connection, records: Iterable[Record]) -> None:
    """Count ``records`` that have just been added."""
    amounts: dict[_Key, list[NMR]] = {}
    for row in records:
        day = row.at.astimezone(UTC).date().isoformat()
        amounts.setdefault((day, row.giver.value, row.taker.value), []).append(row.nmr)
    connection.executemany(
        _MOVED,
        [
            (*key, text(NMR.total([_kept(connection, key), *added])))
            for key, added in amounts.items()
        ],
    )


def _kept(connection: Connection, key: _Key) -> NMR:
    row = connection.execute(
        "SELECT nmr FROM moved_by_day WHERE day = ? AND giver = ? AND taker = ?", key
    ).fetchone()
    return NMR(0) if row is None else nmr(row[0])
