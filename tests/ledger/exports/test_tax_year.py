"""The page for a tax adviser: it adds up, by month and with the records."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from ledger.book import Book
from ledger.domain.nmr import NMR
from ledger.exports.books import Books
from ledger.exports.tax_year import build_tax_year, tax_csv, tax_page
from ledger.rules.records.crossing import crossing
from tests.ledger.exports.test_exports import SLOW, any_books

ZERO = NMR(0)


@SLOW
@given(books=any_books())
def test_opening_and_what_crossed_give_closing(books: Books) -> None:
    years = sorted({books.day(row).year for row in books.records})
    held = ZERO
    for year in range(years[0], years[-1] + 1):
        report = build_tax_year(books, year, unbooked=0)
        assert report.opening.nmr == held
        for name in ("income", "burned", "deposited", "withdrawn", "unpriced"):
            months = NMR.total(getattr(month, name) for month in report.months)
            assert getattr(report.whole, name) == months
        whole = report.whole
        held += whole.income + whole.deposited - whole.burned - whole.withdrawn
        assert report.closing.nmr == held
        rows = [row for row in books.records if books.day(row).year == year and crossing(row)]
        assert whole.income - whole.burned == NMR.total(row.income - row.burned for row in rows)


def test_the_page_agrees_with_the_year_and_names_its_gaps(book: Book) -> None:
    (line,) = book.records.yearly(2026).years
    report = book.records.tax_year(2026)
    assert report.whole.income - report.whole.burned == line.net
    assert report.whole.unpriced == line.unpriced
    text = tax_page(report)
    assert max(map(len, text.splitlines())) < 130
    assert "not tax advice" in text
    assert f"Missing: a price on {len(report.without_price)} days" in text
    told = list(csv.reader(io.StringIO(tax_csv(report))))
    assert told[0][1:3] == ["income NMR", "income USD"]
    assert NMR(told[14][1]) == report.whole.income
    assert [row[0] for row in told[1:15]] == [
        "opening",
        *(f"2026-{month:02}" for month in range(1, 13)),
        "2026",
    ]


def test_nothing_is_worth_nothing_for_want_of_a_price(book: Book) -> None:
    report = book.records.tax_year(2026, currency="CHF")
    assert report.whole.unpriced == report.whole.income + report.whole.burned > ZERO
    line = next(line for line in tax_page(report).splitlines() if line.startswith("   2026"))
    assert line.split()[2] == line.split()[4] == "?"
    known = replace(report, whole=replace(report.whole, income_value=Decimal(5)))
    line = next(line for line in tax_page(known).splitlines() if line.startswith("   2026"))
    assert line.split()[2] == "5.00"


@pytest.mark.parametrize("days", [1, 40])
def test_prices_are_counted_by_who_told_them(book: Book, days: int) -> None:
    books = book.records.books()
    dates = sorted({books.day(row) for row in books.records if row.income})[-days:]
    book.records.import_prices("date,price\n" + "".join(f"{day},10\n" for day in dates))
    report = book.records.tax_year(2026)
    assert dict(report.sources)["import"] >= days
    assert not set(dates) & set(report.without_price)
