"""A JSON-RPC endpoint that answers what it is told to, and a proxy that loses replies."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Result = Callable[[dict[str, Any]], object]
"""What a method gives for one request."""

Reply = Callable[["Handler", bytes], None]
"""What is done with one HTTP request."""


class Refusal(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.entry = {"code": code, "message": message, "data": data}


class Node(ThreadingHTTPServer):
    """``results`` by method; ``reply`` overrides all of it. ``asked`` remembers the methods."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.results: dict[str, Result] = {}
        self.reply: Reply | None = None
        self.asked: list[str] = []
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/key-0123456789abcdef"

    def handle_error(self, *_args: object) -> None:
        """A client that went away is part of the plan."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Node

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        requests = asked if isinstance(asked, list) else [asked]
        self.server.asked += [request["method"] for request in requests]
        if self.server.reply is not None:
            self.server.reply(self, body)
            return
        answers = [self.answer(request) for request in requests]
        self.say(json.dumps(answers if isinstance(asked, list) else answers[0]).encode())

    def answer(self, request: dict[str, Any]) -> dict[str, object]:
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            return {**answer, "result": self.server.results[request["method"]](request)}
        except Refusal as refusal:
            return {**answer, "error": refusal.entry}

    def say(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving() -> Iterator[Node]:
    node = Node()
    thread = threading.Thread(target=node.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield node
    finally:
        node.let_go.set()
        node.shutdown()
        node.server_close()


def constant(value: object) -> Result:
    return lambda _request: value


def refusing(code: int, message: str, data: object = None) -> Result:
    def result(_request: dict[str, Any]) -> object:
        raise Refusal(code, message, data)

    return result


def forwarding(url: str, *, lose: str, hang: bool = False) -> Reply:
    """Pass everything on to ``url``, but lose the reply to the method ``lose``."""

    def reply(handler: Handler, body: bytes) -> None:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request) as response:  # noqa: S310
            content = response.read()
        if f'"{lose}"'.encode() not in body:
            handler.say(content)
            return
        if hang:
            handler.server.let_go.wait(60)
        handler.hang_up()

    return reply
