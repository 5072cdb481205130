"""A scripted server, and a transport or client that talks to it without ever waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from ledger.clock import FrozenClock
from ledger.exchange import Timeouts
from ledger.numerai.client import NumeraiClient
from ledger.numerai.transport import Transport
from tests.ledger.numerai.server import ScriptedServer, Step

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECRET = "S3CR3TKEYTHATNOBODYMAYSEE"


class HiddenSecret:
    """Stands for the keyring's secret."""

    def __init__(self, value: str = SECRET) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "***"

    def reveal(self) -> str:
        return self._value


@dataclass(frozen=True)
class ApiKey:
    """An API key."""

    public_id: str = "PUBLICID"
    secret_key: HiddenSecret = field(default_factory=HiddenSecret)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server on loopback."""
    running = ScriptedServer()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.script.let_go.set()
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def script(server: ScriptedServer) -> Callable[..., None]:
    """Tells the server what to do with the next requests."""

    def tell(*steps: Step) -> None:
        server.script.steps[:] = steps

    return tell


@pytest.fixture
def pauses() -> list[float]:
    """The seconds a transport would have waited, in order."""
    return []


@pytest.fixture
def make_transport(
    server: ScriptedServer, pauses: list[float]
) -> Iterator[Callable[..., Transport]]:
    """Opens transports to the scripted server that note their pauses instead of taking them."""
    opened: list[Transport] = []

    def make(
        url: str = "",
        retries: int = 3,
        read: float = 5.0,
        max_parallel: int = 4,
        connect: float = 2.0,
    ) -> Transport:
        transport = Transport(
            url or server.url,
            ApiKey(),
            clock=FrozenClock(NOW),
            timeouts=Timeouts(connect, read),
            max_parallel=max_parallel,
            retries=retries,
            sleep=lambda seconds, _stop: pauses.append(seconds),
            jitter=lambda: 1.0,
        )
        opened.append(transport)
        return transport

    yield make
    for transport in opened:
        transport.close()


@pytest.fixture
def client(server: ScriptedServer, pauses: list[float]) -> Iterator[NumeraiClient]:
    """A client of the scripted server."""
    opened = NumeraiClient(
        ApiKey(),
        api_url=server.url,
        clock=FrozenClock(NOW),
        read_timeout=5.0,
        sleep=lambda seconds, _stop: pauses.append(seconds),
    )
    yield opened
    opened.close()
