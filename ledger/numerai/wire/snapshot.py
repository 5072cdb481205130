"""The account around a change of one model, as far as it was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import AccountSnapshot
from ledger.domain.records.transaction import ScheduledTransaction
from ledger.domain.stakes.stake import PendingKind, PendingRequest
from ledger.numerai.answers import Reply
from ledger.numerai.wire.account import read_scheduled
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.models import read_pending, read_take_profit

_REQUEST = "pendingV2ChangeStakeRequest"


def read_snapshot(
    reply: Reply, model: Model, now: datetime, server: datetime | None = None
) -> AccountSnapshot:
    """The answer to ``documents.SNAPSHOT``, read at ``now``, or ``server`` by Numerai's clock.

    What it does not tell is ``None``; a plain null says that there is none.
    """
    problems = Problems()
    top = Fields.top(reply, model.name, problems, model.id)
    account, slot = top.child("account"), top.child("model")
    stake = slot.child("v2Stake") if slot else None
    staked = stake is not None or slot is None or not _is_none(slot, "v2Stake")
    settled = stake.nmr("latestValueSettled") if stake else None
    pending = read_pending(stake, settled) if stake else None
    rows = read_scheduled(account) if account else None
    own = None if rows is None else [row for row in rows if _is_of(row, model)]
    return AccountSnapshot(
        taken=now,
        available=account.nmr("availableNmr") if account else None,
        held=_held(account) if account else None,
        settled=settled if staked else ZERO,
        take_profit=read_take_profit(slot),
        pending_kind=pending.kind.value if pending else None,
        pending_amount=pending.amount if pending else None,
        pending_due=pending.due if pending else None,
        pending_id=pending.request_id if pending else None,
        scheduled=None if own is None else len(own),
        pending_known=_tells_pending(stake, pending) if staked else True,
        pending_made=_made(pending, own) if pending and own else None,
        held_for_others=None if rows is None else _increases(rows, model),
        server=server,
    )


def _is_none(fields: Fields, name: str) -> bool:
    """Whether Numerai says that there is no such thing."""
    return name not in fields and fields.why_missing(name) is None


def _tells_pending(stake: Fields | None, pending: PendingRequest | None) -> bool:
    return stake is not None and (pending is not None or _is_none(stake, _REQUEST))


def _held(account: Fields) -> NMR | None:
    """What is held for increases; a plain null says that nothing is."""
    name = "heldForScheduledStakeIncreases"
    return ZERO if _is_none(account, name) else account.nmr(name)


def _is_of(row: ScheduledTransaction, model: Model) -> bool:
    return row.model_name == model.name and row.tournament in {None, int(model.tournament)}


def _made(pending: PendingRequest, rows: Sequence[ScheduledTransaction]) -> datetime | None:
    """When the pending request was made, by the one row that is about it."""
    releases = pending.kind is not PendingKind.INCREASE
    about = [
        row
        for row in rows
        if row.type is None or (row.type.lower() == "increase") is not releases
        if pending.kind is PendingKind.DRAIN or abs(row.amount) == pending.amount
    ]
    return about[0].time if len(about) == 1 else None


def _increases(rows: Sequence[ScheduledTransaction], model: Model) -> NMR | None:
    """What other models' increases hold; ``None`` where a row does not tell what it does."""
    others = [row for row in rows if not _is_of(row, model)]
    if any(row.type is None for row in others):
        return None
    return NMR.total(row.amount for row in others if (row.type or "").lower() == "increase")
