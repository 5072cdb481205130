"""What the editor of targets shows: columns, sums, the balance, the row marked in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.knowledge import Fact
from ledger.domain.model import System
from ledger.domain.names import cells, marked, said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import PendingKind
from ledger.domain.sums import Sum
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Option
from ledger.domain.targets.target import split_mode
from tui.format import ABSENT, OLD, UNKNOWN, count, exact, moment, nmr, pending
from tui.screens.targets.plan_columns import left_out, why_taken
from tui.theme import Meaning
from tui.widgets.missing import UNKNOWN_CELL, aged, figure, sum_cell, sum_text, worst
from tui.widgets.tables.columns import GUTTER
from tui.widgets.tables.grid import Cell, Column

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
            in_nmr = value(line)
            plain = Cell(nmr(in_nmr, decimals)) if in_nmr is not None else Cell(ABSENT, "muted")
            gap = worst(report.missing, line.model_id, *RESTING.get(key, ()))
            return figure(plain, gap, in_nmr)

        return Column(key, label, cell, value, "right", drop=drop, width=room)

    def asked(line: AllocationLine) -> Cell:
        return figure(_pending(line, decimals), worst(report.missing, line.model_id, Fact.PENDING))

    return [
        Column("model", "  model", model_cell, lambda line: line.name, fixed=True),
        amount("current", "staked", lambda line: line.current, drop=3),
        Column(
            "pending",
            "pending",
            asked,
            _moving,
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


def _moving(line: AllocationLine) -> NMR | None:
    if line.pending is None or line.effective is None or line.current is None:
        return None
    return line.effective - line.current


RESTING = {
    "current": (Fact.STAKE,),
    "effective": (Fact.STAKE, Fact.PENDING),
}
"""What a column's figures are known by."""


def _amount_width(report: Allocation, decimals: int) -> int:
    funds = report.balance
    most = max(funds.targets, funds.current + (funds.wallet or ZERO) + funds.releasing)
    signs = len(OLD) if report.missing else 0
    return max(len("in NMR"), len(nmr(most, decimals)) + signs)


def _way_width(report: Allocation, room: int, width: int) -> int:
    """What the columns that are never left out leave of ``width``, if not too little."""
    names = max((cells(marked(line.name)) + 2 for line in report.lines), default=0)
    others = (names, room, TYPED_WIDTH, room, max(room + 1, len("difference")))
    left = width - sum(others) - 2 * len(others) - GUTTER - 1
    if left >= LONGEST_WAY:
        left -= 2 * room + 3 + 2 * 2
    return max(SHORTEST_WAY, min(left, LONGEST_WAY))


def model_cell(line: AllocationLine) -> Cell:
    """The model's name, with the mark of one that weights leave alone."""
    return Cell(parts=((LOCKED if line.locked else " ", "locked"), (f" {marked(line.name)}", "")))


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
    if moved is None:
        return UNKNOWN_CELL
    if not moved:
        return Cell(ABSENT, "muted")
    return Cell(nmr(moved, decimals, signed=True), "gain" if moved > ZERO else "burn")


def way(line: AllocationLine) -> Cell:
    """What it takes, or what is in the way."""
    trouble = bool(line.problem or line.blocked or line.missing or line.uncertain)
    text = line.problem or line.way
    style: Meaning = "burn" if trouble else "muted"
    return Cell(text or ABSENT, style)


def totals(report: Allocation, decimals: int) -> dict[str, Cell | str]:
    """The sums under the table, over all models whether shown or not."""
    current = Sum.of(
        aged(line.current, worst(report.missing, line.model_id, *RESTING["current"]))
        for line in report.lines
    )
    moved = Sum.of(line.difference for line in report.lines)
    return {
        "model": f"  {count(len(report.lines), 'model')}",
        "current": sum_cell(current, decimals),
        "effective": sum_cell(report.current, decimals),
        "target": sum_cell(report.targets, decimals),
        "difference": sum_cell(moved, decimals, signed=True)
        if moved.known or not moved.sure
        else ABSENT,
    }


_THERE = {
    System.CONTINUOUS: ("stakes", "Numerai wallet"),
    System.ATOMIC: ("stakes by present settings", "free beside them"),
}
"""What the two sides of the present are called. Where stakes are set round by round they count as
they will be, so that what is free beside them may be less than nothing: that much is not funded."""


def balance(report: Allocation, decimals: int) -> Content:
    """What there is, and where it is going: both lines add up to the same, to the wei."""
    funds = report.balance

    def term(label: str, text: str, style: str = "") -> list[Part]:
        return [(f"{label} ", "$muted"), (text, style)]

    stakes, free = _THERE[report.system]
    wallet = aged(funds.wallet, report.missing.of(Fact.WALLET))
    there = [
        term(stakes, sum_text(report.current, decimals)),
        term(free, sum_text(Sum.of([wallet]), decimals)),
    ]
    if funds.releasing:
        there.append(term("releasing", nmr(funds.releasing, decimals)))
    going = [term("targets", sum_text(report.targets, decimals), "bold")]
    if report.elsewhere:
        going.append(term("elsewhere", nmr(report.elsewhere, decimals)))
    short = funds.left is not None and funds.left < ZERO
    left = UNKNOWN if funds.left is None else nmr(funds.left, decimals)
    going.append(term("too much" if short else "left", left, "$warning" if short else ""))
    whole = report.current + Sum.of([wallet, funds.releasing])
    together = sum_text(whole, decimals)
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
    untold = left_out(report)
    if untold:
        more = len(untold) - 1
        also = f" And {count(more, 'model')} more." if more else ""
        return Content.styled(f"{UNKNOWN} {untold[0]}{also}", "$warning")
    if not report.edited:
        return Content.styled("No target is set: every stake stays as it is.", "$muted")
    return Content.assemble(*_enough(report, decimals, now), " ", _finish(report, now))


def _enough(report: Allocation, decimals: int, now: datetime) -> Sequence[Part]:
    funds = report.balance
    if funds.missing is None or funds.missing_now is None:
        untold = "Whether there is enough is not known: the Numerai wallet is not told."
        return [(f"? {untold}", "$accent")]
    lacking = max(ZERO, -funds.before) if funds.before is not None else ZERO
    if funds.missing and funds.missing <= lacking:
        before = f"! {nmr(lacking, decimals)} NMR were lacking before"
        now_lacking = f", {nmr(funds.missing, decimals)} with these targets."
        return [(before + now_lacking, "$accent")]
    if funds.missing:
        text = f"✗ {nmr(funds.missing, decimals)} NMR more than there is"
        text += f", {nmr(lacking, decimals)} of it before." if lacking else "."
        return [(text, "bold $warning"), " Lower a target."]
    if funds.missing_now:
        when = f"free from {moment(funds.covered, now)}" if funds.covered else "never free"
        return [(f"! {nmr(funds.missing_now, decimals)} NMR is missing now, {when}.", "$accent")]
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
    parts: list[Part] = [(said(line.name), "bold")]
    if line.locked:
        parts.append((" · locked: weights leave it alone", "$secondary"))
    if line.pending is not None and line.pending.due is not None:
        asked = pending(line.pending.kind, line.pending.amount, 3)
        parts.append((f" · {asked} pending change, done {moment(line.pending.due, now)}", "$muted"))
    parts += [(f" · {way.kind.value}: {why_taken(way)}", "$muted") for way in ways if way.chosen]
    parts.append("\n")
    if line.problem:
        parts.append((f"✗ {line.problem}", "$warning"))
    elif line.uncertain:
        parts.append((f"{UNKNOWN} {line.uncertain}", "$warning"))
    elif line.blocked:
        parts.append((f"✗ {line.blocked}", "$warning"))
    elif not line.difference:
        parts.append(f"Stays at {_exactly(line.effective)} NMR.")
    else:
        steps = f"From {_exactly(line.effective)} to {_exactly(line.eventual)} NMR"
        parts.append(f"{steps}: {line.way}.")
    return Content.assemble(*parts)


def _exactly(amount: NMR | None) -> str:
    return UNKNOWN if amount is None else exact(amount)
