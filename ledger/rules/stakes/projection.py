"""Where an allocation strategy's positions and settings lead over the rounds to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.projection import Band, ModelPoint, ProjectedRound, Projection
from ledger.domain.stakes.strategy import ModelSetting
from ledger.rules.earnings.bootstrap import bands
from ledger.rules.earnings.expectation import Expected, Payouts, rates_so_far
from ledger.rules.stakes.holding import idle_needed, idle_runs_out
from ledger.rules.stakes.stepping import Close, StrategySteps, claim_wei, pending_claim
from ledger.rules.stakes.strategy_facts import StrategyFacts

MARKS = (50, 90, 100)
"""Which shares of the way to the new composition get a date, in percent."""

PATHS = 200
"""How many futures a band is drawn from."""


def project(
    facts: StrategyFacts,
    *,
    settings: Mapping[str, ModelSetting] | None = None,
    rounds: int | None = None,
    payouts: Payouts | None = None,
    deposit: NMR = ZERO,
    paths: int = PATHS,
    seed: int = 0,
) -> Projection:
    """The strategy after each of the next ``rounds`` staking closes (R when ``None``).

    ``settings`` replaces present ones by model id, from the next close on; a model whose
    setting nobody knows opens no position. Where they change any, ``reached`` is about the models
    they change, as if what idle lacked for the present ones were deposited. ``deposit`` moves NMR
    from the owner's wallet to idle first (negative: the other way). Without ``payouts`` NMR is
    conserved to the wei.
    A claim that could be claimed is taken to be by the next close; see
    :mod:`ledger.rules.stakes.stepping`.
    """
    expected = payouts or Payouts.off()
    so_far = rates_so_far(facts) if expected.history is not None else {}
    rates = Expected(expected, so_far) if expected.expected else None
    steps = StrategySteps(facts, settings, rounds, rates)
    idle = facts.idle
    if idle is None:
        idle = idle_needed(facts, settings=settings, rounds=rounds)
    idle, wallet = idle + deposit, None if facts.wallet is None else facts.wallet - deposit
    start = _start(steps, idle, wallet)
    closes = tuple(steps.limited(idle.wei))
    drawn: tuple[Band, ...] = ()
    if expected.history is not None:
        held = wallet.wei if wallet is not None else 0
        drawn = bands(steps, idle.wei, held, expected.history, so_far, paths=paths, seed=seed)
    return Projection(
        start=start,
        rounds=tuple(_round(steps, close, wallet) for close in closes),
        reached=_reached(steps, start, _as_funded(steps, closes, idle, rounds), settings or {}),
        bands=drawn,
        runs_out=_runs_out(facts, closes, idle, settings, rounds),
        idle_known=facts.idle is not None,
    )


def _runs_out(
    facts: StrategyFacts,
    closes: Iterable[Close],
    idle: NMR,
    settings: Mapping[str, ModelSetting] | None,
    rounds: int | None,
) -> RunsOut | None:
    """The steps with their payouts already show whether anything is lacking at all."""
    if facts.idle is None or not any(close.missing for close in closes):
        return None
    return idle_runs_out(replace(facts, idle=idle), settings=settings, rounds=rounds)


def _as_funded(
    steps: StrategySteps, closes: tuple[Close, ...], idle: NMR, rounds: int | None
) -> tuple[Close, ...]:
    """The closes without a shortage that the present settings have already."""
    if steps.facts.idle is None or not any(close.missing for close in closes):
        return closes
    lacking = max(ZERO, idle_needed(steps.facts, rounds=rounds) - steps.facts.idle)
    return tuple(steps.limited((idle + lacking).wei)) if lacking else closes


def _start(steps: StrategySteps, idle: NMR, wallet: NMR | None) -> ProjectedRound:
    """The strategy as it is now."""
    models, claimable = {}, 0
    for key in steps.models:
        rows = steps.rows.get(key, [])
        running = [row.stake for row in rows if row.state.running]
        models[key] = ModelPoint(NMR.total(running), len(running))
        claimable += sum(claim_wei(row) for row in rows if pending_claim(row, steps.since))
    return _point(None, steps.facts.now, models, (NMR.from_wei(claimable), idle, wallet), ZERO)


def _round(steps: StrategySteps, close: Close, wallet: NMR | None) -> ProjectedRound:
    models = {
        key: ModelPoint(NMR.from_wei(locked), positions)
        for key, locked, positions in zip(steps.models, close.locked, close.positions, strict=True)
    }
    free = (NMR.from_wei(close.claimable), NMR.from_wei(close.idle), wallet)
    return _point(close.round, close.at, models, free, NMR.from_wei(close.missing))


def _point(
    number: int | None,
    at: datetime,
    models: Mapping[str, ModelPoint],
    free: tuple[NMR, NMR, NMR | None],
    missing: NMR,
) -> ProjectedRound:
    claimable, idle, wallet = free
    locked = NMR.total(point.locked for point in models.values())
    return ProjectedRound(
        round=number,
        at=at,
        models=models,
        locked=locked,
        claimable=claimable,
        idle=idle,
        wallet=wallet,
        total=NMR.total(nmr for nmr in (locked, *free) if nmr is not None),
        missing=missing,
    )


def _reached(
    steps: StrategySteps,
    start: ProjectedRound,
    closes: Sequence[Close],
    settings: Mapping[str, ModelSetting],
) -> dict[int, datetime | None]:
    """When the composition is a share of the way there.

    There: every running round holds the per-round stake of each model whose setting is known,
    and nothing of a disabled one.
    """
    now, present = steps.facts.now, steps.facts.settings()
    changed = {key for key, setting in settings.items() if setting != present.get(key)}
    aims = [
        steps.settings.get(key) if key in changed or not changed else None for key in steps.models
    ]
    wei = [None if aim is None else aim.per_round.wei if aim.enabled else 0 for aim in aims]
    today = [start.models[key].locked.wei for key in steps.models]
    first = _distance(wei, today, steps.schedule.running(steps.first - 1, now))
    way = [
        (close.at, _distance(wei, close.locked, steps.schedule.running(close.round, close.at)))
        for close in closes
    ]
    return {mark: _mark(mark, first, way, now) for mark in MARKS}


def _distance(aims: Iterable[int | None], locked: Iterable[int], rounds: int) -> int:
    pairs = zip(aims, locked, strict=True)
    return sum(abs(has - aim * rounds) for aim, has in pairs if aim is not None)


def _mark(
    mark: int, first: int, way: Iterable[tuple[datetime, int]], now: datetime
) -> datetime | None:
    if first == 0:
        return now
    there = (at for at, left in way if left * 100 <= first * (100 - mark))
    return next(there, None)
