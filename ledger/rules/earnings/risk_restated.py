"""The outlook under other stakes, from the models' parts: a sum, nothing is drawn anew."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.risk import ModelRisk, RiskFigures, RiskRestated
from ledger.domain.targets.allocation import Allocation


def restated(figures: RiskFigures, allocations: Iterable[Allocation]) -> RiskRestated | None:
    """As if the running rounds had been staked by the targets; ``None`` without an outlook, or
    where no row has a target.

    A model's part is its rate times what its rounds would have at risk: the target in each of them
    on continuous staking, the target over all of them on atomic staking. The rates are those of
    today's worst futures. Others may be worse once the stakes are different, never better: the
    shortfall is the least loss to expect.
    """
    if figures.outlook is None:
        return None
    running = {row.tournament: row.running for row in figures.tournaments}
    by_id = {row.model_id: row for row in figures.models}
    expected, shortfall = figures.outlook.expected, figures.outlook.shortfall
    at_risk, unknown, edited = figures.at_risk, 0, False
    for allocation in allocations:
        rounds = running.get(allocation.tournament, 0)
        each = rounds if allocation.system is System.CONTINUOUS else 1
        for line in allocation.lines:
            if not line.text:
                continue
            edited = True
            row = by_id.get(line.model_id)
            parts = _parts(row, line.target, each) if row and line.target is not None else None
            if row is None or line.target is None or parts is None:
                unknown += 1
                continue
            expected, shortfall = expected + parts[0], shortfall + parts[1]
            at_risk += line.target - row.at_risk
    if not edited:
        return None
    return RiskRestated(figures.outlook, at_risk, expected, shortfall, unknown)


def _parts(row: ModelRisk, target: NMR, each: int) -> tuple[NMR, NMR] | None:
    """By how much the model's expected result and its part of the shortfall change."""
    if row.expected is None or row.shortfall is None:
        return None
    if row.expected_rate is None or row.shortfall_rate is None:
        return None
    exposure = target.times(each)
    return (
        exposure.times(row.expected_rate) - row.expected,
        exposure.times(row.shortfall_rate) - row.shortfall,
    )
