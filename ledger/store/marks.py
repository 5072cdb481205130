"""What tells a ledger from its copies: a mark in the file's header, and how often it was written.

A copy made here carries another application id than a ledger. Whoever opens one as a ledger puts it
back first (:mod:`ledger.store.putting_back`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from ledger.store.rows import moment_or_none, time_text

APPLICATION_ID = 0x4E4D5253
"""``NMRS``; written into every ledger's header."""

COPY_ID = 0x4E4D5243
"""``NMRC``; the same of a copy that nobody has put back yet."""

_PLACE = 68
"""Where in the header it stands, four bytes."""


def is_copy(path: Path) -> bool:
    """Whether the file itself, whatever a log beside it holds, is a copy."""
    with path.open("rb") as file:
        file.seek(_PLACE)
        return file.read(4) == COPY_ID.to_bytes(4, "big")


def application(connection: Connection) -> int:
    """The application id, 0 for a blank file."""
    number: int = connection.execute("PRAGMA application_id").fetchone()[0]
    return number


def mark_ledger(connection: Connection) -> None:
    """This is a ledger from now on."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def mark_copy(connection: Connection, made: datetime | None) -> None:
    """This is a copy from now on, made at ``made``; ``None`` where nobody knows."""
    connection.execute(f"PRAGMA application_id = {COPY_ID}")
    if made is not None:
        connection.execute("UPDATE ledger_mark SET copied = ?", (time_text(made),))


def count_write(connection: Connection) -> None:
    """Once in every transaction that writes."""
    connection.execute("UPDATE ledger_mark SET writes = writes + 1")


def read_copied(connection: Connection) -> datetime | None:
    """When this was copied last."""
    return moment_or_none(connection.execute("SELECT copied FROM ledger_mark").fetchone()[0])


def mark_put_back(connection: Connection, now: datetime) -> None:
    """Keep that it is put back ``now``, and what was the newest event and sync."""
    connection.execute(
        "UPDATE ledger_mark SET put_back = ?, "
        "put_back_event = (SELECT coalesce(max(id), 0) FROM change_event), "
        "put_back_sync = (SELECT coalesce(max(id), 0) FROM sync)",
        (time_text(now),),
    )


def awaits_sync(connection: Connection) -> bool:
    """Whether no sync has gone through since it was put back."""
    row = connection.execute(
        "SELECT 1 FROM ledger_mark WHERE put_back IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM sync WHERE outcome = 'done' AND id > put_back_sync)"
    ).fetchone()
    return row is not None


def read_sent_before(connection: Connection) -> frozenset[int]:
    """Ids of changes that were last sent before the ledger was put back: what became of them
    afterwards is not in it."""
    return frozenset(
        change_id
        for (change_id,) in connection.execute(
            "SELECT change_id FROM change_last_sending "
            "JOIN ledger_mark ON event_id <= put_back_event"
        )
    )
