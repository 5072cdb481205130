from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ledger.domain.model import Tournament
from ledger.sandbox.world.scores import ScoreSource, percentile

CLASSIC = Tournament.CLASSIC
ROUNDS = range(400, 6400)
MODELS = range(6)


def finals(source: ScoreSource, family: str, days: int = 20) -> NDArray[np.float64]:
    """Final scores, models x rounds."""
    rows = [
        [source.path(CLASSIC, model, family, days, number)[-1] for number in ROUNDS]
        for model in MODELS
    ]
    return np.array(rows)


@pytest.fixture(scope="module")
def corr() -> NDArray[np.float64]:
    return finals(ScoreSource(1), "corr")


@pytest.fixture(scope="module")
def mmc() -> NDArray[np.float64]:
    return finals(ScoreSource(1), "mmc")


def between_models(scores: NDArray[np.float64]) -> float:
    pairs = np.corrcoef(scores)[np.triu_indices(len(scores), 1)]
    return float(pairs.mean())


def test_means_and_spreads_are_those_of_good_models(corr, mmc) -> None:
    assert (corr.mean(axis=1) > 0.014).all()
    assert (corr.mean(axis=1) < 0.025).all()
    assert (corr.std(axis=1) > 0.014).all()
    assert (corr.std(axis=1) < 0.023).all()
    assert (mmc.mean(axis=1) > 0.001).all()
    assert (mmc.mean(axis=1) < 0.007).all()
    assert (mmc.std(axis=1) > 0.005).all()
    assert (mmc.std(axis=1) < 0.012).all()


@pytest.mark.parametrize(("lag", "expected"), [(1, 0.86), (5, 0.62), (10, 0.34), (20, 0.02)])
def test_neighbouring_rounds_are_alike_as_far_as_they_overlap(corr, lag, expected) -> None:
    found = [np.corrcoef(row[:-lag], row[lag:])[0, 1] for row in corr]
    assert float(np.mean(found)) == pytest.approx(expected, abs=0.07)


def test_models_share_most_of_corr_and_little_of_mmc(corr, mmc) -> None:
    assert between_models(corr) == pytest.approx(0.73, abs=0.04)
    assert between_models(mmc) == pytest.approx(0.09, abs=0.04)


def test_mmc_follows_corr_within_a_model(corr, mmc) -> None:
    within = [np.corrcoef(a, b)[0, 1] for a, b in zip(corr, mmc, strict=True)]
    assert float(np.mean(within)) == pytest.approx(0.47, abs=0.06)


def test_between_a_tenth_and_a_third_of_rounds_are_negative(corr) -> None:
    assert 0.08 < float((corr < 0).mean()) < 0.35


def test_sixty_day_scores_overlap_three_times_as_long() -> None:
    rows = finals(ScoreSource(2), "corr", days=60)
    at_30 = np.mean([np.corrcoef(row[:-30], row[30:])[0, 1] for row in rows])
    at_60 = np.mean([np.corrcoef(row[:-60], row[60:])[0, 1] for row in rows])
    assert 0.2 < at_30 < 0.5
    assert abs(at_60) < 0.15


def test_a_score_does_not_depend_on_what_was_asked_before() -> None:
    fresh, used = ScoreSource(7), ScoreSource(7)
    for number in (2000, 900, 1300):
        used.path(CLASSIC, 3, "mmc", 60, number)
    assert (
        fresh.path(CLASSIC, 1, "corr", 20, 1200).tolist()
        == used.path(CLASSIC, 1, "corr", 20, 1200).tolist()
    )


def test_seed_model_and_tournament_all_matter() -> None:
    source = ScoreSource(1)
    reference = source.path(CLASSIC, 1, "corr", 20, 1200)[-1]
    others = [
        ScoreSource(2).path(CLASSIC, 1, "corr", 20, 1200)[-1],
        source.path(CLASSIC, 2, "corr", 20, 1200)[-1],
        source.path(Tournament.CRYPTO, 1, "corr", 20, 1200)[-1],
    ]
    assert reference not in others


def test_provisional_scores_settle_towards_the_final_one() -> None:
    source = ScoreSource(1)
    paths = np.array([source.path(CLASSIC, 0, "corr", 20, n) for n in range(1000, 3000)])
    distance = np.abs(paths - paths[:, -1:]).mean(axis=0)
    assert distance[0] > distance[9] > distance[15] > distance[18] > distance[19] == 0
    spread = paths.std(axis=0)
    assert spread[0] == pytest.approx(spread[-1], rel=0.2)


def test_percentiles_rank_scores() -> None:
    low, high = (percentile(value, CLASSIC, "corr") for value in (-0.01, 0.04))
    assert 0 <= low < 0.1
    assert 0.9 < high <= 1


def test_the_series_are_standard_normal_and_even() -> None:
    source = ScoreSource(5)
    values = source.normals("any", 0, 8000)
    assert float(values.mean()) == pytest.approx(0, abs=0.05)
    assert float(values.std()) == pytest.approx(1, abs=0.05)
    draws = [source.uniform("other", position) for position in range(2000)]
    assert math.fsum(draws) / len(draws) == pytest.approx(0.5, abs=0.03)
    assert min(draws) >= 0
    assert max(draws) <= 1
