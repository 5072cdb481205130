"""Kills the process that runs the queue while the server is slow and lies in its answers.

What a kill leaves has to be told from what the lies leave: whatever happens, no change may be
applied twice by us, none called what it is not, and none lost.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from ledger.domain.queue.change import CONFIRMED, ChangeState
from tests.benchmarks.kills import wait_for_quiet
from tests.benchmarks.lies import LyingTrial
from tests.benchmarks.mortal import Tally
from tests.benchmarks.nursery import Nursery, kill

WORK = """
import numerapi, requests
from datetime import datetime
from pathlib import Path
from ledger.clock import FrozenClock, Uptime
from ledger.credentials import Credentials, Secret
from ledger.queue.executor import Executor
from ledger.numerai.client import NumeraiClient
from ledger.queue.run import run_queue
from ledger.store import Store

class SameClock(FrozenClock):
    def __init__(self, now, boot, seconds):
        super().__init__(datetime.fromisoformat(now))
        self._uptime = Uptime(boot, seconds)

def work(path, url, public_id, secret, now, boot, seconds):
    clock = SameClock(now, boot, seconds)
    store = Store.open(Path(path), clock=clock)
    key = Credentials(public_id, Secret(secret))
    client = NumeraiClient(
        key, api_url=url, clock=clock, retries=0, account_reads_per_minute=1_000_000
    )
    run_queue(Executor(store, client, clock, pause=lambda _: None), store)
"""
"""What a worker does: run the queue, at the time of the trial."""

WORKERS = 8
"""Processes at most that are killed one after the other over the same changes."""


class KilledTrial(LyingTrial):
    """A ledger whose queue is run, by processes that are killed, against a slow liar.

    ``kills`` counts them, ``under_way`` those that left a change on its way.
    """

    slow = 0.02

    def __init__(self, folder: Path, *, seed: int, models: int = 48) -> None:
        super().__init__(folder, seed=seed, models=models)
        self.kills = self.under_way = 0
        self._patience = 0.6

    def __enter__(self) -> Self:
        self._nursery = Nursery(WORK)
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self._nursery.close()
        super().__exit__(*error)

    def run_until_killed(self, kills: int) -> Tally:
        """Go on until so many processes were killed while they worked."""
        while self.kills < kills:
            self._batch()
        self._finish()
        return self.tally

    def _send(self) -> None:
        for _ in range(WORKERS):
            if not self._store.changes(states=CONFIRMED):
                break
            self._kill_a_worker()
        self._look()

    def _kill_a_worker(self) -> None:
        public_id, secret = self._sandbox.keys["full"]
        uptime = self._clock.uptime()
        worker = self._nursery.start(
            path=str(self._path),
            url=self._liar.url,
            public_id=public_id,
            secret=secret,
            now=self._clock.now().isoformat(),
            boot=uptime.boot,
            seconds=uptime.seconds,
        )
        time.sleep(self._random.uniform(0, self._patience))
        alive = kill(worker)
        with suppress(RuntimeError):  # it failed by itself just before
            self._nursery.wait()
        wait_for_quiet()
        self.kills += alive
        self.under_way += bool(self._store.changes(states={ChangeState.SENDING}))
        self._patience *= 1.03 if alive else 0.9
