"""A Numerai that lies in its answers to changes, in front of a sandbox that holds the truth.

What becomes of a write and what is said of it are two things: a :class:`Lie`. Reads of the account
are true, late by at most :data:`LATEST`, and may omit facts. Everything goes over real HTTP.
"""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ledger.sandbox import Sandbox

LATEST = timedelta(seconds=20)
"""How late a reading may be."""

_LATE_READS = 0.4

SILENT = ("drop", "html", "empty", "half", "502", "504", "429", "limited")
"""Answers that are none."""

NOES = ("funds", "pending", "nothing", "scope", "key")
"""Refusals in words that are listed, at the mutation."""

CLAIMS = ("yes", "object", "failed", "empty words", "other kind", "other amount", "bare")
"""Values that claim something, or nothing."""

ODD = ("own fault", "own fault, no data", "new words", "no, elsewhere")
"""Errors that tell nothing."""

WORDS = {
    "funds": "Insufficient funds: not enough NMR available",
    "pending": "There is already a pending stake increase for this model",
    "nothing": "There is no pending stake release to cancel for this model",
    "scope": "Insufficient permission for stake",
    "key": "Your API key is invalid",
    "own fault": "Internal server error",
    "own fault, no data": "Internal server error",
    "new words": "The moon is in the seventh house",
    "no, elsewhere": "Insufficient funds",
}

OMISSIONS = (
    ("account", "availableNmr"),
    ("account", "heldForScheduledStakeIncreases"),
    ("account", "scheduledStakeTxns"),
    ("model", "v2Stake"),
    ("model", "v2Stake", "latestValueSettled"),
    ("model", "v2Stake", "pendingV2ChangeStakeRequest"),
    ("model", "v2Stake", "pendingV2ChangeStakeRequest", "id"),
    ("model", "v2Stake", "takeProfit"),
)


@dataclass(frozen=True, slots=True)
class Lie:
    """What happens to one write.

    ``after`` is when it is carried out: before its answer (zero), so much later, or never.
    ``twice``: it reaches the server twice, and the second one's answer is told, where ``said`` is
    ``truth``.
    """

    after: timedelta | None
    said: str
    twice: bool = False


@dataclass(slots=True)
class _Late:
    due: datetime
    write: tuple[int, int]
    body: bytes
    headers: dict[str, str]


class Liar:
    """Serves what a sandbox holds. ``lie`` chooses what becomes of a write to a model, and sets
    ``current`` to the change and the number of the write; ``applied`` tells by change which of
    its writes took effect. ``slow`` is how many seconds a request and its answer may take each."""

    def __init__(
        self,
        sandbox: Sandbox,
        lie: Callable[[str], Lie],
        rng: random.Random,
        omits: float = 0.15,
        slow: float = 0.0,
    ) -> None:
        self.sandbox = sandbox
        self.current = (0, 0)
        self.applied: dict[int, set[int]] = {}
        self._lie = lie
        self._random = rng
        self.omits = omits
        self._slow = slow
        self._reads: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._past: dict[str, list[tuple[datetime, Any]]] = {}
        self._late: list[_Late] = []
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def catch_up(self) -> None:
        """Carry out what is late and due by now."""
        with self._lock:
            now = self.sandbox.now()
            due = [late for late in self._late if late.due <= now]
            self._late = [late for late in self._late if late.due > now]
            for late in due:
                self._carry_out(late.body, late.headers, late.write)

    @property
    def next_due(self) -> datetime | None:
        """When the next late write is carried out."""
        return min((late.due for late in self._late), default=None)

    def remember(self, model_id: str) -> None:
        """Keep how the account stands now: readings may be as late as this."""
        with self._lock:
            read = self._reads.get(model_id)
            if read is not None:
                self._past.setdefault(model_id, []).append(
                    (self.sandbox.now(), self._forward(*read)[1])
                )

    def dawdle(self) -> None:
        """Take a while, where this one is slow."""
        if self._slow:
            time.sleep(self._slow * self._random.random())

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """Status and body; ``None`` drops the connection."""
        asked = json.loads(body)
        text, variables = asked["query"], asked.get("variables") or {}
        with self._lock:
            if text.lstrip().startswith("mutation"):
                return self._write(body, headers, variables)
            if "modelId" in variables and "availableNmr" in text:
                return self._read(variables["modelId"], body, headers)
            return self._raw(body, headers)

    def _write(
        self, body: bytes, headers: dict[str, str], variables: dict[str, Any]
    ) -> tuple[int, bytes] | None:
        model_id = variables["modelId"]
        lie = self._lie(model_id)
        field = next(name for name in _FIELDS if name in json.loads(body)["query"])
        truth: Any = {"data": {field: None}}
        if lie.after is not None and not lie.after:
            for _ in range(1 + lie.twice):
                truth = self._carry_out(body, headers, self.current)
        elif lie.after is not None:
            self._late.append(_Late(self.sandbox.now() + lie.after, self.current, body, headers))
        change, write = self.current
        ran = write in self.applied.get(change, ())
        said = "truth" if lie.said == "below" and not ran else lie.said
        return _told(said, field, truth, variables)

    def _carry_out(self, body: bytes, headers: dict[str, str], write: tuple[int, int]) -> Any:
        self.remember(json.loads(body)["variables"]["modelId"])
        before = len(self.sandbox.mutations_applied)
        answer = self._forward(body, headers)[1]
        if len(self.sandbox.mutations_applied) > before:
            self.applied.setdefault(write[0], set()).add(write[1])
        return answer

    def _read(
        self, model_id: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes] | None:
        self._reads[model_id] = (body, headers)
        late = self._random.random() < _LATE_READS
        seen = self.sandbox.now() - (self._random.random() * LATEST if late else timedelta(0))
        past = [answer for at, answer in self._past.get(model_id, []) if at > seen]
        answer = past[0] if past else self._forward(body, headers)[1]
        return 200, json.dumps(self._omitting(answer)).encode()

    def _omitting(self, answer: Any) -> Any:
        """``answer`` without facts that it does not tell: null, with an error that says so."""
        answer = json.loads(json.dumps(answer))
        for path in OMISSIONS:
            if self._random.random() >= self.omits / len(OMISSIONS) * 2:
                continue
            below = answer.get("data")
            for step in path[:-1]:
                below = below.get(step) if isinstance(below, dict) else None
            if isinstance(below, dict) and below.get(path[-1]) is not None:
                below[path[-1]] = None
                error = {"message": "Internal server error", "path": list(path)}
                answer.setdefault("errors", []).append(error)
        return answer

    def _forward(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        status, raw = self._raw(body, headers)
        return status, json.loads(raw)

    def _raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(self.sandbox.url, body, headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


_FIELDS = (
    "v2ChangeStake",
    "releaseStake",
    "cancelPendingStakeRelease",
    "v3ChangePayoutSelection",
)


def _told(said: str, field: str, truth: Any, variables: dict[str, Any]) -> tuple[int, bytes] | None:
    """The answer to a write; ``truth`` is what the sandbox answered, where it was asked."""
    if said == "drop":
        return None
    if said in {"html", "empty", "half"}:
        page = {"html": b"<html>Hello</html>", "empty": b"", "half": b'{"data": {"v2Cha'}
        return 200, page[said]
    if said in {"502", "504", "429"}:
        return int(said), b"<html>Bad</html>"
    return (400 if said == "invalid" else 200), json.dumps(
        _body(said, field, truth, variables)
    ).encode()


def _body(said: str, field: str, truth: Any, variables: dict[str, Any]) -> Any:
    if said == "limited":
        return {"errors": [{"message": "slow down", "code": "rate_limited"}]}
    if said == "invalid":
        return {"errors": [{"message": f'Cannot query field "{field}" on type "Mutation".'}]}
    if said == "below":
        error = {"message": "Cannot return null for dueDate", "path": [field, "dueDate"]}
        return {"data": {field: None}, "errors": [error]}
    if said in WORDS:
        place = "another" if said == "no, elsewhere" else field
        body: Any = {"errors": [{"message": WORDS[said], "path": [place]}]}
        return body if said == "own fault, no data" else body | {"data": {field: None}}
    return truth if said == "truth" else {"data": {field: _claim(said, field, variables)}}


def _claim(said: str, field: str, variables: dict[str, Any]) -> Any:
    kind = variables.get("type") or "decrease"
    amount = variables.get("value") or variables.get("amount") or "1"
    row = {"id": "of-a-liar", "type": kind, "requestedAmount": amount, "status": "pending",
           "dueDate": None, "drain": field == "releaseStake"}  # fmt: skip
    return {
        "yes": "take_profit" if field == "v3ChangePayoutSelection" else row,
        "object": {},
        "failed": row | {"status": "failed"},
        "empty words": "",
        "other kind": row | {"type": "decrease" if kind == "increase" else "increase"},
        "other amount": row | {"requestedAmount": "77.7"},
        "bare": "pending",
    }[said]


def _handler(liar: Liar) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return f"{liar.sandbox.now():%a, %d %b %Y %H:%M:%S} GMT"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the client was killed
                self.close_connection = True
                return
            kept = ("Authorization", "Content-Type")
            headers = {name: self.headers[name] for name in kept if name in self.headers}
            liar.dawdle()
            answer = liar.answer(body, headers)
            liar.dawdle()
            if answer is None:
                self.close_connection = True
                return
            status, payload = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            with suppress(ConnectionError):  # the client was killed
                self.wfile.write(payload)

    return Handler
