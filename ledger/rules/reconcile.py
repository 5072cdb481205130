"""Did a change whose answer was lost arrive? Judged by the account before and after.

Only what the change itself alters counts as evidence; the wallet also moves with payouts and
with other models, so it never decides alone. What was told of one side and not of the other is
no evidence that nothing moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.change import AccountSnapshot, ChangeKind
from ledger.domain.nmr import NMR

_REQUEST_KINDS = {
    ChangeKind.INCREASE: "increase",
    ChangeKind.DECREASE: "decrease",
    ChangeKind.DRAIN: "drain",
}


class Finding(StrEnum):
    """What the comparison says."""

    ARRIVED = "arrived"
    MISSING = "missing"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding with the evidence in words."""

    finding: Finding
    evidence: str


def judge(
    kind: ChangeKind, nmr: NMR | None, before: AccountSnapshot, after: AccountSnapshot
) -> Verdict:
    """Compare the account around a change of ``kind`` over ``nmr``."""
    if kind in {ChangeKind.TAKE_PROFIT_ON, ChangeKind.TAKE_PROFIT_OFF}:
        return _judge_take_profit(kind is ChangeKind.TAKE_PROFIT_ON, after)
    if kind is ChangeKind.CANCEL_RELEASE:
        return _judge_cancel(before, after)
    if kind in _REQUEST_KINDS:
        return _judge_request(kind, nmr, before, after)
    return Verdict(Finding.UNCLEAR, f"There is no way to tell for “{kind}”.")


def _request(snapshot: AccountSnapshot) -> tuple[object, ...] | None:
    if snapshot.pending_kind is None:
        return None
    if snapshot.pending_id is not None:
        return (snapshot.pending_id,)
    return (snapshot.pending_kind, snapshot.pending_amount, snapshot.pending_due)


def _judge_take_profit(wanted: bool, after: AccountSnapshot) -> Verdict:
    if after.take_profit is None:
        return Verdict(Finding.UNCLEAR, "Numerai does not say how take profit is set.")
    now = "on" if after.take_profit else "off"
    finding = Finding.ARRIVED if after.take_profit is wanted else Finding.MISSING
    return Verdict(finding, f"Take profit is {now}.")


_NOT_TOLD = Verdict(Finding.UNCLEAR, "Numerai does not tell what is staked and what is pending.")


def _judge_cancel(before: AccountSnapshot, after: AccountSnapshot) -> Verdict:
    if not (before.pending_known and after.pending_known):
        return _NOT_TOLD
    if _request(before) is None:
        return Verdict(Finding.MISSING, "Nothing was pending that it could have cancelled.")
    if _request(after) == _request(before):
        return Verdict(Finding.MISSING, "The release is still pending.")
    paid = before.pending_due is not None and after.taken >= before.pending_due
    as_before = before.settled is not None and after.settled == before.settled
    if _request(after) is None and as_before and not paid:
        return Verdict(Finding.ARRIVED, "The release is no longer pending and was not paid.")
    return Verdict(Finding.UNCLEAR, "The release is gone, but it may have been paid instead.")


def _judge_request(
    kind: ChangeKind, nmr: NMR | None, before: AccountSnapshot, after: AccountSnapshot
) -> Verdict:
    if not (before.pending_known and after.pending_known):
        return _NOT_TOLD
    fresh = _request(after) is not None and _request(after) != _request(before)
    amount = after.pending_amount
    if fresh:
        same_kind = after.pending_kind == _REQUEST_KINDS[kind]
        if same_kind and (kind is ChangeKind.DRAIN or amount == nmr):
            return Verdict(Finding.ARRIVED, f"A new {kind} of {amount} NMR is pending.")
        return Verdict(
            Finding.UNCLEAR, f"A new {after.pending_kind} of {amount} NMR is pending instead."
        )
    return _judge_stake(kind, nmr, before, after)


def _judge_stake(
    kind: ChangeKind, nmr: NMR | None, before: AccountSnapshot, after: AccountSnapshot
) -> Verdict:
    """No new request is pending: what the stake tells."""
    if before.settled is None or after.settled is None:
        return _NOT_TOLD
    if kind is ChangeKind.INCREASE and nmr and after.settled - before.settled == nmr:
        return Verdict(Finding.ARRIVED, f"The stake grew by exactly {nmr} NMR.")
    untouched = (
        _request(after) == _request(before)
        and after.settled == before.settled
        and before.scheduled in {None, after.scheduled}
        and (kind is not ChangeKind.INCREASE or before.held in {None, after.held})
    )
    if untouched:
        return Verdict(Finding.MISSING, "No request is pending, stake and held NMR are as before.")
    return Verdict(Finding.UNCLEAR, "The stake moved, but not by what this change would have done.")
