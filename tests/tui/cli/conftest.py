"""What the command line's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.paths import Paths
from tests.conftest import NOW


@pytest.fixture
def home(ledger_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the synced ledger as the command line looks for it, at the tests' time."""
    monkeypatch.setattr("ledger.opening.SystemClock", lambda: FrozenClock(NOW))
    folder = tmp_path / "home"
    ledger = Paths.at(folder).ledger_file("default")
    ledger.parent.mkdir(parents=True)
    ledger_file.rename(ledger)
    return folder
