"""What became of changes of continuous staking whose answer was lost, or proved nothing.

The account as it is now is compared with the account as it was before the request left. What
arrived is accepted. What left no trace once a lost request can no longer be on its way is
refused, or, where the answer was that requests come too fast, waits to be sent again: up to
:data:`ledger.domain.change.TRIES` times in all, then it is refused with that evidence and the
user may ask for it once more. What was accepted before never counts as not arrived.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from ledger.clock import Clock
from ledger.domain.change import (
    TRIES,
    AccountSnapshot,
    Cause,
    Change,
    ChangeEvent,
    ChangeState,
)
from ledger.domain.model import Model
from ledger.errors import ChangeError, NumeraiError
from ledger.rules.reconcile import Finding, Verdict, judge
from ledger.store import Store

SETTLING = timedelta(seconds=60)
"""How long after a lost answer a request may still be on its way: before that, "not there" is no
evidence that it did not arrive."""


class Reader(Protocol):
    """What reads the account around a model."""

    def snapshot(self, model: Model) -> AccountSnapshot: ...


class Reconciler:
    """Finds out about changes of one ledger, with the queue's lock held by the caller."""

    def __init__(self, store: Store, reader: Reader, clock: Clock) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock

    def look_into(self, change: Change) -> Change:
        """Compare the account with what it was; see :meth:`ledger.executor.Executor.reconcile`.

        Raises:
            ChangeError: its fate is not unknown, or its model is gone from the ledger.
            NumeraiError: the account could not be read.
        """
        sent = lost_sending(self._store, change)
        after = self._reader.snapshot(model_of(self._store, change))
        if sent.before is None:
            raise ChangeError(f"Change {change.id} has no record of the account before it.")
        return self._conclude(change, sent, sent.before, after)

    def judge(self, change: Change, *, arrived: bool) -> Change:
        """Take the user's word; see :meth:`ledger.executor.Executor.judge`.

        Raises:
            ChangeError: its fate is not unknown, or the account clearly says otherwise.
        """
        sent = lost_sending(self._store, change)
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

    def _evidence(
        self, change: Change, sent: ChangeEvent
    ) -> tuple[AccountSnapshot | None, Verdict]:
        """The account now, and what it says; unclear while a request may still arrive."""
        try:
            after = self._reader.snapshot(model_of(self._store, change))
        except NumeraiError as error:
            return None, Verdict(Finding.UNCLEAR, f"The account could not be read: {error.what}")
        if sent.before is None:
            return after, Verdict(Finding.UNCLEAR, "There is no record of the account before it.")
        return after, self._verdict(change, sent, sent.before, after)

    def _verdict(
        self, change: Change, sent: ChangeEvent, before: AccountSnapshot, after: AccountSnapshot
    ) -> Verdict:
        verdict = judge(change.kind, change.nmr, before, after)
        if verdict.finding is not Finding.MISSING:
            return verdict
        if was_accepted(self._store, change):
            return Verdict(
                Finding.UNCLEAR, f"Numerai had accepted it. {verdict.evidence} It may be withdrawn."
            )
        if self._settling(sent):
            return Verdict(Finding.UNCLEAR, verdict.evidence)
        return verdict

    def _settling(self, sent: ChangeEvent) -> bool:
        return self._clock.now() - sent.at < SETTLING

    def _conclude(
        self, change: Change, sent: ChangeEvent, before: AccountSnapshot, after: AccountSnapshot
    ) -> Change:
        verdict = self._verdict(change, sent, before, after)
        cause: Cause | None = None
        if verdict.finding is Finding.ARRIVED:
            state, reason = ChangeState.ACCEPTED, f"It arrived. {verdict.evidence}"
        elif verdict.finding is Finding.MISSING:
            state, reason, cause = self._missing(change, sent, verdict.evidence)
        else:
            state, reason = ChangeState.UNKNOWN, f"Not settled yet. {verdict.evidence}"
            if self._settling(sent):
                reason += " It may still be on its way; check again in a minute."
            if self._store.events(change.id)[-1].reason == reason:
                return change
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.UNKNOWN,
            reason=reason,
            attempt=sent.attempt,
            before=before,
            after=after,
            cause=cause,
        )

    def _missing(
        self, change: Change, sent: ChangeEvent, evidence: str
    ) -> tuple[ChangeState, str, Cause | None]:
        """What did not arrive is refused; what was only too fast goes out again."""
        events = self._store.events(change.id)
        limited = any(
            event.cause is Cause.RATE_LIMITED and event.attempt == sent.attempt for event in events
        )
        if not limited:
            return ChangeState.REFUSED, f"It did not arrive. {evidence}", None
        tries = sum(event.state is ChangeState.SENDING for event in events)
        said = f"Numerai asked for fewer requests and did not take it. {evidence}"
        if tries >= TRIES:
            return ChangeState.REFUSED, f"{said} It was sent {tries} times.", None
        return ChangeState.WAITING, f"{said} It will be sent again.", Cause.NOT_ARRIVED


def lost_sending(store: Store, change: Change) -> ChangeEvent:
    """The last sending of a change whose fate is unknown.

    Raises:
        ChangeError: its fate is known, or nobody kept that it was sent.
    """
    if change.state is not ChangeState.UNKNOWN:
        raise ChangeError(f"Change {change.id} is {change.state.value}, not unknown.")
    sent = [event for event in store.events(change.id) if event.state is ChangeState.SENDING]
    if not sent:
        raise ChangeError(f"Change {change.id} has no record of being sent.")
    return sent[-1]


def was_accepted(store: Store, change: Change) -> bool:
    """Whether Numerai was once known to have accepted a change."""
    return any(event.state is ChangeState.ACCEPTED for event in store.events(change.id))


def model_of(store: Store, change: Change) -> Model:
    """The change's model.

    Raises:
        ChangeError: the ledger does not have it.
    """
    for model in store.models(archived=True):
        if model.id == change.model_id:
            return model
    raise ChangeError(
        f"{change.model_name} is no longer in the ledger.", "Sync, then look at the queue again."
    )
