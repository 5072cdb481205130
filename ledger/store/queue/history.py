"""The append-only history of each change, with the account around its events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from sqlite3 import Connection

from ledger.clock import Uptime
from ledger.domain.queue.change import (
    AccountSnapshot,
    Cause,
    ChangeEvent,
    ChangeState,
    Observation,
    Stamp,
)
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
    (
        "change_id",
        "at",
        "state",
        "reason",
        "attempt",
        "request",
        "answer",
        "cause",
        "told",
        "request_id",
        "patience",
        "boot",
        "uptime",
    ),
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
        "pending_made",
        "held_for_others",
        "server",
    ),
)
_READ = (
    "SELECT id, at, state, reason, attempt, request, answer, cause, told, request_id, patience, "
    "boot, uptime FROM change_event WHERE change_id = ? ORDER BY id"
)


_LAG = """
    SELECT max(late.uptime - accepted.uptime) FROM change_event late
    JOIN change_event accepted ON accepted.change_id = late.change_id AND accepted.id = (
        SELECT max(id) FROM change_event
        WHERE change_id = late.change_id AND id < late.id AND state = 'accepted'
            AND told IS NULL)
    WHERE late.told = 'unseen' AND late.boot = accepted.boot AND EXISTS (
        SELECT 1 FROM change_event seen WHERE seen.change_id = late.change_id
            AND seen.id > late.id AND seen.told = 'seen')
"""


_UNSEEN = """
    SELECT change.id FROM change
    JOIN change_last_sending AS sent ON sent.change_id = change.id
    WHERE change.state = 'accepted' AND change.system = 'continuous'
        AND 'accepted' = (
            SELECT state FROM change_event WHERE change_id = change.id AND id > sent.event_id
            ORDER BY id LIMIT 1)
        AND NOT EXISTS (
            SELECT 1 FROM change_event AS shown
            LEFT JOIN change_snapshot AS account
                ON account.event_id = shown.id AND account.side = 'after'
            WHERE shown.change_id = change.id AND shown.id > sent.event_id
                AND (shown.told = 'seen'
                    OR (shown.told IS NULL AND account.event_id IS NOT NULL)))
"""


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
            event.told,
            event.request_id,
            None if event.patience is None else round(event.patience.total_seconds() * 1000),
            event.uptime.boot if event.uptime else None,
            round(event.uptime.seconds * 1000) if event.uptime else None,
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
        time_text(snapshot.pending_made),
        text(snapshot.held_for_others),
        time_text(snapshot.server),
    )


def read_events(connection: Connection, change_id: int) -> tuple[ChangeEvent, ...]:
    """A change's history, oldest first; nothing for a change that does not exist."""
    snapshots = {
        (event_id, side): _snapshot(tuple(row))
        for event_id, side, *row in connection.execute(
            "SELECT event_id, side, taken, available, held, change_snapshot.settled, take_profit, "
            "pending_kind, pending_amount, pending_due, pending_id, scheduled, "
            "pending_known, pending_made, held_for_others, server FROM change_snapshot "
            "JOIN change_event ON change_event.id = event_id "
            "WHERE change_id = ?",
            (change_id,),
        )
    }
    return tuple(
        _event(change_id, tuple(row), snapshots) for row in connection.execute(_READ, (change_id,))
    )


def _event(
    change_id: int, row: Row, snapshots: Mapping[tuple[int, str], AccountSnapshot]
) -> ChangeEvent:
    event_id, at, state, reason, attempt, request, answer, cause, *rest = row
    told, request_id, patience, boot, uptime = rest
    return ChangeEvent(
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
        None if told is None else Observation(told),
        request_id,
        None if patience is None else timedelta(milliseconds=patience),
        None if uptime is None else Uptime(boot or "", uptime / 1000),
    )


def read_unseen(connection: Connection) -> frozenset[int]:
    """Accepted changes of continuous staking for which Numerai's answer is all there is: the
    account has not shown them.

    What the account or the user proved is seen, and so is what an earlier version noted.
    """
    return frozenset(change_id for (change_id,) in connection.execute(_UNSEEN))


def read_longest_lag(connection: Connection) -> timedelta:
    """The longest time after which a reading still did not show what Numerai had accepted, and
    what a later one showed."""
    row = connection.execute(_LAG).fetchone()
    return timedelta(milliseconds=row[0] or 0)


def _snapshot(row: Row) -> AccountSnapshot:
    taken, available, held, settled, take_profit, *rest = row
    kind, amount, due, request_id, scheduled, pending_known, made, others, server = rest
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
        pending_made=moment_or_none(made),
        held_for_others=nmr_or_none(others),
        server=moment_or_none(server),
    )
