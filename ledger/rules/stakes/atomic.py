"""Atomic staking (v3): what a model's own positions tell about its settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import StakeMode

ENOUGH = 3
"""How many of the newest positions tell constant from compound mode."""


def infer_setting(stakes: Sequence[NMR], *, paid_out: bool) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode, read off a model's latest positions.

    ``stakes``: NMR per position, newest round first; ``paid_out``: whether a position of this
    model has resolved. The API does not publish the settings of an allocation strategy.
    Constant mode stakes the same amount each round; compound mode does too until payouts
    start, then stakes the newest settled claim. So before a payout, or from fewer than three
    positions, the mode can't be told.
    """
    if not stakes:
        return None, None
    latest = tuple(stakes[:ENOUGH])
    distinct = len(set(latest))
    if not paid_out or len(latest) < ENOUGH:
        return latest[0], None
    if distinct == 1:
        return latest[0], StakeMode.CONSTANT
    return latest[0], StakeMode.COMPOUND if distinct == ENOUGH else None


def is_atomic(clip: Decimal | None) -> bool:
    """Whether a round was staked atomically: those pay up to the whole stake, clip 100 %."""
    return clip == 1


def detect_system(
    *, strategy_stakes: bool, staking_contract: bool, newest_rounds: Iterable[Round]
) -> System:
    """Whether a tournament has moved to atomic staking, which is seen, never assumed.

    It has when the account holds positions of an allocation strategy, or when the tournament
    has a staking contract and its ``newest_rounds`` pay in full: clip 100 %, and factor 1 or
    neither a factor nor a stake threshold named.
    """
    paying = [entry for entry in newest_rounds if entry.payout_scores]
    in_full = bool(paying) and all(_pays_in_full(entry) for entry in paying)
    atomic = strategy_stakes or (staking_contract and in_full)
    return System.ATOMIC if atomic else System.CONTINUOUS


def _pays_in_full(entry: Round) -> bool:
    factors = {entry.payout_factor, *(score.payout_factor for score in entry.payout_scores)}
    thresholds = [entry.stake_threshold, *(score.stake_threshold for score in entry.payout_scores)]
    named = factors - {None}
    return is_atomic(entry.clip) and (named == {1} if named else not any(thresholds))
