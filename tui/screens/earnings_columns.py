"""What the table of earnings shows: lines by columns, sums, charts, and lists in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ledger.domain.earnings import Band, Grouping, Unit
from ledger.domain.model import Model
from ledger.domain.nmr import NMR, ZERO
from ledger.reports.earnings import EarningsGroup, EarningsReport, Paid
from ledger.rules.returns import Committed
from tui.explaining import span
from tui.format import ABSENT, count, day, number, percent, shorten
from tui.theme import Meaning
from tui.widgets.grid import Cell, Column
from tui.widgets.line import Group, plain
from tui.widgets.plot import Bars, Curve

ESTIMATE = "~"
"""Stands before what can still move."""

BURN = "burn"
"""Stands behind a sum that is one, besides its sign and colour."""

NAME_WIDTH = 11
"""Cells a model's name may take as a column's label."""

FEW = 5
"""How many of the best and of the worst lines are listed."""

BY_NAME = frozenset({Grouping.MODEL, Grouping.TOURNAMENT})
"""Groupings whose lines do not follow each other in time."""

_FIAT_DECIMALS = 2
_Columns = list[Column[EarningsGroup]]


class Shown:
    """A report with how its figures are written."""

    def __init__(
        self, report: EarningsReport, decimals: int, now: datetime, matches: Callable[[str], bool]
    ) -> None:
        self.report = report
        self.now = now
        self.unit = report.view.unit
        self.decimals = _FIAT_DECIMALS if self.unit is Unit.FIAT else decimals
        self.kept = [i for i, model in enumerate(report.models) if matches(model.name)]
        by_model = report.view.by is Grouping.MODEL
        self.groups = [g for g in report.groups if not by_model or matches(g.label)]

    @property
    def money(self) -> str:
        """``NMR``, ``% of stake per round``, or a currency."""
        if self.unit is Unit.FIAT:
            return self.report.view.currency
        return "% of stake per round" if self.unit is Unit.PERCENT else "NMR"

    def value(self, paid: Paid) -> Decimal | None:
        """What is shown of a sum; ``None`` for nothing."""
        if not paid.total:
            return None
        return paid.rate if self.unit is Unit.PERCENT else paid.total

    def text(self, value: Decimal | None) -> str:
        """A value of :meth:`value` with its sign."""
        if self.unit is Unit.PERCENT:
            return percent(value, 2, signed=True)
        return number(value, self.decimals, signed=True)

    def cell(self, paid: Paid, *, word: bool = False) -> Cell:
        """A sum: its sign, colour, a ~ where it can still move, and with ``word`` its word."""
        value = self.value(paid)
        if value is None:
            return Cell(ABSENT, "muted")
        style: Meaning = "burn" if value < 0 else "gain"
        said = BURN if value < 0 else ""
        tail = f" {said:<{len(BURN)}}" if word else ""
        mark = ESTIMATE if paid.pending else ""
        return Cell(parts=((mark, "pending"), (self.text(value), style), (tail, style)))

    def columns(self, returns: Mapping[str, Committed]) -> _Columns:
        """The line and its sums stay in place; the models scroll beside them."""
        by = self.report.view.by
        if by in BY_NAME:
            return [
                *self._names(),
                *self._parts(),
                *(self._returns(returns) if by is Grouping.MODEL else ()),
            ]
        width = self._widest()
        fixed: _Columns = [
            Column(
                "line",
                str(by),
                lambda group: group.label,
                lambda group: group.label if by is not Grouping.ROUND else group.rounds[0],
                fixed=True,
                width=10 if by is Grouping.DAY else 8,
            ),
            self._state(),
            self._total(),
        ]
        return fixed + [self._model(self.report.models[i], i, width) for i in self.kept]

    def totals(self) -> dict[str, Cell | str]:
        """Everything shown, added up both ways."""
        report = self.report
        cells: dict[str, Cell | str] = {
            "line": "sum",
            "state": count(report.rounds, "round"),
            "total": self.cell(report.paid, word=True),
            "settled": self.cell(_only_settled(report.paid)),
            "pending": self.cell(_only_pending(report.paid)),
        }
        for index in self.kept:
            cells[report.models[index].id] = self.cell(report.totals[index])
        return cells

    def _state(self) -> Column[EarningsGroup]:
        def cell(group: EarningsGroup) -> Cell:
            if not group.running:
                return Cell("settled", "muted")
            until = day(group.resolves, self.now)
            return Cell(parts=((f"{ESTIMATE} ", "pending"), (until, "muted")))

        return Column("state", "state", cell, lambda group: group.resolves, fixed=True, width=12)

    def _total(self) -> Column[EarningsGroup]:
        return Column(
            "total",
            "total" + " " * (len(BURN) + 1),
            lambda group: self.cell(group.paid, word=True),
            lambda group: self.value(group.paid),
            "right",
            fixed=True,
            width=len(self.text(_largest([self.report.paid, *self._sums()], self.value))) + 6,
        )

    def _sums(self) -> Iterable[Paid]:
        return (group.paid for group in self.report.groups)

    def _model(self, model: Model, index: int, width: int) -> Column[EarningsGroup]:
        return Column(
            model.id,
            shorten(model.name, NAME_WIDTH),
            lambda group: self.cell(group.cells[index]),
            lambda group: self.value(group.cells[index]),
            "right",
            width=width,
        )

    def _widest(self) -> int:
        """Cells for the longest payout, its sign and the mark of an estimate."""
        if self.unit is Unit.PERCENT:
            return len("~+100.00%")
        peaks = [
            abs(edge)
            for group in self.report.groups
            for row in (group.cells.settled, group.cells.pending)
            if any(row)
            for edge in (max(filter(None, row)), min(filter(None, row)))
        ]
        return len(ESTIMATE + self.text(max(peaks, default=Decimal(1)))) + len("<")

    def _names(self) -> _Columns:
        return [
            Column(
                "line", str(self.report.view.by), lambda g: g.label, lambda g: g.label, fixed=True
            ),
            Column(
                "state", "rounds", lambda g: str(len(g.rounds)), lambda g: len(g.rounds), "right"
            ),
            self._total(),
        ]

    def _parts(self) -> _Columns:
        def part(key: str, take: Callable[[Paid], Paid]) -> Column[EarningsGroup]:
            return Column(
                key,
                key,
                lambda group: self.cell(take(group.paid)),
                lambda group: self.value(take(group.paid)),
                "right",
            )

        if self.unit is Unit.PERCENT:
            return []
        return [part("settled", _only_settled), part("pending", _only_pending)]

    def _returns(self, returns: Mapping[str, Committed]) -> _Columns:
        """Numerai's own beside those on committed NMR."""

        def column(
            key: str, label: str, value: Callable[[EarningsGroup], Decimal | None]
        ) -> Column[EarningsGroup]:
            return Column(
                key,
                label,
                lambda group: _return(value(group)),
                value,
                "right",
                drop=3 if label.endswith("1y") else 2,
            )

        def on_committed(group: EarningsGroup, name: str) -> Decimal | None:
            found = returns.get(group.key)
            return getattr(found, name) if found is not None else None

        def as_reported(group: EarningsGroup, name: str) -> Decimal | None:
            return getattr(group.model.returns, name) if group.model is not None else None

        return [
            column("numerai-3m", "Numerai 3m", lambda g: as_reported(g, "three_months")),
            column("committed-3m", "on committed 3m", lambda g: on_committed(g, "three_months")),
            column("numerai-1y", "Numerai 1y", lambda g: as_reported(g, "one_year")),
            column("committed-1y", "on committed 1y", lambda g: on_committed(g, "one_year")),
        ]

    # Around the table

    def summary(self, band: Band | None) -> tuple[Group, ...]:
        """The sums in words, for the line above the table."""
        report, paid = self.report, self.report.paid
        groups: list[Group] = []
        if self.unit is Unit.PERCENT:
            groups.append((0, ((" per round ", "muted"), self._said(paid.rate))))
        else:
            groups.append((0, ((" settled ", "muted"), self._said(paid.settled))))
            pending = f"{ESTIMATE}{self.text(paid.pending)}"
            groups.append((0, ((" pending ", "muted"), (pending, "pending"))))
        if band is not None and self.unit is Unit.NMR:
            groups.append((2, (("ends ", "muted"), (span(band, 2), "pending"))))
        for word, lines in (("best", report.best(1)), ("worst", report.worst(1))):
            for line in lines:
                said = self._said(self.value(line.paid))
                groups.append((3, ((f"{word} {line.label} ", "muted"), said)))
        if report.unpriced:
            groups.append((1, ((f"! no price for {count(report.unpriced, 'round')}", "burn"),)))
        return tuple(groups)

    def _said(self, value: Decimal | None) -> tuple[str, Meaning]:
        return self.text(value), "burn" if (value or 0) < 0 else "gain"

    def curve(self) -> Curve | None:
        """Everything added up, oldest first; in NMR where the table is in percent."""
        if self.report.view.by in BY_NAME:
            return None
        settled, projected = [], []
        sure = whole = Decimal(0)
        for group in reversed(self.report.groups):
            sure += group.paid.settled
            whole += group.paid.total
            settled.append(_drawn(sure))
            projected.append(_drawn(whole))
        labels = [group.label for group in self.report.groups] or [""]
        return Curve(tuple(settled), tuple(projected), labels[-1], labels[0])

    def bars(self) -> Bars:
        """Every line's total, oldest first."""
        groups = self.groups if self.report.view.by in BY_NAME else self.groups[::-1]
        scale = 2 if self.unit is Unit.PERCENT else 0
        return Bars(
            tuple(_drawn((self.value(group.paid) or Decimal(0)).scaleb(scale)) for group in groups),
            tuple(not group.running for group in groups),
            tuple(group.label for group in groups),
        )

    def sum_of(self, name: str, paid: Paid, rounds: int) -> tuple[Group, ...]:
        """One sum for the line below the table."""
        groups: list[Group] = [
            plain(f" {name}", "strong"),
            plain(count(rounds, "round"), "muted", 3),
        ]
        if self.unit is Unit.PERCENT:
            return (*groups, plain(f"{self.text(paid.rate)} per round", "", 1))
        groups.append(plain(f"settled {self.text(paid.settled)}", "", 1))
        if paid.pending:
            groups.append(plain(f"pending {ESTIMATE}{self.text(paid.pending)}", "pending", 2))
        return tuple(groups)

    def listed(self, columns: Sequence[int]) -> str:
        """Each line's payout of some columns, and their sum: to explain a sum by its rounds."""
        lines, total = [], Decimal(0)
        for group in self.report.groups:
            paid = group.cells.some(columns)
            value = self.value(paid)
            if value is not None:
                mark, word = ESTIMATE if paid.pending else "", BURN if value < 0 else ""
                amount = mark + self.text(value)
                until = day(group.resolves, self.now)
                lines.append(f"{group.label:>6}  {until:>10} {amount:>16} {word}".rstrip())
                total += paid.total
        if not lines:
            return "Nothing was paid."
        if self.unit is not Unit.PERCENT:
            lines += ["", f"{'sum':>6}  {'':>10} {self.text(total):>16}"]
        return "\n".join(lines)

    def extremes(self) -> str:
        """The best and the worst lines, a list each."""
        parts = []
        for title, lines in (("Best", self.report.best(FEW)), ("Worst", self.report.worst(FEW))):
            rows = [f"  {line.label:<20} {self.text(self.value(line.paid)):>16}" for line in lines]
            parts.append("\n".join([f"{title}, in {self.money}, settled:", *rows]))
        return "\n\n".join(parts)


def _only_settled(paid: Paid) -> Paid:
    return Paid(paid.settled)


def _only_pending(paid: Paid) -> Paid:
    return Paid(pending=paid.pending)


def _return(value: Decimal | None) -> Cell:
    style: Meaning = "muted" if value is None else "burn" if value < 0 else "gain"
    return Cell(percent(value, 1, signed=True), style)


def _largest(sums: Sequence[Paid], value: Callable[[Paid], Decimal | None]) -> Decimal:
    return max((abs(value(paid) or Decimal(0)) for paid in sums), default=Decimal(1))


def _drawn(amount: Decimal) -> NMR:
    """A chart takes amounts of any money as NMR, cut to its places."""
    return NMR.down(amount) if amount else ZERO
