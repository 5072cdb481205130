"""The content of every kind of file for accounting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.exports.books import Books
    from ledger.exports.tax_year import TaxYear


def rendered(kind: str, books: Books) -> bytes:
    """``books`` in one of :data:`ledger.domain.records.formats.FORMATS`, by its name.

    Raises:
        ConfigError: what writes that format is not installed.
    """
    from ledger.exports.beancount import beancount
    from ledger.exports.journal import journal
    from ledger.exports.table import table
    from ledger.exports.tax_tools import TOOLS, tax_file

    if kind == "xlsx":
        from ledger.exports.workbook import workbook
        from ledger.reports.records.yearly import build_yearly

        yearly = build_yearly(
            books.records, books.models, books.prices, books.currency, zone=books.zone
        )
        return workbook(books, yearly)
    if kind in TOOLS:
        return tax_file(kind, books).encode()
    text = {"csv": table, "hledger": journal, "beancount": beancount}[kind](books)
    return text.encode()


def rendered_page(kind: str, year: TaxYear) -> bytes:
    """``year`` as one of :data:`ledger.domain.records.formats.PAGES`, by its name."""
    from ledger.exports.tax_year import tax_csv, tax_page

    return (tax_csv(year) if kind == "tax-table" else tax_page(year)).encode()
