"""A stake change on its way from a wish to a fact.

::

    draft -> queued -> waiting -> sending -> accepted -> settled
                                   |  \\-> refused (Numerai said no, and why)
                                   \\-> unknown -> accepted | refused, or left for the user
    any state before sending -> cancelled
    queued, waiting -> draft (what it wants was edited: it needs another yes)
    accepted -> cancelled (a release that was withdrawn at Numerai before it was paid)

``sending`` is on disk, with the account as it was, before the request leaves. ``unknown`` is
never sent again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.strategy import Channel, ModelSetting


class ChangeKind(StrEnum):
    """What a change does. The first row is continuous staking, the second atomic."""

    INCREASE = "increase"
    DECREASE = "decrease"
    DRAIN = "drain"
    CANCEL_RELEASE = "cancel-release"
    TAKE_PROFIT_ON = "take-profit-on"
    TAKE_PROFIT_OFF = "take-profit-off"

    SET_PER_ROUND = "set-per-round"
    SET_MODE = "set-mode"
    SET_ENABLED = "set-enabled"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"


class ChangeState(StrEnum):
    """Where a change is on its way."""

    DRAFT = "draft"
    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether something may still happen to it."""
        return self not in {ChangeState.SETTLED, ChangeState.REFUSED, ChangeState.CANCELLED}


TRANSITIONS: dict[ChangeState, frozenset[ChangeState]] = {
    ChangeState.DRAFT: frozenset({ChangeState.QUEUED, ChangeState.CANCELLED}),
    ChangeState.QUEUED: frozenset(
        {ChangeState.WAITING, ChangeState.SENDING, ChangeState.CANCELLED, ChangeState.DRAFT}
    ),
    ChangeState.WAITING: frozenset(
        {
            ChangeState.WAITING,
            ChangeState.QUEUED,
            ChangeState.SENDING,
            ChangeState.CANCELLED,
            ChangeState.DRAFT,
        }
    ),
    ChangeState.SENDING: frozenset(
        {ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN}
    ),
    ChangeState.UNKNOWN: frozenset(
        {ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN}
    ),
    ChangeState.ACCEPTED: frozenset({ChangeState.SETTLED, ChangeState.CANCELLED}),
    ChangeState.SETTLED: frozenset(),
    ChangeState.REFUSED: frozenset(),
    ChangeState.CANCELLED: frozenset(),
}
"""Every step a change may take. There is no way back into ``sending``: nothing is sent twice.

``unknown`` to ``unknown`` is a reconciliation that could not tell; it keeps its evidence.
``waiting`` to ``waiting`` is a change that now waits for something else; back to ``queued`` one
that got another place in the queue.
"""

UNSENT = frozenset({ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.WAITING})
"""Nothing has left this machine yet: it can be edited, reordered and cancelled."""

CONFIRMED = frozenset({ChangeState.QUEUED, ChangeState.WAITING})
"""The user said yes; it goes out when it is due."""

WITH_AMOUNT = frozenset(
    {ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DEPOSIT, ChangeKind.WITHDRAW}
)
"""The kinds that need an amount."""

CONTINUOUS = frozenset(
    {
        ChangeKind.INCREASE,
        ChangeKind.DECREASE,
        ChangeKind.DRAIN,
        ChangeKind.CANCEL_RELEASE,
        ChangeKind.TAKE_PROFIT_ON,
        ChangeKind.TAKE_PROFIT_OFF,
    }
)
"""The kinds of continuous staking."""

SETTINGS = frozenset({ChangeKind.SET_PER_ROUND, ChangeKind.SET_MODE, ChangeKind.SET_ENABLED})
"""The kinds that write a model's setting in an allocation strategy, always all of it."""

FUNDS = frozenset({ChangeKind.DEPOSIT, ChangeKind.WITHDRAW})
"""The kinds that move NMR between the owner's wallet and a strategy's idle balance."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to hold before a queued change is sent; ``None`` asks for nothing."""

    not_before: datetime | None = None
    not_before_round: int | None = None
    after_change: int | None = None
    when_release_gone: bool = False
    when_free: NMR | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One stake change. ``nmr`` is ``None`` for kinds without an amount.

    ``reason`` is why it was wanted. ``position`` orders the queue, the lowest goes first.
    ``retry_of`` is the refused change that this one asks for again. ``setting`` is the whole
    setting a change of :data:`SETTINGS` writes, ``base`` what it was believed to be before;
    ``nmr`` is then ``None``. ``channel`` is the way it takes.
    """

    id: int
    tournament: Tournament
    model_id: str
    model_name: str
    system: System
    kind: ChangeKind
    nmr: NMR | None
    state: ChangeState
    conditions: Conditions
    reason: str
    created: datetime
    updated: datetime
    position: int = 0
    retry_of: int | None = None
    channel: Channel = Channel.NUMERAI
    setting: ModelSetting | None = None
    base: ModelSetting | None = None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """What the account looked like at a moment, as far as a change on one model can alter it.

    ``latest_request`` is the id of the model's pending request, ``scheduled`` counts the
    account's scheduled transactions for this model.
    """

    taken: datetime
    available: NMR
    held: NMR
    settled: NMR
    take_profit: bool | None
    pending_kind: str | None
    pending_amount: NMR | None
    pending_due: datetime | None
    pending_id: str | None
    scheduled: int


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One line of a change's append-only history.

    ``attempt`` is the unique id of the send it belongs to; ``request`` is a summary without
    credentials, ``answer`` Numerai's words.
    """

    change_id: int
    at: datetime
    state: ChangeState
    reason: str
    attempt: str | None = None
    request: str | None = None
    answer: str | None = None
    before: AccountSnapshot | None = None
    after: AccountSnapshot | None = None
