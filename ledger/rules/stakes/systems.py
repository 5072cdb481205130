"""Which staking system a tournament is on, and why that is believed."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.model import System
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.strategy import SystemReason
from ledger.rules.stakes.atomic import detect_system


def find_system(
    *,
    forced: System | None,
    refused: bool,
    strategy_stakes: bool,
    staking_contract: bool,
    newest_rounds: Iterable[Round],
) -> tuple[System, SystemReason]:
    """A tournament's system with the reason that decides.

    ``forced`` is what the config says; ``refused``: Numerai has refused a continuous change since
    the tournament has moved. The rest is as for :func:`ledger.rules.stakes.atomic.detect_system`.
    """
    if forced is not None:
        return forced, SystemReason.FORCED
    if refused:
        return System.ATOMIC, SystemReason.REFUSED
    if strategy_stakes:
        return System.ATOMIC, SystemReason.POSITIONS
    system = detect_system(
        strategy_stakes=False, staking_contract=staking_contract, newest_rounds=newest_rounds
    )
    atomic = system is System.ATOMIC
    return system, SystemReason.FULL_PAYOUT if atomic else SystemReason.NO_SIGN
