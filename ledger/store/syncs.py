"""The log of syncs, and how much of each model's history they have brought in for good.

The first paint asks for the number of the last one, so what a log is made of comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.store.rows import Row, insert, moment, time_text, upsert

if TYPE_CHECKING:
    from ledger.domain.facts import Fetched, SyncLog

DONE = "done"
"""The outcome of a sync that went through."""

_SYNC = insert("sync", ("started", "finished", "outcome", "requests", "milliseconds", "rounds"))
_PROBLEM = insert("sync_problem", ("sync_id", "position", "place", "field", "what"))
_FETCHED = upsert("fetched", ("model_id",), ("first_round", "final_to"))
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


def read_last_number(connection: Connection) -> int:
    """The id of the last sync, whatever came of it; 0 before the first."""
    number: int = connection.execute("SELECT coalesce(max(id), 0) FROM sync").fetchone()[0]
    return number


def read_syncs(connection: Connection, limit: int) -> tuple[SyncLog, ...]:
    """The last ``limit`` syncs, newest first."""
    rows = connection.execute(f"{_COLUMNS}ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
    return tuple(_sync(connection, row) for row in rows)


def _sync(connection: Connection, row: Row) -> SyncLog:
    from ledger.domain.facts import Problem, SyncLog

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


def read_fetched(connection: Connection) -> dict[str, Fetched]:
    """What is in the ledger for good, by model id."""
    from ledger.domain.facts import Fetched

    rows = connection.execute("SELECT model_id, first_round, final_to FROM fetched")
    return {row[0]: Fetched(*row) for row in rows}


def write_fetched(connection: Connection, fetched: Sequence[Fetched]) -> None:
    """Set how far these models' histories reach."""
    connection.executemany(
        _FETCHED, [(one.model_id, one.first_round, one.final_to) for one in fetched]
    )
