"""What a sync learned, handed to the store in consistent steps, each kept in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

from ledger.dataclass import dataclass
from ledger.domain.knowledge import MissingFact
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import (
    ScheduledTransaction,
    StakeTransaction,
    WalletTransaction,
)
from ledger.domain.rounds.performance import Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.stakes.strategy import (
    ChainStake,
    Claim,
    EventsRead,
    ModelKey,
    SettingReading,
    StakeRound,
    StakingContract,
    StrategyReading,
    SystemReason,
)
from ledger.domain.syncing.coverage import Covered, RoundRanges


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing Numerai said that could not be used; the rest of the sync went through.

    ``where`` names the part of the answer, ``field`` the field in it, and ``what`` says in words
    what was wrong with it.
    """

    where: str
    field: str
    what: str


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one NMR in ``currency`` (``USD``) at ``at`` (UTC), as a decimal text.

    ``price`` is that text, ``source`` is who told it.
    """

    at: datetime
    currency: str
    price: str
    source: str


@dataclass(frozen=True, slots=True)
class PayoutCorrection:
    """A settled payout that Numerai altered, noticed ``at`` (UTC).

    The one of ``model_id`` in ``round`` of ``tournament`` was ``before`` and is ``after``, in NMR.
    """

    at: datetime
    tournament: Tournament
    round: int
    model_id: str
    before: NMR
    after: NMR


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where syncing stands.

    ``revision`` grows with whatever a sync writes. ``history``: a sync has once brought in all of
    the history that was wanted; before that nothing is booked from the part that is there.
    ``transactions``: all stake transactions that there were by the last sync are in the ledger.
    """

    revision: int = 0
    history: bool = False
    transactions: bool = False


@dataclass(frozen=True, slots=True)
class Refetch:
    """History to fetch anew, whatever the ledger holds of it.

    From round ``first_round`` on (1: all there is), of one ``tournament`` or of all (``None``).
    """

    tournament: Tournament | None = None
    first_round: int = 1


@dataclass(frozen=True, slots=True)
class StrategyNews:
    """What one sync learned about atomic staking, as of ``as_of`` (UTC).

    ``claims`` holds all claims there are, per tournament whose claims could be asked for, and
    replaces what was known of it; ``stake_rounds``, if there are any, replace all. ``contracts``,
    ``readings`` of the chain, ``settings``, ``keys``, ``stakes`` on chain and ``events`` are merged
    by their keys.
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
    events: tuple[EventsRead, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreDay:
    """The ``weighted`` score of ``model_id`` in a round as it was on scoring day ``day``.

    ``round`` is of ``tournament``. Day 0, with a score of 0, only says that Numerai was asked for a
    round's days.
    """

    model_id: str
    tournament: Tournament
    round: int
    day: int
    weighted: Decimal


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """One consistent step of what a sync fetched.

    ``models``, ``stakes``, ``scheduled`` and ``missing`` replace what was known, ``covered`` does
    so for its subjects, and ``None`` leaves it as it is; so it does for ``account``. ``rounds``,
    ``performances``, ``submissions``, ``stake_transactions``, ``wallet_transactions``, ``prices``
    and ``days`` are merged by their keys; ``corrections`` are payouts that Numerai altered.
    ``strategy`` is what was learned of atomic staking. ``reasons`` says why each of ``systems`` is
    what it is. ``history`` and ``transactions``: see :class:`SyncState`; ``None`` leaves them.
    """

    account: Account | None = None
    models: tuple[Model, ...] | None = None
    stakes: tuple[ContinuousStake, ...] | None = None
    scheduled: tuple[ScheduledTransaction, ...] | None = None
    systems: Mapping[Tournament, System] = field(default_factory=lambda: MappingProxyType({}))
    rounds: tuple[Round, ...] = ()
    performances: tuple[Performance, ...] = ()
    submissions: tuple[Submission, ...] = ()
    stake_transactions: tuple[StakeTransaction, ...] = ()
    wallet_transactions: tuple[WalletTransaction, ...] = ()
    prices: tuple[Price, ...] = ()
    reasons: Mapping[Tournament, SystemReason] = field(default_factory=lambda: MappingProxyType({}))
    strategy: StrategyNews | None = None
    days: tuple[ScoreDay, ...] = ()
    missing: tuple[MissingFact, ...] | None = None
    covered: Mapping[tuple[Covered, str], RoundRanges] = field(
        default_factory=lambda: MappingProxyType({})
    )
    corrections: tuple[PayoutCorrection, ...] = ()
    history: bool | None = None
    transactions: bool | None = None


@dataclass(frozen=True, slots=True)
class SyncLog:
    """The record of one sync, from ``started`` to ``finished`` (UTC).

    ``outcome`` is ``done``, ``stopped`` or an error's text. ``requests`` counts what was sent and
    ``rounds`` the rounds that were read; ``milliseconds`` is how long all of it took. ``problems``
    are what could not be used.
    """

    started: datetime
    finished: datetime
    outcome: str
    requests: int
    milliseconds: int
    rounds: int
    problems: tuple[Problem, ...] = field(default=())


class SyncStep(Enum):
    """What a sync goes through, in this order; its value is what it is about."""

    ACCOUNT = "account and rounds"
    RUNNING = "running rounds"
    HISTORY = "history"
    DAYS = "daily scores"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync is: ``done`` of ``total`` requests, ``stage`` in words ("scores of ALPHA");
    and of those of the ``step`` it is at, ``step_done`` of ``step_total``."""

    stage: str
    done: int
    total: int
    step: SyncStep | None = None
    step_done: int = 0
    step_total: int = 0
