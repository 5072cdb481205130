"""The records as a journal of hledger, which ledger reads too."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.clock import iso
from ledger.domain.records.record import Record
from ledger.exports.accounts import Accounts, ledger_style
from ledger.exports.books import Books, described, plain, remarks


def journal(books: Books) -> str:
    """Prices as P directives, then one transaction for each record, by date.

    ``hledger -f FILE check --strict`` finds every account and commodity declared. A range holds
    the movements in it and no balances carried forward, so journals of ranges add up.
    """
    return "\n".join(_lines(books)) + "\n"


def _lines(books: Books) -> Iterator[str]:
    accounts = Accounts(books, ledger_style)
    yield from remarks(books)
    yield ""
    yield "commodity 1000.000000000000000000 NMR"
    yield f"commodity 1000.00000000 {books.currency}"
    yield ""
    yield from (f"account {name}" for name in accounts.used(books.records))
    yield ""
    for price in books.day_prices():
        if price.interpolated:
            yield f"; interpolated {plain(price.source)}:"
        yield f"P {price.day} NMR {price.price:f} {books.currency}"
    for row in books.records:
        yield from _transaction(books, accounts, row)


def _transaction(books: Books, accounts: Accounts, row: Record) -> Iterator[str]:
    giver, taker = accounts.both(row)
    yield ""
    yield f"{books.day(row)} * {described(books, row)}"
    yield f"    ; {iso(row.at)} {plain(row.source)} {plain(row.key)} {row.part}"
    if row.tx_hash:
        yield f"    ; {plain(row.tx_hash)}"
    yield f"    {taker}    {row.nmr} NMR"
    yield f"    {giver}    -{row.nmr} NMR"
