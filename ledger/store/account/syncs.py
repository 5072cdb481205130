"""The log of syncs, and where syncing stands.

The first paint asks for the revision, so what a log is made of comes later.
"""

from __future__ import annotations

from datetime import timedelta
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.store.rows import Row, flag, insert, moment, time_text

if TYPE_CHECKING:
    from ledger.domain.syncing.facts import SyncLog, SyncState

DONE = "done"
"""The outcome of a sync that went through."""

_SYNC = insert("sync", ("started", "finished", "outcome", "requests", "milliseconds", "rounds"))
_PROBLEM = insert("sync_problem", ("sync_id", "position", "place", "field", "what"))
_COLUMNS = "SELECT id, started, finished, outcome, requests, milliseconds, rounds FROM sync "


def write_sync(connection: Connection, log: SyncLog) -> None:
    """Add one line to the log."""
    sync_id = connection.execute(
        _SYNC,
        (
            time_text(log.started),
            time_text(log.finished),
            log.outcome,
            log.requests,
            log.milliseconds,
            log.rounds,
        ),
    ).lastrowid
    connection.executemany(
        _PROBLEM,
        [
            (sync_id, position, problem.where, problem.field, problem.what)
            for position, problem in enumerate(log.problems)
        ],
    )


def read_last_sync(connection: Connection, *, done: bool) -> SyncLog | None:
    """The last sync that went through, or the last whatever came of it."""
    which = f"WHERE outcome = '{DONE}' " if done else ""
    row = connection.execute(f"{_COLUMNS}{which}ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else _sync(connection, row)


def read_revision(connection: Connection) -> int:
    """A number that grows with whatever a sync writes; 0 before the first."""
    number: int = connection.execute("SELECT revision FROM sync_state").fetchone()[0]
    return number


def read_syncs(connection: Connection, limit: int) -> tuple[SyncLog, ...]:
    """The last ``limit`` syncs, newest first."""
    rows = connection.execute(f"{_COLUMNS}ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
    return tuple(_sync(connection, row) for row in rows)


def _sync(connection: Connection, row: Row) -> SyncLog:
    from ledger.domain.syncing.facts import Problem, SyncLog

    sync_id, started, finished, outcome, requests, milliseconds, rounds = row
    problems = connection.execute(
        "SELECT place, field, what FROM sync_problem WHERE sync_id = ? ORDER BY position",
        (sync_id,),
    )
    return SyncLog(
        moment(started),
        moment(finished),
        outcome,
        requests,
        milliseconds,
        rounds,
        tuple(Problem(*problem) for problem in problems),
    )


def read_state(connection: Connection) -> SyncState:
    """Where syncing stands."""
    from ledger.domain.syncing.facts import SyncState

    row = connection.execute("SELECT revision, history, transactions FROM sync_state").fetchone()
    return SyncState(row[0], bool(row[1]), bool(row[2]))


def read_skew(connection: Connection) -> timedelta | None:
    """The server's clock minus this machine's, as the last sync measured it."""
    seconds = connection.execute("SELECT skew FROM sync_state").fetchone()[0]
    return None if seconds is None else timedelta(seconds=seconds)


def write_skew(connection: Connection, skew: timedelta) -> None:
    """Keep what a sync measured."""
    connection.execute("UPDATE sync_state SET skew = ?", (round(skew.total_seconds()),))


def write_state(connection: Connection, history: bool | None, transactions: bool | None) -> None:
    """One more revision; ``None`` leaves the rest as it is."""
    connection.execute(
        "UPDATE sync_state SET revision = revision + 1, history = coalesce(?, history), "
        "transactions = coalesce(?, transactions)",
        (flag(history), flag(transactions)),
    )
