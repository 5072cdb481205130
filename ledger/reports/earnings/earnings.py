"""What rounds paid models, added up both ways, by any period, in NMR, percent or a currency."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain
from operator import attrgetter, itemgetter

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import (
    EXACT,
    Amounts,
    Earned,
    Grouping,
    PaidRound,
    TournamentEarnings,
    Unit,
    exactly,
)
from ledger.domain.knowledge import NOTHING_MISSING, MissingFacts
from ledger.domain.model import Model, Tournament
from ledger.domain.records.price import DOLLAR, DayPrice, Prices
from ledger.reports.earnings.money import Line, Money, plain_line
from ledger.rules.naming import names

_ZERO = Decimal(0)
_NO_DATE = "no date"


@dataclass(frozen=True, slots=True)
class View:
    """What of the earnings is asked for, and how.

    ``by`` says what makes a line, ``unit`` in what amounts are. The ``last`` newest rounds (all
    when ``None``) of one ``tournament``, or of all. ``currency`` and ``interpolate`` (days without
    a price get one) count with :attr:`Unit.FIAT` only.
    """

    by: Grouping = Grouping.ROUND
    unit: Unit = Unit.NMR
    tournament: Tournament | None = None
    last: int | None = None
    currency: str = DOLLAR
    interpolate: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """Sums in the report's money.

    ``settled`` is final, ``pending`` what running rounds would pay by now. ``at_risk`` is in NMR,
    all rounds added up, and ``None`` unless the report is in percent. ``unpriced`` is NMR, added up
    without sign, that nobody knows a price for and that is in no other figure. ``unknown`` counts
    rounds of models whose NMR at risk Numerai did not tell, ``unrated`` is what these paid: they
    are in no rate.
    """

    settled: Decimal = _ZERO
    pending: Decimal = _ZERO
    at_risk: Decimal | None = None
    unpriced: Decimal = _ZERO
    unknown: int = 0
    unrated: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        """Settled and pending."""
        return EXACT.add(self.settled, self.pending)

    def plus(self, other: Paid) -> Paid:
        """Both added up, but for what was at risk."""
        return Paid(
            EXACT.add(self.settled, other.settled),
            EXACT.add(self.pending, other.pending),
            unpriced=EXACT.add(self.unpriced, other.unpriced),
            unknown=self.unknown + other.unknown,
            unrated=EXACT.add(self.unrated, other.unrated),
        )

    @property
    def rate(self) -> Decimal | None:
        """The total per NMR that was at risk, a fraction, over the rounds where that is known."""
        return (self.total - self.unrated) / self.at_risk if self.at_risk else None


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums by column; made into :class:`Paid` when they are looked at. Empty: nothing there.

    ``settled``, ``pending``, ``at_risk``, ``unpriced``, ``unrated`` and ``unknown`` are as there.
    """

    settled: Amounts = ()
    pending: Amounts = ()
    at_risk: Amounts = ()
    unpriced: Amounts = ()
    unrated: Amounts = ()
    unknown: Amounts = ()

    def __getitem__(self, index: int) -> Paid:
        risk = (self.at_risk[index] or _ZERO) if self.at_risk else None
        unknown = int(self.unknown[index] or 0) if self.unknown else 0
        return Paid(
            (self.settled[index] or _ZERO) if self.settled else _ZERO,
            (self.pending[index] or _ZERO) if self.pending else _ZERO,
            risk,
            (self.unpriced[index] or _ZERO) if self.unpriced else _ZERO,
            unknown,
            (self.unrated[index] or _ZERO) if self.unrated else _ZERO,
        )

    def some(self, columns: Iterable[int]) -> Paid:
        """A few columns added up."""
        cells = [self[index] for index in columns]
        risks = [cell.at_risk for cell in cells if cell.at_risk is not None]
        with exactly():
            return Paid(
                sum((cell.settled for cell in cells), _ZERO),
                sum((cell.pending for cell in cells), _ZERO),
                sum(risks, _ZERO) if risks else None,
                sum((cell.unpriced for cell in cells), _ZERO),
                sum(cell.unknown for cell in cells),
                sum((cell.unrated for cell in cells), _ZERO),
            )

    def total(self) -> Paid:
        """All columns added up."""
        risk = _sum(self.at_risk) if self.at_risk else None
        return Paid(
            _sum(self.settled),
            _sum(self.pending),
            risk,
            _sum(self.unpriced),
            int(_sum(self.unknown)),
            _sum(self.unrated),
        )


NO_CELLS = Cells()


@dataclass(frozen=True, slots=True)
class EarningsGroup:
    """A line of the report.

    ``key`` tells lines apart, ``label`` is what is read. ``rounds`` are its rounds' numbers, newest
    first, of ``tournaments``; ``resolves`` is the last time one of them does (UTC), ``running``
    whether one still runs. ``paid`` is what they paid; ``cells`` follow the report's ``models``,
    and a line that is itself a ``model`` or a tournament has none.
    """

    key: str
    label: str
    tournaments: tuple[Tournament, ...]
    rounds: tuple[int, ...]
    resolves: datetime | None
    paid: Paid
    running: bool
    cells: Cells = NO_CELLS
    model: Model | None = None


@dataclass(frozen=True, slots=True)
class EarningsReport:
    """What ``view`` asks for: ``groups``, newest first, or by name.

    By name where they are models or tournaments. ``totals`` follow ``models``, ``paid`` is the sum
    of everything in ``rounds`` rounds. ``unpriced`` counts rounds that paid something on a day
    without a price, :attr:`Paid.unpriced` tells how much. ``newest`` is the price pending payouts
    are valued at. ``missing`` is what Numerai did not tell.
    """

    view: View
    models: tuple[Model, ...]
    groups: tuple[EarningsGroup, ...]
    totals: tuple[Paid, ...]
    paid: Paid
    rounds: int
    unpriced: int
    newest: DayPrice | None = None
    missing: MissingFacts = NOTHING_MISSING

    def best(self, count: int) -> tuple[EarningsGroup, ...]:
        """The lines that earned most, settled ones only."""
        return self._ranked(count, reverse=True)

    def worst(self, count: int) -> tuple[EarningsGroup, ...]:
        """The lines that burned most, or earned least; settled ones only."""
        return self._ranked(count, reverse=False)

    def _ranked(self, count: int, *, reverse: bool) -> tuple[EarningsGroup, ...]:
        settled = [group for group in self.groups if not group.running and group.paid.settled]
        ranked = sorted(settled, key=self._worth, reverse=reverse)
        return tuple(ranked[:count])

    def _worth(self, group: EarningsGroup) -> Decimal:
        """What a line that is settled is ranked by."""
        return (group.paid.rate or _ZERO) if self.view.unit is Unit.PERCENT else group.paid.settled


def build_earnings(
    tournaments: Iterable[TournamentEarnings],
    view: View,
    now: datetime,
    prices: Prices | None = None,
    missing: MissingFacts = NOTHING_MISSING,
) -> EarningsReport:
    """Add up what ``view`` asks for. Models that took no part in those rounds have no column.

    A payout has the price of the day (UTC) its round resolved, a pending one the newest there is.
    """
    chosen = [one for one in tournaments if view.tournament in {None, one.tournament}]
    kept = [earnings.rounds for earnings in newest(chosen, view.last)]
    money = Money(view.currency, now, prices) if view.unit is Unit.FIAT else None
    line = money.line if money is not None else partial(plain_line, risky=view.unit is Unit.PERCENT)
    with exactly():
        lines = [list(map(line, entries)) for entries in kept]
        report = _report(chosen, lines, view, money.newest if money is not None else None)
    return replace(report, missing=missing)


def newest(tournaments: Sequence[TournamentEarnings], last: int | None) -> Earned:
    """The ``last`` newest rounds there are in any of them; all without it."""
    if last is None:
        return tuple(tournaments)
    numbers = sorted({entry.number for earnings in tournaments for entry in earnings.rounds})
    first = numbers[-last] if last < len(numbers) else 0
    return tuple(
        replace(one, rounds=tuple(entry for entry in one.rounds if entry.number >= first))
        for one in tournaments
    )


def _report(
    tournaments: Sequence[TournamentEarnings],
    lines: Sequence[Sequence[Line]],
    view: View,
    newest: DayPrice | None,
) -> EarningsReport:
    columns = [_Columns(lines_of) for lines_of in lines]
    labels = names(model for earnings in tournaments for model in earnings.models)
    models = tuple(
        replace(earnings.models[index], name=labels[earnings.models[index].id])
        for earnings, kept in zip(tournaments, columns, strict=True)
        for index in kept.indexes
    )
    there = {
        name for name, pick in _PARTS.items() if any(pick(one) is not None for one in chain(*lines))
    }
    cells = _cells(lines, columns, there)
    totals = tuple(cells[index] for index in range(len(models)))
    if view.by is Grouping.MODEL:
        groups = _models(models, totals, lines, columns)
    else:
        groups = _groups(lines, columns, view.by, there)
    return EarningsReport(
        view=view,
        models=models,
        groups=groups,
        totals=totals,
        paid=cells.total(),
        rounds=len({line.entry.number for lines_of in lines for line in lines_of}),
        unpriced=len(
            {line.entry.number for lines_of in lines for line in lines_of if line.unpriced}
        ),
        newest=newest,
    )


class _Columns:
    """The columns of one tournament's models that took part."""

    def __init__(self, lines: Sequence[Line]) -> None:
        taking = {line.entry.taking for line in lines}
        there = [any(column) for column in zip(*taking, strict=True)]
        self.indexes = [index for index, present in enumerate(there) if present]
        self.nothing: Amounts = (None,) * len(self.indexes)
        # A getter of a single place would give no tuple.
        self._pick = itemgetter(*self.indexes) if len(self.indexes) > 1 else None
        self._all = len(self.indexes) == len(there)

    def sums(self, rows: Iterable[Amounts | None]) -> Amounts:
        """``rows`` added up by column; empty without any."""
        there = [row for row in rows if row is not None]
        if len(there) > 1:
            return self._kept(
                tuple(sum(filter(None, column), _ZERO) for column in zip(*there, strict=True))
            )
        return self._kept(there[0]) if there else ()

    def _kept(self, row: Amounts) -> Amounts:
        if self._all:
            return row
        if self._pick is not None:
            picked: Amounts = self._pick(row)
            return picked
        return tuple(row[index] for index in self.indexes)


_PARTS: Mapping[str, Callable[[Line], Amounts | None]] = {
    entry.name: attrgetter(entry.name) for entry in fields(Cells)
}
"""What sums by column are made of, by its name in :class:`Cells`."""


def _cells(
    lines: Sequence[Sequence[Line]], columns: Sequence[_Columns], there: Collection[str]
) -> Cells:
    """The sums of ``lines`` by column, over all tournaments; of the parts that are ``there``."""

    def joined(pick: Callable[[Line], Amounts | None]) -> Amounts:
        parts = [
            kept.sums(map(pick, lines_of)) for lines_of, kept in zip(lines, columns, strict=True)
        ]
        if not any(parts):
            return ()
        if len(parts) == 1:
            return parts[0]
        gaps = (kept.nothing for kept in columns)
        return tuple(
            chain.from_iterable(part or gap for part, gap in zip(parts, gaps, strict=True))
        )

    return Cells(**{name: joined(_PARTS[name]) for name in there})


def _sum(amounts: Amounts) -> Decimal:
    return sum(filter(None, amounts), _ZERO)


def _models(
    models: Sequence[Model],
    totals: Sequence[Paid],
    lines: Sequence[Sequence[Line]],
    columns: Sequence[_Columns],
) -> tuple[EarningsGroup, ...]:
    places = [
        (lines_of, index)
        for lines_of, kept in zip(lines, columns, strict=True)
        for index in kept.indexes
    ]
    groups = []
    for model, paid, (lines_of, index) in zip(models, totals, places, strict=True):
        part = [line.entry for line in lines_of if line.entry.taking[index]]
        group = _group(model.name, part, paid)
        groups.append(replace(group, key=model.id, model=model))
    return tuple(sorted(groups, key=lambda group: (group.label.casefold(), group.key)))


def _groups(
    lines: Sequence[Sequence[Line]],
    columns: Sequence[_Columns],
    by: Grouping,
    there: Collection[str],
) -> tuple[EarningsGroup, ...]:
    """Lines of all tournaments that belong together, the newest first."""
    by_key: dict[tuple[int, str], list[list[Line]]] = {}
    for place, lines_of in enumerate(lines):
        for line in lines_of:
            key = _belongs(line.entry, by)
            if key not in by_key:
                by_key[key] = [[] for _ in lines]
            by_key[key][place].append(line)
    newest = sorted(by_key, key=lambda key: key[0], reverse=by is not Grouping.TOURNAMENT)
    groups = []
    for key in newest:
        cells = _cells(by_key[key], columns, there)
        part = [line.entry for lines_of in by_key[key] for line in lines_of]
        shown = NO_CELLS if by is Grouping.TOURNAMENT else cells
        groups.append(_group(key[1], part, cells.total(), shown))
    return tuple(groups)


def _group(
    label: str, part: Sequence[PaidRound], paid: Paid, cells: Cells = NO_CELLS
) -> EarningsGroup:
    dates = [entry.resolves for entry in part if entry.resolves is not None]
    return EarningsGroup(
        key=label,
        label=label,
        tournaments=tuple(sorted({entry.tournament for entry in part})),
        rounds=tuple(sorted({entry.number for entry in part}, reverse=True)),
        resolves=max(dates, default=None),
        paid=paid,
        running=any(entry.pending is not None for entry in part),
        cells=cells,
    )


def line_of(entry: PaidRound, by: Grouping) -> str:
    """The label of the line that a round is in; not by model, where it is in many."""
    return _belongs(entry, by)[1]


def period_of(day: date, by: Grouping) -> str:
    """The label of the day, week, month or year that ``day`` is in."""
    return _NAMES[by](_PERIODS[by](day))


def _belongs(entry: PaidRound, by: Grouping) -> tuple[int, str]:
    """Rank and name of the line a round belongs to."""
    if by is Grouping.ROUND:
        return entry.number, str(entry.number)
    if by is Grouping.TOURNAMENT:
        return int(entry.tournament), entry.tournament.label
    if entry.resolves is None:
        return 0, _NO_DATE
    day = entry.resolves.astimezone(UTC).date()
    start = _PERIODS[by](day)
    return start.toordinal(), _NAMES[by](start)


_PERIODS: Mapping[Grouping, Callable[[date], date]] = {
    Grouping.DAY: lambda day: day,
    Grouping.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Grouping.MONTH: lambda day: day.replace(day=1),
    Grouping.YEAR: lambda day: day.replace(month=1, day=1),
}
_NAMES: Mapping[Grouping, Callable[[date], str]] = {
    Grouping.DAY: lambda day: f"{day:%Y-%m-%d}",
    Grouping.WEEK: lambda day: f"{day:%G-W%V}",
    Grouping.MONTH: lambda day: f"{day:%Y-%m}",
    Grouping.YEAR: lambda day: f"{day:%Y}",
}
