"""What one HTTP exchange needs, whoever it is with: a limit on its time, and what has left.

A socket's time-out starts anew with every byte, so a server that trickles could hold a request
for as long as it likes. Here a timer hangs up on it, from outside of the read.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

_running = threading.local()


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

    Works for connections of :func:`adapter`, within ``with``.
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


def adapter(connections: int) -> HTTPAdapter:
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

    class WatchedTls(HTTPSConnection):
        def connect(self) -> None:
            _watch(self)
            super().connect()
            _watch(self)

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            _watch(self)
            super().putrequest(*args, **kwargs)

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
