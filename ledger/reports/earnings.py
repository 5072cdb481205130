"""What every round paid every model, settled and pending told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.payout import PayoutState, Performance
from ledger.domain.round import Round
from ledger.reports.tournament import TournamentFacts


@dataclass(frozen=True, slots=True)
class EarningsModel:
    """A column: one model with its totals over the rounds shown."""

    model_id: str
    name: str
    settled: NMR
    pending: NMR


@dataclass(frozen=True, slots=True)
class EarningsRound:
    """A row: one round. ``cells`` follow the report's ``models``; ``None``: not in that round."""

    round: int
    opens: datetime | None
    resolves: datetime | None
    state: PayoutState
    total: NMR
    at_risk: NMR
    cells: tuple[Performance | None, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The cumulative payout up to and with ``round``; pending payouts are in ``projected``."""

    round: int
    settled: NMR
    projected: NMR


@dataclass(frozen=True, slots=True)
class EarningsReport:
    """One tournament, newest round first; ``curve`` runs oldest first."""

    tournament: Tournament
    models: tuple[EarningsModel, ...]
    rounds: tuple[EarningsRound, ...]
    settled: NMR
    pending: NMR
    rate: Decimal | None
    curve: tuple[CurvePoint, ...]


def build_earnings(
    facts: TournamentFacts, models: Iterable[Model], last: int | None = None
) -> EarningsReport:
    """The newest ``last`` rounds (all when ``None``) of one tournament, over ``models``.

    ``rate`` is what was paid over what was at risk in the settled rounds, summed; ``None``
    when nothing was at risk. A model without any performance in these rounds has no column.
    """
    known = {entry.number: entry for entry in facts.rounds}
    cells: dict[int, dict[str, Performance]] = {}
    for performance in facts.performances:
        cells.setdefault(performance.round, {})[performance.model_id] = performance
    numbers = sorted(cells, reverse=True)[:last]
    seen = {model_id for number in numbers for model_id in cells[number]}
    columns = [model for model in models if model.id in seen]
    rows = tuple(
        _row(number, known.get(number), tuple(cells[number].get(model.id) for model in columns))
        for number in numbers
    )
    settled, pending = _totals(cell for row in rows for cell in row.cells)
    at_risk = NMR.total(row.at_risk for row in rows if row.state is PayoutState.SETTLED)
    paid = NMR.total(row.total for row in rows if row.state is PayoutState.SETTLED)
    return EarningsReport(
        tournament=facts.tournament,
        models=tuple(
            EarningsModel(model.id, model.name, *_totals(row.cells[index] for row in rows))
            for index, model in enumerate(columns)
        ),
        rounds=rows,
        settled=settled,
        pending=pending,
        rate=paid.over(at_risk) if at_risk else None,
        curve=_curve(rows),
    )


def _row(number: int, entry: Round | None, cells: tuple[Performance | None, ...]) -> EarningsRound:
    present = [cell for cell in cells if cell is not None]
    settled = bool(present) and all(cell.state is PayoutState.SETTLED for cell in present)
    resolves = entry.resolves if entry else None
    return EarningsRound(
        round=number,
        opens=entry.opens if entry else None,
        resolves=resolves or next((cell.resolves for cell in present if cell.resolves), None),
        state=PayoutState.SETTLED if settled else PayoutState.PENDING,
        total=NMR.total(cell.payout for cell in present if cell.payout is not None),
        at_risk=NMR.total(cell.at_risk for cell in present),
        cells=cells,
    )


def _totals(cells: Iterable[Performance | None]) -> tuple[NMR, NMR]:
    settled: list[NMR] = []
    pending: list[NMR] = []
    for cell in cells:
        if cell is not None and cell.payout is not None:
            (settled if cell.state is PayoutState.SETTLED else pending).append(cell.payout)
    return NMR.total(settled), NMR.total(pending)


def _curve(rows: tuple[EarningsRound, ...]) -> tuple[CurvePoint, ...]:
    points = []
    settled = projected = ZERO
    for row in reversed(rows):
        paid, pending = _totals(row.cells)
        settled += paid
        projected += paid + pending
        points.append(CurvePoint(row.round, settled, projected))
    return tuple(points)
