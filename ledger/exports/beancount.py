"""The records as a beancount file."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.clock import iso
from ledger.domain.records.record import Record
from ledger.exports.accounts import Accounts, beancount_style
from ledger.exports.books import Books, described, plain, remarks


def beancount(books: Books) -> str:
    """Accounts, prices, then one transaction for each record, by date.

    An account is opened in the range that its first record is in, so that ranges can be included
    together. A range that uses others still stands for itself: there beancount opens them, and a
    plugin that is asked for in an included file is not run.
    """
    return "\n".join(_lines(books)) + "\n"


def _lines(books: Books) -> Iterator[str]:
    accounts = Accounts(books, beancount_style)
    yield from remarks(books)
    yield 'option "title" "Numerai"'
    yield f'option "operating_currency" "{books.currency}"'
    yield ""
    yield from _opened(books, accounts)
    yield ""
    for price in books.day_prices():
        yield f"{price.day} price NMR {price.price:f} {books.currency}"
        if price.interpolated:
            yield f'  interpolated: "{plain(price.source)}"'
    for row in books.records:
        yield from _transaction(books, accounts, row)


def _opened(books: Books, accounts: Accounts) -> Iterator[str]:
    own = {(row.key, row.part) for row in books.records}
    history = books.history or books.records
    if history and (history[0].key, history[0].part) in own:
        yield f"{books.day(history[0])} commodity NMR"
    first: dict[str, Record] = {}
    for row in history:
        for name in accounts.both(row):
            first.setdefault(name, row)
    opened = {name: row for name, row in first.items() if (row.key, row.part) in own}
    if any(name not in opened for name in accounts.used(books.records)):
        yield 'plugin "beancount.plugins.auto_accounts"'
    yield from (f"{books.day(row)} open {name} NMR" for name, row in sorted(opened.items()))


def _transaction(books: Books, accounts: Accounts, row: Record) -> Iterator[str]:
    giver, taker = accounts.both(row)
    yield ""
    yield f'{books.day(row)} * "Numerai" "{described(books, row)}"'
    yield f'  at: "{iso(row.at)}"'
    yield f'  key: "{plain(row.key)} {row.part}"'
    yield f'  source: "{plain(row.source)}"'
    if row.tx_hash:
        yield f'  tx: "{plain(row.tx_hash)}"'
    yield f"  {taker}  {row.nmr} NMR"
    yield f"  {giver}  -{row.nmr} NMR"
