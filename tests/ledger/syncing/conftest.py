"""A ledger of a small sandbox, and a clock that goes on by minutes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.syncing.facts import SyncLog
from ledger.numerai.client import NumeraiClient
from ledger.sandbox import Sandbox
from ledger.sandbox.world.state import Slot
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.drift.compare import Ledger, differences, read, without
from tests.ledger.numerai.conftest import ApiKey, HiddenSecret
from tests.worlds import sandbox_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Kept:
    """A sandbox and a ledger of it."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self.sandbox = sandbox
        self.path = path
        self.store = Store.open(path, clock=sandbox)

    def sync(self) -> SyncLog:
        """Sync now, with a client that has learned nothing."""
        public_id, secret = self.sandbox.keys["full"]
        client = NumeraiClient(
            ApiKey(public_id, HiddenSecret(secret)),
            api_url=self.sandbox.url,
            clock=self.sandbox,
            sleep=lambda *_: None,
        )
        try:
            return sync(client, self.store, self.sandbox, history_rounds=None)
        finally:
            client.close()

    def later(self) -> SyncLog:
        """Sync some minutes later."""
        self.sandbox.advance(days=5 / 1440)
        return self.sync()

    def fail(self, fault: str, **options: Any) -> None:
        """Let every query suffer a fault until faults are cleared."""
        self.sandbox.fail(fault, times=0, on="query", **options)

    def lacks(self) -> set[tuple[Fact, str]]:
        """The missing facts."""
        return {(entry.fact, entry.subject) for entry in self.store.missing()}

    def content(self) -> Ledger:
        """All that tells of Numerai."""
        return without(read(self.path), "price")

    def afresh(self, name: str = "afresh") -> Ledger:
        """What a ledger holds that is synced for the first time now."""
        other = Kept(self.sandbox, self.path.with_name(f"{name}.sqlite3"))
        other.sync()
        other.store.close()
        return other.content()

    def first_synced(self) -> Ledger:
        """The same, where nothing but time has passed in the sandbox: once for every moment."""
        return _first_synced(self.sandbox.now())

    def unlike(self, other: Ledger) -> list[str]:
        """How this ledger differs from another one."""
        return [str(one) for one in differences(self.content(), other)]

    def signals(self) -> Slot:
        """A model with a stake and settled rounds."""
        return self.sandbox.world.tournaments[Tournament.SIGNALS].slots[0]

    def row(self, slot: Slot, number: int) -> Performance:
        """A model's row of a round."""
        rows = self.store.performances(slot.tournament, since=number, model_id=slot.id)
        return next(row for row in rows if row.round == number)

    def running(self, slot: Slot) -> int:
        """The oldest running round that a model has something at risk in."""
        return min(n for n, entry in slot.entries.items() if entry.payout is None and entry.at_risk)

    def settled(self, slot: Slot) -> int:
        """A settled round in which a model had something at risk."""
        rows = self.store.performances(slot.tournament, model_id=slot.id)
        return max(row.round for row in rows if row.state is PayoutState.SETTLED and row.at_risk)


def world() -> Sandbox:
    """The sandbox that is synced here."""
    return sandbox_of(seed=5, models=8, rounds=40, now=NOW, rate_scale=0)


@cache
def _first_synced(now: datetime) -> Ledger:
    with world() as sandbox, TemporaryDirectory() as folder:
        sandbox.advance(to=now)
        ledger = Kept(sandbox, Path(folder) / "first.sqlite3")
        ledger.sync()
        ledger.store.close()
        return ledger.content()


@pytest.fixture(scope="session")
def once_synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that has been synced once; copy it."""
    path = tmp_path_factory.mktemp("kept") / "kept.sqlite3"
    with world() as sandbox:
        ledger = Kept(sandbox, path)
        ledger.sync()
        ledger.store.close()
    return path


@pytest.fixture
def kept(tmp_path: Path, once_synced: Path) -> Iterator[Kept]:
    """A ledger that has been synced once."""
    path = shutil.copy(once_synced, tmp_path / "kept.sqlite3")
    with world() as sandbox:
        ledger = Kept(sandbox, path)
        yield ledger
        ledger.store.close()
