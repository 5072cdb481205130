"""Kills a first sync at every tenth of its requests, and lets the next one go on.

Whatever a kill leaves has to be sound, hold nothing that a whole sync does not bring, and hold all
that it calls complete; the next sync has to arrive where a whole one does, and not ask much again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from ledger.clock import FrozenClock
from ledger.domain.syncing.coverage import Covered
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.benchmarks.nursery import Nursery

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
TENTHS = 10

WORK = """
import os, signal
import numerapi, requests
from datetime import datetime
from pathlib import Path
from ledger.clock import FrozenClock
from ledger.credentials import Credentials, Secret
from ledger.numerai.client import NumeraiClient
from ledger.store import Store
from ledger.syncing.sync import sync

def work(path, url, public_id, secret, now, dies):
    clock = FrozenClock(datetime.fromisoformat(now))
    client = NumeraiClient(
        Credentials(public_id, Secret(secret)),
        api_url=url,
        clock=clock,
        account_reads_per_minute=1_000_000,
        performance_reads_per_minute=1_000_000,
    )

    def die(exchange):
        if client.requests >= dies > 0:
            os.kill(os.getpid(), signal.SIGKILL)

    client.observer = die
    store = Store.open(Path(path), clock=clock)
    sync(client, store, clock, history_rounds=None)
    store.close()
"""
"""What a worker does: sync, up to the request of which it dies (0: it lives)."""

_TABLES = ("performance", "score", "submission", "round", "stake_transaction", "model")
"""Those that grow while the history comes in."""


@dataclass
class Tally:
    """What the kills of one trial came to, the figures a tenth each.

    ``clean`` are the requests of a sync that is not killed, ``again`` those of one after it: what
    every attempt asks for anew, since it may have changed. ``chain`` are those of all attempts of a
    sync that is killed a tenth further on each time.
    """

    clean: int
    again: int
    requests: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    chain: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def most(self) -> int:
        """The requests of both attempts, where they are most."""
        return max(self.requests)


class SyncTrial:
    """A frozen sandbox, one whole sync of it, and syncs that are killed."""

    def __init__(self, folder: Path, *, models: int, rounds: int) -> None:
        self._folder = folder
        self._sandbox = Sandbox(
            models=models, rounds=rounds, now=NOW, frozen=True, rate_scale=0, manners="kind"
        )

    def __enter__(self) -> Self:
        self._sandbox.start()
        self._nursery = Nursery(WORK)
        self._clean = self._folder / "clean.sqlite3"
        self.tally = Tally(self._sync(self._clean), self._sync(self._clean))
        self._whole = _rows(self._clean)
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.close()
        self._sandbox.stop()

    def run(self, tenths: Iterable[int] = range(1, TENTHS)) -> Iterator[tuple[int, int, int]]:
        """At every tenth: which, rows committed by then, requests of both attempts."""
        for tenth in tenths:
            path = self._folder / f"{tenth}.sqlite3"
            requests = self._sync(path, dies=max(1, self.tally.clean * tenth // TENTHS))
            rows = self._look(path, tenth)
            requests += self._sync(path)
            if _rows(path) != self._whole:
                self._say(tenth, "the next sync did not arrive where a whole one does")
            self.tally.requests.append(requests)
            self.tally.rows.append(rows)
            yield tenth, rows, requests

    def run_on(self) -> Iterator[tuple[int, int]]:
        """One sync that is killed again and again: each attempt asks what every attempt does, and
        then for a tenth of it all. Which attempt, and its requests."""
        path, attempt = self._folder / "chain.sqlite3", 0
        while not self.tally.chain or _rows(path) != self._whole:
            attempt += 1
            dies = self.tally.again + max(1, self.tally.clean // TENTHS)
            self.tally.chain.append(self._sync(path, dies if attempt < TENTHS else 0))
            self._look(path, attempt)
            yield attempt, self.tally.chain[-1]

    def _sync(self, path: Path, dies: int = 0) -> int:
        """One attempt; the requests that the server saw of it."""
        before = len(self._sandbox.requests)
        public_id, secret = self._sandbox.keys["full"]
        self._nursery.start(
            path=str(path),
            url=self._sandbox.url,
            public_id=public_id,
            secret=secret,
            now=NOW.isoformat(),
            dies=dies,
        )
        if self._nursery.wait() is not bool(dies):
            raise RuntimeError(f"a sync of {path.stem} ended otherwise than it should")
        return len(self._sandbox.requests) - before

    def _look(self, path: Path, tenth: int) -> int:
        """Find what is wrong with what a kill left; how many rows it left."""
        store = Store.open(path, clock=FrozenClock(NOW))
        self.tally.wrong += [f"at tenth {tenth}: {problem}" for problem in store.check()]
        covered = store.covered(Covered.PERFORMANCES)
        store.close()
        kept = _rows(path)
        for table, rows in kept.items():
            if not rows <= self._whole[table]:
                self._say(tenth, f"{table} has rows that a whole sync does not bring")
        there = {row[1:3] for row in kept["performance"]}
        for row in self._whole["performance"]:
            number, model_id = row[1:3]
            if number in covered.get(model_id, ()) and (number, model_id) not in there:
                self._say(tenth, f"round {number} of {model_id} is complete and not there")
        return sum(map(len, kept.values()))

    def _say(self, tenth: int, what: str) -> None:
        self.tally.wrong.append(f"at tenth {tenth}: {what}")


def _rows(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """What is in the tables that grow."""
    with closing(sqlite3.connect(path)) as connection:
        return {table: set(connection.execute(f"SELECT * FROM {table}")) for table in _TABLES}
