"""The backtest is what its definition says, whatever the table and however it is cut up."""

from __future__ import annotations

import json
import math
import threading
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.slots.backtest import Backtest, ScoreTable
from ledger.errors import Cancelled, TableError
from ledger.rules.slots import resampling
from ledger.rules.slots.backtest import backtest
from ledger.rules.slots.permutations import DRAWN, Permutations

SCORES = st.one_of(st.none(), st.integers(-9999, 9999).map(lambda n: Decimal(n) / 100_000))


def table(*rows: str, first: int = 1000) -> ScoreTable:
    """Rows of scores like ``0.01 . -0.02``; a dot is a missing one."""
    values = [tuple(None if text == "." else Decimal(text) for text in row.split()) for row in rows]
    models = tuple("ABCDEFGH"[: len(values[0])])
    return ScoreTable(tuple(range(first, first + len(rows))), models, tuple(values))


FIXED = table(
    " 0.021 -0.004  0.013  0.008",
    " 0.017  .      0.020 -0.011",
    "-0.009 -0.014  0.002  0.005",
    " 0.025  0.010  .      0.016",
    " 0.003 -0.006  0.011 -0.002",
    "-0.012  0.008 -0.007  .    ",
)


@st.composite
def tables(draw: st.DrawFn) -> ScoreTable:
    models = draw(st.integers(1, 11))
    rounds = draw(st.integers(1, 9))
    rows = st.tuples(*[SCORES] * models)
    values = draw(st.lists(rows, min_size=rounds, max_size=rounds))
    numbers = draw(
        st.lists(st.integers(1, 5000), min_size=rounds, max_size=rounds, unique=True).map(sorted)
    )
    return ScoreTable(tuple(numbers), tuple(f"m{n}" for n in range(models)), tuple(values))


# The plain and slow way, from the definitions alone.


def plain_permutation(seed: int, number: int, shuffle: int, models: int) -> list[int]:
    """From the description in ledger.rules.slots.permutations, with numpy's raw Philox words."""
    blocks = math.ceil(models / 8)
    source = np.random.Philox(key=np.array([seed, number], np.uint64))
    source.advance(shuffle * blocks)
    halves = []
    for word in source.random_raw(blocks * 4).tolist():
        halves += [word % 2**32, word // 2**32]
    bits = max(1, (models - 1).bit_length())
    return sorted(range(models), key=lambda k: (halves[k] >> bits, k))


def plain_place(seed: int, number: int, shuffle: int) -> int:
    """Whose permutation a shuffle has in a round, from the same description."""
    lap = shuffle // DRAWN
    if lap == 0:
        return shuffle
    source = np.random.Philox(key=np.array([seed, number], np.uint64))
    source.advance(2**192)
    return int((shuffle + source.random_raw(lap).tolist()[-1]) % DRAWN)


def plain_line(series: list[float]) -> tuple[float, float, float]:
    """Final value, population sd and the deepest fall of the cumulative score."""
    total, path = 0.0, [0.0]
    for score in series:
        total += score
        path.append(total)
    mean = total / len(series)
    sd = math.sqrt(sum((score - mean) ** 2 for score in series) / len(series))
    falls = [path[i] - path[j] for i in range(len(path)) for j in range(i, len(path))]
    return total, sd, max(falls)


def plain_spread(finals: list[float]) -> float:
    mean = sum(finals) / len(finals)
    return math.sqrt(sum((final - mean) ** 2 for final in finals) / len(finals))


def plain_percentile(values: list[float], level: int) -> float:
    ranked = sorted(values)
    place = level / 100 * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def plain_shuffle(given: ScoreTable, shuffle: int, seed: int) -> list[list[float]]:
    """The series of scores by slot; a missing score is nothing."""
    slots: list[list[float]] = [[] for _ in given.models]
    for number, row in zip(given.rounds, given.values, strict=True):
        place = plain_place(seed, number, shuffle)
        order = plain_permutation(seed, number, place, len(given.models))
        for slot, model in enumerate(order):
            slots[slot].append(float(row[model] or 0))
    return slots


def close(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 2**64 - 1), st.integers(1, 7))
def test_it_is_what_the_definition_says(given: ScoreTable, seed: int, shuffles: int) -> None:
    result = backtest(given, shuffles=shuffles, seed=seed, block=3)
    kept = [[float(row[i] or 0) for row in given.values] for i in range(len(given.models))]
    for line, series in zip(result.keep.slots, kept, strict=True):
        final, sd, fall = plain_line(series)
        assert close(line.final, final)
        assert close(line.sd, sd)
        assert close(line.max_drawdown, fall)
        assert close(line.mean, final / len(series))
        assert close(line.path[-1], final)
    assert close(result.keep.spread_sd, plain_spread([sum(series) for series in kept]))

    present = [[float(cell) for cell in row if cell is not None] for row in given.values]
    average = [sum(row) / len(row) if row else 0.0 for row in present]
    assert close(result.average.line.final, sum(average))

    runs = [plain_shuffle(given, shuffle, seed) for shuffle in range(shuffles)]
    spreads = [plain_spread([sum(series) for series in slots]) for slots in runs]
    falls = [sum(plain_line(series)[2] for series in slots) / len(slots) for slots in runs]
    spread = result.shuffle.spread_sd
    assert close(spread.mean, sum(spreads) / shuffles)
    for level, found in ((5, spread.p5), (50, spread.p50), (95, spread.p95)):
        assert close(found, plain_percentile(spreads, level))
    assert close(result.shuffle.max_drawdown.mean, sum(falls) / shuffles)
    finals = [sum(series) for slots in runs for series in slots]
    assert close(result.shuffle.final_mean, sum(finals) / len(finals))
    assert [path[-1] for path in result.shuffle.example] == pytest.approx(
        [sum(series) for series in runs[0]], abs=1e-9
    )
    assert result.missing_cells == sum(row.count(None) for row in given.values)


@settings(max_examples=40, deadline=None)
@given(tables(), st.integers(1, 9), st.integers(1, 9))
def test_how_it_is_cut_up_changes_no_figure(given: ScoreTable, one: int, other: int) -> None:
    assert backtest(given, shuffles=9, seed=3, chunk=one) == backtest(
        given, shuffles=9, seed=3, chunk=other
    )


def test_many_shuffles_share_what_is_drawn_as_written_down() -> None:
    shuffles = 2 * DRAWN + 300
    result = backtest(FIXED, shuffles=shuffles, seed=2**64 - 7)
    runs = [plain_shuffle(FIXED, shuffle, 2**64 - 7) for shuffle in range(shuffles)]
    spreads = [plain_spread([sum(series) for series in slots]) for slots in runs]
    lines = [[plain_line(series) for series in slots] for slots in runs]
    falls = [sum(fall for _, _, fall in slots) / len(slots) for slots in lines]
    sds = [sum(sd for _, sd, _ in slots) / len(slots) for slots in lines]
    told = result.shuffle
    for found, values in ((told.spread_sd, spreads), (told.sd, sds), (told.max_drawdown, falls)):
        assert close(found.mean, sum(values) / shuffles)
        for level, figure in ((5, found.p5), (50, found.p50), (95, found.p95)):
            assert close(figure, plain_percentile(values, level))
    for chunk in (DRAWN - 1, DRAWN, DRAWN + 7):
        assert backtest(FIXED, shuffles=shuffles, seed=2**64 - 7, chunk=chunk) == result


def test_a_lap_is_rotated_differently_in_every_round() -> None:
    rotations = [Permutations(5, 4).rotations(number, 4) for number in range(1, 200)]
    assert {row[0] for row in rotations} == {0}
    for lap in (1, 2, 3):
        assert len({row[lap] for row in rotations}) > 150
    assert len({row[1] - row[2] for row in rotations}) > 150


@settings(max_examples=40, deadline=None)
@given(tables())
def test_shuffling_keeps_the_total(given: ScoreTable) -> None:
    result = backtest(given, shuffles=3)
    kept = sum(line.final for line in result.keep.slots)
    assert close(sum(path[-1] for path in result.shuffle.example), kept)
    assert close(result.shuffle.final_mean * len(given.models), kept)


def rounded(found: object) -> object:
    """Figures to twelve places: the order of sums may differ between processors."""
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    return round(found, 12) if isinstance(found, float) else found


def test_the_figures_of_one_table_stay() -> None:
    result = backtest(FIXED, shuffles=1000, seed=42)
    found = json.loads(json.dumps(result.figures()))
    assert rounded(found) == {
        "rounds": 6,
        "models": ["A", "B", "C", "D"],
        "keep": {
            "final": {"A": 0.045, "B": -0.006, "C": 0.039, "D": 0.016},
            "spread_sd": 0.020180436071,
        },
        "average": {"final": 0.029},
        "shuffle": {
            "shuffles": 1000,
            "seed": 42,
            "spread_sd": {
                "mean": 0.020642623965,
                "p5": 0.008955436957,
                "p50": 0.020012495121,
                "p95": 0.033828242025,
            },
            "final_mean": 0.0235,
        },
        "missing_cells": 3,
    }
    assert [rounded(line.max_drawdown) for line in result.keep.slots] == [
        0.012,
        0.018,
        0.007,
        0.011,
    ]


def test_complete_rounds_alone() -> None:
    result = backtest(FIXED, shuffles=10, complete=True)
    assert result.rounds == (1000, 1002, 1004)
    assert (result.missing_cells, result.left_out) == (0, 3)
    assert any("3 rounds are left out" in note for note in result.notes)


def test_missing_scores_are_counted_and_said() -> None:
    result = backtest(FIXED, shuffles=10)
    assert result.missing_cells == 3
    assert [line.missing for line in result.keep.slots] == [0, 1, 1, 1]
    assert any("3 scores are missing" in note for note in result.notes)


def test_a_round_of_nothing_adds_nothing() -> None:
    result = backtest(table("0.01 0.03", ". .", "0.02 ."), shuffles=5)
    assert result.average.line.path == pytest.approx((0.02, 0.02, 0.04))
    assert result.average.line.missing == 1


def test_progress_is_told_and_a_stop_is_heard() -> None:
    heard: list[tuple[int, int]] = []
    stop = threading.Event()

    def progress(done: int, whole: int) -> None:
        heard.append((done, whole))
        if done == 8:
            stop.set()

    with pytest.raises(Cancelled, match="after 8 of 20"):
        backtest(FIXED, shuffles=20, chunk=4, progress=progress, stop=stop)
    assert heard == [(4, 20), (8, 20)]


@pytest.mark.parametrize("bad", [{"shuffles": 0}, {"block": 0}, {"seed": -1}, {"seed": 2**64}])
def test_senseless_numbers_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(TableError):
        backtest(FIXED, **bad)


def test_another_seed_is_another_result() -> None:
    def spread(seed: int) -> object:
        return backtest(FIXED, shuffles=50, seed=seed).shuffle.spread_sd

    assert spread(1) == spread(1) != spread(2)


# Permutations.


@pytest.mark.parametrize("models", [1, 2, 3, 7, 8, 9, 16, 17, 33, 64, 65])
def test_permutations_are_as_written_down(models: int) -> None:
    found = Permutations(7, models).of(1343, 5, 4).tolist()
    assert found == [plain_permutation(7, 1343, shuffle, models) for shuffle in range(5, 9)]
    assert all(sorted(order) == list(range(models)) for order in found)


def test_a_permutation_for_all_time() -> None:
    assert Permutations(1, 8).of(1343, 0, 2).tolist() == [
        [7, 0, 4, 5, 6, 3, 1, 2],
        [3, 4, 6, 5, 2, 7, 0, 1],
    ]


def test_every_permutation_is_as_likely() -> None:
    orders = Permutations(11, 4).of(1, 0, 48_000) @ np.array([64, 16, 4, 1], np.uint32)
    counts = np.unique(orders, return_counts=True)[1]
    assert len(counts) == 24
    # Chi-squared with 23 degrees of freedom: 58 is passed by chance once in ten thousand seeds.
    assert ((counts - 2000) ** 2 / 2000).sum() < 58


def test_too_many_models() -> None:
    with pytest.raises(TableError, match="too many"):
        Permutations(1, 5000)


# Bands.


def test_resamples_are_blocks_of_neighbours() -> None:
    counts = resampling.resample_counts(10, 5, 200, seed=1)
    assert counts.shape == (200, 10)
    assert (counts.sum(axis=1) == 10).all()
    for row in counts.tolist():
        jumps = sum(one != other for one, other in pairwise([*row, row[0]]))
        assert jumps <= 4
    assert len(np.unique(counts, axis=0)) > 10


def test_the_exact_spread_of_shuffling_is_in_its_band() -> None:
    generator = np.random.Generator(np.random.Philox(5))
    values = generator.normal(0.01, 0.02, (200, 12)).tolist()
    given = ScoreTable(
        tuple(range(1, 201)),
        tuple(f"m{n}" for n in range(12)),
        tuple(tuple(Decimal(repr(cell)) for cell in row) for row in values),
    )
    result: Backtest = backtest(given, shuffles=2000)
    exact = math.sqrt(np.array(values).var(axis=1).sum())
    assert result.shuffle.band.low < exact < result.shuffle.band.high
    mean = result.shuffle.spread_sd.mean
    assert mean == pytest.approx(exact, rel=0.05)
    assert result.keep.band.low < result.keep.spread_sd < result.keep.band.high
    assert result.average.band.low < result.average.line.final < result.average.band.high


def test_overlap_widens_the_band() -> None:
    """Scores that move together over ten rounds: single rounds would look too sure."""
    steps = np.random.Generator(np.random.Philox(8)).normal(0, 0.02, 30)
    series = np.repeat(steps, 10)[:, None] + np.zeros((1, 3))
    narrow = resampling.bootstrap(series, series[:, 0], block=1, seed=1).average
    wide = resampling.bootstrap(series, series[:, 0], block=20, seed=1).average
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
