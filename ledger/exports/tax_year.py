"""One year of an account on a page, for who does its taxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from textwrap import wrap

from ledger.cells import csv_text
from ledger.domain.nmr import NMR
from ledger.exports.books import RECORD_ONLY, Books, value_of
from ledger.reports.records.yearly import cents
from ledger.rules.records.cost_basis import Average, Cost, FirstInFirstOut
from ledger.rules.records.crossing import Crossing, crossing

ZERO = NMR(0)
UNKNOWN = "?"
"""Stands where a value or a cost is not known of any of it."""

_CENT = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Basis:
    """What NMR had cost by both methods, in the currency, to the cent. ``unknown`` by each is the
    NMR without a cost that is known."""

    fifo: Decimal
    average: Decimal
    fifo_unknown: NMR
    average_unknown: NMR


@dataclass(frozen=True, slots=True)
class Holding:
    """``nmr`` at one moment, and what it had cost."""

    nmr: NMR
    basis: Basis


@dataclass(frozen=True, slots=True)
class TaxMonth:
    """One ``month`` (its first day), or the whole year.

    ``income`` and ``burned`` by payouts and burns, corrections where they were seen, ``deposited``
    and ``withdrawn``, all in NMR; the values are those of each movement on its day, in the
    currency, and leave out ``unpriced`` NMR of income and burns. ``left`` is what the burned and
    withdrawn NMR had cost.
    """

    month: date
    income: NMR
    income_value: Decimal
    burned: NMR
    burned_value: Decimal
    deposited: NMR
    withdrawn: NMR
    unpriced: NMR
    left: Basis


@dataclass(frozen=True, slots=True)
class TaxYear:
    """A ``year`` in ``currency``; days and months are those of ``zone``.

    ``sources`` counts the days by who told their price; ``without_price`` are those nobody saw one
    on. ``unbooked`` wallet rows are not confirmed and not in it.
    """

    year: int
    currency: str
    zone: tzinfo
    opening: Holding
    months: tuple[TaxMonth, ...]
    whole: TaxMonth
    closing: Holding
    sources: tuple[tuple[str, int], ...]
    without_price: tuple[date, ...]
    unbooked: int


class _Month:
    """Sums of one month."""

    def __init__(self) -> None:
        self.moved = dict.fromkeys(Crossing, ZERO)
        self.values = dict.fromkeys(Crossing, Decimal(0))
        self.unpriced = ZERO
        self.fifo = self.average = Cost()

    def add(self, other: _Month) -> None:
        for way in Crossing:
            self.moved[way] += other.moved[way]
            self.values[way] += other.values[way]
        self.unpriced += other.unpriced
        self.fifo += other.fifo
        self.average += other.average


class _Account:
    """What is held, by both methods, while records go by."""

    def __init__(self) -> None:
        self.nmr = ZERO
        self.fifo, self.average = FirstInFirstOut(), Average()

    def take(self, way: Crossing, nmr: NMR, value: Decimal | None, month: _Month) -> None:
        earned = way in {Crossing.INCOME, Crossing.LOSS}
        month.moved[way] += nmr
        if value is not None:
            month.values[way] += value
        elif earned:
            month.unpriced += nmr
        if way.enters:
            cost = Fraction(value) if way is Crossing.INCOME and value is not None else None
            self.nmr += nmr
            self.fifo.enter(nmr, cost)
            self.average.enter(nmr, cost)
        else:
            self.nmr -= nmr
            month.fifo += self.fifo.leave(nmr)
            month.average += self.average.leave(nmr)

    @property
    def holding(self) -> Holding:
        return Holding(self.nmr, _basis(self.fifo.held, self.average.held))


def build_tax_year(books: Books, year: int, *, unbooked: int) -> TaxYear:
    """The page for ``year``; ``books`` has to hold every record until its end."""
    account, opening = _Account(), None
    months = {number: _Month() for number in range(1, 13)}
    before = _Month()
    sources: Counter[str] = Counter()
    blank: set[date] = set()
    priced: set[date] = set()
    for row in books.records:
        day, way = books.day(row), crossing(row)
        if day.year > year or way is None:
            continue
        if day.year == year and opening is None:
            opening = account.holding
        price = books.price(row)
        account.take(
            way,
            row.nmr,
            value_of(row, price),
            months[day.month] if day.year == year else before,
        )
        if day.year == year and way in {Crossing.INCOME, Crossing.LOSS}:
            if price is None:
                blank.add(day)
            elif day not in priced:
                priced.add(day)
                sources[price.source] += 1
    whole = _Month()
    for month in months.values():
        whole.add(month)
    return TaxYear(
        year=year,
        currency=books.currency,
        zone=books.zone,
        opening=account.holding if opening is None else opening,
        months=tuple(_line(date(year, number, 1), month) for number, month in months.items()),
        whole=_line(date(year, 1, 1), whole),
        closing=account.holding,
        sources=tuple(sorted(sources.items())),
        without_price=tuple(sorted(blank)),
        unbooked=unbooked,
    )


def _line(first: date, month: _Month) -> TaxMonth:
    return TaxMonth(
        month=first,
        income=month.moved[Crossing.INCOME],
        income_value=month.values[Crossing.INCOME],
        burned=month.moved[Crossing.LOSS],
        burned_value=month.values[Crossing.LOSS],
        deposited=month.moved[Crossing.DEPOSIT],
        withdrawn=month.moved[Crossing.WITHDRAWAL],
        unpriced=month.unpriced,
        left=_basis(month.fifo, month.average),
    )


def _basis(fifo: Cost, average: Cost) -> Basis:
    return Basis(
        _money(fifo.cost), _money(average.cost), _amount(fifo.unknown), _amount(average.unknown)
    )


def _money(cost: Fraction) -> Decimal:
    """To the cent, half to even."""
    return Decimal(round(cost / _CENT)).scaleb(-2)


def _amount(nmr: Fraction) -> NMR:
    """To the wei, half to even."""
    return NMR.from_wei(round(nmr * 10**18))


def tax_page(report: TaxYear) -> str:
    """The page as plain text, for reading and printing: NMR to four places."""
    table = [_HEADINGS, *(tuple(_short(cell) for cell in line) for line in _table(report))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        f"NMR at Numerai in {report.year}, values in {report.currency}",
        "",
        *("  ".join(map(str.rjust, line, widths)) for line in table),
        "",
        *chain.from_iterable(wrap(note, 100) for note in _LEGEND),
        "",
        *chain.from_iterable(wrap(note, 100) for note in _notes(report)),
    ]
    return "\n".join(lines) + "\n"


def tax_csv(report: TaxYear) -> str:
    """The page as CSV, exact: the table, a blank line, and the notes, one a line."""
    code = report.currency
    columns = (
        "period",
        "income NMR",
        f"income {code}",
        "burned NMR",
        f"burned {code}",
        "without a price NMR",
        "deposited NMR",
        "withdrawn NMR",
        f"cost of what left, FIFO {code}",
        f"cost of what left, average {code}",
        "held at the end NMR",
        f"cost of it, FIFO {code}",
        f"cost of it, average {code}",
    )
    return csv_text([columns, *_table(report), (), *((note,) for note in _notes(report))])


_HEADINGS = (
    *("period", "income", "value", "burned", "value", "unpriced"),
    *("in", "out", "FIFO", "average", "held", "FIFO", "average"),
)
_LEGEND = (
    "income, burned: NMR, and their value on their days; unpriced: NMR of both without a price; "
    "in, out: NMR deposited and withdrawn. FIFO, average: what NMR that left (burned, withdrawn) "
    "had cost by these methods, then the same for what is held. ?: not known. CSV has all places.",
)


def _short(cell: object) -> str:
    return f"{cell.amount:.4f}" if isinstance(cell, NMR) else str(cell)


def _table(report: TaxYear) -> Iterator[tuple[object, ...]]:
    yield ("opening", *("",) * 9, *_held(report.opening))
    for month in report.months:
        yield (f"{month.month:%Y-%m}", *_moved(month), "", "", "")
    yield (f"{report.year}", *_moved(report.whole), *_held(report.closing))


def _moved(month: TaxMonth) -> tuple[object, ...]:
    return (
        month.income,
        _value(month.income_value, month.income, month.unpriced),
        month.burned,
        _value(month.burned_value, month.burned, month.unpriced),
        month.unpriced,
        month.deposited,
        month.withdrawn,
        *_costs(month.left, month.burned + month.withdrawn),
    )


def _held(holding: Holding) -> tuple[object, ...]:
    return holding.nmr, *_costs(holding.basis, holding.nmr)


def _value(value: Decimal, nmr: NMR, unpriced: NMR) -> object:
    """Nothing is worth nothing because nobody saw a price."""
    return UNKNOWN if nmr and unpriced and not value else cents(value)


def _costs(basis: Basis, nmr: NMR) -> tuple[object, object]:
    return (
        UNKNOWN if nmr and basis.fifo_unknown == nmr else basis.fifo,
        UNKNOWN if nmr and basis.average_unknown == nmr else basis.average,
    )


def _notes(report: TaxYear) -> Iterator[str]:
    code = report.currency
    yield RECORD_ONLY
    yield f"Days and months are those of {report.zone}."
    yield (
        "Income and burns are valued at the price of their day. Payouts cost what they were worth "
        "on the day they were paid. FIFO: the oldest NMR leaves first. Average: all that is held "
        "has one cost."
    )
    yield from _unknown("held at the beginning", report.opening.basis)
    yield from _unknown("that left", report.whole.left)
    yield from _unknown("held at the end", report.closing.basis)
    told = ", ".join(f"{source} ({days} days)" for source, days in report.sources)
    yield f"Prices in {code}: {told or 'none'}."
    if report.without_price:
        days = ", ".join(map(str, report.without_price))
        yield (
            f"Missing: a price on {len(report.without_price)} days, so that "
            f"{report.whole.unpriced} NMR of income and burns have no value here: {days}."
        )
    if report.unbooked:
        yield f"Missing: {report.unbooked} wallet transactions that are not confirmed."


def _unknown(what: str, basis: Basis) -> Iterator[str]:
    if basis.fifo_unknown or basis.average_unknown:
        yield (
            f"Of the NMR {what}, {basis.fifo_unknown} by FIFO and {basis.average_unknown} by "
            "average have no cost that is known here: deposits, what was there before the first "
            "record, payouts without a price."
        )
