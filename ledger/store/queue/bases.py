"""What the ledger held of a model when a change on it was confirmed, and when it was sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from sqlite3 import Connection

from ledger.domain import names
from ledger.domain.knowledge import Fact
from ledger.domain.queue.change import Basis, Change, ChangeKind, ChangeState
from ledger.store.rows import (
    TOURNAMENTS,
    Row,
    insert,
    moment,
    moment_or_none,
    nmr_or_none,
    truth_or_none,
)

_COLUMNS = (
    "event_id",
    "as_of",
    "model_name",
    "tournament",
    "settled",
    "take_profit",
    "pending_known",
    "pending_kind",
    "pending_amount",
    "pending_due",
    "pending_id",
    "newest_round",
    "open_rounds",
)
_BASIS = insert("change_basis", _COLUMNS)

_HELD = """
    SELECT (SELECT as_of FROM account), model.name, model.tournament,
        CASE WHEN model.id IS NULL THEN NULL WHEN stake.model_id IS NULL THEN '0'
            ELSE stake.settled END,
        stake.take_profit, stake.pending_kind, stake.pending_amount,
        stake.pending_due, stake.pending_id,
        (SELECT max(round) FROM performance WHERE model_id = :id),
        (SELECT group_concat(round) FROM performance WHERE model_id = :id AND state = 'pending')
    FROM (SELECT 1)
    LEFT JOIN model ON model.id = :id
    LEFT JOIN continuous_stake stake ON stake.model_id = :id
"""
"""A model without a stake never had one: that is a stake of nothing."""

_READ = (
    f"SELECT {', '.join(_COLUMNS)} FROM change_basis "  # noqa: S608 - constants
    "JOIN change_event ON change_event.id = event_id WHERE change_id = ? AND state IN (?, ?) "
    "ORDER BY event_id DESC LIMIT 1"
)

_CONFIRMED = (ChangeState.QUEUED.value, ChangeState.WAITING.value)
_SENT = (ChangeState.SENDING.value, ChangeState.SENDING.value)


def keep_basis(connection: Connection, event_id: int, change: Change) -> None:
    """Keep what the ledger holds now of a change's model beside the event ``event_id``."""
    as_of, name, tournament, settled, take_profit, *rest = connection.execute(
        _HELD, {"id": change.model_id}
    ).fetchone()
    kind, amount, due, request_id, newest, open_rounds = rest
    missing = {
        fact
        for (fact,) in connection.execute(
            "SELECT fact FROM missing_fact WHERE subject = ?", (change.model_id,)
        )
    }
    pending_known = Fact.PENDING not in missing
    pending: Row = (kind, amount, due, request_id) if pending_known else (None,) * 4
    connection.execute(
        _BASIS,
        (
            event_id,
            as_of,
            name,
            tournament,
            None if Fact.STAKE in missing else settled,
            None if Fact.TAKE_PROFIT in missing else take_profit,
            int(pending_known),
            *pending,
            newest,
            open_rounds or "",
        ),
    )


def read_basis(connection: Connection, change_id: int, *, sent: bool) -> Basis | None:
    """What a change was confirmed on last, or, with ``sent``, what was known when it was sent."""
    row = connection.execute(_READ, (change_id, *(_SENT if sent else _CONFIRMED))).fetchone()
    return None if row is None else _basis(row)


def _basis(row: Row) -> Basis:
    event, as_of, name, tournament, settled, take_profit, pending_known, *rest = row
    kind, amount, due, request_id, newest, open_rounds = rest
    return Basis(
        event=event,
        as_of=moment_or_none(as_of),
        model_name=name and names.clean(name),
        tournament=None if tournament is None else TOURNAMENTS[tournament],
        settled=nmr_or_none(settled),
        take_profit=truth_or_none(take_profit),
        pending_known=bool(pending_known),
        pending_kind=kind,
        pending_amount=nmr_or_none(amount),
        pending_due=moment_or_none(due),
        pending_id=request_id,
        newest_round=newest,
        open_rounds=frozenset(map(int, filter(None, open_rounds.split(",")))),
    )


def read_last_write(connection: Connection, kinds: Collection[ChangeKind]) -> datetime | None:
    """When a change of one of ``kinds`` last was on its way to Numerai, as far as known.

    A request can have left at any time until the next thing was heard of it, so that counts.
    """
    marks = ", ".join("?" * len(kinds))
    row = connection.execute(
        "SELECT event.id, event.change_id, event.at FROM change_event AS event "  # noqa: S608
        "JOIN change ON change.id = event.change_id "
        f"WHERE event.state = 'sending' AND change.kind IN ({marks}) "
        "ORDER BY event.id DESC LIMIT 1",
        [kind.value for kind in kinds],
    ).fetchone()
    if row is None:
        return None
    sent, change_id, at = row
    heard = connection.execute(
        "SELECT at FROM change_event WHERE change_id = ? AND id > ? ORDER BY id LIMIT 1",
        (change_id, sent),
    ).fetchone()
    return moment(at if heard is None else heard[0])
