"""The sandbox over HTTP/1.1 on loopback: GraphQL at ``/``, Ethereum's JSON-RPC at ``/rpc``, its
controls below ``/_sandbox/``.

A page in a browser on this machine can reach it as well, so it answers to names of loopback alone
(not to one that was pointed here), takes JSON, which a page may not send to others unasked, and
does nothing upon a GET.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from ledger.exchange import is_loopback
from ledger.sandbox.chain.rpc import Rpc
from ledger.sandbox.server.api import Api
from ledger.sandbox.server.faults import Fault, with_nulls
from ledger.sandbox.server.graphql_engine import BadDocument, Operation

CONTROL, RPC = "/_sandbox/", "/rpc"
_HOST = "127.0.0.1"
_LIMIT = 4_000_000
"""Bytes of the largest request body that is read."""

_HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
_JSON = "application/json; charset=utf-8"
_RATE_LIMITED = {"errors": [{"message": "Rate limit exceeded", "code": "rate_limited"}]}
_AFTER = frozenset({"status_after", "drop_after", "nulls"})
"""Faults that let the request take effect."""

Control = Callable[[dict[str, Any]], dict[str, Any]]


class Drop(Exception):
    """Close the connection without an answer."""


class Server(ThreadingHTTPServer):
    """Binds a port on loopback; ``controls`` are functions by their name in the path."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port: int, api: Api, rpc: Rpc, controls: dict[str, Control]) -> None:
        self.api = api
        self.rpc = rpc
        self.faults = api.faults
        self.controls = controls
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__((_HOST, port), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_HOST}:{self.server_port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is its own business; anything else is worth a traceback."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening and end every open connection."""
        self.closing.set()
        self.shutdown()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body leave in one packet.
    wbufsize = -1
    server_version = "numstake-sandbox"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the sandbox shares a terminal with the app."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header, in the sandbox's time."""
        del timestamp
        moment: datetime = self.server.api.clock.now()
        return format_datetime(moment, usegmt=True)

    def do_GET(self) -> None:
        if not self._is_meant():
            self._json(403, _errors("This is no address of the sandbox"))
        elif self.path.removeprefix(CONTROL).strip("/") == "status":
            self._control({})
        elif self.path.startswith(CONTROL):
            self._json(405, _errors("POST a JSON object to this address"), {"Allow": "POST"})
        else:
            self._json(400, _errors("POST a GraphQL document to this address"))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > _LIMIT:
            self.close_connection = True
            self._json(413, _errors("Request too large"))
            return
        try:
            body = json.loads(self.rfile.read(int(length)) or b"{}")
        except ValueError:
            body = None
        if not self._is_meant():
            self._json(403, _errors("This is no address of the sandbox"))
        elif self.headers.get_content_type() != "application/json":
            self._json(415, _errors("The request's Content-Type must be application/json"))
        elif self.path.rstrip("/") == RPC:
            self._dropping(lambda: self._ethereum(body))
        elif not isinstance(body, dict):
            self._json(400, _errors("The request body must be a JSON object"))
        elif self.path.startswith(CONTROL):
            self._control(body)
        else:
            self._dropping(lambda: self._answer(body))

    def _is_meant(self) -> bool:
        """Whether the request names this server: a loopback name, with its port."""
        hosts = self.headers.get_all("Host", [])
        try:
            (parts,) = [urlsplit(f"//{host}") for host in hosts]
            port = parts.port or 80
        except ValueError:
            return False
        plain = "@" not in parts.netloc and parts.netloc == hosts[0]
        return plain and is_loopback(parts.hostname) and port == self.server.server_port

    def _control(self, body: dict[str, Any]) -> None:
        control = self.server.controls.get(self.path.removeprefix(CONTROL).strip("/"))
        if control is None:
            self._json(404, _errors(f"No control {self.path}"))
            return
        try:
            self._json(200, control(body))
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            self._json(400, _errors(str(error)))

    def _answer(self, body: dict[str, Any]) -> None:
        try:
            self._graphql(body)
        except BadDocument as bad:
            status = bad.status or self.server.api.manners.refusal_status
            self._json(status, {"errors": bad.errors})

    def _dropping(self, answer: Callable[[], None]) -> None:
        try:
            answer()
        except Drop:
            self.close_connection = True

    def _ethereum(self, body: object) -> None:
        requests = body if isinstance(body, list) else [body]
        methods = tuple(str(r.get("method")) for r in requests if isinstance(r, dict))

        def serve() -> Any:
            answers = self.server.rpc.answers(requests)
            return answers if isinstance(body, list) else answers[0]

        if not (self.headers.get("User-Agent") or self.server.api.manners.nameless_rpc):
            self._send(403, _HTML, "text/html")
            return
        fault = self._fault("rpc", *(f"rpc:{method}" for method in methods))
        if fault is None:
            self._json(200, serve())
        else:
            self._fail(fault, serve, ("rpc", methods))

    def _graphql(self, body: dict[str, Any]) -> None:
        operation = self.server.api.operation(body.get("query"))
        too_fast = self.server.api.too_fast(operation, self.headers.get("Authorization"))
        if too_fast is not None:
            self._json(too_fast, _RATE_LIMITED)
            return
        fault = self._fault(operation.kind)
        if fault is None:
            self._json(200, self._execute(operation, body))
        else:
            about = (operation.kind, operation.fields)
            self._fail(fault, lambda: self._execute(operation, body), about)

    def _fault(self, *kinds: str) -> Fault | None:
        """What goes wrong with this request, after its delays."""
        faults = self.server.faults.take(*kinds)
        for fault in faults:
            if fault.kind == "latency":
                self.server.closing.wait(float(fault.options.get("ms", 50)) / 1000)
        return next((fault for fault in faults if fault.kind != "latency"), None)

    def _execute(self, operation: Operation, body: dict[str, Any]) -> dict[str, Any]:
        return self.server.api.execute(
            operation, body.get("variables"), self.headers.get("Authorization")
        )

    def _fail(
        self, fault: Fault, serve: Callable[[], Any], about: tuple[str, tuple[str, ...]]
    ) -> None:
        options = fault.options
        cut = fault.kind == "body" and options.get("form") == "truncated"
        effect = fault.kind in _AFTER or options.get("after") or (cut and about[0] != "mutation")
        answer: Any = {}
        if effect:
            answer = serve()
        else:
            self.server.api.note(*about, applied=False)
        if fault.kind in {"status_before", "status_after"}:
            self._send(int(options.get("status", 502)), _HTML, "text/html")
        elif fault.kind == "refuse":
            status = int(options.get("status", 400))
            self._json(status, _errors(str(options.get("message", "Refused"))))
        elif fault.kind == "too_many":
            wait = str(options.get("retry_after", 1))
            self._json(429, _errors("Too many requests"), {"Retry-After": wait})
        elif fault.kind == "rate_limited":
            self._json(int(options.get("status", 200)), _RATE_LIMITED)
        elif fault.kind == "html":
            self._send(200, _HTML, "text/html")
        elif fault.kind == "body":
            self._spoilt(answer, str(options.get("form", "html")), int(options.get("status", 200)))
        elif fault.kind == "nulls":
            names = options.get("fields")
            chosen = None if names is None else frozenset(map(str, names))
            self._json(200, _emptied(answer, chosen))
        else:
            if fault.kind == "hang":
                self.server.closing.wait(float(options.get("seconds", 60)))
            raise Drop

    def _spoilt(self, answer: Any, form: str, status: int) -> None:
        """A body that is no answer: a web page, nothing, or the first half of one."""
        if form == "html":
            self._send(status, _HTML, "text/html")
        elif form == "empty":
            self._send(status, b"", _JSON)
        else:
            whole = _written(answer or {"data": None})
            self._send(status, whole[: (len(whole) + 1) // 2], _JSON)

    def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, _written(body), _JSON, headers)

    def _send(
        self, status: int, payload: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()


def _emptied(answer: Any, chosen: frozenset[str] | None) -> Any:
    if isinstance(answer, list):
        return [_emptied(entry, chosen) for entry in answer]
    if "jsonrpc" in answer:
        return answer | {"result": None}
    return answer | {"data": with_nulls(answer.get("data"), chosen)}


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


def _written(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
