"""No cell of a table is run by a spreadsheet, and each still says what was written."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.cells import csv_text, inert, restored
from ledger.domain.nmr import NMR

FORMULAS = [
    f"{blank}{sign}1+1"
    for sign in "=+-@＝＋－＠﹦﹢﹣﹫"
    for blank in ("", " ", "\t", "\r", "\n", "\u00a0", "\u200b", "\ufeff", "\x00", "a;", "a\t")
]


def runs(cell: str) -> bool:
    """Whether some spreadsheet could run a part of ``cell``."""
    for part in re.split(r"[;\t\r\n]", cell):
        shown = re.sub(r"^[\s\x00-\x20]+", "", part.lstrip("\u200b\u200e\u200f\u202e\ufeff"))
        if unicodedata.normalize("NFKC", shown)[:1] in {"=", "+", "-", "@"}:
            return True
    return cell[:1] in {"\t", "\r", "\n"}


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_marked(text: str) -> None:
    assert runs(text)
    assert not runs(inert(text))
    assert restored(inert(text)) == text


@pytest.mark.parametrize("text", ["", "alder", "a=b", "-", "-2.5", "+1", "0", "5.", "O'Neil"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert inert(text) == restored(text) == text


@given(st.text(st.sampled_from("a'=+-@＝ \t\r\n;1\u200b")) | st.text())
def test_any_text_is_inert_and_comes_back(text: str) -> None:
    marked = inert(text)
    assert restored(marked) == text
    number = re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?|-", text, re.ASCII)
    assert number or not runs(marked)


def test_numbers_and_days_are_written_exactly() -> None:
    line = (NMR("-0.000000000000000001"), Decimal("-2.50"), -3, date(2026, 8, 28), "=1", "-4.5")
    (cells,) = csv.reader(io.StringIO(csv_text([line])))
    assert cells == ["-0.000000000000000001", "-2.50", "-3", "2026-08-28", "'=1", "-4.5"]


CELLS = st.one_of(
    st.text(st.sampled_from("a1'=+-@\" \t\r\n;,\u200b\x00")),
    st.text(),
    st.none(),
    st.integers(),
    st.dates(),
    st.decimals(-5, 5, places=18),
    st.sampled_from([NMR("1.5"), Decimal("1.50"), True, 1]),
)


def plain_csv(lines: list[list[object]]) -> str:
    """What Python's own writer makes of them."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(
        [inert(cell) if isinstance(cell, str) else cell for cell in line] for line in lines
    )
    return written.getvalue()


@given(st.lists(st.lists(CELLS, max_size=4), max_size=4))
@example([[], [""], [None], ["", ""], ["a,b", 'say "a"', "a\nb"], [" a", "=1,", "a;=1"]])
def test_lines_are_those_of_pythons_own_writer(lines: list[list[object]]) -> None:
    assert csv_text(lines) == plain_csv(lines)
