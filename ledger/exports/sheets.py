"""Lines of cells, put into the sheets of an XLSX package that has everything else.

What makes single cells takes ten times as long for what these tables do not have. A sheet is
written here as ECMA-376 defines it: numbers and days as numbers, every text within its cell, none a
formula, an error or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count, islice, product
from string import ascii_uppercase
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ledger.cells import inert
from ledger.errors import LedgerError
from ledger.exports.books import plain

ROWS = 1_048_576
"""Rows that a sheet can hold."""

_LONGEST = 32_767
"""Characters that a cell can hold."""

_DAY_ZERO = date(1899, 12, 30).toordinal()
"""Day 0 of a spreadsheet."""

_AT_A_TIME = 1_000
"""Rows that are compressed at a time."""

_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What a spreadsheet would read as the code of a character."""

_EMPTY = re.compile(
    r'(?P<head>.*)<dimension [^>]*/>(?P<views>.*<sheetData>)<row [^>]*><c r="A1" s="(?P<day>\d+)"/>'
    r'<c r="B1" s="(?P<quoted>\d+)"/></row>(?P<tail></sheetData>.*)',
    re.DOTALL,
)
"""A sheet with two blank cells in the styles of days and of quoted texts."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet holds: ``header`` and ``lines`` of as many cells; ``None`` stays blank."""

    title: str
    header: tuple[str, ...]
    lines: Iterable[Sequence[object]]


def filled(package: bytes, sheets: Iterable[Sheet]) -> bytes:
    """``package`` with lines in its sheets, of which each has two blank cells: A1 in the style of
    days, B1 in that of texts that begin like a formula.

    Raises:
        LedgerError: there are more lines than a sheet can hold, or the package is not as expected.
    """
    by_name = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, 1)}
    written = io.BytesIO()
    with ZipFile(io.BytesIO(package)) as made, ZipFile(written, "w", ZIP_DEFLATED) as filling:
        for part in made.infolist():
            content, sheet = made.read(part), by_name.pop(part.filename, None)
            info = ZipInfo(part.filename, part.date_time)
            info.compress_type = ZIP_DEFLATED
            with filling.open(info, "w") as file:
                if sheet is None:
                    file.write(content)
                else:
                    _fill(file, content.decode(), sheet)
    if by_name:
        raise _unexpected()
    return written.getvalue()


def _fill(file: IO[bytes], empty: str, sheet: Sheet) -> None:
    parts = _EMPTY.fullmatch(empty)
    if parts is None:
        raise _unexpected()
    file.write((parts["head"] + parts["views"]).encode())
    rows = _rows(sheet, parts["day"], parts["quoted"])
    while some := "".join(islice(rows, _AT_A_TIME)):
        file.write(some.encode())
    file.write(parts["tail"].encode())


def _unexpected() -> LedgerError:
    return LedgerError(
        "This version of XlsxWriter makes workbooks that can't be filled.", "Export csv."
    )


def _rows(sheet: Sheet, day: str, quoted: str) -> Iterator[str]:
    """The rows, the header first."""
    yield _row(1, zip(_columns(len(sheet.header)), sheet.header, strict=True), day, quoted)
    columns = _columns(len(sheet.header))
    for number, line in enumerate(sheet.lines, 2):
        if number > ROWS:
            raise LedgerError(
                f"{sheet.title} would take more rows than the {ROWS:,} of a sheet.",
                "Export csv, or less at a time.",
            )
        yield _row(number, zip(columns, line, strict=True), day, quoted)


def _columns(width: int) -> list[str]:
    """``A``, ``B``, ... ``Z``, ``AA``."""
    names = ("".join(name) for size in count(1) for name in product(ascii_uppercase, repeat=size))
    return list(islice(names, width))


def _row(number: int, cells: Iterable[tuple[str, object]], day: str, quoted: str) -> str:
    written = [f'<row r="{number}">']
    for column, cell in cells:
        if isinstance(cell, str):
            written.append(f'<c r="{column}{number}"{_text(cell, quoted)}</c>')
        elif isinstance(cell, date):
            serial = cell.toordinal() - _DAY_ZERO
            written.append(f'<c r="{column}{number}" s="{day}"><v>{serial}</v></c>')
        elif cell is not None:
            figure = f"{cell:f}" if isinstance(cell, Decimal) else cell
            written.append(f'<c r="{column}{number}"><v>{figure}</v></c>')
    written.append("</row>")
    return "".join(written)


@lru_cache(maxsize=4_096)
def _text(text: str, quoted: str) -> str:
    """A cell's attributes and content, by which it shows ``text``, and stays that when somebody
    edits it."""
    shown = (text if text.isprintable() else plain(text))[:_LONGEST]
    harmless = shown == inert(shown) and not shown.startswith("#")
    style = "" if harmless else f' s="{quoted}"'
    space = "" if shown == shown.strip() else ' xml:space="preserve"'
    escaped = escape(_ESCAPE.sub("_x005F_", shown))
    return f'{style} t="inlineStr"><is><t{space}>{escaped}</t></is>'
