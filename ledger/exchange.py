"""One HTTP exchange, whoever it is with: sent once, in bounded time, known whether it left.

Reads share keep-alive connections. A write leaves on a connection of its own: on a pooled one
that the server has meanwhile closed, "never arrived" and "no answer" look alike.

A socket's time-out starts anew with every byte, so a server that trickles could hold a request
for as long as it likes. Here a timer hangs up on it, from outside of the read.

What is meant for this machine never leaves it, whatever proxies the environment names: it is not
encrypted. Proxies on the way to anybody else are used.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ledger.dataclass import dataclass

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

T = TypeVar("T")

Auth = Callable[[Any], Any]
"""Signs a prepared request, or returns it as it is; either keeps ``.netrc`` out of it."""

_CHUNK = 256 * 1024
_TOO_LONG = "its answer took too long to arrive"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_THIS_MACHINE = re.compile(rf"localhost|::1|127(?:\.{_OCTET}){{3}}", re.ASCII)
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_running = threading.local()


def is_loopback(host: str | None) -> bool:
    """Whether ``host``, in lower case as in a parsed address, is this machine: ``localhost``,
    127.0.0.0/8 or ::1."""
    return bool(host and _THIS_MACHINE.fullmatch(host))


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, and to wait for each part of an answer."""

    connect: float
    read: float

    @property
    def longest(self) -> float:
        """Seconds one exchange as a whole may take."""
        return self.connect + 2 * self.read


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, and why. ``sent``: the request may have arrived. ``timed_out``: it may still
    be worked on."""

    why: str
    sent: bool
    timed_out: bool = False


class Body(BytesIO):
    """A request body that knows whether sending it has begun.

    The connection reads it after it stands and the headers are out; a body that was not read
    cannot have reached anybody.
    """

    begun = False

    def __len__(self) -> int:
        return self.getbuffer().nbytes

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun = True
        return super().read(size)


class Deadline:
    """Hangs up the connection this thread uses once ``seconds`` have passed; ``expired`` says so.

    Works for connections of a :class:`Line`, within ``with``.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._lock = threading.Lock()
        self._connection: Any = None
        self._socket: Any = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        _running.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _running.deadline = None
        self._timer.cancel()
        with self._lock:
            self._connection = self._socket = None

    def watch(self, connection: Any) -> None:
        """Hang up ``connection`` in the end."""
        with self._lock:
            self._connection = connection
            self._socket = getattr(connection, "sock", None) or self._socket
        if self.expired:
            self._hang_up()

    def _expire(self) -> None:
        self.expired = True
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            # A connection that ends with its answer has let go of the socket the answer reads.
            sock = getattr(self._connection, "sock", None) or self._socket
            if isinstance(sock, socket.socket):
                with suppress(OSError):
                    # Of the plain socket also below TLS, which may be reading on another thread.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Arriving:
    """An answer whose status and headers are there; its content is read once, when asked for."""

    def __init__(self, response: requests.Response, deadline: Deadline) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._deadline = deadline

    def content(self, largest: int) -> bytearray:
        """All of it; one of more than ``largest`` bytes counts as no answer."""
        content = bytearray()
        for chunk in self._response.iter_content(_CHUNK):
            content += chunk
            if len(content) > largest:
                raise _TooMuch(
                    f"it sent more than any answer holds (larger than {largest:,} bytes)"
                )
        if self._deadline.expired:
            raise _TooMuch(_TOO_LONG)
        return content


class Line:
    """JSON posted to one address. Usable from any thread; imports ``requests`` when first used."""

    def __init__(
        self,
        url: str,
        host: str,
        timeouts: Timeouts,
        *,
        connections: int,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url = url
        self._host = host
        self._timeouts = timeouts
        self._connections = connections
        self._headers = _JSON | dict(headers or {})
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def ask(self, body: bytes | Body, auth: Auth, read: Callable[[Arriving], T]) -> T | Silence:
        """Post over the shared connections and return what ``read`` makes of the answer."""
        return self._post(self._shared(), body, auth, read)

    def tell(self, body: Body, auth: Auth, read: Callable[[Arriving], T]) -> T | Silence:
        """The same on a connection of its own, so that ``sent`` is certain."""
        with self._new_session(1) as session:
            session.headers["Connection"] = "close"
            return self._post(session, body, auth, read)

    def close(self) -> None:
        """Drop the connections; the next request opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _shared(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = self._new_session(self._connections)
            return self._session

    def _new_session(self, connections: int) -> requests.Session:
        session = _session()
        session.mount("https://", _adapter(connections))
        session.mount("http://", _adapter(connections))
        session.headers.update(self._headers)
        return session

    def _post(
        self,
        session: requests.Session,
        body: bytes | Body,
        auth: Auth,
        read: Callable[[Arriving], T],
    ) -> T | Silence:
        """Nothing of ``requests`` leaves: its exceptions hold the address and the headers."""
        deadline = Deadline(self._timeouts.longest)
        try:
            with (
                deadline,
                session.post(
                    self._url,
                    data=body,
                    auth=auth,
                    timeout=(self._timeouts.connect, self._timeouts.read),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return read(Arriving(response, deadline))
        except Exception as error:
            cause = _TooMuch(_TOO_LONG) if deadline.expired else error
            begun = body.begun if isinstance(body, Body) else True
            return Silence(
                _why(cause, self._host, self._timeouts),
                begun,
                deadline.expired or _is_timeout(error),
            )


class _TooMuch(Exception):
    """An answer beyond all reason."""


def as_it_is(request: Any) -> Any:
    """The :data:`Auth` that adds nothing."""
    return request


def _is_timeout(error: Exception) -> bool:
    from requests import exceptions as failed

    return isinstance(error, failed.Timeout) and not isinstance(error, failed.ConnectTimeout)


def _why(error: Exception, host: str, timeouts: Timeouts) -> str:
    """A cause in words, from the exception's type only: its text may quote the request."""
    from requests import exceptions as failed

    causes: dict[type[Exception], str] = {
        _TooMuch: f"{host} answered, but {error}." if isinstance(error, _TooMuch) else "",
        failed.ConnectTimeout: f"{host} took no connection within {timeouts.connect:g} s.",
        failed.Timeout: f"{host} did not answer within {timeouts.read:g} s.",
        failed.ProxyError: f"The proxy on the way to {host} does not work.",
        failed.SSLError: f"No secure connection to {host} could be made.",
        failed.ChunkedEncodingError: f"The answer of {host} broke off.",
        failed.ContentDecodingError: f"The answer of {host} is garbled.",
        failed.ConnectionError: f"The connection to {host} failed or was dropped.",
    }
    matching = (words for cause, words in causes.items() if isinstance(error, cause))
    return next(matching, f"The request to {host} failed ({type(error).__name__}).")


def _session() -> requests.Session:
    """A session of ``requests`` that takes no proxy to this machine, and whose library logs
    nothing: it would quote addresses, which may hold a provider's key."""
    import logging

    import requests

    logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    class Direct(requests.Session):
        def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:
            """What the environment says is read once for an address: that takes longer than a
            request to this machine."""
            asked = (url, repr(args), repr(kwargs))
            if asked not in merged:
                settings = super().merge_environment_settings(url, *args, **kwargs)
                direct = is_loopback(urlsplit(url).hostname)
                merged[asked] = {**settings, "proxies": {}} if direct else settings
            return {**merged[asked], "proxies": dict(merged[asked]["proxies"])}

    merged: dict[Any, Any] = {}

    return Direct()


def _adapter(connections: int) -> HTTPAdapter:
    """An adapter for ``requests`` whose connections a :class:`Deadline` can hang up."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Watched(HTTPConnection):
        def connect(self) -> None:
            _watch(self)
            super().connect()
            _watch(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            _watch(self)
            super().putrequest(*args, **kwargs)

    class WatchedTls(Watched, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Watched

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = WatchedTls

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(*args, **kwargs)
            manager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}
            return manager

    return Adapter(pool_connections=1, pool_maxsize=connections, max_retries=0)


def _watch(connection: Any) -> None:
    deadline = getattr(_running, "deadline", None)
    if deadline is not None:
        deadline.watch(connection)
