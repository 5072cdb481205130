"""The way to Numerai: connected at the first need, and how far its clock is from ours.

Loaded before the first paint: what a method needs is imported by that method.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.clock import JITTER
from ledger.errors import StoreError

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.numerai.client import NumeraiClient
    from ledger.numerai.exchanges import Observer
    from ledger.store import Store


class NumeraiAccess:
    """What one ledger reaches Numerai with; any thread may ask.

    ``connect`` is called once, at the first need; it may raise
    :class:`ledger.errors.CredentialsError`.
    """

    def __init__(self, store: Store, clock: Clock, connect: Callable[[], NumeraiClient]) -> None:
        self._store = store
        self._clock = clock
        self._connect = connect
        self._client: NumeraiClient | None = None
        self._lock = threading.Lock()

    def client(self) -> NumeraiClient:
        """The connection, which goes by what the server was seen to refuse before."""
        with self._lock:
            if self._client is None:
                from ledger.syncing.sync import go_by_lessons

                self._client = self._connect()
                go_by_lessons(self._client, self._store, self._clock)
            return self._client

    def skew(self) -> timedelta | None:
        """Numerai's clock minus this machine's, ``None`` until it answered."""
        return self._client.clock_skew if self._client is not None else None

    @contextmanager
    def watched(self, observer: Observer | None) -> Iterator[None]:
        """Have ``observer`` told of every query and its answer; what was seen of the clocks on the
        way is kept at the end, however it ends."""
        client = self.client()
        client.observer = observer
        try:
            yield
        finally:
            client.observer = None
            self._keep_skew()

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()

    def reconnect(self) -> None:
        """Let go of the connection; the next need makes one anew, with the key there is then."""
        with self._lock:
            self.close()
            self._client = None

    def _keep_skew(self) -> None:
        """Keep how far the clocks are apart, for the next start and other processes."""
        skew, kept = self.skew(), self._store.skew()
        if skew is not None and (kept is None or abs(skew - kept) > JITTER):
            with suppress(StoreError):
                self._store.note_skew(skew)
