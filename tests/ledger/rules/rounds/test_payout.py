"""Payout arithmetic: a real row, every regime of Classic, and the clip as a bound."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import Score
from ledger.rules.rounds.payout import payout, payout_factor, payout_rate, weighted_score


def score(value: str | None, multiplier: str | None) -> Score:
    return Score(
        name="score",
        value=None if value is None else Decimal(value),
        percentile=None,
        day=20,
        multiplier=None if multiplier is None else Decimal(multiplier),
    )


def test_round_1163_as_numerai_paid_it() -> None:
    scores = [score("-0.0329", "0.5"), score("-0.0260", "2")]
    burned = payout(NMR("11.05"), scores, Decimal("0.1092"), Decimal("0.05"))
    assert burned is not None
    assert round(burned.amount, 3) == Decimal("-0.083")


@pytest.mark.parametrize(
    ("scores", "factor", "clip", "paid"),
    [
        ([("0.02", "0.5"), ("0.005", "2")], "1", "0.05", "2"),
        ([("0.02", "0.75"), ("0.005", "2.25")], "0.1", "0.05", "0.2625"),
        ([("0.08", "1"), ("0.02", "1")], "1", "0.05", "5"),
        ([("-0.2", "1"), ("-0.2", "1")], "1", "0.25", "-25"),
        ([("0.02", "3"), ("0.01", "15")], "1", "1", "21"),
        ([("-0.1", "3"), ("-0.08", "15")], "1", "1", "-100"),
        ([("0.02", "0.3"), ("0.03", "0.8")], "1", "0.017", "1.7"),
    ],
)
def test_regimes(scores: list[tuple[str, str]], factor: str, clip: str, paid: str) -> None:
    entries = [score(*entry) for entry in scores]
    assert payout(NMR(100), entries, Decimal(factor), Decimal(clip)) == NMR(paid)


def test_what_is_not_known_yet_pays_nothing_yet() -> None:
    known, unknown = score("0.02", "1"), score(None, "1")
    assert payout(NMR(1), [known, unknown], Decimal(1), Decimal(1)) is None
    assert payout(NMR(1), [known], None, Decimal(1)) is None
    assert payout(NMR(1), [known], Decimal(1), None) is None
    assert weighted_score([score("0.02", None)]) is None
    assert weighted_score([known, score(None, None), score("0.5", "0")]) == Decimal("0.02")


ratios = st.decimals(min_value=-3, max_value=3, places=6)


@given(
    st.integers(0, 10**24),
    ratios,
    st.decimals(min_value=0, max_value=1, places=4),
    st.decimals(min_value=0, max_value=1, places=4),
)
def test_no_payout_passes_the_clip(
    wei: int, weighted: Decimal, factor: Decimal, clip: Decimal
) -> None:
    stake = NMR.from_wei(wei)
    paid = stake.times(payout_rate(weighted, factor, clip))
    assert abs(paid) <= stake.times(clip)
    assert paid >= -stake


@given(st.integers(1, 10**24), st.integers(1, 10**24))
def test_factor_shares_the_threshold(threshold: int, at_risk: int) -> None:
    factor = payout_factor(NMR.from_wei(threshold), NMR.from_wei(at_risk))
    assert 0 < factor <= 1
    assert (factor == 1) == (at_risk <= threshold)
    assert payout_factor(NMR(1), ZERO) == 1
