"""Did an accepted request have its effect? Told by the stake once the request is gone.

A request that is gone was paid, or was withdrawn; which of the two, the stake says, when what
rounds paid since and later requests of ours are taken into account. Where it says neither, nobody
may call the change done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import RELEASES, AccountSnapshot, Change, ChangeKind, ChangeState
from ledger.rules.queue.basis import Payouts, after, asked_for, with_own


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted change and the account around it.

    ``before`` is the account when it was sent, ``now`` what the last sync shows. ``due`` is the
    date of its request, ``None`` when nobody told one. ``own`` are later changes on the model,
    oldest first, ``payouts`` what rounds paid since it was sent. ``judged``: its end was in
    doubt before, and found to have come. ``request_id`` is the id of its request, where the
    account has told one.
    """

    change: Change
    before: AccountSnapshot
    now: AccountSnapshot
    due: datetime | None
    own: Sequence[Change] = ()
    payouts: Payouts = Payouts()  # noqa: RUF009 - frozen
    judged: bool = False
    request_id: str | None = None

    @property
    def pending(self) -> bool:
        """Whether its request is pending still, and no other one like it."""
        named = None not in {self.request_id, self.now.pending_id}
        same = not named or self.request_id == self.now.pending_id
        return same and asked_for(self.change, self.now)


def outcome(accepted: Accepted) -> tuple[ChangeState, str] | None:
    """Where an accepted request has come to, and why; ``None`` while it is pending."""
    now = accepted.now
    if accepted.pending or now.settled is None:
        return None
    if accepted.judged:
        return ChangeState.SETTLED, f"No longer pending: {now.settled} NMR is staked."
    if accepted.before.settled is None:
        return None
    return _by_stake(accepted, accepted.before.settled, now.settled)


def cancelled(accepted: Accepted) -> tuple[ChangeState, str] | None:
    """The same of the cancelling of a release."""
    now, before = accepted.now, accepted.before
    if now.pending_kind in RELEASES:
        return None
    if before.settled is None or now.settled is None:
        return None
    kept = with_own(frozenset({before.settled}), accepted.own, now)
    if accepted.judged or _explained(accepted.payouts, now.settled, kept):
        return ChangeState.SETTLED, "The release is no longer pending, and was not paid."
    return ChangeState.UNKNOWN, _in_doubt(accepted, "The release is gone, and may have been paid.")


def _by_stake(accepted: Accepted, before: NMR, now: NMR) -> tuple[ChangeState, str]:
    change, payouts = accepted.change, accepted.payouts
    kept = with_own(frozenset({before}), accepted.own, accepted.now)
    paid = with_own(after({before}, change.kind.value, change.nmr), accepted.own, accepted.now)
    to_paid, to_kept = _off(payouts, now, paid), _off(payouts, now, kept)
    drained = change.kind is ChangeKind.DRAIN and ZERO <= now <= max(paid) + payouts.swing
    if drained or (_explained(payouts, now, paid) and to_paid <= to_kept):
        return ChangeState.SETTLED, f"Done: {now} NMR is staked."
    due = accepted.due
    if due is None:
        return ChangeState.UNKNOWN, _in_doubt(accepted, "The request is gone; its date is unknown.")
    over = accepted.now.taken >= due
    if _explained(payouts, now, kept):
        when = "gone" if over else "gone before its date"
        return (
            ChangeState.CANCELLED,
            f"The request is {when} and the stake is as before it: withdrawn elsewhere.",
        )
    if over and to_paid < to_kept:
        return ChangeState.SETTLED, f"Done: {now} NMR is staked."
    return ChangeState.UNKNOWN, _in_doubt(accepted, "The request is gone.")


def _explained(payouts: Payouts, now: NMR, stakes: frozenset[NMR]) -> bool:
    return any(payouts.explain(now - stake) for stake in stakes)


def _off(payouts: Payouts, now: NMR, stakes: frozenset[NMR]) -> NMR:
    return min(payouts.off(now - stake) for stake in stakes)


def _in_doubt(accepted: Accepted, what: str) -> str:
    before, now = accepted.before, accepted.now
    return (
        f"{what} Before: {_figures(before)}. Now: {_figures(now)}. That is neither as after it was "
        "paid nor as if it had never been asked for."
    )


def _figures(account: AccountSnapshot) -> str:
    wallet = "unknown" if account.available is None else f"{account.available} NMR"
    return f"{account.settled} NMR staked, Numerai wallet {wallet}"
