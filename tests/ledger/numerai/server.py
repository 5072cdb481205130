"""A server that answers what it is told to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Handler"], None]


@dataclass
class Received:
    """One request as it arrived; ``connection`` is the client's port."""

    connection: int
    headers: dict[str, str]
    document: str
    variables: dict[str, Any]


@dataclass
class Script:
    """What to do with the next requests; the last step is repeated."""

    steps: list[Step] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    under_way: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    let_go: threading.Event = field(default_factory=threading.Event)

    def next_step(self) -> Step:
        with self.lock:
            return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


class Handler(BaseHTTPRequestHandler):
    """Keeps connections alive as the real server does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: ScriptedServer
    asked: Received

    def do_POST(self) -> None:
        script = self.server.script
        with script.lock:
            script.under_way += 1
            script.most_at_once = max(script.most_at_once, script.under_way)
        try:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.asked = Received(
                self.client_address[1], dict(self.headers), body["query"], body["variables"]
            )
            script.received.append(self.asked)
            script.next_step()(self)
        finally:
            with script.lock:
                script.under_way -= 1

    def reply(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


class ScriptedServer(ThreadingHTTPServer):
    """The server of one test."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = Script()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, *_args: object) -> None:
        """A client that went away is part of the plan."""


def answer(payload: object, status: int = 200, **headers: str) -> Step:
    """Answer with JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(payload).encode()
    return lambda handler: handler.reply(status, body, "application/json", named)


def data(**fields: object) -> Step:
    """Answer with these top-level fields."""
    return answer({"data": fields})


def error(message: str, status: int = 200, **more: object) -> Step:
    """Answer with one GraphQL error."""
    return answer({"errors": [{"message": message, **more}]}, status)


def page(status: int = 200) -> Step:
    """Answer with HTML."""
    body = b"<html><body>Down for maintenance</body></html>"
    return lambda handler: handler.reply(status, body, "text/html", {})


def drop(handler: Handler) -> None:
    """Hang up without a word."""
    handler.close_connection = True
    handler.connection.shutdown(2)


def hang(handler: Handler) -> None:
    """Say nothing until the test ends."""
    handler.server.script.let_go.wait(30)
    drop(handler)


def half(handler: Handler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": {"account"')
    handler.wfile.flush()
    drop(handler)


def told(judge: Callable[[str, dict[str, Any]], object], status: int = 200) -> Step:
    """Answer with what ``judge`` makes of the newest document and its variables.

    A text or a list of texts is a refusal, sent with ``status``; anything else is the data.
    """

    def run(handler: Handler) -> None:
        request = handler.asked
        verdict = judge(request.document, request.variables)
        if isinstance(verdict, str):
            verdict = [verdict]
        if isinstance(verdict, list):
            answer({"errors": [{"message": message} for message in verdict]}, status)(handler)
        else:
            answer({"data": verdict})(handler)

    return run


def trickle(handler: Handler) -> None:
    """Send a byte of an endless answer now and then, until the client hangs up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    while not handler.server.script.let_go.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def trickle_headers(handler: Handler) -> None:
    """The same before the answer has begun."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not handler.server.script.let_go.wait(0.05):
        number += 1
        handler.wfile.write(b"X-%d: 1\r\n" % number)
        handler.wfile.flush()
