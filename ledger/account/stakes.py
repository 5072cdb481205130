"""What is staked, on either system: continuous stakes, and positions of atomic staking."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.account.strategies import StrategyBook
    from ledger.account.tournaments import Tournaments
    from ledger.clock import Clock
    from ledger.config.settings import AtomicSettings
    from ledger.reports.stakes.stakes import StakesReport
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader


class Stakes:
    """Stakes of one profile. ``chain`` makes a reader for the configured Ethereum endpoint, or
    gives ``None`` where there is none."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: AtomicSettings,
        *,
        tournaments: Tournaments,
        chain: Callable[[], ChainReader | None],
        read_only: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._tournaments = tournaments
        self._chain = chain
        self._read_only = read_only

    @cached_property
    def atomic(self) -> StrategyBook:
        """Atomic staking: positions, strategies, and when their NMR comes free."""
        from ledger.account.strategies import StrategyBook

        return StrategyBook(
            self._store,
            self._clock,
            self._settings,
            chain=self._chain,
            read_only=self._read_only,
        )

    def report(self) -> StakesReport:
        """What is staked, what changes when, and when NMR is free."""
        from ledger.reports.stakes.stakes import build_stakes

        return build_stakes(
            self._store.account(),
            self._store.models(archived=True),
            self._store.stakes(),
            self._tournaments.running(),
            self._clock.now(),
            missing=self._store.missing(),
        )
