"""The append-only history of each change, with the account around its events."""

from __future__ import annotations

from sqlite3 import Connection

from ledger.domain.change import AccountSnapshot, Cause, ChangeEvent, ChangeState, Stamp
from ledger.errors import ChangeError
from ledger.store.rows import (
    Row,
    flag,
    insert,
    moment,
    moment_or_none,
    nmr_or_none,
    text,
    time_text,
    truth_or_none,
)

_EVENT = insert(
    "change_event",
    ("change_id", "at", "state", "reason", "attempt", "request", "answer", "cause"),
)
_SNAPSHOT = insert(
    "change_snapshot",
    (
        "event_id",
        "side",
        "taken",
        "available",
        "held",
        "settled",
        "take_profit",
        "pending_kind",
        "pending_amount",
        "pending_due",
        "pending_id",
        "scheduled",
        "pending_known",
    ),
)


def read_stamps(connection: Connection) -> tuple[Stamp, ...]:
    """When which change came into which state, in the order it happened."""
    rows = connection.execute("SELECT id, change_id, state, at FROM change_event ORDER BY id")
    return tuple(
        Stamp(event, change_id, ChangeState(state), moment(at))
        for event, change_id, state, at in rows
    )


def append_event(connection: Connection, event: ChangeEvent) -> int:
    """Add one line to a change's history; its place in the history of all changes."""
    event_id = connection.execute(
        _EVENT,
        (
            event.change_id,
            time_text(event.at),
            event.state.value,
            event.reason,
            event.attempt,
            event.request,
            event.answer,
            event.cause,
        ),
    ).lastrowid
    if event_id is None:
        raise ChangeError("The history could not be kept.", "Try again.")
    for side, snapshot in (("before", event.before), ("after", event.after)):
        if snapshot is not None:
            connection.execute(_SNAPSHOT, (event_id, side, *_snapshot_row(snapshot)))
    return event_id


def _snapshot_row(snapshot: AccountSnapshot) -> Row:
    return (
        time_text(snapshot.taken),
        text(snapshot.available),
        text(snapshot.held),
        text(snapshot.settled),
        flag(snapshot.take_profit),
        snapshot.pending_kind,
        text(snapshot.pending_amount),
        time_text(snapshot.pending_due),
        snapshot.pending_id,
        snapshot.scheduled,
        flag(snapshot.pending_known),
    )


def read_events(connection: Connection, change_id: int) -> tuple[ChangeEvent, ...]:
    """A change's history, oldest first; nothing for a change that does not exist."""
    snapshots = {
        (event_id, side): _snapshot(tuple(row))
        for event_id, side, *row in connection.execute(
            "SELECT event_id, side, taken, available, held, change_snapshot.settled, take_profit, "
            "pending_kind, pending_amount, pending_due, pending_id, scheduled, "
            "pending_known FROM change_snapshot JOIN change_event ON change_event.id = event_id "
            "WHERE change_id = ?",
            (change_id,),
        )
    }
    return tuple(
        ChangeEvent(
            change_id,
            moment(at),
            ChangeState(state),
            reason,
            attempt,
            request,
            answer,
            snapshots.get((event_id, "before")),
            snapshots.get((event_id, "after")),
            None if cause is None else Cause(cause),
        )
        for event_id, at, state, reason, attempt, request, answer, cause in connection.execute(
            "SELECT id, at, state, reason, attempt, request, answer, cause FROM change_event "
            "WHERE change_id = ? ORDER BY id",
            (change_id,),
        )
    )


def _snapshot(row: Row) -> AccountSnapshot:
    taken, available, held, settled, take_profit, *rest = row
    kind, amount, due, request_id, scheduled, pending_known = rest
    return AccountSnapshot(
        taken=moment(taken),
        available=nmr_or_none(available),
        held=nmr_or_none(held),
        settled=nmr_or_none(settled),
        take_profit=truth_or_none(take_profit),
        pending_kind=kind,
        pending_amount=nmr_or_none(amount),
        pending_due=moment_or_none(due),
        pending_id=request_id,
        scheduled=scheduled,
        pending_known=bool(pending_known),
    )
