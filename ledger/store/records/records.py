"""Records of movements, imported prices, and which notices were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from ledger.clock import Clock
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.price import IMPORTED, DayPrice
from ledger.domain.records.record import (
    Cell,
    ModelAccount,
    Record,
    RecordKind,
    RecordState,
)
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.syncing.facts import Price
from ledger.store.account.syncs import read_revision
from ledger.store.connection import Connections
from ledger.store.records import balances, moved, transactions
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
_BATCH = 500
"""Keys asked for at once."""

_CELL = "p.tournament || ':' || p.round || ':' || p.model_id"
# Crossed, so that SQLite begins with the few that are unbooked.
_DIFFERING = f"""
SELECT p.tournament, p.round, p.model_id, p.payout, p.at_risk FROM unbooked_performance u
CROSS JOIN performance p ON p.model_id = u.model_id AND p.round = u.round
LEFT JOIN record paid ON paid.key = 'payout:' || {_CELL} AND paid.part = 0
LEFT JOIN record burnt ON burnt.key = 'burn:' || {_CELL} AND burnt.part = 0
LEFT JOIN record stake ON stake.key = 'stake:' || {_CELL} AND stake.part = 0
LEFT JOIN record freed ON freed.key = 'release:' || {_CELL} AND freed.part = 0
WHERE p.state = 'settled' AND p.payout IS NOT NULL AND (
    coalesce(paid.nmr, '-' || burnt.nmr, '0') <> p.payout
    OR (paid.nmr IS NOT NULL AND burnt.nmr IS NOT NULL)
    OR (stake.nmr IS NOT NULL AND (freed.nmr IS NULL OR stake.nmr IS NOT p.at_risk)))
"""  # noqa: S608 - names are constants
_FORGET_LIKE = f"""
DELETE FROM unbooked_performance
WHERE (model_id, round) NOT IN (SELECT model_id, round FROM ({_DIFFERING}))
"""  # noqa: S608 - names are constants
_FORGET = "DELETE FROM unbooked_performance WHERE model_id = ? AND round = ?"
_UNRELEASED = """
SELECT stake.tournament, stake.round, stake.model_id, EXISTS (
    SELECT 1 FROM record earned
    WHERE earned.key IN ('payout' || substr(stake.key, 6), 'burn' || substr(stake.key, 6)))
FROM record stake
WHERE stake.key >= 'stake:' AND stake.key < 'stake;' AND stake.part = 0 AND NOT EXISTS (
    SELECT 1 FROM record freed WHERE freed.key = 'release' || substr(stake.key, 6))
"""
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

    def state(self) -> RecordState:
        """What all records come to."""
        with self._connections.reading() as connection:
            return balances.read_state(connection)

    def differing(self) -> dict[Cell, tuple[NMR, NMR]]:
        """Payout and stake at risk of settled performances that were altered, and whose first
        records say another payout, or another stake, or nothing of a release."""
        with self._connections.reading() as connection:
            return {
                (TOURNAMENTS[number], round_, model_id): (nmr(payout), nmr(at_risk or "0"))
                for number, round_, model_id, payout, at_risk in connection.execute(_DIFFERING)
            }

    def at_stake(self) -> dict[Cell, bool]:
        """Performances that have not settled, unless they have nothing at risk, and whether it is
        known how much that is."""
        with self._connections.reading() as connection:
            return {
                (TOURNAMENTS[number], round_, model_id): bool(known)
                for number, round_, model_id, known in connection.execute(
                    "SELECT tournament, round, model_id, at_risk IS NOT NULL FROM performance "
                    "WHERE state = 'pending' AND coalesce(at_risk, '?') <> '0'"
                )
            }

    def stakes(self) -> dict[str, int]:
        """What the records say was staked in positions, in wei, by cell as keys have it."""
        sums: dict[str, int] = {}
        with self._connections.reading() as connection:
            for key, amount, giver in connection.execute(
                "SELECT key, nmr, giver FROM record WHERE key >= 'stake:' AND key < 'stake;'"
            ):
                wei = nmr(amount).wei
                cell = key.partition(":")[2]
                sums[cell] = sums.get(cell, 0) + (wei if giver == Place.STRATEGY.value else -wei)
        return sums

    def unreleased(self) -> dict[Cell, bool]:
        """Positions with a record of their stake and none of its release, and whether there is one
        of a payout or a burn."""
        with self._connections.reading() as connection:
            return {
                (TOURNAMENTS[number], round_, model_id): bool(earned)
                for number, round_, model_id, earned in connection.execute(_UNRELEASED)
            }

    def of(self, keys: Iterable[str]) -> tuple[Record, ...]:
        """The records of movements, by their keys."""
        wanted = sorted(set(keys))
        records: list[Record] = []
        with self._connections.reading() as connection:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                rows = connection.execute(f"{_SELECT} WHERE key IN ({marks}) ORDER BY id", batch)
                records += map(_record, rows)
        return tuple(records)

    def unbooked_wallet(self) -> tuple[WalletTransaction, ...]:
        """Rows of the wallet that the records may not have as they are, in the order they came."""
        with self._connections.reading() as connection:
            return transactions.read_unbooked(connection)

    def swept(self) -> dict[str, Tournament]:
        """The addresses that took a sweep from the wallet, in lower case, with the tournament."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT receiver, tournament FROM wallet_transaction "
                "WHERE type = 'sweep' AND receiver <> '' GROUP BY 1, 2 ORDER BY min(time) DESC"
            )
            return {
                receiver.lower(): TOURNAMENTS[number]
                for receiver, number in rows
                if number in TOURNAMENTS
            }

    def append(
        self,
        revision: int,
        records: Sequence[Record],
        *,
        after: int,
        booked: Iterable[Cell] | None = None,
    ) -> bool:
        """Add the records that facts of sync ``revision`` ask for where ``after`` is the last.

        ``booked`` are cells that the records had as they are, corrections included; ``None`` where
        nobody has looked. A model's first record names its account for good. ``False``: another
        process has added some meanwhile, or brought in newer facts, and nothing was added.
        """
        with self._connections.writing() as connection:
            if balances.last_record(connection) != after or read_revision(connection) != revision:
                return False
            connection.executemany(_INSERT, map(_row, records))
            connection.executemany(_ACCOUNT, _models_of(records))
            moved.add(connection, records)
            balances.keep_state(connection)
            connection.execute(_STATE, (1, revision))
            if booked is not None:
                connection.executemany(_FORGET, [(model_id, at) for _, at, model_id in booked])
                connection.execute(_FORGET_LIKE)
                connection.execute("DELETE FROM unbooked_wallet")
        return True

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
