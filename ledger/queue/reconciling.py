"""What became of changes of continuous staking whose answer was lost, or proved nothing.

The account as it is now is compared with the account as it was before the request left. What
arrived is accepted. What left no trace once a lost request can no longer be on its way
(:mod:`ledger.rules.queue.on_the_way`) is refused, or, where the answer was that requests come too
fast, waits to be sent again: up to :data:`ledger.domain.queue.change.TRIES` times in all, then it
is refused with that evidence and the user may ask for it once more. What was accepted, or was seen,
never counts as not arrived. What Numerai accepted is looked for until the account shows it; where
the account contradicts, it is in doubt again.
"""

from __future__ import annotations

from typing import Protocol

from ledger.clock import Clock
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.queue.change import (
    TRIES,
    AccountSnapshot,
    Cause,
    Change,
    ChangeState,
    Observation,
)
from ledger.errors import ChangeError, NumeraiError
from ledger.rules.queue.basis import Payouts, payouts_since
from ledger.rules.queue.on_the_way import SETTLING, Attempt, lag
from ledger.rules.queue.reconcile import Finding, Verdict, judge
from ledger.store import Store

__all__ = ["SETTLING", "Reader", "Reconciler", "in_doubt", "model_of"]


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
        """Compare the account with what it was; see
        :meth:`ledger.queue.executor.Executor.reconcile`.

        Raises:
            ChangeError: what became of it is known, or its model is gone from the ledger.
            NumeraiError: the account could not be read.
        """
        _check_unknown(change)
        self._count_from_now(change, self._attempt(change))
        after = self._reader.snapshot(model_of(self._store, change))
        attempt = self._attempt(change)
        if attempt.sent.before is None:
            raise ChangeError(f"Change {change.id} has no record of the account before it.")
        return self._conclude(change, attempt, attempt.sent.before, after)

    def confirm(self, change: Change) -> Change:
        """Look whether the account shows what Numerai's answer accepted.

        Returns:
            The change, accepted still, with what was seen in its history; ``unknown`` once the
            account contradicts for longer than readings lag behind.

        Raises:
            ChangeError: its model is gone from the ledger.
            NumeraiError: the account could not be read; that is in its history too.
        """
        if change.id not in self._store.unseen():
            return change
        self._count_from_now(change, self._attempt(change))
        try:
            after = self._reader.snapshot(model_of(self._store, change))
        except NumeraiError as error:
            self._note(change, f"Not seen yet: the account could not be read. {error.what}")
            raise
        attempt = self._attempt(change)
        if attempt.sent.before is None:
            return change
        verdict = self._compare(change, attempt, attempt.sent.before, after)
        if verdict.finding is Finding.ARRIVED:
            self._store.note(
                change, reason="The account afterwards.", after=after, observed=Observation.SEEN
            )
            return change
        waited = attempt.elapsed is not None and attempt.elapsed >= attempt.lag
        if not waited or not verdict.told:
            self._note(change, f"Not seen yet. {verdict.evidence}", after if verdict.told else None)
            return change
        return self._store.move(
            change.id,
            ChangeState.UNKNOWN,
            expect=ChangeState.ACCEPTED,
            reason=f"Numerai accepted it, and the account does not show it. {verdict.evidence}",
            attempt=attempt.sent.attempt,
            before=attempt.sent.before,
            after=after,
        )

    def judge(self, change: Change, *, arrived: bool) -> Change:
        """Take the user's word; see :meth:`ledger.queue.executor.Executor.judge`.

        Raises:
            ChangeError: what became of it is known, or the account clearly says otherwise.
        """
        _check_unknown(change)
        attempt = self._attempt(change)
        after, verdict = self._evidence(change, attempt)
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
            attempt=attempt.sent.attempt,
            before=attempt.sent.before,
            after=after,
        )

    def _attempt(self, change: Change) -> Attempt:
        """The last sending of a change.

        Raises:
            ChangeError: nobody kept that it was sent.
        """
        attempt = Attempt.last(
            self._store.events(change.id), self._clock.uptime(), lag(self._store.longest_lag())
        )
        if attempt is None:
            raise ChangeError(f"Change {change.id} has no record of being sent.")
        return attempt

    def _count_from_now(self, change: Change, attempt: Attempt) -> None:
        """Keep that the loss was found, where nothing since the machine's start tells it."""
        if attempt.elapsed is None:
            observed = Observation.UNSEEN if change.state is ChangeState.ACCEPTED else None
            words = "Looked into for the first time since this machine was started."
            self._store.note(change, reason=words, observed=observed)

    def _note(self, change: Change, reason: str, after: AccountSnapshot | None = None) -> None:
        """Note that it was not seen; a reading tells how long readings lag behind, without one
        it is told once for as long as that is so for the same reason."""
        if after is not None or self._store.events(change.id)[-1].reason != reason:
            self._store.note(change, reason=reason, after=after, observed=Observation.UNSEEN)

    def _evidence(self, change: Change, attempt: Attempt) -> tuple[AccountSnapshot | None, Verdict]:
        """The account now, and what it says; unclear while a request may still arrive."""
        try:
            after = self._reader.snapshot(model_of(self._store, change))
        except NumeraiError as error:
            return None, Verdict(Finding.UNCLEAR, f"The account could not be read: {error.what}")
        if attempt.sent.before is None:
            return after, Verdict(Finding.UNCLEAR, "There is no record of the account before it.")
        return after, self._verdict(change, attempt, attempt.sent.before, after)

    def _compare(
        self, change: Change, attempt: Attempt, before: AccountSnapshot, after: AccountSnapshot
    ) -> Verdict:
        sending = attempt.on_its_way(before, after, self._payouts(change, after))
        return judge(change.kind, change.nmr, before, after, sending)

    def _verdict(
        self, change: Change, attempt: Attempt, before: AccountSnapshot, after: AccountSnapshot
    ) -> Verdict:
        """What the account says, with what is known beside it."""
        verdict = self._compare(change, attempt, before, after)
        if verdict.finding is not Finding.MISSING:
            return verdict
        why = self._no_proof(change, attempt, before, after)
        return verdict if why is None else Verdict(Finding.UNCLEAR, why.format(verdict.evidence))

    def _no_proof(
        self, change: Change, attempt: Attempt, before: AccountSnapshot, after: AccountSnapshot
    ) -> str | None:
        """Why an account without a trace does not prove that a change did not arrive; ``{}``
        stands for what the account shows."""
        if was_accepted(self._store, change):
            return "Numerai had accepted it. {} It may be withdrawn."
        if Observation.RAN in attempt.observations:
            return "Numerai's answer says that it was carried out. {} It may be withdrawn."
        if attempt.was_seen(change.kind, before):
            return "It was pending for a while. {} It may have been withdrawn on the website."
        if not attempt.over:
            return "{}"
        sending = attempt.on_its_way(before, after, Payouts())
        if attempt.too_late(change.kind, sending, after):
            return (
                "{} Nobody looked until long after it was sent: it may have come, and have been "
                "withdrawn on the website."
            )
        return None

    def _payouts(self, change: Change, now: AccountSnapshot) -> Payouts:
        """What rounds paid the model since the change was sent, as the last sync tells it."""
        basis = self._store.basis(change.id, sent=True)
        if basis is None:
            return Payouts()
        rows = self._store.performances(change.tournament, model_id=change.model_id, scores=False)
        return payouts_since(basis, rows, now.taken)

    def _conclude(
        self, change: Change, attempt: Attempt, before: AccountSnapshot, after: AccountSnapshot
    ) -> Change:
        verdict = self._verdict(change, attempt, before, after)
        cause: Cause | None = None
        if verdict.finding is Finding.ARRIVED:
            state, reason = ChangeState.ACCEPTED, f"It arrived. {verdict.evidence}"
        elif verdict.finding is Finding.MISSING:
            state, reason, cause = self._missing(change, attempt, verdict.evidence)
        else:
            state, reason = ChangeState.UNKNOWN, self._not_settled(attempt, verdict)
            if self._store.events(change.id)[-1].reason == reason:
                return change
        return self._store.move(
            change.id,
            state,
            expect=ChangeState.UNKNOWN,
            reason=reason,
            attempt=attempt.sent.attempt,
            before=before,
            after=after,
            cause=cause,
        )

    def _not_settled(self, attempt: Attempt, verdict: Verdict) -> str:
        if attempt.over:
            return f"Not settled yet. {verdict.evidence}"
        if Observation.NO in attempt.observations:
            answer = next(
                event.answer for event in attempt.events if event.observed is Observation.NO
            )
            return f"Numerai says no: {answer}. {verdict.evidence} {self._check_again(attempt)}"
        return (
            f"Not settled yet. {verdict.evidence} It may still be on its way; "
            "check again in a minute."
        )

    def _check_again(self, attempt: Attempt) -> str:
        return f"Checked against the account after {attempt.window.total_seconds():.0f} seconds."

    def _missing(
        self, change: Change, attempt: Attempt, evidence: str
    ) -> tuple[ChangeState, str, Cause | None]:
        """What did not arrive is refused; what was only too fast goes out again."""
        events = self._store.events(change.id)
        limited = any(event.cause is Cause.RATE_LIMITED for event in attempt.events)
        if Observation.NO in attempt.observations:
            return ChangeState.REFUSED, f"Numerai refused it. {evidence}", None
        if not limited:
            return ChangeState.REFUSED, f"It did not arrive. {evidence}", None
        tries = sum(event.state is ChangeState.SENDING for event in events)
        said = f"Numerai asked for fewer requests and did not take it. {evidence}"
        if tries >= TRIES:
            return ChangeState.REFUSED, f"{said} It was sent {tries} times.", None
        return ChangeState.WAITING, f"{said} It will be sent again.", Cause.NOT_ARRIVED


def in_doubt(store: Store) -> tuple[Change, ...]:
    """The changes that the account has to be looked at for, oldest first.

    They are those that may or may not have arrived, and those that Numerai accepted and the account
    has not shown.
    """
    states, unseen = {ChangeState.UNKNOWN, ChangeState.ACCEPTED}, store.unseen()
    return tuple(
        change
        for change in reversed(store.changes(states=states))
        if change.state is ChangeState.UNKNOWN or change.id in unseen
    )


def _check_unknown(change: Change) -> None:
    if change.state is not ChangeState.UNKNOWN:
        raise ChangeError(f"Change {change.id} is {change.state.value}, not unknown.")


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
        f"{said(change.model_name)} is no longer in the ledger.",
        "Sync, then look at the queue again.",
    )
