"""What the table of earnings shows: lines by columns, sums, and charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import Band, Grouping, Unit
from ledger.domain.earnings.returns import Committed
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model
from ledger.domain.names import marked
from ledger.reports.earnings.earnings import EarningsGroup, EarningsReport, Paid
from tui.explaining import span
from tui.format import ABSENT, ESTIMATE, UNKNOWN, Dates, count, number, percent
from tui.screens.earnings.earnings_missing import MissingSigns
from tui.theme import Meaning, Parts
from tui.widgets.line import Group, plain
from tui.widgets.missing import LACKING, figure
from tui.widgets.tables.grid import Cell, Column

NO_PRICE = "?"
"""Stands behind a sum that lacks what nobody knows a price for, or in its place."""

BURN = "burn"
"""Stands behind a sum that is one, besides its sign and colour."""

NAME_WIDTH = 11
"""Cells a model's name may take as a column's label."""

BY_NAME = frozenset({Grouping.MODEL, Grouping.TOURNAMENT})
"""Groupings whose lines do not follow each other in time."""

_FIAT_DECIMALS = 2
_NOTHING = Cell(ABSENT, "muted")
_Columns = list[Column[EarningsGroup]]


class EarningsTable:
    """A report with how its figures are written."""

    def __init__(
        self, report: EarningsReport, decimals: int, now: datetime, matches: Callable[[str], bool]
    ) -> None:
        self.report = report
        self.dates = Dates.of((group.resolves for group in report.groups if group.running), now)
        self.unit = report.view.unit
        self.decimals = _FIAT_DECIMALS if self.unit is Unit.FIAT else decimals
        self.kept = [i for i, model in enumerate(report.models) if matches(model.name)]
        by_model = report.view.by is Grouping.MODEL
        self.groups = [g for g in report.groups if not by_model or matches(g.label)]
        self.missing_signs = MissingSigns(report)

    @property
    def money(self) -> str:
        """``NMR``, ``% of stake per round``, or a currency."""
        if self.unit is Unit.FIAT:
            return self.report.view.currency
        return "% of stake per round" if self.unit is Unit.PERCENT else "NMR"

    @property
    def interpolated(self) -> bool:
        """Whether prices are filled in between days that have one."""
        return self.unit is Unit.FIAT and self.report.view.interpolate

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

    def model_cell(self, group: EarningsGroup, index: int) -> Cell:
        """What a line paid one model; where a running round is not told any more, that."""
        model, paid = self.report.models[index], group.cells[index]
        gap = self.missing_signs.gap(model) if group.running else None
        if gap is not None and self.value(paid) is None:
            return Cell(UNKNOWN.ljust(self.missing_signs.width), "muted")
        return self.cell(paid, sign=self.missing_signs.sign(paid, (model,), running=group.running))

    def cell(self, paid: Paid, *, word: bool = False, sign: str = "") -> Cell:
        """A sum: its sign, colour, a ~ where it can still move, and with ``word`` its word;
        ``sign`` stands behind what is not whole."""
        value = self.value(paid)
        lacking = ((NO_PRICE if paid.unpriced else "") + sign).ljust(self.missing_signs.width)
        if value is None:
            tail = " " * (len(BURN) + 1) if word and lacking else ""
            if lacking.strip():
                return Cell(parts=((lacking.lstrip("+"), "pending"), (tail, "")))
            return Cell(f"{ABSENT}{lacking}{tail}", "muted") if lacking else _NOTHING
        style: Meaning = "burn" if value < 0 else "gain"
        burn_word = BURN if value < 0 else ""
        tail = f" {burn_word:<{len(BURN)}}" if word else ""
        mark = ESTIMATE if paid.pending else ""
        return Cell(
            parts=(
                (mark, "pending"),
                (self.text(value), style),
                (lacking, "pending"),
                (tail, style),
            )
        )

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
            "total": self.cell(report.paid, word=True, sign=self.missing_signs.sum_sign()),
            "settled": self.cell(_only_settled(report.paid)),
            "pending": self.cell(_only_pending(report.paid)),
        }
        for index in self.kept:
            model, paid = report.models[index], report.totals[index]
            cells[model.id] = self.cell(paid, sign=self.missing_signs.sign(paid, (model,)))
        return cells

    def _state(self) -> Column[EarningsGroup]:
        def cell(group: EarningsGroup) -> Cell:
            if not group.running:
                return Cell("settled", "muted")
            until = self.dates.day(group.resolves)
            return Cell(parts=((f"{ESTIMATE} ", "pending"), (until, "muted")))

        return Column("state", "state", cell, lambda group: group.resolves, fixed=True, width=12)

    def _total(self) -> Column[EarningsGroup]:
        return Column(
            "total",
            "total" + " " * (len(BURN) + 1),
            lambda group: self.cell(group.paid, word=True, sign=self.missing_signs.sum_sign(group)),
            lambda group: self.value(group.paid),
            "right",
            fixed=True,
            width=len(self.text(_largest([self.report.paid, *self._sums()], self.value)))
            + len(f"{ESTIMATE} {BURN}")
            + bool(self.report.unpriced)
            + self.missing_signs.width,
        )

    def _sums(self) -> Iterable[Paid]:
        return (group.paid for group in self.report.groups)

    def _model(self, model: Model, index: int, width: int) -> Column[EarningsGroup]:
        return Column(
            model.id,
            marked(model.name, NAME_WIDTH),
            lambda group: self.model_cell(group, index),
            lambda group: self.value(group.cells[index]),
            "right",
            width=width,
            full_label=model.name,
        )

    def _widest(self) -> int:
        """Cells for the longest payout, its sign and the mark of an estimate."""
        if self.unit is Unit.PERCENT:
            return len("~+100.00%") + self.missing_signs.width
        peaks = [
            abs(edge)
            for group in self.report.groups
            for row in (group.cells.settled, group.cells.pending)
            if any(row)
            for edge in (max(filter(None, row)), min(filter(None, row)))
        ]
        lacking = (len(NO_PRICE) if self.report.unpriced else 0) + self.missing_signs.width
        return len(ESTIMATE + self.text(max(peaks, default=Decimal(1)))) + len("<") + lacking

    def _names(self) -> _Columns:
        return [
            Column(
                "line",
                str(self.report.view.by),
                lambda g: marked(g.label),
                lambda g: g.label,
                fixed=True,
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
            committed = returns.get(group.key)
            return getattr(committed, name) if committed is not None else None

        def as_reported(group: EarningsGroup, name: str) -> Decimal | None:
            return getattr(group.model.returns, name) if group.model is not None else None

        def reported(column: Column[EarningsGroup]) -> Column[EarningsGroup]:
            def cell(group: EarningsGroup) -> Cell:
                value = column.sort(group) if column.sort is not None else None
                gap = self.report.missing.of(Fact.RETURNS, group.key)
                return figure(_return(value), gap, value)

            return replace(column, cell=cell)

        return [
            reported(column("numerai-3m", "Numerai 3m", lambda g: as_reported(g, "three_months"))),
            column("committed-3m", "on committed 3m", lambda g: on_committed(g, "three_months")),
            reported(column("numerai-1y", "Numerai 1y", lambda g: as_reported(g, "one_year"))),
            column("committed-1y", "on committed 1y", lambda g: on_committed(g, "one_year")),
        ]

    # Around the table

    def summary(self, band: Band | None) -> tuple[Group, ...]:
        """The sums in words, for the line above the table."""
        report, paid = self.report, self.report.paid
        groups: list[Group] = []
        if self.unit is Unit.PERCENT:
            rate, style = self._value_part(paid.rate)
            groups.append(
                (0, ((" per round ", "muted"), (rate + self.missing_signs.sum_sign(), style)))
            )
        else:
            settled, style = self._value_part(paid.settled)
            lacking = LACKING if self.missing_signs.lacks else ""
            parts: Parts = (
                (" settled ", "muted"),
                (settled + lacking, style),
                (f" {self.money}", "muted"),
            )
            groups.append((0, parts))
            pending = f"{ESTIMATE}{self.text(paid.pending)}{self.missing_signs.sum_sign()}"
            groups.append((0, (("unsettled ", "muted"), (pending, "pending"))))
        if band is not None and self.unit is Unit.NMR:
            groups.append((2, (("ends ", "muted"), (span(band, 2), "pending"))))
        for word, lines in (("best", report.best(1)), ("worst", report.worst(1))):
            for line in lines:
                amount = self._value_part(self.value(line.paid))
                groups.append((3, ((f"{word} {line.label} ", "muted"), amount)))
        return (*groups, *self._prices())

    def _prices(self) -> Iterable[Group]:
        """What has no price, and the price of what is unsettled."""
        report, newest = self.report, self.report.newest
        if report.unpriced:
            lacking = number(report.paid.unpriced, 3)
            what = f"{NO_PRICE} no price for {lacking} NMR"
            yield plain(what, "burn", 1)
            yield plain(f"in {count(report.unpriced, 'round')}, i interpolates", "muted", 4)
        if newest is not None and report.paid.pending:
            price = number(newest.price, self.decimals)
            yield plain(f"{ESTIMATE} at {price}, {newest.day:%Y-%m-%d}", "muted", 2)

    def _value_part(self, value: Decimal | None) -> tuple[str, Meaning]:
        return self.text(value), "burn" if (value or 0) < 0 else "gain"


def _only_settled(paid: Paid) -> Paid:
    return Paid(paid.settled)


def _only_pending(paid: Paid) -> Paid:
    return Paid(pending=paid.pending)


def _return(value: Decimal | None) -> Cell:
    style: Meaning = "muted" if value is None else "burn" if value < 0 else "gain"
    return Cell(percent(value, 1, signed=True), style)


def _largest(sums: Sequence[Paid], value: Callable[[Paid], Decimal | None]) -> Decimal:
    return max((abs(value(paid) or Decimal(0)) for paid in sums), default=Decimal(1))
