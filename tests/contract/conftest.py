"""Unmodified numerapi against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ledger.sandbox import Sandbox

OPEN = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
"""A Wednesday with round 1406 open for submissions and stakes."""

CONTINUOUS = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
"""A Wednesday of the spring before, with a round open and every tournament continuous."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox nobody changes."""
    with Sandbox(seed=11, models=16, rounds=120, now=OPEN, frozen=True) as running:
        yield running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of one's own."""
    with Sandbox(seed=11, models=16, rounds=30, now=OPEN, frozen=True) as running:
        yield running
