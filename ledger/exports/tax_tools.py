"""The records as tax tools read them: Koinly, CoinTracking and rotki.

Such a tool takes an account as one place. So a file holds what enters or leaves the owner's NMR at
Numerai, and nothing that moves about within: payouts as income, burns as losses, deposits and
withdrawals; what was there before the first record comes in as a deposit, and so does, or goes out
as a withdrawal, what no list explains. A correction downwards of a payout is a loss, one of a burn
is income. Amounts are exact, times UTC.

The columns are those that the tools document: Koinly's universal template
(support.koinly.io, "How to create a custom CSV file with your data"), CoinTracking's CSV import
(cointracking.info/import/import_csv: eleven columns, then optional ones, of which the values in
the account's currency are left to its own prices), and rotki's generic events, as its importer
reads them (rotkehlchen/data_import/importers/rotki_events.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledger.cells import csv_text
from ledger.domain.records.record import Record
from ledger.exports.books import Books, described, plain, value_of
from ledger.rules.records.crossing import Crossing, crossing


@dataclass(frozen=True, slots=True)
class _Tool:
    """``columns`` of a tool's file, and a line of it for a record."""

    columns: tuple[str, ...]
    line: Callable[[Books, Record, Crossing], tuple[object, ...]]


def _both(row: Record, way: Crossing, currency: str) -> tuple[object, object, object, object]:
    """Amount and currency that come in, and those that go out; blank where nothing does."""
    moved = (row.nmr, currency)
    return (*moved, "", "") if way.enters else ("", "", *moved)


def _koinly(books: Books, row: Record, way: Crossing) -> tuple[object, ...]:
    into, in_currency, out, out_currency = _both(row, way, "NMR")
    value = value_of(row, books.price(row))
    return (
        f"{row.at:%Y-%m-%d %H:%M:%S} UTC",
        out,
        out_currency,
        into,
        in_currency,
        "",
        "",
        "" if value is None else format(value, "f"),
        "" if value is None else books.currency,
        {Crossing.INCOME: "reward", Crossing.LOSS: "lost"}.get(way, ""),
        described(books, row),
        plain(row.tx_hash or ""),
    )


def _cointracking(books: Books, row: Record, way: Crossing) -> tuple[object, ...]:
    kinds = {
        Crossing.INCOME: "Staking",
        Crossing.LOSS: "Lost",
        Crossing.DEPOSIT: "Deposit",
        Crossing.WITHDRAWAL: "Withdrawal",
    }
    return (
        kinds[way],
        *_both(row, way, "NMR"),
        "",
        "",
        "Numerai",
        "",
        described(books, row),
        f"{row.at:%Y-%m-%d %H:%M:%S}",
        "",
        plain(f"{row.key} {row.part}" if row.part else row.key),
    )


_NMR_AT_ROTKI = "eip155:1/erc20:0x1776e1F26f98b1A5dF9cD347953a26dd3Cb46671"
"""rotki names a token by its contract; several may have the same symbol."""


def _rotki(books: Books, row: Record, way: Crossing) -> tuple[object, ...]:
    kinds = {
        Crossing.INCOME: "Staking",
        Crossing.LOSS: "Loss",
        Crossing.DEPOSIT: "Deposit",
        Crossing.WITHDRAWAL: "Withdrawal",
    }
    milliseconds = int(row.at.timestamp()) * 1000 + row.at.microsecond // 1000
    return (
        kinds[way],
        "external",
        _NMR_AT_ROTKI,
        row.nmr,
        "",
        "",
        described(books, row),
        milliseconds,
    )


TOOLS = {
    "koinly": _Tool(
        (
            "Date",
            "Sent Amount",
            "Sent Currency",
            "Received Amount",
            "Received Currency",
            "Fee Amount",
            "Fee Currency",
            "Net Worth Amount",
            "Net Worth Currency",
            "Label",
            "Description",
            "TxHash",
        ),
        _koinly,
    ),
    "cointracking": _Tool(
        (
            "Type",
            "Buy Amount",
            "Buy Currency",
            "Sell Amount",
            "Sell Currency",
            "Fee",
            "Fee Currency",
            "Exchange",
            "Trade-Group",
            "Comment",
            "Date",
            "Liquidity pool (optional)",
            "Tx-ID (optional)",
        ),
        _cointracking,
    ),
    "rotki": _Tool(
        (
            "Type",
            "Location",
            "Currency",
            "Amount",
            "Fee",
            "Fee Currency",
            "Description",
            "Timestamp",
        ),
        _rotki,
    ),
}
"""By the name that an export has."""


def tax_file(tool: str, books: Books) -> str:
    """The CSV file of one of :data:`TOOLS`, oldest first."""
    return csv_text([TOOLS[tool].columns, *_lines(TOOLS[tool], books)])


def _lines(tool: _Tool, books: Books) -> Iterator[tuple[object, ...]]:
    for row in books.records:
        way = crossing(row)
        if way is not None:
            yield tool.line(books, row, way)
