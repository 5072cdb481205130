"""After a sync: changes of a strategy that were carried out settle when something shows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ledger.domain.change import FUNDS, SETTINGS, Change, ChangeState
from ledger.domain.payout import Performance
from ledger.domain.strategy import Channel, ModelSetting, Origin, SettingReading, TransactionState
from ledger.errors import ChangeError
from ledger.rules.atomic import is_atomic

if TYPE_CHECKING:
    from ledger.store import Store

_NEWEST = 10
"""Rounds looked at for the first stake after a change; a change settles within days."""


def settle_strategies(store: Store) -> tuple[Change, ...]:
    """Move accepted changes of strategies to ``settled`` where chain or rounds show them.

    A setting shows in the chain's own settings, or in the stake of the first round whose staking
    closed after the change. Deposits and withdrawals are done once their transaction is in a
    block; one made by hand settles with the next sync on the user's word alone.
    """
    moved = []
    for change in reversed(store.changes(states={ChangeState.ACCEPTED})):
        reason = _shown(store, change)
        if reason is not None:
            # Another process may move it just now: then there is nothing left to do here.
            with suppress(ChangeError):
                moved.append(
                    store.move(
                        change.id, ChangeState.SETTLED, expect=ChangeState.ACCEPTED, reason=reason
                    )
                )
    return tuple(moved)


def _shown(store: Store, change: Change) -> str | None:
    if change.kind in FUNDS:
        return _moved(store, change)
    if change.kind not in SETTINGS or change.setting is None:
        return None
    for reading in store.strategies.settings(change.tournament):
        mine = reading.model_id == change.model_id
        if mine and reading.origin is Origin.CHAIN and reading.as_of > change.updated:
            return _agrees(reading, change.setting)
    return _staked(store, change, change.setting)


def _moved(store: Store, change: Change) -> str | None:
    account = store.account()
    if account is None or account.as_of <= change.updated:
        return None
    if change.channel is Channel.BY_HAND:
        return "You marked it as done; nothing here can check it."
    mined = [
        transaction
        for transaction in store.strategies.transactions(change_id=change.id)
        if transaction.state is TransactionState.MINED
    ]
    if not mined:
        return None
    block = mined[-1].block
    return "You judged that it arrived." if block is None else f"In block {block}."


def _agrees(reading: SettingReading, wanted: ModelSetting) -> str | None:
    return "The chain shows it." if reading.setting == wanted else None


def _staked(store: Store, change: Change, wanted: ModelSetting) -> str | None:
    """What the first round that staked after the change shows of it."""
    after = [
        entry
        for entry in store.rounds(change.tournament, newest=_NEWEST, scores=False)
        if entry.closes_staking is not None and entry.closes_staking > change.updated
    ]
    account = store.account()
    closed = [
        entry.number
        for entry in after
        if account is not None
        and entry.closes_staking is not None
        and entry.closes_staking < account.as_of
    ]
    for number in sorted(closed):
        for performance in store.performances(change.tournament, since=number, scores=False):
            if performance.model_id == change.model_id and performance.round == number:
                return _by_stake(performance, wanted)
    return None


def _by_stake(performance: Performance, wanted: ModelSetting) -> str | None:
    if not wanted.enabled:
        done = not performance.at_risk and performance.submission_id is not None
        return f"Round {performance.round} took no stake." if done else None
    if is_atomic(performance.clip) and performance.at_risk == wanted.per_round:
        return f"Round {performance.round} staked {performance.at_risk} NMR."
    return None
