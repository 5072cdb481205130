"""A small world at two moments, and ledgers of it as files that trials start from."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.numerai.parts import argument_lesson, field_lesson
from ledger.sandbox import Sandbox
from ledger.sandbox.manners import HARD, Manners
from ledger.store import Store
from ledger.syncing.sync import sync
from ledger.version import __version__
from tests.drift.elements import Recorder
from tests.ledger.numerai.conftest import ApiKey, HiddenSecret

THEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = timedelta(minutes=5)
"""Between syncs: long enough for a second witness."""

ROUNDS = 30


@dataclass(frozen=True)
class Setting:
    """How the server is met: what is known to be refused already, and its manners."""

    name: str
    lessons: tuple[str, ...] = ()
    manners: Manners = HARD


_PERFORMANCES = "v2RoundModelPerformances"
_NO_RANGE = argument_lesson(_PERFORMANCES, "roundNumber__lte")
_NO_START = argument_lesson(_PERFORMANCES, "roundNumber__gte")
_NO_NEWEST = argument_lesson(_PERFORMANCES, "lastNRounds")

SETTINGS = (
    Setting("as it is"),
    Setting("from a round on", (_NO_RANGE,), Manners(oldest_first=True)),
    Setting("the newest rounds only", (_NO_RANGE, _NO_START)),
    Setting("two arguments", (_NO_RANGE, _NO_START, _NO_NEWEST)),
    Setting("scores alone", (field_lesson("RootQueryType", _PERFORMANCES),)),
    Setting(
        "older fields",
        (
            field_lesson("V2Stake", "takeProfit"),
            field_lesson("V2RoundModelPerformance", "payoutMultipliers"),
            field_lesson("StakeTxn", "amount"),
        ),
        Manners(deprecated_fields=True),
    ),
)
"""The server as it is, and everything that makes a sync ask in another form."""


class Scene:
    """A sandbox at ``now``, a day after ``THEN``.

    ``before``: a ledger synced soundly then. ``first``, ``second``: ledgers synced soundly now,
    afresh and after that. ``healed``: one synced afresh a few minutes later.
    """

    def __init__(self, folder: Path, setting: Setting = SETTINGS[0]) -> None:
        self.setting = setting
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._number = 0
        self.sandbox = Sandbox(
            seed=5,
            models=8,
            rounds=ROUNDS,
            now=THEN,
            frozen=True,
            rate_scale=0,
            manners=setting.manners,
        )
        self.sandbox.world.currency = "EUR"

    def __enter__(self) -> Self:
        sandbox = self.sandbox
        sandbox.start()
        classic = sandbox.world.tournaments[Tournament.CLASSIC].slots
        for slot in [slot for slot in classic if not slot.archived][2:]:
            sandbox.delete(slot.id)
        self.before = self.ledger()
        self.sync(self.before, at=THEN)
        sandbox.advance(days=1)
        self.now = sandbox.now()
        self.sent = []
        self.first, self.second = self.ledger(), self.copy(self.before)
        for path in (self.first, self.second):
            self.sent += self.sync(path, lessons=self.setting.lessons).sent
        self.healed = self.ledger()
        self.sync(self.healed, at=self.now + LATER)
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.stop()

    def ledger(self) -> Path:
        """The path of a new ledger."""
        self._number += 1
        return self.folder / f"{self._number}.sqlite3"

    def copy(self, path: Path) -> Path:
        """A ledger's copy."""
        target = self.ledger()
        shutil.copyfile(path, target)
        return target

    def forget_lessons(self, path: Path) -> None:
        """Let a ledger forget what the server refused, as it does after a week."""
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM server_lesson")

    def sync(
        self,
        path: Path,
        *,
        at: datetime | None = None,
        lessons: tuple[str, ...] = (),
        max_parallel: int = 2,
    ) -> Recorder:
        """Sync a ledger that knows these lessons; the client, closed."""
        clock = FrozenClock(at or self.now)
        public_id, secret = self.sandbox.keys["full"]
        client = Recorder(
            ApiKey(public_id, HiddenSecret(secret)),
            api_url=self.sandbox.url,
            clock=clock,
            sleep=lambda *_: None,
            max_parallel=max_parallel,
        )
        with opened(path, clock) as store:
            store.learn(self.sandbox.url, __version__, lessons)
            sync(client, store, clock, history_rounds=None)
        client.close()
        return client


@contextmanager
def opened(path: Path, clock: FrozenClock) -> Iterator[Store]:
    """The ledger at ``path``."""
    store = Store.open(path, clock=clock)
    try:
        yield store
    finally:
        store.close()
