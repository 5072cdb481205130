"""Driving the app through its keys, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from ledger.book import Book
from ledger.config.config import Config
from tui.app import NumstakeApp

LARGE, SMALL = (120, 36), (80, 24)

ON_MODELS = replace(Config(), app=replace(Config().app, opens="models"))
"""The usual config, but that the app opens with its models."""

QUIET = replace(ON_MODELS, app=replace(ON_MODELS.app, sync_on_start=False, sync_every=0))
"""A config under which the app asks Numerai nothing by itself, and opens with its models."""

AT_HOME = replace(QUIET, app=replace(QUIET.app, opens="home"))
"""The same for an app that opens as it does."""


PATIENCE = 60
"""Seconds that anything may take on a busy machine before it counts as never."""


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Let the app work until ``condition`` holds.

    Raises:
        AssertionError: it never did within :data:`PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what or "the condition never held"
        await pilot.pause()
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(book: Book, size: tuple[int, int] = LARGE) -> AsyncIterator[Pilot[Any]]:
    """The app on ``book`` with its first report on screen."""
    app = NumstakeApp(book)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.pane is not None and app.pane.report is not None)
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[Any]) -> NumstakeApp:
    """The app behind a pilot."""
    app = pilot.app
    assert isinstance(app, NumstakeApp)
    return app


async def settled(pilot: Pilot[Any]) -> None:
    """Wait for the jobs under way, and for what they bring onto the screen."""
    waiting = True
    while waiting:
        try:
            await pilot.app.workers.wait_for_complete()
            waiting = False
        except WorkerCancelled:  # a newer job has taken its place
            await pilot.pause()
    await pilot.pause()
