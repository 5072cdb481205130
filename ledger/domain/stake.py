"""What is staked, and what is about to change in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR


class PendingKind(StrEnum):
    """What a pending request at Numerai does."""

    INCREASE = "increase"
    DECREASE = "decrease"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """``pendingV2ChangeStakeRequest``: at most one per model.

    ``amount`` is what was asked for; a drain releases whatever the stake is by ``due``.
    """

    kind: PendingKind
    amount: NMR
    due: datetime | None
    status: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ContinuousStake:
    """A v2 stake: ``settled`` as resolved so far, ``projected`` with unresolved earnings."""

    model_id: str
    settled: NMR
    projected: NMR
    take_profit: bool | None
    pending: PendingRequest | None = None


class StakeMode(StrEnum):
    """What an allocation strategy does with settled claims (v3)."""

    CONSTANT = "constant"
    COMPOUND = "compound"


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
