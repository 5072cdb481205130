"""What one sync learned, handed to the store in one piece and kept in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.payout import Performance
from ledger.domain.round import Round
from ledger.domain.slot import Submission
from ledger.domain.stake import ContinuousStake
from ledger.domain.strategy import (
    ChainStake,
    Claim,
    ModelKey,
    SettingReading,
    StakeRound,
    StakingContract,
    StrategyReading,
    SystemReason,
)
from ledger.domain.transaction import ScheduledTransaction, StakeTransaction, WalletTransaction


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing Numerai said that could not be used; the rest of the sync went through."""

    where: str
    field: str
    what: str


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one NMR in ``currency`` (``USD``) at a time, as a decimal text."""

    at: datetime
    currency: str
    price: str
    source: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """How much of a model's history is in the ledger for good.

    Every round from ``first_round`` to ``final_to`` is resolved and stored; a sync asks again
    only for what comes after. ``final_to`` is ``None`` while nothing has resolved.
    """

    model_id: str
    first_round: int
    final_to: int | None


@dataclass(frozen=True, slots=True)
class StrategyNews:
    """What one sync learned about atomic staking, as of ``as_of``.

    ``claims`` holds all claims there are, per tournament whose claims could be asked for, and
    replaces what was known of it; ``stake_rounds`` replace those of their tournaments. Everything
    else is merged by its keys.
    """

    as_of: datetime
    contracts: tuple[StakingContract, ...] = ()
    claims: Mapping[Tournament, tuple[Claim, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    stake_rounds: tuple[StakeRound, ...] = ()
    readings: tuple[StrategyReading, ...] = ()
    settings: tuple[SettingReading, ...] = ()
    keys: tuple[ModelKey, ...] = ()
    stakes: tuple[ChainStake, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreDay:
    """A model's weighted score in a round as it was on scoring day ``day``.

    Day 0, with a score of 0, only says that Numerai was asked for a round's days.
    """

    model_id: str
    tournament: Tournament
    round: int
    day: int
    weighted: Decimal


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """Everything one sync fetched.

    ``models``, ``stakes``, ``scheduled`` replace what was known; the other lists are merged by
    their keys. ``reasons`` says why each of ``systems`` is what it is.
    """

    account: Account
    models: tuple[Model, ...]
    stakes: tuple[ContinuousStake, ...]
    scheduled: tuple[ScheduledTransaction, ...]
    systems: dict[Tournament, System]
    rounds: tuple[Round, ...] = ()
    performances: tuple[Performance, ...] = ()
    submissions: tuple[Submission, ...] = ()
    stake_transactions: tuple[StakeTransaction, ...] = ()
    wallet_transactions: tuple[WalletTransaction, ...] = ()
    prices: tuple[Price, ...] = ()
    fetched: tuple[Fetched, ...] = ()
    reasons: Mapping[Tournament, SystemReason] = field(default_factory=lambda: MappingProxyType({}))
    strategy: StrategyNews | None = None
    days: tuple[ScoreDay, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncLog:
    """The record of one sync; ``outcome`` is ``done``, ``stopped`` or an error's text."""

    started: datetime
    finished: datetime
    outcome: str
    requests: int
    milliseconds: int
    rounds: int
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync is: ``done`` of ``total`` steps, ``stage`` in words ("scores of ALPHA")."""

    stage: str
    done: int
    total: int
