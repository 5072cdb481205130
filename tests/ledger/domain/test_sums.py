"""Totals: what is known adds up, what is not is counted, and the oldest part says how old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.sums import NO_PARTS, Part, Sum

NOW = datetime(2026, 11, 28, 14, tzinfo=UTC)

amounts = st.integers(-(10**24), 10**24).map(NMR.from_wei)
ages = st.none() | st.integers(0, 10_000).map(lambda hours: NOW - timedelta(hours=hours))
parts = st.builds(Part, st.none() | amounts, ages)


@given(st.lists(parts))
def test_every_part_is_in_it_or_counted(found: list[Part]) -> None:
    total = Sum.of(found)
    known = [part.amount for part in found if part.amount is not None]
    assert total.known == NMR.total(known)
    assert total.unknown == len(found) - len(known)
    old = [part.as_of for part in found if part.as_of and part.amount is not None]
    assert total.as_of == min(old, default=None)
    assert (total.nmr is None) is (len(known) < len(found))
    assert total.sure is (total.nmr is not None and total.as_of is None)


@given(st.lists(parts), st.lists(parts))
def test_two_totals_make_the_total_of_both(one: list[Part], other: list[Part]) -> None:
    assert Sum.of(one) + Sum.of(other) == Sum.of([*one, *other])
    assert Sum.of(one) + NO_PARTS == Sum.of(one)


@given(st.lists(amounts))
def test_a_total_of_what_is_known_is_an_amount(found: list[NMR]) -> None:
    assert Sum.of(found).nmr == NMR.total(found)


@given(st.lists(parts), ages)
def test_unknown_never_reads_as_nothing(found: list[Part], as_of: datetime | None) -> None:
    total = Sum.of([*found, Part(None, as_of)])
    assert total.nmr is None
    assert total.unknown >= 1


def test_nothing_adds_up_to_nothing() -> None:
    assert NO_PARTS.nmr == ZERO
    assert NO_PARTS.sure
