"""What the calendar of unlocks shows: days, weeks or entries, their sums, and one in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce

from textual.content import Content

from ledger.domain.names import marked, padded, said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.unlock import Unlock, UnlockKind, UnlockView
from ledger.domain.sums import NO_PARTS, Part, Sum
from ledger.reports.stakes.unlock_files import SCENARIOS
from ledger.reports.stakes.unlocks import UnlocksReport
from tui.format import ABSENT, MONTHS, WEEKDAYS, Dates, count, exact, full, payout
from tui.theme import Meaning
from tui.widgets.charts.plot import Bars, Curve
from tui.widgets.line import Group
from tui.widgets.missing import estimate, sum_cell, sum_text
from tui.widgets.tables.grid import Cell, Column

DAYS, WEEKS, ENTRIES = "by day", "by week", "one by one"
SPANS = (DAYS, WEEKS, ENTRIES)
"""What a row can be, in the order of the key."""

ASSUMES = {
    UnlockView.STAYS: "if every setting stays as it is",
    UnlockView.DISABLED: "if every model is disabled now",
}

STYLES: dict[UnlockKind, Meaning] = {
    UnlockKind.RELEASE: "gain",
    UnlockKind.RESOLUTION: "locked",
    UnlockKind.CLAIM: "pending",
}

HOW = {
    UnlockKind.RELEASE: "is released into the Numerai wallet",
    UnlockKind.RESOLUTION: "unlocks when its round resolves",
    UnlockKind.CLAIM: "waits to be claimed",
}


@dataclass(frozen=True, slots=True)
class UnlockRow:
    """A day, a week or a single entry; ``cumulative`` is what is free by its end."""

    key: str
    start: date
    entries: tuple[Unlock, ...]
    free: Sum
    cumulative: Sum
    view: UnlockView

    @property
    def unlocks(self) -> Sum:
        """All that stops being locked, staked again or not."""
        return Sum.of(Part(entry.nmr, entry.as_of) for entry in self.entries)

    @property
    def restaked(self) -> Sum:
        """What is staked again as ``free`` has it."""
        return Sum.of(Part(_restaked(entry, self.view), entry.as_of) for entry in self.entries)

    @property
    def payout(self) -> NMR | None:
        """What the entries are projected to earn or burn."""
        payouts = [entry.payout for entry in self.entries if entry.payout is not None]
        return NMR.total(payouts) if payouts else None


def _restaked(entry: Unlock, view: UnlockView) -> NMR | None:
    free = entry.free(view)
    return None if entry.nmr is None or free is None else entry.nmr - free


def rows(report: UnlocksReport, span: str) -> list[UnlockRow]:
    """The report's entries by ``span``, by time."""
    groups: dict[str, list[Unlock]] = {}
    for index, entry in enumerate(report.unlocks):
        key = f"{index}" if span == ENTRIES else _start(entry, span).isoformat()
        groups.setdefault(key, []).append(entry)
    table_rows, cumulative = [], NO_PARTS
    for key, entries in groups.items():
        free = Sum.of(entry.part(report.view) for entry in entries)
        cumulative += free
        start = _start(entries[0], span)
        table_rows.append(UnlockRow(key, start, tuple(entries), free, cumulative, report.view))
    return table_rows


def _start(entry: Unlock, span: str) -> date:
    day = entry.at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday()) if span == WEEKS else day


def dates_of(report: UnlocksReport, now: datetime) -> Dates:
    """The style of all dates on the page."""
    return Dates.of([at for one in report.unlocks for at in (one.at, one.latest)], now)


def columns(span: str, decimals: int, dates: Dates) -> list[Column[UnlockRow]]:
    """The table's columns, amounts with ``decimals``, ``dates`` in the style of the page."""

    def amount(
        key: str, label: str, value: Callable[[UnlockRow], Sum], style: Meaning = "", drop: int = 0
    ) -> Column[UnlockRow]:
        def cell(row: UnlockRow) -> Cell:
            total = value(row)
            if total.sure and not total.known:
                return Cell(ABSENT, "muted")
            return sum_cell(total, decimals, style)

        return Column(key, label, cell, lambda row: value(row).known, "right", drop=drop)

    sums = [
        amount("free", "free", lambda row: row.free, "strong"),
        amount("cumulative", "in all", lambda row: row.cumulative),
        amount("unlocks", "unlocks", lambda row: row.unlocks, drop=3),
        amount("restaked", "restaked", lambda row: row.restaked, "muted", drop=4),
        Column(
            "payout",
            "payout",
            lambda row: _payout(row.payout, decimals),
            lambda row: row.payout,
            "right",
            drop=6,
        ),
    ]
    when = Column[UnlockRow](
        "when", "when", lambda row: _when(row, span, dates), lambda row: row.key, fixed=True
    )
    if span == ENTRIES:
        return [_by_time(when), *_entry_columns(dates), *sums]
    what = Column[UnlockRow]("what", "rounds", lambda row: Cell(_what(row), "muted"), drop=5)
    return [when, *sums, what]


def _by_time(column: Column[UnlockRow]) -> Column[UnlockRow]:
    """``column`` sorted by time where every row has one of its own."""
    return replace(column, sort=lambda row: row.entries[0].at)


def _entry_columns(dates: Dates) -> list[Column[UnlockRow]]:
    return [
        Column(
            "model",
            "model",
            lambda row: marked(row.entries[0].name),
            lambda row: row.entries[0].name,
        ),
        Column(
            "tournament",
            "tournament",
            lambda row: Cell(row.entries[0].tournament.label, "muted"),
            lambda row: row.entries[0].tournament,
            drop=6,
        ),
        Column("round", "round", lambda row: _round(row.entries[0]), None, "right", drop=7),
        Column("kind", "kind", lambda row: _kind(row.entries[0]), None, drop=1),
        Column("latest", "latest", lambda row: _latest(row.entries[0], dates), None, drop=8),
    ]


def _round(entry: Unlock) -> str:
    return ABSENT if entry.round is None else str(entry.round)


def _kind(entry: Unlock) -> Cell:
    return Cell(entry.kind.value, STYLES[entry.kind])


def _latest(entry: Unlock, dates: Dates) -> Cell:
    return Cell(dates.moment(entry.latest), "muted")


def _payout(amount: NMR | None, decimals: int) -> Cell:
    if amount is None:
        return Cell(ABSENT, "muted")
    return estimate(Cell(payout(amount, decimals), "burn" if amount < ZERO else "gain"))


def _when(row: UnlockRow, span: str, dates: Dates) -> Cell:
    if span == ENTRIES:
        return Cell(dates.moment(row.entries[0].at))
    return Cell(_weekday(row.start), "title" if row.start <= dates.now.date() else "")


def _at(entry: Unlock, span: str, dates: Dates) -> str:
    """When an entry comes, as the rows say it."""
    day = _weekday(entry.at.astimezone(UTC).date())
    return dates.moment(entry.at) if span == ENTRIES else " ".join(day.split())


def _weekday(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {short_day(day)}"


def short_day(day: date) -> str:
    """``24 Nov``."""
    return f"{day.day:>2} {MONTHS[day.month - 1]}"


def _what(row: UnlockRow) -> str:
    """Rounds and models in a few words: ``1380-1384 · 16 models · 2 releases``."""
    models = {entry.model_id for entry in row.entries}
    names = sorted({entry.name for entry in row.entries})
    numbers = sorted({entry.round for entry in row.entries if entry.round is not None})
    parts = []
    if numbers:
        first, last = numbers[0], numbers[-1]
        parts.append(f"{first}" if first == last else f"{first}-{last}")
    parts.append(said(names[0]) if len(models) == 1 else count(len(models), "model"))
    for kind in (UnlockKind.RELEASE, UnlockKind.CLAIM):
        of_kind = sum(entry.kind is kind for entry in row.entries)
        parts += [count(of_kind, kind.value)] if of_kind else []
    return " · ".join(parts)


def totals(shown: Sequence[UnlockRow], span: str, decimals: int) -> dict[str, Cell | str]:
    """The sums under the table."""
    entries = sum(len(row.entries) for row in shown)
    paid = [row.payout for row in shown if row.payout is not None]
    return {
        "when": count(entries, "entry").replace("entrys", "entries") if span == ENTRIES else "sum",
        "free": sum_cell(_added(row.free for row in shown), decimals),
        "unlocks": sum_cell(_added(row.unlocks for row in shown), decimals),
        "restaked": sum_cell(_added(row.restaked for row in shown), decimals),
        "payout": _payout(NMR.total(paid) if paid else None, decimals),
    }


def _added(sums: Iterable[Sum]) -> Sum:
    return reduce(lambda one, other: one + other, sums, NO_PARTS)


def summary(report: UnlocksReport, span: str, decimals: int, dates: Dates) -> tuple[Group, ...]:
    """What is free now, what will be, and when the next and the last of it come."""

    def figure(weight: int, label: str, text: str, style: Meaning = "") -> Group:
        return weight, ((f" {label} ", "muted"), (text, style))

    groups = [
        figure(0, "free now", f"{sum_text(report.free, decimals)} NMR", "strong"),
        figure(0, f"coming, {SCENARIOS[report.view]},", sum_text(report.total, decimals), "locked"),
    ]
    coming = [entry for entry in report.unlocks if entry.free(report.view) != ZERO]
    if coming:
        groups.append(figure(1, "next", _at(coming[0], span, dates)))
        groups.append(figure(2, "last", _at(coming[-1], span, dates)))
    return tuple(groups)


def listed(row: UnlockRow, decimals: int, most: int) -> Content:
    """The entries of a row, a line each: amount, model, round, kind; ``most`` lines at most."""
    lines = [
        Content.assemble(
            f"{_amount(entry, decimals):>9}  {padded(marked(entry.name, 14), 14)} ",
            (f"{_round(entry):<5} ", "$muted"),
            (entry.kind.value, "$muted"),
        )
        for entry in sorted(row.entries, key=lambda entry: -(entry.nmr or ZERO).wei)
    ]
    if len(lines) > most:
        more = len(lines) - most + 1
        lines[most - 1 :] = [Content.styled(f"… and {more} more; enter lists all", "$muted")]
    return Content("\n").join(lines)


def _amount(entry: Unlock, decimals: int) -> str:
    return sum_text(Sum.of([Part(entry.nmr, entry.as_of)]), decimals)


def in_words(row: UnlockRow, view: UnlockView) -> Content:
    """Every entry of a row in full, exact to the wei."""
    blocks = []
    for entry in row.entries:
        where = entry.tournament.label
        where += f" round {entry.round}" if entry.round is not None else ""
        head = (f"{said(entry.name)} · {where}\n", "bold")
        amount = f"{exact(entry.nmr)} NMR" if entry.nmr is not None else "An unknown amount of NMR"
        sentences = f"{amount} {HOW[entry.kind]}, {full(entry.at)}."
        if entry.as_of is not None:
            sentences += f" The amount is as of {full(entry.as_of)}: Numerai does not tell it now."
        elif entry.nmr is None:
            sentences += " Numerai does not tell the stake."
        if entry.payout is not None:
            sentences += f" Payout in it: {exact(entry.payout)} NMR, as scores stand."
        if entry.latest is not None:
            sentences += f" Left alone it goes to idle by {full(entry.latest)}."
        again = _restaked(entry, view)
        if again:
            sentences += f" {exact(again)} NMR of it is staked again {ASSUMES[view]}."
        blocks.append(Content.assemble(head, sentences))
    return Content("\n\n").join(blocks)


def rests_on(report: UnlocksReport) -> str:
    """What is left out of all that is, or will be, free, or taken from earlier, in sentences."""
    there, sentences = report.free + report.total, ""
    if there.unknown:
        sentences += f" {count(there.unknown, 'amount')} that Numerai does not tell left out."
    if there.as_of is not None:
        sentences += f" Some of it is as of {full(there.as_of)}."
    return sentences


def curve(report: UnlocksReport) -> Curve | None:
    """What comes free in all, day by day; every day has its place."""
    ends = {entry.start: entry.cumulative.known for entry in report.days}
    if not ends:
        return None
    today, last = report.now.date(), max(ends)
    values, free = [ZERO.amount], ZERO
    for offset in range((last - today).days + 1):
        free = ends.get(today + timedelta(days=offset), free)
        values.append(free.amount)
    return Curve(tuple(values), tuple(values), "today", short_day(last).strip())


def row_at(shown: Sequence[UnlockRow], point: int, report: UnlocksReport) -> int | None:
    """Which of the rows the ``point`` of the curve is about: the last to begin by then."""
    day = report.now.date() + timedelta(days=point - 1)
    begun = [at for at, row in enumerate(shown) if row.start <= day]
    return max(begun, key=lambda at: shown[at].start, default=None)


def bars(shown: Sequence[UnlockRow], width: int) -> Bars | None:
    """What comes free with each row, the first ``width`` of them."""
    kept = shown[:width]
    if not kept:
        return None
    labels = tuple(short_day(row.start).strip() for row in kept)
    return Bars(tuple(row.free.known.amount for row in kept), (True,) * len(kept), labels)
