"""A payout policy in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from ledger.domain.names import said, shorten
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    WALLET,
    BurnRule,
    Destination,
    DestinationKind,
    Policy,
    PolicyRow,
    PolicyVersion,
    Replay,
)
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.plan import Step
from ledger.reports.policy.matrix import PolicyReport
from tui.changes import change_kind
from tui.format import count, exact, nmr, stamp
from tui.screens.targets.plan_columns import moved

MOST_NAMED = 6
"""Models named of those a kind of change is for."""

BURNS = {
    BurnRule.CARRY: "Burns stay with their source, and its later payouts make up for them first.",
    BurnRule.SHARE: "Burns are split by the same percentages.",
}


def share(percent: Decimal) -> str:
    """``25%``, ``12.5%``."""
    return f"{percent.normalize():f}%"


def names_of(report: PolicyReport) -> Mapping[Destination, str]:
    """What destinations are called."""
    return {column.destination: column.name for column in report.columns}


def called(place: Destination, names: Mapping[Destination, str]) -> str:
    """A destination in a sentence; a model that is gone goes by its id."""
    if place == ITSELF:
        return "itself"
    if place == WALLET:
        return "the Numerai wallet"
    name = names.get(place, place.name)
    return f"the pool “{name}”" if place.kind is DestinationKind.POOL else said(name)


def row_words(row: PolicyRow, names: Mapping[Destination, str]) -> str:
    """``All others: 25% to the wallet, 50% to itself.``"""
    own = Destination(DestinationKind.MODEL, row.source or "")
    whose = "All others" if row.source is None else called(own, names)
    routes = ", ".join(f"{share(part)} to {called(place, names)}" for place, part in _ordered(row))
    return f"{whose}: {routes}."


def _ordered(row: PolicyRow) -> list[tuple[Destination, Decimal]]:
    """What is given away first, what is kept last."""
    return sorted(row.shares.items(), key=lambda item: item[0] == ITSELF)


def rows_words(policy: Policy, names: Mapping[Destination, str]) -> str:
    """Every row in a line of its own, all others last."""
    if not policy.rows:
        return "Every payout stays with the model that earned it."
    lines = [row_words(row, names) for row in policy.rows]
    if policy.row(None) is None:
        lines.append("All others keep theirs.")
    return "\n".join(lines)


def rhythm(policy: Policy) -> str:
    """When accrued amounts become changes and what burns do, in a few words."""
    when = [f"at {exact(policy.threshold)} NMR"] if policy.threshold is not None else []
    when += [f"every {count(policy.every, 'round')}"] if policy.every is not None else []
    burns = "burns carried" if policy.burns is BurnRule.CARRY else "burns shared"
    return f"{' or '.join(when) or 'no changes'}, {burns}"


def occasions(policy: Policy) -> str:
    """When an accrued amount becomes a draft."""
    when = []
    if policy.threshold is not None:
        when.append(f"once it reaches {exact(policy.threshold)} NMR")
    if policy.every is not None:
        when.append(f"whenever {count(policy.every, 'more round')} settled")
    if not when:
        return "Accrued amounts are only added up: neither a threshold nor a schedule is set."
    return f"An accrued amount becomes a draft {', or '.join(when)}."


def drafts(steps: Sequence[Step]) -> str:
    """What would be drafted at once, by kind."""
    if not steps:
        return "It begins without a draft: the next settled rounds bring them, with each sync."
    ordered = sorted(steps, key=lambda step: list(ChangeKind).index(step.kind))
    lines = [
        f"  {change_kind(kind)}: {_named(list(group))}"
        for kind, group in groupby(ordered, key=lambda step: step.kind)
    ]
    return "\n".join([f"It begins with {count(len(steps), 'draft')} in the queue:", *lines])


def _named(steps: Sequence[Step]) -> str:
    words = []
    for step in steps[:MOST_NAMED]:
        amount = moved(step) if step.nmr is not None or step.setting is not None else ""
        words.append(f"{said(step.model.name)} {amount}".rstrip())
    more = len(steps) - MOST_NAMED
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def past(replay: Replay | None, decimals: int) -> str:
    """What the policy would have done, in a sentence."""
    if replay is None or not replay.points:
        return "No round has settled yet, so it could not be tried on the past."
    difference = replay.points[-1].difference
    amount = fine(abs(difference), decimals)
    effect = f"{amount} NMR {'less' if difference < ZERO else 'more'}" if difference else "as much"
    return (
        f"Over the newest {count(len(replay.points), 'settled round')} it would have moved "
        f"{nmr(replay.moved, decimals)} NMR in {count(replay.changes, 'change')}, and payouts "
        f"would have come to {effect}."
    )


def fine(amount: NMR, decimals: int, *, signed: bool = False) -> str:
    """An amount with two digits at least that are not zero, where it has any."""
    digits = -amount.amount.adjusted() + 1 if amount else 0
    return nmr(amount, max(decimals, digits), signed=signed)


def version_words(version: PolicyVersion, names: Mapping[Destination, str]) -> str:
    """One version of the history: what it said, and when it was made."""
    when_made = f"Made {stamp(version.made)} UTC."
    if not version.on:
        return f"Switched off: payouts stay where they are.\n{when_made}"
    policy = version.policy
    return "\n".join([rows_words(policy, names), BURNS[policy.burns], occasions(policy), when_made])


def in_words(report: PolicyReport, state: str) -> str:
    """Everything: the policy, whether it is in force, what accrued, and what waits."""
    names = names_of(report)
    blocks = [
        state[0].upper() + state[1:] + ".",
        rows_words(report.policy, names),
        f"{BURNS[report.policy.burns]} {occasions(report.policy)}",
    ]
    if report.problems:
        blocks.append("\n".join(f"✗ {problem}" for problem in report.problems))
    blocks += ["\n".join(_accrued(report)), "\n".join(_waiting(report))]
    return "\n\n".join(block for block in blocks if block)


def _accrued(report: PolicyReport) -> Iterable[str]:
    rows = [column for column in report.columns if column.accrued or column.open > ZERO]
    if rows:
        yield f"Accrued in NMR, from all sources; together {exact(report.total)}:"
    for column in rows:
        still = f", {exact(column.open)} open" if column.open > ZERO else ""
        yield f"  {shorten(column.name)}: {exact(column.accrued)}{still}"


def _waiting(report: PolicyReport) -> Iterable[str]:
    return (
        ("What waits, and for what:", *(f"  {one}" for one in report.waiting))
        if report.waiting
        else ()
    )
