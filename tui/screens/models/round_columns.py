"""The table of one model's rounds, and the line above it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import MissingFact
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.reports.earnings.model_rounds import ModelRounds
from tui.format import ABSENT, count, day, nmr, payout, percent
from tui.screens.models.model_detail import times
from tui.theme import Meaning
from tui.widgets.line import Group, plain
from tui.widgets.missing import UNKNOWN_CELL, part_of
from tui.widgets.tables.grid import Cell, Column

ESTIMATE = "~"
"""Stands before what can still move."""

_NAME = 9
"""Cells of a score's name."""


def columns(
    played: Sequence[Performance], decimals: int, now: datetime, gap: MissingFact | None
) -> list[Column[Performance]]:
    """Round, stake, the scores that pay in any of ``played``, and what came of them; ``gap`` is
    what of the model's payouts is not told."""

    def paid(row: Performance) -> Cell:
        return part_of(_paid(row, decimals), gap if _runs(row) else None, row.payout)

    return [
        Column("round", "round", lambda row: str(row.round), lambda row: row.round, fixed=True),
        Column("state", "state", lambda row: _state(row, now), lambda row: row.resolves, drop=4),
        Column(
            "at_risk",
            "at risk",
            lambda row: UNKNOWN_CELL if row.at_risk is None else Cell(nmr(row.at_risk, decimals)),
            lambda row: row.at_risk,
            "right",
            drop=2,
        ),
        *(_score_column(name, place) for place, name in enumerate(_paying(played))),
        Column("rate", "per NMR", _rate, _rate_of, "right", drop=1),
        Column("payout", "payout", paid, lambda row: row.payout, "right"),
    ]


def totals(report: ModelRounds, decimals: int) -> dict[str, Cell | str]:
    """What all rounds paid."""
    whole = report.settled + report.unsettled
    mark = ESTIMATE if report.unsettled else ""
    return {
        "round": str(len(report.played)),
        "state": "rounds",
        "payout": Cell(parts=((mark, "pending"), (payout(whole, decimals), _meaning(whole)))),
    }


def summary(report: ModelRounds, decimals: int) -> tuple[Group, ...]:
    """What the rounds came to, and which scores did it."""

    def amount(value: NMR) -> tuple[str, Meaning]:
        return payout(value, decimals), _meaning(value)

    unsettled = f"{ESTIMATE}{payout(report.unsettled, decimals)}"
    groups: list[Group] = [
        (0, ((" settled ", "muted"), amount(report.settled), (" NMR", "muted"))),
        (1, (("unsettled ", "muted"), (unsettled, "pending"))),
    ]
    if report.by_score:
        groups.append(plain("both by score:", "muted", 3))
    groups += [(3, ((f"{name} ", "muted"), amount(value))) for name, value in report.by_score]
    return (*groups, plain(count(len(report.played), "round"), "muted", 4))


def _runs(row: Performance) -> bool:
    return row.state is PayoutState.PENDING


def _state(row: Performance, now: datetime) -> Cell:
    if not _runs(row):
        return Cell("settled", "muted")
    return Cell(parts=((f"{ESTIMATE} ", "pending"), (day(row.resolves, now), "muted")))


def _paying(played: Sequence[Performance]) -> list[str]:
    """Names of the scores that pay, those of the newest rounds first."""
    names = (score.name for row in played for score in row.scores if score.multiplier)
    return list(dict.fromkeys(names))


def _score_column(name: str, place: int) -> Column[Performance]:
    def score(row: Performance) -> Score | None:
        return next((one for one in row.scores if one.name == name and one.multiplier), None)

    def cell(row: Performance) -> Cell:
        paying = score(row)
        return Cell(ABSENT if paying is None else times(paying), "muted")

    def value(row: Performance) -> Decimal | None:
        paying = score(row)
        return paying.value if paying is not None else None

    return Column(name, name[:_NAME], cell, value, "right", drop=5 + place)


def _rate_of(row: Performance) -> Decimal | None:
    return row.payout.over(row.at_risk) if row.payout is not None and row.at_risk else None


def _rate(row: Performance) -> Cell:
    rate = _rate_of(row)
    style: Meaning = "muted" if not rate else "gain" if rate > 0 else "burn"
    return Cell(percent(rate, 2, signed=True), style)


def _paid(row: Performance, decimals: int) -> Cell:
    if row.payout is None:
        return Cell(ABSENT, "muted")
    mark = ESTIMATE if _runs(row) else ""
    return Cell(parts=((mark, "pending"), (payout(row.payout, decimals), _meaning(row.payout))))


def _meaning(amount: NMR) -> Meaning:
    return "gain" if amount.wei > 0 else "burn" if amount.wei < 0 else "muted"
