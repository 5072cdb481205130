"""Ranges of rounds behave like sets of numbers, and a list proves no more than it shows."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.syncing.coverage import RoundRange, RoundRanges
from ledger.syncing.fetch_plan import gaps, prove

NUMBERS = st.sets(st.integers(1, 60))


def numbers(ranges: RoundRanges) -> set[int]:
    return {n for entry in ranges for n in range(entry.first, entry.last + 1)}


@given(NUMBERS, NUMBERS)
def test_ranges_are_sets_of_numbers(one: set[int], other: set[int]) -> None:
    left, right = RoundRanges.of(one), RoundRanges.of(other)
    assert numbers(left) == one
    assert numbers(left | right) == one | other
    assert numbers(left - right) == one - other
    assert numbers(left & right) == one & other
    assert len(left) == len(one)
    assert all((n in left) == (n in one) for n in range(62))


@given(NUMBERS)
def test_ranges_neither_touch_nor_overlap(one: set[int]) -> None:
    entries = list(RoundRanges.of(one))
    assert all(a.last + 1 < b.first for a, b in pairwise(entries))


@given(NUMBERS, NUMBERS)
def test_gaps_hold_all_that_is_not_complete(wanted: set[int], complete: set[int]) -> None:
    asked = gaps(RoundRanges.of(wanted), RoundRanges.of(complete))
    assert wanted - complete <= numbers(RoundRanges(asked))
    assert all(a.last + 10 < b.first for a, b in pairwise(asked))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(1, 60))
def test_a_list_proves_no_more_than_it_shows(
    present: set[int], final: set[int], ended: set[int], expected: set[int], first: int
) -> None:
    present = {n for n in present if 10 <= n <= 50}
    proof = prove(
        RoundRange(10, 50),
        present,
        final & present,
        ended=RoundRanges.of(ended),
        expected=RoundRanges.of(expected),
        first=first,
    )
    complete, absent = numbers(proof.complete), numbers(proof.absent)
    assert final & present <= complete
    assert not complete & (present - final), "a row that is not final proves nothing"
    assert not (complete | absent) & (expected - present), "what must be there is missing"
    assert not complete & absent
    assert absent <= {n for n in ended if 10 <= n <= 50} - present
    for n in (complete - present) & set(range(first, 61)):
        assert min(present) < n < max(present)
