"""Records of movements, imported prices, and which notices were told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time

from ledger.clock import Clock
from ledger.domain.records.place import Place
from ledger.domain.records.price import IMPORTED, DayPrice
from ledger.domain.records.record import ModelAccount, Record, RecordKind
from ledger.domain.syncing.facts import Price
from ledger.store.connection import Connections
from ledger.store.records import moved, transactions
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    decimal_or_none,
    insert,
    moment,
    nmr,
    text,
    time_text,
    upsert,
)

_COLUMNS = (
    "key",
    "part",
    "kind",
    "at",
    "nmr",
    "giver",
    "taker",
    "source",
    "tournament",
    "model_id",
    "round",
    "tx_hash",
    "price",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM record"  # noqa: S608 - names are constants
_INSERT = insert("record", _COLUMNS)
_STATE = upsert("record_state", ("id",), ("revision",))
_ACCOUNT = (
    "INSERT INTO record_account (model_id, tournament, name) "
    "SELECT ?1, ?2, coalesce((SELECT name FROM model WHERE id = ?1), ?1) "
    "WHERE NOT EXISTS (SELECT 1 FROM record_account WHERE model_id = ?1)"
)
_KINDS = {kind.value: kind for kind in RecordKind}
_PLACES = {place.value: place for place in Place}


class Records:
    """Records in the ledger. Threads, transactions and errors as in ``Store``."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def all(self) -> tuple[Record, ...]:
        """Every record in the order it was kept."""
        with self._connections.reading() as connection:
            rows = connection.execute(f"{_SELECT} ORDER BY id")
            return tuple(_record(row) for row in rows)

    def accounts(self) -> tuple[ModelAccount, ...]:
        """The accounts of models with records, in the order they were named."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT model_id, tournament, name FROM record_account ORDER BY id"
            )
            return tuple(
                ModelAccount(model_id, TOURNAMENTS.get(number), name)
                for model_id, number, name in rows
            )

    def since(self, at: datetime) -> tuple[Record, ...]:
        """Records dated from ``at`` on, in the order they were kept."""
        with self._connections.reading() as connection:
            rows = connection.execute(f"{_SELECT} WHERE at >= ? ORDER BY id", (time_text(at),))
            return tuple(_record(row) for row in rows)

    def revision(self) -> int | None:
        """The sync whose facts are in the records, ``None`` before there are any."""
        with self._connections.reading() as connection:
            row = connection.execute("SELECT revision FROM record_state").fetchone()
            return None if row is None else int(row[0])

    def append(
        self, revision: int, find: Callable[[tuple[Record, ...]], Iterable[Record]]
    ) -> tuple[Record, ...]:
        """Add what ``find`` says is missing from the records, those of sync ``revision``.

        A model's first record names its account for good.
        Found and added under one lock, so two processes never add the same twice.
        """
        with self._connections.writing() as connection:
            rows = connection.execute(f"{_SELECT} ORDER BY id")
            added = tuple(find(tuple(_record(row) for row in rows)))
            connection.executemany(_INSERT, [_row(one) for one in added])
            connection.executemany(_ACCOUNT, _models_of(added))
            moved.add(connection, added)
            connection.execute(_STATE, (1, revision))
        return added

    def import_prices(self, prices: Iterable[DayPrice]) -> int:
        """Keep imported prices, in place of what was imported for the same days before."""
        rows = [
            Price(
                datetime.combine(price.day, time(), UTC),
                price.currency,
                format(price.price, "f"),
                IMPORTED,
            )
            for price in prices
        ]
        with self._connections.writing() as connection:
            transactions.write_prices(connection, rows)
        return len(rows)

    def told(self) -> frozenset[str]:
        """The ids of notices that were told."""
        with self._connections.reading() as connection:
            return frozenset(id_ for (id_,) in connection.execute("SELECT id FROM notice_told"))

    def tell(self, id_: str) -> bool:
        """Keep that a notice is being told; ``False`` when it was before."""
        with self._connections.writing() as connection:
            now = time_text(self._clock.now())
            added = connection.execute(
                "INSERT INTO notice_told (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (id_, now)
            )
            return bool(added.rowcount)


def _models_of(records: Iterable[Record]) -> list[Row]:
    """Their models, each once, with the tournament."""
    tournaments: dict[str, Row] = {}
    for row in records:
        if row.model_id is not None:
            number = None if row.tournament is None else int(row.tournament)
            tournaments.setdefault(row.model_id, (row.model_id, number))
    return list(tournaments.values())


def _record(row: Row) -> Record:
    key, part, kind, at, amount, giver, taker, source, number, model_id, round_, tx, price = row
    return Record(
        key,
        part,
        _KINDS[kind],
        moment(at),
        nmr(amount),
        _PLACES[giver],
        _PLACES[taker],
        source,
        TOURNAMENTS.get(number),
        model_id,
        round_,
        tx,
        decimal_or_none(price),
    )


def _row(record: Record) -> Row:
    return (
        record.key,
        record.part,
        record.kind.value,
        time_text(record.at),
        text(record.nmr),
        record.giver.value,
        record.taker.value,
        record.source,
        None if record.tournament is None else int(record.tournament),
        record.model_id,
        record.round,
        record.tx_hash,
        None if record.price is None else format(record.price, "f"),
    )
