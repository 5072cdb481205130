"""What a model has in atomic positions, and what an allocation strategy keeps idle for them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.strategy import SettingReading


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """One model of an allocation strategy, in NMR.

    ``setting`` is the best reading there is. ``rounds`` is R, how many rounds run at a time.
    ``locked`` is in running positions, ``claimable`` waits to be claimed. ``committed`` is the
    per-round stake times R, zero where the model is disabled, ``None`` while the per-round stake is
    not known. ``running`` counts positions that can still earn or burn, ``at_setting`` those of
    them that have the present per-round stake. ``first`` and ``last`` are when the first and the
    last of them resolve (UTC). ``debt`` is deferred burn debt: burns that later payouts of the
    model pay for; ``None`` where no source tells. ``tournament`` and ``model_id`` say whose all
    that is.
    """

    tournament: Tournament
    model_id: str
    setting: SettingReading | None
    rounds: int
    locked: NMR
    claimable: NMR
    committed: NMR | None
    running: int
    at_setting: int
    first: datetime | None
    last: datetime | None
    debt: NMR | None

    @property
    def ramp(self) -> Decimal:
        """How far the ramp to the present per-round stake is: 0 to 1."""
        return min(Decimal(1), Decimal(self.at_setting) / self.rounds)


@dataclass(frozen=True, slots=True)
class IdleEstimate:
    """Idle ``nmr`` of a strategy as the account's own history adds up; the chain was not read.

    ``rests_on`` says in sentences what it is made of and what would falsify it.
    """

    nmr: NMR
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunsOut:
    """The first round whose positions idle NMR can't pay for, and when its staking closes.

    ``missing`` is what has to be deposited before ``at`` for every round looked at to be paid.
    """

    round: int
    at: datetime
    missing: NMR
