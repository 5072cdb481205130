"""Is a confirmed change due, and if not, what does it wait for?

What it waits for is said in words that stay the same for as long as it waits for the same
thing: the history of a change tells what happened, not how often somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ledger.domain.names import said
from ledger.domain.queue.change import (
    DONE,
    RELEASES,
    REQUESTS,
    TAKE_PROFIT,
    AccountSnapshot,
    Change,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.rules.rounds import calendar

_FAILED = frozenset({ChangeState.REFUSED, ChangeState.CANCELLED})
"""The states in which a change that another waits for never will be."""


def wait(
    conditions: Conditions,
    *,
    now: datetime,
    opens: Mapping[int, datetime],
    changes: Mapping[int, Change],
) -> str | None:
    """What a change waits for as far as this machine knows; ``None`` when that is nothing.

    ``opens``: opening times by round number, as Numerai said them; the calendar fills in the
    others. ``changes``: every change of the queue by id.
    """
    if conditions.not_before is not None and now < conditions.not_before:
        return f"Waits until {_stamp(conditions.not_before)}."
    number = conditions.not_before_round
    if number is not None and now < (opening := _opening(number, opens)):
        return f"Waits for round {number}, which opens {_stamp(opening)}."
    if conditions.after_change is not None:
        return _wait_for_change(conditions.after_change, changes)
    return None


def untold(change: Change, account: AccountSnapshot) -> str | None:
    """What Numerai does not tell of an account although ``change`` rests on it, in a sentence;
    ``None`` when it tells all that is needed.

    An increase needs the wallet, whatever asks for or gives up stake the stake and what is
    pending, cancelling what is pending, take profit take profit; conditions what they name.
    """
    kind, conditions = change.kind, change.conditions
    rests_on_pending = kind in REQUESTS or kind is ChangeKind.CANCEL_RELEASE
    spends = kind is ChangeKind.INCREASE or conditions.when_free is not None
    lacking = [
        name
        for name, needed, reported in (
            ("what is in the Numerai wallet", spends, account.available is not None),
            ("what is staked", kind in REQUESTS, account.settled is not None),
            (
                "whether a request is pending",
                rests_on_pending or conditions.when_release_gone,
                account.pending_known,
            ),
            ("how take profit is set", kind in TAKE_PROFIT, account.take_profit is not None),
        )
        if needed and not reported
    ]
    return f"Waits until Numerai tells {' and '.join(lacking)}." if lacking else None


def wait_in_account(conditions: Conditions, account: AccountSnapshot) -> str | None:
    """What a change waits for in its account as it is now; ``None`` when that is nothing."""
    if conditions.when_release_gone and account.pending_kind in RELEASES:
        due = f", due {_stamp(account.pending_due)}" if account.pending_due else ""
        return f"Waits until the pending release is gone{due}."
    free, needed = account.available, conditions.when_free
    if needed is not None and (free is None or free < needed):
        return f"Waits until {needed} NMR is free in the Numerai wallet."
    return None


def wait_for_request(kind: ChangeKind, account: AccountSnapshot) -> str | None:
    """What a change of ``kind`` waits for because Numerai takes one request per model at a time.

    Cancelling a release is about the pending request itself, and take profit is none.
    """
    if kind not in REQUESTS or account.pending_kind is None:
        return None
    due = f", due {_stamp(account.pending_due)}" if account.pending_due else ""
    return f"Waits until the {account.pending_kind} pending at Numerai is done{due}."


def stand_in(change_id: int, changes: Mapping[int, Change]) -> Change | None:
    """The change itself, or, where it was refused and asked for again, its newest retry."""
    change = changes.get(change_id)
    retries = [entry for entry in changes.values() if entry.retry_of == change_id]
    if change is None or change.state is not ChangeState.REFUSED or not retries:
        return change
    return stand_in(max(retries, key=lambda entry: entry.id).id, changes)


def _wait_for_change(change_id: int, changes: Mapping[int, Change]) -> str | None:
    other = stand_in(change_id, changes)
    if other is None:
        return f"Waits for change {change_id}, which does not exist: edit or cancel this one."
    if other.state in DONE:
        return None
    if other.state in _FAILED:
        return f"Waits for change {other.id}, which was {other.state}: edit or cancel this one."
    return f"Waits for change {other.id} on {said(other.model_name)} to be accepted."


def _opening(number: int, opens: Mapping[int, datetime]) -> datetime:
    own_time = opens.get(number)
    if own_time is not None:
        return own_time
    return calendar.opens_about(number)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
