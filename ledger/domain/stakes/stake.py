"""What is staked, and what is about to change in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR


class PendingKind(StrEnum):
    """What a pending request at Numerai does."""

    INCREASE = "increase"
    DECREASE = "decrease"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """``pendingV2ChangeStakeRequest``: at most one per model.

    ``amount`` in NMR is what was asked for; a drain (``kind``) releases whatever the stake is by
    ``due`` (UTC). ``status`` and ``request_id`` are Numerai's.
    """

    kind: PendingKind
    amount: NMR
    due: datetime | None
    status: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ContinuousStake:
    """A v2 stake of ``model_id``, in NMR.

    ``settled`` is what it is as resolved so far, ``projected`` with unresolved earnings.
    ``take_profit``: payouts go to the wallet. An amount that was never told is ``None``.
    ``pending`` is ``None`` when nothing is pending, or when that was never told:
    :class:`ledger.domain.knowledge.MissingFacts` says which, and what of it is old. A model that
    never had a stake has none of these.
    """

    model_id: str
    settled: NMR | None
    projected: NMR | None
    take_profit: bool | None
    pending: PendingRequest | None = None


class StakeMode(StrEnum):
    """What an allocation strategy does with settled claims (v3)."""

    CONSTANT = "constant"
    COMPOUND = "compound"
