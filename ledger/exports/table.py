"""The records as CSV, one line each, with columns that stay as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ledger.clock import iso
from ledger.domain.records.price import DayPrice
from ledger.domain.records.record import Record
from ledger.exports.accounts import Accounts, ledger_style
from ledger.exports.books import Books, day_of, plain, value_of

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
)
"""What the columns are called; the manual's chapter on records says what they hold."""


def table(books: Books) -> str:
    """The CSV file: times in ISO 8601 UTC, amounts exact, with a decimal point."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(books))
    return text.getvalue()


def rows(books: Books) -> Iterator[tuple[object, ...]]:
    """The lines as values, in the order of :data:`COLUMNS`."""
    accounts = Accounts(books, ledger_style)
    for row in books.records:
        yield _row(books, accounts, row)


def _row(books: Books, accounts: Accounts, row: Record) -> tuple[object, ...]:
    giver, taker = accounts.both(row)
    price = books.price(row)
    value = value_of(row, price)
    return (
        day_of(row),
        iso(row.at),
        row.kind.value,
        "" if row.tournament is None else int(row.tournament),
        _inert(books.name(row)),
        _inert(plain(row.model_id or "")),
        "" if row.round is None else row.round,
        row.nmr,
        giver,
        taker,
        books.currency,
        "" if price is None else format(price.price, "f"),
        "" if value is None else format(value, "f"),
        "" if price is None else _marked(price),
        _inert(plain(row.source)),
        _inert(plain(row.tx_hash or "")),
        plain(row.key),
        row.part,
    )


def _marked(price: DayPrice) -> str:
    return f"interpolated {price.source}" if price.interpolated else price.source


def _inert(name: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@", "\t", "\r"} else name
