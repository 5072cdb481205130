"""The records as CSV, one line each, with columns that stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ledger.cells import csv_text
from ledger.clock import iso
from ledger.domain.records.price import DayPrice
from ledger.exports.accounts import Accounts, ledger_style
from ledger.exports.books import Books, plain, value_of

COLUMNS = (
    "date",
    "time",
    "kind",
    "tournament",
    "model",
    "model_id",
    "round",
    "nmr",
    "from",
    "to",
    "currency",
    "price",
    "value",
    "price_source",
    "source",
    "tx_hash",
    "key",
    "part",
    "time_zone",
)
"""What the columns are called; the manual's chapter on records says what they hold."""


def table(books: Books) -> str:
    """The CSV file: times in ISO 8601 UTC, amounts exact, with a decimal point."""
    return csv_text([COLUMNS, *rows(books)])


def rows(books: Books) -> Iterator[tuple[object, ...]]:
    """The lines as values, in the order of :data:`COLUMNS`."""
    accounts, zone = Accounts(books, ledger_style), str(books.zone)
    for row in books.records:
        giver, taker = accounts.both(row)
        price = books.price(row)
        value = value_of(row, price)
        yield (
            books.day(row),
            _time(row.at),
            row.kind.value,
            "" if row.tournament is None else int(row.tournament),
            books.name(row),
            plain(row.model_id or ""),
            "" if row.round is None else row.round,
            row.nmr,
            giver,
            taker,
            books.currency,
            "" if price is None else format(price.price, "f"),
            "" if value is None else format(value, "f"),
            "" if price is None else _marked(price),
            plain(row.source),
            plain(row.tx_hash or ""),
            plain(row.key),
            row.part,
            zone,
        )


_time = lru_cache(maxsize=4_096)(iso)
"""All movements of a round are of the same moment."""


def _marked(price: DayPrice) -> str:
    return f"interpolated {price.source}" if price.interpolated else price.source
