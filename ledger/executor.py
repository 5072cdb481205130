"""Sends changes: on disk first, once, then reconciled.

A change is committed as ``sending``, with the account as it was and a unique attempt id, before
its request leaves. What can't be told from the answer becomes ``unknown`` and is never sent
again by itself; :meth:`Executor.reconcile` compares the account with that snapshot. One process
at a time executes, held by a lock beside the ledger that the system frees with its owner.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from ledger.clock import Clock
from ledger.domain.change import AccountSnapshot, Change, ChangeEvent, ChangeKind, ChangeState
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.stake import ContinuousStake, PendingKind
from ledger.errors import BadAnswer, ChangeError, Refused, Unreachable
from ledger.numerai.client import Answer
from ledger.rules.continuous import RELEASES
from ledger.rules.reconcile import Finding, judge
from ledger.store import Store

SETTLING = timedelta(seconds=60)
"""How long after a lost answer a request may still be on its way: before that, "not there" is no
evidence that it did not arrive."""


class Sender(Protocol):
    """The part of :class:`ledger.numerai.client.NumeraiClient` that changes stakes."""

    def snapshot(self, model: Model) -> AccountSnapshot: ...
    def increase(self, model: Model, nmr: NMR) -> Answer: ...
    def decrease(self, model: Model, nmr: NMR) -> Answer: ...
    def drain(self, model: Model) -> Answer: ...
    def cancel_release(self, model: Model) -> Answer: ...
    def set_take_profit(self, model: Model, on: bool) -> Answer: ...


class Executor:
    """Runs changes of one ledger through one client."""

    def __init__(self, store: Store, sender: Sender, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock

    def send(self, change_id: int) -> Change:
        """Send a confirmed change, once.

        Returns:
            The change as ``accepted``, ``refused`` or ``unknown``.

        Raises:
            ChangeError: it is not confirmed, or its model has a change whose fate is unknown.
            LedgerBusy: another process is executing.
            NumeraiError: the account could not be read; nothing was sent, it stays queued.
        """
        with self._store.executing():
            recover(self._store)
            change = self._store.change(change_id)
            self._check(change)
            model = _model(self._store, change)
            before = self._sender.snapshot(model)
            attempt = uuid.uuid4().hex
            self._store.move(
                change.id,
                ChangeState.SENDING,
                expect=change.state,
                reason="Sent to Numerai.",
                attempt=attempt,
                request=_summary(change),
                before=before,
            )
            return self._deliver(change, model, attempt)

    def reconcile(self, change_id: int) -> Change:
        """Find out what became of a change whose answer was lost.

        Returns:
            The change as ``accepted`` or ``refused``, or still ``unknown`` with new evidence
            in its history when the account does not tell.

        Raises:
            ChangeError: its fate is not unknown.
            LedgerBusy: another process is executing.
            NumeraiError: the account could not be read.
        """
        with self._store.executing():
            recover(self._store)
            change = self._store.change(change_id)
            if change.state is not ChangeState.UNKNOWN:
                raise ChangeError(f"Change {change.id} is {change.state.value}, not unknown.")
            sent = _sent_event(self._store, change)
            after = self._sender.snapshot(_model(self._store, change))
            return self._conclude(change, sent, after)

    def _check(self, change: Change) -> None:
        if change.state not in {ChangeState.QUEUED, ChangeState.WAITING}:
            raise ChangeError(
                f"Change {change.id} is {change.state.value}.", "Only confirmed changes are sent."
            )
        for other in self._store.changes(states={ChangeState.UNKNOWN}):
            if other.model_id == change.model_id:
                raise ChangeError(
                    f"What became of change {other.id} on {other.model_name} is not known.",
                    "Reconcile it first; until then nothing else is sent for this model.",
                )

    def _deliver(self, change: Change, model: Model, attempt: str) -> Change:
        state, reason, words = self._call(change, model)
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.SENDING,
            reason=reason,
            attempt=attempt,
            answer=words,
        )

    def _call(self, change: Change, model: Model) -> tuple[ChangeState, str, str]:
        try:
            answer = self._request(change, model)()
        except Refused as error:
            return ChangeState.REFUSED, "Numerai refused it.", error.message
        except Unreachable as error:
            if not error.sent:
                return ChangeState.REFUSED, "It never left this machine.", error.what
            return ChangeState.UNKNOWN, "No answer arrived.", error.what
        except BadAnswer as error:
            return ChangeState.UNKNOWN, "The answer can't be read.", error.what
        except Exception as error:
            kind = type(error).__name__
            return ChangeState.UNKNOWN, "The answer could not be handled.", f"Failed with {kind}."
        return ChangeState.ACCEPTED, "Numerai accepted it.", answer.text

    def _request(self, change: Change, model: Model) -> Callable[[], Answer]:
        sender = self._sender
        if change.kind in {ChangeKind.INCREASE, ChangeKind.DECREASE}:
            if change.nmr is None or change.nmr <= NMR(0):
                raise ChangeError(f"Change {change.id} has no amount.")
            nmr = change.nmr
            write = sender.increase if change.kind is ChangeKind.INCREASE else sender.decrease
            return lambda: write(model, nmr)
        requests: dict[ChangeKind, Callable[[], Answer]] = {
            ChangeKind.DRAIN: lambda: sender.drain(model),
            ChangeKind.CANCEL_RELEASE: lambda: sender.cancel_release(model),
            ChangeKind.TAKE_PROFIT_ON: lambda: sender.set_take_profit(model, True),
            ChangeKind.TAKE_PROFIT_OFF: lambda: sender.set_take_profit(model, False),
        }
        return requests[change.kind]

    def _conclude(self, change: Change, sent: ChangeEvent, after: AccountSnapshot) -> Change:
        if sent.before is None:
            raise ChangeError(f"Change {change.id} has no record of the account before it.")
        verdict = judge(change.kind, change.nmr, sent.before, after)
        settling = self._clock.now() - sent.at < SETTLING
        if verdict.finding is Finding.ARRIVED:
            state, reason = ChangeState.ACCEPTED, f"It arrived. {verdict.evidence}"
        elif verdict.finding is Finding.MISSING and not settling:
            state, reason = ChangeState.REFUSED, f"It did not arrive. {verdict.evidence}"
        else:
            state = ChangeState.UNKNOWN
            wait = " It may still be on its way; check again in a minute." if settling else ""
            reason = f"Not settled yet. {verdict.evidence}{wait}"
            if self._store.events(change.id)[-1].reason == reason:
                return change
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.UNKNOWN,
            reason=reason,
            attempt=sent.attempt,
            before=sent.before,
            after=after,
        )


def recover(store: Store) -> tuple[Change, ...]:
    """Call with the lock held: what is ``sending`` then lost its process, so it is unknown."""
    return tuple(
        store.move(
            change.id,
            ChangeState.UNKNOWN,
            expect=ChangeState.SENDING,
            reason="The program ended before the answer was recorded.",
        )
        for change in store.changes(states={ChangeState.SENDING})
    )


def settle(
    store: Store, clock: Clock, previous: Mapping[str, ContinuousStake]
) -> tuple[Change, ...]:
    """After a sync: move accepted changes to where the account now shows them.

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


def _model(store: Store, change: Change) -> Model:
    for model in store.models(archived=True):
        if model.id == change.model_id:
            return model
    raise ChangeError(
        f"{change.model_name} is no longer in the ledger.", "Sync, then look at the queue again."
    )


def _sent_event(store: Store, change: Change) -> ChangeEvent:
    sent = [event for event in store.events(change.id) if event.state is ChangeState.SENDING]
    if not sent:
        raise ChangeError(f"Change {change.id} has no record of being sent.")
    return sent[-1]


def _summary(change: Change) -> str:
    amount = f" {change.nmr} NMR" if change.nmr is not None else ""
    return f"{change.kind.value}{amount} on {change.model_name} ({change.tournament.label})"
