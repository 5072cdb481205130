"""GraphQL over HTTP, with the rules that keep money safe.

Queries (:meth:`Transport.ask`) may be repeated and are, with jitter, for as long as Numerai
asks. Writes (:meth:`Transport.tell`) leave exactly once.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from ledger.clock import Clock, from_iso
from ledger.errors import BadAnswer, Cancelled, Unreachable
from ledger.exchange import Arriving, Auth, Body, Line, Silence, Timeouts, as_it_is
from ledger.numerai.answers import Json, Reply, too_fast
from ledger.numerai.exchanges import Exchange, Observer
from ledger.numerai.outcomes import HttpAnswer, read_query, read_write
from ledger.numerai.pacing import Sleep

if TYPE_CHECKING:
    import requests

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes after which an answer is not read any further."""

LONGEST_WAIT = 60.0
"""Seconds: the longest ``Retry-After`` that is honoured."""

_FIRST_BACKOFF = 0.5
"""Seconds: the most that is waited before the second try; it doubles with every further one."""

_LARGEST_BACKOFF = 8.0
"""Seconds: what that grows to at most, since somebody is waiting for the answer."""


class Key(Protocol):
    """What a request needs of an API key."""

    @property
    def public_id(self) -> str: ...

    @property
    def secret_key(self) -> Revealing: ...


class Revealing(Protocol):
    """A secret that must be asked for."""

    def reveal(self) -> str: ...


def wait(seconds: float, stop: threading.Event | None) -> None:
    """Sleep, or less when ``stop`` is set."""
    (stop or threading.Event()).wait(seconds)


class Transport:
    """One account's way to the API. Usable from any thread; imports ``requests`` when first used.

    ``requests`` counts what was sent, ``skew`` is the server's clock minus ours at the last
    answer. ``observer`` is told of every exchange of a query, never of a write. ``sleep`` and
    ``jitter`` are there to be replaced in tests.
    """

    def __init__(
        self,
        api_url: str,
        key: Key | None,
        *,
        clock: Clock,
        timeouts: Timeouts,
        max_parallel: int,
        retries: int,
        sleep: Sleep = wait,
        jitter: Callable[[], float] = random.random,
        observer: Observer | None = None,
    ) -> None:
        self.api_url = api_url
        self.observer = observer
        self.requests = 0
        self.skew: timedelta | None = None
        self._key = key
        self._clock = clock
        self._retries = retries
        self._sleep = sleep
        self._jitter = jitter
        self._places = threading.BoundedSemaphore(max_parallel)
        self._lock = threading.Lock()
        host = urlsplit(api_url).hostname or "the configured address"
        self._line = Line(api_url, host, timeouts, connections=max_parallel)

    def ask(
        self,
        document: str,
        variables: Mapping[str, Json],
        *,
        authorization: bool = True,
        stop: threading.Event | None = None,
        patience: int | None = None,
        pace: Callable[[], None] = lambda: None,
    ) -> Reply:
        """Send a query, again if need be, and return what can be used of the answer.

        ``patience``: after how many time-outs it is given up, where that is less than all tries.
        ``pace`` returns when a try may go out.

        Raises:
            Unreachable: no usable answer after all tries.
            Refused: Numerai said no (``BadCredentials``, ``MissingScope`` where that is why).
            BadAnswer: answers came, but not GraphQL.
            Cancelled: ``stop`` was set.
        """
        body = _encode(document, variables)
        timed_out = 0
        for attempt in range(self._retries + 1):
            pace()
            began = time.monotonic()
            if stop is not None and stop.is_set():
                raise Cancelled("Stopped before everything was fetched.")
            with self._turn():
                outcome = self._line.ask(body, self._auth(authorization), self._read)
            self._observe(document, variables, outcome, began)
            result = read_query(outcome)
            if isinstance(result, Reply) and not too_fast(result.complaints):
                return result
            timed_out += isinstance(result, Unreachable) and result.timed_out
            if attempt == self._retries or timed_out == patience:
                break
            if not isinstance(result, (Reply, Unreachable, BadAnswer)):
                break
            self._sleep(self._pause(outcome, attempt), stop)
        if isinstance(result, Reply):
            return result
        raise result

    def tell(
        self, document: str, variables: Mapping[str, Json], *, authorization: bool = True
    ) -> Reply:
        """Send a write: once, on a fresh connection, never again.

        Raises:
            Refused: Numerai said no.
            Ran: it was carried out, and a part of the answer failed.
            RateLimited: Numerai asks for fewer requests; nobody knows.
            Unreachable: with ``sent=False`` nothing happened; else nobody knows.
            BadAnswer: something answered, but what became of the write is not known.
        """
        body = Body(_encode(document, variables))
        with self._turn():
            outcome = self._line.tell(body, self._auth(authorization), self._read)
        result = read_write(outcome)
        if isinstance(result, Reply):
            return result
        raise result

    def close(self) -> None:
        """Drop the connections; the next request opens new ones."""
        self._line.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the requests that may run at a time."""
        with self._places:
            with self._lock:
                self.requests += 1
            yield

    def _read(self, answer: Arriving) -> HttpAnswer:
        self._note_time(answer.headers.get("Date"))
        content = answer.content(LARGEST_ANSWER)
        return HttpAnswer(
            answer.status,
            answer.headers.get("Content-Type", ""),
            self._retry_after(answer.headers.get("Retry-After")),
            self._struck(content),
        )

    def _auth(self, authorization: bool) -> Auth:
        return self._sign if authorization else as_it_is

    def _observe(
        self,
        document: str,
        variables: Mapping[str, Json],
        outcome: HttpAnswer | Silence,
        began: float,
    ) -> None:
        if self.observer is None:
            return
        milliseconds = round((time.monotonic() - began) * 1000)
        status, kind, body = (
            (outcome.status, outcome.kind, outcome.body)
            if isinstance(outcome, HttpAnswer)
            else (None, "", b"")
        )
        self.observer(Exchange(document, dict(variables), status, kind, body, milliseconds))

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """An ``auth`` callable: signs last, and keeps ``.netrc`` from replacing the header."""
        if self._key is not None:
            secret = self._key.secret_key.reveal()
            request.headers["Authorization"] = f"Token {self._key.public_id}${secret}"
        return request

    def _note_time(self, header: str | None) -> None:
        moment = _http_date(header)
        if moment is not None:
            self.skew = moment - self._clock.now()

    def _retry_after(self, header: str | None) -> float | None:
        if not header:
            return None
        if header.isascii() and header.strip().isdigit():
            return min(LONGEST_WAIT, float(header))
        moment = _http_date(header)
        if moment is None:
            return None
        return max(0.0, (moment - self._clock.now() - (self.skew or timedelta())).total_seconds())

    def _pause(self, outcome: HttpAnswer | Silence, attempt: int) -> float:
        """Seconds: what Numerai asks for, within reason, else exponential with full jitter."""
        backoff = min(_LARGEST_BACKOFF, _FIRST_BACKOFF * 2.0**attempt) * self._jitter()
        asked = outcome.retry_after if isinstance(outcome, HttpAnswer) else None
        return backoff if asked is None else min(LONGEST_WAIT, asked) + backoff / 10

    def _struck(self, content: bytearray) -> bytes:
        """``content`` without the secret, should a server ever echo it."""
        secret = self._key.secret_key.reveal().encode() if self._key is not None else b""
        return bytes(content.replace(secret, b"***") if secret else content)


def _encode(document: str, variables: Mapping[str, Json]) -> bytes:
    return json.dumps({"query": document, "variables": dict(variables)}).encode()


def _http_date(header: str | None) -> datetime | None:
    try:
        return from_iso(parsedate_to_datetime(header).isoformat()) if header else None
    except (ValueError, OverflowError):
        return None
