"""What models hold in positions, and how long a strategy's idle NMR lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.transaction import WalletTransaction
from ledger.domain.stakes.holding import IdleEstimate, ModelTotals, RunsOut
from ledger.domain.stakes.strategy import ModelSetting, Position, PositionState, SettingReading
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.stepping import StrategySteps, last_close, pending_claim
from ledger.rules.stakes.strategy_facts import StrategyFacts, committed

_SWEEP = "sweep"
"""Numerai's type of a wallet transaction that moves NMR to a strategy."""


def model_totals(facts: StrategyFacts) -> dict[str, ModelTotals]:
    """Per model id, every model of the tournament that has a position or a reading."""
    rows, best = facts.by_model(), facts.best()
    rounds = facts.schedule.concurrent
    return {
        key: _totals(facts, key, rows.get(key, []), best.get(key), rounds)
        for key in sorted(rows.keys() | best.keys())
    }


def _totals(
    facts: StrategyFacts,
    model_id: str,
    rows: list[Position],
    reading: SettingReading | None,
    rounds: int,
) -> ModelTotals:
    running = [row for row in rows if row.state.running]
    resolutions = [row.resolves for row in running if row.resolves is not None]
    per_round = reading.per_round if reading is not None else None
    waiting = (row.claimable for row in rows if row.state is PositionState.CLAIMABLE)
    return ModelTotals(
        tournament=facts.tournament,
        model_id=model_id,
        setting=reading,
        rounds=rounds,
        locked=NMR.total(row.stake for row in running),
        claimable=NMR.total(nmr for nmr in waiting if nmr is not None),
        committed=_committed(reading, rounds),
        running=len(running),
        at_setting=sum(row.stake == per_round for row in running),
        first=min(resolutions, default=None),
        last=max(resolutions, default=None),
        debt=facts.debts.get(model_id),
    )


def _committed(reading: SettingReading | None, rounds: int) -> NMR | None:
    if reading is not None and reading.enabled is False:
        return ZERO
    if reading is None or reading.per_round is None:
        return None
    return committed(reading.per_round, rounds)


def idle_estimate(
    tournament: Tournament,
    positions: Iterable[Position],
    transfers: Iterable[WalletTransaction],
    *,
    strategy: str | None,
    whole: bool,
    schedule: RoundSchedule,
    now: datetime,
) -> IdleEstimate | None:
    """Idle NMR by what went into the strategy, was staked, and came back; the chain not read.

    ``strategy`` is its address where known, else sweeps of the tournament count as its income.
    ``whole``: whether positions and transfers reach back to the first atomic round. ``None``
    when they do not, when a resolved position's payout is not known, and when more went out
    than came in, which proves that something is missing. A burn that became deferred debt makes
    the estimate too low.
    """
    own = [row for row in positions if row.tournament is tournament]
    moved = _transfers(transfers, tournament, strategy)
    staked = NMR.total(row.stake for row in own)
    since = last_close(schedule, now)
    returned = [_returned(row, since) for row in own if not row.state.running]
    back = [nmr for nmr in returned if nmr is not None]
    idle = moved - staked + NMR.total(back)
    if not whole or len(back) < len(returned) or idle < ZERO:
        return None
    income = "transfers with its address" if strategy else "sweeps from the Numerai wallet"
    return IdleEstimate(
        idle,
        (
            f"{moved} NMR of {income}, less {staked} NMR staked in {len(own)} positions, plus "
            f"{NMR.total(back)} NMR that came back from {len(back)} of them.",
            "NMR sent to or taken from the strategy in any other way, and burns that were "
            "deferred, are not in it.",
        ),
    )


def _transfers(
    transfers: Iterable[WalletTransaction], tournament: Tournament, strategy: str | None
) -> NMR:
    total = ZERO
    for row in transfers:
        if strategy is None:
            if row.type == _SWEEP and row.tournament == tournament:
                total += abs(row.amount)
        elif (row.receiver or "").lower() == strategy.lower():
            total += abs(row.amount)
        elif (row.sender or "").lower() == strategy.lower():
            total -= abs(row.amount)
    return total


def _returned(row: Position, since: datetime) -> NMR | None:
    """What a resolved position brought back to idle; ``None`` where that is not known."""
    if pending_claim(row, since):
        return ZERO
    return None if row.payout is None else row.stake + row.payout


def idle_runs_out(
    facts: StrategyFacts,
    *,
    settings: Mapping[str, ModelSetting] | None = None,
    rounds: int | None = None,
) -> RunsOut | None:
    """The first of the next ``rounds`` rounds (R) that idle NMR can't pay for, payouts left out.

    Each round needs S for a model in constant mode and the newest claim in compound mode; claims
    that were waiting come back first. ``settings`` replaces the known ones. ``None`` when idle
    lasts, or is not known.
    """
    if facts.idle is None:
        return None
    steps = StrategySteps(facts, settings, rounds)
    idle, first = facts.idle.wei, None
    lowest = 0
    for step in steps.unlimited():
        if first is None and idle + step.idle < 0:
            first = step
        lowest = min(lowest, idle + step.idle)
    return None if first is None else RunsOut(first.round, first.at, NMR.from_wei(-lowest))


def idle_needed(
    facts: StrategyFacts,
    *,
    settings: Mapping[str, ModelSetting] | None = None,
    rounds: int | None = None,
) -> NMR:
    """The least idle NMR that pays for all of the next ``rounds`` rounds (R).

    What idle holds beyond it can be withdrawn without any position becoming smaller.
    """
    lowest = min(
        (step.idle for step in StrategySteps(facts, settings, rounds).unlimited()), default=0
    )
    return NMR.from_wei(max(0, -lowest))
