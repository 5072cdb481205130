"""A tournament's edited targets beside its stakes, and how far their plan gets them."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.model import Model, System
from ledger.domain.nmr import ZERO
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Outlook
from ledger.domain.targets.target import TargetEntry
from ledger.rules.rounds.upcoming import RoundsAhead
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
        problems=tuple(f"{line.name}: {line.problem}" for line in lines if line.problem),
        name=draft.name,
        missing=facts.missing,
    )


def _lines(planned: Planned) -> tuple[AllocationLine, ...]:
    facts, draft, plan = planned.facts, planned.draft, planned.plan
    states = facts.standings()
    outlooks = {outlook.model.id: outlook for outlook in plan.outlooks}
    moving = {step.model.id for step in plan.steps}
    ahead = RoundsAhead(facts.rounds, draft.tournament)
    found = []
    for model in planned.models:
        standing, outlook = states.get(model.id), outlooks.get(model.id)
        entry = draft.entries.get(model.id, NO_ENTRY)
        target = planned.resolution.amounts.get(model.id)
        uncertain = facts.uncertain(model)
        if standing is None:
            found.append(_unknown_line(model, entry, uncertain))
            continue
        wanted = standing.eventual if target is None else target
        moves = model.id in moving or wanted != standing.effective or bool(standing.queue)
        found.append(
            AllocationLine(
                model_id=model.id,
                name=model.name,
                current=standing.settled,
                pending=standing.pending,
                effective=standing.effective,
                text=entry.text,
                target=target,
                problem=planned.resolution.problems.get(model.id),
                wanted=wanted,
                difference=wanted - standing.effective,
                way=_way(outlook, uncertain, facts.now, ahead) if moves else "",
                complete=outlook.complete if outlook is not None and moves else None,
                missing=outlook.missing if outlook is not None else ZERO,
                blocked=outlook.blocked if outlook is not None else uncertain,
                locked=entry.locked,
                uncertain=uncertain,
            )
        )
    return tuple(found)


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
        wanted=None,
        difference=None,
        way="its stake is not known",
        complete=None,
        missing=ZERO,
        blocked=uncertain,
        locked=entry.locked,
        uncertain=uncertain,
    )


def _way(outlook: Outlook | None, uncertain: str | None, now: datetime, ahead: RoundsAhead) -> str:
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
    return _when(outlook.complete, now, ahead)


def _when(at: datetime, now: datetime, ahead: RoundsAhead) -> str:
    if at <= now:
        return "now"
    if at <= ahead.close_after(now):
        return f"at the next close {at:%a %H:%M}"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at:%Y-%m-%d}"
