"""A stake change on its way from a draft to a settled fact.

::

    draft -> queued -> waiting -> sending -> accepted -> settled
                                   |  \\-> refused
                                   \\-> unknown -> accepted | refused | waiting
    accepted -> cancelled | unknown
    queued, waiting -> draft
    any state before sending -> cancelled

What proves each step:

=====================  ==========================================================================
draft -> queued        The user's yes. What it rests on is kept with it (:class:`Basis`).
queued -> waiting      A condition, a limit, a request pending at Numerai or a fact nobody tells
                       stands against it; nothing has left this machine.
waiting -> queued      It got another place in the queue.
queued, waiting        It was edited, or what it was confirmed for is not so any more: it needs
-> draft               another yes.
-> sending             All it needs is known, and as it was when it was confirmed. On disk, with
                       the account as it was, before the request leaves.
sending -> accepted    Numerai's answer says that it took this change: the kind, amount and drain
                       it names are those that were asked for.
sending -> refused     The request never left this machine, or Numerai refused the document itself,
                       of which nothing ran.
sending -> unknown     Anything else: no answer, one that proves nothing or contradicts what was
                       asked, one that was limited by its rate, an error of Numerai's own or below
                       the change, the process died; and a no in known words, as long as the
                       account has not borne it out.
unknown -> accepted    The account shows it and it is ours: asked for while ours was on its way, by
                       Numerai's time, its id or because it was seen so soon; or the user judged so.
unknown -> refused     The account, read after the time in which a lost request may still arrive,
                       shows no trace of it, or somebody else's instead; or the user judged so. Of
                       what can be withdrawn on the website only a reading soon after that proves
                       it, and none of what was seen, accepted or said to have run.
unknown -> unknown     The account could not tell; the evidence is kept.
unknown -> waiting     As *refused*, and the answer was that requests come too fast: sent again,
                       :data:`TRIES` times in all. The ledger's own triggers allow nothing else.
accepted -> settled    The account has shown it, and a sync that told all of it shows the effect.
                       Until it is shown it is looked for, and nothing else is sent for its model.
accepted -> cancelled  A request is gone and the stake is as if it had never been: withdrawn.
accepted -> unknown    A request is gone and the stake fits neither, or nobody knows its date; or
                       the account does not show it for longer than readings lag behind.
=====================  ==========================================================================

``unknown`` is never sent again by itself but for that one case, in which it is known not to have
arrived. How long a lost request may still arrive is told by :mod:`ledger.rules.queue.on_the_way`,
whose request it is by :mod:`ledger.rules.queue.reconcile`.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from ledger.clock import Uptime
from ledger.dataclass import dataclass
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.strategy import Channel, ModelSetting


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


RELEASES = frozenset({ChangeKind.DECREASE, ChangeKind.DRAIN})
"""The kinds that give NMR back. Requests pending at Numerai have kinds of the same words."""

REQUESTS = frozenset({ChangeKind.INCREASE}) | RELEASES
"""The kinds that ask Numerai to move a stake by an amount."""

TAKE_PROFIT = frozenset({ChangeKind.TAKE_PROFIT_ON, ChangeKind.TAKE_PROFIT_OFF})
"""The kinds that say what becomes of a continuous stake's payouts."""


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
        {ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN, ChangeState.WAITING}
    ),
    ChangeState.ACCEPTED: frozenset(
        {ChangeState.SETTLED, ChangeState.CANCELLED, ChangeState.UNKNOWN}
    ),
    ChangeState.SETTLED: frozenset(),
    ChangeState.REFUSED: frozenset(),
    ChangeState.CANCELLED: frozenset(),
}
"""Every step a change may take. Only one way leads back to ``sending``: from ``unknown`` over
``waiting``, open to what was limited by its rate and has not arrived (:class:`Cause`)."""

TRIES = 3
"""How often a change may be sent in all when Numerai limits the rate of requests."""


class Observation(StrEnum):
    """What Numerai's answer, or the account after it, showed of a change.

    ``no``: a refusal, which the account has to bear out. ``ran``: it was carried out.
    ``unseen``, ``seen``: whether the account shows what Numerai accepted.
    """

    NO = "no"
    RAN = "ran"
    UNSEEN = "unseen"
    SEEN = "seen"


class Cause(StrEnum):
    """What the ledger's fences have to know of an event, beside its state.

    ``rate-limited``: the answer to this very sending was that requests come too fast, so whether
    it was applied is not known. ``not-arrived``: the account proves that it was not.
    """

    RATE_LIMITED = "rate-limited"
    NOT_ARRIVED = "not-arrived"


OPEN = frozenset(state for state in ChangeState if state.open)
"""Something may still happen to it."""

DONE = frozenset({ChangeState.ACCEPTED, ChangeState.SETTLED})
"""Numerai has taken it."""

UNDER_WAY = frozenset({ChangeState.SENDING, ChangeState.ACCEPTED, ChangeState.UNKNOWN})
"""It may have left this machine, and a sync may tell what became of it."""

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
    """What has to hold before a queued change is sent; ``None`` asks for nothing.

    ``not_before`` is a time (UTC), ``not_before_round`` a round that has to be open,
    ``after_change`` the id of a change that has to be accepted first. ``when_release_gone``: no
    release is pending on the model any more. ``when_free``: the wallet holds that much NMR.
    """

    not_before: datetime | None = None
    not_before_round: int | None = None
    after_change: int | None = None
    when_release_gone: bool = False
    when_free: NMR | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One stake change, by its ``id``. ``nmr`` is ``None`` for kinds without an amount.

    ``model_id`` and ``model_name`` are the model's, or a strategy's where funds move; ``system`` is
    how its ``tournament`` is staked. ``kind`` is what is to be done, ``state`` how far it is,
    ``conditions`` what it waits for, ``reason`` why it was made. ``created`` and ``updated`` are
    UTC. ``position`` orders the queue, the lowest goes first. ``retry_of`` is the refused change
    that this one asks for again. ``setting`` is the whole setting a change of :data:`SETTINGS`
    writes, ``base`` what it was believed to be before; ``nmr`` is then ``None``. ``channel`` is the
    way it takes.
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
    """What the account looked like at ``taken``, as far as a change on one model can alter it.

    ``available`` is what the wallet has free, ``held`` what left it for increases, and
    ``held_for_others`` what of that other models' increases take. ``settled`` is the model's stake,
    ``take_profit`` how that is set. ``pending_kind``, ``pending_amount``, ``pending_due`` and
    ``pending_id`` are of the model's pending request; ``pending_known`` is false when it was not
    told whether there is one. ``scheduled`` counts the account's scheduled transactions for this
    model. ``pending_made`` is when the pending request was asked for and ``server`` when this was
    read, both by Numerai's clock. ``None`` is what Numerai did not tell.
    """

    taken: datetime
    available: NMR | None
    held: NMR | None
    settled: NMR | None
    take_profit: bool | None
    pending_kind: str | None
    pending_amount: NMR | None
    pending_due: datetime | None
    pending_id: str | None
    scheduled: int | None
    pending_known: bool = True
    pending_made: datetime | None = None
    held_for_others: NMR | None = None
    server: datetime | None = None

    @property
    def at(self) -> datetime:
        """When it was read: by Numerai's clock, or by ours where that is not known."""
        return self.server or self.taken


@dataclass(frozen=True, slots=True)
class Basis:
    """What the ledger held of a model when a change on it was confirmed, and when it was sent.

    ``event`` is the place of that moment in the ledger's history of changes, ``as_of`` the sync it
    rests on, ``None`` before the first one. ``model_name`` and ``tournament`` are ``None`` for what
    is no model in the ledger. ``settled`` and ``take_profit`` are ``None``, and ``pending_known``
    false, where Numerai did not tell; ``pending_kind``, ``pending_amount``, ``pending_due`` and
    ``pending_id`` are of the pending request, if there is one. ``newest_round`` is the newest round
    the ledger knew of for this model, ``open_rounds`` those that had not paid yet.
    """

    event: int
    as_of: datetime | None
    model_name: str | None
    tournament: Tournament | None
    settled: NMR | None
    take_profit: bool | None
    pending_known: bool
    pending_kind: str | None
    pending_amount: NMR | None
    pending_due: datetime | None
    pending_id: str | None
    newest_round: int | None
    open_rounds: frozenset[int]


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """One line of a change's append-only history.

    Change ``change_id`` came into ``state`` at ``at`` (UTC), for ``reason``. ``attempt`` is the
    unique id of the send it belongs to; ``request`` is a summary without credentials, ``answer``
    Numerai's words, and ``request_id`` the id of the request that the answer named. ``before`` and
    ``after`` are the account as it was read around the sending. ``observed`` is what an answer or
    the account showed, ``cause`` what the ledger's fences go by. ``patience`` is how long the
    exchange of a sending may last, ``uptime`` the machine's at that moment.
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
    cause: Cause | None = None
    observed: Observation | None = None
    request_id: str | None = None
    patience: timedelta | None = None
    uptime: Uptime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Stamp:
    """That change ``change_id`` came into ``state`` at ``at`` (UTC).

    ``event`` is its place in the ledger's history.
    """

    event: int
    change_id: int
    state: ChangeState
    at: datetime
