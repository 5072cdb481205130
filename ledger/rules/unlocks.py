"""All NMR that comes free, over continuous and atomic staking, by time.

A release is paid into the wallet. An atomic position becomes a claim when its round resolves:
from then on its owner can have it, and a claim left alone is moved to idle after some days. But
as long as a model is enabled, Numerai stakes from the claim again at the next staking close. So
there are two readings of the same list (:class:`ledger.domain.unlock.UnlockView`): ``stays``
counts what the present settings leave over (constant mode: what a claim is worth above S;
compound mode: nothing), ``disabled`` counts everything, as if all models were disabled now. A
model whose setting is not known is taken to stake everything again. What a growing ramp will
take from idle is not in the list: :func:`ledger.rules.holding.idle_needed` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.round import Round
from ledger.domain.stake import ContinuousStake, PendingKind, StakeMode
from ledger.domain.strategy import ModelSetting, Position, PositionState
from ledger.domain.unlock import Unlock, UnlockKind, UnlockSum, UnlockView
from ledger.rules.ahead import RoundsAhead
from ledger.rules.continuous import stake_after
from ledger.rules.strategy_facts import StrategyFacts, active


def unlocks(
    models: Iterable[Model],
    stakes: Mapping[str, ContinuousStake],
    strategies: Iterable[StrategyFacts],
    rounds: Sequence[Round],
    now: datetime,
) -> tuple[Unlock, ...]:
    """Everything that comes free from now on; ``stakes`` by model id."""
    listed = list(models)
    found = list(_releases(listed, stakes, rounds, now))
    names = {model.id: model.name for model in listed}
    for strategy in strategies:
        found += _positions(strategy, names, now)
    return tuple(sorted(found, key=lambda entry: (entry.at, entry.name, entry.round or 0)))


def _releases(
    models: Iterable[Model],
    stakes: Mapping[str, ContinuousStake],
    rounds: Sequence[Round],
    now: datetime,
) -> Iterable[Unlock]:
    for model in models:
        stake = stakes.get(model.id)
        if stake is None or stake.pending is None or stake.pending.kind is PendingKind.INCREASE:
            continue
        due = stake.pending.due or RoundsAhead(rounds, model.tournament).paid(now)
        nmr = stake.settled - stake_after(stake.settled, stake.pending)
        kind = UnlockKind.RELEASE
        at = max(now, due)
        yield Unlock(at, nmr, None, ZERO, model.tournament, model.id, model.name, None, kind)


def _positions(
    strategy: StrategyFacts, names: Mapping[str, str], now: datetime
) -> Iterable[Unlock]:
    settings, ahead = strategy.settings(), strategy.ahead
    for model_id, rows in strategy.by_model().items():
        name = names.get(model_id, model_id)
        debt = strategy.debts.get(model_id, ZERO)
        for row in sorted(rows, key=lambda row: row.resolves or ahead.resolves(row.round)):
            if row.state is PositionState.CLAIMABLE:
                yield _claim(row, name, settings.get(model_id), now)
            elif row.state.running:
                paid_off = ZERO
                if debt:
                    paid_off = min(debt, max(ZERO, row.payout or ZERO))
                    debt -= paid_off
                at = max(now, row.resolves or ahead.resolves(row.round))
                yield _resolution(row, name, settings.get(model_id), at, paid_off)


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
    days: dict[date, NMR] = {}
    for entry in entries:
        key = start(entry.at)
        days[key] = days.get(key, ZERO) + entry.free(view)
    found, cumulative = [], ZERO
    for day in sorted(days):
        if days[day]:
            cumulative += days[day]
            found.append(UnlockSum(day, days[day], cumulative))
    return tuple(found)


def when_free(
    amount: NMR, free: NMR, entries: Iterable[Unlock], view: UnlockView, now: datetime
) -> datetime | None:
    """When ``amount`` is free in all, ``None`` when never by what is known.

    ``free`` is what is free already: the wallet, and idle NMR that the user would take.
    """
    if free >= amount:
        return now
    for entry in sorted(entries, key=lambda entry: entry.at):
        free += entry.free(view)
        if free >= amount:
            return entry.at
    return None
