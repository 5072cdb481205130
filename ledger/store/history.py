"""The append-only history of each change, with the account around its events."""

from __future__ import annotations

from sqlite3 import Connection

from ledger.domain.change import AccountSnapshot, ChangeEvent, ChangeState
from ledger.store.rows import (
    Row,
    flag,
    insert,
    moment,
    moment_or_none,
    nmr,
    nmr_or_none,
    text,
    time_text,
    truth_or_none,
)

_EVENT = insert(
    "change_event", ("change_id", "at", "state", "reason", "attempt", "request", "answer")
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
    ),
)


def append_event(connection: Connection, event: ChangeEvent) -> None:
    """Add one line to a change's history."""
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
        ),
    ).lastrowid
    for side, snapshot in (("before", event.before), ("after", event.after)):
        if snapshot is not None:
            connection.execute(_SNAPSHOT, (event_id, side, *_snapshot_row(snapshot)))


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
    )


def read_events(connection: Connection, change_id: int) -> tuple[ChangeEvent, ...]:
    """A change's history, oldest first; nothing for a change that does not exist."""
    snapshots = {
        (event_id, side): _snapshot(tuple(row))
        for event_id, side, *row in connection.execute(
            "SELECT event_id, side, taken, available, held, change_snapshot.settled, take_profit, "
            "pending_kind, pending_amount, pending_due, pending_id, scheduled "
            "FROM change_snapshot JOIN change_event ON change_event.id = event_id "
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
        )
        for event_id, at, state, reason, attempt, request, answer in connection.execute(
            "SELECT id, at, state, reason, attempt, request, answer FROM change_event "
            "WHERE change_id = ? ORDER BY id",
            (change_id,),
        )
    )


def _snapshot(row: Row) -> AccountSnapshot:
    taken, available, held, settled, take_profit, kind, amount, due, request_id, scheduled = row
    return AccountSnapshot(
        taken=moment(taken),
        available=nmr(available),
        held=nmr(held),
        settled=nmr(settled),
        take_profit=truth_or_none(take_profit),
        pending_kind=kind,
        pending_amount=nmr_or_none(amount),
        pending_due=moment_or_none(due),
        pending_id=request_id,
        scheduled=scheduled,
    )
