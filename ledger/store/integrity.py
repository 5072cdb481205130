"""What can be wrong inside a ledger that opens."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

from ledger.store.files import beside

_LINES = 20
"""How many findings of one kind are shown: a damaged file can have thousands."""

_LOST_STATES = """
    SELECT change.id, change.state, last.state
    FROM change
    LEFT JOIN change_event AS last ON last.id = (
        SELECT max(id) FROM change_event WHERE change_id = change.id
    )
    WHERE last.state IS NOT change.state
    ORDER BY change.id
"""


def problems(connection: Connection, path: Path) -> list[str]:
    """Everything found, in sentences; empty when the ledger is sound."""
    return [
        *_damaged_pages(connection),
        *_broken_references(connection),
        *_lost_states(connection),
        *_public_files(path),
    ]


def _damaged_pages(connection: Connection) -> list[str]:
    findings = [line for (line,) in connection.execute(f"PRAGMA integrity_check({_LINES})")]
    return [] if findings == ["ok"] else [f"SQLite finds damage: {line}" for line in findings]


def _broken_references(connection: Connection) -> list[str]:
    rows = connection.execute("PRAGMA foreign_key_check").fetchmany(_LINES)
    return [
        f"A row of {table} refers to a missing row of {parent}." for table, _, parent, _ in rows
    ]


def _lost_states(connection: Connection) -> list[str]:
    return [
        f"Change {change_id} is {state}, but its history ends with {last or 'nothing'}."
        for change_id, state, last in connection.execute(_LOST_STATES)
    ]


def _public_files(path: Path) -> list[str]:
    files = (path, beside(path, "-wal"), beside(path, "-shm"))
    return [
        f"{file} can be read by others on this machine; make it private with chmod 600."
        for file in files
        if file.exists() and file.stat().st_mode & 0o077
    ]
