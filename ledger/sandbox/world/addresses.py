"""Where a sandbox's contracts are, and its models' keys on chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.sandbox.world.state import digest

if TYPE_CHECKING:
    from ledger.sandbox.world.state import Slot
    from ledger.sandbox.world.world_state import WorldState

NMR_TOKEN = "0x1776e1F26f98b1A5dF9cD347953a26dd3Cb46671"  # noqa: S105  (a public address)
"""The address of the NMR token on Ethereum."""

NOBODY = "0x" + "0" * 40
"""The zero address, which stands for no contract."""


def strategy(world: WorldState, tournament: Tournament) -> str:
    """The account's allocation strategy in a tournament; lower-case hex."""
    return strategy_address(world.seed, tournament)


def strategy_address(seed: int, tournament: Tournament) -> str:
    """The same, for whoever knows only the world's seed."""
    return "0x" + digest(seed, "strategy", int(tournament))[:40]


def staking(world: WorldState, tournament: Tournament) -> str:
    """A tournament's staking contract; lower-case hex."""
    return of(world, "staking", int(tournament))


def operator(world: WorldState) -> str:
    """Numerai's service wallet, which stakes for the strategies; lower-case hex."""
    return of(world, "service")


def of(world: WorldState, *parts: object) -> str:
    """Any other address that belongs to the simulated Numerai; lower-case hex."""
    return "0x" + world.hash("address", *parts)[:40]


def model_key(world: WorldState, slot: Slot) -> str:
    """The bytes32 key of a model on chain: ``0x`` and 64 hex digits."""
    return "0x" + world.hash("chain model", slot.id)
