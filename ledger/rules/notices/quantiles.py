"""What is unusual for a model, by its own past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from ledger.domain.nmr import ZERO
from ledger.domain.rounds.performance import PayoutState, Performance

FEWEST = 100
"""Settled rounds a model needs before its 1 % quantile means anything."""

RANK = 100
"""One in so many earlier rounds is in the 1 % quantile."""


def burned_beyond(rows: Iterable[Performance], since: datetime) -> Iterator[Performance]:
    """Settled burns of rounds that resolved from ``since`` on, beyond the model's 1 % quantile.

    The quantile is that of payout over stake at risk in the model's earlier settled rounds: of n
    rounds, the one of rank n // 100 + 1 from the worst. Rounds that staked nothing, or of which
    it is not known what they staked, do not count.
    """
    by_model: dict[str, list[Performance]] = {}
    for row in rows:
        if row.state is PayoutState.SETTLED and row.payout is not None and row.at_risk:
            by_model.setdefault(row.model_id, []).append(row)
    for own in by_model.values():
        yield from _beyond(own, since)


def _beyond(own: list[Performance], since: datetime) -> Iterator[Performance]:
    for row in own:
        if row.resolves is None or row.resolves < since or not row.payout or row.payout > ZERO:
            continue
        earlier = sorted(
            rate for one in own if one.round < row.round and (rate := _rate(one)) is not None
        )
        rate = _rate(row)
        if rate is not None and len(earlier) >= FEWEST and rate < earlier[len(earlier) // RANK]:
            yield row


def _rate(row: Performance) -> Decimal | None:
    """Payout over stake at risk."""
    if row.payout is None or not row.at_risk:
        return None
    return row.payout.over(row.at_risk)
