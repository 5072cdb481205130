"""What carrying out a plan does to the account over the coming rounds, payouts left out.

Every change is sent on the first occasion its conditions and Numerai's rules allow, one after
the other, as the queue does it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import UNSENT, ChangeKind, Conditions
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.targets.plan import Plan, Simulation, SimulationPoint, StakePoint, Step
from ledger.rules.rounds import calendar
from ledger.rules.stakes.continuous import objection, stake_after
from ledger.rules.targets.net_position import STAKE_KINDS, NetPosition, settles
from ledger.rules.targets.plan_facts import PlanFacts


def simulate(facts: PlanFacts, plan: Plan, *, rounds: int = 30) -> Simulation:
    """Carry out the queue of ``facts`` and then ``plan``, over the next ``rounds`` rounds.

    There is a point now, one at each round's staking close (the latest of the tournaments') and
    one wherever the stakes change in between. Atomic tournaments stay out of it. A change whose
    outcome is unknown counts as one that did not arrive.

    Raises:
        ValueError: ``rounds`` is less than one.
    """
    if rounds < 1:
        raise ValueError("a simulation takes at least one round")
    return _Run(facts, plan, rounds).run()


@dataclass(slots=True)
class _Account:
    """One model as the run goes on."""

    tournament: Tournament
    model_id: str
    settled: NMR
    pending: PendingRequest | None = None

    @property
    def stake(self) -> ContinuousStake:
        return ContinuousStake(self.model_id, self.settled, self.settled, None, self.pending)

    @property
    def point(self) -> StakePoint:
        settled = self.settled
        after = stake_after(settled, self.pending)
        held = after - settled if after > settled else ZERO
        releasing = settled - after if after < settled else ZERO
        return StakePoint(self.model_id, settled, settled - releasing, held, releasing)


@dataclass(slots=True)
class _Order:
    """A change that has not been sent. ``key`` and ``after`` tell queue and steps apart."""

    key: tuple[str, int]
    kind: ChangeKind
    model_id: str
    nmr: NMR | None
    conditions: Conditions
    after: list[tuple[str, int]] = field(default_factory=list)


class _Run:
    def __init__(self, facts: PlanFacts, plan: Plan, rounds: int) -> None:
        self._now = facts.now
        self._schedules = facts.schedules()
        states = {
            model_id: net_position
            for model_id, net_position in facts.net_positions().items()
            if facts.systems.get(net_position.model.tournament) is not System.ATOMIC
        }
        self._accounts = {key: self._account(net_position) for key, net_position in states.items()}
        taken = NMR.total(net_position.taken for net_position in states.values())
        self._wallet_known = facts.available is not None
        self._free = (ZERO if facts.available is None else facts.available) - taken
        self._unknown = sum(
            facts.systems.get(model.tournament) is not System.ATOMIC and model.id not in states
            for model in facts.models
        )
        self._orders = [*_queued(facts, plan), *_steps(plan.steps)]
        self._orders = [order for order in self._orders if order.model_id in self._accounts]
        self._sent: set[tuple[str, int]] = set()
        self._order_keys = {order.key for order in self._orders}
        self._closes = self._round_closes(rounds)
        self._end = max(self._closes, default=self._now)
        self._times: list[datetime] = []
        self._effects: list[datetime] = [self._now]

    def run(self) -> Simulation:
        times = [*self._closes, *(order.conditions.not_before for order in self._orders)]
        for order in self._orders:
            if order.conditions.not_before_round is not None:
                times.append(calendar.opens_about(order.conditions.not_before_round))
        for account in self._accounts.values():
            if account.pending is not None:
                times.append(account.pending.due)
        for at in times:
            if at is not None and at > self._now:
                heapq.heappush(self._times, at)
        self._effects += [
            account.pending.due
            for account in self._accounts.values()
            if account.pending is not None and account.pending.due is not None
        ]
        points = [self._at(self._now)]
        while self._times and self._times[0] <= self._end:
            at = heapq.heappop(self._times)
            while self._times and self._times[0] == at:
                heapq.heappop(self._times)
            point = self._at(at)
            if at in self._closes or _differs(points[-1], point):
                points.append(point)
        done = not self._orders and max(self._effects) <= self._end
        return Simulation(tuple(points), max(self._effects) if done else None, self._unknown)

    def _account(self, net_position: NetPosition) -> _Account:
        model, pending = net_position.model, net_position.pending
        if pending is not None:
            due = settles(net_position, self._schedules[model.tournament], self._now)
            pending = PendingRequest(pending.kind, pending.amount, due)
        return _Account(model.tournament, model.id, net_position.settled, pending)

    def _round_closes(self, rounds: int) -> dict[datetime, int]:
        tournaments = {account.tournament for account in self._accounts.values()}
        schedules = [self._schedules[tournament] for tournament in sorted(tournaments)]
        if not schedules:
            return {}
        first = max(schedule.next_round(self._now) for schedule in schedules)
        numbers = range(first, first + rounds)
        return {max(schedule.close(number) for schedule in schedules): number for number in numbers}

    def _at(self, at: datetime) -> SimulationPoint:
        self._settle(at)
        while self._send_next(at):
            pass
        models = tuple(account.point for account in self._accounts.values())
        return SimulationPoint(
            at=at,
            round=self._closes.get(at),
            free=self._free if self._wallet_known else None,
            held=NMR.total(point.held for point in models),
            staked=NMR.total(point.staked for point in models),
            releasing=NMR.total(point.releasing for point in models),
            models=models,
        )

    def _settle(self, at: datetime) -> None:
        """What is pending and due takes effect."""
        for account in self._accounts.values():
            pending = account.pending
            if pending is None or pending.due is None or pending.due > at:
                continue
            after = stake_after(account.settled, pending)
            if pending.kind is not PendingKind.INCREASE:
                self._free += account.settled - after
            account.settled, account.pending = after, None

    def _send_next(self, at: datetime) -> bool:
        """Send the first change that can be sent now; whether there was one."""
        for order in self._orders:
            stake = self._accounts[order.model_id].stake
            if self._waits(order, at):
                continue
            free = self._free if self._wallet_known else None
            if objection(order.kind, order.nmr, stake, free) is None:
                self._send(order, at)
                return True
        return False

    def _waits(self, order: _Order, at: datetime) -> bool:
        conditions, pending = order.conditions, self._accounts[order.model_id].pending
        releasing = pending is not None and pending.kind is not PendingKind.INCREASE
        number = conditions.not_before_round
        return (
            (conditions.not_before is not None and at < conditions.not_before)
            or (number is not None and at < calendar.opens_about(number))
            or any(key in self._order_keys and key not in self._sent for key in order.after)
            or (conditions.when_release_gone and releasing)
            or (conditions.when_free is not None and self._free < conditions.when_free)
        )

    def _send(self, order: _Order, at: datetime) -> None:
        account = self._accounts[order.model_id]
        schedule = self._schedules[account.tournament]
        pending = None
        close = schedule.close_after(at)
        if order.kind is ChangeKind.CANCEL_RELEASE:
            previous = account.pending
            if previous is not None and previous.due in self._effects:
                self._effects.remove(previous.due)
            self._effects.append(close)
        else:
            due = close if order.kind is ChangeKind.INCREASE else schedule.paid(at)
            pending = PendingRequest(
                PendingKind(order.kind.value), order.nmr or account.settled, due
            )
            self._effects.append(due)
            heapq.heappush(self._times, due)
            if order.kind is ChangeKind.INCREASE:
                self._free -= pending.amount
        account.pending = pending
        self._orders.remove(order)
        self._sent.add(order.key)


def _queued(facts: PlanFacts, plan: Plan) -> Iterable[_Order]:
    gone = set(plan.replaces)
    for change in sorted(facts.open_changes, key=lambda change: (change.position, change.id)):
        waiting = change.state in UNSENT
        if change.kind in STAKE_KINDS and waiting and change.id not in gone:
            after = change.conditions.after_change
            order = _Order(
                ("queue", change.id), change.kind, change.model_id, change.nmr, change.conditions
            )
            order.after = [] if after is None else [("queue", after)]
            yield order


def _steps(steps: tuple[Step, ...]) -> Iterable[_Order]:
    for index, step in enumerate(steps):
        order = _Order(("step", index), step.kind, step.model.id, step.nmr, step.conditions)
        if step.after_step is not None:
            order.after.append(("step", step.after_step))
        if step.conditions.after_change is not None:
            order.after.append(("queue", step.conditions.after_change))
        yield order


def _differs(one: SimulationPoint, other: SimulationPoint) -> bool:
    return (one.free, one.models) != (other.free, other.models)
