"""Files for tax tools: the columns those tools ask for, and every wei that crosses the border."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place
from ledger.domain.records.record import Record, RecordKind
from ledger.exports.books import Books
from ledger.exports.tax_tools import TOOLS, tax_file
from ledger.rules.records.crossing import Crossing, crossing
from tests.ledger.exports.test_exports import SLOW, any_books

HEADERS = {
    "koinly": "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,"
    "Fee Currency,Net Worth Amount,Net Worth Currency,Label,Description,TxHash",
    "cointracking": "Type,Buy Amount,Buy Currency,Sell Amount,Sell Currency,Fee,Fee Currency,"
    "Exchange,Trade-Group,Comment,Date,Liquidity pool (optional),Tx-ID (optional)",
    "rotki": "Type,Location,Currency,Amount,Fee,Fee Currency,Description,Timestamp",
}
ROTKI_TYPES = {"Deposit": 1, "Withdrawal": -1, "Income": 1, "Loss": -1, "Spend": -1, "Staking": 1}
"""What its importer of generic events takes, and whether it comes in."""

ZERO = NMR(0)
Sums = dict[Crossing, NMR]


def lines(tool: str, books: Books) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tax_file(tool, books))))


def moved(books: Books) -> Sums:
    """What the records themselves say crossed the border."""
    sums = dict.fromkeys(Crossing, ZERO)
    for row in books.records:
        way = crossing(row)
        if way is not None:
            sums[way] += row.nmr
    return sums


def koinly(books: Books) -> Sums:
    sums = dict.fromkeys(Crossing, ZERO)
    for line in lines("koinly", books):
        assert bool(line["Sent Amount"]) != bool(line["Received Amount"])
        into = bool(line["Received Amount"])
        way = {
            ("reward", True): Crossing.INCOME,
            ("lost", False): Crossing.LOSS,
            ("", True): Crossing.DEPOSIT,
            ("", False): Crossing.WITHDRAWAL,
        }[line["Label"], into]
        sums[way] += NMR(line["Received Amount"] or line["Sent Amount"])
        assert {line["Received Currency"], line["Sent Currency"]} == {"NMR", ""}
        assert datetime.strptime(line["Date"], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    return sums


def cointracking(books: Books) -> Sums:
    sums = dict.fromkeys(Crossing, ZERO)
    for line in lines("cointracking", books):
        way = {
            "Staking": Crossing.INCOME,
            "Lost": Crossing.LOSS,
            "Deposit": Crossing.DEPOSIT,
            "Withdrawal": Crossing.WITHDRAWAL,
        }[line["Type"]]
        amount, currency = (
            ("Buy Amount", "Buy Currency")
            if way.enters
            else (
                "Sell Amount",
                "Sell Currency",
            )
        )
        sums[way] += NMR(line[amount])
        assert line[currency] == "NMR"
        assert datetime.fromisoformat(line["Date"])
    return sums


def rotki(books: Books) -> Sums:
    """As its importer reads them: amounts as decimals, times in milliseconds."""
    sums = dict.fromkeys(Crossing, ZERO)
    for line in lines("rotki", books):
        way = {
            "Staking": Crossing.INCOME,
            "Loss": Crossing.LOSS,
            "Deposit": Crossing.DEPOSIT,
            "Withdrawal": Crossing.WITHDRAWAL,
        }[line["Type"]]
        assert way.enters == (ROTKI_TYPES[line["Type"]] > 0)
        sums[way] += NMR(Decimal(line["Amount"]))
        assert (line["Fee"], line["Fee Currency"], line["Location"]) == ("", "", "external")
        assert datetime.fromtimestamp(int(line["Timestamp"]) / 1000, UTC).year >= 2020
    return sums


READERS = {"koinly": koinly, "cointracking": cointracking, "rotki": rotki}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_columns_are_those_the_tool_documents(book: Book, tool: str) -> None:
    text = tax_file(tool, book.records.books())
    assert text.splitlines()[0] == HEADERS[tool]
    assert len(text.splitlines()) > 1


@pytest.mark.parametrize("tool", TOOLS)
def test_every_wei_of_a_ledger_is_in_the_file_once(book: Book, tool: str) -> None:
    books = book.records.books()
    sums = READERS[tool](books)
    (year, *others) = book.records.yearly().years
    assert sums[Crossing.INCOME] - sums[Crossing.LOSS] == sum(
        (line.net for line in others), year.net
    )
    assert sums == moved(books)


@pytest.mark.parametrize("tool", TOOLS)
@SLOW
@given(books=any_books())
def test_whatever_the_records_are_their_sums_are_in_the_file(tool: str, books: Books) -> None:
    assert READERS[tool](books) == moved(books)
    owned = {Place.WALLET, Place.HELD, Place.STAKE, Place.STRATEGY}
    change = sum(
        (
            row.nmr if row.taker in owned else -row.nmr
            for row in books.records
            if (row.taker in owned) != (row.giver in owned)
        ),
        ZERO,
    )
    sums = moved(books)
    assert change == sum((sums[way] if way.enters else -sums[way] for way in Crossing), ZERO)


def test_what_stays_within_is_left_out(book: Book) -> None:
    kinds = Counter(row.kind for row in book.records.books().records if crossing(row) is None)
    assert set(kinds) <= {
        RecordKind.STAKE,
        RecordKind.RELEASE,
        RecordKind.SWEEP,
        RecordKind.TRANSFER,
        RecordKind.ADJUSTMENT,
    }
    assert kinds[RecordKind.STAKE] or kinds[RecordKind.SWEEP] or kinds[RecordKind.TRANSFER]


def test_a_correction_goes_the_other_way(book: Book) -> None:
    row = next(row for row in book.records.books().records if row.kind is RecordKind.PAYOUT)
    assert crossing(row) is Crossing.INCOME
    assert crossing(_turned(row)) is Crossing.LOSS


def _turned(row: Record) -> Record:
    return replace(row, giver=row.taker, taker=row.giver, part=1)
