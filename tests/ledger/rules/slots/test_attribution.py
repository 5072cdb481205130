"""Scores and NMR go back to the predictors that earned them, to the last wei."""

from __future__ import annotations

import math
import statistics
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.slots.attribution import Attribution, Earnings
from ledger.rules.slots.attribution import attribute, max_drawdown, newest

SLOTS = ("x", "y", "z")


def score(name: str, value: str | None, multiplier: str | None = None) -> Score:
    return Score(
        name,
        None if value is None else Decimal(value),
        None,
        None,
        None if multiplier is None else Decimal(multiplier),
    )


def performance(
    slot: str, number: int, value: str | None, *, at_risk: str = "10", payout: str | None = None
) -> Performance:
    return Performance(
        slot,
        Tournament.CLASSIC,
        number,
        NMR(at_risk),
        None if payout is None else NMR(payout),
        PayoutState.SETTLED,
        None,
        Decimal(1),
        Decimal(1),
        None,
        None,
        (score("corr", value, "2"), score("fnc", "0.5")),
    )


wei = st.integers(-(10**19), 10**19).map(NMR.from_wei)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Performance], dict[int, dict[str, int | None]]]:
    rows, assignments_by_round = [], {}
    for number in draw(st.lists(st.integers(1, 60), unique=True, max_size=12)):
        assignments_by_round[number] = {
            slot: draw(st.sampled_from([None, 1, 2, 3]))
            for slot in draw(st.sets(st.sampled_from(SLOTS)))
        }
        for slot in draw(st.sets(st.sampled_from(SLOTS))):
            rows.append(
                Performance(
                    slot,
                    Tournament.CLASSIC,
                    number,
                    abs(draw(wei)),
                    draw(st.none() | wei),
                    draw(st.sampled_from(PayoutState)),
                    None,
                    None,
                    None,
                    None,
                    None,
                    (
                        Score(
                            "corr",
                            draw(st.none() | st.decimals(-1, 1, places=9)),
                            None,
                            None,
                            Decimal(1),
                        ),
                    ),
                )
            )
    return rows, assignments_by_round


def sums(parts: list[Earnings]) -> tuple[NMR, NMR, NMR, NMR, NMR]:
    return (
        NMR.total(part.payouts for part in parts),
        NMR.total(part.burns for part in parts),
        NMR.total(part.net for part in parts),
        NMR.total(part.pending for part in parts),
        NMR.total(part.exposure for part in parts),
    )


@settings(deadline=None)
@given(histories())
def test_the_sums_agree_to_the_wei(
    history: tuple[list[Performance], dict[int, dict[str, int | None]]],
) -> None:
    rows, assignments_by_round = history
    found = attribute(rows, assignments_by_round, (1, 2))
    people = [record.earnings for record in found.predictors]
    places = [record.earnings for record in found.slots]
    assert sums([*people, found.unassigned]) == sums(places)
    paid = NMR.total(row.payout for row in rows if row.payout is not None)
    assert sums(places)[2] == paid
    assert sum(record.places for record in found.slots) == len(rows)


def example() -> Attribution:
    """Predictor 1 sits in x and y, then z, then x; predictor 2 in z, x, y."""
    rows = [
        performance("x", 1, "0.10", payout="2"),
        performance("y", 1, "0.20", at_risk="30", payout="12"),
        performance("z", 1, "-0.05", payout="-1"),
        performance("x", 2, "0.05", payout="1"),
        performance("z", 2, "-0.10", payout="-2"),
        performance("x", 3, "0.03", payout="0.6"),
        performance("y", 3, "0.02", at_risk="30", payout="1.2"),
        performance("z", 3, "0.01", payout="0.2"),
    ]
    assignments_by_round = {
        1: {"x": 1, "y": 1, "z": 2},
        2: {"x": 2, "z": 1},
        3: {"x": 1, "y": 2, "z": None},
    }
    return attribute(rows, assignments_by_round, (1, 2, 3))


def test_a_record_follows_the_predictor() -> None:
    one, two, idle = example().predictors
    assert one.scores == ((1, Decimal("0.30")), (2, Decimal("-0.20")), (3, Decimal("0.06")))
    assert two.scores == ((1, Decimal("-0.10")), (2, Decimal("0.10")), (3, Decimal("0.04")))
    assert (one.places, two.places, idle.places) == (4, 3, 0)
    assert (one.earnings.payouts, one.earnings.burns) == (NMR("14.6"), NMR(-2))
    assert one.earnings.exposure == NMR(60)
    assert one.earnings.rate == Decimal("0.21")
    assert (idle.mean, idle.sharpe, idle.rank, idle.earnings.rate) == (None, None, None, None)
    assert example().unassigned == Earnings(NMR("0.2"), ZERO, ZERO, NMR(10))


def test_figures_of_a_record() -> None:
    one, two, _ = example().predictors
    values = [0.30, -0.20, 0.06]
    assert one.mean is not None
    assert one.sd is not None
    assert one.sharpe is not None
    assert math.isclose(one.mean, statistics.mean(values))
    assert math.isclose(one.sd, statistics.stdev(values))
    assert math.isclose(one.sharpe, statistics.mean(values) / statistics.stdev(values))
    assert one.max_drawdown == Decimal("0.20")
    assert (one.rank, two.rank) == (1, 2)
    assert example().predictor(2) == two
    assert example().predictor(9) is None


def test_the_same_per_slot() -> None:
    found = {record.key: record for record in example().slots}
    assert found["y"].scores == ((1, Decimal("0.40")), (3, Decimal("0.04")))
    assert found["y"].earnings.exposure == NMR(60)
    assert [found[slot].rank for slot in SLOTS] == [2, 1, 3]


def test_correlation_is_over_the_rounds_both_have() -> None:
    matrix = example().correlation
    expected = statistics.correlation([0.30, -0.20, 0.06], [-0.10, 0.10, 0.04])
    assert matrix[0][1] == matrix[1][0] == pytest.approx(expected)
    assert matrix[0][0] == matrix[1][1] == 1
    assert matrix[2] == (None, None, None)


def test_one_score_by_name() -> None:
    row = performance("x", 1, "0.1")
    found = attribute([row], {1: {"x": 7}}, (7,), score="fnc")
    assert found.predictors[0].scores == ((1, Decimal("0.5")),)
    assert attribute([row], {}, (), score="none").slots[0].scores == ()


def test_a_predictor_nobody_named_has_a_record_too() -> None:
    found = attribute([performance("x", 1, "0.1", payout="1")], {1: {"x": 0}}, ())
    assert [record.key for record in found.predictors] == [0]


def test_the_newest_rounds_with_scores() -> None:
    rows = [performance("x", number, "0.1") for number in (5, 3, 4)]
    pending = Performance(
        *("x", Tournament.CLASSIC, 6, NMR(1), None, PayoutState.PENDING),
        *(None, None, None, None, None),
    )
    assert {row.round for row in newest([*rows, pending], 2)} == {4, 5}


@settings(deadline=None)
@given(st.lists(st.decimals(-1, 1, places=4), max_size=12))
def test_drawdown_against_every_pair_of_moments(values: list[Decimal]) -> None:
    path = [sum(values[:count], Decimal(0)) for count in range(len(values) + 1)]
    falls = [path[i] - path[j] for i in range(len(path)) for j in range(i, len(path))]
    assert max_drawdown(values) == max(falls)
