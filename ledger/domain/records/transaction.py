"""NMR that moved, as Numerai lists it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR


@dataclass(frozen=True, slots=True)
class StakeTransaction:
    """One row of ``stakeTransactions``; atomic positions have type ``strategy stake``."""

    model_id: str
    tournament: Tournament
    round: int | None
    type: str
    amount: NMR
    time: datetime
    note: str | None
    nmr_price: Decimal | None = None


STRATEGY_STAKE = "strategy stake"
"""The transaction type Numerai gives an atomic position opened by an allocation strategy."""


@dataclass(frozen=True, slots=True)
class WalletTransaction:
    """One row of ``walletTxns``."""

    tx_hash: str | None
    type: str | None
    status: str | None
    amount: NMR
    time: datetime
    sender: str | None
    receiver: str | None
    tournament: int | None


@dataclass(frozen=True, slots=True)
class ScheduledTransaction:
    """One row of ``scheduledStakeTxns``: an increase or release under way, by model name."""

    model_name: str
    tournament: int | None
    type: str | None
    amount: NMR
    status: str | None
    time: datetime | None
    due: datetime | None
    drain: bool
