"""Queries on their way: a few at a time on threads, answers taken on the caller's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.domain.facts import SyncProgress
from ledger.errors import BadCredentials, Cancelled, Refused, Unreachable
from ledger.numerai.answers import Json, Reply

if TYPE_CHECKING:
    from ledger.numerai.client import NumeraiClient
    from ledger.numerai.parts import Document
    from ledger.numerai.wire import Problems

_LOOK_EVERY = 0.1
"""Seconds between looks at the user's stop signal while requests are under way."""

_MOST_SPARED = 6
"""Errands of one sync that may fail; more than that, and Numerai is down."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One query and what to do with its answer.

    ``take`` may send further errands. With ``needed`` false, a refusal is reported and the
    answer counts as empty; ``silent`` keeps it from being reported. With ``spare`` it may even
    stay without any answer, as one model's may while Numerai stumbles over it.
    """

    stage: str
    document: Document
    take: Callable[[Reply], Iterable[Errand]]
    variables: dict[str, Json] = field(default_factory=dict)
    needed: bool = True
    silent: bool = False
    spare: bool = False


class Errands:
    """Runs errands, reports progress and what Numerai complained about."""

    def __init__(
        self,
        client: NumeraiClient,
        problems: Problems,
        *,
        expected: int,
        on_progress: Callable[[SyncProgress], None],
        stop: threading.Event | None,
    ) -> None:
        self._client = client
        self._problems = problems
        self._on_progress = on_progress
        self._stop = stop
        self._done = 0
        self._total = expected
        self._spared = 0
        self._lock = threading.Lock()

    @property
    def done(self) -> int:
        """How many have been answered."""
        return self._done

    def expect(self, total: int) -> None:
        """Now it is known how many there will be in all."""
        self._total = max(total, self._done)

    def run(self, errands: Iterable[Errand]) -> None:
        """Run ``errands`` and all that they send, in no particular order.

        Does not wait for what is still under way when it fails: a hanging request ends by its
        own time limit, and nobody takes its answer.

        Raises:
            Cancelled: the user stopped.
            NumeraiError: whichever came first.
        """
        crew = _Crew(self._client.max_parallel, self._fetch)
        try:
            crew.send(errands)
            while crew.away:
                errand, reply = self._next(crew)
                self._complain(errand, reply)
                more = list(errand.take(reply))
                crew.send(more)
                self._progress(errand.stage, len(more))
        finally:
            crew.dismiss()

    def _next(self, crew: _Crew) -> tuple[Errand, Reply]:
        while True:
            if self._stop is not None and self._stop.is_set():
                raise Cancelled("Stopped before everything was fetched.")
            with suppress(queue.Empty):
                return crew.returned(_LOOK_EVERY)

    def _fetch(self, errand: Errand, halt: threading.Event) -> tuple[Errand, Reply]:
        try:
            return errand, self._client.fetch(errand.document, errand.variables, stop=halt)
        except BadCredentials:
            raise
        except Refused as refused:
            if errand.needed:
                raise
            return errand, Reply.failed(refused.message)
        except Unreachable as silence:
            if not (errand.spare and self._spare()):
                raise
            return errand, Reply.failed(silence.what)

    def _spare(self) -> bool:
        """Whether one more errand may fail."""
        with self._lock:
            self._spared += 1
            return self._done > 0 and self._spared <= _MOST_SPARED

    def _complain(self, errand: Errand, reply: Reply) -> None:
        if not errand.silent:
            for complaint in reply.complaints:
                self._problems.add(errand.stage, complaint.place or "answer", complaint.message)

    def _progress(self, stage: str, more: int) -> None:
        self._done += 1
        self._total = max(self._total + more, self._done)
        self._on_progress(SyncProgress(stage, self._done, self._total))


class _Crew:
    """Daemon threads that fetch: a server that hangs must not keep the program from ending."""

    def __init__(
        self, size: int, fetch: Callable[[Errand, threading.Event], tuple[Errand, Reply]]
    ) -> None:
        self.away = 0
        self._halt = threading.Event()
        self._fetch = fetch
        self._waiting: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self._back: queue.SimpleQueue[tuple[Errand, Reply] | Exception] = queue.SimpleQueue()
        self._size = size
        for number in range(size):
            threading.Thread(target=self._work, name=f"numerai-{number}", daemon=True).start()

    def send(self, errands: Iterable[Errand]) -> None:
        """Have these fetched."""
        for errand in errands:
            self.away += 1
            self._waiting.put(errand)

    def returned(self, timeout: float) -> tuple[Errand, Reply]:
        """The next answer.

        Raises:
            queue.Empty: none within ``timeout`` seconds.
            Exception: what its fetching raised.
        """
        result = self._back.get(timeout=timeout)
        self.away -= 1
        if isinstance(result, Exception):
            raise result
        return result

    def dismiss(self) -> None:
        """Start nothing more; threads end with what they are at."""
        self._halt.set()
        for _ in range(self._size):
            self._waiting.put(None)

    def _work(self) -> None:
        while (errand := self._waiting.get()) is not None and not self._halt.is_set():
            try:
                self._back.put(self._fetch(errand, self._halt))
            except Exception as error:
                self._back.put(error)
