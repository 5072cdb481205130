"""Numerai into the ledger: fetch what is missing, store it in one transaction, log it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ledger.clock import Clock
from ledger.domain.coverage import Covered
from ledger.domain.facts import Problem, SyncFacts, SyncLog, SyncProgress
from ledger.domain.model import Model, Tournament
from ledger.domain.payout import Performance
from ledger.domain.transaction import STRATEGY_STAKE
from ledger.errors import Cancelled, LedgerError, StoreError
from ledger.numerai.day_list import PAST_ROUNDS, RUNNING_ROUNDS, DaySpan, day_spans
from ledger.numerai.gather import Gathering, transaction_key
from ledger.numerai.plan import Fetched, Known
from ledger.settings import AtomicSettings

if TYPE_CHECKING:
    from ledger.chain_sync import ChainReader
    from ledger.numerai.client import NumeraiClient
    from ledger.store import Store

DONE = "done"
STOPPED = "stopped"


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
) -> SyncLog:
    """Bring ``store`` up to date: all of it in one transaction, or nothing.

    ``chain`` makes a reader of the strategies ``atomic`` names; what fails there is reported in
    the log.

    ``history_rounds`` is how many rounds back the ledger reaches, ``None`` for all there are.
    A sync that fails or is stopped (``stop``) leaves the ledger as it was, but for its log row.

    Raises:
        Cancelled: ``stop`` was set.
        NumeraiError: Numerai could not be asked.
        StoreError: the ledger could not be written.
    """
    atomic = atomic or AtomicSettings()
    watch = _Watch(client, clock)
    gathering = Gathering(
        client,
        _known(store),
        clock,
        history_rounds=history_rounds,
        on_progress=on_progress,
        stop=stop,
        atomic=atomic,
        days=_unseen_days(store),
    )
    try:
        facts = gathering.run()
        facts, problems = _with_chain(facts, store, atomic, chain)
        log = watch.log(DONE, gathering, facts, problems)
        store.apply(facts, log)
    except Exception as error:
        with suppress(StoreError):
            store.log_sync(watch.log(_outcome(error), gathering))
        raise
    return log


def _with_chain(
    facts: SyncFacts,
    store: Store,
    atomic: AtomicSettings,
    connect: Callable[[], ChainReader | None],
) -> tuple[SyncFacts, tuple[Problem, ...]]:
    """``facts`` with what the chain says of the strategies, and what went wrong there."""
    if facts.strategy is None or not any(map(atomic.strategy, Tournament)):
        return facts, ()
    try:
        chain = connect()
    except LedgerError as error:
        return facts, (Problem("chain", "rpc_url", error.what),)
    if chain is None:
        return facts, ()
    from ledger.chain_sync import ChainReading

    reading = ChainReading(chain, store, atomic, facts)
    news = reading.run(facts.strategy)
    return replace(facts, strategy=news), tuple(reading.problems)


def _outcome(error: Exception) -> str:
    if isinstance(error, Cancelled):
        return STOPPED
    return error.what if isinstance(error, LedgerError) else type(error).__name__


def _known(store: Store) -> Known:
    transactions = store.stake_transactions()
    keys = store.strategies.keys()
    return Known(
        rounds={
            tournament: {entry.number: entry for entry in store.rounds(tournament)}
            for tournament in Tournament
        },
        fetched={
            model_id: Fetched(model_id, entry.first, entry.last)
            for model_id, ranges in store.covered(Covered.PERFORMANCES).items()
            for entry in ranges
        },
        transactions=frozenset(transaction_key(row) for row in transactions),
        strategy_stakes=frozenset(
            row.tournament for row in transactions if row.type == STRATEGY_STAKE
        ),
        moved=frozenset(store.strategies.moved()),
        model_by_key={key.key: key.model_id for key in keys},
    )


def _unseen_days(store: Store) -> tuple[DaySpan, ...]:
    """Settled rounds whose daily scores nobody saw and nobody asked for."""
    spans: list[DaySpan] = []
    models = store.models()
    for tournament in sorted({model.tournament for model in models}):
        newest = store.rounds(tournament, newest=RUNNING_ROUNDS + PAST_ROUNDS, scores=False)
        since = newest[-1].number if newest else None
        spans += day_spans(
            [model for model in models if model.tournament is tournament],
            partial(_rows, store, since),
            store.asked_days(tournament),
        )
    return tuple(spans)


def _rows(store: Store, since: int | None, model: Model) -> tuple[Performance, ...]:
    return store.performances(model.tournament, since=since, model_id=model.id)


class _Watch:
    """What a sync cost, from here on."""

    def __init__(self, client: NumeraiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._started: datetime = clock.now()
        self._requests = client.requests
        self._since = time.monotonic()

    def log(
        self,
        outcome: str,
        gathering: Gathering,
        facts: SyncFacts | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> SyncLog:
        rows = facts.performances if facts else ()
        return SyncLog(
            started=self._started,
            finished=self._clock.now(),
            outcome=outcome,
            requests=self._client.requests - self._requests,
            milliseconds=round((time.monotonic() - self._since) * 1000),
            rounds=len({(row.tournament, row.round) for row in rows}),
            problems=(*gathering.problems, *problems),
        )
