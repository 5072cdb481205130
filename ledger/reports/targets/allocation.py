"""A tournament's edited targets beside its stakes, and how far their plan gets them."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.model import Model, System
from ledger.domain.names import said
from ledger.domain.nmr import ZERO
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Outlook
from ledger.domain.targets.target import TargetEntry
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.targets.balance import balance
from ledger.rules.targets.planned import NO_ENTRY, Planned


def build_allocation(planned: Planned) -> Allocation:
    """The rows of the tournament, the balance, and what can't be meant."""
    draft, facts, plan = planned.draft, planned.facts, planned.plan
    lines = _lines(planned)
    return Allocation(
        tournament=draft.tournament,
        system=facts.systems.get(draft.tournament, System.CONTINUOUS),
        lines=lines,
        balance=balance(facts, plan),
        plan=plan,
        can_undo=draft.can_undo,
        can_redo=draft.can_redo,
        problems=tuple(f"{said(line.name)}: {line.problem}" for line in lines if line.problem),
        name=draft.name,
        missing=facts.missing,
    )


def _lines(planned: Planned) -> tuple[AllocationLine, ...]:
    facts, draft, plan = planned.facts, planned.draft, planned.plan
    states = facts.net_positions()
    outlooks = {outlook.model.id: outlook for outlook in plan.outlooks}
    moving = {step.model.id for step in plan.steps}
    schedule = RoundSchedule(facts.rounds, draft.tournament)
    lines = []
    for model in planned.models:
        net_position, outlook = states.get(model.id), outlooks.get(model.id)
        entry = draft.entries.get(model.id, NO_ENTRY)
        target = planned.resolution.amounts.get(model.id)
        uncertain = facts.uncertain(model)
        if net_position is None:
            lines.append(_unknown_line(model, entry, uncertain))
            continue
        eventual = net_position.eventual if target is None else target
        moves = model.id in moving or eventual != net_position.effective or bool(net_position.queue)
        lines.append(
            AllocationLine(
                model_id=model.id,
                name=model.name,
                current=net_position.settled,
                pending=net_position.pending,
                effective=net_position.effective,
                text=entry.text,
                target=target,
                problem=planned.resolution.problems.get(model.id),
                eventual=eventual,
                difference=eventual - net_position.effective,
                way=_way(outlook, uncertain, facts.now, schedule) if moves else "",
                complete=outlook.complete if outlook is not None and moves else None,
                missing=outlook.missing if outlook is not None else ZERO,
                blocked=outlook.blocked if outlook is not None else uncertain,
                locked=entry.locked,
                uncertain=uncertain,
            )
        )
    return tuple(lines)


def _unknown_line(model: Model, entry: TargetEntry, uncertain: str | None) -> AllocationLine:
    """A model of which Numerai never told the stake: there is nothing to plan from."""
    return AllocationLine(
        model_id=model.id,
        name=model.name,
        current=None,
        pending=None,
        effective=None,
        text=entry.text,
        target=None,
        problem=None,
        eventual=None,
        difference=None,
        way="its stake is not known",
        complete=None,
        missing=ZERO,
        blocked=uncertain,
        locked=entry.locked,
        uncertain=uncertain,
    )


def _way(
    outlook: Outlook | None, uncertain: str | None, now: datetime, schedule: RoundSchedule
) -> str:
    """What it takes for a stake that moves to get where it should be, in a few words.

    One without an outlook has no target, so it moves by changes that are in the queue.
    """
    if outlook is None:
        return "blocked: its figures are not known" if uncertain else "in the queue"
    if outlook.blocked is not None:
        return f"blocked: {outlook.blocked}"
    if outlook.remark is not None:
        return outlook.remark
    if outlook.missing:
        return f"{outlook.missing} NMR short"
    if outlook.complete is None:
        return "waits for NMR that does not come"
    return _when(outlook.complete, now, schedule)


def _when(at: datetime, now: datetime, schedule: RoundSchedule) -> str:
    if at <= now:
        return "now"
    if at <= schedule.close_after(now):
        return f"at the next close {at:%a %H:%M}"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at:%Y-%m-%d}"
