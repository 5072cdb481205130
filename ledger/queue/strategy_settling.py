"""After a sync: changes of a strategy that were carried out settle when something shows it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.domain.knowledge import Fact
from ledger.domain.queue.change import FUNDS, SETTINGS, Change, ChangeKind, ChangeState
from ledger.domain.rounds.performance import Performance
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    Channel,
    ModelSetting,
    Origin,
    SettingReading,
    TransactionState,
)
from ledger.errors import ChangeError
from ledger.rules.stakes.atomic import is_atomic

if TYPE_CHECKING:
    from ledger.store import Store

_NEWEST = 10
"""Rounds looked at for the first stake after a change; a change settles within days."""


def settle_strategies(store: Store) -> tuple[Change, ...]:
    """Move accepted changes of strategies to ``settled`` where chain or rounds show them.

    A setting shows in the chain's own settings, or in the stake of the first round whose staking
    closed after the change. Deposits and withdrawals are done once their transaction is in a
    block; one made by hand shows in what the owner's wallet lost or got since it was confirmed,
    and settles on the user's word where no chain is read or other NMR moved as well. What was
    made by hand, and of which chain or round show otherwise, becomes ``unknown`` with what they
    show: the user's word was no proof.
    """
    moved = []
    for change in reversed(store.changes(states={ChangeState.ACCEPTED})):
        evidence = _evidence(store, change)
        if evidence is None or (evidence.differs and change.channel is not Channel.BY_HAND):
            continue
        state = ChangeState.UNKNOWN if evidence.differs else ChangeState.SETTLED
        # Another process may move it just now: then there is nothing left to do here.
        with suppress(ChangeError):
            moved.append(
                store.move(change.id, state, expect=ChangeState.ACCEPTED, reason=evidence.words)
            )
    return tuple(moved)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What chain or rounds show of a change, in words; ``differs``: something else than it."""

    words: str
    differs: bool = False


def _evidence(store: Store, change: Change) -> _Evidence | None:
    if change.kind in FUNDS:
        return _moved(store, change)
    if change.kind not in SETTINGS or change.setting is None:
        return None
    for reading in store.strategies.settings(change.tournament):
        mine = reading.model_id == change.model_id
        if mine and reading.origin is Origin.CHAIN and reading.as_of > change.updated:
            return _compared(reading, change.setting, change.id)
    return _staked(store, change, change.setting)


def _moved(store: Store, change: Change) -> _Evidence | None:
    account = store.account()
    if account is None or account.as_of <= change.updated:
        return None
    if change.channel is Channel.BY_HAND:
        return _by_wallet(store, change)
    mined = [
        transaction
        for transaction in store.strategies.transactions(change_id=change.id)
        if transaction.state is TransactionState.MINED
    ]
    if not mined:
        return None
    block = mined[-1].block
    return _Evidence("You judged that it arrived." if block is None else f"In block {block}.")


def _by_wallet(store: Store, change: Change) -> _Evidence | None:
    """What the owner's wallet shows of a deposit or withdrawal that was made by hand."""
    confirmed = store.strategies.confirmed_for(change.id)
    reading = store.strategies.readings().get(change.tournament)
    before = None if confirmed is None else confirmed.wallet
    now = None if reading is None else reading.wallet
    if reading is None or before is None or now is None or change.nmr is None:
        return _Evidence("You marked it as done; nothing here can check it.")
    if reading.as_of <= change.updated:
        return None
    expected = before - change.nmr if change.kind is ChangeKind.DEPOSIT else before + change.nmr
    if now == expected:
        return _Evidence(f"The owner's wallet shows it: {before} NMR before, {now} NMR now.")
    if now == before and not _judged(store, change):
        return _Evidence(
            f"You marked change {change.id} as done, but the owner's wallet still has the "
            f"{before} NMR it had when you confirmed it. Look on the V3 Stakes page, then judge "
            "it.",
            differs=True,
        )
    return _Evidence(
        f"You marked it as done. The owner's wallet had {before} NMR before and has {now} NMR now: "
        "other NMR moved as well, so nothing here can check it."
    )


def _judged(store: Store, change: Change) -> bool:
    """Whether the user was asked about it before, and said again that it was done."""
    return any(event.state is ChangeState.UNKNOWN for event in store.events(change.id))


def _compared(reading: SettingReading, setting: ModelSetting, change_id: int) -> _Evidence | None:
    if reading.setting is None:
        return None
    if reading.setting == setting:
        return _Evidence("The chain shows it.")
    return _Evidence(
        f"You marked change {change_id} as done, but the chain has {_in_words(reading.setting)} "
        f"instead of {_in_words(setting)}. Look on the V3 Stakes page, then judge it.",
        differs=True,
    )


def _staked(store: Store, change: Change, setting: ModelSetting) -> _Evidence | None:
    """What the first round that staked after the change shows of it."""
    if store.missing().of(Fact.AT_RISK, change.model_id) is not None:
        return None
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
                evidence = _by_stake(performance, setting, change.id)
                if evidence is not None:
                    return evidence
    return None


def _by_stake(performance: Performance, setting: ModelSetting, change_id: int) -> _Evidence | None:
    """A round without stake and submission, or whose stake nobody tells, shows nothing; nor does
    a stake in compound mode, which is the newest claim."""
    staked = performance.at_risk
    if staked is None or not (staked or performance.submission_id):
        return None
    if not setting.enabled and not staked:
        return _Evidence(f"Round {performance.round} took no stake.")
    atomic = is_atomic(performance.clip)
    if setting.enabled and atomic and staked == setting.per_round:
        return _Evidence(f"Round {performance.round} staked {staked} NMR.")
    if not atomic or (setting.enabled and setting.mode is StakeMode.COMPOUND):
        return None
    less = " or idle had no more" if setting.enabled and staked < setting.per_round else ""
    return _Evidence(
        f"You marked change {change_id} as done, but round {performance.round} staked {staked} NMR "
        f"instead of what {_in_words(setting)} stakes: it was not set{less}. Look on the V3 Stakes "
        "page, then judge it.",
        differs=True,
    )


def _in_words(setting: ModelSetting) -> str:
    state = "" if setting.enabled else ", disabled"
    return f"{setting.per_round} NMR per round, {setting.mode.value}{state}"
