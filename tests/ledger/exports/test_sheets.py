"""A sheet written line by line holds what XlsxWriter, cell by cell, would have made of it."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from zipfile import ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.cells import inert
from ledger.errors import LedgerError
from ledger.exports import sheets
from ledger.exports.books import plain
from ledger.exports.sheets import Sheet, filled
from ledger.exports.workbook import _empty

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed")

Lines = Sequence[Sequence[object]]

TEXTS = st.text(st.sampled_from("_x0041 <&>\"'=#@-é漢\t\r\n\x00\x1b\u200b\ufffe")) | st.text()
NUMBERS = st.decimals(-(10**9), 10**9, places=18) | st.integers(-(10**9), 10**9)
CELLS = st.one_of(st.none(), TEXTS, NUMBERS, st.dates(date(1970, 1, 1), date(2199, 12, 31)))
LINES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5)
TRICKY = [
    ("_x0041_", "__x005F_x", "_x00zz_"),
    (" a", "a ", "a  b"),
    ("=1", "#REF!", "-"),
    ("<&>", '"', "]]>"),
    ("n" * 40_000, "\ud800", "\x07"),
    (1, Decimal("1E-18"), Decimal("123456789.000000000000000001")),
    (None, None, date(2024, 2, 29)),
]


def plainly(header: Sequence[str], lines: Lines) -> bytes:
    """One call for each cell, as XlsxWriter's manual has it."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"constant_memory": True})
    sheet = book.add_worksheet("Plain")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    quoted = book.add_format({"quote_prefix": True})
    for number, line in enumerate([header, *lines]):
        for place, cell in enumerate(line):
            if isinstance(cell, str):
                shown = (cell if cell.isprintable() else plain(cell))[:32_767]
                harmless = shown == inert(shown) and not shown.startswith("#")
                sheet.write_string(number, place, shown, None if harmless else quoted)
            elif isinstance(cell, date):
                sheet.write_datetime(number, place, cell, day)
            elif cell is not None:
                sheet.write_number(number, place, cell)
    book.close()
    return written.getvalue()


def read(content: bytes) -> list[list[tuple[object, ...]]]:
    """Every cell: where it stands, what it holds, its type and its style."""
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return [
        [
            (cell.coordinate, cell.value, cell.data_type, cell.number_format, cell.quotePrefix)
            for cell in row
            if cell.value is not None
        ]
        for row in sheet.iter_rows()
    ]


def alike(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two cells are the same; fractions to the digits that a spreadsheet keeps."""
    (_, value, *_), (_, expected, *_) = one, other
    if isinstance(value, float) and isinstance(expected, float):
        one, other = (one[0], *one[2:]), (other[0], *other[2:])
        return one == other and math.isclose(value, expected, rel_tol=1e-15)
    return one == other


@settings(max_examples=60, deadline=None)
@given(LINES)
@example(TRICKY)
def test_it_holds_what_single_cells_would(lines: Lines) -> None:
    header = ("a", "=b", "c")
    found = read(filled(_empty(["Plain"]), [Sheet("Plain", header, lines)]))
    expected = read(plainly(header, lines))
    assert [len(row) for row in found] == [len(row) for row in expected]
    assert all(map(alike, chain(*found), chain(*expected)))


def test_numbers_stand_there_with_all_their_places() -> None:
    amount = Decimal("123456789.000000000000000001")
    sheet = Sheet("One", ("nmr",), [(amount,), (7,)])
    with ZipFile(io.BytesIO(filled(_empty(["One"]), [sheet]))) as package:
        content = package.read("xl/worksheets/sheet1.xml").decode()
    assert f"<v>{amount}</v>" in content
    assert '<c r="A3"><v>7</v></c>' in content


def test_more_columns_than_letters() -> None:
    header = tuple(f"column {number}" for number in range(60))
    found = read(filled(_empty(["Wide"]), [Sheet("Wide", header, [range(60)])]))
    assert found == read(plainly(header, [range(60)]))
    assert [cell[0] for cell in found[1]][25:28] == ["Z2", "AA2", "AB2"]


def test_every_sheet_gets_its_own_lines() -> None:
    many = [Sheet(name, (name,), [(number,)]) for number, name in enumerate("abcdefghijkl")]
    content = filled(_empty(sheet.title for sheet in many), many)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == list("abcdefghijkl")
    assert [(sheet["A1"].value, sheet["A2"].value) for sheet in book] == [
        (name, number) for number, name in enumerate("abcdefghijkl")
    ]


def test_a_sheet_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "ROWS", 3)
    kept = Sheet("Movements", ("a",), [(1,), (2,)])
    assert len(read(filled(_empty(["Movements"]), [kept]))) == 3
    with pytest.raises(LedgerError, match="Movements would take more rows"):
        filled(_empty(["Movements"]), [Sheet("Movements", ("a",), [(1,), (2,), (3,)])])


def test_a_package_that_is_not_as_expected_is_refused() -> None:
    sheet = Sheet("One", ("a",), [])
    for package, wanted in ((plainly(("a",), []), [sheet]), (_empty(["One"]), [sheet, sheet])):
        with pytest.raises(LedgerError, match="can't be filled"):
            filled(package, wanted)
