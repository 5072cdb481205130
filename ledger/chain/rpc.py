"""JSON-RPC over HTTP: one request, one answer, nothing repeated.

An endpoint's address may hold an API key: only its host is ever shown.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ledger import exact_json
from ledger.domain import text as texts
from ledger.errors import BadChainAnswer, ChainError, ChainUnreachable, ConfigError
from ledger.exchange import Arriving, Body, Line, Silence, Timeouts, as_it_is, is_loopback

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

_SHORTEST_SECRET = 6
"""Characters of the shortest part of an address that could be a key; "v2" and "rpc" are none."""

_LONGEST_MESSAGE = 300
"""Characters kept of an endpoint's error message."""

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
        local = parts.scheme == "http" and is_loopback(parts.hostname)
        if not (local or (parts.scheme == "https" and parts.hostname)):
            raise ConfigError(
                "[atomic] rpc_url is neither https nor http to this machine.",
                "Correct it in the config file.",
            )
        self.host = parts.hostname or ""
        self._line = Line(
            url,
            self.host,
            Timeouts(connect_timeout, read_timeout),
            connections=_CONNECTIONS,
            headers={"User-Agent": USER_AGENT},
        )
        self._secrets = _secrets(url)
        self._ids = itertools.count(1)

    def call(self, method: str, params: Sequence[object]) -> object:
        """The result of a read.

        Raises:
            ChainUnreachable: no usable answer.
            BadChainAnswer: an answer that is no JSON-RPC.
            ChainError: the endpoint's own no.
        """
        (request,) = self._numbered([(method, params)])
        return self._result(self._ask(request), request["id"])

    def tell(self, method: str, params: Sequence[object]) -> object:
        """The same for a write: once, on a connection of its own.

        Raises:
            ChainUnreachable: with ``sent=False`` the endpoint never got it; else nobody knows.
            BadChainAnswer, ChainError: as for :meth:`call`; the endpoint may have taken it.
        """
        (request,) = self._numbered([(method, params)])
        answer = _heard(self._line.tell(_encoded(request), as_it_is, _read))
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
        self._line.close()

    def _batch(self, calls: Sequence[Call]) -> list[object | ChainError] | None:
        """``None`` when the answer is none to a batch."""
        asked = self._numbered(calls)
        answer = self._ask(asked)
        if not isinstance(answer.payload, list):
            return None
        by_id = {
            entry["id"]: entry
            for entry in answer.payload
            if isinstance(entry, dict) and isinstance(entry.get("id"), int)
        }
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

    def _ask(self, request: object) -> _Answer:
        return _heard(self._line.ask(_encoded(request), as_it_is, _read))

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
        text = texts.line(str(error.get("message", "")))
        text = self._secrets.sub("***", text)
        return ChainError(
            code if isinstance(code, int) else 0,
            text[:_LONGEST_MESSAGE] or "an error without a message",
            next(_revert_data(error.get("data")), None),
        )


def _secrets(url: str) -> re.Pattern[str]:
    """What of an address an endpoint might quote: anything but scheme and host, as it is written
    or decoded, the longest first."""
    parts = urlsplit(url)
    target = url.partition(parts.netloc)[2]
    pieces = {target, *re.split(r"[/?&=;#:@]", f"{parts.netloc.rpartition('@')[0]}/{target}")}
    decoded = {unquote(piece) for piece in pieces}
    quoted = {piece for piece in pieces | decoded if len(piece) >= _SHORTEST_SECRET}
    alternatives = map(re.escape, sorted(quoted, key=len, reverse=True))
    return re.compile("|".join(alternatives) or r"(?!)", re.IGNORECASE)


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


def _encoded(request: object) -> Body:
    return Body(json.dumps(request).encode())


def _read(answer: Arriving) -> _Answer:
    return _Answer(answer.status, _parsed(bytes(answer.content(LARGEST_ANSWER))))


def _heard(answer: _Answer | Silence) -> _Answer:
    if isinstance(answer, Silence):
        raise ChainUnreachable(answer.why, _LATER, sent=answer.sent)
    return answer


def _parsed(content: bytes) -> Any:
    try:
        return exact_json.answer(content)
    except ValueError:
        return None


def _revert_data(data: object) -> Iterator[str]:
    """Revert data as nodes wrap it: plain hex, ``Reverted 0x…``, or inside an object."""
    if isinstance(data, str) and (match := _REVERT_DATA.fullmatch(data)):
        yield match[1].lower()
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _revert_data(value)
