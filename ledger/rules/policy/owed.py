"""What is owed to whom: what accrued, less what the rounds and the queue have done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    Balances,
    Destination,
    DestinationKind,
    Policy,
    PolicyChange,
    PolicyVersion,
    Split,
)

FREE = (DestinationKind.WALLET, DestinationKind.POOL)
"""What is kept free, not staked."""


class Heap(NamedTuple):
    """Parts of payouts that are treated alike: of one source for one destination, staked atomic
    or not, left alone or not."""

    source: str
    destination: Destination
    atomic: bool
    alone: bool


def add_up(parts: Mapping[Heap, NMR], stayed: Mapping[str, NMR], newest: int) -> Balances:
    """The balances. ``stayed``: what payouts changed in their own models' stakes, by model id,
    without those that are left alone; they are their model's already.

    What came free in the wallet is where wallet and pools want it. What is left alone stays
    where it landed, and nobody has a claim to it.
    """
    accrued: _Sums[tuple[str, Destination]] = _Sums()
    claims: _Sums[Destination] = _Sums()
    pooled: _Sums[Destination] = _Sums()
    for heap, nmr in parts.items():
        destination = heap.destination
        accrued.add((heap.source, destination), nmr)
        if destination.kind in FREE and not heap.atomic:
            pooled.add(destination, nmr)
        elif not heap.alone:
            claims.add(of_model(heap.source) if destination == ITSELF else destination, nmr)
    for model_id, nmr in stayed.items():
        claims.add(of_model(model_id), -nmr)
    return Balances(accrued.totals, claims.totals, pooled.totals, newest)


def balances_of(splits: Iterable[Split]) -> Balances:
    """What they come to."""
    heaps: _Sums[Heap] = _Sums()
    stayed: _Sums[str] = _Sums()
    newest = 0
    for split in splits:
        payout, newest = split.payout, max(newest, split.payout.round)
        for destination, nmr in split.parts.items():
            heaps.add(Heap(payout.model_id, destination, payout.atomic, split.alone), nmr)
        if not payout.freed and not split.alone:
            stayed.add(payout.model_id, payout.nmr)
    return add_up(heaps.totals, stayed.totals, newest)


K = TypeVar("K")


class _Sums(Generic[K]):
    def __init__(self) -> None:
        self.totals: dict[K, NMR] = {}

    def add(self, key: K, nmr: NMR) -> None:
        self.totals[key] = self.totals.get(key, ZERO) + nmr


@dataclass(frozen=True, slots=True)
class Accrued:
    """What the payouts of ``tournament`` came to so far, and what changes take of it.

    ``balances`` is by source and destination, ``realised`` what changes of the queue take,
    ``versions`` are the policies that were in force. ``set_aside``: NMR of pools, of any
    tournament, that lies in the wallet.
    """

    tournament: Tournament
    balances: Balances
    realised: tuple[PolicyChange, ...]
    versions: tuple[PolicyVersion, ...]
    set_aside: NMR = ZERO

    @property
    def newest(self) -> int:
        """The newest round that paid; 0 before the first."""
        return self.balances.newest

    def drafted(self) -> int:
        """The newest settled round when amounts were last drafted, dropped or not; 0 if never."""
        rounds = (one.round for one in self.realised if one.destination.kind is not ITSELF.kind)
        return max(rounds, default=0)

    def dropped(self, destination: Destination) -> bool:
        """Whether a draft for ``destination`` was cancelled or refused, and no round settled
        since."""
        return any(
            one.dropped and one.destination == destination and one.round >= self.newest
            for one in self.realised
        )

    def declined(self, destination: Destination, since: datetime) -> bool:
        """Whether a draft for ``destination`` made since then was cancelled or refused."""
        return any(
            one.dropped and one.destination == destination and one.drafted >= since
            for one in self.realised
        )


def of_model(model_id: str) -> Destination:
    """The destination that one model is, for others as for itself."""
    return Destination(DestinationKind.MODEL, model_id)


def owed(accrued: Accrued) -> dict[Destination, NMR]:
    """What each destination is to get yet, models by their own destination; may be negative."""
    sums: _Sums[Destination] = _Sums()
    for destination, nmr in accrued.balances.claims.items():
        sums.add(destination, nmr)
    for change in accrued.realised:
        if not change.dropped and change.destination.kind is not ITSELF.kind:
            sums.add(change.destination, -change.nmr)
    return {destination: nmr for destination, nmr in sorted(sums.totals.items()) if nmr}


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
    total = ZERO
    for pool in pools_of(policy):
        destination = Destination(DestinationKind.POOL, pool)
        moved = (
            change.nmr
            for change in accrued.realised
            if change.destination == destination and not change.dropped
        )
        paid = accrued.balances.pooled.get(destination, ZERO)
        total += max(ZERO, paid + NMR.total(moved))
    return total


def pools_of(policy: Policy) -> tuple[str, ...]:
    """The pools a policy names, those with a column first."""
    destinations = (destination for row in policy.rows for destination in row.shares)
    used = sorted(entry.name for entry in destinations if entry.kind is DestinationKind.POOL)
    return tuple(dict.fromkeys([*policy.pools, *used]))
