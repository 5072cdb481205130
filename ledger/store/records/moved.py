"""What came to the account's own places and left them by day: the records of a day are added up for
each pair of places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date
from decimal import Decimal
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.worth import OWN, DayMoved
from ledger.store.rows import nmr, text, upsert

if TYPE_CHECKING:
    from ledger.domain.records.record import Record

_MOVED = upsert("moved_by_day", ("day", "giver", "taker"), ("nmr",))
_PLACES = {place.value: place for place in Place}

_Key = tuple[str, str, str]


def read(connection: Connection, *, since: date | None = None) -> tuple[DayMoved, ...]:
    """All of it, the oldest day first; all up to the day ``since`` added up as of that day."""
    rows = connection.execute(
        "SELECT day, giver, taker, nmr FROM moved_by_day WHERE day > ? ORDER BY day",
        ("" if since is None else since.isoformat(),),
    )
    days = (
        DayMoved(date.fromisoformat(day), _PLACES[giver], _PLACES[taker], nmr(amount))
        for day, giver, taker, amount in rows
    )
    return (*([] if since is None else _up_to(connection, since)), *days)


def _up_to(connection: Connection, last: date) -> Iterator[DayMoved]:
    """Without a value of its own for each of some thousand days."""
    rows = connection.execute(
        "SELECT giver, taker, group_concat(nmr) FROM moved_by_day WHERE day <= ? "
        "GROUP BY giver, taker ORDER BY giver, taker",
        (last.isoformat(),),
    )
    for giver, taker, amounts in rows:
        total = NMR.summed(map(Decimal, amounts.split(",")))
        yield DayMoved(last, _PLACES[giver], _PLACES[taker], total)


def add(connection: Connection, records: Iterable[Record]) -> None:
    """Count ``records`` that have just been added."""
    amounts: dict[_Key, list[NMR]] = {}
    for row in records:
        if (row.giver in OWN) is (row.taker in OWN):
            continue
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
