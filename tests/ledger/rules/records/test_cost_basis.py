"""What NMR that leaves had cost: exact, by both methods, and never more than went in."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR
from ledger.rules.records.cost_basis import Average, Cost, FirstInFirstOut

Method = FirstInFirstOut | Average
BOTH = (FirstInFirstOut, Average)


def test_the_oldest_leaves_first() -> None:
    lots = FirstInFirstOut()
    lots.enter(NMR(2), Fraction(20))
    lots.enter(NMR(4), None)
    lots.enter(NMR(2), Fraction(40))
    assert lots.leave(NMR(3)) == Cost(Fraction(20), Fraction(1))
    assert lots.leave(NMR(4)) == Cost(Fraction(20), Fraction(3))
    assert lots.held == Cost(Fraction(20))


def test_all_that_is_held_has_one_cost() -> None:
    pool = Average()
    pool.enter(NMR(2), Fraction(20))
    pool.enter(NMR(4), None)
    pool.enter(NMR(2), Fraction(40))
    assert pool.leave(NMR(2)) == Cost(Fraction(15), Fraction(1))
    assert pool.held == Cost(Fraction(45), Fraction(3))


@pytest.mark.parametrize("method", BOTH)
def test_what_was_never_there_has_no_cost(method: type[Method]) -> None:
    lots = method()
    assert lots.leave(NMR(1)) == Cost(unknown=Fraction(1))
    lots.enter(NMR(1), Fraction(5))
    assert lots.leave(NMR(3)) == Cost(Fraction(5), Fraction(2))
    assert lots.held == Cost()


amounts = st.integers(1, 10**21).map(NMR.from_wei)
moves = st.lists(
    st.tuples(st.booleans(), amounts, st.one_of(st.none(), st.integers(0, 10**9).map(Fraction))),
    max_size=20,
)


@pytest.mark.parametrize("method", BOTH)
@given(moves=moves)
def test_no_cost_is_lost_or_made(
    method: type[Method], moves: list[tuple[bool, NMR, Fraction | None]]
) -> None:
    lots, went_in, came_out, held = method(), Cost(), Cost(), Fraction(0)
    for enters, nmr, cost in moves:
        amount = Fraction(nmr.amount)
        if enters:
            lots.enter(nmr, cost)
            went_in += Cost(unknown=amount) if cost is None else Cost(cost)
            held += amount
        else:
            came_out += lots.leave(nmr)
            went_in += Cost(unknown=max(Fraction(0), amount - held))
            held = max(Fraction(0), held - amount)
    assert came_out + lots.held == went_in
    assert lots.held.unknown <= held
