"""What each score brought in, over rounds in which a figure may be missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.rules.earnings.by_score import by_score


def played(number: int, at_risk: str, **scores: tuple[str | None, str | None]) -> Performance:
    """A round with factor 0.5: for each score its value and its multiplier."""
    return Performance(
        model_id="m",
        tournament=Tournament.CLASSIC,
        round=number,
        at_risk=NMR(at_risk),
        payout=None,
        state=PayoutState.SETTLED,
        source=None,
        factor=Decimal("0.5"),
        clip=Decimal("0.05"),
        resolves=None,
        submission_id="s",
        scores=tuple(
            Score(
                name,
                None if value is None else Decimal(value),
                None,
                20,
                None if multiplier is None else Decimal(multiplier),
            )
            for name, (value, multiplier) in scores.items()
        ),
    )


def test_scores_are_added_up_over_rounds_the_largest_burn_first() -> None:
    rounds = [
        played(1, "10", corr=("0.02", "0.5"), mmc=("-0.03", "2"), bmc=("0.9", None)),
        played(2, "20", corr=("-0.01", "0.5"), mmc=("-0.01", "2")),
    ]
    assert by_score(rounds) == (("mmc", NMR("-0.5")), ("corr", NMR("0")))


def test_the_clip_is_left_out_and_a_round_that_lacks_a_figure_too() -> None:
    clipped = played(1, "10", corr=("0.9", "1"))
    unscored = played(2, "10", corr=("0.5", "1"), mmc=(None, "2"))
    unknown = replace(played(3, "10", corr=("0.5", "1")), at_risk=None)
    without_factor = replace(played(4, "10", corr=("0.5", "1")), factor=None)
    assert by_score([clipped, unscored, unknown, without_factor]) == (("corr", NMR("4.5")),)
    assert by_score([]) == ()
