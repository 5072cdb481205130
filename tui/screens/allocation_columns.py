"""What the editor of targets shows: columns, sums, the balance, the row marked in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.allocation import Allocation, AllocationLine
from ledger.domain.model import System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.plan import Option
from ledger.domain.stake import PendingKind
from ledger.domain.target import split_mode
from tui.format import ABSENT, count, exact, moment, nmr, pending
from tui.screens.plan_columns import why_taken
from tui.theme import Meaning
from tui.widgets.columns import GUTTER
from tui.widgets.grid import Cell, Column

LOCKED = "L"
"""Stands beside a model that weights leave alone."""

TYPED_WIDTH = 8

Part = str | tuple[str, str]


SHORTEST_WAY, LONGEST_WAY = 11, 34
"""Cells for what it takes: a date at least, at most the longest words."""


def columns(report: Allocation, decimals: int, width: int) -> list[Column[AllocationLine]]:
    """The table's columns for ``width`` cells, amounts with ``decimals``.

    They are as wide as any amount of the account may become, so that an edit moves nothing.
    """
    room = _amount_width(report, decimals)

    def amount(
        key: str, label: str, value: Callable[[AllocationLine], NMR | None], drop: int = 0
    ) -> Column[AllocationLine]:
        def cell(line: AllocationLine) -> Cell:
            found = value(line)
            return Cell(nmr(found, decimals)) if found is not None else Cell(ABSENT, "muted")

        return Column(key, label, cell, value, "right", drop=drop, width=room)

    return [
        Column("model", "  model", model_cell, lambda line: line.name, fixed=True),
        amount("current", "staked", lambda line: line.current, drop=3),
        Column(
            "pending",
            "pending",
            lambda line: _pending(line, decimals),
            lambda line: line.effective - line.current if line.pending else None,
            "right",
            drop=2,
        ),
        amount("effective", "after", lambda line: line.effective),
        Column("typed", "target", typed_cell, lambda line: line.text or None, width=TYPED_WIDTH),
        amount("target", "in NMR", lambda line: line.target),
        Column(
            "difference",
            "difference",
            lambda line: difference_cell(line, decimals),
            lambda line: line.difference,
            "right",
            width=room + 1,
        ),
        Column(
            "way", "how", way, lambda line: line.complete, width=_way_width(report, room, width)
        ),
    ]


def _amount_width(report: Allocation, decimals: int) -> int:
    found = report.balance
    most = max(found.targets, found.current + found.wallet + found.releasing)
    return max(len("in NMR"), len(nmr(most, decimals)))


def _way_width(report: Allocation, room: int, width: int) -> int:
    """What the columns that are never left out leave of ``width``, if not too little."""
    names = max((len(line.name) + 2 for line in report.lines), default=0)
    others = (names, room, TYPED_WIDTH, room, max(room + 1, len("difference")))
    left = width - sum(others) - 2 * len(others) - GUTTER - 1
    if left >= LONGEST_WAY:
        left -= 2 * room + 3 + 2 * 2
    return max(SHORTEST_WAY, min(left, LONGEST_WAY))


def model_cell(line: AllocationLine) -> Cell:
    """The model's name, with the mark of one that weights leave alone."""
    return Cell(parts=((LOCKED if line.locked else " ", "locked"), (f" {line.name}", "")))


def _pending(line: AllocationLine, decimals: int) -> Cell:
    if line.pending is None:
        return Cell(ABSENT, "muted")
    sign = "▲" if line.pending.kind is PendingKind.INCREASE else "▼"
    return Cell(f"{sign} {pending(line.pending.kind, line.pending.amount, decimals)}", "pending")


def typed_cell(line: AllocationLine) -> Cell:
    """The target as typed."""
    if line.problem:
        return Cell(f"✗ {line.text}", "burn")
    text = split_mode(line.text)[0]
    return Cell(text or ABSENT, "strong" if text else "muted")


def difference_cell(line: AllocationLine, decimals: int) -> Cell:
    """How much more or less the target is."""
    moved = line.difference
    if not moved:
        return Cell(ABSENT, "muted")
    return Cell(nmr(moved, decimals, signed=True), "gain" if moved > ZERO else "burn")


def way(line: AllocationLine) -> Cell:
    """What it takes, or what is in the way."""
    trouble = bool(line.problem or line.blocked or line.missing)
    text = line.problem or line.way
    style: Meaning = "burn" if trouble else "muted"
    return Cell(text or ABSENT, style)


def totals(report: Allocation, decimals: int) -> dict[str, Cell | str]:
    """The sums under the table, over all models whether shown or not."""
    current = NMR.total(line.current for line in report.lines)
    moved = report.targets - report.current
    return {
        "model": f"  {count(len(report.lines), 'model')}",
        "current": nmr(current, decimals),
        "effective": nmr(report.current, decimals),
        "target": nmr(report.targets, decimals),
        "difference": nmr(moved, decimals, signed=True) if moved else ABSENT,
    }


_THERE = {
    System.CONTINUOUS: ("stakes", "wallet"),
    System.ATOMIC: ("stakes by present settings", "free beside them"),
}
"""What the two sides of the present are called. Where stakes are set round by round they count as
they will be, so that what is free beside them may be less than nothing: that much is not funded."""


def balance(report: Allocation, decimals: int) -> Content:
    """What there is, and where it is going: both lines add up to the same, to the wei."""
    found = report.balance

    def term(label: str, amount: NMR, style: str = "") -> list[Part]:
        return [(f"{label} ", "$muted"), (nmr(amount, decimals), style)]

    stakes, free = _THERE[report.system]
    there = [term(stakes, report.current), term(free, found.wallet)]
    if found.releasing:
        there.append(term("releasing", found.releasing))
    going = [term("targets", report.targets, "bold")]
    if report.elsewhere:
        going.append(term("elsewhere", report.elsewhere))
    short = found.left < ZERO
    going.append(term("too much" if short else "left", found.left, "$warning" if short else ""))
    together = nmr(report.current + found.wallet + found.releasing, decimals)
    return Content("\n").join(_sum(terms, together) for terms in (there, going))


def _sum(terms: Sequence[Sequence[Part]], together: str) -> Content:
    plus: Part = (" + ", "$muted")
    parts = [part for term in terms for part in (plus, *term)][1:]
    return Content.assemble(*parts, (" = ", "$muted"), together)


def verdict(report: Allocation, decimals: int, now: datetime) -> Content:
    """Whether there is enough, and when the plan is complete."""
    if report.problems:
        more = len(report.problems) - 1
        also = f" And {count(more, 'problem')} more." if more else ""
        return Content.styled(f"✗ {report.problems[0]}{also}", "$warning")
    if not report.edited:
        return Content.styled("No target is set: every stake stays as it is.", "$muted")
    return Content.assemble(*_enough(report, decimals, now), " ", _finish(report, now))


def _enough(report: Allocation, decimals: int, now: datetime) -> Sequence[Part]:
    found = report.balance
    if found.missing:
        text = f"✗ {nmr(found.missing, decimals)} NMR more than there is."
        return [(text, "bold $warning"), " Lower a target."]
    if found.missing_now:
        when = f"free from {moment(found.covered, now)}" if found.covered else "never free"
        return [(f"! {nmr(found.missing_now, decimals)} NMR is missing now, {when}.", "$accent")]
    return ["✓ There is enough."]


def _finish(report: Allocation, now: datetime) -> Part:
    plan = report.plan
    if not plan.steps:
        return ("Nothing has to be changed.", "$muted")
    steps = count(len(plan.steps), "step")
    if plan.complete is None:
        return (f"{steps}, not all can be reached.", "$muted")
    return (f"{steps}, complete {moment(plan.complete, now)}.", "$muted")


def about(line: AllocationLine, ways: Sequence[Option], now: datetime) -> Content:
    """The row marked: what it wants, what it takes to get there, and by which of the ``ways``."""
    parts: list[Part] = [(line.name, "bold")]
    if line.locked:
        parts.append((" · locked: weights leave it alone", "$secondary"))
    if line.pending is not None and line.pending.due is not None:
        asked = pending(line.pending.kind, line.pending.amount, 3)
        parts.append((f" · {asked} pending, done {moment(line.pending.due, now)}", "$muted"))
    parts += [(f" · {way.kind.value}: {why_taken(way)}", "$muted") for way in ways if way.chosen]
    parts.append("\n")
    if line.problem:
        parts.append((f"✗ {line.problem}", "$warning"))
    elif line.blocked:
        parts.append((f"✗ {line.blocked}", "$warning"))
    elif not line.difference:
        parts.append(f"Stays at {exact(line.effective)} NMR.")
    else:
        parts.append(f"From {exact(line.effective)} to {exact(line.wanted)} NMR: {line.way}.")
    return Content.assemble(*parts)
