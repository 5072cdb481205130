"""Sends changes: on disk first, once, then reconciled.

A change is committed as ``sending``, with the account as it was and a unique attempt id, before
its request leaves. What can't be told from the answer becomes ``unknown`` and is never sent
again by itself; :meth:`Executor.reconcile` compares the account with that snapshot. One process
at a time executes, held by a lock beside the ledger that the system frees with its owner.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from ledger.clock import Clock
from ledger.domain.change import (
    CONFIRMED,
    AccountSnapshot,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
)
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.run import Outcome
from ledger.errors import (
    BadAnswer,
    ChangeError,
    LedgerError,
    NumeraiError,
    Refused,
    TournamentMoved,
    Unreachable,
)
from ledger.gate import Gate, not_atomic
from ledger.numerai.client import Answer
from ledger.rules.limits import Limits
from ledger.rules.reconcile import Finding, Verdict, judge
from ledger.store import Store
from ledger.strategy_executor import Broadcaster, StrategyExecutor

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
    """Sends changes of one ledger through one client, one at a time.

    ``forced`` is the system the config puts a tournament on, ``None`` where it is detected.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        clock: Clock,
        limits: Limits | None = None,
        *,
        broadcaster: Broadcaster | None = None,
        patience: timedelta = timedelta(0),
        forced: Callable[[Tournament], System | None] = lambda _: None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._forced = forced
        self._gate = Gate(store, clock, limits or Limits())
        self._strategies = StrategyExecutor(
            store, clock, self._gate, broadcaster, patience=patience
        )

    def send(self, change_id: int) -> Change:
        """Send a confirmed change, once.

        Returns:
            The change as ``accepted``, ``refused`` or ``unknown``; as ``waiting`` when it is
            not due or a limit of the config stands against it.

        Raises:
            ChangeError: it is not confirmed, or its model has a change whose fate is unknown.
            LedgerBusy: another process is executing.
            TournamentMoved: the tournament is atomic by now; it stays queued.
            NumeraiError: the account could not be read; nothing was sent, it stays queued.
        """
        with self._store.executing():
            recover(self._store)
            change = self._store.change(change_id)
            self._check(change)
            return self.attempt(change).change

    def attempt(self, change: Change) -> Outcome:
        """With the lock held: send a confirmed change if nothing keeps it from leaving.

        Raises:
            ChangeError: it is gone, was edited, is of a kind that is not sent from here, or is
                about a strategy of a tournament that the config says is continuous.
            TournamentMoved, NumeraiError: as :meth:`send`.
        """
        if change.system is System.ATOMIC:
            if self._forced(change.tournament) is System.CONTINUOUS:
                raise not_atomic(change)
            return self._strategies.attempt(change)
        model = self._sendable(change)
        why = self._gate.shut(change)
        if why is not None:
            return Outcome(self._hold(change, why), held=why)
        before = self._sender.snapshot(model)
        why = self._gate.shut_by(change, before)
        if why is not None:
            return Outcome(self._hold(change, why), held=why)
        attempt = uuid.uuid4().hex
        self._store.move(
            change.id,
            ChangeState.SENDING,
            expect=change.state,
            reason="Sent to Numerai.",
            attempt=attempt,
            request=_summary(change),
            before=before,
            seen=change,
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
            return self.look_into(self._store.change(change_id))

    def look_into(self, change: Change) -> Change:
        """With the lock held: :meth:`reconcile`."""
        sent = self._lost(change)
        if change.system is System.ATOMIC:
            return self._strategies.look_into(change)
        after = self._sender.snapshot(_model(self._store, change))
        return self._conclude(change, sent, after)

    def judge(self, change_id: int, *, arrived: bool) -> Change:
        """Take the user's word for what became of a change whose answer was lost.

        The account is looked at once more, if it can be, and kept with the judgement.

        Raises:
            ChangeError: its fate is not unknown, or the account clearly says otherwise.
            LedgerBusy: another process is executing.
        """
        with self._store.executing():
            recover(self._store)
            change = self._store.change(change_id)
            sent = self._lost(change)
            if change.system is System.ATOMIC:
                return self._strategies.judge(change, arrived=arrived)
            after, verdict = self._evidence(change, sent)
            said = Finding.ARRIVED if arrived else Finding.MISSING
            if verdict.finding not in {said, Finding.UNCLEAR}:
                raise ChangeError(
                    f"The account says otherwise about change {change.id}: {verdict.evidence}",
                    "Reconcile it instead; what the account shows then counts.",
                )
            return self._store.move(
                change.id,
                ChangeState.ACCEPTED if arrived else ChangeState.REFUSED,
                expect=ChangeState.UNKNOWN,
                reason=f"You judged that it {'arrived' if arrived else 'did not arrive'}. "
                f"{verdict.evidence}",
                attempt=sent.attempt,
                before=sent.before,
                after=after,
            )

    def offer_again(self, change_id: int) -> Change:
        """Hand a signed transaction to the chain once more; see
        :meth:`ledger.strategy_executor.StrategyExecutor.offer_again`.

        Raises:
            ChangeError: its fate is not unknown, or it is no transaction.
            LedgerBusy: another process is executing.
            NumeraiError: the chain could not be asked.
        """
        with self._store.executing():
            recover(self._store)
            return self._strategies.offer_again(self._store.change(change_id))

    def _lost(self, change: Change) -> ChangeEvent:
        if change.state is not ChangeState.UNKNOWN:
            raise ChangeError(f"Change {change.id} is {change.state.value}, not unknown.")
        return _sent_event(self._store, change)

    def _evidence(
        self, change: Change, sent: ChangeEvent
    ) -> tuple[AccountSnapshot | None, Verdict]:
        """The account now, and what it says; unclear while a request may still arrive."""
        try:
            after = self._sender.snapshot(_model(self._store, change))
        except NumeraiError as error:
            return None, Verdict(Finding.UNCLEAR, f"The account could not be read: {error.what}")
        if sent.before is None:
            return after, Verdict(Finding.UNCLEAR, "There is no record of the account before it.")
        verdict = judge(change.kind, change.nmr, sent.before, after)
        if verdict.finding is Finding.MISSING and self._settling(sent):
            return after, Verdict(Finding.UNCLEAR, verdict.evidence)
        return after, verdict

    def _settling(self, sent: ChangeEvent) -> bool:
        return self._clock.now() - sent.at < SETTLING

    def _sendable(self, change: Change) -> Model:
        """The change's model, if changes like this one are sent from here at all."""
        label = change.tournament.label
        system = self._forced(change.tournament) or self._store.systems().get(change.tournament)
        if system is System.ATOMIC:
            what = f"{label} has moved to atomic staking; nothing was sent."
            raise TournamentMoved(
                what, what, "Cancel what is queued for it; set stakes on Numerai's V3 Stakes page."
            )
        return _model(self._store, change)

    def _hold(self, change: Change, why: str) -> Change:
        """Keep a change from leaving; told once for as long as it waits for the same thing."""
        if change.state is ChangeState.WAITING:
            last = self._store.events(change.id)[-1]
            if last.reason == why:
                return change
        return self._store.move(
            change.id, ChangeState.WAITING, expect=change.state, reason=why, seen=change
        )

    def _check(self, change: Change) -> None:
        if change.state not in CONFIRMED:
            raise ChangeError(
                f"Change {change.id} is {change.state.value}.", "Only confirmed changes are sent."
            )
        for other in self._store.changes(states={ChangeState.UNKNOWN}):
            if other.model_id == change.model_id:
                raise ChangeError(
                    f"What became of change {other.id} on {other.model_name} is not known.",
                    "Reconcile it first; until then nothing else is sent for this model.",
                )

    def _deliver(self, change: Change, model: Model, attempt: str) -> Outcome:
        state, reason, words, error = self._call(change, model)
        moved = self._store.move(
            change.id,
            state,
            expect=ChangeState.SENDING,
            reason=reason,
            attempt=attempt,
            answer=words,
        )
        if state is ChangeState.ACCEPTED:
            self._note_account(moved, model)
        if isinstance(error, TournamentMoved):
            self._store.strategies.mark_moved(change.tournament, error.message)
        return Outcome(moved, error=error)

    def _note_account(self, change: Change, model: Model) -> None:
        """Keep the account as the change left it. Its answer is on disk before this is asked."""
        try:
            after = self._sender.snapshot(model)
        except NumeraiError:
            return
        self._store.note(change, reason="The account afterwards.", after=after)

    def _call(
        self, change: Change, model: Model
    ) -> tuple[ChangeState, str, str, LedgerError | None]:
        refused, unknown = ChangeState.REFUSED, ChangeState.UNKNOWN
        try:
            answer = self._request(change, model)()
        except Refused as error:
            return refused, "Numerai refused it.", error.message, error
        except Unreachable as error:
            if not error.sent:
                return refused, "It never left this machine.", error.what, error
            return unknown, "No answer arrived.", error.what, error
        except BadAnswer as error:
            return unknown, "The answer can't be read.", error.what, error
        except Exception as error:
            kind = type(error).__name__
            return unknown, "The answer could not be handled.", f"Failed with {kind}.", None
        return ChangeState.ACCEPTED, "Numerai accepted it.", answer.text, None

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
        settling = self._settling(sent)
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
