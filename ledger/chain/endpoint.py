"""One connection to a chain, with all that reads it, prepares for it and sends to it."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.chain.abi import Modes
from ledger.chain.building import TransactionBuilder
from ledger.chain.rpc import Rpc
from ledger.chain.sending import Broadcaster
from ledger.chain.strategy import StrategyReader
from ledger.clock import Clock
from ledger.config.settings import AtomicSettings


@dataclass(frozen=True, slots=True)
class Chain:
    """What talks to one endpoint; any thread may use it.

    ``rpc`` asks it, ``reader`` reads strategies, ``builder`` makes transactions and
    ``broadcaster`` sends and follows them.
    """

    rpc: Rpc
    reader: StrategyReader
    builder: TransactionBuilder
    broadcaster: Broadcaster

    def close(self) -> None:
        """Let go of the connection."""
        self.rpc.close()


def connect(settings: AtomicSettings, clock: Clock) -> Chain:
    """Everything for the endpoint that is configured; nothing is asked yet."""
    rpc = Rpc(settings.rpc_url)
    reader = StrategyReader(
        rpc,
        chain_id=settings.chain_id,
        modes=Modes(settings.mode_constant, settings.mode_compound),
        clock=clock,
    )
    builder = TransactionBuilder(reader, max_fee_gwei=settings.max_fee_gwei)
    broadcaster = Broadcaster(reader, confirmations=settings.confirmations)
    return Chain(rpc, reader, builder, broadcaster)
