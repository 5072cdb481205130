"""Numerai into the ledger: fetch what is missing, keep it step by step, log it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.config.settings import AtomicSettings
from ledger.domain.syncing.facts import Problem, Refetch, SyncLog, SyncProgress
from ledger.errors import Cancelled, LedgerError, StoreError
from ledger.numerai.lessons import LESSON_DAYS
from ledger.numerai.wire import fields
from ledger.syncing.run import SyncRun
from ledger.version import __version__

if TYPE_CHECKING:
    from ledger.numerai.client import NumeraiClient
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader

DONE = "done"
"""The outcome, in a sync's log, of one that ran to its end."""

STOPPED = "stopped"
"""The outcome of one that the user stopped; other outcomes are an error's words."""


def _silently(_progress: SyncProgress) -> None:
    """The progress nobody watches."""


def sync(
    client: NumeraiClient,
    store: Store,
    clock: Clock,
    *,
    history_rounds: int | None,
    on_progress: Callable[[SyncProgress], None] = _silently,
    stop: threading.Event | None = None,
    atomic: AtomicSettings | None = None,
    chain: Callable[[], ChainReader | None] = lambda: None,
    again: Refetch | None = None,
) -> SyncLog:
    """Bring ``store`` up to date, in steps that each leave a consistent ledger.

    ``chain`` makes a reader of the strategies ``atomic`` names; what fails there is reported in
    the log. ``history_rounds`` is how many rounds back the ledger reaches, ``None`` for all there
    are. ``again``: what to fetch anew although it is complete.

    A sync that fails or is stopped (``stop``) keeps the steps that were complete by then. What
    Numerai did not tell is in ``store.missing()``.

    Raises:
        Cancelled: ``stop`` was set.
        NumeraiError: Numerai could not be asked for the account.
        StoreError: the ledger could not be written.
    """
    go_by_lessons(client, store, clock)
    watch = _Watch(client, clock)
    run = SyncRun(
        client,
        store,
        clock,
        history_rounds=history_rounds,
        on_progress=on_progress,
        stop=stop,
        atomic=atomic or AtomicSettings(),
        chain=chain,
        again=again,
    )
    try:
        run.run()
        log = watch.log(DONE, run)
        run.finish(log)
    except Exception as error:
        with suppress(StoreError):
            store.log_sync(watch.log(_outcome(error), run))
        raise
    finally:
        fields.forget()
    return log


def go_by_lessons(client: NumeraiClient, store: Store, clock: Clock) -> None:
    """Let ``client`` leave out what the ledger knows that its server refuses, by this version of
    the program and since some days, and keep there what it learns."""
    url = client.api_url
    since = clock.now() - timedelta(days=LESSON_DAYS)
    client.lessons.keep_in(
        store.lessons(url, __version__, since),
        lambda lessons: None if store.read_only else store.learn(url, __version__, lessons),
    )


def _outcome(error: Exception) -> str:
    if isinstance(error, Cancelled):
        return STOPPED
    return error.what if isinstance(error, LedgerError) else type(error).__name__


class _Watch:
    """What a sync cost, from here on."""

    def __init__(self, client: NumeraiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._started: datetime = clock.now()
        self._requests = client.requests
        self._since = time.monotonic()

    def log(self, outcome: str, run: SyncRun) -> SyncLog:
        problems: tuple[Problem, ...] = run.problems()
        return SyncLog(
            started=self._started,
            finished=self._clock.now(),
            outcome=outcome,
            requests=self._client.requests - self._requests,
            milliseconds=round((time.monotonic() - self._since) * 1000),
            rounds=run.rounds,
            problems=problems,
        )
