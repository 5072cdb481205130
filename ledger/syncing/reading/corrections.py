"""Settled payouts that Numerai alters afterwards: kept as such, never in silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.domain.syncing.facts import PayoutCorrection

_DUST = NMR(Decimal("0.000001"))
"""NMR by which a payout may differ when it once was listed and once added up from rounded parts."""


def corrected(
    rows: Iterable[tuple[Performance | None, Performance]], now: datetime
) -> tuple[PayoutCorrection, ...]:
    """The corrections among pairs of a row as it was kept and as it is now."""
    return tuple(
        PayoutCorrection(now, row.tournament, row.round, row.model_id, before.payout, row.payout)
        for before, row in rows
        if before is not None
        and before.payout is not None
        and row.payout is not None
        and _differs(before, row)
    )


def _differs(before: Performance, row: Performance) -> bool:
    if before.state is not PayoutState.SETTLED or row.state is not PayoutState.SETTLED:
        return False
    if PayoutSource.COMPUTED in {before.source, row.source}:
        return False
    if before.payout is None or row.payout is None:
        return False
    allowed = NMR(0) if before.source is row.source else _DUST
    return abs(row.payout - before.payout) > allowed
