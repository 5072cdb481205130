"""What the payout policy shows: sources down, destinations across, one cell in words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from textual.content import Content

from ledger.domain.knowledge import Fact
from ledger.domain.names import SHOWN, cells, marked, shorten
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import ITSELF, Destination, DestinationKind, PolicyVersion
from ledger.reports.policy.matrix import PolicyColumn, PolicyLine, PolicyReport
from tui.format import ABSENT, nmr
from tui.screens.policy.words import rhythm, share
from tui.theme import Meaning
from tui.widgets.line import Group, plain
from tui.widgets.missing import STAKED, figure, worst
from tui.widgets.tables.grid import Cell, Column

INHERITED, MARKED = "↑", "✓"
"""Stand beside a row without shares of its own, and beside one to be copied to."""

OWN = "itself"
"""Stands where a model would give to itself in a column of its own name."""

NAME_WIDTH, WIDEST_NAME = 11, 20
NARROW_NAME = 16
CANDIDATES = 6
"""Models with the smallest stakes that have a column while nothing goes to them."""

ALL_SHOWN = 12
"""Up to so many models all have one."""


def key_of(line: PolicyLine) -> str:
    """A row's key; all others have the empty one."""
    return line.model_id or ""


def ordered(report: PolicyReport) -> tuple[PolicyColumn, ...]:
    """All destinations but itself, which has a place of its own: wallet, pools, models.

    Models that get something by the policy in force, or got something, come first: their stakes
    grow with it, and would take them out of sight. Edits move no column.
    """
    others = report.columns[1:]
    rows = report.active.policy.rows if report.active is not None else ()
    receivers = {place for row in rows for place in row.shares}
    return tuple(
        sorted(
            others,
            key=lambda column: (
                column.destination.kind is DestinationKind.MODEL
                and not (column.destination in receivers or column.accrued)
            ),
        )
    )


def in_use(report: PolicyReport, searched: Collection[str]) -> tuple[PolicyColumn, ...]:
    """Of :func:`ordered` those something goes to or went to, wallet and pools, those ``searched``
    by their keys, and the smallest models besides."""
    others = ordered(report)
    models = [column for column in others if column.destination.kind is DestinationKind.MODEL]
    if len(models) <= ALL_SHOWN:
        return others
    rows = report.policy.rows + (report.active.policy.rows if report.active is not None else ())
    receivers = {place for row in rows for place in row.shares}
    idle = [column for column in models if not (column.destination in receivers or column.accrued)]
    offered = {column.destination for column in idle[:CANDIDATES]}
    hidden = {
        column.destination
        for column in idle
        if column.destination not in offered and column.destination.key not in searched
    }
    return tuple(column for column in others if column.destination not in hidden)


@dataclass(frozen=True, slots=True)
class Matrix:
    """One look at a policy: its percentages, or with ``accrued`` what payouts came to in NMR.

    ``shown`` are the destinations that have a column, ``marked`` the keys of rows to be copied
    to; ``wide`` tells whether there is room for whole names.
    """

    report: PolicyReport
    shown: tuple[PolicyColumn, ...]
    decimals: int
    accrued: bool
    marked: Collection[str]
    wide: bool

    def lines(self, matches: Callable[[str], bool]) -> list[PolicyLine]:
        """All others, then the models with a name that ``matches``; payouts have models only."""
        return [
            line
            for line in self.report.lines
            if (not self.accrued if line.model_id is None else matches(line.name))
        ]

    def columns(self) -> list[Column[PolicyLine]]:
        """The source and what it keeps, or its sum, always in sight; then the destinations."""
        room = WIDEST_NAME if self.wide else NARROW_NAME
        widest = max((cells(_label(line, room)) for line in self.report.lines), default=0)
        name = Column[PolicyLine](
            "source",
            "   from",
            lambda line: self._name(line, room),
            lambda line: line.name,
            fixed=True,
            width=3 + min(room, widest),
        )
        if not self.accrued:
            kept = self._column(self.report.columns[0], "itself", fixed=True)
            return [name, kept, *(self._column(column, column.name) for column in self.shown)]
        total = Column[PolicyLine](
            "sum",
            "sum",
            lambda line: self._amount(_sum(line)),
            lambda line: _sum(line).amount,
            "right",
            fixed=True,
            width=self._width(),
        )
        own, *_ = self.report.columns
        return [name, total, *(self._column(column, column.name) for column in (own, *self.shown))]

    def totals(self) -> dict[str, Cell | str]:
        """Under percentages what each destination holds; under amounts their sums."""
        if self.accrued:
            sums = {
                column.destination.key: self._amount(column.accrued)
                for column in self.report.columns
            }
            return {"source": "   all payouts", "sum": self._amount(self.report.total), **sums}
        cells: dict[str, Cell | str] = {"source": "   stake now"}
        for column in self.report.columns:
            cells[column.destination.key] = self._stake(column)
        return cells

    def _stake(self, column: PolicyColumn) -> Cell:
        place, missing = column.destination, self.report.missing
        cell = Cell(nmr(column.stake, 2) if column.stake is not None else "", "muted")
        if place.kind is DestinationKind.WALLET:
            return figure(cell, missing.of(Fact.WALLET), column.stake) if cell.text else cell
        if place.kind is not DestinationKind.MODEL:
            return cell
        return figure(cell, worst(missing, place.name, *STAKED[self.report.system]), column.stake)

    def _name(self, line: PolicyLine, room: int) -> Cell:
        mark = MARKED if key_of(line) in self.marked else " "
        above = line.model_id is not None and not line.own
        sign = INHERITED if above and not self.accrued else " "
        style: Meaning = "strong" if line.model_id is None else "muted" if sign.strip() else ""
        return Cell(parts=((mark, "title"), (f"{sign} ", "muted"), (_label(line, room), style)))

    def _column(
        self, column: PolicyColumn, name: str, *, fixed: bool = False
    ) -> Column[PolicyLine]:
        place = column.destination
        model = place.kind is DestinationKind.MODEL
        label = marked(name, NAME_WIDTH) if model else shorten(name, NAME_WIDTH)
        cell = self._accrued if self.accrued else self._share
        return Column(
            place.key,
            label,
            lambda line: cell(line, place),
            lambda line: self._value(line, place),
            "right",
            fixed=fixed,
            width=max(cells(label), self._width()),
        )

    def _value(self, line: PolicyLine, place: Destination) -> Decimal | None:
        if self.accrued:
            return line.accrued.get(place, ZERO).amount
        return line.shares.get(place, Decimal(0))

    def _share(self, line: PolicyLine, place: Destination) -> Cell:
        if line.model_id is not None and place.name == line.model_id:
            return Cell(OWN, "muted")
        given_share = line.shares.get(place)
        if not given_share:
            return Cell(ABSENT, "muted")
        plainly = line.own or line.model_id is None
        return Cell(
            share(given_share),
            "strong" if plainly and place != ITSELF else "" if plainly else "muted",
        )

    def _accrued(self, line: PolicyLine, place: Destination) -> Cell:
        return self._amount(line.accrued.get(place, ZERO))

    def _amount(self, amount: NMR) -> Cell:
        if not amount:
            return Cell(ABSENT, "muted")
        return Cell(nmr(amount, self.decimals, signed=True), "burn" if amount < ZERO else "gain")

    def _width(self) -> int:
        if not self.accrued:
            return len(OWN)
        sums = [abs(one.accrued) for one in self.report.columns] + [abs(self.report.total)]
        lines = [abs(part) for line in self.report.lines for part in line.accrued.values()]
        return len(nmr(max([*sums, *lines], default=ZERO), self.decimals, signed=True))


def _sum(line: PolicyLine) -> NMR:
    return NMR.total(line.accrued.values())


def status(report: PolicyReport, decimals: int) -> tuple[Group, ...]:
    """What is in force, what is only edited, and what waits."""
    groups: list[Group] = []
    if report.problems:
        groups.append(plain(f" ✗ {report.problems[0]}", "burn"))
    groups.append((0, ((f" {state_words(report)}", _tone(report)),)))
    groups += [plain(f"from round {one.since} {_what(one)}", "pending", 1) for one in later(report)]
    if report.waiting:
        groups.append(plain(f"! {len(report.waiting)} waiting: i", "pending", 2))
    if report.total:
        groups.append(plain(f"{nmr(report.total, decimals, signed=True)} NMR accrued", "", 3))
    groups.append(plain(rhythm(report.policy), "muted", 4))
    return tuple(groups)


def state_words(report: PolicyReport) -> str:
    """Whether the edited policy is in force, in some words."""
    active = report.active
    since = f"since round {active.since}" if active is not None else ""
    if report.in_force and active is not None:
        named = f" “{active.name}”" if active.name else ""
        return f"✓ in force{named} {since}"
    if active is None:
        return "not switched on: payouts stay where they are"
    if not active.on:
        return f"switched off {since}: payouts stay where they are"
    return f"! edited: another policy is in force {since}"


def later(report: PolicyReport) -> tuple[PolicyVersion, ...]:
    """Versions that begin with a round still to come."""
    return tuple(one for one in report.versions if one.since > report.next_round)


def _what(version: PolicyVersion) -> str:
    return "another" if version.on else "off"


def _tone(report: PolicyReport) -> Meaning:
    if report.in_force:
        return "strong"
    return "pending" if report.active is not None and report.active.on else "muted"


def about(
    report: PolicyReport, line: PolicyLine | None, column: PolicyColumn | None, decimals: int
) -> Content:
    """The cell marked in words: its share, what accrued there, what the destination holds."""
    if line is None or column is None:
        return Content("")
    lines = [_route(line, column, decimals), _place(column, decimals)]
    return Content("\n").join([*lines, Content.styled(_waits(report), "$accent")])


def _route(line: PolicyLine, column: PolicyColumn, decimals: int) -> Content:
    place = column.destination
    given_share = line.shares.get(place, Decimal(0))
    parts: list[str | tuple[str, str]] = [(f"{route(line, column)}  ", "bold")]
    if place == ITSELF or (line.model_id is not None and place.name == line.model_id):
        parts.append(f"keeps {share(line.shares.get(ITSELF, Decimal(0)))}")
    else:
        parts.append(f"{share(given_share)} of each payout" if given_share else "nothing")
    if line.model_id is not None and not line.own:
        parts.append((f" {INHERITED} as all others", "$muted"))
    accrued = line.accrued.get(place)
    if accrued:
        parts.append(f", {nmr(accrued, decimals)} NMR accrued")
    return Content.assemble(*parts)


def route(line: PolicyLine, column: PolicyColumn) -> str:
    """``alder → tax``."""
    return f"{_label(line, SHOWN)} → {shorten(column.name)}"


def _label(line: PolicyLine, room: int) -> str:
    return shorten(line.name, room) if line.model_id is None else marked(line.name, room)


def _place(column: PolicyColumn, decimals: int) -> Content:
    accrued = f"{nmr(column.accrued, decimals)} NMR accrued from all"
    words = [accrued if column.accrued else "nothing accrued yet"]
    if column.open > ZERO:
        words.append(f"{nmr(column.open, decimals)} open")
    elif column.open < ZERO:
        words.append(f"{nmr(-column.open, decimals)} more there than its share")
    if column.stake is not None:
        words.append(f"stake {nmr(column.stake, decimals)}")
    return Content.assemble((f"{shorten(column.name)}  ", "$muted"), ", ".join(words))


def _waits(report: PolicyReport) -> str:
    return f"! {report.waiting[0]}" if report.waiting else ""
