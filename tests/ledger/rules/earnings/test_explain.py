"""Explanations: a real row, every regime of the payout history, disagreements, what moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.errors import ChangeError
from ledger.rules.earnings.explain import explain
from ledger.rules.rounds import calendar
from tui.explaining import explained, formula

Paying = tuple[tuple[str, str, str], ...]
"""Name, value and multiplier of each score."""


def performance(
    scores: Paying, at_risk: str, factor: str, clip: str, paid: str | None, *, number: int = 1163
) -> Performance:
    return Performance(
        model_id="m",
        tournament=Tournament.CLASSIC,
        round=number,
        at_risk=NMR(at_risk),
        payout=None if paid is None else NMR(paid),
        state=PayoutState.SETTLED,
        source=PayoutSource.NUMERAI,
        factor=Decimal(factor),
        clip=Decimal(clip),
        resolves=calendar.resolves(number, 20),
        submission_id="s",
        scores=tuple(Score(n, Decimal(v), None, 20, Decimal(m)) for n, v, m in scores),
    )


def a_round(number: int, days: int = 20, names: tuple[str, ...] = ("corr", "mmc")) -> Round:
    return Round(
        tournament=Tournament.CLASSIC,
        number=number,
        opens=datetime(2026, 1, 1, tzinfo=UTC),
        closes=None,
        closes_staking=None,
        scored=None,
        resolves=None,
        resolved=True,
        payout_factor=None,
        stake_threshold=None,
        scores=tuple(
            ScoreConfig(name, name.upper(), None, True, None, None, None, None, days)
            for name in names
        ),
    )


REAL = performance(
    (("corr", "-0.0329", "0.5"), ("mmc", "-0.0260", "2")), "11.05", "0.1092", "0.05", "-0.083"
)
"""Round 1163 as Numerai paid it, in its own rounding."""


def test_round_1163_is_reproduced() -> None:
    found = explain(REAL, a_round(1163), "alder")
    assert [term.product for term in found.terms] == [Decimal("-0.01645"), Decimal("-0.0520")]
    assert found.weighted == Decimal("-0.06845")
    assert found.rate == Decimal("-0.00747474")
    assert found.computed == NMR("-0.082595877")
    assert not found.clipped and found.missing == ()
    assert found.check is not None
    assert found.check.difference == NMR("-0.000404123")
    assert found.check.agrees
    assert formula(found) == "11.05 × clip(0.1092 × (−0.0329 × 0.5 + −0.0260 × 2), ±5%)"
    text = explained(found)
    for part in ("burned 0.083 NMR", "−0.082596 NMR", "within rounding", "day 20/20"):
        assert part in text
    assert all(len(line) <= 72 for line in text.splitlines() if not line.startswith("Recomputed"))


@pytest.mark.parametrize("paid", ["-0.085", "-0.08", "0.083", "0", "-1"])
def test_what_rounding_does_not_explain_is_flagged(paid: str) -> None:
    found = explain(replace(REAL, payout=NMR(paid)), a_round(1163), "alder")
    assert found.disagrees
    assert "! Recomputed" in explained(found) and "more than rounding" in explained(found)


@pytest.mark.parametrize(
    ("number", "scores", "factor", "clip", "paid", "clipped"),
    [
        (300, (("corr", "0.02", "1"), ("mmc", "0.01", "1")), "1", "0.25", "3", False),
        (300, (("corr", "-0.2", "1"), ("mmc", "-0.1", "1")), "1", "0.25", "-25", True),
        (330, (("corr", "0.0213", "1"), ("tc", "-0.0113", "1")), "0.2143", "0.25", "0.2143", False),
        (500, (("corr", "0.04", "0.5"), ("tc", "0.02", "0.5")), "0.08", "0.05", "0.24", False),
        (650, (("corr", "0.02", "0.5"), ("mmc", "0.005", "2")), "1", "0.05", "2", False),
        (1175, (("corr", "0.02", "0.75"), ("mmc", "0.01", "2.25")), "0.1", "0.05", "0.375", False),
        (1343, (("corr60", "0.02", "3"), ("mmc60", "0.01", "15")), "1", "1", "21", False),
        (1343, (("corr60", "-0.1", "3"), ("mmc60", "-0.08", "15")), "1", "1", "-100", True),
        (1085, (("alpha", "0.02", "0.3"), ("mpc", "0.03", "0.8")), "1", "0.017", "1.7", True),
        (1085, (("alpha", "0.02", "0.3"), ("mpc", "0.01", "0.8")), "0.2", "0.017", "0.28", False),
        (1200, (("canon_mmc", "0.031", "1"),), "0.4", "0.05", "1.24", False),
        (1280, (("corr", "0.05", "0.1"), ("mmc", "0.02", "1")), "1", "1", "2.5", False),
    ],
)  # fmt: skip
def test_every_regime(
    number: int, scores: Paying, factor: str, clip: str, paid: str, *, clipped: bool
) -> None:
    entry = performance(scores, "100", factor, clip, paid, number=max(number, 340))
    found = explain(entry, None, "m")
    assert found.computed == NMR(paid)
    assert found.check is not None and found.check.agrees
    assert found.clipped is clipped


def test_what_is_provisional_says_on_which_day() -> None:
    running = replace(
        REAL,
        state=PayoutState.PENDING,
        scores=(
            Score("corr", Decimal("0.01"), None, 12, Decimal("0.5")),
            Score("mmc", Decimal("0.02"), None, 20, Decimal(2)),
            Score("bmc", Decimal("0.5"), None, 12, None),
        ),
    )
    found = explain(running, a_round(1163), "alder")
    assert [term.provisional for term in found.terms] == [True, False, True]
    assert [term.days for term in found.terms] == [20, 20, None]
    assert "Provisional: corr on day 12 of 20." in explained(found)
    assert "pays nothing" in explained(found)


def test_what_is_missing_is_named() -> None:
    scores = (replace(REAL.scores[0], value=None), REAL.scores[1])
    found = explain(replace(REAL, scores=scores, payout=None, factor=None), None, "alder")
    assert found.computed is found.rate is found.check is None
    assert found.missing == ("a value of corr", "the payout factor")
    assert "no score yet" in explained(found)


def test_our_own_figure_is_not_checked_against_itself() -> None:
    found = explain(replace(REAL, source=PayoutSource.COMPUTED), None, "alder")
    assert found.check is None


@given(
    st.integers(10**15, 10**24),
    st.decimals(-1, 1, places=8),
    st.decimals(-1, 1, places=8),
    st.decimals("0.0001", 1, places=4),
    st.sampled_from(["0.05", "0.25", "1"]),
)
def test_what_the_rule_pays_never_disagrees(
    wei: int, corr: Decimal, mmc: Decimal, factor: Decimal, clip: str
) -> None:
    stake = NMR.from_wei(wei)
    scores: Paying = (("corr", str(corr), "0.75"), ("mmc", str(mmc), "2.25"))
    entry = performance(scores, str(stake), str(factor), clip, None)
    exact = explain(entry, None, "m").computed
    assert exact is not None
    assert not explain(replace(entry, payout=exact), None, "m").disagrees
    far = exact + stake
    assert explain(replace(entry, payout=far), None, "m").disagrees or abs(far) < NMR("0.01")


def test_all_of_a_ledger_is_explained_and_agrees(book: Book) -> None:
    names, seen = book.earnings.names(), set()
    for one in book.earnings.performances(None):
        found = explain(one, None, names[one.model_id])
        assert not found.disagrees, explained(found)
        if found.check is not None:
            seen.add((one.tournament, one.clip))
    assert len(seen) >= 4


def test_explaining_what_is_not_there(book: Book) -> None:
    model = book.portfolio().lines[0]
    with pytest.raises(ChangeError, match="“nobody” is no model here"):
        book.earnings.explain(model.tournament, 1400, "nobody")
    with pytest.raises(ChangeError, match="no part"):
        book.earnings.explain(model.tournament, 700, model.name.upper())
