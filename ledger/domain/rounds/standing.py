"""How a model stands in the rounds that run, added up."""

from __future__ import annotations

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode


@dataclass(frozen=True, slots=True)
class Standing:
    """What a model's running rounds and some settled ones before them come to; amounts in NMR.

    ``at_risk``: what the running rounds can burn, ``None`` when that of any is not known;
    ``holds``: whether any of them has NMR in it, or may have. ``per_round`` and ``mode``: atomic
    only, as inferred from the model's own positions. ``recent``: the newest payouts, settled or
    not, newest first; ``unsettled``: whether any of these can still move. ``pending_payout``: what
    the running rounds would pay by now.
    """

    at_risk: NMR | None
    holds: bool
    per_round: NMR | None
    mode: StakeMode | None
    recent: tuple[NMR, ...]
    unsettled: bool
    pending_payout: NMR
