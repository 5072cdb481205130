"""How well typed letters fit names: exact ones first, slips forgiven, help texts last."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.palette.scoring import (
    Index,
    Rank,
    Search,
    Text,
    begins_nearly,
    fold,
    slips_allowed,
)

LETTERS = st.text("abr_ 1", max_size=9)
NAMES = st.lists(st.builds(Text, LETTERS, LETTERS, LETTERS), min_size=1, max_size=8)

MODEL = Text("aspen_birch_ridge", "model Classic", "What it was paid.")


def rank(typed: str, text: Text = MODEL) -> Rank | None:
    return Search(Index([text])).ranks(typed).get(0)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("aspen_birch_ridge", Rank.EXACT),
        ("ASPEN birch-ridge", Rank.EXACT),
        ("aspen", Rank.PREFIX),
        ("aspen b", Rank.PREFIX),
        ("birch", Rank.WORD),
        ("birch_ri", Rank.WORD),
        ("ridge aspen", Rank.WORD),
        ("model birch", Rank.WORD),
        ("spen", Rank.INSIDE),
        ("class birch", Rank.WORD),
        ("assi", None),
        ("birhc", Rank.TYPO),
        ("brich", Rank.TYPO),
        ("birxh", Rank.TYPO),
        ("birh", Rank.TYPO),
        ("birrch", Rank.TYPO),
        ("xirch", Rank.TYPO),
        ("apsen rigde", Rank.TYPO),
        ("abr", Rank.LOOSE),
        ("aspbir", Rank.LOOSE),
        ("paid", Rank.HELP),
        ("aspen paid", Rank.HELP),
        ("zzz", None),
        ("aspen zzz", None),
        ("", None),
        ("_", None),
    ],
)
def test_what_fits_how(typed: str, expected: Rank | None) -> None:
    assert rank(typed) is expected


def test_another_number_is_another_thing() -> None:
    rounds = Search(Index([Text(f"round {number}") for number in (1403, 1404, 1430, 2403)]))
    assert rounds.ranks("1403") == {0: Rank.WORD}
    assert rounds.ranks("round 1403") == {0: Rank.EXACT}
    assert rounds.ranks("rounf 1403") == {0: Rank.TYPO}


@cache
def distance(typed: str, word: str) -> int:
    """Slips between two texts, swapped neighbours counting once."""
    if not typed or not word:
        return len(typed) + len(word)
    steps = [
        distance(typed[1:], word) + 1,
        distance(typed, word[1:]) + 1,
        distance(typed[1:], word[1:]) + (typed[0] != word[0]),
    ]
    if len(typed) > 1 and len(word) > 1 and typed[:2] == word[1::-1]:
        steps.append(distance(typed[2:], word[2:]) + 1)
    return min(steps)


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 2))
def test_slips_are_those_of_a_plain_table_of_distances(typed: str, word: str, slips: int) -> None:
    plain = min(distance(typed, word[:end]) for end in range(len(word) + 1))
    assert begins_nearly(typed, word, slips) is (plain <= slips)


@given(st.from_regex(r"[a-z]{4,12}", fullmatch=True), st.data())
def test_a_wrong_letter_or_two_swapped_still_find_it(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    wrong = name[:at] + "0" * (at > 0) + "q" * (at == 0) + name[at + 1 :]
    for typed in (swapped, wrong):
        assert slips_allowed(typed)
        assert rank(typed, Text(name)) is not None


@given(NAMES, st.text("abr 1", max_size=7))
def test_a_longer_text_finds_the_same_whatever_was_typed_before(
    texts: list[Text], typed: str
) -> None:
    index = Index(texts)
    going_on = Search(index)
    for end in range(1, len(typed) + 1):
        assert going_on.ranks(typed[:end]) == Search(index).ranks(typed[:end])
    for end in range(len(typed), 0, -1):
        assert going_on.ranks(typed[:end]) == Search(index).ranks(typed[:end])


@given(NAMES)
def test_every_text_finds_itself_and_nothing_better(texts: list[Text]) -> None:
    index = Index(texts)
    for at, text in enumerate(texts):
        if not fold(text.name):
            continue
        ranks = Search(index).ranks(text.name)
        assert ranks[at] is Rank.EXACT
        for other, fits in ranks.items():
            name = fold(texts[other].name)
            assert (fits is Rank.EXACT) == (name == fold(text.name))
            assert (fits <= Rank.PREFIX) == name.startswith(fold(text.name))
