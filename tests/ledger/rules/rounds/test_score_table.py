"""Tables of scores are read as they are meant, and what can't be read is pointed at."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ledger.errors import TableError
from ledger.rules.rounds.score_table import read_csv, select

CSV = "round,A,B\n1001,0.01,\n1000,-0.02,0.5\n"


def read(text: str) -> object:
    return read_csv(text.splitlines(keepends=True), "scores.csv")


def test_rounds_are_sorted_and_holes_are_kept() -> None:
    found = read_csv(CSV.splitlines(), "scores.csv")
    assert (found.rounds, found.models) == ((1000, 1001), ("A", "B"))
    assert found.values == ((Decimal("-0.02"), Decimal("0.5")), (Decimal("0.01"), None))


@pytest.mark.parametrize("hole", ["", " ", "nan", "NaN", "NA", "null", "None", "-"])
def test_ways_to_write_a_hole(hole: str) -> None:
    assert read_csv(["roundNumber,A,B", f"7,{hole},1e-3"], "x").values == ((None, Decimal("1e-3")),)


def test_the_round_may_stand_anywhere() -> None:
    found = read_csv(["A, roundNumber ,B", "0.1,7,0.2", "", ",,"], "x")
    assert (found.rounds, found.models) == ((7,), ("A", "B"))


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("\ufeff" + CSV, encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as lines:
        assert read_csv(lines, path.name).models == ("A", "B")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(b"round,A\n1,\xff\xfe")
    with path.open(encoding="utf-8", newline="") as lines, pytest.raises(TableError, match="UTF-8"):
        read_csv(lines, path.name)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1: no round column"),
        ("A,B\n1,2\n", "line 1: no round column"),
        ("round,roundNumber,A\n1,1,2\n", "line 1: two round columns"),
        ("round,A,A\n1,2,3\n", "line 1, column 3: A comes twice"),
        ("round,,A\n1,2,3\n", "line 1, column 2: no name"),
        ("round\n1\n", "line 1: no model"),
        ("round,A\n", "holds no rounds"),
        ("round,A\n1,0.1\n2,abc\n", "line 3, column A: “abc” is not a score"),
        ("round,A\n1,inf\n", "line 2, column A: “inf” is not a score"),
        ("round,A\n1,1e999\n", "line 2, column A: “1e999” is not a score"),
        ("round,A\n1.5,0.1\n", "line 2, column round: “1.5” is not a round number"),
        ("round,A\n12345678901,0.1\n", "“12345678901” is not a round number"),
        ("A,roundNumber\n0.1,x\n", "line 2, column roundNumber: “x” is not a round"),
        ("round,A\n1,0.1\n\n1,0.2\n", "line 4, column round: round 1 comes twice"),
        ("round,A\n1,0.1,0.2\n", "line 2: 3 cells under 2 columns, from column 3 on"),
        ("round,A,B\n1,0.1\n", "line 2: 2 cells under 3 columns, from column 3 on"),
        ('round,A\n1,"0.1\n', "line 2: not CSV"),
    ],
)
def test_what_is_wrong_and_where(text: str, what: str) -> None:
    with pytest.raises(TableError) as raised:
        read(text)
    assert raised.value.what.startswith("scores.csv")
    assert what in raised.value.what


def test_a_part_of_a_table() -> None:
    given = read_csv(["round,A,B,C", "1,1,,3", "2,4,5,6", "3,7,8,", "4,1,2,3"], "x")
    found = select(given, models=("C", "A"), first=2, last=3)
    assert (found.rounds, found.models) == ((2, 3), ("C", "A"))
    assert found.values == ((Decimal(6), Decimal(4)), (None, Decimal(7)))
    assert select(given, complete=True).rounds == (2, 4)
    assert select(given, models=("A",), complete=True).rounds == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"models": ("A", "X")}, "X is not in the table"),
        ({"models": ("A", "A")}, "twice"),
        ({"models": ()}, "No model"),
        ({"first": 9000}, "No round"),
    ],
)
def test_a_part_that_is_not_there(wanted: dict[str, object], why: str) -> None:
    with pytest.raises(TableError, match=why):
        select(read_csv(CSV.splitlines(), "x"), **wanted)  # type: ignore[arg-type]
