"""The embedded Numerai: a simulated world behind its GraphQL API, and its chain, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.clock import FrozenClock, OffsetClock, SystemClock
from ledger.domain.model import Tournament
from ledger.rules.rounds import calendar
from ledger.sandbox.chain.chain import Chain
from ledger.sandbox.chain.rpc import Rpc
from ledger.sandbox.manners import HARD, NAMED, Manners
from ledger.sandbox.server.api import Api
from ledger.sandbox.server.bending import check
from ledger.sandbox.server.controls import Controls
from ledger.sandbox.server.faults import Fault, Faults
from ledger.sandbox.server.graphql_engine import schema
from ledger.sandbox.server.http_server import RPC, Server
from ledger.sandbox.server.listening import Listening
from ledger.sandbox.server.rates import default_scale
from ledger.sandbox.world import addresses, population
from ledger.sandbox.world.events import WorldEvents
from ledger.sandbox.world.world import World

MAX_MODELS = 200


class Sandbox(Listening, WorldEvents):
    """A server on 127.0.0.1 that behaves like Numerai, for tests, the demo and ``sandbox serve``.

    ``models`` and ``rounds`` scale the default world (32 models, 260 rounds of history), up to
    all daily rounds there were: weekly ones before round 340 are not simulated. Its clock ticks
    from ``now`` (default: the real time), or stands still when ``frozen``, until it is advanced;
    ``shuffled_until``: predictors moved between some Classic slots up to that round.
    The world is made for ``now``, or for an earlier time, as which it was ``built`` before, and
    lives on from there. A ready-made ``world`` goes on from its own time. ``public_id`` and
    ``secret_key`` may read and stake; ``keys`` holds others by name: ``full``, ``read_only``,
    ``web3``, ``stake``. ``chain`` is its Ethereum, which ``rpc_url`` serves.

    ``manners`` are the forms it serves, or their name: ``hard`` (the default), ``kind``. The
    published rate limits are multiplied by ``rate_scale``; 0 is no limit, and by default it is
    what NUMSTAKE_SANDBOX_RATE_SCALE says, else 1.

    Raises:
        ValueError: ``models``, ``rounds`` or ``rate_scale`` out of range, ``now`` before daily
            rounds, or no such manners.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        models: int | None = None,
        rounds: int | None = None,
        now: datetime | None = None,
        built: datetime | None = None,
        frozen: bool = False,
        payouts: bool = True,
        port: int = 0,
        world: World | None = None,
        shuffled_until: int | None = None,
        manners: Manners | str = HARD,
        rate_scale: float | None = None,
    ) -> None:
        models = population.DEFAULT_MODELS if models is None else models
        if world is not None and now is None:
            now = world.now
        start = (now or SystemClock().now()).astimezone(UTC)
        rounds = _checked_size(models, rounds, built or start)
        self._clock: FrozenClock | OffsetClock = FrozenClock(start) if frozen else OffsetClock()
        if isinstance(self._clock, OffsetClock) and now is not None:
            self._clock.follow(start)
        self.world = world or population.build(
            seed=seed,
            models=models,
            rounds=rounds,
            now=built or start,
            payouts=payouts,
            shuffled_until=shuffled_until,
        )
        self.rounds = rounds
        self.manners = _named(manners)
        self._port = port
        self._faults = Faults()
        self._api = Api(
            self.world,
            self._clock,
            manners=self.manners,
            faults=self._faults,
            rate_scale=default_scale() if rate_scale is None else rate_scale,
        )
        self.chain = Chain(self.world, self._api.applied)

    # serving

    def _bound(self) -> Server:
        rpc = Rpc(self._api, self.chain)
        return Server(self._port, self._api, rpc, Controls(self).by_name())

    @property
    def url(self) -> str:
        """The GraphQL endpoint.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._server is None:
            raise RuntimeError("the sandbox is not running: start it first")
        return self._server.url

    @property
    def rpc_url(self) -> str:
        """The Ethereum JSON-RPC endpoint.

        Raises:
            RuntimeError: the server is not running.
        """
        return self.url.rstrip("/") + RPC

    # keys

    @property
    def owner_key(self) -> str:
        """The private key (``0x`` hex) of the wallet that owns the strategies: a demo key."""
        return self.world.owner.private_key

    @property
    def owner_address(self) -> str:
        """That wallet's address, checksummed."""
        return self.world.owner.address

    @property
    def strategies(self) -> dict[Tournament, str]:
        """Where each tournament's strategy is, or will be once its staking is atomic."""
        return {t: addresses.strategy(self.world, t) for t in self.world.tournaments}

    @property
    def public_id(self) -> str:
        """Public id of the key that may read and stake."""
        return self.keys["stake"][0]

    @property
    def secret_key(self) -> str:
        """Secret of the same key; it opens a simulation only."""
        return self.keys["stake"][1]

    @property
    def keys(self) -> dict[str, tuple[str, str]]:
        """Every key by name: public id and secret."""
        return {n: (key.public_id, key.secret_key) for n, key in self._api.keys.items()}

    # time

    def now(self) -> datetime:
        """The sandbox's time."""
        return self._api.now()

    def advance(self, *, rounds: int = 0, days: float = 0, to: datetime | None = None) -> datetime:
        """Move the clock on: until ``rounds`` more rounds have opened, then ``days``, or ``to``.

        Raises:
            ValueError: backwards.
        """
        with self._api.lock:
            now = self.now()
            target = now if to is None else to.astimezone(UTC)
            if rounds:
                target = calendar.opens(calendar.latest_round(target) + rounds)
            target += timedelta(days=days)
            if rounds < 0 or target < now:
                raise ValueError("the sandbox's clock only goes forward")
            if isinstance(self._clock, FrozenClock):
                self._clock.advance(target - now)
            else:
                self._clock.follow(target)
            return self.now()

    def migrate(self, tournament: Tournament) -> int:
        """Move a continuous tournament to atomic staking with its next round; that round.

        Raises:
            ValueError: it is atomic already, or on its way.
        """
        with self._api.lock:
            self.now()
            return self.world.migrate(tournament)

    # chain

    def mine(self) -> int:
        """Mine what waits in the pool; how many transactions that were."""
        with self._api.lock:
            self.now()
            return self.chain.mine()

    def automine(self, on: bool) -> None:
        """Mine transactions as they arrive (the default), or let them wait for :meth:`mine`."""
        with self._api.lock:
            self.chain.automine = on

    def drop(self) -> int:
        """Forget what waits in the pool; how many transactions that were."""
        with self._api.lock:
            self.now()
            return self.chain.drop()

    def reorganise(self, blocks: int, *, keep: bool = True) -> int:
        """Take back the newest blocks; how many transactions were in them. They go back to the
        pool, or are forgotten when not ``keep``."""
        with self._api.lock:
            self.now()
            return self.chain.reorganise(blocks, keep=keep)

    # faults, events and records

    def fail(self, fault: str, *, times: int = 1, on: str = "any", **options: Any) -> None:
        """Let the next ``times`` requests (0: all until cleared) suffer ``fault``.

        See :mod:`ledger.sandbox.server.faults` for what there is. Faults on fields are used up by
        the requests they hit, the others by the next ones.

        Raises:
            ValueError: no such fault, or it is about a field that is not there.
        """
        new = Fault(fault, times, on, options)
        check(new, schema(self.manners.deprecated_fields))
        self._faults.add(new)

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._faults.clear()

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Holds requests back, with the world brought up to now."""
        with self._api.lock:
            self.now()
            yield

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Requests so far: ``kind``, ``fields`` and whether a change was ``applied``.

        Documents that the schema refuses have kind ``refused`` and no fields. JSON-RPC requests
        have kind ``rpc`` and their method as the only field; a transaction is ``applied`` when
        the pool took it.
        """
        return self._api.requests

    @property
    def mutations_applied(self) -> list[dict[str, Any]]:
        """Every change that took effect: ``field``, ``model_id``, ``model`` and its details.

        Those of transactions are called ``setModelConfig``, ``deposit`` and ``withdraw``, and
        have a ``tx_hash``.
        """
        return self._api.applied


def _checked_size(models: int, rounds: int | None, now: datetime) -> int:
    """How many rounds of history there are by ``now``: as many as are asked for, else a year."""
    daily = max(1, calendar.latest_round(now) - calendar.FIRST_DAILY_ROUND + 1)
    if not 0 <= models <= MAX_MODELS or (rounds is not None and not 1 <= rounds <= daily):
        raise ValueError(
            f"0 to {MAX_MODELS} models and 1 to {daily} rounds are possible: round "
            f"{calendar.FIRST_DAILY_ROUND} was the first daily one, and none before it is simulated"
        )
    return min(population.DEFAULT_ROUNDS, daily) if rounds is None else rounds


def _named(manners: Manners | str) -> Manners:
    if isinstance(manners, Manners):
        return manners
    if manners not in NAMED:
        raise ValueError(f"no manners {manners!r}; there are {', '.join(NAMED)}")
    return NAMED[manners]
