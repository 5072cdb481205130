"""Income, burns and net by year, tournament and model, in NMR and in a currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.clock import day_in
from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.price import DOLLAR
from ledger.domain.records.record import Record
from ledger.rules.records.prices import PriceBook, value

_CENT = Decimal("0.01")
"""What values are rounded to in a table."""


@dataclass(frozen=True, slots=True)
class YearLine:
    """One model in one ``year``, or a sum: then ``tournament`` or ``model_id`` is ``None``.

    ``name`` is what is read. ``income`` and ``burned`` are in NMR, neither negative;
    ``income_value`` and ``burned_value`` are at each day's price. ``unpriced`` is the income and
    burns, added up without sign, that no price was known for and that are not in the values.
    """

    year: int
    tournament: Tournament | None
    model_id: str | None
    name: str
    income: NMR
    burned: NMR
    income_value: Decimal
    burned_value: Decimal
    unpriced: NMR

    @property
    def net(self) -> NMR:
        """Income less burns."""
        return self.income - self.burned

    @property
    def net_value(self) -> Decimal:
        """The same in the currency."""
        return self.income_value - self.burned_value


@dataclass(frozen=True, slots=True)
class YearlyReport:
    """Income and burns by year, valued in ``currency``. Years are those of ``zone``.

    ``models`` by year, tournament and name; ``tournaments`` and ``years`` are their sums.
    """

    currency: str
    models: tuple[YearLine, ...]
    tournaments: tuple[YearLine, ...]
    years: tuple[YearLine, ...]
    zone: tzinfo = UTC


def build_yearly(
    records: Iterable[Record],
    models: Mapping[str, Model],
    prices: PriceBook,
    currency: str,
    *,
    zone: tzinfo = UTC,
) -> YearlyReport:
    """Sums of payouts and burns; years are those of the day a round resolved, in ``zone``."""
    cells: dict[tuple[int, Tournament, str], list[tuple[NMR, NMR, Decimal | None]]] = {}
    for row in records:
        if row.tournament is None or row.model_id is None or not (row.income or row.burned):
            continue
        day = day_in(zone, row.at)
        price = row.price if currency == DOLLAR and row.price else prices.price_on(day, currency)
        key = (day.year, row.tournament, row.model_id)
        cells.setdefault(key, []).append((row.income, row.burned, price))
    lines = [
        _line(year, tournament, model_id, _name(models, model_id), rows)
        for (year, tournament, model_id), rows in cells.items()
    ]
    lines.sort(key=lambda line: (line.year, line.tournament or 0, line.name, line.model_id or ""))
    own = sorted(
        {(line.year, line.tournament) for line in lines}, key=lambda one: (one[0], one[1] or 0)
    )
    return YearlyReport(
        currency,
        tuple(lines),
        tuple(
            _sum(
                year, tournament, [x for x in lines if (x.year, x.tournament) == (year, tournament)]
            )
            for year, tournament in own
        ),
        tuple(
            _sum(year, None, [x for x in lines if x.year == year])
            for year in sorted({line.year for line in lines})
        ),
        zone,
    )


def cents(amount: Decimal) -> Decimal:
    """An amount of money for reading: two places, half to even."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_EVEN)


def _name(models: Mapping[str, Model], model_id: str) -> str:
    return models[model_id].name if model_id in models else model_id


def _line(
    year: int,
    tournament: Tournament,
    model_id: str,
    name: str,
    rows: list[tuple[NMR, NMR, Decimal | None]],
) -> YearLine:
    priced = [(income, burned, price) for income, burned, price in rows if price is not None]
    blank = [abs(income) + abs(burned) for income, burned, price in rows if price is None]
    return YearLine(
        year=year,
        tournament=tournament,
        model_id=model_id,
        name=name,
        income=NMR.total(income for income, _, _ in rows),
        burned=NMR.total(burned for _, burned, _ in rows),
        income_value=sum((value(income, price) for income, _, price in priced), Decimal(0)),
        burned_value=sum((value(burned, price) for _, burned, price in priced), Decimal(0)),
        unpriced=NMR.total(blank),
    )


def _sum(year: int, tournament: Tournament | None, lines: list[YearLine]) -> YearLine:
    return YearLine(
        year=year,
        tournament=tournament,
        model_id=None,
        name="",
        income=NMR.total(line.income for line in lines),
        burned=NMR.total(line.burned for line in lines),
        income_value=sum((line.income_value for line in lines), Decimal(0)),
        burned_value=sum((line.burned_value for line in lines), Decimal(0)),
        unpriced=NMR.total(line.unpriced for line in lines),
    )
