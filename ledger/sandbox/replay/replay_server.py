"""A recording behind the sandbox's HTTP server, on loopback. Any API key is accepted."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from datetime import datetime
from email.utils import format_datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ledger.clock import iso
from ledger.sandbox.replay.recordings import load
from ledger.sandbox.replay.replay import Replay
from ledger.sandbox.server.http_server import Drop, Handler, Server
from ledger.sandbox.server.listening import Listening

ANY_KEY = {"public_id": "RECORDING", "secret_key": "RECORDING"}
"""An API key to log in with: any is as good."""

_HOST = "127.0.0.1"


class _ReplayServer(Server):
    """Listens like the sandbox; what it answers is recorded."""

    def __init__(self, port: int, replay: Replay) -> None:
        self.replay = replay
        self.controls = {"status": lambda _: {"now": iso(replay.now), "replay": True}}
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        ThreadingHTTPServer.__init__(self, (_HOST, port), _ReplayHandler)


class _ReplayHandler(Handler):
    server: _ReplayServer

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The ``Date`` header, in the recording's time."""
        del timestamp
        return format_datetime(self.server.replay.now, usegmt=True)

    def _answer(self, body: dict[str, Any]) -> None:
        reply = self.server.replay.answer(body.get("query"), body.get("variables"))
        if reply.status is None:
            raise Drop
        self._send(reply.status, reply.body, reply.content_type)

    def _ethereum(self, _body: object) -> None:
        self._json(404, {"errors": [{"message": "There is no chain in a recording"}]})


class ReplayServer(Listening):
    """Serves the recording in ``file`` on 127.0.0.1; its clock stands still.

    Raises:
        ValueError: ``file`` is no recording.
        OSError: ``file`` can't be read.
    """

    def __init__(self, file: Path, *, port: int = 0) -> None:
        self._replay = Replay(load(file))
        self._port = port

    def now(self) -> datetime:
        """When the recording was made, in its own time."""
        return self._replay.now

    @property
    def url(self) -> str:
        """The GraphQL endpoint.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._server is None:
            raise RuntimeError("the recording is not served: start it first")
        return self._server.url

    def _bound(self) -> Server:
        return _ReplayServer(self._port, self._replay)


def replay(file: Path, port: int) -> int:
    """Serve ``file`` until interrupted or terminated; prints one JSON line when it is ready.

    Raises:
        ValueError: ``file`` can't be read or is no recording.
        OSError: ``port`` can't be used.
    """
    try:
        served = ReplayServer(file, port=port)
    except OSError as error:
        raise ValueError(f"{file} can't be read: {error.strerror}") from None
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: ended.set())
    with served as server:
        ready = {"url": server.url, **ANY_KEY, "now": iso(server.now())}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        try:
            ended.wait()
        except KeyboardInterrupt:
            ended.set()
    return 0
