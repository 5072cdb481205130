"""Queries on their way: a few at a time on threads, answers taken on the caller's.

Any of them may fail by itself, whatever the failure; its reader then says what that costs. Only
when several in a row get no answer at all is the rest not asked any more: Numerai is down.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING

from ledger.dataclass import dataclass
from ledger.domain.syncing.facts import SyncProgress, SyncStep
from ledger.errors import BadCredentials, Cancelled, NumeraiError, Unreachable
from ledger.numerai.answers import Json, Reply

if TYPE_CHECKING:
    from ledger.numerai.client import NumeraiClient
    from ledger.numerai.parts import Document

_LOOK_EVERY = 0.1
"""Seconds between looks at the user's stop signal while requests are under way."""

_MOST_SILENT = 4
"""Requests in a row without any answer, after which the rest is not asked."""


def nothing(_error: NumeraiError) -> Iterable[Request]:
    """The reader of a failure that costs nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Request:
    """One query and what to do with what comes of it; both may send further requests.

    ``stage`` says in the sync's progress what is fetched; ``document`` is asked with ``variables``.
    ``take`` gets the answer, which may be partial; ``fail`` gets the reason when there is none.
    With ``needed`` the failure is raised instead.
    """

    stage: str
    document: Document
    take: Callable[[Reply], Iterable[Request]]
    fail: Callable[[NumeraiError], Iterable[Request]] = nothing
    variables: dict[str, Json] = field(default_factory=dict)
    needed: bool = False


class Requests:
    """Runs requests and reports progress."""

    def __init__(
        self,
        client: NumeraiClient,
        *,
        on_progress: Callable[[SyncProgress], None],
        stop: threading.Event | None,
    ) -> None:
        self._client = client
        self._on_progress = on_progress
        self._stop = stop
        self._done = 0
        self._total = 0
        self._step: SyncStep | None = None
        self._step_done = self._step_total = 0
        self._silent = 0
        self._why: Unreachable | None = None

    @property
    def done(self) -> int:
        """How many have been dealt with."""
        return self._done

    def expect(self, total: int) -> None:
        """Now it is known how many there will be in all."""
        self._total = max(total, self._done)

    def begin(self, step: SyncStep, requests: int) -> None:
        """What runs from here on is of ``step``, which has so many as far as is known."""
        self._step, self._step_done, self._step_total = step, 0, requests

    def run(self, requests: Iterable[Request], after: Callable[[], None] = lambda: None) -> None:
        """Run ``requests`` and all that they send; ``after`` is called after each of them.

        Does not wait for what is still under way when it fails: a hanging request ends by its
        own time limit, and nobody takes its answer.

        Raises:
            Cancelled: the user stopped.
            BadCredentials: whatever the request.
            NumeraiError: a needed one failed.
        """
        crew = _Crew(self._client.max_parallel, self._fetch)
        try:
            crew.send(requests)
            while crew.away:
                request, result = self._next(crew)
                more = list(self._taken(request, result))
                crew.send(more)
                self._progress(request.stage, len(more))
                after()
        finally:
            crew.dismiss()

    def _next(self, crew: _Crew) -> tuple[Request, Reply | NumeraiError]:
        while True:
            if self._stop is not None and self._stop.is_set():
                raise Cancelled("Stopped before everything was fetched.")
            with suppress(queue.Empty):
                return crew.returned(_LOOK_EVERY)

    def _taken(self, request: Request, result: Reply | NumeraiError) -> Iterable[Request]:
        if isinstance(result, Reply):
            return request.take(result)
        if request.needed or isinstance(result, BadCredentials):
            raise result
        return request.fail(result)

    def _fetch(self, request: Request, halt: threading.Event) -> Reply | NumeraiError:
        if self._silent >= _MOST_SILENT and self._why is not None:
            return self._why
        try:
            reply = self._client.fetch(request.document, request.variables, stop=halt)
            if reply.empty and not reply.complaints:
                # Nothing at all, without a word: once more, before that is anything to go by.
                reply = self._client.fetch(request.document, request.variables, stop=halt)
        except Cancelled:
            raise
        except Unreachable as silence:
            self._silent, self._why = self._silent + 1, silence
            return silence
        except NumeraiError as error:
            self._silent = 0
            return error
        self._silent = 0
        return reply

    def _progress(self, stage: str, more: int) -> None:
        self._done += 1
        self._total = max(self._total + more, self._done)
        self._step_done += 1
        self._step_total = max(self._step_total + more, self._step_done)
        at = (self._step, self._step_done, self._step_total)
        self._on_progress(SyncProgress(stage, self._done, self._total, *at))


_Result = tuple[Request, "Reply | NumeraiError"]


class _Crew:
    """Daemon threads that fetch: a server that hangs must not keep the program from ending."""

    def __init__(
        self, size: int, fetch: Callable[[Request, threading.Event], Reply | NumeraiError]
    ) -> None:
        self.away = 0
        self._halt = threading.Event()
        self._fetch = fetch
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._back: queue.SimpleQueue[_Result | Exception] = queue.SimpleQueue()
        self._size = size
        for number in range(size):
            threading.Thread(target=self._work, name=f"numerai-{number}", daemon=True).start()

    def send(self, requests: Iterable[Request]) -> None:
        """Have these fetched."""
        for request in requests:
            self.away += 1
            self._waiting.put(request)

    def returned(self, timeout: float) -> _Result:
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
        while (request := self._waiting.get()) is not None and not self._halt.is_set():
            try:
                self._back.put((request, self._fetch(request, self._halt)))
            except Exception as error:
                self._back.put(error)
