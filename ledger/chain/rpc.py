"""JSON-RPC over HTTP: one request, one answer, nothing repeated.

Reads share a keep-alive session. A write leaves on a connection of its own, so that "never
arrived" and "no answer" can be told apart. An endpoint's address may hold an API key: only its
host is ever shown.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ledger.errors import BadChainAnswer, ChainError, ChainUnreachable, ConfigError
from ledger.exchange import Body, Deadline

if TYPE_CHECKING:
    import requests

Call = tuple[str, Sequence[object]]
"""A method and its parameters."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes after which an answer is not read any further."""

BATCH = 50
"""Calls per batch request; public endpoints take 50 to 1000."""

USER_AGENT = "numstake-tui"
"""What requests call themselves: some endpoints refuse those without a name."""

_CONNECTIONS = 4
"""Connections to an endpoint that are kept open for the next request."""

_CHUNK = 64 * 1024
_LONGEST_MESSAGE = 300
"""Characters kept of an endpoint's error message."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_REVERT_CODES = {3, -32000, -32015}
_REVERT_DATA = re.compile(r"(?:Reverted )?(0x(?:[0-9a-fA-F]{2})*)")
_LATER = "Check the connection and [atomic] rpc_url, or try again later."


class Rpc:
    """One Ethereum endpoint. Usable from any thread; imports ``requests`` when first used.

    Timeouts in seconds: to connect, and to wait for each part of an answer. One exchange as a
    whole takes no longer than the first and twice the second.

    Raises:
        ConfigError: ``url`` is neither https nor http to this machine.
    """

    def __init__(self, url: str, *, connect_timeout: float = 5, read_timeout: float = 20) -> None:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (local or (parts.scheme == "https" and parts.hostname)):
            raise ConfigError(
                "[atomic] rpc_url is neither https nor http to this machine.",
                "Correct it in the config file.",
            )
        self.host = parts.hostname or ""
        self._url = url
        self._timeout = (connect_timeout, read_timeout)
        self._longest = connect_timeout + 2 * read_timeout
        self._secrets = tuple(part for part in re.split(r"[/?&=@:]", url) if len(part) >= 16)
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def call(self, method: str, params: Sequence[object]) -> object:
        """The result of a read.

        Raises:
            ChainUnreachable: no usable answer.
            BadChainAnswer: an answer that is no JSON-RPC.
            ChainError: the endpoint's own no.
        """
        (request,) = self._numbered([(method, params)])
        answer = self._post(self._shared(), Body(json.dumps(request).encode()))
        return self._result(answer, request["id"])

    def tell(self, method: str, params: Sequence[object]) -> object:
        """The same for a write: once, on a connection of its own.

        Raises:
            ChainUnreachable: with ``sent=False`` the endpoint never got it; else nobody knows.
            BadChainAnswer, ChainError: as for :meth:`call`; the endpoint may have taken it.
        """
        (request,) = self._numbered([(method, params)])
        with _session() as session:
            session.headers["Connection"] = "close"
            answer = self._post(session, Body(json.dumps(request).encode()))
        return self._result(answer, request["id"])

    def call_many(self, calls: Sequence[Call]) -> list[object | ChainError]:
        """The results of many reads in their order, a refused one as its error.

        Sent in batches; an endpoint that takes none is asked one by one.

        Raises:
            ChainUnreachable, BadChainAnswer: as for :meth:`call`.
        """
        results: list[object | ChainError] = []
        for at in range(0, len(calls), BATCH):
            part = calls[at : at + BATCH]
            batched = self._batch(part)
            results += self._one_by_one(part) if batched is None else batched
        return results

    def close(self) -> None:
        """Drop the connections; the next request opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _batch(self, calls: Sequence[Call]) -> list[object | ChainError] | None:
        """``None`` when the answer is none to a batch."""
        asked = self._numbered(calls)
        answer = self._post(self._shared(), Body(json.dumps(asked).encode()))
        if not isinstance(answer.payload, list):
            return None
        by_id = {entry.get("id"): entry for entry in answer.payload if isinstance(entry, dict)}
        return [
            self._outcome(_Answer(answer.status, by_id.get(request["id"])), request["id"])
            for request in asked
        ]

    def _one_by_one(self, calls: Sequence[Call]) -> list[object | ChainError]:
        results: list[object | ChainError] = []
        for method, params in calls:
            try:
                results.append(self.call(method, params))
            except ChainError as error:
                results.append(error)
        return results

    def _numbered(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        return [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]

    def _shared(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = _session()
            return self._session

    def _post(self, session: requests.Session, body: Body) -> _Answer:
        """One HTTP request. Nothing of ``requests`` leaves: its exceptions hold the address."""
        deadline = Deadline(self._longest)
        try:
            with deadline:
                return self._exchange(session, body, deadline)
        except Exception as error:
            cause = _TooMuch() if deadline.expired else error
            silence = ChainUnreachable(self._why(cause), _LATER, sent=body.begun)
        raise silence

    def _exchange(self, session: requests.Session, body: Body, deadline: Deadline) -> _Answer:
        with session.post(
            self._url,
            data=body,
            auth=_as_it_is,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise _TooMuch
            if deadline.expired:
                raise _TooMuch
            return _Answer(response.status_code, _parsed(bytes(content)))

    def _outcome(self, answer: _Answer, number: object) -> object | ChainError:
        try:
            return self._result(answer, number)
        except ChainError as error:
            return error

    def _result(self, answer: _Answer, number: object) -> object:
        payload = answer.payload
        refusal = payload.get("error") if isinstance(payload, dict) else None
        if isinstance(refusal, Mapping):
            raise self._refusal(refusal)
        if answer.status == 429 or answer.status >= 500:
            raise ChainUnreachable(f"{self.host} is in trouble (HTTP {answer.status}).", _LATER)
        if not isinstance(payload, dict) or payload.get("id") != number or "result" not in payload:
            raise BadChainAnswer(
                f"{self.host} answered something that is no JSON-RPC (HTTP {answer.status}).",
                "Check [atomic] rpc_url.",
            )
        return payload["result"]

    def _refusal(self, error: Mapping[str, object]) -> ChainError:
        code = error.get("code")
        text = "".join(sign for sign in str(error.get("message", "")) if sign.isprintable())
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return ChainError(
            code if isinstance(code, int) else 0,
            text[:_LONGEST_MESSAGE] or "an error without a message",
            next(_revert_data(error.get("data")), None),
        )

    def _why(self, error: Exception) -> str:
        """A cause in words, from the exception's type only: its text may quote the address."""
        from requests import exceptions as failed

        connect, read = self._timeout
        causes: dict[type[Exception], str] = {
            _TooMuch: f"{self.host} sent more than any answer holds, or took too long over it.",
            failed.ConnectTimeout: f"{self.host} took no connection within {connect:g} s.",
            failed.Timeout: f"{self.host} did not answer within {read:g} s.",
            failed.ProxyError: f"The proxy on the way to {self.host} does not work.",
            failed.SSLError: f"No secure connection to {self.host} could be made.",
            failed.ChunkedEncodingError: f"The answer of {self.host} broke off.",
            failed.ContentDecodingError: f"The answer of {self.host} is garbled.",
            failed.ConnectionError: f"The connection to {self.host} failed or was dropped.",
        }
        matching = (words for cause, words in causes.items() if isinstance(error, cause))
        return next(matching, f"The request to {self.host} failed ({type(error).__name__}).")


def reverted(error: ChainError) -> bool:
    """Whether a refused ``eth_call`` is the contract's no rather than the endpoint's.

    By code and data: 3 and -32015 mean a revert, -32000 is what nodes use for one without data.
    """
    return error.data is not None or error.code in _REVERT_CODES


@dataclass(frozen=True, slots=True)
class _Answer:
    """An HTTP answer, read to its end; ``payload`` is ``None`` where it was no JSON."""

    status: int
    payload: Any


class _TooMuch(Exception):
    """An answer beyond all reason."""


def _session() -> requests.Session:
    import requests

    from ledger.exchange import adapter

    session = requests.Session()
    session.mount("https://", adapter(_CONNECTIONS))
    session.mount("http://", adapter(_CONNECTIONS))
    session.headers.update(
        {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
    )
    return session


def _as_it_is(request: Any) -> Any:
    """An ``auth`` callable that keeps ``.netrc`` out of the request."""
    return request


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _revert_data(data: object) -> Iterator[str]:
    """Revert data as nodes wrap it: plain hex, ``Reverted 0x…``, or inside an object."""
    if isinstance(data, str) and (match := _REVERT_DATA.fullmatch(data)):
        yield match[1].lower()
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _revert_data(value)
