"""What is owed to whom: what accrued, less what the rounds and the queue have done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    Accrual,
    Destination,
    DestinationKind,
    Policy,
    PolicyVersion,
    Realised,
    SettledPayout,
)
from ledger.rules.policy import left_alone

FREE = (DestinationKind.WALLET, DestinationKind.POOL)
"""What is kept free, not staked."""


@dataclass(frozen=True, slots=True)
class Accrued:
    """What a tournament's payouts came to so far, by the versions of its policy.

    ``set_aside``: NMR of pools, of any tournament, that lies in the wallet.
    """

    tournament: Tournament
    payouts: tuple[SettledPayout, ...]
    accruals: tuple[Accrual, ...]
    realised: tuple[Realised, ...]
    versions: tuple[PolicyVersion, ...]
    set_aside: NMR = ZERO

    @property
    def newest(self) -> int:
        """The newest round with a payout that was split; 0 before the first."""
        return max((one.round for one in self.payouts), default=0)

    def drafted(self) -> int:
        """The newest settled round when amounts were last drafted, dropped or not; 0 if never."""
        rounds = (one.round for one in self.realised if one.destination.kind is not ITSELF.kind)
        return max(rounds, default=0)

    def dropped(self, place: Destination) -> bool:
        """Whether a draft for ``place`` was cancelled or refused, and no round settled since."""
        return any(
            one.dropped and one.destination == place and one.round >= self.newest
            for one in self.realised
        )

    def declined(self, place: Destination, since: datetime) -> bool:
        """Whether a draft for ``place`` made since then was cancelled or refused."""
        return any(
            one.dropped and one.destination == place and one.drafted >= since
            for one in self.realised
        )


def of_model(model_id: str) -> Destination:
    """The destination that one model is, for others as for itself."""
    return Destination(DestinationKind.MODEL, model_id)


def owed(accrued: Accrued) -> dict[Destination, NMR]:
    """What each destination is to get yet, models by their own destination; may be negative.

    A payout that changed its model's own stake is that model's already; what came free in the
    wallet is where wallet and pools want it. Payouts no policy names stay where they landed.
    """
    found: dict[Destination, int] = {}

    def add(place: Destination, nmr: NMR, sign: int) -> None:
        found[place] = found.get(place, 0) + sign * nmr.wei

    alone = left_alone(accrued.payouts, accrued.versions)
    in_wallet = {(one.round, one.model_id) for one in accrued.payouts if not one.atomic}
    for one in accrued.accruals:
        key = (one.round, one.source)
        if key in alone or (one.destination.kind in FREE and key in in_wallet):
            continue
        add(of_model(one.source) if one.destination == ITSELF else one.destination, one.nmr, 1)
    for payout in accrued.payouts:
        if not payout.freed and (payout.round, payout.model_id) not in alone:
            add(of_model(payout.model_id), payout.nmr, -1)
    for change in accrued.realised:
        if not change.dropped and change.destination.kind is not ITSELF.kind:
            add(change.destination, change.nmr, -1)
    return {place: NMR.from_wei(wei) for place, wei in sorted(found.items()) if wei}


def due(nmr: NMR, version: PolicyVersion, accrued: Accrued) -> bool:
    """Whether an owed amount is to become a change: the threshold is reached, or the schedule."""
    policy = version.policy
    if not nmr:
        return False
    if policy.threshold is not None and abs(nmr) >= policy.threshold:
        return True
    if policy.every is None:
        return False
    return accrued.newest - max(accrued.drafted(), version.since - 1) >= policy.every


def set_aside(accrued: Accrued, policy: Policy) -> NMR:
    """What of the pools ``policy`` names lies in the wallet: paid there, or withdrawn for them."""
    pools = pools_of(policy)
    in_wallet = {(one.round, one.model_id) for one in accrued.payouts if not one.atomic}
    found = ZERO
    for pool in pools:
        place = Destination(DestinationKind.POOL, pool)
        paid = _paid(accrued.accruals, place, in_wallet)
        moved = (
            one.nmr for one in accrued.realised if one.destination == place and not one.dropped
        )
        found += max(ZERO, paid + NMR.total(moved))
    return found


def _paid(accruals: Iterable[Accrual], place: Destination, rounds: set[tuple[int, str]]) -> NMR:
    return NMR.total(
        one.nmr
        for one in accruals
        if one.destination == place and (one.round, one.source) in rounds
    )


def pools_of(policy: Policy) -> tuple[str, ...]:
    """The pools a policy names, those with a column first."""
    given = (place for row in policy.rows for place in row.shares)
    found = sorted(place.name for place in given if place.kind is DestinationKind.POOL)
    return tuple(dict.fromkeys([*policy.pools, *found]))
