"""What the Stakes mode shows: columns, sums, one stake in words, what comes free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from textual.content import Content

from ledger.domain.holding import ModelTotals
from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stake import PendingKind, StakeMode
from ledger.reports.stakes import Release, StakeLine, StakesReport
from tui.format import ABSENT, count, day, full, moment, nmr, pending
from tui.theme import Meaning
from tui.widgets.grid import Cell, Column
from tui.widgets.line import Group

COMING = 5
"""How many days with NMR coming free are listed under the table."""

ONLY_IN = {
    "pending": System.CONTINUOUS,
    "due": System.CONTINUOUS,
    "after": System.CONTINUOUS,
    "per_round": System.ATOMIC,
    "ramp": System.ATOMIC,
    "committed": System.ATOMIC,
}
"""Columns that mean nothing in the other system."""


Holdings = Mapping[str, ModelTotals]
"""What atomic models have in positions, by model id."""

_NONE: Holdings = MappingProxyType({})


def columns(
    decimals: int,
    now: datetime,
    systems: frozenset[System] = frozenset(System),
    holdings: Holdings = _NONE,
) -> list[Column[StakeLine]]:
    """The table's columns for models of ``systems``, amounts with ``decimals``.

    On narrow screens those that are missed least go first.
    """
    everything = [*_columns(decimals, now), *_atomic_columns(decimals, now, holdings)]
    return [column for column in everything if ONLY_IN.get(column.key) in {None, *systems}]


def _columns(decimals: int, now: datetime) -> list[Column[StakeLine]]:
    def amount(
        key: str, label: str, value: Callable[[StakeLine], NMR | None], drop: int = 0
    ) -> Column[StakeLine]:
        def cell(line: StakeLine) -> Cell:
            found = value(line)
            return Cell(nmr(found, decimals)) if found else Cell(ABSENT, "muted")

        return Column(key, label, cell, value, "right", drop=drop)

    return [
        Column("model", "model", lambda line: line.name, lambda line: line.name, fixed=True),
        Column("tournament", "tournament", _tournament, lambda line: line.tournament, drop=8),
        amount("staked", "staked", lambda line: line.staked),
        amount("projected", "projected", lambda line: line.projected, drop=7),
        Column("pending", "pending", lambda line: _pending(line, decimals), _asked, "right"),
        Column("due", "due", lambda line: _date(_due(line), now, "pending"), _due),
        amount("next", "next round", lambda line: line.next_round, drop=6),
        amount("after", "after", lambda line: line.after if line.pending else None, drop=3),
    ]


def _atomic_columns(decimals: int, now: datetime, holdings: Holdings) -> list[Column[StakeLine]]:
    def totals(line: StakeLine) -> ModelTotals | None:
        return holdings.get(line.model_id)

    def committed(line: StakeLine) -> NMR | None:
        found = totals(line)
        return found.committed if found is not None else None

    def locked(line: StakeLine) -> datetime | None:
        return line.locked_until

    return [
        Column(
            "per_round",
            "per round",
            lambda line: _amount(per_round(line, totals(line)), decimals),
            lambda line: per_round(line, totals(line)),
            "right",
            drop=4,
        ),
        Column("earnings", "earnings", lambda line: _earnings(line, totals(line)), drop=9),
        Column(
            "ramp",
            "ramp",
            lambda line: _ramp(totals(line)),
            lambda line: _rank(totals(line)),
            "right",
            drop=6,
        ),
        Column(
            "committed",
            "committed",
            lambda line: _amount(committed(line), decimals),
            committed,
            "right",
            drop=5,
        ),
        Column(
            "locked",
            "locked to",
            lambda line: _date(line.locked_until, now, _locked(line)),
            locked,
            drop=5,
        ),
    ]


def per_round(line: StakeLine, totals: ModelTotals | None) -> NMR | None:
    """What each new round takes, by the most trusted source there is."""
    known = totals.setting if totals is not None else None
    return known.per_round if known is not None and known.per_round else line.per_round


def _amount(amount: NMR | None, decimals: int) -> Cell:
    return Cell(nmr(amount, decimals)) if amount else Cell(ABSENT, "muted")


def _ramp(totals: ModelTotals | None) -> Cell:
    if totals is None or totals.setting is None or not totals.setting.per_round:
        return Cell(ABSENT, "muted")
    done = min(totals.at_setting, totals.rounds)
    return Cell(f"{done}/{totals.rounds}", "muted" if done == totals.rounds else "pending")


def _rank(totals: ModelTotals | None) -> float | None:
    return float(totals.ramp) if totals is not None else None


def _tournament(line: StakeLine) -> Cell:
    return Cell(line.tournament.label, "muted")


def _pending(line: StakeLine, decimals: int) -> Cell:
    if line.pending is None:
        return Cell(ABSENT, "muted")
    sign = "▲" if line.pending.kind is PendingKind.INCREASE else "▼"
    return Cell(f"{sign} {pending(line.pending.kind, line.pending.amount, decimals)}", "pending")


def _asked(line: StakeLine) -> NMR | None:
    if line.pending is None:
        return None
    return line.after - line.staked


def _due(line: StakeLine) -> datetime | None:
    return line.pending.due if line.pending else None


def _date(at: datetime | None, now: datetime, style: Meaning) -> Cell:
    return Cell(moment(at, now), "muted" if at is None else style)


def _earnings(line: StakeLine, totals: ModelTotals | None) -> Cell:
    known = totals.setting if totals is not None else None
    mode: StakeMode | None = (known.mode if known is not None else None) or line.mode
    if known is not None and known.enabled is False:
        return Cell(f"{mode.value}, off" if mode else "off", "burn")
    if mode is not None:
        return Cell(mode.value, "muted")
    words = {None: ABSENT, True: "to wallet", False: "compound"}
    return Cell(words[line.take_profit], "" if line.take_profit else "muted")


def _locked(line: StakeLine) -> Meaning:
    return "locked" if line.system is System.ATOMIC and line.locked_until else "muted"


def totals(lines: list[StakeLine], decimals: int) -> dict[str, Cell | str]:
    """The sums under the table."""
    sums = {
        "staked": NMR.total(line.staked for line in lines),
        "projected": NMR.total(line.projected or line.staked for line in lines),
        "next": NMR.total(line.next_round for line in lines),
        "per_round": NMR.total(line.per_round or ZERO for line in lines),
    }
    return {
        "model": count(len(lines), "model"),
        **{key: nmr(amount, decimals) for key, amount in sums.items()},
    }


def summary(report: StakesReport, decimals: int, now: datetime) -> tuple[Group, ...]:
    """Where the account's NMR is, for the line above the table."""

    def figure(weight: int, label: str, text: str, style: Meaning = "") -> Group:
        return weight, ((f" {label} ", "muted"), (text, style))

    groups = [
        figure(0, "wallet", nmr(report.available, decimals), "strong"),
        figure(3, "held", nmr(report.held, decimals)),
        figure(2, "releasing", nmr(report.releasing, decimals), "pending"),
    ]
    if report.releases:
        groups.append(figure(4, "next free", moment(report.releases[0].at, now), "locked"))
    return tuple(groups)


def meaning(line: StakeLine) -> Content:
    """What the stake of one model means."""
    return Content.assemble(
        (f"{line.name}", "bold"),
        (f" · {line.tournament.label} · {line.system}\n", "$muted"),
        line.meaning,
    )


def holds(line: StakeLine, totals: ModelTotals, decimals: int) -> Content:
    """An atomic stake in a few words: what a round takes, what that comes to, and until when."""
    known, parts = totals.setting, []
    if known is not None and known.enabled is False:
        parts.append("Disabled: nothing new is staked.")
    elif known is not None and known.per_round and totals.committed:
        parts.append(
            f"{nmr(known.per_round, decimals)} NMR per round = {nmr(totals.committed, decimals)} "
            f"NMR once {totals.rounds} rounds are running; {totals.at_setting} hold it now."
        )
    if known is not None and known.mode is StakeMode.COMPOUND:
        parts.append("Compound: claims are staked again.")
    if totals.last is not None:
        parts.append(f"Locked until {full(totals.last)}, round by round.")
    if totals.debt:
        parts.append(f"{nmr(totals.debt, decimals)} NMR of burns are deferred.")
    title = (f"{line.name}", "bold")
    where = (f" · {line.tournament.label} · {line.system}\n", "$muted")
    return Content.assemble(title, where, " ".join(parts) or line.meaning)


def more(line: StakeLine) -> list[Content]:
    """What else there is to say about a stake, a paragraph each."""
    earnings = {True: "Earnings go to the wallet.", False: "Earnings compound."}
    said = [earnings[line.take_profit]] if line.take_profit is not None else []
    if line.blocked and line.blocked not in line.meaning:
        said.append(line.blocked)
    return [Content(text) for text in said]


def coming(releases: list[Release], decimals: int, now: datetime, *, most: int = COMING) -> Content:
    """The next days on which NMR comes free, with what is free by then."""
    if not releases:
        return Content.styled("No NMR is on its way to the wallet.", "$muted")
    days = _by_day(releases)
    rows = [Content.styled(f"{'free':<10}{'NMR':>11}{'in all':>12}", "$muted")]
    free = ZERO
    for entries in days if len(days) <= most else days[: most - 1]:
        amount = NMR.total(entry.amount for entry in entries)
        free += amount
        rows.append(_day_row(day(entries[0].at, now), nmr(amount, decimals), nmr(free, decimals)))
    if len(rows) <= len(days):
        whole = NMR.total(entry.amount for entry in releases)
        rows.append(_day_row(f"… {day(days[-1][0].at, now)}", "", nmr(whole, decimals)))
    return Content("\n").join(rows)


def _day_row(when: str, amount: str, free: str) -> Content:
    return Content.assemble((f"{when:<12}", "$locked"), f"{amount:>9}", (f"{free:>12}", "$muted"))


def _by_day(releases: list[Release]) -> list[list[Release]]:
    days: dict[object, list[Release]] = {}
    for entry in releases:
        days.setdefault(entry.at.date(), []).append(entry)
    return list(days.values())
