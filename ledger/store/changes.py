"""The queue: changes in their order, moved by compare-and-swap, each step with its event."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from ledger.domain.change import (
    TRANSITIONS,
    UNSENT,
    WITH_AMOUNT,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR, ZERO
from ledger.errors import ChangeError
from ledger.store.history import append_event
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    flag,
    insert,
    moment,
    moment_or_none,
    nmr_or_none,
    text,
    time_text,
)

UNDER_WAY = (ChangeState.SENDING, ChangeState.UNKNOWN)
"""States in which a request may be at Numerai without our knowing its outcome."""

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
        "position",
        "retry_of",
    ),
)
_COLUMNS = (
    "SELECT id, tournament, model_id, model_name, system, kind, nmr, state, not_before, "
    "not_before_round, after_change, when_release_gone, when_free, reason, created, updated, "
    "position, retry_of FROM change "
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
    retry_of: int | None = None,
) -> Change:
    """Add a draft with its first event, at the end of the queue."""
    _check_wish(connection, kind, amount, conditions)
    if retry_of is not None:
        read_change(connection, retry_of)
    at = time_text(now)
    last = connection.execute("SELECT coalesce(max(position), 0) FROM change").fetchone()[0]
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
            last + 1,
            retry_of,
        ),
    ).lastrowid
    if change_id is None:
        raise ChangeError("The change could not be kept.", "Try again.")
    append_event(connection, ChangeEvent(change_id, now, ChangeState.DRAFT, reason))
    return read_change(connection, change_id)


def _check_wish(
    connection: Connection, kind: ChangeKind, amount: NMR | None, conditions: Conditions
) -> None:
    if kind in WITH_AMOUNT and (amount is None or amount <= ZERO):
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
        raise ChangeError(
            f"There is no change {change_id} in the queue.", "The queue shows the numbers."
        )
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
    not_before, not_before_round, after_change, release_gone, free, *rest = rest
    reason, created, updated, position, retry_of = rest
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
        position=position,
        retry_of=retry_of,
    )


def move_change(
    connection: Connection, event: ChangeEvent, *, expect: ChangeState, seen: Change | None = None
) -> Change:
    """Take a change from ``expect`` to the event's state and add the event.

    Raises:
        ChangeError: there is no such change, it is not in ``expect``, it wants something else
            than ``seen`` did, the step does not exist, its model has another change under way,
            or the attempt was used before.
    """
    change = read_change(connection, event.change_id)
    _check_step(connection, change, event, expect)
    if seen is not None and (seen.nmr, seen.conditions) != (change.nmr, change.conditions):
        raise _edited_elsewhere(change)
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


def edit_change(
    connection: Connection,
    event: ChangeEvent,
    *,
    amount: NMR | None,
    conditions: Conditions,
    seen: Change,
) -> Change:
    """Alter what an unsent change wants; it is a draft again, with the event's reason.

    Raises:
        ChangeError: it is not as ``seen`` any more, was sent, or can't be wanted like that.
    """
    change = read_change(connection, event.change_id)
    _check_unsent(change, seen)
    if (seen.nmr, seen.conditions) != (change.nmr, change.conditions):
        raise _edited_elsewhere(change)
    _check_wish(connection, change.kind, amount, conditions)
    _check_order(connection, change.id, conditions.after_change)
    if change.state is not ChangeState.DRAFT:
        move_change(connection, event, expect=change.state)
    else:
        append_event(connection, event)
    connection.execute(
        "UPDATE change SET nmr = ?, not_before = ?, not_before_round = ?, after_change = ?, "
        "when_release_gone = ?, when_free = ?, updated = ? WHERE id = ?",
        (
            text(amount),
            time_text(conditions.not_before),
            conditions.not_before_round,
            conditions.after_change,
            flag(conditions.when_release_gone),
            text(conditions.when_free),
            time_text(event.at),
            change.id,
        ),
    )
    return read_change(connection, change.id)


def place_change(connection: Connection, event: ChangeEvent, *, before: int | None) -> Change:
    """Put an unsent change right before another one, or behind all others. What it waits for is
    looked at anew: a waiting one is queued again.

    Raises:
        ChangeError: one of the two does not exist or was sent.
    """
    change = read_change(connection, event.change_id)
    _check_unsent(change, change)
    if before is not None:
        _check_unsent(other := read_change(connection, before), other)
    queue = [
        (change_id, position)
        for change_id, position in connection.execute(
            "SELECT id, position FROM change WHERE state IN (?, ?, ?) ORDER BY position, id",
            tuple(state.value for state in UNSENT),
        )
    ]
    order = [change_id for change_id, _ in queue if change_id != change.id]
    place = len(order) if before is None or before == change.id else order.index(before)
    order.insert(place, change.id)
    connection.executemany(
        "UPDATE change SET position = ? WHERE id = ?",
        [(position, change_id) for change_id, (_, position) in zip(order, queue, strict=True)],
    )
    if change.state is ChangeState.DRAFT:
        append_event(connection, event)
        return read_change(connection, change.id)
    queued = replace(event, state=ChangeState.QUEUED)
    if change.state is ChangeState.QUEUED:
        append_event(connection, queued)
    else:
        move_change(connection, queued, expect=change.state)
    return read_change(connection, change.id)


def _check_unsent(change: Change, seen: Change) -> None:
    if change.state is not seen.state:
        raise _moved_elsewhere(change, seen.state)
    if change.state not in UNSENT:
        raise ChangeError(
            f"Change {change.id} ({change.kind} on {change.model_name}) is {change.state}.",
            "Only what was not sent yet can be altered.",
        )


def _check_order(connection: Connection, change_id: int, after: int | None) -> None:
    """No change may come after itself, over however many others."""
    while after is not None:
        if after == change_id:
            raise ChangeError(
                f"Change {change_id} would wait for itself.", "Let it wait for another change."
            )
        after = read_change(connection, after).conditions.after_change


def _edited_elsewhere(change: Change) -> ChangeError:
    return ChangeError(
        f"Change {change.id} ({change.kind} on {change.model_name}) was edited meanwhile.",
        "Refresh the queue and decide again.",
    )


def append_note(connection: Connection, event: ChangeEvent) -> None:
    """Add a line to the history of a change that stays as it is; not if it moved meanwhile."""
    if read_change(connection, event.change_id).state is event.state:
        append_event(connection, event)
