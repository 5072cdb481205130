"""What is said beside the table of earnings: the cell marked in a line, and lists in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.domain.earnings.explanation import Explanation
from ledger.domain.earnings.paid_rounds import Band, Unit
from ledger.domain.names import said
from ledger.reports.earnings.earnings import EarningsGroup, Paid
from tui.explaining import FLAG, formula, outcome, span
from tui.format import ESTIMATE, Dates, count, number
from tui.screens.earnings.earnings_columns import BURN, EarningsTable
from tui.widgets.line import Group, plain

FEW = 5
"""How many of the best and of the worst lines are listed."""


def detail(explanation: Explanation, band: Band | None) -> tuple[Group, ...]:
    """One payout with its formula, in one line; a disagreement with Numerai comes first."""
    groups: list[Group] = [plain(f" {explanation.round} {said(explanation.model_name)}", "strong")]
    if explanation.disagrees:
        groups.append(plain(f"{FLAG} Numerai's figure differs", "burn"))
    groups.append(plain(formula(explanation), "", 2))
    if band is not None:
        groups.append(plain(f"ends {span(band)}", "pending", 4))
    groups.append(plain(outcome(explanation), "muted", 5))
    return tuple(groups)


def sum_of(shown: EarningsTable, name: str, paid: Paid, rounds: int) -> tuple[Group, ...]:
    """One sum for the line below the table."""
    groups: list[Group] = [
        plain(f" {name}", "strong"),
        plain(count(rounds, "round"), "muted", 3),
    ]
    if shown.unit is Unit.PERCENT:
        return (*groups, plain(f"{shown.text(paid.rate)} per round", "", 1))
    groups.append(plain(f"settled {shown.text(paid.settled)} {shown.money}", "", 1))
    if paid.pending:
        groups.append(plain(f"unsettled {ESTIMATE}{shown.text(paid.pending)}", "pending", 2))
    if paid.unpriced:
        groups.append(plain(f"{number(paid.unpriced, 3)} NMR without a price", "burn", 1))
    return tuple(groups)


def listed(shown: EarningsTable, columns: Sequence[int]) -> str:
    """Each line's payout of some columns, and their sum: to explain a sum by its rounds."""
    lines: list[str] = []
    total = Paid()
    dates = Dates.of((group.resolves for group in shown.report.groups), shown.dates.now)
    for group in shown.report.groups:
        paid = group.cells.some(columns)
        lines += _line(shown, group, paid, dates)
        total = total.plus(paid)
    if not lines:
        return "Nothing was paid."
    if shown.unit is not Unit.PERCENT:
        lines += ["", f"{'sum':>6}  {'':>10} {shown.text(total.total):>16}"]
    if total.unpriced:
        lines += ["", f"{number(total.unpriced, 6)} NMR have no price and are not in the sum."]
    return "\n".join(lines)


def _line(shown: EarningsTable, group: EarningsGroup, paid: Paid, dates: Dates) -> Iterator[str]:
    value = shown.value(paid)
    amount, word = "no price", ""
    if value is not None:
        amount = (ESTIMATE if paid.pending else "") + shown.text(value)
        word = BURN if value < 0 else ""
    elif not paid.unpriced:
        return
    yield f"{group.label:>6}  {dates.day(group.resolves):>10} {amount:>16} {word}".rstrip()


def extremes(shown: EarningsTable) -> str:
    """The best and the worst lines, a list each."""
    parts, report = [], shown.report
    for title, lines in (("Best", report.best(FEW)), ("Worst", report.worst(FEW))):
        rows = [_ranked(shown, line) for line in lines]
        parts.append("\n".join([f"{title}, in {shown.money}, settled:", *rows]))
    if report.unpriced:
        parts.append(f"Without {count(report.unpriced, 'round')} that have no price.")
    return "\n\n".join(parts)


def _ranked(shown: EarningsTable, line: EarningsGroup) -> str:
    value = shown.value(line.paid)
    word = BURN if value is not None and value < 0 else ""
    return f"  {line.label:<20} {shown.text(value):>16} {word}".rstrip()
