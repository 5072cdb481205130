"""What the sandbox keeps about a slot, a round and the wallet."""

from __future__ import annotations

import hashlib
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
    """The one change a continuous stake may have pending: ``amount`` NMR, asked for when it was
    ``made``, in effect when it is ``due`` (UTC).

    ``due_round`` is the round whose resolution pays a release out; an increase counts from the
    next staking close. ``status`` is Numerai's word for how it stands.
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
    """A model's setting in the allocation strategy: ``mode``, and whether it is ``enabled``.

    ``per_round`` is staked every round; ``None`` becomes the stake spread over the concurrent
    rounds when the tournament leaves continuous staking.
    """

    per_round: NMR | None = None
    mode: StakeMode = StakeMode.CONSTANT
    enabled: bool = True


@dataclass(slots=True)
class Entry:
    """One slot in round ``number``, once the round's staking has closed.

    ``system`` is what the tournament was on by then, ``at_risk`` the stake in NMR, ``take_profit``
    as it was set. ``submission_id`` and ``submitted`` are ``None`` without a submission, ``late``
    is one that does not count. ``payout`` is ``None`` until the round resolves. ``position`` is the
    hash of the transaction that opened an atomic position, ``ending`` how it ended once its claim
    was dealt with.
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

    ``index`` is its number among the series of scores, ``first_round`` the first it can take part
    in, ``skips`` how likely it is to skip a round. ``pending`` is its continuous request,
    ``strategy`` its atomic setting. ``entries`` are its rounds by number, ``values`` what it was
    worth by time. ``locked`` is NMR in running atomic positions; ``claimable`` are atomic positions
    that have resolved and wait for their claim, oldest first; ``debt`` are burns deferred by
    restaking. From ``stopped`` on it submits nothing. What is ``deleted`` no answer shows any more,
    though its NMR is where it was.
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
    """A round that has opened as its ``plan`` says; ``closed`` once its staking has closed, which
    fixes its ``factor``.

    A round that is ``flagged`` is called resolved although nothing has settled; its payouts come
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
    """A strategy's setting of one model as it was written to the chain at ``time``, and by which
    transaction.

    ``key`` is the model's bytes32 key, ``tx_hash`` is without ``0x``.
    """

    time: datetime
    tournament: Tournament
    key: str
    setting: ModelSetting
    tx_hash: str


@dataclass(frozen=True, slots=True)
class WalletRow:
    """One wallet transaction; ``amount`` is unsigned, the direction is in the addresses.

    It went from ``sender`` to ``receiver`` at ``time`` (UTC). ``kind`` is Numerai's word for it,
    ``tournament`` what it was for, ``tx_hash`` the transaction on chain.
    """

    time: datetime
    amount: NMR
    kind: str
    sender: str
    receiver: str
    tournament: Tournament | None
    tx_hash: str


@dataclass(slots=True)
class Wallet:
    """The account's wallet at Numerai: what is ``available``, and ``held``, which has left it for
    increases that do not count yet. ``rows`` are its transactions, oldest first."""

    address: str
    available: NMR = ZERO
    held: NMR = ZERO
    rows: list[WalletRow] = field(default_factory=list)


@dataclass(slots=True)
class Competition:
    """One tournament: its rounds so far, its slots and its idle strategy NMR.

    ``first_round`` is where its history begins, ``latest`` the newest round that has opened.
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


def digest(seed: int, *parts: object) -> str:
    """64 hex digits that depend on the seed and ``parts`` only."""
    text = "/".join(map(str, (seed, *parts)))
    return hashlib.sha256(text.encode()).hexdigest()
