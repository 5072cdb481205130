"""Atomic staking: positions, the settings of an allocation strategy, and who says so.

An account has one allocation strategy per tournament: a contract owned by the user's wallet that
stakes by per-model settings. Numerai, its claims and the chain may tell the same thing
differently, so every figure here says where it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode


class Origin(StrEnum):
    """Where a figure was read, the most trusted first.

    ``chain``: the strategy and staking contracts. ``claims``: ``v3StakeClaims`` and
    ``v3StakeRound`` (scope web3_staking). ``numerai``: ``stakeTransactions`` and the payout
    list. ``positions``: inferred from a model's own positions. ``user``: the user's word.
    ``derived``: worked out by a rule that other models follow.
    """

    CHAIN = "chain"
    CLAIMS = "claims"
    NUMERAI = "numerai"
    POSITIONS = "positions"
    USER = "user"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class ModelSetting:
    """What a strategy does for one model in every round: stake ``per_round`` NMR, or nothing.

    ``mode`` says what becomes of a claim; one that is not ``enabled`` opens no new positions.
    """

    per_round: NMR
    mode: StakeMode
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class SettingReading:
    """The setting of ``model_id`` in ``tournament`` as one source tells it.

    ``origin`` is that source, ``as_of`` when it told (UTC). ``per_round`` (NMR), ``mode`` and
    ``enabled`` are ``None`` where it does not tell.
    """

    tournament: Tournament
    model_id: str
    per_round: NMR | None
    mode: StakeMode | None
    enabled: bool | None
    origin: Origin
    as_of: datetime

    @property
    def setting(self) -> ModelSetting | None:
        """All of it, when all of it is known."""
        if self.per_round is None or self.mode is None or self.enabled is None:
            return None
        return ModelSetting(self.per_round, self.mode, self.enabled)


@dataclass(frozen=True, slots=True)
class StrategyReading:
    """A strategy contract of ``tournament`` as the chain showed it at ``block``.

    ``address``, ``owner``, ``operator`` and ``staking`` (the contract it stakes with) are
    checksummed or lower-case hex with ``0x``; ``chain_id`` is the chain's, ``as_of`` when it was
    read (UTC). ``idle`` is ``availableBalance()``, ``wallet`` the owner's NMR balance, ``gas_wei``
    the owner's ether in wei. ``trouble`` says why the contract can't be used for signing, ``None``
    when it answers as a strategy should.
    """

    tournament: Tournament
    address: str
    owner: str | None
    operator: str | None
    staking: str | None
    idle: NMR | None
    wallet: NMR | None
    gas_wei: int | None
    chain_id: int
    block: int
    as_of: datetime
    trouble: str | None = None


class ProvenBy(StrEnum):
    """What proves that a key is a model's.

    ``positions``: the stakes held under it are the model's in every round, and neither another
    key's nor another model's. ``events``: the strategy wrote under it, and under no other, what
    the user had set for this model by hand.
    """

    POSITIONS = "positions"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class KeyProof:
    """Why a key is held to be a model's: by what, with ``evidence`` in words, since ``at`` (UTC).

    ``by`` is the kind of proof.
    """

    by: ProvenBy
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ModelKey:
    """The bytes32 ``key`` of ``model_id`` in ``tournament`` on chain: ``0x`` and 64 hex digits.

    ``origin`` says who named it; only what has a ``proof`` is signed for.
    """

    tournament: Tournament
    model_id: str
    key: str
    origin: Origin
    proof: KeyProof | None = None


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A ``ModelConfigUpdated`` event of a tournament's strategy: the setting written under ``key``.

    ``per_round`` is in NMR, ``enabled`` whether new positions are opened, and ``mode`` is ``None``
    for a number the config does not name. ``block`` and ``tx_hash`` are where it stands on chain.
    ``tournament`` is the strategy's.
    """

    tournament: Tournament
    key: str
    per_round: NMR
    mode: StakeMode | None
    enabled: bool
    block: int
    tx_hash: str

    @property
    def setting(self) -> ModelSetting | None:
        """The setting, where its mode is known."""
        if self.mode is None:
            return None
        return ModelSetting(self.per_round, self.mode, self.enabled)


@dataclass(frozen=True, slots=True)
class EventsRead:
    """The ``events`` that a tournament's ``strategy`` (its address) wrote, up to block ``reached``.

    What is above that block is not known. ``tournament`` is the strategy's.
    """

    tournament: Tournament
    strategy: str
    events: tuple[KeyEvent, ...]
    reached: int


@dataclass(frozen=True, slots=True)
class ConfirmedFor:
    """The contracts, as the last sync had seen them, when a change of a strategy was confirmed.

    ``address`` is the strategy's; ``None`` where no sync had read it, at ``block`` of ``chain_id``.
    ``owner`` and ``operator`` are the strategy's. ``staking`` is the staking contract it stakes
    with, ``named`` the one Numerai names. ``key`` is the model's, ``wallet`` the NMR the owner's
    wallet held.
    """

    address: str | None
    owner: str | None
    operator: str | None
    staking: str | None
    named: str | None
    chain_id: int | None
    block: int | None
    key: str | None
    wallet: NMR | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of ``v3StakeClaims``: a resolved position with what it comes to, in NMR.

    ``round`` of ``tournament``, for ``model_id`` under ``key``, staked by the address ``staker``.
    It earned ``payout`` less ``burn``; ``claimable`` is what is left to be claimed, ``None`` where
    Numerai does not tell.
    """

    tournament: Tournament
    round: int
    model_id: str
    key: str
    staker: str
    payout: NMR
    burn: NMR
    claimable: NMR | None


@dataclass(frozen=True, slots=True)
class StakeRound:
    """``v3StakeRound``: a ``round`` of ``tournament`` as the staking contract has it.

    ``state`` in Numerai's word: Open, Closed, Resolving, Resolved. ``resolves`` is when it does
    (UTC), ``resolved`` whether it has, ``payout_factor`` a decimal text.
    """

    tournament: Tournament
    round: int
    state: str
    resolves: datetime | None
    resolved: bool
    payout_factor: str | None = None


@dataclass(frozen=True, slots=True)
class StakingContract:
    """``v3StakeConfig``: the contract that holds a tournament's stakes.

    ``address`` is its own, ``paused`` whether it takes nothing at present, as of ``as_of`` (UTC);
    ``None`` where Numerai does not tell.
    """

    tournament: Tournament
    address: str
    paused: bool | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class ChainStake:
    """``stakeByRound``: what the staking contract holds for one model in one round.

    ``stake`` in NMR of ``model_id`` in ``round`` of ``tournament``, as of ``as_of`` (UTC).
    """

    tournament: Tournament
    round: int
    model_id: str
    stake: NMR
    as_of: datetime


class PositionState(StrEnum):
    """How far a position is.

    ``open``: the round still takes stakes. ``locked``: running until the round resolves.
    ``claimable``: resolved, stake and payout wait to be claimed. ``restaked``: claimed and
    staked again by Numerai. ``finalised``: left for too long, moved to idle. ``claimed``: gone
    from the claims, into idle or the next stake. ``resolved``: resolved, and no source says what
    became of it.
    """

    OPEN = "open"
    LOCKED = "locked"
    CLAIMABLE = "claimable"
    RESTAKED = "restaked"
    FINALISED = "finalised"
    CLAIMED = "claimed"
    RESOLVED = "resolved"

    @property
    def running(self) -> bool:
        """Whether its NMR can still earn or burn."""
        return self is PositionState.OPEN or self is PositionState.LOCKED


@dataclass(frozen=True, slots=True)
class Figure:
    """What one source, ``origin``, says, in ``nmr``, where another says something else."""

    origin: Origin
    nmr: NMR


@dataclass(frozen=True, slots=True)
class Position:
    """The own stake of ``model_id`` in one round of ``tournament``, locked until that resolves.

    Amounts are in NMR. ``stake`` is what was staked and ``state`` what has become of it. ``payout``
    is projected while ``running``, settled after; ``None`` before the first score. ``opened`` and
    ``resolves`` are UTC. ``claimable`` is what waits to be claimed, ``finalises`` when a claim left
    alone goes to idle. ``tx_hash`` is of the transaction that opened it. ``origin`` says who told
    ``stake``; ``also`` what other sources say where they disagree.
    """

    tournament: Tournament
    round: int
    model_id: str
    stake: NMR
    state: PositionState
    opened: datetime | None
    resolves: datetime | None
    payout: NMR | None
    claimable: NMR | None
    finalises: datetime | None
    tx_hash: str | None
    origin: Origin
    also: tuple[Figure, ...] = ()


class Channel(StrEnum):
    """How a change reaches its destination.

    ``numerai``: a mutation of the API (continuous staking). ``by-hand``: the user sets it on the
    V3 Stakes page. ``unsigned``: a transaction the user signs elsewhere. ``signed``: a
    transaction signed here with the owner's key.
    """

    NUMERAI = "numerai"
    BY_HAND = "by-hand"
    UNSIGNED = "unsigned"
    SIGNED = "signed"


class TransactionState(StrEnum):
    """A chain transaction on its way.

    ``signed``: on disk, not handed to a node yet. ``sent``: a node may have it; with a block it
    is in that one, which may still be taken back. ``mined``: in a block with enough others upon
    it, status 1. ``reverted``: the same with status 0. ``replaced``: another transaction took its
    nonce, as deeply. ``dropped``: given up; it never left this machine, or the user judged that
    it did not arrive.
    """

    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    REVERTED = "reverted"
    REPLACED = "replaced"
    DROPPED = "dropped"

    @property
    def pending(self) -> bool:
        """Whether it may still be mined."""
        return self in {TransactionState.SIGNED, TransactionState.SENT}


@dataclass(frozen=True, slots=True)
class ChainTransaction:
    """A signed transaction that belongs to change ``change_id``, by its ``hash``. Amounts in wei.

    ``chain_id``, ``sender``, ``nonce``, ``to``, ``data``, ``value``, ``gas``, ``max_fee`` and
    ``max_priority_fee`` are what was signed; ``raw`` is all of it with the signature, ``0x`` hex.
    ``made`` is when (UTC). ``state`` is how far it is, ``block`` where it was mined, ``note`` says
    more in words. ``replaces`` is the hash of the transaction whose nonce this one takes with a
    higher fee.
    """

    hash: str
    change_id: int
    chain_id: int
    sender: str
    nonce: int
    to: str
    data: str
    value: int
    gas: int
    max_fee: int
    max_priority_fee: int
    raw: str
    state: TransactionState
    made: datetime
    block: int | None = None
    replaces: str | None = None
    note: str | None = None


def newest_pending(transactions: Iterable[ChainTransaction]) -> ChainTransaction | None:
    """Of a change's transactions that may still be mined, the one no other was signed to replace.

    They share a nonce, and may share the moment they were made.
    """
    pending = [transaction for transaction in transactions if transaction.state.pending]
    replaced = {transaction.replaces for transaction in pending}
    return next((transaction for transaction in pending if transaction.hash not in replaced), None)


class SystemReason(StrEnum):
    """Why a tournament is held to be on one system or the other.

    ``forced``: the config says so. ``refused``: Numerai refused a continuous change because the
    tournament has moved. ``positions``: a strategy has staked there. ``full-payout``: it has a
    staking contract, and its newest rounds pay up to the whole stake. ``no-sign``: nothing says
    that it has left continuous staking.
    """

    FORCED = "forced"
    REFUSED = "refused"
    POSITIONS = "positions"
    FULL_PAYOUT = "full-payout"
    NO_SIGN = "no-sign"


def strategy_id(tournament: Tournament) -> str:
    """What stands in a change's model id when it is about a strategy as a whole (deposits)."""
    return f"strategy-{int(tournament)}"
