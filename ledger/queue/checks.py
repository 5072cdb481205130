"""What may keep a confirmed change from leaving: its conditions, the user's limits, a fact that
nobody tells, and a change on the same model that may have arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ledger.clock import Clock
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import SETTINGS, AccountSnapshot, Change, ChangeEvent, ChangeState
from ledger.domain.queue.run import Outcome
from ledger.errors import ChangeError
from ledger.rules.queue import conditions, limits
from ledger.rules.queue.certainty import uncertain
from ledger.rules.queue.limits import Limits
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.store import Store

_TELLING = 3
"""How many of the newest rounds are asked how long their scoring takes."""

_MAY_HAVE_MOVED = frozenset(ChangeState) - {
    ChangeState.DRAFT,
    ChangeState.QUEUED,
    ChangeState.WAITING,
    ChangeState.REFUSED,
}


class Checks:
    """The checks before a change is sent, each with a reason to wait as its answer.

    They are made twice for each change: before Numerai is asked for the account, and with the
    account as it is then.
    """

    def __init__(self, store: Store, clock: Clock, allowed: Limits) -> None:
        self._store = store
        self._clock = clock
        self._limits = allowed

    def why_wait(self, change: Change) -> str | None:
        """What ``change`` waits for as far as this machine knows, ``None`` for nothing."""
        changes = {entry.id: entry for entry in self._store.changes()}
        lost = next(
            (
                entry
                for entry in changes.values()
                if entry.model_id == change.model_id and entry.state is ChangeState.UNKNOWN
            ),
            None,
        )
        if lost is not None:
            return f"Waits until it is known what became of change {lost.id} on this model."
        return (
            self._unseen(change)
            or self._never(change)
            or conditions.wait(
                change.conditions,
                now=self._clock.now(),
                opens=self._opens(change),
                changes=changes,
            )
        )

    def _unseen(self, change: Change) -> str | None:
        """What Numerai accepted for the same model, and the account does not show yet."""
        unseen = self._store.unseen()
        for other in self._store.changes(states={ChangeState.ACCEPTED}) if unseen else ():
            if other.id in unseen and other.model_id == change.model_id:
                return f"Waits until the account shows change {other.id} on this model."
        return None

    def missing_fact(self, change: Change) -> str | None:
        """The fact a change rests on that the last sync was not told, in a sentence."""
        return uncertain(
            change.kind,
            change.model_id,
            change.tournament,
            self._store.missing(),
            name=change.model_name,
        )

    def _never(self, change: Change) -> str | None:
        """The limit that forbids a change, by the name it was confirmed under or by the model's
        name and tournament now."""
        concurrent = self._concurrent(change)
        names = [change]
        for model in self._store.models(archived=True):
            if model.id == change.model_id:
                names.append(replace(change, model_name=model.name, tournament=model.tournament))
        reasons = (limits.never(each, ZERO, self._limits, concurrent) for each in names)
        return next((why for why in reasons if why is not None), None)

    def why_wait_in(self, change: Change, account: AccountSnapshot) -> str | None:
        """What ``change`` waits for in the account as it is now, ``None`` for nothing."""
        staked = account.settled or ZERO
        return (
            self.why_wait(change)  # once more: the answer may have corrected the clock
            or limits.never(change, staked, self._limits)
            or conditions.wait_in_account(change.conditions, account)
            or conditions.wait_for_request(change.kind, account)
            or limits.today(change, staked, self._spent(), self._limits)
        )

    def why_wait_for_funds(self, change: Change) -> str | None:
        """What a change of a strategy waits for, by the owner's wallet as it was last seen."""
        needed = change.conditions.when_free
        if needed is not None:
            reading = self._store.strategies.readings().get(change.tournament)
            if reading is None or reading.wallet is None or reading.wallet < needed:
                return f"Waits until {needed} NMR is in the owner's wallet."
        return limits.today(change, ZERO, self._spent(), self._limits, self._concurrent(change))

    def _concurrent(self, change: Change) -> int:
        """Rounds that run at a time in the change's tournament; 1 where that does not matter."""
        if change.kind not in SETTINGS:
            return 1
        rounds = self._store.rounds(change.tournament, newest=_TELLING)
        return RoundSchedule(rounds, change.tournament).concurrent

    def _opens(self, change: Change) -> dict[int, datetime]:
        number = change.conditions.not_before_round
        if number is None:
            return {}
        rounds = self._store.rounds(change.tournament, since=number)
        return {entry.number: entry.opens for entry in rounds}

    def _spent(self) -> NMR:
        """What today's changes moved, or may have moved."""
        if self._limits.per_day is None:
            return ZERO
        stamps = self._store.stamps()
        today = limits.of_today(stamps, self._clock.now())
        sent = {stamp.change_id: stamp for stamp in stamps if stamp.state is ChangeState.SENDING}
        return NMR.total(
            limits.moved(
                change,
                (event.before.settled if event.before else None) or ZERO,
                self._concurrent(change),
            )
            for change in self._store.changes(states=_MAY_HAVE_MOVED)
            if change.id in sent and sent[change.id].event in today
            for event in self._last_sending(change)
        )

    def _last_sending(self, change: Change) -> list[ChangeEvent]:
        """The last time a change was sent: what was sent before that did not arrive."""
        events = self._store.events(change.id)
        return [event for event in events if event.state is ChangeState.SENDING][-1:]


def hold(store: Store, change: Change, why: str, *, unprepared: bool = False) -> Outcome:
    """Keep a change from leaving; told once for as long as it waits for the same thing."""
    if change.state is not ChangeState.WAITING or store.events(change.id)[-1].reason != why:
        change = store.move(
            change.id, ChangeState.WAITING, expect=change.state, reason=why, last_read=change
        )
    return Outcome(change, held=why, unprepared=unprepared)


def not_atomic(change: Change) -> ChangeError:
    """The refusal of a strategy's change whose tournament the config says is continuous."""
    return ChangeError(
        f"{change.tournament.label} is on continuous staking; change {change.id} is about its "
        "strategy.",
        f"Cancel it, or set atomic.{change.tournament.name.lower()}_system in the config.",
    )
