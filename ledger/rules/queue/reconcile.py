"""Did a change whose answer proves nothing arrive? Judged by the account before and after.

Only what the change itself alters counts as evidence; the wallet also moves with payouts and
with other models, so it never decides. What was told of one side and not of the other is no
evidence that nothing moved. What looks like the change may be somebody else's, asked for on the
website: it is ours if it came while ours was on its way, by Numerai's own times or because it was
seen that early, or if it has the id that the answer named. Where none of this can be told,
nothing is concluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import REQUESTS, TAKE_PROFIT, AccountSnapshot, ChangeKind
from ledger.rules.queue.basis import Payouts

SLOP = timedelta(seconds=5)
"""How far Numerai's time of a request may be from the time that came with its answers."""

SLACK = timedelta(seconds=30)
"""How long after its answer a request may be carried out, and be seen, and still be taken for
ours: nobody finds out so fast that an answer was lost, and asks for the same on the website."""


class Finding(StrEnum):
    """What the comparison says."""

    ARRIVED = "arrived"
    MISSING = "missing"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding with the evidence in words. ``told`` is false where facts were missing."""

    finding: Finding
    evidence: str
    told: bool = True


@dataclass(frozen=True, slots=True)
class Sending:
    """When a request was on its way, by Numerai's clock, and what is known beside the account.

    ``lost`` is when its answer came or failed, ``None`` where its sender died; ``last`` until
    when it may have arrived. ``request_id`` is the id that the answer named, ``payouts`` what
    rounds paid since it was sent.
    """

    sent: datetime
    lost: datetime | None
    last: datetime
    request_id: str | None = None
    payouts: Payouts = Payouts()  # noqa: RUF009 - frozen

    @property
    def soon(self) -> datetime:
        """Until when what comes is ours."""
        return max(self.sent, self.lost or self.sent) + SLACK

    def is_ours(self, moment: datetime) -> bool | None:
        """Whether what happened at ``moment`` was this request; ``None`` where it may be."""
        if moment < self.sent - SLOP or moment > self.last + SLOP:
            return False
        return True if moment <= self.soon else None


def judge(
    kind: ChangeKind,
    nmr: NMR | None,
    before: AccountSnapshot,
    after: AccountSnapshot,
    sending: Sending,
) -> Verdict:
    """Compare the account around a change of ``kind`` over ``nmr``."""
    if kind in TAKE_PROFIT:
        return _judge_take_profit(kind is ChangeKind.TAKE_PROFIT_ON, before, after, sending)
    if kind is ChangeKind.CANCEL_RELEASE:
        return _judge_cancel(before, after, sending)
    if kind in REQUESTS:
        return _judge_request(kind, nmr, before, after, sending)
    return Verdict(Finding.UNCLEAR, f"There is no way to tell for “{kind}”.")


_NOT_TOLD = Verdict(
    Finding.UNCLEAR, "Numerai does not tell what is staked and what is pending.", told=False
)


def is_same_request(snapshot: AccountSnapshot, other: AccountSnapshot) -> bool:
    """Whether the same request, or none, is pending in both, as far as they tell."""
    if snapshot.pending_kind is None or other.pending_kind is None:
        return snapshot.pending_kind is other.pending_kind
    if snapshot.pending_id is not None and other.pending_id is not None:
        return snapshot.pending_id == other.pending_id
    if None not in {snapshot.pending_made, other.pending_made} and (
        snapshot.pending_made != other.pending_made
    ):
        return False
    return (snapshot.pending_kind, snapshot.pending_amount, snapshot.pending_due) == (
        other.pending_kind,
        other.pending_amount,
        other.pending_due,
    )


def _judge_take_profit(
    on: bool, before: AccountSnapshot, after: AccountSnapshot, sending: Sending
) -> Verdict:
    if after.take_profit is None:
        return Verdict(Finding.UNCLEAR, "Numerai does not say how take profit is set.", told=False)
    now = "on" if after.take_profit else "off"
    if after.take_profit is not on:
        return Verdict(Finding.MISSING, f"Take profit is {now}.")
    if before.take_profit is on or after.at <= sending.soon:
        return Verdict(Finding.ARRIVED, f"Take profit is {now}.")
    return Verdict(
        Finding.UNCLEAR,
        f"Take profit is {now}; it may have been set on the website: nobody tells since when.",
    )


def _judge_cancel(before: AccountSnapshot, after: AccountSnapshot, sending: Sending) -> Verdict:
    if not (before.pending_known and after.pending_known):
        return _NOT_TOLD
    if before.pending_kind is None:
        return Verdict(Finding.MISSING, "Nothing was pending that it could have cancelled.")
    if is_same_request(before, after):
        return Verdict(Finding.MISSING, "The release is still pending.")
    return _judge_gone(before, after, sending)


def _judge_gone(before: AccountSnapshot, after: AccountSnapshot, sending: Sending) -> Verdict:
    """A release that was to be cancelled is gone: cancelled, or paid."""
    if after.settled is None or before.settled is None:
        return _NOT_TOLD
    over = before.pending_due is not None and after.at >= before.pending_due
    kept = sending.payouts.explain(after.settled - before.settled)
    if after.pending_kind is not None or not kept or over:
        return Verdict(Finding.UNCLEAR, "The release is gone, but it may have been paid instead.")
    if after.at <= sending.soon:
        return Verdict(Finding.ARRIVED, "The release is no longer pending and was not paid.")
    return Verdict(
        Finding.UNCLEAR,
        "The release is no longer pending and was not paid; it may have been cancelled on the "
        "website: nobody tells when.",
    )


def _judge_request(
    kind: ChangeKind,
    nmr: NMR | None,
    before: AccountSnapshot,
    after: AccountSnapshot,
    sending: Sending,
) -> Verdict:
    if not (before.pending_known and after.pending_known):
        return _NOT_TOLD
    if after.pending_kind is None or is_same_request(before, after):
        return _judge_stake(kind, nmr, before, after, sending)
    asked = after.pending_kind == kind.value and (
        kind is ChangeKind.DRAIN or after.pending_amount == nmr
    )
    what = f"A new {after.pending_kind} of {after.pending_amount} NMR is pending"
    ours = _whose(after, sending)
    if ours is False:
        return _judge_others(kind, before, after, sending, what)
    if not asked:
        return Verdict(Finding.UNCLEAR, f"{what} instead.")
    if ours:
        return Verdict(Finding.ARRIVED, f"{what}.")
    return Verdict(
        Finding.UNCLEAR,
        f"{what}{_asked_at(after)}; it may have been asked for on the website: "
        f"ours was sent at {_stamp(sending.sent)}.",
    )


def _whose(after: AccountSnapshot, sending: Sending) -> bool | None:
    """Whether the pending request is ours; ``None`` where nobody can tell. An answer that named
    another id may be wrong in that as well."""
    named = None not in {sending.request_id, after.pending_id}
    if named and sending.request_id == after.pending_id:
        return True
    made = after.pending_made
    if made is not None and made <= after.at + SLOP:
        return sending.is_ours(made)
    return True if after.at <= sending.soon and not named else None


def _judge_others(
    kind: ChangeKind,
    before: AccountSnapshot,
    after: AccountSnapshot,
    sending: Sending,
    what: str,
) -> Verdict:
    """Somebody else's request is pending, and a model has one at a time. An increase can't be
    withdrawn, so it would be in the stake; a release may have been, unless that one was there
    first."""
    words = f"{what}{_asked_at(after)}, which is not this one, sent at {_stamp(sending.sent)}."
    made = after.pending_made
    was_first = made is not None and made < sending.sent - SLOP
    if not was_first and kind is not ChangeKind.INCREASE:
        return Verdict(Finding.UNCLEAR, f"{words} This one may have been withdrawn before.")
    if before.settled is None or after.settled is None:
        return _NOT_TOLD
    if sending.payouts.explain(after.settled - before.settled):
        return Verdict(Finding.MISSING, f"{words} The stake is as before.")
    return Verdict(Finding.UNCLEAR, f"{words} The stake moved.")


def _judge_stake(
    kind: ChangeKind,
    nmr: NMR | None,
    before: AccountSnapshot,
    after: AccountSnapshot,
    sending: Sending,
) -> Verdict:
    """No new request is pending: what the stake tells."""
    if before.settled is None or after.settled is None:
        return _NOT_TOLD
    moved = after.settled - before.settled
    due = _effect(kind, nmr, before.settled)
    kept, done = sending.payouts.explain(moved), sending.payouts.explain(moved - due)
    if kept and done:
        kept, done = moved == ZERO, moved == due
    if done and due != ZERO:
        return _done(kind, due, after, sending)
    if kept and kind is ChangeKind.INCREASE and _untold(before, after):
        return Verdict(
            Finding.UNCLEAR, "Numerai does not tell what is held for increases.", told=False
        )
    if kept and is_same_request(before, after) and _books_the_same(kind, before, after):
        return Verdict(Finding.MISSING, "No request is pending, stake and held NMR are as before.")
    return Verdict(Finding.UNCLEAR, "The stake moved, but not by what this change would have done.")


def _effect(kind: ChangeKind, nmr: NMR | None, staked: NMR) -> NMR:
    """What a request moves a stake by, once it is paid."""
    if kind is ChangeKind.DRAIN:
        return -staked
    return nmr or ZERO if kind is ChangeKind.INCREASE else -min(nmr or ZERO, staked)


def _done(kind: ChangeKind, due: NMR, after: AccountSnapshot, sending: Sending) -> Verdict:
    grew = "grew" if kind is ChangeKind.INCREASE else "fell"
    words = f"The stake {grew} by exactly {abs(due)} NMR"
    if after.at <= sending.soon:
        return Verdict(Finding.ARRIVED, f"{words}.")
    return Verdict(
        Finding.UNCLEAR,
        f"{words}; it may have been asked for on the website: nobody tells when.",
    )


def _untold(before: AccountSnapshot, after: AccountSnapshot) -> bool:
    return (before.held is not None and after.held is None) or (
        before.scheduled is not None and after.scheduled is None
    )


def _books_the_same(kind: ChangeKind, before: AccountSnapshot, after: AccountSnapshot) -> bool:
    """Whether nothing is scheduled, or held for an increase, that was not."""
    if before.scheduled is not None and after.scheduled not in {None, before.scheduled}:
        return False
    return kind is not ChangeKind.INCREASE or _holds_the_same(before, after)


def _holds_the_same(before: AccountSnapshot, after: AccountSnapshot) -> bool:
    """Whether what is held for increases is as it was, other models' left out."""
    if before.held is None or after.held is None:
        return before.held is None
    if after.held_for_others is not None and before.pending_kind is None:
        return after.held == after.held_for_others
    return before.held == after.held


def _asked_at(after: AccountSnapshot) -> str:
    if after.pending_made is None:
        return ", nobody tells since when"
    return f", asked for at {_stamp(after.pending_made)}"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
