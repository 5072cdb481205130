"""The records as a beancount file."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.clock import iso
from ledger.domain.records.record import Record
from ledger.exports.accounts import Accounts, beancount_style
from ledger.exports.books import Books, day_of, described, plain, remarks


def beancount(books: Books) -> str:
    """Accounts opened on the first day, prices, then one transaction for each record, by date."""
    return "\n".join(_lines(books)) + "\n"


def _lines(books: Books) -> Iterator[str]:
    accounts = Accounts(books, beancount_style)
    yield from remarks(books)
    yield 'option "title" "Numerai"'
    yield f'option "operating_currency" "{books.currency}"'
    yield ""
    if books.records:
        first = day_of(books.records[0])
        yield f"{first} commodity NMR"
        yield from (f"{first} open {name} NMR" for name in accounts.used(books.records))
    yield ""
    for price in books.day_prices():
        yield f"{price.day} price NMR {price.price:f} {books.currency}"
        if price.interpolated:
            yield f'  interpolated: "{plain(price.source)}"'
    for row in books.records:
        yield from _transaction(books, accounts, row)


def _transaction(books: Books, accounts: Accounts, row: Record) -> Iterator[str]:
    giver, taker = accounts.both(row)
    yield ""
    yield f'{day_of(row)} * "Numerai" "{described(books, row)}"'
    yield f'  at: "{iso(row.at)}"'
    yield f'  key: "{plain(row.key)} {row.part}"'
    yield f'  source: "{plain(row.source)}"'
    if row.tx_hash:
        yield f'  tx: "{plain(row.tx_hash)}"'
    yield f"  {taker}  {row.nmr} NMR"
    yield f"  {giver}  -{row.nmr} NMR"
