"""Movements of NMR as Numerai lists them, and its price.

Numerai gives these rows no id. What never changes about a row tells it apart; rows that are
alike even so are told apart by their order, so that none is lost and none is counted twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import TypeVar

from ledger.domain import names
from ledger.domain.model import Tournament
from ledger.domain.records.price import DOLLAR
from ledger.domain.records.transaction import (
    ScheduledTransaction,
    StakeTransaction,
    WalletTransaction,
)
from ledger.domain.syncing.facts import Price
from ledger.store.records.spelling import as_kept
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    decimal_or_none,
    flag,
    insert,
    moment,
    moment_or_none,
    nmr,
    text,
    time_text,
    upsert,
)

_T = TypeVar("_T")

_STAKE = upsert(
    "stake_transaction",
    ("model_id", "tournament", "round", "type", "amount", "time", "copy"),
    ("note", "nmr_price"),
    ("model_id", "tournament", "coalesce(round, -1)", "type", "amount", "time", "copy"),
)
_WALLET = upsert(
    "wallet_transaction",
    ("time", "amount", "type", "sender", "receiver", "tournament", "copy"),
    ("tx_hash", "status"),
    (
        "time",
        "amount",
        "coalesce(type, '')",
        "coalesce(sender, '')",
        "coalesce(receiver, '')",
        "coalesce(tournament, -1)",
        "copy",
    ),
)
_ALIKE = "FROM wallet_transaction WHERE time = ?1 AND amount = ?2 AND tx_hash IS ?3"
_PARTS = (("type", 4), ("sender", 5), ("receiver", 6), ("tournament", 7))
_OTHER = "NOT (" + " AND ".join(f"{name} IS ?{at}" for name, at in _PARTS) + ")"
_MORE_KNOWN = " AND ".join(
    [f"SELECT 1 {_ALIKE}", _OTHER, *(f"(?{at} IS NULL OR {name} IS ?{at})" for name, at in _PARTS)]
)
_LESS_KNOWN = " AND ".join(
    [f"DELETE {_ALIKE}", _OTHER, *(f"({name} IS NULL OR {name} IS ?{at})" for name, at in _PARTS)]
)
"""Rows alike but for parts that one of them lacks: known with more, known with less."""

_OF_WALLET = (
    "SELECT tx_hash, type, status, amount, time, sender, receiver, tournament "
    "FROM wallet_transaction"
)
_ALL_OF_WALLET = f"{_OF_WALLET} ORDER BY id"
_TO_THE_SECOND = len("2026-11-30T12:00:00")
_UNBOOKED = f"""
{_OF_WALLET} WHERE id IN (
    SELECT alike.id FROM unbooked_wallet
    JOIN wallet_transaction own ON own.id = unbooked_wallet.id
    JOIN wallet_transaction alike ON alike.time >= substr(own.time, 1, 19)
        AND alike.time < substr(own.time, 1, 19) || '~' AND alike.amount = own.amount
) ORDER BY id
"""  # noqa: S608 - names are constants

_SCHEDULED = insert(
    "scheduled_transaction",
    ("position", "model_name", "tournament", "type", "amount", "status", "time", "due", "drain"),
)
_PRICE = upsert("price", ("currency", "at", "source"), ("price",))


def read_stake_transactions(
    connection: Connection, tournament: Tournament | None
) -> tuple[StakeTransaction, ...]:
    """Stake transactions of one tournament, or all; newest first."""
    rows = connection.execute(
        "SELECT model_id, tournament, round, type, amount, time, note, nmr_price "
        "FROM stake_transaction WHERE ?1 IS NULL OR tournament = ?1 ORDER BY id",
        (None if tournament is None else int(tournament),),
    )
    transactions = [
        StakeTransaction(
            model_id,
            TOURNAMENTS[number],
            round_,
            kind,
            nmr(amount),
            moment(time),
            note,
            decimal_or_none(price),
        )
        for model_id, number, round_, kind, amount, time, note, price in rows
    ]
    return tuple(sorted(transactions, key=lambda row: row.time, reverse=True))


def write_stake_transactions(
    connection: Connection, transactions: Sequence[StakeTransaction]
) -> None:
    """Add stake transactions that are new; fill in notes and prices of known ones."""
    connection.executemany(
        _STAKE, _counted(transactions, _stake_key, _stake_rest, lambda row: row.note)
    )


def _stake_key(transaction: StakeTransaction) -> Row:
    return (
        transaction.model_id,
        int(transaction.tournament),
        transaction.round,
        transaction.type,
        text(transaction.amount),
        time_text(transaction.time),
    )


def _stake_rest(transaction: StakeTransaction) -> Row:
    return (transaction.note, text(transaction.nmr_price))


def read_wallet_transactions(connection: Connection) -> tuple[WalletTransaction, ...]:
    """Transactions of the wallet, newest first."""
    rows = map(_wallet_transaction, connection.execute(_ALL_OF_WALLET))
    return tuple(sorted(rows, key=lambda row: row.time, reverse=True))


def read_unbooked(connection: Connection) -> tuple[WalletTransaction, ...]:
    """Those that are new or altered since records were kept, and all of the same amount in the same
    second, in the order they were kept."""
    return tuple(map(_wallet_transaction, connection.execute(_UNBOOKED)))


def read_transfers(connection: Connection, address: str | None) -> tuple[WalletTransaction, ...]:
    """Those from ``address`` or to it, and sweeps, in the order they were kept."""
    rows = connection.execute(
        f"{_OF_WALLET} WHERE type = 'sweep' OR lower(?1) IN (lower(sender), lower(receiver)) "
        "ORDER BY id",
        (address,),
    )
    return tuple(map(_wallet_transaction, rows))


def _wallet_transaction(row: Row) -> WalletTransaction:
    tx_hash, kind, status, amount, time, sender, receiver, tournament = row
    return WalletTransaction(
        tx_hash, kind, status, nmr(amount), moment(time), sender, receiver, tournament
    )


def write_wallet_transactions(
    connection: Connection, transactions: Sequence[WalletTransaction]
) -> None:
    """Add wallet transactions that are new; fill in hashes and states of known ones.

    One that is told with less than is known of it is no new one; one that is told with more
    replaces what is known of it; one that is spelled otherwise is the one that is there.
    """
    rows = connection.execute(_ALL_OF_WALLET).fetchall()
    lines = list(map(_wallet_line, transactions))
    # Thousands are told and nearly all are there: rows alike are of one second, so the seconds in
    # which nothing is new are left alone.
    new = Counter(lines) - Counter(rows)
    seconds = {_second(line) for line in new}
    if not seconds:
        return
    kept = [_wallet_transaction(row) for row in rows if _second(row) in seconds]
    of_seconds = [
        transaction
        for transaction, line in zip(transactions, lines, strict=True)
        if _second(line) in seconds
    ]
    respelled = list(as_kept(kept, of_seconds))
    if Counter(respelled) <= Counter(kept):
        return
    fresh = [
        transaction
        for transaction in respelled
        if not connection.execute(_MORE_KNOWN, _wallet_columns(transaction)).fetchone()
    ]
    connection.executemany(_LESS_KNOWN, map(_wallet_columns, fresh))
    connection.executemany(
        _WALLET, _counted(fresh, _wallet_key, _wallet_rest, lambda transaction: transaction.tx_hash)
    )


def _wallet_line(transaction: WalletTransaction) -> Row:
    """All of a transaction as a row has it."""
    return (
        transaction.tx_hash,
        transaction.type,
        transaction.status,
        text(transaction.amount),
        time_text(transaction.time),
        transaction.sender,
        transaction.receiver,
        transaction.tournament,
    )


def _second(line: Row) -> str:
    """Of a row as :func:`_wallet_line` gives it."""
    time: str = line[4]
    return time[:_TO_THE_SECOND]


def _wallet_columns(transaction: WalletTransaction) -> Row:
    return (
        time_text(transaction.time),
        text(transaction.amount),
        transaction.tx_hash,
        transaction.type,
        transaction.sender,
        transaction.receiver,
        transaction.tournament,
    )


def _wallet_key(transaction: WalletTransaction) -> Row:
    return (
        time_text(transaction.time),
        text(transaction.amount),
        transaction.type,
        transaction.sender,
        transaction.receiver,
        transaction.tournament,
    )


def _wallet_rest(transaction: WalletTransaction) -> Row:
    return (transaction.tx_hash, transaction.status)


def _counted(
    values: Iterable[_T],
    key: Callable[[_T], Row],
    rest: Callable[[_T], Row],
    tx_hash: Callable[[_T], str | None],
) -> Iterator[Row]:
    """Rows of key, the number of equal keys before, and the rest.

    A row that Numerai lists twice with the same hash counts once; two without one count twice. One
    without a hash is none of its own where others like it have one.
    """
    copies: Counter[Row] = Counter()
    hashed: set[tuple[Row, str]] = set()
    listed = list(values)
    with_hash = {key(value) for value in listed if tx_hash(value) is not None}
    for value in listed:
        own, hash_ = key(value), tx_hash(value)
        if hash_ is None and own in with_hash:
            continue
        if hash_ is not None:
            if (own, hash_) in hashed:
                continue
            hashed.add((own, hash_))
        yield (*own, copies[own], *rest(value))
        copies[own] += 1


def read_prices(connection: Connection) -> tuple[Price, ...]:
    """Prices of NMR in what is written like a currency, newest first."""
    rows = connection.execute(
        "SELECT at, currency, price, source FROM price WHERE currency GLOB '[A-Z][A-Z][A-Z]'"
    )
    prices = [Price(moment(at), currency, price, source) for at, currency, price, source in rows]
    return tuple(sorted(prices, key=lambda price: price.at, reverse=True))


def read_staked_prices(connection: Connection) -> tuple[tuple[datetime, str], ...]:
    """The first price that stake transactions name of each quarter of an hour, with which the days
    of all time zones begin; in US dollars, by time."""
    rows = connection.execute(
        "SELECT min(time), nmr_price FROM stake_transaction "
        "WHERE CAST(nmr_price AS REAL) > 0 "
        "GROUP BY substr(time, 1, 14), CAST(substr(time, 15, 2) AS INTEGER) / 15 ORDER BY 1"
    )
    return tuple((moment(time), price) for time, price in rows)


def read_currencies(connection: Connection) -> tuple[str, ...]:
    """The currencies there is a price in, by name; dollars are those of stake transactions too."""
    rows = connection.execute(
        "SELECT DISTINCT currency FROM price WHERE currency GLOB '[A-Z][A-Z][A-Z]' "
        "UNION SELECT ? WHERE EXISTS "
        "(SELECT 1 FROM stake_transaction WHERE CAST(nmr_price AS REAL) > 0) ORDER BY 1",
        (DOLLAR,),
    )
    return tuple(currency for (currency,) in rows)


def write_prices(connection: Connection, prices: Sequence[Price]) -> None:
    """Add or correct prices, one per time, currency and source."""
    connection.executemany(
        _PRICE,
        [(price.currency, time_text(price.at), price.source, price.price) for price in prices],
    )


def read_scheduled(connection: Connection) -> tuple[ScheduledTransaction, ...]:
    """Increases and releases under way, in Numerai's order."""
    return tuple(
        ScheduledTransaction(
            names.clean(name),
            tournament,
            kind,
            nmr(amount),
            status,
            moment_or_none(time),
            moment_or_none(due),
            bool(drain),
        )
        for name, tournament, kind, amount, status, time, due, drain in connection.execute(
            "SELECT model_name, tournament, type, amount, status, time, due, drain "
            "FROM scheduled_transaction ORDER BY position"
        )
    )


def write_scheduled(connection: Connection, scheduled: tuple[ScheduledTransaction, ...]) -> None:
    """Replace all scheduled transactions."""
    if read_scheduled(connection) == scheduled:
        return
    connection.execute("DELETE FROM scheduled_transaction")
    connection.executemany(
        _SCHEDULED,
        [
            (
                position,
                transaction.model_name,
                transaction.tournament,
                transaction.type,
                text(transaction.amount),
                transaction.status,
                time_text(transaction.time),
                time_text(transaction.due),
                flag(transaction.drain),
            )
            for position, transaction in enumerate(scheduled)
        ],
    )
