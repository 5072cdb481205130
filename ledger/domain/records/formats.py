"""Files for accounting: their names, how they end, and which program reads them."""

from __future__ import annotations

from ledger.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file: its ``name``, the ``ending`` of its files, and what it is for."""

    name: str
    ending: str
    reader: str


FORMATS = (
    Format("csv", ".csv", "for a spreadsheet"),
    Format("hledger", ".journal", "for hledger and ledger"),
    Format("beancount", ".beancount", "for Beancount and Fava"),
    Format("xlsx", ".xlsx", "an Excel workbook with sums by year"),
    Format("koinly", "-koinly.csv", "for Koinly"),
    Format("cointracking", "-cointracking.csv", "for CoinTracking"),
    Format("rotki", "-rotki.csv", "for rotki"),
)

PAGES = (
    Format("tax", "-tax.txt", "a year on a page for an adviser"),
    Format("tax-table", "-tax.csv", "the same page as a table"),
)
"""A year of the whole account, added up; :attr:`FORMATS` hold movements one by one."""
