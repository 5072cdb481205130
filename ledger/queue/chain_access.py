"""The way to the chain: connected at the first need, and only where an endpoint is configured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.errors import ConfigError

if TYPE_CHECKING:
    from ledger.chain.endpoint import Chain
    from ledger.chain.sending import TransactionStatus
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.domain.model import Tournament
    from ledger.domain.queue.change import Change
    from ledger.domain.stakes.strategy import ChainTransaction, Channel, StakingContract
    from ledger.numerai.client import NumeraiClient
    from ledger.queue.signing import Signing
    from ledger.queue.strategy_executor import Broadcaster
    from ledger.queue.wallet import KeyStore
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader


class ChainAccess:
    """What one ledger reaches the chain with.

    ``connect`` is called once, at the first need, ``wallet`` whenever the owner's key is asked
    for; ``learn`` looks for model keys, ``numerai`` is asked for its staking contracts. Nothing of
    the chain is imported before.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: AtomicSettings,
        *,
        profile: str,
        connect: Callable[[AtomicSettings], Chain],
        wallet: Callable[[], KeyStore],
        must_write: Callable[[], None],
        learn: Callable[[], object],
        numerai: Callable[[], NumeraiClient],
    ) -> None:
        self.settings = settings
        self._store = store
        self._clock = clock
        self._profile = profile
        self._connect = connect
        self._wallet = wallet
        self._must_write = must_write
        self._learn = learn
        self._numerai = numerai
        self._lock = threading.Lock()
        self._chain: Chain | None = None

    def chain(self) -> Chain:
        """The connection.

        Raises:
            ConfigError: no endpoint is configured.
        """
        if not self.settings.rpc_url:
            raise ConfigError(
                "No Ethereum endpoint is configured.",
                "Set atomic.rpc_url in the config, or carry the change out by hand.",
            )
        with self._lock:
            if self._chain is None:
                self._chain = self._connect(self.settings)
            return self._chain

    def reader(self) -> ChainReader | None:
        """What reads strategies, ``None`` where no endpoint is configured."""
        return self.chain().reader if self.settings.rpc_url else None

    def broadcaster(self) -> Broadcaster | None:
        """What sends transactions, ``None`` where no endpoint is configured."""
        return self.chain().broadcaster if self.settings.rpc_url else None

    @cached_property
    def signing(self) -> Signing:
        """What is signed for changes."""
        from ledger.queue.key_checks import KeyWitness
        from ledger.queue.signing import Signing

        return Signing(
            self._store,
            self._clock,
            self.settings,
            must_write=self._must_write,
            profile=self._profile,
            builder=lambda: self.chain().builder,
            wallet=self._wallet,
            learn=self._learn,
            prove=KeyWitness(self._store, lambda: self.chain().reader).prove,
            look_up=self._look_up,
            contracts=self._contracts,
        )

    def trouble_with(self, channel: Channel, change: Change) -> str | None:
        """Why a change of a strategy can't go out that way here; see
        :func:`ledger.queue.ways.trouble_with`."""
        from ledger.queue.ways import trouble_with

        return trouble_with(
            channel,
            change,
            self.settings,
            reading=self._store.strategies.readings().get(change.tournament),
            address=lambda: self._wallet().address(self._profile),
        )

    def close(self) -> None:
        """Let go of the connection."""
        if self._chain is not None:
            self._chain.close()

    def _look_up(self, transaction: ChainTransaction) -> TransactionStatus:
        return self.chain().broadcaster.look_up(transaction)

    def _contracts(self) -> Mapping[Tournament, StakingContract]:
        """The staking contracts as Numerai names them now."""
        from ledger.syncing.reading.claims import staking_contracts

        return staking_contracts(self._numerai(), self._clock.now())
