"""What is not sent yet can be altered, and take another place in the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONFIRMED,
    UNSENT,
    Change,
    ChangeEvent,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError
from ledger.store.queue.changes import (
    asked_for,
    edited_elsewhere,
    move_change,
    moved_elsewhere,
    read_change,
)
from ledger.store.queue.history import append_event
from ledger.store.queue.settings import check_request, setting_row
from ledger.store.rows import flag, text, time_text

_EDIT = (
    "UPDATE change SET nmr = ?, not_before = ?, not_before_round = ?, after_change = ?, "
    "when_release_gone = ?, when_free = ?, channel = ?, setting_per_round = ?, "
    "setting_mode = ?, setting_enabled = ?, base_per_round = ?, base_mode = ?, "
    "base_enabled = ?, updated = ? WHERE id = ?"
)


def edit_change(
    connection: Connection,
    event: ChangeEvent,
    *,
    amount: NMR | None,
    conditions: Conditions,
    last_read: Change,
    channel: Channel | None = None,
    setting: ModelSetting | None = None,
    base: ModelSetting | None = None,
) -> Change:
    """Alter what an unsent change wants; it is a draft again, with the event's reason, and what
    was signed for it is given up.

    The way, setting and base that are not given stay as they are.

    Raises:
        ChangeError: it is not as ``last_read`` any more, was sent, or can't be wanted like that.
    """
    change = read_change(connection, event.change_id)
    _check_unsent(change, last_read)
    if asked_for(last_read) != asked_for(change):
        raise edited_elsewhere(change)
    edited = replace(
        change,
        nmr=amount,
        conditions=conditions,
        channel=channel or change.channel,
        setting=setting or change.setting,
        base=base or change.base,
    )
    check_request(edited.kind, edited.nmr, edited.channel, edited.setting)
    _check_order(connection, change.id, conditions.after_change)
    if change.state is not ChangeState.DRAFT:
        move_change(connection, event, expect=change.state)
    else:
        append_event(connection, event)
    _write_request(connection, edited, event.at)
    return read_change(connection, change.id)


def _write_request(connection: Connection, edited: Change, at: datetime) -> None:
    conditions = edited.conditions
    connection.execute(
        _EDIT,
        (
            text(edited.nmr),
            time_text(conditions.not_before),
            conditions.not_before_round,
            conditions.after_change,
            flag(conditions.when_release_gone),
            text(conditions.when_free),
            edited.channel.value,
            *setting_row(edited.setting),
            *setting_row(edited.base),
            time_text(at),
            edited.id,
        ),
    )


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


def _check_unsent(change: Change, last_read: Change) -> None:
    by_a_run = {change.state, last_read.state} == CONFIRMED
    if change.state is not last_read.state and not by_a_run:
        raise moved_elsewhere(change, last_read.state)
    if change.state not in UNSENT:
        raise ChangeError(
            f"Change {change.id} ({change.kind} on {said(change.model_name)}) is {change.state}.",
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
