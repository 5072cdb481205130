"""Atomic staking (v3): what a model's own positions tell about its settings."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.nmr import NMR
from ledger.domain.stake import StakeMode

_ENOUGH = 3


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
    latest = tuple(stakes[:_ENOUGH])
    distinct = len(set(latest))
    if not paid_out or len(latest) < _ENOUGH:
        return latest[0], None
    if distinct == 1:
        return latest[0], StakeMode.CONSTANT
    return latest[0], StakeMode.COMPOUND if distinct == _ENOUGH else None
