"""After a sync: accepted changes move to where the account now shows them."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.clock import Clock
from ledger.domain.change import Change, ChangeKind, ChangeState
from ledger.domain.model import System
from ledger.domain.stake import ContinuousStake, PendingKind
from ledger.rules.continuous import RELEASES
from ledger.store import Store


def settle(
    store: Store, clock: Clock, previous: Mapping[str, ContinuousStake]
) -> tuple[Change, ...]:
    """After a sync: move accepted changes to where the account now shows them.

    Changes of a strategy are :mod:`ledger.strategy_settling`'s.

    ``previous``: stakes by model id as they were before that sync; they tell the date of a
    release that is no longer pending.
    """
    stakes = store.stakes()
    account = store.account()
    moved = []
    for change in reversed(store.changes(states={ChangeState.ACCEPTED})):
        stake = stakes.get(change.model_id)
        if stake is None or account is None or account.as_of <= change.updated:
            continue
        if change.system is not System.CONTINUOUS:
            continue
        outcome = _outcome(store, change, stake, _due(previous.get(change.model_id), clock))
        if outcome:
            state, reason = outcome
            moved.append(store.move(change.id, state, expect=ChangeState.ACCEPTED, reason=reason))
    return tuple(moved)


def _due(stake: ContinuousStake | None, clock: Clock) -> bool | None:
    """Whether the release that was pending is due by now; ``None`` when that can't be told."""
    if stake is None or stake.pending is None or stake.pending.due is None:
        return None
    return clock.now() >= stake.pending.due


def _outcome(
    store: Store, change: Change, stake: ContinuousStake, due: bool | None
) -> tuple[ChangeState, str] | None:
    if change.kind in {ChangeKind.TAKE_PROFIT_ON, ChangeKind.TAKE_PROFIT_OFF}:
        wanted = change.kind is ChangeKind.TAKE_PROFIT_ON
        return (ChangeState.SETTLED, "Numerai shows it.") if stake.take_profit is wanted else None
    if change.kind is ChangeKind.CANCEL_RELEASE:
        gone = stake.pending is None or stake.pending.kind is PendingKind.INCREASE
        return (ChangeState.SETTLED, "The release is no longer pending.") if gone else None
    if change.kind in RELEASES:
        return _release_outcome(store, change, stake, due)
    if stake.pending is not None:
        return None
    return ChangeState.SETTLED, f"Done: {stake.settled} NMR is staked."


def _release_outcome(
    store: Store, change: Change, stake: ContinuousStake, due: bool | None
) -> tuple[ChangeState, str] | None:
    cancel = next(
        (
            other.id
            for other in store.changes(states={ChangeState.ACCEPTED, ChangeState.SETTLED})
            if other.model_id == change.model_id
            and other.kind is ChangeKind.CANCEL_RELEASE
            and other.id > change.id
        ),
        None,
    )
    if cancel is not None:
        return ChangeState.CANCELLED, f"The release was withdrawn by change {cancel}."
    if stake.pending is not None:
        return None
    if due is False:
        return ChangeState.CANCELLED, "The release is gone before its date: withdrawn elsewhere."
    return ChangeState.SETTLED, f"No longer pending: {stake.settled} NMR is staked."
