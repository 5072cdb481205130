"""A server that listens in a thread of its own, from its start until it is stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from ledger.sandbox.server.http_server import Server


class Listening:
    """Started and stopped once or again and again; ``with`` does both."""

    _server: Server | None = None
    _thread: threading.Thread | None = None

    def _bound(self) -> Server:
        """A new server, bound to its port."""
        raise NotImplementedError

    def start(self) -> None:
        """Listen; returns when requests are answered."""
        if self._server is not None:
            return
        self._server = self._bound()
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(0.02,),
            name=type(self).__name__.lower(),
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; open connections end."""
        if self._server is None or self._thread is None:
            return
        self._server.close()
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
