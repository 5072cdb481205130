"""What the plan shows: steps, ways around a release, warnings, and the curve of the NMR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from ledger.domain.names import marked, said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.readable import readable
from ledger.domain.stakes.projection import Projection
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.targets.allocation import Allocation
from ledger.domain.targets.plan import Deed, Option, Plan, Shortage, Simulation, Step
from ledger.reports.queue.moved import Order, moved_together
from tui.changes import change_kind
from tui.format import ABSENT, UNKNOWN, Dates, count, moment, nmr, number
from tui.widgets.charts.plot import Curve
from tui.widgets.line import Group
from tui.widgets.tables.grid import Cell, Column


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with the offers ``taken``, and what carrying it out does: to the account by its
    ``simulation``, or on atomic staking to the allocation strategy by its ``projection``."""

    allocation: Allocation
    plan: Plan
    simulation: Simulation | None = None
    projection: Projection | None = None

    @property
    def taken(self) -> frozenset[Deed]:
        """The offers that are steps of the plan."""
        offered = {step.deed for step in self.allocation.plan.offers}
        return frozenset(offered - {step.deed for step in self.plan.offers})

    @property
    def rows(self) -> list[PlanRow]:
        """The steps with their numbers, from 1, then what is only offered."""
        taken = self.taken
        steps = [
            PlanRow(str(index), step, taken=step.deed in taken)
            for index, step in enumerate(self.plan.steps, 1)
        ]
        return steps + [PlanRow(OFFERED, step) for step in self.plan.offers]


OFFERED = "+"
"""Stands where a step has its number."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of the table. ``taken``: a step that nobody asked for, taken from the offers."""

    number: str
    step: Step
    taken: bool = False

    @property
    def offered(self) -> bool:
        """Whether it is no part of the plan."""
        return self.number == OFFERED


def dates_of(view: PlanView, now: datetime) -> Dates:
    """The style of all dates on a plan's page."""
    steps = (row.step for row in view.rows)
    return Dates.of([at for step in steps for at in (step.earliest, step.effect)], now)


def columns(decimals: int, dates: Dates) -> list[Column[PlanRow]]:
    """The table's columns, amounts with ``decimals``."""
    return [
        Column("number", "#", lambda row: Cell(row.number, "muted"), None, "right"),
        Column("earliest", "goes out", lambda row: _earliest(row, dates)),
        Column("change", "change", lambda row: change_kind(row.step.kind)),
        Column("nmr", "NMR", lambda row: moved(row.step), None, "right"),
        Column("model", "model", lambda row: marked(row.step.model.name)),
        Column("effect", "effect", lambda row: dates.moment(row.step.effect)),
        Column("waits", "waits for", lambda row: _waits(row, decimals, dates), drop=1),
    ]


def moved(step: Step) -> str:
    """The amount of a step, exact as it will be sent; for a setting what it is set to:
    ``0.5/r constant``, ``off``."""
    if step.setting is None:
        return ABSENT if step.nmr is None else str(step.nmr)
    if not step.setting.enabled:
        return "off"
    return f"{step.setting.per_round}/r {step.setting.mode.value}"


def _from_to(step: Step) -> str:
    """A setting before and after, exact: `` from 3.26/r constant to 0.5/r constant``."""
    if step.setting is None:
        return ""
    before = "" if step.base is None else f" from {_exactly(step.base)}"
    return f"{before} to {_exactly(step.setting)}"


def _exactly(setting: ModelSetting) -> str:
    off = "" if setting.enabled else " (off)"
    return f"{setting.per_round} NMR per round {setting.mode.value}{off}"


def _earliest(row: PlanRow, dates: Dates) -> Cell:
    if row.offered:
        return Cell("offered", "muted")
    step = row.step
    return (
        Cell("now", "strong") if step.earliest <= dates.now else Cell(dates.moment(step.earliest))
    )


def _waits(row: PlanRow, decimals: int, dates: Dates) -> Cell:
    if row.offered or row.taken:
        return Cell("space takes it" if row.offered else "you took it", "muted")
    words = ", ".join(waits_for(row.step, decimals, dates))
    return Cell(words or ABSENT, "pending" if words else "muted")


def waits_for(step: Step, decimals: int, dates: Dates) -> Iterable[str]:
    """The conditions of a step, a few words each."""
    conditions = step.conditions
    if conditions.not_before is not None:
        yield dates.moment(conditions.not_before)
    if conditions.not_before_round is not None:
        yield f"round {conditions.not_before_round}"
    if step.after_step is not None:
        yield f"step {step.after_step + 1}"
    if conditions.after_change is not None:
        yield f"change {conditions.after_change}"
    if conditions.when_release_gone:
        yield "the release"
    if conditions.when_free is not None:
        yield f"{nmr(conditions.when_free, decimals)} free"


def summary(view: PlanView, decimals: int, dates: Dates) -> tuple[Group, ...]:
    """How many steps there are, when they are complete, and what is lacking."""
    plan = view.plan
    untold = left_out(view.allocation)
    if not plan.steps and not untold:
        return ((0, ((" Nothing has to be changed.", "muted"),)),)
    groups: list[Group] = [(0, ((f" {count(len(plan.steps), 'step')}", "strong"),))]
    if plan.complete is None and plan.steps:
        groups.append((0, (("not all can be reached", "burn"),)))
    elif plan.steps:
        groups.append((0, (("complete ", "muted"), (dates.moment(plan.complete), "strong"))))
    if plan.missing:
        groups.append((1, (("missing ", "muted"), (f"{nmr(plan.missing, decimals)} NMR", "burn"))))
    lacking = NMR.total(shortage.nmr for shortage in plan.shortages)
    if lacking:
        amount = f"{nmr(lacking, decimals)} NMR"
        groups.append((2, (("short before ", "muted"), (amount, "pending"))))
    if plan.replaces:
        groups.append((2, ((f"replaces {_numbers(plan.replaces)}", "pending"),)))
    if plan.warnings:
        groups.append((3, ((f"! {count(len(plan.warnings), 'warning')}", "pending"),)))
    if untold:
        groups.append((1, ((f"{UNKNOWN} {count(len(untold), 'model')} left out", "burn"),)))
    if view.allocation.problems:
        groups.append((1, ((f"✗ {count(len(view.allocation.problems), 'problem')}", "burn"),)))
    return tuple(groups)


def left_out(allocation: Allocation) -> tuple[str, ...]:
    """Why nothing is planned for models that have a target, where Numerai does not tell."""
    lines = (line.uncertain for line in allocation.lines if line.text and line.uncertain)
    return tuple(lines) or allocation.plan.left_out


def _numbers(changes: tuple[int, ...]) -> str:
    listed = ", ".join(str(change_id) for change_id in changes)
    return f"{'change' if len(changes) == 1 else 'changes'} {listed}"


def about(view: PlanView, row: PlanRow | None, decimals: int, dates: Dates) -> Content:
    """The step marked: why it is there, and what else could be done; then what to beware of."""
    lines: list[Content] = []
    if row is not None:
        waits = ", ".join(waits_for(row.step, decimals, dates))
        waiting = f" Waits for {waits}." if waits else ""
        number = "Offered: " if row.offered else f"{row.number}. "
        lines.append(Content.assemble((number, "bold"), row.step.reason, (waiting, "$accent")))
        lines += [_option(option, dates) for option in view.plan.ways(row.step.model.id)]
    lines += _objections(view, decimals, dates)
    return Content("\n").join(lines)


def shortages(plan: Plan, decimals: int, dates: Dates) -> list[str]:
    """What settings lacked before the targets, in full sentences."""
    offered = {step.model.tournament for step in plan.offers if step.kind is ChangeKind.DEPOSIT}
    return [
        f"{entry.tournament.label}'s settings lacked idle NMR before this plan: "
        f"{nmr(entry.nmr, decimals)} NMR{_first_unpaid(entry, dates)}."
        + (" A deposit is offered." if entry.tournament in offered else "")
        for entry in plan.shortages
    ]


def _first_unpaid(entry: Shortage, dates: Dates) -> str:
    if entry.round is None or entry.at is None:
        return ""
    return f", first in round {entry.round}, {dates.moment(entry.at)}"


def _objections(view: PlanView, decimals: int, dates: Dates) -> list[Content]:
    objections = [f"✗ {problem}" for problem in view.allocation.problems]
    objections += [
        f"✗ {said(outlook.model.name)}: {outlook.blocked}"
        for outlook in view.plan.outlooks
        if outlook.blocked
    ]
    objections += [f"{UNKNOWN} {sentence}" for sentence in left_out(view.allocation)]
    lines = [Content.styled(text, "$warning") for text in objections]
    warnings = (readable(text, decimals) for text in view.plan.warnings)
    beware = (*warnings, *shortages(view.plan, decimals, dates))
    return lines + [Content.styled(f"! {text}", "$accent") for text in beware]


def _option(option: Option, dates: Dates) -> Content:
    sign, style = ("✓", "") if option.chosen else ("·", "$muted")
    days = f"{number(option.days, 1)} days"
    cost = f"{days} per NMR, all of it {dates.moment(option.complete)}"
    why = f", taken as {why_taken(option)}" if option.chosen else ""
    why = why or (", the cheapest" if option.cheapest else "")
    return Content.styled(f"{sign} {option.kind.value}{why}: {option.sentence} ({cost})", style)


def why_taken(option: Option) -> str:
    """Why the option that is taken is, in words."""
    if not option.asked:
        return "the cheapest"
    return "your choice and the cheapest" if option.cheapest else "your choice"


def in_words(view: PlanView, decimals: int, dates: Dates) -> Content:
    """The whole plan as text."""
    blocks: list[Content] = []
    for row in view.rows:
        step = row.step
        amount = _from_to(step) if step.nmr is None else f" {step.nmr} NMR"
        waits = ", ".join(waits_for(step, decimals, dates))
        number = "Offered, not taken:" if row.offered else f"{row.number}."
        head = f"{number} {change_kind(step.kind)}{amount} · {said(step.model.name)}\n"
        when = "now" if step.earliest <= dates.now else dates.moment(step.earliest)
        times = f"goes out {when}, effect {dates.moment(step.effect)}"
        waiting = f", waits for {waits}" if waits else ""
        blocks.append(
            Content.assemble((head, "bold"), (f"   {times}{waiting}\n", "$muted"), step.reason)
        )
    if view.plan.options:
        blocks.append(Content("\n").join(_option(option, dates) for option in view.plan.options))
    blocks += _objections(view, decimals, dates)
    return Content("\n\n").join(blocks or [Content("Nothing has to be changed.")])


def amounts_moved(plan: Plan) -> str:
    """What the steps move together, in a few words, exact."""
    return moved_together(Order(step.kind, step.nmr, step.model.name) for step in plan.steps)


def curve(simulation: Simulation, model_id: str | None, now: datetime) -> Curve | None:
    """Free NMR, or one model's stake, round by round; ``None`` when that is not known."""
    points = [
        point
        for index, point in enumerate(simulation.points)
        if not index or point.round is not None
    ]
    values: tuple[NMR, ...]
    if model_id is None:
        values = tuple(point.free for point in points if point.free is not None)
        if len(values) < len(points):
            return None
    else:
        values = tuple(
            next((model.staked for model in point.models if model.model_id == model_id), ZERO)
            for point in points
        )
    first, last = (moment(point.at, now) for point in (points[0], points[-1]))
    drawn = tuple(value.amount for value in values)
    return Curve(drawn, drawn, first, last)
