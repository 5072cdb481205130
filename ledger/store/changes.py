"""The queue: changes, moved by compare-and-swap, and the append-only history of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from sqlite3 import Connection

from ledger.domain.change import (
    TRANSITIONS,
    AccountSnapshot,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR, ZERO
from ledger.errors import ChangeError
from ledger.store.rows import (
    TOURNAMENTS,
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

UNDER_WAY = (ChangeState.SENDING, ChangeState.UNKNOWN)
"""States in which a request may be at Numerai without our knowing its outcome."""

_WITH_AMOUNT = frozenset(
    {ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DEPOSIT, ChangeKind.WITHDRAW}
)
_CHANGE = insert(
    "change",
    (
        "tournament",
        "model_id",
        "model_name",
        "system",
        "kind",
        "nmr",
        "state",
        "not_before",
        "not_before_round",
        "after_change",
        "when_release_gone",
        "when_free",
        "reason",
        "created",
        "updated",
    ),
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
_COLUMNS = (
    "SELECT id, tournament, model_id, model_name, system, kind, nmr, state, not_before, "
    "not_before_round, after_change, when_release_gone, when_free, reason, created, updated "
    "FROM change "
)


def add_change(
    connection: Connection,
    *,
    model: Model,
    system: System,
    kind: ChangeKind,
    amount: NMR | None,
    conditions: Conditions,
    reason: str,
    now: datetime,
) -> Change:
    """Add a draft with its first event."""
    _check_wish(connection, kind, amount, conditions)
    at = time_text(now)
    change_id = connection.execute(
        _CHANGE,
        (
            int(model.tournament),
            model.id,
            model.name,
            system.value,
            kind.value,
            text(amount),
            ChangeState.DRAFT.value,
            time_text(conditions.not_before),
            conditions.not_before_round,
            conditions.after_change,
            flag(conditions.when_release_gone),
            text(conditions.when_free),
            reason,
            at,
            at,
        ),
    ).lastrowid
    if change_id is None:
        raise ChangeError("The change could not be kept.", "Try again.")
    append_event(connection, ChangeEvent(change_id, now, ChangeState.DRAFT, reason))
    return read_change(connection, change_id)


def _check_wish(
    connection: Connection, kind: ChangeKind, amount: NMR | None, conditions: Conditions
) -> None:
    if kind in _WITH_AMOUNT and (amount is None or amount <= ZERO):
        raise ChangeError(f"A change of kind {kind} needs an amount above zero.", "Give one.")
    if amount is not None and amount < ZERO:
        raise ChangeError(f"{amount} NMR is no amount for a change.", "Give one above zero.")
    if conditions.after_change is not None:
        read_change(connection, conditions.after_change)


def read_change(connection: Connection, change_id: int) -> Change:
    """One change.

    Raises:
        ChangeError: there is none with this id.
    """
    row = connection.execute(f"{_COLUMNS}WHERE id = ?", (change_id,)).fetchone()
    if row is None:
        raise ChangeError(f"There is no change {change_id} in the queue.", "Refresh the queue.")
    return _change(row)


def read_changes(
    connection: Connection, states: Collection[ChangeState] | None
) -> tuple[Change, ...]:
    """Changes in one of ``states``, or all; newest first."""
    if states is None:
        return tuple(map(_change, connection.execute(f"{_COLUMNS}ORDER BY id DESC")))
    wanted = [state.value for state in states]
    marks = ", ".join("?" * len(wanted))
    rows = connection.execute(f"{_COLUMNS}WHERE state IN ({marks}) ORDER BY id DESC", wanted)
    return tuple(map(_change, rows))


def _change(row: Row) -> Change:
    change_id, tournament, model_id, model_name, system, kind, amount, state, *rest = row
    not_before, not_before_round, after_change, release_gone, free, reason, created, updated = rest
    return Change(
        id=change_id,
        tournament=TOURNAMENTS[tournament],
        model_id=model_id,
        model_name=model_name,
        system=System(system),
        kind=ChangeKind(kind),
        nmr=nmr_or_none(amount),
        state=ChangeState(state),
        conditions=Conditions(
            not_before=moment_or_none(not_before),
            not_before_round=not_before_round,
            after_change=after_change,
            when_release_gone=bool(release_gone),
            when_free=nmr_or_none(free),
        ),
        reason=reason,
        created=moment(created),
        updated=moment(updated),
    )


def move_change(connection: Connection, event: ChangeEvent, *, expect: ChangeState) -> Change:
    """Take a change from ``expect`` to the event's state and add the event.

    Raises:
        ChangeError: there is no such change, it is not in ``expect``, the step does not exist,
            its model has another change under way, or the attempt was used before.
    """
    change = read_change(connection, event.change_id)
    _check_step(connection, change, event, expect)
    moved = connection.execute(
        "UPDATE change SET state = ?, updated = ? WHERE id = ? AND state = ?",
        (event.state.value, time_text(event.at), change.id, expect.value),
    ).rowcount
    if moved != 1:
        raise _moved_elsewhere(change, expect)
    append_event(connection, event)
    return read_change(connection, change.id)


def _check_step(
    connection: Connection, change: Change, event: ChangeEvent, expect: ChangeState
) -> None:
    if change.state is not expect:
        raise _moved_elsewhere(change, expect)
    if event.state not in TRANSITIONS[expect]:
        raise ChangeError(
            f"Change {change.id} ({change.kind} on {change.model_name}) can't go from "
            f"{expect} to {event.state}.",
            "Make a new change instead.",
        )
    if event.state is ChangeState.SENDING:
        _check_sending(connection, change, event.attempt)


def _check_sending(connection: Connection, change: Change, attempt: str | None) -> None:
    other = connection.execute(
        "SELECT id, state FROM change WHERE model_id = ? AND state IN (?, ?)",
        (change.model_id, *(state.value for state in UNDER_WAY)),
    ).fetchone()
    if other is not None:
        raise ChangeError(
            f"Change {change.id} can't be sent: change {other[0]} on {change.model_name} is "
            f"{other[1]}, and a model can have one change under way.",
            f"Find out what became of change {other[0]} first.",
        )
    used = connection.execute(
        "SELECT change_id FROM change_event WHERE attempt = ? AND state = ?",
        (attempt, ChangeState.SENDING.value),
    ).fetchone()
    if used is not None:
        raise ChangeError(
            f"Change {change.id} can't be sent: its attempt was already used for change {used[0]}.",
            "Try again; every sending needs an attempt of its own.",
        )


def _moved_elsewhere(change: Change, expect: ChangeState) -> ChangeError:
    return ChangeError(
        f"Change {change.id} ({change.kind} on {change.model_name}) is {change.state}, "
        f"not {expect} any more.",
        "Refresh the queue and decide again.",
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
    """A change's history, oldest first.

    Raises:
        ChangeError: there is no such change.
    """
    read_change(connection, change_id)
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
