"""How long may a request whose answer was lost still be on its way?

From the loss of its answer for as long as an exchange may last, and as long as readings of the
account lag behind. Counted by how long the machine has run: a clock that is set changes nothing.
Of a sender that died, or before the machine was started anew, nobody knows when the answer was
lost: then it counts from when that was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.clock import Uptime
from ledger.domain.queue.change import (
    AccountSnapshot,
    ChangeEvent,
    ChangeKind,
    ChangeState,
    Observation,
)
from ledger.rules.queue.basis import Payouts
from ledger.rules.queue.reconcile import Sending, is_same_request

EXCHANGE = timedelta(seconds=65)
"""How long an exchange may last where the attempt does not say so."""

LAG = timedelta(seconds=60)
"""How long readings of the account are taken to lag behind, at least."""

_LONGEST_LAG = timedelta(hours=1)
"""How long readings are taken to lag behind, at most."""

SETTLING = EXCHANGE + LAG
"""With the usual timeouts: how long after a lost answer a request may still be on its way."""

PROMPT = timedelta(minutes=5)
"""How long after that a reading without a trace proves that a request did not come which can be
withdrawn: nobody withdraws so soon what has not even been seen. Later it may have come, and have
been withdrawn on the website."""

_WITHDRAWABLE = frozenset(
    {
        ChangeKind.DECREASE,
        ChangeKind.DRAIN,
        ChangeKind.TAKE_PROFIT_ON,
        ChangeKind.TAKE_PROFIT_OFF,
    }
)
"""The kinds that the user can withdraw again on the website."""


def lag(longest_seen: timedelta) -> timedelta:
    """How long readings are taken to lag behind, by the longest time they were seen to."""
    return max(LAG, min(2 * longest_seen, _LONGEST_LAG))


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last sending of a change, with its events from there on, at some moment of now.

    ``lag`` is how long readings may lag behind.
    """

    events: Sequence[ChangeEvent]
    now: Uptime
    lag: timedelta

    @classmethod
    def last(cls, events: Sequence[ChangeEvent], now: Uptime, lag: timedelta) -> Attempt | None:
        """The last sending in a change's history; ``None`` when it was never sent."""
        sent = [i for i, event in enumerate(events) if event.state is ChangeState.SENDING]
        return cls(events[sent[-1] :], now, lag) if sent else None

    @property
    def sent(self) -> ChangeEvent:
        """The sending itself."""
        return self.events[0]

    @property
    def window(self) -> timedelta:
        """How long it may be on its way after its answer was lost."""
        return (self.sent.patience or EXCHANGE) + self.lag

    @property
    def elapsed(self) -> timedelta | None:
        """How long ago its answer came, failed, or was found to be lost; ``None`` where nobody
        has found that since the machine was started."""
        passed = (self.now.since(event.uptime) for event in self.events[1:])
        return next((since for since in passed if since is not None), None)

    @property
    def over(self) -> bool:
        """Whether it can't be on its way any more."""
        return self.elapsed is not None and self.elapsed >= self.window

    @property
    def observations(self) -> frozenset[Observation]:
        """What answer and account told of it so far."""
        return frozenset(event.observed for event in self.events if event.observed is not None)

    def on_its_way(self, before: AccountSnapshot, after: AccountSnapshot, paid: Payouts) -> Sending:
        """When it was on its way by the clock that ``after`` was read by."""
        sent = self._moment(self.sent, before, after)
        answered = self.events[1] if len(self.events) > 1 else None
        lost: datetime | None = None
        if answered is not None and answered.attempt == self.sent.attempt:
            lasted = answered.uptime.since(self.sent.uptime) if answered.uptime else None
            lost = sent + lasted if lasted is not None else None
        ago = self.elapsed if self.elapsed is not None else timedelta(0)
        named = (event.request_id for event in self.events if event.request_id is not None)
        return Sending(
            sent=sent,
            lost=lost,
            last=after.at - ago + self.window,
            request_id=next(named, None),
            payouts=paid,
        )

    def _moment(
        self, event: ChangeEvent, before: AccountSnapshot, after: AccountSnapshot
    ) -> datetime:
        if before.server is not None and after.server is not None:
            return before.server
        passed = self.now.since(event.uptime)
        return before.at if passed is None else after.at - passed

    def was_seen(self, kind: ChangeKind, before: AccountSnapshot) -> bool:
        """Whether a reading since then showed a request of this kind that was not there."""
        return any(
            event.after is not None
            and event.after.pending_kind == kind.value
            and not is_same_request(before, event.after)
            for event in self.events[1:]
        )

    def too_late(self, kind: ChangeKind, on_its_way: Sending, after: AccountSnapshot) -> bool:
        """Whether no trace by now may also mean that it was withdrawn on the website.

        That counts from the sending: it can have come long before its loss was found. Numerai's
        own no and an account without a trace agree at any time.
        """
        if kind not in _WITHDRAWABLE or Observation.NO in self.observations:
            return False
        answered = on_its_way.lost or on_its_way.sent
        return after.at > answered + self.window + PROMPT
