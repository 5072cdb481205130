"""One account at Numerai: ask, change, and see how it stands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ledger.clock import Clock, ServerClock
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot
from ledger.errors import BadAnswer, LedgerError, MissingCredentials
from ledger.exchange import Timeouts
from ledger.numerai import answers, documents, wire, writes
from ledger.numerai.answers import Json, Reply
from ledger.numerai.drift import Asking
from ledger.numerai.exchanges import Observer
from ledger.numerai.lessons import ALIASES, Lessons
from ledger.numerai.pacing import Pace, Sleep
from ledger.numerai.parts import Asked, Document, Pacing
from ledger.numerai.transport import Key, Transport, wait
from ledger.numerai.wire import Answer, KeyInfo

__all__ = ["API_URL", "Answer", "KeyInfo", "NumeraiClient"]

API_URL = "https://api-tournament.numer.ai/"
"""The real Numerai."""

_EVERYTHING = "11000000"
"""What a release of the whole stake asks for: more NMR than there is. Numerai goes by ``drain``;
should it ever not, it refuses this amount instead of releasing a part."""


_PATIENCE = 2
"""Time-outs after which a request for several models is cut instead of repeated."""


class NumeraiClient:
    """Usable from any thread; at most ``max_parallel`` requests are under way at a time.

    ``lessons`` is what the server was seen to refuse; a ledger may keep them. The two rates are
    requests a minute, over all threads.

    ``requests`` and ``numerapi`` are imported when they are first needed.
    """

    def __init__(
        self,
        credentials: Key | None,
        *,
        api_url: str = API_URL,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        max_parallel: int = 4,
        max_aliases: int = ALIASES,
        retries: int = 3,
        account_reads_per_minute: int = 100,
        performance_reads_per_minute: int = 500,
        lessons: Lessons | None = None,
        clock: Clock,
        sleep: Sleep = wait,
        observer: Observer | None = None,
    ) -> None:
        self.max_parallel = max_parallel
        self.lessons = lessons or Lessons()
        self._max_aliases = max_aliases
        self.api_url = api_url
        self._key = credentials
        self._transport = Transport(
            api_url,
            credentials,
            clock=clock,
            timeouts=Timeouts(connect_timeout, read_timeout),
            max_parallel=max_parallel,
            retries=retries,
            sleep=sleep,
            observer=observer,
        )
        self._clock = ServerClock(clock)
        self._clock.listen(lambda: self._transport.skew)
        self._asking = Asking(self._send, self.lessons)
        self._paces = {
            Pacing.ACCOUNT: Pace(account_reads_per_minute, sleep=sleep),
            Pacing.PERFORMANCES: Pace(performance_reads_per_minute, sleep=sleep),
        }

    @property
    def max_aliases(self) -> int:
        """Top-level fields of one request, at most: as set, and as the server takes."""
        return min(self._max_aliases, self.lessons.aliases)

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        return self._transport.requests

    @property
    def observer(self) -> Observer | None:
        """Who is told of every exchange of a query; writes are told to nobody."""
        return self._transport.observer

    @observer.setter
    def observer(self, observer: Observer | None) -> None:
        self._transport.observer = observer

    @property
    def clock_skew(self) -> timedelta | None:
        """The server's clock minus ours at the last answer; ``None`` before one."""
        return self._transport.skew

    def check(self) -> KeyInfo:
        """Whose key this is and what it may do.

        Raises:
            BadCredentials: Numerai does not know the key.
            Unreachable: nobody answered.
        """
        if self._key is None:
            raise MissingCredentials("There is no API key to check.", "Log in first.")
        return wire.read_key(self.fetch(documents.KEY, {}), self._key.public_id)

    def query(
        self,
        document: Document | str,
        variables: Mapping[str, Json],
        *,
        authorization: bool = True,
    ) -> Mapping[str, Json]:
        """``data`` of a query, repeated when Numerai is in trouble.

        Raises:
            Refused, BadCredentials, MissingScope: Numerai complained about any part of it.
            Unreachable, BadAnswer: no answer, or none that can be read.
        """
        reply = self.fetch(document, variables, authorization=authorization)
        if reply.complaints:
            raise answers.refusal(reply.complaints, status=200)
        return reply.data

    def fetch(
        self,
        document: Document | str,
        variables: Mapping[str, Json],
        *,
        authorization: bool = True,
        stop: threading.Event | None = None,
    ) -> Reply:
        """Like :meth:`query`, but a partial answer is returned with Numerai's complaints.

        A :class:`Document` loses the parts that the server refuses, or is sent in another form;
        the reply says which. Surplus ``variables`` are not sent.

        Raises:
            CannotAsk: the server refuses what a document can't do without.
            Cancelled: ``stop`` was set meanwhile.
        """
        if isinstance(document, Document):
            return self._asking.ask(document, variables, stop)
        return self._transport.ask(document, variables, authorization=authorization, stop=stop)

    def _send(
        self,
        document: Document,
        asked: Asked,
        variables: Mapping[str, Json],
        stop: threading.Event | None,
    ) -> Reply:
        def pace() -> None:
            if document.pacing is not None:
                self._paces[document.pacing].wait(max(1, asked.aliases), stop)

        patience = _PATIENCE if asked.aliases > 1 else None
        return self._transport.ask(asked.text, variables, stop=stop, patience=patience, pace=pace)

    def mutate(
        self, document: str, variables: Mapping[str, Json], *, authorization: bool = True
    ) -> dict[str, Json]:
        """``data`` of a write, which is sent exactly once.

        Raises:
            Refused, BadCredentials, MissingScope: Numerai says no; where ``never_ran`` is set
                it did not happen, else the account has to agree.
            Unreachable: it did not happen when ``sent`` is false; else nobody knows.
            Ran: it happened, as far as Numerai's answer tells.
            BadAnswer, RateLimited: nobody knows.
        """
        return dict(self._transport.tell(document, variables, authorization=authorization).data)

    def api(self, tournament: Tournament) -> Any:
        """numerapi's object for ``tournament``, over this client's transport."""
        from ledger.numerai import official

        return official.api(
            tournament,
            lambda document, variables, sign: dict(
                self.query(document, variables, authorization=sign)
            ),
            lambda document, variables, sign: self.mutate(document, variables, authorization=sign),
        )

    def increase(self, model: Model, nmr: NMR) -> Answer:
        """Stake ``nmr`` more; errors as in :meth:`mutate`, here and in all writes below."""
        api = self.api(model.tournament)
        return _understood(lambda: api.stake_change(str(nmr), "increase", model.id))

    def decrease(self, model: Model, nmr: NMR) -> Answer:
        """Ask for the release of ``nmr``."""
        api = self.api(model.tournament)
        return _understood(lambda: api.stake_change(str(nmr), "decrease", model.id))

    def drain(self, model: Model) -> Answer:
        """Ask for the release of everything, whatever it is by then."""
        variables = {"modelId": model.id, "amount": _EVERYTHING}
        return _understood(lambda: self.mutate(writes.RELEASE_ALL, variables)["releaseStake"])

    def cancel_release(self, model: Model) -> Answer:
        """Withdraw the pending release."""
        variables = {"modelId": model.id}
        return _understood(
            lambda: self.mutate(writes.CANCEL_RELEASE, variables)["cancelPendingStakeRelease"]
        )

    def set_take_profit(self, model: Model, on: bool) -> Answer:
        """Earnings to the wallet (``on``) or into the stake."""
        variables = {
            "modelId": model.id,
            "takeProfit": on,
            "tournament": int(model.tournament),
        }
        return _understood(
            lambda: self.mutate(writes.TAKE_PROFIT, variables)["v3ChangePayoutSelection"]
        )

    def snapshot(self, model: Model) -> AccountSnapshot:
        """The account as far as a change on ``model`` can alter it and as it is told, in one
        request.

        Raises:
            Refused, Unreachable, BadAnswer: as in :meth:`fetch`.
        """
        reply = self.fetch(documents.SNAPSHOT, {"modelId": model.id})
        skew = self._transport.skew
        server = None if skew is None else self._clock.machine.now() + skew
        return wire.read_snapshot(reply, model, self._clock.now(), server)

    def close(self) -> None:
        """Drop the connections."""
        self._transport.close()


def _understood(send: Callable[[], Json]) -> Answer:
    """Send, and read the answer; one that nobody can read leaves the outcome open."""
    try:
        return wire.read_change(send())
    except LedgerError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        kind = type(error).__name__
    raise BadAnswer(
        f"Numerai's answer to the change can't be understood ({kind}).",
        "Compare the account before you try again.",
    )
