"""Names from outside: bounded in width, visible, and ending where they end."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.domain import names

HOSTILE = "alder (Classic) by 0.01 NMR. At once: 0.01 NMR leaves the wallet." + "\u2800" * 1500
"""The confirmation of a small change, and what pushes the real one out of sight."""

BLANKS = (
    "\u2800\u3164\u115f\u1160\uffa0\u00a0\u2003\u3000\u200b\u200d\ufeff\u2060\u00ad\u034f\ufe0f"
)

anything = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(BLANKS + "\u0301\u0338\u20dd\u302e漢ｗ🙂“”()≈"),
        st.sampled_from("ab_ "),
    ),
    max_size=120,
)


@given(anything)
def test_a_clean_name_is_short_visible_and_clean(text: str) -> None:
    name = names.clean(text)
    assert cell_len(name) <= names.cells(name) <= names.LONGEST
    assert names.clean(name) == name
    assert not set(name) & set(BLANKS + '()“”"≈')
    assert all(letter == " " or category(letter)[0] not in "CZ" for letter in name)
    assert "  " not in name and name == name.strip()


@given(anything, st.sampled_from(["", " (Signals)", " (3f2a)"]))
def test_a_name_shown_is_bounded_and_ends_where_it_ends(text: str, tail: str) -> None:
    name = names.clean(text) + tail
    assert cell_len(names.marked(name)) <= names.SHOWN
    assert names.marked(name).endswith(tail)
    sentence = names.quoted(name)
    assert cell_len(sentence) <= names.SHOWN + len("≈“”") + len(tail)
    assert (sentence.count("“"), sentence.count("”")) == (1, 1)
    assert sentence.startswith(names.ODD) is names.is_odd(name)
    assert names.said(name) in {sentence, names.shorten(name)}


def test_the_ordinary_name_stays_as_it_is() -> None:
    for name in ("alder", "lgbm_v5_20d", "A1"):
        assert names.clean(name) == names.marked(name) == names.said(name) == name
        assert names.quoted(name) == f"“{name}”"
    assert names.said("alder (Signals)") == "alder (Signals)"
    assert names.quoted("alder (3f2a)") == "“alder” (3f2a)"


def test_a_name_that_words_a_confirmation_is_cut_quoted_and_marked() -> None:
    name = names.clean(HOSTILE)
    assert name == "alder {Classic} by 0.01 NMR. At once: 0…"
    assert names.quoted(name) == names.said(name) == "≈“alder {Classic} by 0.01…”"
    assert names.marked(names.clean("a" * 3000)) == "≈" + "a" * 22 + "…"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("al\u2800der", "alder"),
        ("\u3164\u115f\u1160\uffa0\u200b\ufeff", ""),
        ("my\u00a0\u2003 model ", "my model"),
        ("a" * 41, "a" * 39 + "…"),
        ("a" + "\u0335" * 300 + "b", "a" + "\u0335" * 2 + "b"),
        ("\u0301alder", "alder"),
        ("alder” (Signals)", "alder' {Signals}"),
        ("≈alder", "~alder"),
    ],
)
def test_what_looks_blank_or_like_the_program_goes(text: str, name: str) -> None:
    assert names.clean(text) == name


def test_wide_letters_count_as_two() -> None:
    assert names.clean("漢" * 30) == "漢" * 19 + "…"
    assert names.marked("漢" * 19 + " (3f2a)") == "≈" + "漢" * 7 + "… (3f2a)"
