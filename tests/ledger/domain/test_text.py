"""Whatever stands in text from outside, what is left steers nothing and hides nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import text

STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
anything = st.text(st.characters(codec=None))


def test_no_letter_of_unicode_steers_a_terminal_afterwards() -> None:
    kept = set(text.line("".join(map(chr, range(0x110000)))))
    assert not {letter for letter in kept if unicodedata.category(letter) in STEERING}
    assert {"a", "é", "λ", "字", " ", "✓", "\u2800"} <= kept


@given(anything)
def test_a_line_is_one_and_stays_as_it_is(found: str) -> None:
    line = text.line(found)
    assert line.isprintable()
    assert text.line(line) == line
    assert text.lines(found).replace("\n", "").isprintable()
    assert text.name(text.name(found)) == text.name(found)


@pytest.mark.parametrize(
    ("found", "line", "name"),
    [
        ("alder-2_b", "alder-2_b", "alder-2_b"),
        ("al\x1b]52;c;eA==\x07der", "al ]52;c;eA== der", "al]52;c;eA==der"),
        ("a\x9b2Jb\x7f\x08", "a 2Jb  ", "a2Jb"),
        ("a\r\n\tb", "a   b", "ab"),
        ("a\u202eb\u200b\u2066\ufeff", "ab", "ab"),
        ("a\ud800b", "ab", "ab"),
        ("a\u00a0b\u2028c", "a b c", "abc"),
        (" a\u2800\u3164\u115f\u2800 b ", " a\u2800\u3164\u115f\u2800 b ", "a b"),
        ("\u2800" * 1500, "\u2800" * 1500, ""),
    ],
)
def test_what_is_left(found: str, line: str, name: str) -> None:
    assert (text.line(found), text.name(found)) == (line, name)


def test_several_lines_stay_several() -> None:
    assert text.lines("a\r\n\x1b[2Jb\n\tc\rd") == "a\n [2Jb\n c d"


def test_cells_stay_apart() -> None:
    assert text.rows("alder\t\x1b[2J1\t\r\nbirch\t2") == "alder\t [2J1\t\nbirch\t2"


def test_every_text_of_a_value_is_a_line() -> None:
    found = {"a\x1b": ["b\x07", {"c": "d\u202e", "e": 1.5}], "id": "0xab", "none": None}
    assert text.value(found) == {"a ": ["b ", {"c": "d", "e": 1.5}], "id": "0xab", "none": None}
