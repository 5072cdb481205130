"""Adding up what a model has in its rounds.

It works on plain tuples of decimals, not on performances: what is first on screen adds up
thousands of rounds, and making an object of each takes several times as long as adding it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ledger.domain.nmr import NMR
from ledger.domain.rounds.standing import Standing
from ledger.domain.stakes.stake import StakeMode
from ledger.rules.stakes.atomic import ENOUGH, infer_setting

Played = tuple[Decimal | None, Decimal | None, bool, bool]
"""A model in one round: the NMR at risk and the NMR paid, ``None`` where not known; whether the
round runs; whether it was staked atomically."""

RECENT_ROUNDS = 12
"""How many payouts count as recent."""

NO_ROUNDS: tuple[Played, ...] = ()


def standing(rounds: Sequence[Played]) -> Standing:
    """What ``rounds`` of one model, newest first, come to."""
    running = [entry for entry in rounds if entry[2]]
    paid = [(payout, runs) for _, payout, runs, _ in rounds if payout is not None][:RECENT_ROUNDS]
    per_round, mode = setting(rounds)
    return Standing(
        at_risk=exposure(running),
        holds=any(at_risk is None or at_risk for at_risk, _, _, _ in running),
        per_round=per_round,
        mode=mode,
        recent=tuple(NMR(payout) for payout, _ in paid),
        unsettled=any(runs for _, runs in paid),
        pending_payout=NMR.summed([paid for _, paid, _, _ in running if paid is not None]),
    )


def exposure(running: Iterable[Played]) -> NMR | None:
    """NMR that ``running`` rounds of a model can burn, ``None`` when that of any is not known.

    Atomic positions are independent and add up; continuous rounds share one stake, so the
    largest counts. While a tournament moves, both kinds run at a time.
    """
    stakes = [(at_risk, atomic) for at_risk, _, _, atomic in running]
    positions = [at_risk for at_risk, atomic in stakes if atomic and at_risk is not None]
    shared = [at_risk for at_risk, atomic in stakes if not atomic and at_risk is not None]
    if len(positions) + len(shared) < len(stakes):
        return None
    return NMR.summed([*positions, max(shared)] if shared else positions)


def setting(rounds: Iterable[Played]) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode of an atomic model, from its ``rounds``, newest first.

    Rounds from before the tournament's move say nothing about the strategy; without a position
    that is still open there is no per-round stake, and where the stake of one is not known there
    is nothing to tell it from.
    """
    positions = [
        (at_risk, runs)
        for at_risk, _, runs, atomic in rounds
        if atomic and (at_risk is None or at_risk)
    ]
    if not any(runs for _, runs in positions):
        return None, None
    stakes = [at_risk for at_risk, _ in positions if at_risk is not None]
    if len(stakes) < len(positions):
        return None, None
    paid_out = not all(runs for _, runs in positions)
    return infer_setting([NMR(stake) for stake in stakes[:ENOUGH]], paid_out=paid_out)
