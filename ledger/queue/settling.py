"""After a sync: accepted changes move to where the account now shows them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Account, System
from ledger.domain.nmr import ZERO
from ledger.domain.queue.change import (
    DONE,
    RELEASES,
    TAKE_PROFIT,
    AccountSnapshot,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
)
from ledger.domain.stakes.stake import ContinuousStake
from ledger.errors import ChangeError
from ledger.rules.queue.basis import Payouts, asked_for, payouts_since
from ledger.rules.queue.settlement import Accepted, cancelled, outcome
from ledger.store import Store

LAG = timedelta(seconds=60)
"""How long an account may show nothing of a change that Numerai accepted."""

_NO_STAKE = ContinuousStake("", ZERO, ZERO, None)


def settle(store: Store, previous: Mapping[str, ContinuousStake]) -> tuple[Change, ...]:
    """After a sync: move accepted changes to where the account now shows them.

    A sync that was not told a model's stake or pending request, or how take profit is set,
    settles nothing that rests on it, and none settles what the account was not seen to show.
    Changes of a strategy are :mod:`ledger.queue.strategy_settling`'s.

    ``previous``: stakes by model id as they were before that sync; they tell the date of a
    request that is no longer pending.
    """
    account = store.account()
    if account is None:
        return ()
    settling, unseen = _Settling(store, account, previous), store.unseen()
    moved = []
    for change in reversed(store.changes(states={ChangeState.ACCEPTED})):
        if change.system is not System.CONTINUOUS or account.as_of <= change.updated:
            continue
        if change.id in unseen:
            continue
        end = settling.outcome(change)
        if end is None or (end[0] is not ChangeState.SETTLED and _is_fresh(change, account)):
            continue
        # Another process may send for this model just now: then the next sync will tell.
        with suppress(ChangeError):
            moved.append(settling.move(change, *end))
    for change in store.changes(states={ChangeState.UNKNOWN}):
        settling.keep_what_is_pending(change)
    return tuple(moved)


class _Settling:
    """What one sync shows of accepted changes."""

    def __init__(
        self, store: Store, account: Account, previous: Mapping[str, ContinuousStake]
    ) -> None:
        self._store = store
        self._account = account
        self._previous = previous
        self._stakes = store.stakes()
        self._missing: MissingFacts = store.missing()

    def outcome(self, change: Change) -> tuple[ChangeState, str] | None:
        """Where a change has come to, and why; ``None`` when that is not told."""
        stake = self._stakes.get(change.model_id)
        if change.kind in TAKE_PROFIT:
            if stake is None or self._missing.of(Fact.TAKE_PROFIT, change.model_id):
                return None
            setting = change.kind is ChangeKind.TAKE_PROFIT_ON
            shown = stake.take_profit is setting
            return (ChangeState.SETTLED, "Numerai shows it.") if shown else None
        if self._missing.first(change.model_id, Fact.STAKE, Fact.PENDING, Fact.LISTED):
            return None
        return self._of_request(change, self._now(stake or _NO_STAKE))

    def move(self, change: Change, state: ChangeState, reason: str) -> Change:
        """Take a change there; a doubt comes with the account it rests on."""
        stake = self._stakes.get(change.model_id)
        unsure = state is ChangeState.UNKNOWN and stake is not None
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.ACCEPTED,
            reason=reason,
            after=self._now(stake) if unsure and stake is not None else None,
        )

    def keep_what_is_pending(self, change: Change) -> None:
        """Keep beside a change in doubt that such a request is pending: should it be gone when
        the change is looked into, it may have been withdrawn meanwhile."""
        stake = self._stakes.get(change.model_id)
        if stake is None or self._missing.first(change.model_id, Fact.PENDING, Fact.LISTED):
            return
        now = self._now(stake)
        if change.system is not System.CONTINUOUS or not asked_for(change, now):
            return
        events = self._store.events(change.id)
        if not any(event.after and asked_for(change, event.after) for event in events):
            self._store.note(change, reason="A sync shows such a request.", after=now)

    def _of_request(self, change: Change, now: AccountSnapshot) -> tuple[ChangeState, str] | None:
        events = self._store.events(change.id)
        sent = next(
            (event for event in reversed(events) if event.state is ChangeState.SENDING), None
        )
        if sent is None or sent.before is None:
            return None
        later = self._later(change)
        accepted = Accepted(
            change,
            sent.before,
            now,
            self._due(change, events),
            later,
            self._payouts(change, now),
            _doubted(events),
            _request_id(change, events),
        )
        if change.kind is ChangeKind.CANCEL_RELEASE:
            return cancelled(accepted)
        cancel = next((other for other in later if other.kind is ChangeKind.CANCEL_RELEASE), None)
        if change.kind in RELEASES and cancel is not None:
            gone = now.pending_kind != change.kind.value
            words = f"The release was withdrawn by change {cancel.id}."
            return (ChangeState.CANCELLED, words) if gone else None
        return outcome(accepted)

    def _later(self, change: Change) -> list[Change]:
        """What was sent for the same model after ``change``, oldest first."""
        return [
            other
            for other in reversed(self._store.changes(states=DONE))
            if other.model_id == change.model_id and other.id > change.id
        ]

    def _payouts(self, change: Change, now: AccountSnapshot) -> Payouts:
        basis = self._store.basis(change.id, sent=True)
        if basis is None:
            return Payouts()
        rows = self._store.performances(change.tournament, model_id=change.model_id, scores=False)
        return payouts_since(basis, rows, now.taken)

    def _due(self, change: Change, events: tuple[ChangeEvent, ...]) -> datetime | None:
        """The date of a change's request, as it was told last."""
        stake = self._previous.get(change.model_id)
        pending = stake.pending if stake is not None else None
        if pending is not None and pending.kind.value == change.kind.value:
            return pending.due
        dates = [
            event.after.pending_due
            for event in events
            if event.after is not None and event.after.pending_kind == change.kind.value
        ]
        return dates[-1] if dates else None

    def _now(self, stake: ContinuousStake) -> AccountSnapshot:
        pending = stake.pending
        return AccountSnapshot(
            taken=self._account.as_of,
            available=self._account.available,
            held=self._account.held_increases,
            settled=stake.settled,
            take_profit=stake.take_profit,
            pending_kind=pending.kind.value if pending else None,
            pending_amount=pending.amount if pending else None,
            pending_due=pending.due if pending else None,
            pending_id=pending.request_id if pending else None,
            scheduled=None,
        )


def _request_id(change: Change, events: tuple[ChangeEvent, ...]) -> str | None:
    """The id of a change's request as the account showed it."""
    shown = [
        event.after.pending_id
        for event in events
        if event.state is ChangeState.ACCEPTED
        and event.after is not None
        and asked_for(change, event.after)
    ]
    return shown[-1] if shown else None


def _is_fresh(change: Change, account: Account) -> bool:
    """Whether a change may be too young for the account to show it: reads lag behind."""
    return account.as_of - change.updated < LAG


def _doubted(events: tuple[ChangeEvent, ...]) -> bool:
    """Whether a change was accepted, then in doubt, and was found to have come about."""
    states = [event.state for event in events]
    first = states.index(ChangeState.ACCEPTED) if ChangeState.ACCEPTED in states else len(states)
    return ChangeState.UNKNOWN in states[first:]
