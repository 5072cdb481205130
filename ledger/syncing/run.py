"""One sync's fetching, in waves, each of which leaves a consistent ledger behind.

First the account, rounds, payouts and staking contracts; then what still changes (running rounds,
submissions, transactions, claims); then history, backwards; then past rounds' daily scores. A
line that is cut, or a process that dies, loses no more than a few answers of the last two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ledger.config.settings import AtomicSettings
from ledger.domain.knowledge import Fact
from ledger.domain.records.price import DOLLAR
from ledger.domain.syncing.facts import Problem, Refetch, SyncFacts, SyncProgress, SyncStep
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.syncing.missing import missing_facts
from ledger.syncing.reading.days import unseen_days
from ledger.syncing.reading.scores import ScoreReading
from ledger.syncing.readings import Readings
from ledger.syncing.requests import Request, Requests
from ledger.syncing.steps import Steps

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.domain.syncing.facts import SyncLog
    from ledger.numerai.client import NumeraiClient
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader

MOST_REQUESTS = 20
"""Requests of a sync after the first, beyond which it asks for nothing that can wait."""

_BESIDE_SCORES = 9
"""Requests of a sync other than those for scores."""

_DAYS = Fact.DAILY_SCORES
_ONE_REQUEST = 3
"""Spans of daily scores that one request takes."""

WAVE = 8
"""Requests for history, after which it is looked whether they brought anything."""

KEPT_AT_ONCE = 2
"""Answers of history that are kept in one step into the ledger."""

_FRUITLESS = 2
"""Waves in which nothing became complete, after which history is left to the next sync."""


class SyncRun:
    """One sync. Use once: :meth:`run`, then :meth:`finish` with its log."""

    def __init__(
        self,
        client: NumeraiClient,
        store: Store,
        clock: Clock,
        *,
        history_rounds: int | None,
        on_progress: Callable[[SyncProgress], None],
        stop: threading.Event | None,
        atomic: AtomicSettings,
        chain: Callable[[], ChainReader | None],
        again: Refetch | None = None,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._requests = Requests(client, on_progress=on_progress, stop=stop)
        self._read = Readings(
            store,
            client.lessons,
            clock,
            history_rounds=history_rounds,
            atomic=atomic,
            again=again,
        )
        self._steps = Steps(self._read, store, atomic, chain)
        self._unkept = 0

    @property
    def rounds(self) -> int:
        """Of how many rounds rows came."""
        return len(self._steps.rounds_read)

    def problems(self) -> tuple[Problem, ...]:
        """What Numerai and the chain said that could not be used."""
        return self._read.problems()

    def run(self) -> None:
        """Fetch, and bring what is complete into the ledger as it comes.

        Raises:
            NumeraiError: something without which there is nothing to keep failed.
            Cancelled: the user stopped. What had come by then is in the ledger.
            StoreError: the ledger could not be written.
        """
        batches = -(-len(self._read.former.models) // self._client.max_aliases)
        self._requests.expect(_BESIDE_SCORES + batches)
        first = list(self._first_wave())
        self._requests.begin(SyncStep.ACCOUNT, len(first))
        self._requests.run(first)
        self._read.take_time(self._clock.now())
        self._requests.run(self._read.account.doubts())
        self._read.open()
        if self._read.first:
            self._store.apply(self._steps.now())
        second = list(self._second_wave())
        self._requests.begin(SyncStep.RUNNING, len(second))
        self._requests.expect(self._requests.done + len(second))
        self._requests.run(second)
        self._read.take_back_lacking()
        self._store.apply(self._steps.current())
        self._history()
        self._daily_scores()

    def finish(self, log: SyncLog) -> None:
        """Keep what was missing, and the sync's log."""
        again = self._read.settled_before()
        self._read.scores.believe_absent(again=again)
        self._read.submissions.believe_absent(again=again)
        step = SyncFacts(
            days=self._read.days.drain(),
            covered=self._read.coverage.altered(),
            missing=missing_facts(
                self._read.missing(),
                self._read.former.missing,
                self._read.former.as_of,
                self._read.now,
            ),
            history=True if self._read.whole_history() else None,
        )
        self._store.apply(step, log)

    def _first_wave(self) -> Iterator[Request]:
        yield self._read.rounds.request()
        yield from self._read.account.requests()
        yield self._read.payouts.request()
        yield self._read.claims.ask_contracts(self._read.now)

    def _second_wave(self) -> Iterator[Request]:
        read = self._read
        yield from self._currency()
        yield from read.claims.requests(
            read.news.account,
            read.models,
            read.rounds.merged(),
            read.now,
            atomic=read.atomic_tournaments(),
        )
        if read.models:
            models = read.models.values()
            rounds_by_model = {model.id: read.scores.rounds_due(model) for model in models}
            yield from read.submissions.requests(rounds_by_model)
            yield read.transactions.request()
            yield from read.scores.running(models, self._client.max_aliases)

    def _history(self) -> None:
        """What is not complete yet, a few requests at a time, the newest rounds first."""
        scores = self._read.scores
        batches = scores.history(self._read.models.values(), self._client.max_aliases)
        self._requests.begin(SyncStep.HISTORY, len(batches))
        self._requests.expect(self._requests.done + len(batches))
        fruitless = 0
        while batches and (self._read.first or fruitless < _FRUITLESS):
            wave, batches = batches[:WAVE], batches[WAVE:]
            before = self._read.complete()
            try:
                self._requests.run(map(scores.request, wave), after=self._keep_some)
            finally:
                self._keep_rows()
            fruitless = 0 if self._read.complete() > before else fruitless + 1
        scores.abandon(batches)
        if not self._read.first and self._read.settled_before():
            self._look_for_absent(scores)

    def _keep_some(self) -> None:
        """Keep what came, every few answers: a process that dies has lost no more than those."""
        self._unkept += 1
        if self._unkept >= KEPT_AT_ONCE:
            self._keep_rows()

    def _keep_rows(self) -> None:
        self._unkept = 0
        self._store.apply(self._steps.rows())

    def _look_for_absent(self, scores: ScoreReading) -> None:
        """Ask for what was listed as absent once more, as far as there is room for it."""
        room = max(0, MOST_REQUESTS - self._requests.done)
        batches = scores.absent(self._read.models.values(), self._client.max_aliases)[:room]
        self._requests.expect(self._requests.done + len(batches))
        self._requests.run(map(scores.request, batches))
        self._store.apply(self._steps.rows())

    def _daily_scores(self) -> None:
        """All that are wanted with the first sync, then what the budget of a sync has room for."""
        if not self._read.first and self._requests.done >= MOST_REQUESTS:
            self._read.days.keep(self._read.former.missing)
            return
        form = self._client.lessons.performance_form()
        spans = unseen_days(self._store)
        if not self._read.first:
            former = self._read.former.missing
            missed = {entry.subject for entry in former if entry.fact is _DAYS}
            spans = [span for span in spans if span.model.id in missed] or spans[:_ONE_REQUEST]
        requests = self._read.days.requests(spans, self._client.max_aliases, form)
        self._requests.begin(SyncStep.DAYS, len(requests))
        self._requests.expect(self._requests.done + len(requests))
        self._requests.run(requests, after=self._keep_days)

    def _keep_days(self) -> None:
        self._store.apply(SyncFacts(days=self._read.days.drain()))

    def _currency(self) -> Iterator[Request]:
        """The price in the account's own currency, where that is not the one that comes anyway."""
        currency = self._read.news.account.currency
        if currency is None or currency == DOLLAR:
            return

        def take(reply: Reply) -> Iterable[Request]:
            self._steps.conversion = wire.read_conversion(
                reply, currency, self._read.now, self._read.payouts.problems
            )
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        variables = {"currency": currency}
        yield Request("prices", documents.CURRENCY, take, fail, variables)
