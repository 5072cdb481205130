"""Payout allocation: where the payouts of each model go, in percent, and what that came to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO

HUNDRED = Decimal(100)
"""What the percentages of a row add up to."""


class DestinationKind(StrEnum):
    """What a share of a payout can go to.

    ``itself``: the model that earned it. ``model``: another one of the tournament. ``wallet``:
    kept free there. ``pool``: kept free too, but set aside under a name.
    """

    ITSELF = "itself"
    WALLET = "wallet"
    POOL = "pool"
    MODEL = "model"


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Destination:
    """One place payouts go to, by ``kind``.

    ``name`` is a model's id or a pool's name, else empty. ``ITSELF`` with a model's id is no place,
    but the way that model's payouts take: whether they come free (take profit, constant mode). See
    :class:`PolicyChange`.
    """

    kind: DestinationKind
    name: str = ""

    @property
    def key(self) -> str:
        """One text for kind and name, different for every destination."""
        return f"{self.kind.value}:{self.name}"


ITSELF = Destination(DestinationKind.ITSELF)
"""The model whose payout it is: it stays where it landed."""

WALLET = Destination(DestinationKind.WALLET)
"""The account's wallet: what goes there is kept free."""


class BurnRule(StrEnum):
    """What a burn does.

    ``carry``: the source bears it, and later payouts of that source make up for it before
    anything is given away. ``share``: it is split by the same percentages.
    """

    CARRY = "carry"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One source: a model's id, or ``None`` for all models without a row of their own.

    ``shares`` in percent (25 is 25 %) add up to 100; destinations with nothing are left out.
    """

    source: str | None
    shares: Mapping[Destination, Decimal] = field(default_factory=lambda: {ITSELF: HUNDRED})


THRESHOLD = NMR(1)
"""What has to come together before it becomes a change, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How the payouts of one tournament are allocated; without ``rows`` all stay where they are.

    ``burns`` is who bears a burn. An accrued amount becomes a planned change once it reaches
    ``threshold`` (NMR), or, whatever it is, when ``every`` more rounds have settled; ``None`` turns
    that occasion off. ``pools`` have a column even while nothing goes there.
    """

    tournament: Tournament
    rows: tuple[PolicyRow, ...] = ()
    burns: BurnRule = BurnRule.CARRY
    threshold: NMR | None = THRESHOLD
    every: int | None = None
    pools: tuple[str, ...] = ()

    def row(self, source: str | None) -> PolicyRow | None:
        """The row of its own that ``source`` has."""
        return next((row for row in self.rows if row.source == source), None)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A ``policy`` in force from round ``since`` on, until a later one.

    ``id`` is the one in the ledger, ``made`` is when it was put in force (UTC).
    ``name``: the named targets it is saved with, if any.
    """

    id: int
    since: int
    made: datetime
    policy: Policy
    name: str | None = None

    @property
    def on(self) -> bool:
        """Whether it allocates anything; a policy is switched off by one without rows."""
        return bool(self.policy.rows)


@dataclass(frozen=True, slots=True)
class SettledPayout:
    """What ``round`` paid ``model_id``: ``nmr``, negative where it burned.

    ``freed``: the NMR came free instead of changing the model's own stake: into idle where the
    round was staked ``atomic``, else into the wallet.
    """

    round: int
    model_id: str
    nmr: NMR
    freed: bool = False
    atomic: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """One settled payout in parts, which add up to it.

    ``version`` is the id of the policy in force for its round, ``None`` before the first one.
    ``alone``: no policy says anything about it, so it stays where it landed. ``carried``: what
    later payouts of the model have to make up for once this one has.
    """

    payout: SettledPayout
    parts: Mapping[Destination, NMR]
    version: int | None = None
    alone: bool = False
    carried: NMR = ZERO


@dataclass(frozen=True, slots=True)
class Balances:
    """What a tournament's payouts came to, by source and destination; all of it is ``total``.

    ``accrued`` is in NMR by source (a model's id) and destination. ``claims``: what of the NMR that
    came free each destination is to get, models by their own destination; negative where a model's
    own stake kept more than its part. ``pooled``: what of pools came free in the wallet.
    ``newest``: the newest round that paid, 0 before the first.
    """

    accrued: Mapping[tuple[str, Destination], NMR] = field(default_factory=dict)
    claims: Mapping[Destination, NMR] = field(default_factory=dict)
    pooled: Mapping[Destination, NMR] = field(default_factory=dict)
    newest: int = 0

    @property
    def total(self) -> NMR:
        """All payouts since the first version."""
        return NMR.total(self.accrued.values())


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What change ``change_id`` of the queue takes from a destination's accrued amount.

    ``nmr`` is that amount. One that only alters the way a model's payouts take has ``ITSELF`` with
    that model's id as ``destination``, and takes nothing. ``round``: the newest settled round when
    it was drafted; ``drafted`` is UTC. ``dropped``: it was cancelled or refused, so it gives back
    what it took.
    """

    change_id: int
    destination: Destination
    nmr: NMR
    round: int
    drafted: datetime
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """What step ``step`` of a plan takes from a destination's accrued amount.

    ``nmr`` is that amount, of ``destination`` in ``tournament``; ``round`` is the newest settled
    round it rests on. For a per-round stake ``before`` is the model's total without it, over
    ``rounds`` rounds at a time: what an edited one takes follows from them.
    """

    step: int
    tournament: Tournament
    destination: Destination
    nmr: NMR
    round: int
    before: NMR | None = None
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class ReplayPoint:
    """All payouts up to ``round``, in NMR.

    ``without`` as they were, and ``with_policy`` as they would have been.
    """

    round: int
    without: NMR
    with_policy: NMR

    @property
    def difference(self) -> NMR:
        """What the policy would have added."""
        return self.with_policy - self.without


@dataclass(frozen=True, slots=True)
class Replay:
    """The past with and without a policy: ``points``, oldest round first.

    ``accrued``: what each destination would have got, by destination, ``ITSELF`` summed over all
    sources; it adds up to the last point's ``with_policy`` to the wei. ``moved`` is what would have
    gone from one place to another, ``changes`` how many changes that would have taken.
    """

    points: tuple[ReplayPoint, ...]
    accrued: Mapping[Destination, NMR]
    moved: NMR
    changes: int
