"""All NMR that comes free, over continuous and atomic staking, by time.

A release is paid into the wallet. An atomic position becomes a claim when its round resolves:
from then on its owner can have it, and a claim left alone is moved to idle after some days. But
as long as a model is enabled, Numerai stakes from the claim again at the next staking close. So
there are two readings of the same list (:class:`ledger.domain.stakes.unlock.UnlockView`): ``stays``
counts what the present settings leave over (constant mode: what a claim is worth above S;
compound mode: nothing), ``disabled`` counts everything, as if all models were disabled now. A
model whose setting is not known is taken to stake everything again. What a growing ramp will
take from idle is not in the list: :func:`ledger.rules.stakes.holding.idle_needed` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFacts
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest, StakeMode
from ledger.domain.stakes.strategy import ModelSetting, Position, PositionState
from ledger.domain.stakes.unlock import Unlock, UnlockKind, UnlockSum, UnlockView
from ledger.domain.sums import NO_PARTS, Part, Sum
from ledger.rules.naming import names
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.continuous import stake_after
from ledger.rules.stakes.staked import part
from ledger.rules.stakes.strategy_facts import StrategyFacts, active


def unlocks(
    models: Iterable[Model],
    stakes: Mapping[str, ContinuousStake],
    strategies: Iterable[StrategyFacts],
    rounds: Sequence[Round],
    now: datetime,
    *,
    missing: MissingFacts = NOTHING_MISSING,
) -> tuple[Unlock, ...]:
    """Everything that comes free from now on; ``stakes`` by model id."""
    listed = list(models)
    labels = names(listed)
    listed = [replace(model, name=labels[model.id]) for model in listed]
    entries = list(_releases(listed, stakes, rounds, now, missing))
    for strategy in strategies:
        entries += _positions(strategy, labels, now, missing)
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.name, entry.round or 0)))


def _releases(
    models: Iterable[Model],
    stakes: Mapping[str, ContinuousStake],
    rounds: Sequence[Round],
    now: datetime,
    missing: MissingFacts,
) -> Iterable[Unlock]:
    for model in models:
        stake = stakes.get(model.id)
        if stake is None or stake.pending is None or stake.pending.kind is PendingKind.INCREASE:
            continue
        due = stake.pending.due or RoundSchedule(rounds, model.tournament).paid(now)
        nmr = _released(stake.settled, stake.pending)
        aged = part(nmr, missing, model.id, Fact.STAKE, Fact.PENDING)
        yield Unlock(
            at=max(now, due),
            nmr=nmr,
            payout=None,
            restaked=ZERO,
            tournament=model.tournament,
            model_id=model.id,
            name=model.name,
            round=None,
            kind=UnlockKind.RELEASE,
            as_of=aged.as_of,
        )


def _released(held: NMR | None, pending: PendingRequest) -> NMR | None:
    """What a release pays: what was asked for, no more than there is."""
    if held is None:
        return None if pending.kind is PendingKind.DRAIN else pending.amount
    return held - stake_after(held, pending)


def _positions(
    strategy: StrategyFacts, labels: Mapping[str, str], now: datetime, missing: MissingFacts
) -> Iterable[Unlock]:
    settings, schedule = strategy.settings(), strategy.schedule
    for model_id, rows in strategy.by_model().items():
        name = labels.get(model_id, model_id)
        old = part(None, missing, model_id, Fact.PERFORMANCES, Fact.AT_RISK).as_of
        debt = strategy.debts.get(model_id, ZERO)
        for row in sorted(rows, key=lambda row: row.resolves or schedule.resolves(row.round)):
            if row.state is PositionState.CLAIMABLE:
                yield replace(_claim(row, name, settings.get(model_id), now), as_of=old)
            elif row.state.running:
                paid_off = ZERO
                if debt:
                    paid_off = min(debt, max(ZERO, row.payout or ZERO))
                    debt -= paid_off
                at = max(now, row.resolves or schedule.resolves(row.round))
                unlock = _resolution(row, name, settings.get(model_id), at, paid_off)
                yield replace(unlock, as_of=old)


def _claim(row: Position, name: str, setting: ModelSetting | None, now: datetime) -> Unlock:
    nmr = row.claimable if row.claimable is not None else row.stake + (row.payout or ZERO)
    at = max(now, row.finalises or now)
    return Unlock(
        at=at,
        nmr=nmr,
        payout=row.payout,
        restaked=_restaked(nmr, setting),
        tournament=row.tournament,
        model_id=row.model_id,
        name=name,
        round=row.round,
        kind=UnlockKind.CLAIM,
        latest=at,
    )


def _resolution(
    row: Position, name: str, setting: ModelSetting | None, at: datetime, paid_off: NMR
) -> Unlock:
    """A position with its projected payout, of which ``paid_off`` goes to deferred burns."""
    payout = row.payout
    if payout is not None and paid_off:
        payout -= paid_off
    nmr = max(ZERO, row.stake + payout) if payout is not None else row.stake
    return Unlock(
        at=at,
        nmr=nmr,
        payout=payout,
        restaked=_restaked(nmr, setting),
        tournament=row.tournament,
        model_id=row.model_id,
        name=name,
        round=row.round,
        kind=UnlockKind.RESOLUTION,
        latest=None if row.finalises is None else max(at, row.finalises),
    )


def _restaked(nmr: NMR, setting: ModelSetting | None) -> NMR:
    """What the model's next position takes of a claim."""
    if setting is None:
        return nmr
    if not active(setting):
        return ZERO
    return nmr if setting.mode is StakeMode.COMPOUND else min(nmr, setting.per_round)


def per_day(entries: Iterable[Unlock], view: UnlockView) -> tuple[UnlockSum, ...]:
    """Sums by UTC day, those with anything in them, by time."""
    return _sums(entries, view, lambda at: at.date())


def per_week(entries: Iterable[Unlock], view: UnlockView) -> tuple[UnlockSum, ...]:
    """Sums by ISO week, which begins on Monday."""
    return _sums(entries, view, lambda at: at.date() - timedelta(days=at.weekday()))


def _sums(
    entries: Iterable[Unlock], view: UnlockView, start: Callable[[datetime], date]
) -> tuple[UnlockSum, ...]:
    days: dict[date, list[Part]] = {}
    for entry in entries:
        days.setdefault(start(entry.at), []).append(entry.part(view))
    sums, cumulative = [], NO_PARTS
    for day in sorted(days):
        own = Sum.of(days[day])
        if own.known or own.unknown:
            cumulative += own
            sums.append(UnlockSum(day, own, cumulative))
    return tuple(sums)


def when_free(
    amount: NMR, free: NMR, entries: Iterable[Unlock], view: UnlockView, now: datetime
) -> datetime | None:
    """When ``amount`` is free in all, ``None`` when never by what is known.

    ``free`` is what is free already: the wallet, and idle NMR that the user would take. Entries
    whose amount is not known bring nothing.
    """
    if free >= amount:
        return now
    for entry in sorted(entries, key=lambda entry: entry.at):
        free += entry.free(view) or ZERO
        if free >= amount:
            return entry.at
    return None
