"""The chart under the payouts, its legend, and what the line marked comes to in it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import Unit
from ledger.domain.names import shorten
from ledger.reports.earnings.earnings import EarningsGroup
from tui.format import ESTIMATE, number, percent
from tui.screens.earnings.earnings_columns import (
    BY_NAME,
    NAME_WIDTH,
    EarningsTable,
)
from tui.widgets.charts.plot import Bars, Curve, Ink
from tui.widgets.charts.toggle import CURVE
from tui.widgets.line import Group, plain

_CURVE = ((Ink.SETTLED, "⠒", "settled"), (Ink.PROJECTED, "⠂", "with what is unsettled"))
_BARS = ((Ink.SETTLED, "█", "earned"), (Ink.BURN, "█", "burned"), (Ink.PROJECTED, "│", "unsettled"))


def charted(
    table: EarningsTable, kind: str, marked: EarningsGroup | None
) -> tuple[Curve | Bars, tuple[Group, ...]]:
    """What is drawn of the ``kind`` asked for, or bars where nothing adds up over time, and what
    stands above: its name, its unit, its colours, and the value at the line ``marked``."""
    curve = _curve(table, marked) if kind == CURVE and table.report.view.by not in BY_NAME else None
    drawn = curve or _bars(table, marked)
    added = curve is not None and table.unit is Unit.PERCENT
    name = f"per {table.report.view.by}" if curve is None else "added up"
    money = f"{'NMR' if added else table.money} {table.missing_signs.sum_sign()}".rstrip()
    groups = [plain(f" {name}", "strong"), plain(money, "muted")]
    if drawn.at is not None and marked is not None:
        groups.append((0, ((f"▲ {shorten(marked.label)} ", "pending"), (_value(table, drawn), ""))))
    signs = _BARS if curve is None else _CURVE
    groups += [_entry(*sign) for sign in signs]
    return drawn, tuple(groups)


def _entry(ink: Ink, sign: str, word: str) -> Group:
    return 1, ((f"{sign} ", ink.meaning), (word, "muted"))


def _curve(table: EarningsTable, marked: EarningsGroup | None) -> Curve:
    """Everything added up, oldest first; in NMR where the table is in percent."""
    settled, projected = [], []
    sure = whole = Decimal(0)
    groups = in_time(table)
    for group in groups:
        sure += group.paid.settled
        whole += group.paid.total
        settled.append(sure)
        projected.append(whole)
    labels = [group.label for group in groups] or [""]
    return Curve(tuple(settled), tuple(projected), labels[0], labels[-1], at=_place(groups, marked))


def _bars(table: EarningsTable, marked: EarningsGroup | None) -> Bars:
    """Every line's total, oldest first."""
    groups = in_time(table)
    scale = 2 if table.unit is Unit.PERCENT else 0
    return Bars(
        tuple((table.value(group.paid) or Decimal(0)).scaleb(scale) for group in groups),
        tuple(not group.running for group in groups),
        tuple(shorten(group.label, NAME_WIDTH) for group in groups),
        at=_place(groups, marked),
    )


def in_time(table: EarningsTable) -> Sequence[EarningsGroup]:
    """The lines in the order they are drawn in, the oldest first where they have a time."""
    return table.groups if table.report.view.by in BY_NAME else table.groups[::-1]


def _place(groups: Sequence[EarningsGroup], marked: EarningsGroup | None) -> int | None:
    keys = [group.key for group in groups]
    return keys.index(marked.key) if marked is not None and marked.key in keys else None


def _value(table: EarningsTable, drawn: Curve | Bars) -> str:
    at = drawn.at or 0
    if isinstance(drawn, Curve):
        moving = ESTIMATE if drawn.settled[at] != drawn.projected[at] else ""
        return moving + number(drawn.projected[at], table.decimals, signed=True)
    moving = "" if drawn.settled[at] else ESTIMATE
    if table.unit is Unit.PERCENT:
        return moving + percent(drawn.amounts[at].scaleb(-2), 2, signed=True)
    return moving + number(drawn.amounts[at], table.decimals, signed=True)
