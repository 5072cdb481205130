"""A copy becomes the ledger again: nothing that was confirmed in it goes out unasked.

What was confirmed when the copy was made may have been sent since. It is a draft again, and nothing
is confirmed or sent before a sync has gone through. What was on its way is looked for as ever, but
that no trace of it is left proves nothing any more.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.store import marks
from ledger.store.connection import connect, transaction
from ledger.store.marks import COPY_ID

if TYPE_CHECKING:
    from datetime import timedelta


def put_back(path: Path, now: datetime, *, patience: timedelta) -> None:
    """Make a ledger of the copy at ``path``, which has this version; all of it or nothing.

    The file itself is written, not a log beside it: its header tells what it is. Of several
    processes that try at the same time one does it.
    """
    connection = connect(path, read_only=False, patience=patience)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        with transaction(connection, "BEGIN IMMEDIATE"):
            if marks.application(connection) == COPY_ID:
                _take_back(connection, now)
                marks.mark_put_back(connection, now)
                marks.mark_ledger(connection)
    finally:
        connection.close()


def _take_back(connection: sqlite3.Connection, now: datetime) -> None:
    from ledger.domain.queue.change import CONFIRMED, UNSENT, ChangeEvent, ChangeState
    from ledger.store.queue.changes import append_note, move_change, read_changes

    copied = marks.read_copied(connection)
    made = f" of {copied:%Y-%m-%d %H:%M} UTC" if copied else ""
    why = (
        f"The ledger was put back from a backup{made}: this may have been sent since. "
        "Look at the model after a sync, and confirm it only if it was not."
    )
    for change in read_changes(connection, UNSENT):
        event = ChangeEvent(change.id, now, ChangeState.DRAFT, why)
        if change.state in CONFIRMED:
            move_change(connection, event, expect=change.state)
        else:
            append_note(connection, event)
