"""What the sandbox keeps about a slot, a round and the wallet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import PendingKind, StakeMode
from ledger.domain.stakes.strategy import ModelSetting, PositionState
from ledger.sandbox.world.schedule import RoundPlan


@dataclass(slots=True)
class Request:
    """The one change a continuous stake may have pending.

    ``due_round`` is the round whose resolution pays a release out; an increase counts from the
    next staking close.
    """

    id: str
    kind: PendingKind
    amount: NMR
    made: datetime
    due: datetime
    due_round: int | None = None
    status: str = "pending"

    @property
    def releases(self) -> bool:
        """Whether NMR is on its way out of the stake."""
        return self.kind is not PendingKind.INCREASE


@dataclass(slots=True)
class Strategy:
    """A model's setting in the allocation strategy.

    ``per_round`` is staked every round; ``None`` becomes the stake spread over the concurrent
    rounds when the tournament leaves continuous staking.
    """

    per_round: NMR | None = None
    mode: StakeMode = StakeMode.CONSTANT
    enabled: bool = True


@dataclass(slots=True)
class Entry:
    """One slot in one round, once the round's staking has closed.

    ``payout`` is ``None`` until the round resolves. ``position`` is the hash of the transaction
    that opened an atomic position, ``ending`` how it ended once its claim was dealt with.
    """

    number: int
    system: System
    submission_id: str | None
    submitted: datetime | None
    late: bool
    at_risk: NMR
    take_profit: bool
    payout: NMR | None = None
    position: str | None = None
    ending: PositionState | None = None

    @property
    def worth(self) -> NMR:
        """What the position's claim comes to: stake, plus payout or less burn."""
        return self.at_risk + (self.payout or ZERO)

    @property
    def waits(self) -> bool:
        """Whether it is an atomic position that has resolved and was not claimed yet."""
        return self.position is not None and self.payout is not None and self.ending is None


@dataclass(slots=True)
class Slot:
    """A model with everything that hangs on it. ``stake`` includes NMR being released.

    ``claimable`` are atomic positions that have resolved and wait for their claim, oldest first;
    ``debt`` are burns deferred by restaking. From ``stopped`` on it submits nothing. What is
    ``deleted`` no answer shows any more, though its NMR is where it was.
    """

    id: str
    name: str
    tournament: Tournament
    index: int
    first_round: int
    created: datetime
    skips: float
    archived: bool = False
    deleted: bool = False
    stake: NMR = ZERO
    take_profit: bool = False
    take_profit_since: datetime | None = None
    pending: Request | None = None
    strategy: Strategy | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    values: list[tuple[datetime, NMR]] = field(default_factory=list)
    locked: NMR = ZERO
    claimable: list[Entry] = field(default_factory=list)
    debt: NMR = ZERO
    stopped: datetime | None = None

    @property
    def waiting(self) -> NMR:
        """What its claims come to."""
        return NMR.total(entry.worth for entry in self.claimable)

    def counting(self, number: int) -> NMR:
        """The part of the stake that round ``number`` puts at risk."""
        request = self.pending
        if request is None or not request.releases or number <= (request.due_round or 0):
            return self.stake
        if request.kind is PendingKind.DRAIN:
            return ZERO
        return max(ZERO, self.stake - request.amount)


@dataclass(slots=True)
class RoundState:
    """A round that has opened. ``factor`` is fixed when its staking closes.

    A round that is ``flagged`` is told as resolved although nothing has settled; its payouts come
    ``late`` after their time.
    """

    plan: RoundPlan
    factor: Decimal | None = None
    closed: bool = False
    resolved: bool = False
    flagged: bool = False
    late: timedelta = timedelta(0)

    @property
    def called_resolved(self) -> bool:
        """Whether answers call it resolved."""
        return self.resolved or self.flagged


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A strategy's setting of one model as it was written to the chain, and by which transaction.

    ``key`` is the model's bytes32 key, ``tx_hash`` is without ``0x``.
    """

    time: datetime
    tournament: Tournament
    key: str
    setting: ModelSetting
    tx_hash: str


@dataclass(frozen=True, slots=True)
class WalletRow:
    """One wallet transaction; ``amount`` is unsigned, the direction is in the addresses."""

    time: datetime
    amount: NMR
    kind: str
    sender: str
    receiver: str
    tournament: Tournament | None
    tx_hash: str


@dataclass(slots=True)
class Wallet:
    """The account's wallet. ``held`` has left it for increases that do not count yet."""

    address: str
    available: NMR = ZERO
    held: NMR = ZERO
    rows: list[WalletRow] = field(default_factory=list)


@dataclass(slots=True)
class Competition:
    """One tournament: its rounds so far, its slots and its idle strategy NMR.

    ``atomic_since`` is when its stakes began to move to the allocation strategy, ``paused``
    whether its staking contract takes no stakes for the time being.
    """

    tournament: Tournament
    slots: list[Slot]
    first_round: int
    rounds: dict[int, RoundState] = field(default_factory=dict)
    latest: int = 0
    idle: NMR = ZERO
    atomic_since: datetime | None = None
    paused: bool = False

    @property
    def system(self) -> System:
        """How stakes work here now."""
        return System.CONTINUOUS if self.atomic_since is None else System.ATOMIC
