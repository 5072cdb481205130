"""Sends changes: on disk first, once, then reconciled.

Before its turn a change is compared with what it was confirmed on; one that is another by now is a
draft again. It is committed as ``sending``, with the account as it was and a unique attempt id,
before its request leaves, and keeps Numerai's distance from the write before. What can't be told
from the answer, and every no that could come after the effect, becomes ``unknown``;
:mod:`ledger.queue.reconciling` compares the account with that snapshot. One process at a time
executes, held by a lock beside the ledger that the system frees with its owner.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ledger.clock import Clock
from ledger.config.settings import AtomicSettings
from ledger.domain.model import Model, System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONFIRMED,
    AccountSnapshot,
    Cause,
    Change,
    ChangeKind,
    ChangeState,
    Observation,
)
from ledger.domain.queue.run import Outcome
from ledger.errors import (
    BadAnswer,
    ChangeError,
    LedgerError,
    NumeraiError,
    Ran,
    RateLimited,
    Refused,
    TournamentMoved,
    Unreachable,
)
from ledger.numerai.client import Answer
from ledger.queue.assumptions import Assumptions, Objection
from ledger.queue.checks import Checks, hold, not_atomic
from ledger.queue.pacing import Pace, Pause
from ledger.queue.reconciling import SETTLING, Reconciler, model_of
from ledger.queue.strategy_executor import Broadcaster, StrategyExecutor
from ledger.rules.queue.acceptance import doubt
from ledger.rules.queue.conditions import untold
from ledger.rules.queue.limits import Limits
from ledger.rules.queue.on_the_way import EXCHANGE, lag
from ledger.store import Store

if TYPE_CHECKING:
    from ledger.config.settings import NumeraiSettings

__all__ = ["SETTLING", "Executor", "Sender", "recover"]


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

    ``atomic`` may put a tournament on a system, whatever was detected.
    ``distances`` are those that writes keep, ``pause`` sleeps for so many seconds. ``turn`` is
    how long an action waits while another process is executing.
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
        atomic: AtomicSettings | None = None,
        distances: NumeraiSettings | None = None,
        pause: Pause = time.sleep,
        turn: timedelta = timedelta(0),
    ) -> None:
        self._store = store
        self._sender = sender
        self._clock = clock
        self._atomic = atomic or AtomicSettings()
        self._checks = Checks(store, clock, limits or Limits())
        self._strategies = StrategyExecutor(
            store, clock, self._checks, broadcaster, patience=patience
        )
        self._assumptions = Assumptions(store)
        self._reconciler = Reconciler(store, sender, clock)
        self._pace = Pace(store, clock, distances, pause)
        self._turn = turn
        self._exchange = _longest_exchange(distances)

    def send(self, change_id: int) -> Change:
        """Send a confirmed change, once.

        Returns:
            The change as ``accepted``, ``refused`` or ``unknown``; as ``waiting`` when it is
            not due, a limit of the config stands against it, or a fact it rests on is not
            known; as ``draft`` when what it was confirmed on is not so any more.

        Raises:
            ChangeError: it is not confirmed, or its model has a change that may or may not have
                arrived.
            LedgerBusy: another process is executing still.
            NumeraiError: the account could not be read; nothing was sent, it stays queued.
        """
        with self._store.executing(self._turn):
            recover(self._store)
            change = self._store.change(change_id)
            self._check(change)
            return self.attempt(change).change

    def attempt(self, change: Change) -> Outcome:
        """With the lock held: send a confirmed change if nothing keeps it from leaving.

        Raises:
            ChangeError: it is gone, was edited, is of a kind that is not sent from here, or is
                about a strategy of a tournament that the config says is continuous.
            NumeraiError: as :meth:`send`.
        """
        if change.system is System.ATOMIC:
            if self._atomic.system(change.tournament) is System.CONTINUOUS:
                raise not_atomic(change)
            return self._strategies.attempt(change)
        stopped = self._moved(change) or self._stopped(change)
        if stopped is not None:
            return stopped
        model = model_of(self._store, change)
        self._pace.keep(change.kind)
        before = self._sender.snapshot(model)
        stopped = self._stopped_by(change, before)
        if stopped is not None:
            return stopped
        attempt = uuid.uuid4().hex
        self._store.move(
            change.id,
            ChangeState.SENDING,
            expect=change.state,
            reason="Sent to Numerai.",
            attempt=attempt,
            request=_summary(change),
            before=before,
            last_read=change,
            patience=self._exchange,
        )
        return self._deliver(change, model, attempt)

    def reconcile(self, change_id: int) -> Change:
        """Find out what became of a change whose answer was lost, proved nothing or was a no, or
        whether the account shows what Numerai accepted.

        Returns:
            The change as ``accepted`` or ``refused``, or still ``unknown`` with new evidence
            in its history when the account does not tell.

        Raises:
            ChangeError: what became of it is not in doubt.
            LedgerBusy: another process is executing still.
            NumeraiError: the account could not be read.
        """
        with self._store.executing(self._turn):
            recover(self._store)
            return self.look_into(self._store.change(change_id))

    def look_into(self, change: Change) -> Change:
        """With the lock held: :meth:`reconcile`."""
        if change.system is System.ATOMIC and change.state is ChangeState.UNKNOWN:
            return self._strategies.look_into(change)
        if change.state is ChangeState.ACCEPTED and change.id in self._store.unseen():
            return self._reconciler.confirm(change)
        return self._reconciler.look_into(change)

    def judge(self, change_id: int, *, arrived: bool) -> Change:
        """Take the user's word for what became of a change whose answer was lost.

        The account is looked at once more, if it can be, and kept with the judgement.

        Raises:
            ChangeError: what became of it is known, or the account clearly says otherwise.
            LedgerBusy: another process is executing still.
        """
        with self._store.executing(self._turn):
            recover(self._store)
            change = self._store.change(change_id)
            if change.system is System.ATOMIC and change.state is ChangeState.UNKNOWN:
                return self._strategies.judge(change, arrived=arrived)
            return self._reconciler.judge(change, arrived=arrived)

    def offer_again(self, change_id: int) -> Change:
        """Hand a signed transaction to the chain once more; see
        :meth:`ledger.queue.strategy_executor.StrategyExecutor.offer_again`.

        Raises:
            ChangeError: what became of it is known, or it is no transaction.
            LedgerBusy: another process is executing still.
            NumeraiError: the chain could not be asked.
        """
        with self._store.executing(self._turn):
            recover(self._store)
            return self._strategies.offer_again(self._store.change(change_id))

    def _moved(self, change: Change) -> Outcome | None:
        """A change whose tournament is on another system by now is a draft again."""
        system = self._atomic.decide(change.tournament, self._store.systems())
        if system is not System.ATOMIC:
            return None
        return self._give_back(
            change,
            f"{change.tournament.label} has moved to atomic staking: cancel this one and set a "
            "stake per round instead.",
        )

    def _stopped(self, change: Change) -> Outcome | None:
        """What keeps a change here as far as this machine knows."""
        why = self._checks.why_wait(change)
        if why is not None:
            return hold(self._store, change, why)
        return self._objected(change, self._assumptions.about_model(change)) or self._unprepared(
            change, self._checks.missing_fact(change)
        )

    def _stopped_by(self, change: Change, account: AccountSnapshot) -> Outcome | None:
        """What keeps a change here now that its account is known, as far as it is."""
        stopped = self._unprepared(change, untold(change, account))
        if stopped is not None:
            return stopped
        why = self._checks.why_wait_in(change, account)
        if why is not None:
            return hold(self._store, change, why)
        return self._objected(change, self._assumptions.about_stake(change, account))

    def _unprepared(self, change: Change, why: str | None) -> Outcome | None:
        if why is None:
            return None
        return hold(self._store, change, why, unprepared=True)

    def _objected(self, change: Change, objection: Objection | None) -> Outcome | None:
        if objection is None:
            return None
        if objection.broken:
            return self._give_back(change, objection.why)
        return self._unprepared(change, objection.why)

    def _give_back(self, change: Change, why: str) -> Outcome:
        """It is a draft again, with its number, conditions and history: it needs another yes."""
        draft = self._store.move(
            change.id, ChangeState.DRAFT, expect=change.state, reason=why, last_read=change
        )
        return Outcome(draft, returned=why)

    def _check(self, change: Change) -> None:
        if change.state not in CONFIRMED:
            raise ChangeError(
                f"Change {change.id} is {change.state.value}.", "Only confirmed changes are sent."
            )
        for other in self._store.changes(states={ChangeState.UNKNOWN}):
            if other.model_id == change.model_id:
                raise ChangeError(
                    f"What became of change {other.id} on {said(other.model_name)} is not known.",
                    "Reconcile it first; until then nothing else is sent for this model.",
                )

    def _deliver(self, change: Change, model: Model, attempt: str) -> Outcome:
        result = self._call(change, model)
        moved = self._store.move(
            change.id,
            result.state,
            expect=ChangeState.SENDING,
            reason=result.reason,
            attempt=attempt,
            answer=result.words,
            cause=Cause.RATE_LIMITED if isinstance(result.error, RateLimited) else None,
            observed=result.observed,
            request_id=result.request_id,
        )
        if result.answered and moved.state is not ChangeState.REFUSED:
            moved = self._shown_by_account(moved)
        if isinstance(result.error, TournamentMoved):
            self._store.strategies.mark_moved(change.tournament, result.error.message)
        return Outcome(moved, error=result.error)

    def _shown_by_account(self, change: Change) -> Change:
        """What Numerai answered is on disk: the account may prove it, or show it later."""
        try:
            return self.look_into(change)
        except NumeraiError:
            return change

    def _call(self, change: Change, model: Model) -> _Result:
        """What an answer proves, why, and Numerai's words."""
        try:
            answer = self._request(change, model)()
        except LedgerError as error:
            return _proved(error, self._checked_after())
        except Exception as error:
            words = f"Failed with {type(error).__name__}."
            why = "The answer could not be handled."
            return _Result(ChangeState.UNKNOWN, why, words, BadAnswer(words))
        why_not = doubt(
            change,
            kind=answer.kind,
            amount=answer.amount,
            status=answer.status,
            drain=answer.drain,
            bare=answer.bare,
        )
        return _Result(
            ChangeState.ACCEPTED if why_not is None else ChangeState.UNKNOWN,
            why_not or "Numerai accepted it.",
            answer.text,
            request_id=answer.request_id,
        )

    def _checked_after(self) -> int:
        """Seconds after which the account has to bear out a no."""
        return round((self._exchange + lag(self._store.longest_lag())).total_seconds())

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


@dataclass(frozen=True, slots=True)
class _Result:
    """What an answer, or the lack of one, proves of a change."""

    state: ChangeState
    reason: str
    words: str
    error: LedgerError | None = None
    observed: Observation | None = None
    request_id: str | None = None

    @property
    def answered(self) -> bool:
        """Whether Numerai said something about this change that the account can bear out."""
        return self.error is None or self.observed is not None


def _proved(error: LedgerError, checked_after: int) -> _Result:
    """What becomes of a change whose sending ended with ``error``."""
    if isinstance(error, Unreachable) and not error.sent:
        return _Result(ChangeState.REFUSED, "It never left this machine.", error.what, error)
    if isinstance(error, Refused):
        if error.never_ran:
            return _Result(ChangeState.REFUSED, "Numerai refused it.", error.message, error)
        why = (
            f"Numerai says no: {error.message}; checked against the account after "
            f"{checked_after} seconds."
        )
        return _Result(ChangeState.UNKNOWN, why, error.message, error, Observation.NO)
    if isinstance(error, Ran):
        why = "Numerai carried it out, and does not say what came of it."
        return _Result(ChangeState.UNKNOWN, why, error.what, error, Observation.RAN)
    whys = {
        RateLimited: "Numerai asks for fewer requests.",
        Unreachable: "No answer arrived.",
        BadAnswer: "The answer can't be read.",
    }
    reasons = (why for kind, why in whys.items() if isinstance(error, kind))
    why = next(reasons, "The answer could not be handled.")
    return _Result(ChangeState.UNKNOWN, why, error.what, error)


def _longest_exchange(settings: NumeraiSettings | None) -> timedelta:
    """How long an exchange may last: its deadline, as :mod:`ledger.numerai.transport` sets it."""
    if settings is None:
        return EXCHANGE
    return timedelta(seconds=settings.connect_timeout + 2 * settings.read_timeout)


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


def _summary(change: Change) -> str:
    amount = f" {change.nmr} NMR" if change.nmr is not None else ""
    return f"{change.kind.value}{amount} on {said(change.model_name)} ({change.tournament.label})"
