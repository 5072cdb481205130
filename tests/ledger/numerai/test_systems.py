"""Whether a tournament is atomic is seen in what it pays, not assumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.domain.model import System, Tournament
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.rules.stakes.atomic import detect_system


def a_round(clip: str, factor: str | None, threshold: str | None = None) -> Round:
    score = ScoreConfig(
        name="corr60",
        display_name="corr60",
        version=None,
        is_payout=True,
        multiplier=Decimal(3),
        clip=Decimal(clip),
        payout_factor=None,
        stake_threshold=None,
        days=60,
    )
    return Round(
        tournament=Tournament.CLASSIC,
        number=1404,
        opens=datetime(2026, 11, 21, tzinfo=UTC),
        closes=None,
        closes_staking=None,
        scored=None,
        resolves=None,
        resolved=False,
        payout_factor=None if factor is None else Decimal(factor),
        stake_threshold=None if threshold is None else Decimal(threshold),
        scores=(score,),
    )


ATOMIC = a_round("1", "1")
CONTINUOUS = a_round("0.05", "0.11", "72000")


def detected(*rounds: Round, strategy: bool = False, contract: bool = True) -> System:
    return detect_system(strategy_stakes=strategy, staking_contract=contract, newest_rounds=rounds)


@pytest.mark.parametrize(
    "rounds", [(ATOMIC,), (ATOMIC, a_round("1.0", "1.0")), (a_round("1", None),)]
)
def test_a_contract_and_rounds_that_pay_in_full(rounds: tuple[Round, ...]) -> None:
    assert detected(*rounds) is System.ATOMIC
    assert detected(*rounds, contract=False) is System.CONTINUOUS


@pytest.mark.parametrize(
    "rounds",
    [
        (CONTINUOUS,),
        (ATOMIC, CONTINUOUS),
        (a_round("1", "0.5"),),
        (a_round("1", None, "72000"),),
        (a_round("0.05", "1"),),
        (replace(ATOMIC, scores=()),),
        (),
    ],
)
def test_anything_less_is_continuous(rounds: tuple[Round, ...]) -> None:
    assert detected(*rounds) is System.CONTINUOUS


def test_positions_of_a_strategy_decide_alone() -> None:
    assert detected(CONTINUOUS, strategy=True, contract=False) is System.ATOMIC
