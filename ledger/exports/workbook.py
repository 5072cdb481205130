"""The records as an XLSX workbook; needs ``numstake-tui[xlsx]``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from ledger.cells import inert
from ledger.domain.nmr import NMR
from ledger.errors import ConfigError
from ledger.exports.books import RECORD_ONLY, Books, plain
from ledger.exports.table import COLUMNS, rows

if TYPE_CHECKING:
    from xlsxwriter import Workbook

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

_EXACT = "nmr_exact"
"""The amount once more, as text with all its places."""

_PLACES = tuple(COLUMNS.index("nmr" if name == _EXACT else name) for name in _SHOWN)
"""Where those columns stand in the CSV file."""

_LONGEST = 32_767
"""Characters that a cell can hold."""

_MONEY = frozenset({"price", "value"})
"""Columns of fiat money."""


def workbook(books: Books, summary: YearlyReport) -> bytes:
    """Sheets with movements, yearly sums, prices and what to know about them.

    A spreadsheet keeps 15 digits of a number: beside each amount stands the text with all places.

    Lines go to a temporary file one by one, so that a large ledger takes no more memory.

    Raises:
        ConfigError: XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise ConfigError(
            "XLSX needs XlsxWriter, which is not installed.",
            "Run: pip install 'numstake-tui[xlsx]', or export csv.",
        ) from error
    written = io.BytesIO()
    book = Workbook(written, {"constant_memory": True})
    _sheet(book, "Movements", _SHOWN, (_cells(row) for row in rows(books)))
    _sheet(book, "Summary", _header(summary.currency), _summary(summary))
    _sheet(
        book,
        "Prices",
        ("date", books.currency, "source"),
        ([one.day, one.price, one.source] for one in books.day_prices()),
    )
    _sheet(book, "About", (RECORD_ONLY,), _about(books))
    book.close()
    return written.getvalue()


def _about(books: Books) -> Iterator[tuple[object]]:
    yield (books.about_days,)
    missing = books.missing()
    if missing:
        yield ("No price was seen on:",)
        yield from ((day,) for day in missing)


def _sheet(
    book: Workbook, title: str, header: tuple[str, ...], lines: Iterable[Iterable[object]]
) -> None:
    """A sheet in which every text is text: none is a formula, an error or a link."""
    sheet = book.add_worksheet(title)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    quoted = book.add_format({"quote_prefix": True})
    for number, line in enumerate((header, *lines)):
        for place, cell in enumerate(line):
            if isinstance(cell, str):
                shown, harmless = _text(cell)
                sheet.write_string(number, place, shown, None if harmless else quoted)
            elif isinstance(cell, date):
                sheet.write_datetime(number, place, cell, day)
            elif cell is not None:
                sheet.write_number(number, place, cell)


@lru_cache(maxsize=4_096)
def _text(text: str) -> tuple[str, bool]:
    """What a cell shows of ``text``, and whether it stays that when somebody edits it."""
    shown = (text if text.isprintable() else plain(text))[:_LONGEST]
    return shown, shown == inert(shown) and not shown.startswith("#")


def _cells(row: tuple[object, ...]) -> list[object]:
    """Amounts as numbers, everything else as it is; nothing stays blank."""
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
