"""What is read without opening the ledger: the account in a few figures, and names to complete.

A status bar asks every few seconds, a shell at every tab. So reading imports nothing of the store
and writes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

EMPTY = "empty"
"""No sync has gone through, or there is no ledger at all."""

EARLIER = "earlier"
"""The ledger is of a version that kept no such document."""

UNKNOWN_CHANGES = "SELECT count(*) FROM change WHERE state = 'unknown'"


def write_status(connection: sqlite3.Connection, document: dict[str, Any]) -> None:
    """Keep ``document`` as what the ledger comes to by now."""
    connection.execute(
        "INSERT OR REPLACE INTO kept_status (id, revision, document) "
        "SELECT 1, revision, ? FROM sync_state",
        (json.dumps(document),),
    )


def glance(path: Path) -> dict[str, Any] | str | None:
    """The document kept in the ledger at ``path``, with ``unknown_changes`` counted and the
    ``skew`` of Numerai's clock in seconds.

    :data:`EMPTY` or :data:`EARLIER` where there can be none, ``None`` where the ledger has to be
    opened to know: something was read since, or the file can't be read this way.
    """
    if not path.exists():
        return EMPTY
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=1)) as connection:
            return _glanced(connection)
    except sqlite3.Error:
        return None


def _glanced(connection: sqlite3.Connection) -> dict[str, Any] | str | None:
    connection.execute("BEGIN")
    names = "'account', 'kept_status'"
    tables = connection.execute(f"SELECT name FROM sqlite_schema WHERE name IN ({names})")  # noqa: S608 - constants
    there = {row[0] for row in tables}
    if "account" not in there or not _count(connection, "SELECT count(*) FROM account"):
        return EMPTY
    if "kept_status" not in there:
        return EARLIER
    row = connection.execute(
        "SELECT document, skew FROM kept_status JOIN sync_state USING (revision)"
    ).fetchone()
    if row is None:
        return None
    document: dict[str, Any] = json.loads(row[0])
    return document | {
        "skew": row[1],
        "unknown_changes": _count(connection, UNKNOWN_CHANGES),
    }


NAMES = {
    "models": "SELECT DISTINCT name FROM model WHERE NOT archived AND NOT gone",
    "predictors": "SELECT name FROM predictor WHERE NOT retired",
    "changes": "SELECT id FROM change WHERE state NOT IN ('settled', 'refused', 'cancelled')",
}
"""What can be asked of :func:`glance_at_names`."""


def glance_at_names(path: Path, what: str) -> list[str]:
    """The names of the ledger's :data:`NAMES`, in order; none where they can't be read."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=1)) as connection:
            return [str(row[0]) for row in connection.execute(f"{NAMES[what]} ORDER BY 1")]
    except sqlite3.Error:
        return []


def _count(connection: sqlite3.Connection, query: str) -> int:
    number: int = connection.execute(query).fetchone()[0]
    return number
