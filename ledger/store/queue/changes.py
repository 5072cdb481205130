"""The queue: changes in their order, moved by compare-and-swap, each step with its event."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from sqlite3 import Connection

from ledger.domain import names
from ledger.domain.model import Model, System
from ledger.domain.names import said
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONFIRMED,
    TRANSITIONS,
    TRIES,
    Cause,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError
from ledger.store.queue.bases import keep_basis
from ledger.store.queue.chain_transactions import give_up_signed
from ledger.store.queue.contracts import keep_confirmed
from ledger.store.queue.history import append_event
from ledger.store.queue.settings import check_request, read_setting, setting_row
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

_WITHDRAWN = frozenset({ChangeState.DRAFT, ChangeState.CANCELLED})
"""What was signed for the yes that is taken back here must not go out."""

_CONFIRMING = (ChangeState.DRAFT, ChangeState.QUEUED)
_ANSWERING = (ChangeState.SENDING, ChangeState.UNKNOWN)
_RETURNING = (ChangeState.UNKNOWN, ChangeState.WAITING)

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
        "channel",
        "setting_per_round",
        "setting_mode",
        "setting_enabled",
        "base_per_round",
        "base_mode",
        "base_enabled",
    ),
)
_COLUMNS = (
    "SELECT id, tournament, model_id, model_name, system, kind, nmr, state, not_before, "
    "not_before_round, after_change, when_release_gone, when_free, reason, created, updated, "
    "position, retry_of, channel, setting_per_round, setting_mode, setting_enabled, "
    "base_per_round, base_mode, base_enabled FROM change "
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
    channel: Channel = Channel.NUMERAI,
    setting: ModelSetting | None = None,
    base: ModelSetting | None = None,
) -> Change:
    """Add a draft with its first event, at the end of the queue."""
    check_request(kind, amount, channel, setting)
    if conditions.after_change is not None:
        read_change(connection, conditions.after_change)
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
            channel.value,
            *setting_row(setting),
            *setting_row(base),
        ),
    ).lastrowid
    if change_id is None:
        raise ChangeError("The change could not be kept.", "Try again.")
    append_event(connection, ChangeEvent(change_id, now, ChangeState.DRAFT, reason))
    return read_change(connection, change_id)


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
    values = [state.value for state in states]
    marks = ", ".join("?" * len(values))
    rows = connection.execute(f"{_COLUMNS}WHERE state IN ({marks}) ORDER BY id DESC", values)
    return tuple(map(_change, rows))


def _change(row: Row) -> Change:
    change_id, tournament, model_id, model_name, system, kind, amount, state, *rest = row
    not_before, not_before_round, after_change, release_gone, free, *rest = rest
    reason, created, updated, position, retry_of, channel, *settings = rest
    return Change(
        id=change_id,
        tournament=TOURNAMENTS[tournament],
        model_id=model_id,
        model_name=names.clean_label(model_name) or model_id,
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
        channel=Channel(channel),
        setting=read_setting(*settings[:3]),
        base=read_setting(*settings[3:]),
    )


def asked_for(change: Change) -> tuple[object, ...]:
    """All of a change that can be edited."""
    return change.nmr, change.conditions, change.channel, change.setting, change.base


def move_change(
    connection: Connection,
    event: ChangeEvent,
    *,
    expect: ChangeState,
    last_read: Change | None = None,
) -> Change:
    """Take a change from ``expect`` to the event's state and add the event. One that is cancelled
    gives up what was signed for it; with one that is confirmed or sent goes what it rests on.

    Raises:
        ChangeError: there is no such change, it is not in ``expect``, it wants something else
            than ``last_read`` did, the step does not exist, its model has another change under
            way, or the attempt was used before.
    """
    change = read_change(connection, event.change_id)
    _check_step(connection, change, event, expect)
    if last_read is not None and asked_for(last_read) != asked_for(change):
        raise edited_elsewhere(change)
    moved = connection.execute(
        "UPDATE change SET state = ?, updated = ? WHERE id = ? AND state = ?",
        (event.state.value, time_text(event.at), change.id, expect.value),
    ).rowcount
    if moved != 1:
        raise moved_elsewhere(change, expect)
    event_id = append_event(connection, event)
    if (expect, event.state) == _CONFIRMING or event.state is ChangeState.SENDING:
        keep_basis(connection, event_id, change)
    if (expect, event.state) == _CONFIRMING and change.system is System.ATOMIC:
        keep_confirmed(connection, event_id, change)
    if event.state in _WITHDRAWN:
        give_up_signed(connection, change.id, event.reason)
    return read_change(connection, change.id)


def _check_step(
    connection: Connection, change: Change, event: ChangeEvent, expect: ChangeState
) -> None:
    if change.state is not expect:
        raise moved_elsewhere(change, expect)
    returning = (expect, event.state) == _RETURNING
    answering = (expect, event.state) == _ANSWERING
    unproved = returning is not (event.cause is Cause.NOT_ARRIVED) or (
        event.cause is Cause.RATE_LIMITED and not answering
    )
    if event.state not in TRANSITIONS[expect] or unproved:
        raise ChangeError(
            f"Change {change.id} ({change.kind} on {said(change.model_name)}) can't go from "
            f"{expect} to {event.state}.",
            "Make a new change instead.",
        )
    if event.state in UNDER_WAY and expect not in UNDER_WAY:
        _check_alone(connection, change)
    if event.state is ChangeState.SENDING:
        _check_sending(connection, change, event.attempt)
    if returning:
        _check_return(connection, change, event.attempt)


def _check_alone(connection: Connection, change: Change) -> None:
    other = connection.execute(
        "SELECT id, state FROM change WHERE model_id = ? AND state IN (?, ?)",
        (change.model_id, *(state.value for state in UNDER_WAY)),
    ).fetchone()
    if other is not None:
        raise ChangeError(
            f"Change {change.id} can't be sent: change {other[0]} on {said(change.model_name)} is "
            f"{other[1]}, and a model can have one change under way.",
            f"Find out what became of change {other[0]} first.",
        )


def _check_return(connection: Connection, change: Change, attempt: str | None) -> None:
    """Say in words what the triggers of the ledger enforce."""
    allowed = connection.execute(
        "SELECT attempt IS ? AND limited AND NOT returned AND number < ? "
        "FROM change_last_sending WHERE change_id = ?",
        (attempt, TRIES, change.id),
    ).fetchone()
    if allowed is None or not allowed[0]:
        raise ChangeError(
            f"Change {change.id} can't wait to be sent again: its last answer was not about the "
            f"rate of requests, or it was sent {TRIES} times.",
            "Make a new change instead.",
        )


def _check_sending(connection: Connection, change: Change, attempt: str | None) -> None:
    sent = connection.execute(
        "SELECT limited AND returned AND number < ? FROM change_last_sending WHERE change_id = ?",
        (TRIES, change.id),
    ).fetchone()
    if sent is not None and not sent[0]:
        raise ChangeError(f"Change {change.id} was sent before.", "Make a new change instead.")
    used = connection.execute(
        "SELECT change_id FROM change_event WHERE attempt = ? AND state = ?",
        (attempt, ChangeState.SENDING.value),
    ).fetchone()
    if used is not None:
        raise ChangeError(
            f"Change {change.id} can't be sent: its attempt was already used for change {used[0]}.",
            "Try again; every sending needs an attempt of its own.",
        )


def check_unchanged(connection: Connection, last_read: Change) -> None:
    """Make sure that a change is still where it was, and wants what it did.

    Raises:
        ChangeError: it moved, or was edited.
    """
    change = read_change(connection, last_read.id)
    if asked_for(last_read) != asked_for(change):
        raise edited_elsewhere(change)
    if (change.state in CONFIRMED) != (last_read.state in CONFIRMED):
        raise moved_elsewhere(change, last_read.state)


def moved_elsewhere(change: Change, expect: ChangeState) -> ChangeError:
    """The refusal of a step from a state the change is not in."""
    return ChangeError(
        f"Change {change.id} ({change.kind} on {said(change.model_name)}) is {change.state}, "
        f"not {expect} any more.",
        "Refresh the queue and decide again.",
    )


def edited_elsewhere(change: Change) -> ChangeError:
    """The refusal of a decision on what the change no longer wants."""
    return ChangeError(
        f"Change {change.id} ({change.kind} on {said(change.model_name)}) was edited meanwhile.",
        "Refresh the queue and decide again.",
    )


def append_note(connection: Connection, event: ChangeEvent) -> None:
    """Add a line to the history of a change that stays as it is; not if it moved meanwhile."""
    if read_change(connection, event.change_id).state is event.state:
        append_event(connection, event)
