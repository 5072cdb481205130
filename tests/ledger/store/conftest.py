"""A ledger in a temporary folder, and one of everything to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.store import Store
from tests.ledger.store.samples import FACTS, LOG


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 9, 3, 13, 5, 7, 120_000, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "default.sqlite3"


@pytest.fixture
def store(path: Path, clock: FrozenClock) -> Iterator[Store]:
    store = Store.open(path, clock=clock)
    yield store
    store.close()


@pytest.fixture
def filled(store: Store, path: Path) -> Path:
    """A closed ledger with something in it."""
    store.apply(FACTS, LOG)
    store.close()
    return path
