"""The table of the Stakes mode: its columns and their sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.domain.knowledge import NOTHING_MISSING, Fact, MissingFact, MissingFacts
from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.stake import PendingKind, StakeMode
from ledger.domain.stakes.strategy import Origin
from ledger.domain.sums import Part, Sum
from ledger.reports.stakes.stakes import StakeLine
from tui.format import ABSENT, Dates, count, nmr, pending
from tui.theme import Meaning
from tui.widgets.missing import STAKED, aged, figure, name_cell, sum_cell, worst
from tui.widgets.tables.grid import Cell, Column

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
    dates: Dates,
    systems: frozenset[System] = frozenset(System),
    holdings: Holdings = _NONE,
    missing: MissingFacts = NOTHING_MISSING,
) -> list[Column[StakeLine]]:
    """The table's columns for models of ``systems``, amounts with ``decimals``, ``dates`` in the
    style of the page; what Numerai did
    not tell is said in the cells.

    On narrow screens those that are missed least go first.
    """
    everything = [
        *_columns(decimals, dates, missing),
        *_atomic_columns(decimals, dates, holdings, missing),
    ]
    return [column for column in everything if ONLY_IN.get(column.key) in {None, *systems}]


RESTING: dict[System, dict[str, tuple[Fact, ...]]] = {
    System.CONTINUOUS: {
        "staked": STAKED[System.CONTINUOUS],
        "projected": (Fact.PROJECTED_STAKE,),
        "pending": (Fact.PENDING,),
        "due": (Fact.PENDING,),
        "next": (Fact.STAKE, Fact.PENDING),
        "after": (Fact.STAKE, Fact.PENDING),
        "earnings": (Fact.TAKE_PROFIT,),
    },
    System.ATOMIC: dict.fromkeys(
        (
            "staked",
            "projected",
            "next",
            "per_round",
            "earnings",
            "ramp",
            "committed",
            "locked",
        ),
        STAKED[System.ATOMIC],
    ),
}
"""What a column's figures are known by."""


def _gap(line: StakeLine, key: str, missing: MissingFacts) -> MissingFact | None:
    return worst(missing, line.model_id, *RESTING[line.system].get(key, ()))


def _columns(decimals: int, dates: Dates, missing: MissingFacts) -> list[Column[StakeLine]]:
    def amount(
        key: str, label: str, value: Callable[[StakeLine], NMR | None], drop: int = 0
    ) -> Column[StakeLine]:
        def cell(line: StakeLine) -> Cell:
            in_nmr = value(line)
            return figure(_amount(in_nmr, decimals), _gap(line, key, missing), in_nmr)

        return Column(key, label, cell, value, "right", drop=drop)

    def pending(line: StakeLine) -> Cell:
        return figure(_pending(line, decimals), _gap(line, "pending", missing))

    def due_cell(line: StakeLine) -> Cell:
        return figure(_date(due(line), dates, "pending"), _gap(line, "due", missing))

    def after(line: StakeLine) -> Cell:
        gap = _gap(line, "after", missing)
        in_nmr = line.after if line.pending else None
        return figure(_amount(in_nmr, decimals), gap, line.after)

    return [
        Column("model", "model", _model, lambda line: line.name, fixed=True),
        Column("tournament", "tournament", _tournament, lambda line: line.tournament, drop=8),
        amount("staked", "staked", lambda line: line.staked),
        amount("projected", "projected", lambda line: line.projected, drop=7),
        Column("pending", "change", pending, _requested, "right"),
        Column("due", "due", due_cell, due),
        amount("next", "next round", lambda line: line.next_round, drop=6),
        Column(
            "after",
            "after",
            after,
            lambda line: line.after if line.pending else None,
            "right",
            drop=3,
        ),
    ]


def _model(line: StakeLine) -> Cell:
    return name_cell(line.name, line.missing_since)


def _atomic_columns(
    decimals: int, dates: Dates, holdings: Holdings, missing: MissingFacts
) -> list[Column[StakeLine]]:
    def totals(line: StakeLine) -> ModelTotals | None:
        return holdings.get(line.model_id)

    def sourced(line: StakeLine, key: str, cell: Cell, value: object = True) -> Cell:
        """What the chain or the user tells needs no positions."""
        model_totals = totals(line)
        setting = model_totals.setting if model_totals is not None and key in _BY_SETTING else None
        by_another = setting is not None and setting.origin is not Origin.POSITIONS
        return cell if by_another and value else figure(cell, _gap(line, key, missing), value)

    def committed(line: StakeLine) -> NMR | None:
        model_totals = totals(line)
        return model_totals.committed if model_totals is not None else None

    def each(line: StakeLine) -> NMR | None:
        return per_round(line, totals(line))

    def ramp(line: StakeLine) -> Cell:
        return sourced(line, "ramp", _ramp(totals(line)), _rank(totals(line)))

    def locked(line: StakeLine) -> Cell:
        cell = _date(line.locked_until, dates, _locked(line))
        return sourced(line, "locked", cell) if line.system is System.ATOMIC else cell

    def earnings(line: StakeLine) -> Cell:
        return sourced(line, "earnings", _earnings(line, totals(line)))

    return [
        Column(
            "per_round",
            "per round",
            lambda line: sourced(line, "per_round", _amount(each(line), decimals), each(line)),
            each,
            "right",
            drop=4,
        ),
        Column("earnings", "earnings", earnings, drop=9),
        Column("ramp", "ramp", ramp, lambda line: _rank(totals(line)), "right", drop=6),
        Column(
            "committed",
            "committed",
            lambda line: sourced(line, "committed", _amount(committed(line), decimals)),
            committed,
            "right",
            drop=5,
        ),
        Column("locked", "locked to", locked, lambda line: line.locked_until, drop=5),
    ]


_BY_SETTING = frozenset({"per_round", "earnings", "committed"})
"""Columns that show a setting, which others tell than a model's positions alone."""


def per_round(line: StakeLine, totals: ModelTotals | None) -> NMR | None:
    """What each new round takes, by the most trusted source there is."""
    setting = totals.setting if totals is not None else None
    return setting.per_round if setting is not None and setting.per_round else line.per_round


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


def _requested(line: StakeLine) -> NMR | None:
    if line.pending is None or line.after is None or line.staked is None:
        return None
    return line.after - line.staked


def due(line: StakeLine) -> datetime | None:
    return line.pending.due if line.pending else None


def _date(at: datetime | None, dates: Dates, style: Meaning) -> Cell:
    return Cell(dates.moment(at), "muted" if at is None else style)


def _earnings(line: StakeLine, totals: ModelTotals | None) -> Cell:
    setting = totals.setting if totals is not None else None
    mode: StakeMode | None = (setting.mode if setting is not None else None) or line.mode
    if setting is not None and setting.enabled is False:
        return Cell(f"{mode.value}, off" if mode else "off", "burn")
    if mode is not None:
        return Cell(mode.value, "muted")
    words = {None: ABSENT, True: "paid out", False: "compound"}
    return Cell(words[line.take_profit], "" if line.take_profit else "muted")


def _locked(line: StakeLine) -> Meaning:
    return "locked" if line.system is System.ATOMIC and line.locked_until else "muted"


def totals(
    lines: list[StakeLine],
    decimals: int,
    holdings: Holdings = _NONE,
    missing: MissingFacts = NOTHING_MISSING,
) -> dict[str, Cell | str]:
    """The sums under the table, with the sign of what they lack.

    What a round takes of an atomic model is no stake, so “next round” has a sum only where it
    means one of both.
    """

    def total(key: str, value: Callable[[StakeLine], NMR | None]) -> Cell:
        parts = (aged(value(line), _gap(line, key, missing)) for line in lines)
        return sum_cell(Sum.of(parts), decimals)

    atomic = [line for line in lines if line.system is System.ATOMIC]
    each = (_each(line, holdings.get(line.model_id), missing) for line in atomic)
    next_round = {"next": total("next", lambda line: line.next_round)}
    return {
        "model": count(len(lines), "model"),
        "staked": total("staked", lambda line: line.staked),
        "projected": total("projected", lambda line: _projected(line, missing)),
        "per_round": sum_cell(Sum.of(each), decimals),
        **(next_round if len({line.system for line in lines}) == 1 else {}),
    }


def _projected(line: StakeLine, missing: MissingFacts) -> NMR | None:
    """Without a projection of its own a stake counts as it stands."""
    untold = line.projected is None and _gap(line, "projected", missing) is not None
    return None if untold else line.projected or line.staked


def _each(line: StakeLine, totals: ModelTotals | None, missing: MissingFacts) -> Part:
    """What a round takes: nothing of a model that is disabled or has no open position, unless it is
    not told."""
    setting = totals.setting if totals is not None else None
    by_another = setting is not None and setting.origin is not Origin.POSITIONS
    if setting is not None and setting.enabled is False:
        return Part(ZERO)
    gap = None if by_another else _gap(line, "per_round", missing)
    each = per_round(line, totals)
    if each is None and gap is None and line.next_round is not None:
        return Part(ZERO)
    return aged(each, gap)
