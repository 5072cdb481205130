"""The ways a change of a strategy can go out, and why one of them can't work here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from ledger.config.settings import AtomicSettings
from ledger.domain.queue.change import Change
from ledger.domain.stakes.strategy import Channel, StrategyReading
from ledger.errors import LedgerError

_LIBRARY = "eth_account"
"""What signs, and takes a signed transaction apart."""


def trouble_with(
    channel: Channel,
    change: Change,
    settings: AtomicSettings,
    *,
    reading: StrategyReading | None,
    address: Callable[[], str | None],
) -> str | None:
    """What stands against a way for a change, as far as it is known without asking the chain;
    ``None`` where nothing does.

    ``reading`` is the strategy as the chain last showed it; ``address`` finds that of the owner's
    key, for a signature only.
    """
    if channel is Channel.BY_HAND:
        return None
    trouble = _not_set_up(change, settings) or _not_read(change, reading)
    if trouble is not None or reading is None or channel is not Channel.SIGNED:
        return trouble
    return _no_key(reading, address)


def _not_set_up(change: Change, settings: AtomicSettings) -> str | None:
    if not settings.rpc_url:
        return "No Ethereum endpoint is configured (atomic.rpc_url)."
    if settings.strategy(change.tournament) is None:
        key = f"atomic.{change.tournament.name.lower()}_strategy"
        return f"The address of the {change.tournament.label} strategy is not configured ({key})."
    if find_spec(_LIBRARY) is None:
        return "The Ethereum libraries are not installed (pip install 'numstake-tui[atomic]')."
    return None


def _not_read(change: Change, reading: StrategyReading | None) -> str | None:
    if reading is None:
        return f"No sync has read the {change.tournament.label} strategy from the chain yet."
    return reading.trouble


def _no_key(reading: StrategyReading, address: Callable[[], str | None]) -> str | None:
    try:
        owned = address()
    except LedgerError as error:
        return str(error)
    if owned is None:
        return "There is no owner's key here (numstake-tui wallet import)."
    if reading.owner is not None and owned.lower() != reading.owner.lower():
        return f"The key here is that of {owned}, and the strategy is owned by {reading.owner}."
    return None
