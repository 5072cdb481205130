"""Weight helpers share a total out exactly, within floor and cap."""

from __future__ import annotations

import itertools
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.targets.target import Target, TargetKind
from ledger.errors import ChangeError
from ledger.rules.targets import cvar, weights
from ledger.rules.targets.weights import Row, spread

ROWS = (Row("a", NMR(30)), Row("b", NMR(10)), Row("c", NMR(60), locked=True))


def history(**scores: str) -> dict[str, dict[int, Decimal]]:
    """Scores by round from texts like ``0.1 -0.2 . 0.3``; a dot is a round without one."""
    return {
        name: {n: Decimal(text) for n, text in enumerate(line.split(), 1000) if text != "."}
        for name, line in scores.items()
    }


def worst_rounds(
    history: dict[str, dict[int, Decimal]],
    weights: dict[str, Fraction],
    level: Decimal = Decimal("0.05"),
) -> Fraction:
    """The mean payout-weighted score of ``weights`` in the worst ``level`` of the rounds."""
    rounds = sorted({number for name in weights for number in history.get(name, {})})
    whole = sum(weights.values(), Fraction(0))
    if not rounds or not whole:
        return Fraction(0)
    results = sorted(
        sum(
            (weight * Fraction(history[name].get(number, 0)) for name, weight in weights.items()),
            Fraction(0),
        )
        / whole
        for number in rounds
    )
    tail = Fraction(level) * len(rounds)
    full = int(tail)
    part = tail - full
    worst = sum(results[:full], Fraction(0)) + (part * results[full] if part else 0)
    return worst / tail


def shared(found: dict[str, NMR]) -> dict[str, str]:
    return {name: str(nmr) for name, nmr in found.items()}


def test_equal_and_proportional_to_what_is_staked() -> None:
    assert shared(spread(ROWS, weights.equal(ROWS), NMR(40)).amounts) == {"a": "20", "b": "20"}
    assert shared(spread(ROWS, weights.by_current(ROWS), NMR(60)).amounts) == {"a": "45", "b": "15"}


def test_a_spread_is_a_set_of_targets() -> None:
    targets = spread(ROWS, weights.equal(ROWS), NMR(40)).targets
    assert targets == (
        Target("a", TargetKind.NMR, nmr=NMR(20)),
        Target("b", TargetKind.NMR, nmr=NMR(20)),
    )


def test_the_wei_that_do_not_divide_go_to_the_largest_remainders() -> None:
    rows = [Row(name) for name in "abc"]
    found = spread(rows, weights.equal(rows), NMR(1)).amounts
    assert found["a"].wei - found["b"].wei == 1
    assert NMR.total(found.values()) == NMR(1)


def test_floor_and_cap_shift_the_rest_to_the_others() -> None:
    rows = [Row(name) for name in "abcd"]
    by = {"a": Fraction(70), "b": Fraction(20), "c": Fraction(10)}
    assert shared(spread(rows, by, NMR(100), cap=NMR(50)).amounts) == {
        "a": "50",
        "b": "33.333333333333333333",
        "c": "16.666666666666666667",
        "d": "0",
    }
    found = spread(rows, by, NMR(100), floor=NMR(15)).amounts
    assert (found["c"], found["d"]) == (NMR(15), NMR(15))
    assert NMR.total(found.values()) == NMR(100)
    tight = spread(rows, by, NMR(100), cap=NMR(20))
    assert (shared(tight.amounts), tight.left) == (
        {"a": "20", "b": "20", "c": "20", "d": "0"},
        NMR(40),
    )


@pytest.mark.parametrize(
    ("rows", "by", "more", "why"),
    [
        (ROWS[2:], {}, {}, "locked"),
        (ROWS, {"c": Fraction(1)}, {}, "weighted by"),
        (ROWS, weights.equal(ROWS), {"floor": NMR(21)}, "more than"),
        (ROWS, weights.equal(ROWS), {"floor": NMR(2), "cap": NMR(1)}, "below the floor"),
        (ROWS, weights.equal(ROWS), {"floor": NMR(-2)}, "below zero"),
    ],
)
def test_what_can_not_be_spread_says_why(rows, by, more, why: str) -> None:
    with pytest.raises(ChangeError, match=why):
        spread(rows, by, NMR(40), **more)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    st.integers(0, 10**21),
    st.integers(0, 10**20),
    st.integers(0, 10**21),
)
def test_a_total_is_met_to_the_wei_within_the_bounds(by, total: int, low: int, room: int) -> None:
    assume(any(by) and low * len(by) <= total)
    rows = [Row(f"m{index}") for index in range(len(by))]
    floor, cap = NMR.from_wei(low), NMR.from_wei(low + room)
    given_weights = {f"m{index}": Fraction(weight) for index, weight in enumerate(by)}
    found = spread(rows, given_weights, NMR.from_wei(total), floor=floor, cap=cap)
    assert all(floor <= amount <= cap for amount in found.amounts.values())
    assert NMR.total(found.amounts.values()) + found.left == NMR.from_wei(total)
    if found.left:
        assert all(
            amount == cap for name, amount in found.amounts.items() if given_weights[name] > 0
        )


def test_weights_from_scores() -> None:
    scores = history(a="0.02 0.04", b="0.01 0.03", c="-0.05 0.01", d="0.02")
    assert weights.by_score(scores) == {
        "a": Fraction(3, 100),
        "b": Fraction(2, 100),
        "c": 0,
        "d": Fraction(2, 100),
    }
    ratio = weights.by_ratio(scores)
    assert abs(ratio["a"] / ratio["b"] - Fraction(3, 2)) < Fraction(1, 10**11)
    assert "d" not in ratio
    steady = weights.by_inverse_volatility(history(a="1 3", b="1 5", c="2 2"))
    assert set(steady) == {"a", "b"}
    assert abs(steady["a"] / steady["b"] - 2) < Fraction(1, 10**11)


def performance(name: str, number: int, corr: str | None, *, settled: bool = True) -> Performance:
    value = None if corr is None else Decimal(corr)
    return Performance(
        model_id=name,
        tournament=Tournament.SIGNALS,
        round=number,
        at_risk=NMR(1),
        payout=None,
        state=PayoutState.SETTLED if settled else PayoutState.PENDING,
        source=None,
        factor=None,
        clip=None,
        resolves=datetime(2026, 11, 24, tzinfo=UTC),
        submission_id="s",
        scores=(
            Score("alpha", value, None, 20, Decimal("0.5")),
            Score("mpc", Decimal("0.01"), None, 20, Decimal(2)),
            Score("fnc", Decimal(9), None, 20, None),
        ),
    )


def test_the_newest_resolved_rounds_count_by_their_own_multipliers() -> None:
    entries = [
        performance("a", 3, "0.04", settled=False),
        performance("a", 2, "0.02"),
        performance("b", 2, None),
        performance("b", 1, "0.06"),
        performance("a", 0, "0.08"),
    ]
    found = weights.score_history(entries, last=2)
    assert found == {"a": {2: Decimal("0.03")}, "b": {1: Decimal("0.05")}}


def test_minimum_cvar_agrees_with_trying_everything() -> None:
    pytest.importorskip("scipy")
    scores = history(
        a="0.05 -0.08 0.03 0.02 -0.01 0.04 -0.02 0.01 0.06 -0.05",
        b="-0.03 0.04 -0.06 0.03 0.02 -0.01 0.01 0.00 -0.02 0.03",
        c="0.01 -0.02 0.01 -0.04 0.03 0.00 0.02 -0.03 0.01 0.01",
    )
    found = cvar.min_cvar(scores, "abc", NMR(100), level=Decimal("0.2"))
    best = worst_rounds(scores, found, Decimal("0.2"))
    grid = range(0, 101, 2)
    tried = max(
        worst_rounds(
            scores, {"a": Fraction(x), "b": Fraction(y), "c": Fraction(100 - x - y)}, Decimal("0.2")
        )
        for x, y in itertools.product(grid, grid)
        if x + y <= 100
    )
    assert best >= tried - Fraction(1, 10**8)
    assert best - tried < Fraction(1, 1000)


def test_minimum_cvar_keeps_to_floor_and_cap() -> None:
    pytest.importorskip("scipy")
    scores = history(a="0.01 0.01 0.01 0.01", b="-0.5 0.5 -0.5 0.5", c="-0.1 0.1 0.1 -0.1")
    rows = [Row(name) for name in "abc"]
    free = cvar.min_cvar(scores, "abc", NMR(100))
    assert shared(spread(rows, free, NMR(100)).amounts) == {"a": "100", "b": "0", "c": "0"}
    bounds = {"floor": NMR(10), "cap": NMR(60)}
    bound = cvar.min_cvar(scores, "abc", NMR(100), **bounds)
    found = spread(rows, bound, NMR(100), **bounds).amounts
    assert (found["a"], found["b"]) == (NMR(60), NMR(10))
    assert NMR.total(found.values()) == NMR(100)


def test_a_late_start_does_not_look_like_safety() -> None:
    pytest.importorskip("scipy")
    scores = history(a="0.1 -0.1 0.1 -0.1", late=". . . 0.1", b=". 0.1 -0.2 0.1")
    assert cvar.comparable(scores, ["a", "late", "b"]) == ["a", "b"]
    assert "late" not in cvar.min_cvar(scores, ["a", "late", "b"], NMR(100))
    with pytest.raises(ChangeError, match="resolved rounds"):
        cvar.min_cvar({}, ["a"], NMR(100))


def test_without_scipy_it_says_how_to_get_it() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from decimal import Decimal\n"
        "from ledger.rules.targets.cvar import min_cvar\n"
        "from ledger.domain.nmr import NMR\n"
        "from ledger.errors import ChangeError\n"
        "try: min_cvar({'a': {1: Decimal(1)}}, ['a'], NMR(1))\n"
        "except ChangeError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "numstake-tui[optimise]" in told.stdout


def test_worst_rounds_take_part_of_a_round() -> None:
    scores = history(a="-0.4 -0.2 0.1 0.2")
    assert worst_rounds(scores, {"a": Fraction(5)}, Decimal("0.25")) == Fraction(-4, 10)
    assert worst_rounds(scores, {"a": Fraction(5)}, Decimal("0.5")) == Fraction(-3, 10)
    assert worst_rounds(scores, {"a": Fraction(5)}, Decimal("0.05")) == Fraction(-4, 10)
    assert worst_rounds({}, {"a": Fraction(5)}) == ZERO.wei
