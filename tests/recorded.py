"""Syncs that are recorded, and syncs from recordings."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from ledger.clock import Clock
from ledger.domain.syncing.facts import SyncLog
from ledger.numerai.client import NumeraiClient
from ledger.numerai.recording import Recorder
from ledger.sandbox.replay.replay_server import ReplayServer
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.ledger.numerai.conftest import ApiKey, HiddenSecret

Watch = Callable[[Store, SyncLog], Any]


def synced(
    url: str,
    clock: Clock,
    ledger: Path,
    *,
    key: ApiKey | None = None,
    recorder: Recorder | None = None,
    history_rounds: int | None = None,
) -> SyncLog:
    """Sync the ledger at ``ledger`` with the server at ``url``, never waiting."""
    client = NumeraiClient(
        key or ApiKey(),
        api_url=url,
        clock=clock,
        sleep=lambda _seconds, _stop: None,
        observer=recorder.keep if recorder else None,
    )
    store = Store.open(ledger, clock=clock)
    try:
        return sync(client, store, clock, history_rounds=history_rounds)
    finally:
        client.close()
        store.close()


def recorded(sandbox: Any, folder: Path, key: str = "full") -> Path:
    """A recording of a first sync with ``sandbox``; its ledger is ``original.sqlite3`` there."""
    public_id, secret = sandbox.keys[key]
    recorder, file = Recorder(sandbox), folder / "recording.jsonl"
    given = ApiKey(public_id, HiddenSecret(secret))
    synced(sandbox.url, sandbox, folder / "original.sqlite3", key=given, recorder=recorder)
    recorder.write(file)
    return file


def replayed(file: Path, ledger: Path) -> SyncLog:
    """Sync with what ``file`` holds."""
    with ReplayServer(file) as server:
        return synced(server.url, server, ledger)


def table(ledger: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a ledger file."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def sizes(ledger: Path) -> dict[str, int]:
    """How many rows every table has."""
    tables = table(ledger, "SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name: table(ledger, f"SELECT count(*) FROM {name}")[0][0] for (name,) in tables}
