"""The account around a change of one model."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.change import AccountSnapshot
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stake import PendingRequest
from ledger.errors import BadAnswer
from ledger.numerai.answers import Reply
from ledger.numerai.wire.account import read_scheduled
from ledger.numerai.wire.fields import Fields, Problems
from ledger.numerai.wire.models import read_pending, read_take_profit


def read_snapshot(reply: Reply, model: Model, now: datetime) -> AccountSnapshot:
    """The answer to ``documents.SNAPSHOT``.

    Raises:
        BadAnswer: wallet, settled stake, pending request or what is scheduled is not told.
    """
    problems = Problems()
    top = Fields.top(reply, model.name, problems, model.id)
    account, slot = top.child("account"), top.child("model")
    available = account.nmr("availableNmr", required=True) if account else None
    if account is None or slot is None or available is None:
        raise _not_told(f"how the account and {model.name} stand")
    settled = _settled(slot, model)
    pending = _pending(slot, settled, model)
    return AccountSnapshot(
        taken=now,
        available=available,
        held=_held(account),
        settled=settled,
        take_profit=read_take_profit(slot),
        pending_kind=str(pending.kind) if pending else None,
        pending_amount=pending.amount if pending else None,
        pending_due=pending.due if pending else None,
        pending_id=pending.request_id if pending else None,
        scheduled=_scheduled(account, model),
    )


def _settled(slot: Fields, model: Model) -> NMR:
    """The settled stake; nothing for a model of which Numerai says that it has no stake."""
    stake = slot.child("v2Stake")
    if stake is None:
        if "v2Stake" in slot or slot.why_missing("v2Stake"):
            raise _not_told(f"what is staked on {model.name}")
        return ZERO
    settled = stake.nmr("latestValueSettled")
    if settled is None:
        raise _not_told(f"what is staked on {model.name}")
    return settled


def _pending(slot: Fields, settled: NMR, model: Model) -> PendingRequest | None:
    stake = slot.child("v2Stake")
    if stake is None:
        return None
    pending = read_pending(stake, settled)
    request = "pendingV2ChangeStakeRequest"
    if pending is None and (request in stake or stake.why_missing(request)):
        raise _not_told(f"what is pending on {model.name}")
    return pending


def _held(account: Fields) -> NMR:
    """What is held for increases; a plain null says that nothing is."""
    name = "heldForScheduledStakeIncreases"
    held = account.nmr(name)
    if held is None and (name in account or account.why_missing(name)):
        raise _not_told("what is held for stake increases")
    return ZERO if held is None else held


def _scheduled(account: Fields, model: Model) -> int:
    rows = read_scheduled(account)
    if rows is None:
        raise _not_told("which stake changes are scheduled")
    return sum(
        row.model_name == model.name and row.tournament in {None, int(model.tournament)}
        for row in rows
    )


def _not_told(what: str) -> BadAnswer:
    return BadAnswer(f"Numerai did not tell {what}.", "Try again.")
