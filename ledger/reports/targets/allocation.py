"""A tournament's edited targets beside its stakes, planned against the whole account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import ZERO
from ledger.domain.targets.allocation import Allocation, AllocationLine
from ledger.domain.targets.plan import Outlook, Plan
from ledger.domain.targets.target import Target, TargetDraft, TargetEntry, TargetKind
from ledger.errors import ChangeError
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.targets.balance import balance
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.target import Resolution, parse_target, resolve

_NOTHING = TargetEntry()


@dataclass(frozen=True, slots=True)
class Planned:
    """An ``allocation`` with what it was made from.

    ``draft`` are the edits, ``targets`` what they are read as, ``resolution`` what those come to in
    NMR; ``facts`` have them and the options chosen.
    """

    draft: TargetDraft
    facts: PlanFacts
    targets: tuple[Target, ...]
    resolution: Resolution
    allocation: Allocation


def build_allocation(facts: PlanFacts, draft: TargetDraft) -> Planned:
    """``draft`` against the account in ``facts``, whose own targets and choices do not count."""
    models = sorted(
        (model for model in facts.models if model.tournament is draft.tournament),
        key=lambda model: model.name,
    )
    targets, unclear = _parsed(draft, models)
    free = facts.free if uncertain_wallet(facts.missing) is None else None
    resolved = resolve(targets, facts.net_positions(), free, unknown=_unknown(facts))
    resolution = Resolution(resolved.amounts, {**resolved.problems, **unclear})
    choices = {key: entry.option for key, entry in draft.entries.items() if entry.option}
    modes = {target.model_id: target.mode for target in targets if target.mode is not None}
    facts = replace(facts, targets=resolution.amounts, choices=choices, modes=modes)
    plan = make_plan(facts)
    plan = replace(plan, left_out=plan.left_out + tuple(_unresolved(facts, targets, models)))
    lines = _lines(models, facts, draft, resolution, plan)
    allocation = Allocation(
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
    return Planned(draft, facts, targets, resolution, allocation)


def _unresolved(
    facts: PlanFacts, targets: Iterable[Target], models: Iterable[Model]
) -> Iterator[str]:
    """Why targets of models without a net position never reached the plan."""
    states = facts.net_positions()
    asked = {target.model_id for target in targets if target.kind is not TargetKind.KEEP}
    for model in models:
        if model.id in asked and model.id not in states:
            yield facts.uncertain(model) or f"The stake of {model.name} is not known."


def _unknown(facts: PlanFacts) -> frozenset[Tournament]:
    """Tournaments with models whose stake is not known now: old figures are none to share by."""
    return frozenset(
        model.tournament for model in facts.models if facts.uncertain(model) is not None
    )


def _parsed(
    draft: TargetDraft, models: Iterable[Model]
) -> tuple[tuple[Target, ...], dict[str, str]]:
    """The targets of ``models`` in their order, and why others can't be understood."""
    targets: list[Target] = []
    unclear: dict[str, str] = {}
    for model in models:
        entry = draft.entries.get(model.id, _NOTHING)
        try:
            targets.append(parse_target(entry.text, model.id, locked=entry.locked))
        except ChangeError as error:
            unclear[model.id] = error.what
    return tuple(targets), unclear


def _lines(
    models: Iterable[Model],
    facts: PlanFacts,
    draft: TargetDraft,
    resolution: Resolution,
    plan: Plan,
) -> tuple[AllocationLine, ...]:
    states = facts.net_positions()
    outlooks = {outlook.model.id: outlook for outlook in plan.outlooks}
    moving = {step.model.id for step in plan.steps}
    schedule = RoundSchedule(facts.rounds, draft.tournament)
    lines = []
    for model in models:
        net_position, outlook = states.get(model.id), outlooks.get(model.id)
        entry = draft.entries.get(model.id, _NOTHING)
        target = resolution.amounts.get(model.id)
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
                problem=resolution.problems.get(model.id),
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
