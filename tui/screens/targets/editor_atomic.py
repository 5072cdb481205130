"""What the editor of targets shows where stakes are set per round: per-round stakes and modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from ledger.domain.model import System
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.holding import ModelTotals
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Step
from ledger.domain.targets.target import split_mode
from tui.format import ABSENT, UNKNOWN, exact, nmr
from tui.screens.targets.editor_columns import (
    TYPED_WIDTH,
    difference_cell,
    model_cell,
    typed_cell,
    way,
)
from tui.widgets.missing import STAKED, figure, worst
from tui.widgets.tables.grid import Cell, Column

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.account.strategies import StrategyBook
    from ledger.domain.model import Tournament

HINT = "Type a target: 0.5/r per round · 40 in all · 25% · +3 · -2.5 · max · drain"

Part = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class PerRound:
    """What stands behind an atomic tournament's targets.

    ``rounds`` is R; ``totals`` by model id; ``complete`` says by when present settings are held by
    all rounds.
    """

    rounds: int
    totals: Mapping[str, ModelTotals]
    complete: Mapping[str, datetime]

    def now(self, line: AllocationLine) -> NMR | None:
        """The present per-round stake; zero where the model is disabled."""
        totals = self.totals.get(line.model_id)
        if totals is None or totals.setting is None:
            return None
        return ZERO if totals.setting.enabled is False else totals.setting.per_round

    def mode(self, line: AllocationLine) -> StakeMode | None:
        """The present mode."""
        totals = self.totals.get(line.model_id)
        return totals.setting.mode if totals is not None and totals.setting is not None else None

    def target_per_round(self, line: AllocationLine, report: Allocation) -> NMR | None:
        """The per-round stake the target comes to; ``None`` without one."""
        if line.target is None:
            return None
        step = step_of(report, line)
        if step is not None and step.setting is not None:
            return step.setting.per_round if step.setting.enabled else ZERO
        return NMR.from_wei(line.target.wei // self.rounds)

    def switched(self, line: AllocationLine) -> StakeMode:
        """The mode that is not the one wanted now."""
        mode = split_mode(line.text)[1] or self.mode(line)
        return StakeMode.COMPOUND if mode is StakeMode.CONSTANT else StakeMode.CONSTANT


def read_per_round(atomic: StrategyBook, tournament: Tournament) -> PerRound:
    """Read it from the ledger; call it in a thread."""
    (held,) = atomic.positions(tournament).tournaments
    totals = {model.model_id: model.totals for model in held.models}
    return PerRound(held.rounds, totals, atomic.ramps(tournament))


def step_of(report: Allocation, line: AllocationLine) -> Step | None:
    """The step of the plan that sets this model, if there is one."""
    return next((step for step in report.plan.steps if step.model.id == line.model_id), None)


def columns(report: Allocation, settings: PerRound, decimals: int) -> list[Column[AllocationLine]]:
    """The table's columns, amounts with ``decimals``; narrow screens leave totals out first."""

    def amount(in_nmr: NMR | None) -> Cell:
        return Cell(ABSENT, "muted") if in_nmr is None else Cell(nmr(in_nmr, decimals))

    def current(line: AllocationLine) -> Cell:
        gap = worst(report.missing, line.model_id, *STAKED[System.ATOMIC])
        return figure(amount(line.current or None), gap, line.current)

    def wanted(line: AllocationLine) -> Cell:
        in_nmr = settings.target_per_round(line, report)
        if in_nmr is None:
            return Cell(ABSENT, "muted")
        now = settings.now(line)
        return Cell(nmr(in_nmr, decimals), "muted" if in_nmr == now else "strong")

    return [
        Column("model", "  model", model_cell, lambda line: line.name, fixed=True),
        Column(
            "current",
            "locked",
            current,
            lambda line: line.current,
            "right",
            drop=5,
        ),
        Column("now", "per round", lambda line: amount(settings.now(line)), settings.now, "right"),
        Column("mode", "mode", lambda line: _mode(line, settings), drop=2, width=10),
        Column("typed", "target", typed_cell, lambda line: line.text or None, width=TYPED_WIDTH),
        Column(
            "wanted",
            "becomes",
            wanted,
            lambda line: settings.target_per_round(line, report),
            "right",
        ),
        Column(
            "target",
            "in all",
            lambda line: amount(line.target),
            lambda line: line.target,
            "right",
            drop=1,
        ),
        Column(
            "difference",
            "difference",
            lambda line: difference_cell(line, decimals),
            lambda line: line.difference,
            "right",
            drop=4,
        ),
        Column("way", "how", way, lambda line: line.complete, width=22, drop=3),
    ]


def _mode(line: AllocationLine, settings: PerRound) -> Cell:
    present, becomes = settings.mode(line), split_mode(line.text)[1]
    if becomes is not None and becomes is not present:
        return Cell(f"→ {becomes.value}"[:10], "pending")
    return Cell(present.value if present is not None else "?", "muted")


def totals(report: Allocation, settings: PerRound, decimals: int) -> dict[str, Cell | str]:
    """What all models take per round now and as wanted, shown or not."""
    lines = report.lines
    now = [settings.now(line) or ZERO for line in lines]
    becomes = [
        settings.target_per_round(line, report) or (ZERO if line.target is not None else present)
        for line, present in zip(lines, now, strict=True)
    ]
    return {
        "now": nmr(NMR.total(now), decimals),
        "wanted": nmr(NMR.total(becomes), decimals),
        "mode": f"× {settings.rounds}",
    }


def about(line: AllocationLine, report: Allocation, settings: PerRound) -> Content:
    """The row marked: what it stakes per round, what that commits, what the target changes."""
    from tui.screens.stakes.strategy_words import commits

    parts: list[Part] = [(said(line.name), "bold")]
    if line.locked:
        parts.append((" · locked: weights leave it alone", "$secondary"))
    parts.append("\n")
    now, step = settings.now(line), step_of(report, line)
    if line.uncertain:
        parts.append((f"{UNKNOWN} {line.uncertain}", "$warning"))
    elif line.problem or line.blocked:
        parts.append((f"✗ {line.problem or line.blocked}", "$warning"))
    elif step is not None:
        parts.append(step.reason)
    elif line.text:
        parts.append(f"Stays as it is: {line.way or 'the setting is what the target asks for'}.")
    elif now:
        held = settings.totals[line.model_id]
        complete = settings.complete.get(line.model_id)
        total = held.committed if held.committed is not None else now.times(settings.rounds)
        parts.append(f"Stays at {commits(now, settings.rounds, total, complete)}.")
    elif now is None:
        parts.append(
            "What it stakes per round is not known. A target together with a mode (M) sets both."
        )
    else:
        locked = UNKNOWN if line.current is None else exact(line.current)
        parts.append(f"Disabled; {locked} NMR still in positions.")
    return Content.assemble(*parts)
