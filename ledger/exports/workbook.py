"""The records as an XLSX workbook; needs ``numstake-tui[xlsx]``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.domain.nmr import NMR
from ledger.errors import ConfigError
from ledger.exports.books import RECORD_ONLY, Books
from ledger.exports.sheets import Sheet, filled
from ledger.exports.table import COLUMNS, rows

if TYPE_CHECKING:
    from ledger.reports.records.yearly import YearlyReport

_SHOWN = (
    "date",
    "kind",
    "tournament",
    "model",
    "round",
    "nmr",
    "nmr_exact",
    "from",
    "to",
    "price",
    "value",
    "source",
)
"""The columns of the CSV file that the sheet has: a cell is dear in a large workbook."""

_MONEY = frozenset({"price", "value"})
"""Columns of fiat money."""

_EXACT = "nmr_exact"
"""The amount once more, as text with all its places."""

_PLACES = tuple(COLUMNS.index("nmr" if name == _EXACT else name) for name in _SHOWN)
"""Where those columns stand in the CSV file."""


def workbook(books: Books, summary: YearlyReport) -> bytes:
    """Sheets with movements, yearly sums, prices and what to know about them.

    A spreadsheet keeps 15 digits of a number: beside each amount stands the text with all places.

    Raises:
        ConfigError: XlsxWriter is not installed.
    """
    sheets = (
        Sheet("Movements", _SHOWN, map(_cells, rows(books))),
        Sheet("Summary", _header(summary.currency), _summary(summary)),
        Sheet(
            "Prices",
            ("date", books.currency, "source"),
            ([one.day, one.price, one.source] for one in books.day_prices()),
        ),
        Sheet("About", (RECORD_ONLY,), _about(books)),
    )
    return filled(_empty(sheet.title for sheet in sheets), sheets)


def _empty(titles: Iterable[str]) -> bytes:
    """A workbook with the styles of the cells, each in a blank cell of every sheet."""
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise ConfigError(
            "XLSX needs XlsxWriter, which is not installed.",
            "Run: pip install 'numstake-tui[xlsx]', or export csv.",
        ) from error
    written = io.BytesIO()
    book = Workbook(written, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    quoted = book.add_format({"quote_prefix": True})
    for title in titles:
        sheet = book.add_worksheet(title)
        sheet.write_blank(0, 0, None, day)
        sheet.write_blank(0, 1, None, quoted)
    book.close()
    return written.getvalue()


def _about(books: Books) -> Iterator[tuple[object]]:
    yield (books.about_days,)
    missing = books.missing()
    if missing:
        yield ("No price was seen on:",)
        yield from ((day,) for day in missing)


def _cells(row: tuple[object, ...]) -> list[object]:
    """Amounts and fiat money as numbers, everything else as it is."""
    return [_cell(name, row[place]) for name, place in zip(_SHOWN, _PLACES, strict=True)]


def _cell(name: str, value: object) -> object:
    if isinstance(value, NMR):
        return str(value) if name == _EXACT else value.amount
    if value == "":
        return None
    return Decimal(str(value)) if name in _MONEY else value


def _header(currency: str) -> tuple[str, ...]:
    sums = ("income", "burns", "net")
    amounts = [f"{name} {money}" for money in ("NMR", currency) for name in sums]
    exact = [f"{name} NMR, exact" for name in sums]
    return ("year", "tournament", "model", *amounts, "NMR without a price", *exact)


def _summary(report: YearlyReport) -> list[list[object]]:
    return [
        [
            line.year,
            line.tournament.label if line.tournament else "all",
            line.name or "all",
            line.income.amount,
            line.burned.amount,
            line.net.amount,
            line.income_value,
            line.burned_value,
            line.net_value,
            line.unpriced.amount,
            str(line.income),
            str(line.burned),
            str(line.net),
        ]
        for line in (*report.models, *report.tournaments, *report.years)
    ]
