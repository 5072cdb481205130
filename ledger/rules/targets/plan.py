"""From the account as it is and the stakes it should have to changes with dates and reasons.

Where stakes are continuous, releases go first, since they take a month; increases take the NMR that
is free by then, in the order of the targets, and the part that has to wait is planned with the
condition it waits for. Where they are atomic, targets become settings of the allocation strategy
(:mod:`ledger.rules.targets.strategy_plan`). Changes already in the queue count as done, so that
planning again adds nothing; those not sent yet that a new target makes obsolete are named in
``replaces``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.targets.plan import Outlook, Plan, Step
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.targets import sentences
from ledger.rules.targets.both_systems import drawn_at_once, joined
from ledger.rules.targets.funding import Cash, Portion, Source, combine
from ledger.rules.targets.net_position import NetPosition, settles
from ledger.rules.targets.options import Situation
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.queued import Booking, book_open_changes
from ledger.rules.targets.routes import Need, Request, Route, find_path
from ledger.rules.targets.strategy_plan import plan_strategies


@dataclass(slots=True)
class _Draft:
    """A step before it has its place: ``after`` refers to the identity of another draft."""

    identity: int
    request: Request
    model: Model
    effect: datetime
    reason: str


def make_plan(facts: PlanFacts) -> Plan:
    """The changes that lead from ``facts`` to its targets.

    A model of which Numerai does not tell what its changes would rest on is left out.

    Raises:
        ValueError: a target is negative or names no model of the account.
    """
    facts, left_out = _certain(facts)
    plan = _make_plan(facts)
    return replace(plan, left_out=left_out) if left_out else plan


def _certain(facts: PlanFacts) -> tuple[PlanFacts, tuple[str, ...]]:
    """``facts`` with the targets that can be planned, and why the others can't."""
    models = {model.id: model for model in facts.models}
    reasons = {
        model_id: facts.uncertain(models[model_id])
        for model_id in facts.targets
        if model_id in models
    }
    kept = {key: target for key, target in facts.targets.items() if not reasons.get(key)}
    left_out = tuple(reason for reason in reasons.values() if reason)
    return (replace(facts, targets=kept) if left_out else facts), left_out


def _make_plan(facts: PlanFacts) -> Plan:
    tournaments = {model.id: model.tournament for model in facts.models}
    own = {
        model_id: target
        for model_id, target in facts.targets.items()
        if tournaments.get(model_id) in facts.strategies
    }
    others = {key: target for key, target in facts.targets.items() if key not in own}
    rest = replace(facts, targets=others, strategies={}) if facts.strategies else facts
    plan = _ContinuousPlanner(rest).plan()
    if not own and not (facts.strategies and plan.missing):
        return plan
    drawn = drawn_at_once(rest, plan)
    part = plan_strategies(facts, own, drawn=drawn, demand=plan.missing)
    return joined(facts, plan, part)


class _ContinuousPlanner:
    """Drafts the steps of one plan: releases, then the increases they and the wallet pay for."""

    def __init__(self, facts: PlanFacts) -> None:
        self._facts = facts
        self._states = facts.net_positions()
        self._schedules = facts.schedules()
        self._drafts: list[_Draft] = []
        self._missing: dict[str, NMR] = {}
        self._unpaid = uncertain_wallet(facts.missing)
        certain = facts.available is not None and self._unpaid is None
        self._wallet = facts.available if facts.available is not None and certain else ZERO
        self._routes = {
            model_id: self._path(model_id, target) for model_id, target in facts.targets.items()
        }
        routes = self._routes.values()
        self._replaced = tuple(sorted(number for route in routes for number in route.replaces))

    def plan(self) -> Plan:
        """All of it."""
        for model_id, route in self._routes.items():
            self._draft_releases(self._states[model_id], route)
        bookings, cash = self._free_nmr()
        self._draft_increases(bookings, cash)
        steps = _in_order(self._drafts)
        outlooks = tuple(
            self._outlook(model_id, target, bookings)
            for model_id, target in self._facts.targets.items()
        )
        dates = [outlook.complete for outlook in outlooks if outlook.complete is not None]
        missing = NMR.total(self._missing.values())
        return Plan(
            steps=steps,
            complete=max(dates, default=self._facts.now) if len(dates) == len(outlooks) else None,
            outlooks=outlooks,
            options=tuple(option for route in self._routes.values() for option in route.options),
            replaces=self._replaced,
            missing=missing,
            warnings=_warnings(steps, self._replaced, missing, self._facts.minimum),
            queue=self._facts.open_changes,
        )

    def _path(self, model_id: str, target: NMR) -> Route:
        """The way to ``target``; none that needs NMR from a wallet nobody knows."""
        route = find_path(self._state(model_id, target), target, self._situation(model_id))
        if route.need is None or self._unpaid is None:
            return route
        return Route(settles=route.settles, blocked=self._unpaid)

    def _state(self, model_id: str, target: NMR) -> NetPosition:
        if model_id not in self._states:
            raise ValueError(f"a target for {model_id}, which is no model of this account")
        if target < ZERO:
            name = self._states[model_id].model.name
            raise ValueError(f"a target of {target} NMR for {name}")
        return self._states[model_id]

    def _situation(self, model_id: str) -> Situation:
        tournament = self._states[model_id].model.tournament
        return Situation(
            system=self._facts.systems.get(tournament, System.CONTINUOUS),
            schedule=self._schedules[tournament],
            now=self._facts.now,
            choice=self._facts.choices.get(model_id),
        )

    def _add(self, request: Request, model: Model, effect: datetime, reason: str) -> int:
        identity = len(self._drafts)
        self._drafts.append(_Draft(identity, request, model, effect, reason))
        return identity

    def _draft_releases(self, net_position: NetPosition, route: Route) -> None:
        model = net_position.model
        schedule = self._schedules[model.tournament]
        previous = None
        for request in route.requests:
            if request.kind is ChangeKind.CANCEL_RELEASE:
                effect = schedule.close_after(request.earliest)
                reason = sentences.cancel(model, net_position.releasing)
            else:
                effect = schedule.paid(request.earliest)
                reason = sentences.release(
                    model, request.kind, nmr=request.amount, left=request.reaches, paid=effect
                )
            placed = replace(request, after=previous)
            previous = self._add(placed, model, effect, reason)

    def _free_nmr(self) -> tuple[dict[int, Booking], Cash]:
        """All NMR that comes free, less what the queue's open increases will take."""
        facts, states = self._facts, self._states
        taken = NMR.total(net_position.taken for net_position in states.values())
        sources = [Source(facts.now, self._wallet - taken)]
        for model_id, net_position in states.items():
            if net_position.releasing and not self._withdrawn(model_id, net_position):
                schedule = self._schedules[net_position.model.tournament]
                paid = settles(net_position, schedule, facts.now) or facts.now
                sources.append(Source(paid, net_position.releasing))
        sources += [
            Source(draft.effect, draft.request.amount, draft.identity)
            for draft in self._drafts
            if draft.request.kind is not ChangeKind.CANCEL_RELEASE
        ]
        kept = [change for change in facts.open_changes if change.id not in self._replaced]
        return book_open_changes(kept, states, self._schedules, sources, facts.now)

    def _withdrawn(self, model_id: str, net_position: NetPosition) -> bool:
        """Whether the pending release will be cancelled, by this plan or by the queue."""
        route = self._routes.get(model_id, Route())
        kept = [change for change in net_position.queue if change.id not in self._replaced]
        return route.cancels or any(change.kind is ChangeKind.CANCEL_RELEASE for change in kept)

    def _draft_increases(self, bookings: Mapping[int, Booking], cash: Cash) -> None:
        """What NMR there is goes to the targets in their order, each part as early as can be."""
        capacity = cash.left
        needs = []
        for model_id, route in self._routes.items():
            if route.need is not None:
                granted = min(route.need.nmr, capacity)
                capacity -= granted
                if granted < route.need.nmr:
                    self._missing[model_id] = route.need.nmr - granted
                start = max(route.need.earliest, _clear(route.need, bookings))
                needs.append((start, model_id, route.need, granted))
        for start, model_id, need, granted in sorted(needs, key=lambda entry: entry[0]):
            portions = cash.draw(granted, start)
            self._draft_portions(self._states[model_id].model, need, portions)

    def _draft_portions(self, model: Model, need: Need, portions: list[Portion]) -> None:
        schedule = self._schedules[model.tournament]
        now, minimum = self._facts.now, self._facts.minimum
        own = [draft.identity for draft in self._drafts if draft.model.id == model.id]
        previous = own[-1] if own else None
        remaining, reached = need, need.base
        for portion in combine(portions, now, schedule.close_after, minimum):
            reached += portion.nmr
            effect = schedule.close_after(portion.at)
            sent = portion.at if portion.at > now else None
            reason = sentences.increase(
                model, nmr=portion.nmr, reached=reached, sent=sent, counts=effect
            )
            request = _increase(remaining, portion, previous, now)
            previous = self._add(request, model, effect, reason)
            remaining = need.rest()

    def _outlook(self, model_id: str, target: NMR, bookings: Mapping[int, Booking]) -> Outlook:
        """When a model is at its target by the steps, the queue and what is pending."""
        net_position, route = self._states[model_id], self._routes[model_id]
        short = self._missing.get(model_id, ZERO)
        if route.blocked is not None:
            return Outlook(net_position.model, target, None, short, route.blocked)
        own = [draft.effect for draft in self._drafts if draft.model.id == model_id]
        booked = [bookings[change.id] for change in net_position.queue if change.id in bookings]
        own += [booking.effect for booking in booked]
        if route.settles is not None and not self._withdrawn(model_id, net_position):
            own.append(route.settles)
        reachable = not short and all(booking.covered for booking in booked)
        complete = max(own, default=self._facts.now) if reachable else None
        return Outlook(net_position.model, target, complete, short)


def _clear(need: Need, bookings: Mapping[int, Booking]) -> datetime:
    """When the queued change it follows lets the model take another."""
    if need.after_change is None:
        return need.earliest
    return bookings[need.after_change].clear


def _increase(need: Need, portion: Portion, previous: int | None, now: datetime) -> Request:
    later = portion.at > now
    return Request(
        ChangeKind.INCREASE,
        portion.nmr,
        portion.at,
        Conditions(
            not_before=portion.at if later else None,
            after_change=need.after_change,
            when_release_gone=need.when_release_gone,
            when_free=portion.nmr if later else None,
        ),
        after=previous if previous is not None else portion.step,
    )


_RANK = {ChangeKind.CANCEL_RELEASE: 0, ChangeKind.DECREASE: 1, ChangeKind.DRAIN: 1}
"""What goes first of changes that can be sent at the same time: what frees NMR."""


def _in_order(drafts: list[_Draft]) -> tuple[Step, ...]:
    """The drafts by time; releases before increases, and each after what it refers to."""
    ordered = sorted(
        drafts,
        key=lambda draft: (
            draft.request.earliest,
            _RANK.get(draft.request.kind, 2),
            draft.identity,
        ),
    )
    place = {draft.identity: index for index, draft in enumerate(ordered)}
    return tuple(
        Step(
            kind=draft.request.kind,
            model=draft.model,
            nmr=draft.request.nmr,
            conditions=draft.request.conditions,
            after_step=None if draft.request.after is None else place[draft.request.after],
            earliest=draft.request.earliest,
            effect=draft.effect,
            reason=draft.reason,
        )
        for draft in ordered
    )


def _warnings(
    steps: tuple[Step, ...], replaced: tuple[int, ...], missing: NMR, minimum: NMR | None
) -> tuple[str, ...]:
    warnings = [sentences.replaces(replaced)] if replaced else []
    if missing:
        warnings.append(sentences.shortage(missing))
    relied_on = sorted(
        {
            step.after_step
            for step in steps
            if step.kind is ChangeKind.INCREASE and step.after_step is not None
        }
    )
    warnings += [
        sentences.drain_funds(steps[index].model)
        for index in relied_on
        if steps[index].kind is ChangeKind.DRAIN
    ]
    if minimum is not None:
        warnings += [
            sentences.too_small(step.model, step.nmr, minimum)
            for step in steps
            if step.nmr is not None and step.nmr < minimum
        ]
    return tuple(warnings)
