"""From accrued amounts to planned changes, so that the stakes follow the policy.

Continuous: sources that give something away get take profit on, so that their payouts come free;
a model that is owed NMR gets an increase from the wallet. A payout that compounded before take
profit took hold stays where it is, since a release costs a month: its model is owed so much less
until later payouts have made up for it. Atomic: settings become constant, so that payouts go to
idle, and the per-round stake moves the model's total by what it is owed, up or down; what the
wallet is owed is withdrawn from idle. A pool's NMR is not spent on increases.

A model with anything pending or in the queue is left alone until that is done. What the user
cancelled, or Numerai refused, is drafted again when another round has settled; take profit or
constant mode only once another version is in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ledger.domain.model import Model, System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    Destination,
    DestinationKind,
    Policy,
    PolicyStep,
    PolicyVersion,
)
from ledger.domain.queue.change import TAKE_PROFIT, ChangeKind, Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import strategy_id
from ledger.domain.targets.plan import Plan, Step
from ledger.rules.policy.owed import FREE, Accrued, due, of_model, owed
from ledger.rules.policy.split import shares_of
from ledger.rules.queue.certainty import uncertain
from ledger.rules.stakes.strategy_facts import committed
from ledger.rules.targets.net_position import NetPosition
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.strategy_net_position import eventual_setting


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """``plan`` realises what ``realising`` says. ``waiting``: why some of it is not planned yet."""

    plan: Plan
    realising: tuple[PolicyStep, ...]
    waiting: tuple[str, ...] = ()


def way_of(model_id: str) -> Destination:
    """What stands for the way a model's payouts take; see :class:`Destination`."""
    return Destination(ITSELF.kind, model_id)


def giving(policy: Policy, models: Iterable[Model]) -> tuple[Model, ...]:
    """The models that give part of their payouts away."""
    return tuple(
        model
        for model in models
        if any(destination != ITSELF for destination in shares_of(policy, model.id))
    )


def plan_policy(facts: PlanFacts, version: PolicyVersion, accrued: Accrued) -> PolicyPlan:
    """The changes that are due under ``version``.

    ``facts`` without targets; their open changes are those of the whole queue.
    """
    return _PolicyPlanner(facts, version, accrued).plan()


@dataclass(slots=True)
class _PolicyPlanner:
    facts: PlanFacts
    version: PolicyVersion
    accrued: Accrued
    waiting: list[str] = field(default_factory=list)
    realising: list[PolicyStep] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        return self.version.policy

    @property
    def tournament(self) -> Tournament:
        return self.version.policy.tournament

    def plan(self) -> PolicyPlan:
        states = self.facts.net_positions()
        own = [
            model
            for model in self.facts.models
            if model.tournament is self.tournament and not model.archived
        ]
        atomic = self.facts.systems.get(self.tournament) is System.ATOMIC
        dues = self._dues(own)
        targets = self._targets(dues, states, own, atomic=atomic)
        ways = self._constant(states, own, targets) if atomic else {}
        alone = self._alone(targets, ways, atomic=atomic)
        plan = self._caused(make_plan(alone), states, targets)
        self._realise(plan, states, ways)
        steps = list(plan.steps)
        steps += self._withdrawal(dues, steps) if atomic else self._take_profit(own, len(steps))
        self._tell_shortage(plan)
        steps = [self._named(step) for step in steps]
        return PolicyPlan(
            replace(plan, steps=tuple(steps)), tuple(self.realising), tuple(self.waiting)
        )

    def _dues(self, own: Collection[Model]) -> dict[Destination, NMR]:
        """What is to become changes now."""
        names = {of_model(model.id): model.name for model in own}
        payable = {}
        for destination, nmr in owed(self.accrued).items():
            if not due(nmr, self.version, self.accrued):
                continue
            if self.accrued.dropped(destination):
                name = names.get(destination, destination.name or destination.kind.value)
                self.waiting.append(
                    f"{said(name)}: {nmr} NMR was cancelled or refused, so it waits for another "
                    "round to settle."
                )
            else:
                payable[destination] = nmr
        return payable

    def _alone(
        self, targets: Mapping[str, NMR], ways: Mapping[str, NMR], *, atomic: bool
    ) -> PlanFacts:
        """The account with these targets, without other strategies' idle and without the pools."""
        strategy = self.facts.strategies.get(self.tournament)
        every_target = {**targets, **ways}
        held = self.facts.available
        free = None if held is None else max(ZERO, held - self.accrued.set_aside)
        if strategy is not None and strategy.wallet is not None:
            own = max(ZERO, strategy.wallet - self.accrued.set_aside)
            strategy = replace(strategy, wallet=own)
        return replace(
            self.facts,
            targets=every_target,
            modes=dict.fromkeys(every_target, StakeMode.CONSTANT) if atomic else {},
            available=free,
            strategies={self.tournament: strategy} if strategy is not None else {},
        )

    def _caused(
        self, plan: Plan, states: Mapping[str, NetPosition], targets: Mapping[str, NMR]
    ) -> Plan:
        """The plan as far as the policy causes it: where idle lacked NMR before, payouts that came
        to idle pay for what they raise."""
        lacking = NMR.total(shortage.nmr for shortage in plan.shortages)
        if not lacking:
            return plan
        self.waiting.append(
            f"{lacking} NMR of idle is lacking in the next rounds whatever the policy does: "
            "deposit it, or lower stakes."
        )
        deposits = [step for step in plan.steps if step.kind is ChangeKind.DEPOSIT]
        planned = NMR.total(step.nmr or ZERO for step in deposits)
        raised = (target - states[key].eventual for key, target in targets.items())
        paid = NMR.total(nmr for nmr in raised if nmr > ZERO)
        needed = max(ZERO, planned + plan.missing - paid)
        nmr = min(planned, needed)
        kept = [replace(step, nmr=nmr) for step in deposits if nmr]
        others = (step for step in plan.steps if step.kind is not ChangeKind.DEPOSIT)
        return replace(plan, steps=(*kept, *others), missing=needed - nmr)

    def _targets(
        self,
        dues: Mapping[Destination, NMR],
        states: Mapping[str, NetPosition],
        own: Collection[Model],
        *,
        atomic: bool,
    ) -> dict[str, NMR]:
        """What the models that are owed should hold, where they can be changed now."""
        models = {model.id: model for model in own}
        names = {model.id: model.name for model in own}
        totals = {}
        for destination, nmr in dues.items():
            if destination.kind is not DestinationKind.MODEL or (not atomic and nmr < ZERO):
                continue
            if destination.name not in names:
                self.waiting.append(f"{nmr} NMR is for a model that is gone: change the policy.")
                continue
            net_position = states.get(destination.name)
            doubt = self.facts.uncertain(models[destination.name])
            if net_position is None or doubt is not None:
                self.waiting.append(
                    doubt or f"{said(names[destination.name])}: its stake is not known."
                )
                continue
            if _busy(net_position):
                name = names[destination.name]
                self.waiting.append(f"{said(name)}: {nmr} NMR waits for what is pending or queued.")
                continue
            totals[destination.name] = max(ZERO, net_position.eventual + nmr)
        return totals

    def _constant(
        self, states: Mapping[str, NetPosition], own: Collection[Model], targets: Mapping[str, NMR]
    ) -> dict[str, NMR]:
        """The totals of models that compound, give something away, and are not owed anything yet:
        they stay, in constant mode."""
        totals = {}
        for model in giving(self.policy, own):
            net_position = states.get(model.id)
            if net_position is None or self.facts.uncertain(model) is not None:
                continue
            setting = eventual_setting(net_position)
            if setting is None or not setting.enabled or setting.mode is StakeMode.CONSTANT:
                continue
            if model.id in targets or _busy(net_position) or self._declined(model, "constant mode"):
                continue
            totals[model.id] = net_position.eventual
        return totals

    def _declined(self, model: Model, what: str) -> bool:
        """Whether the user did not want this model's payouts to come free, under this version."""
        declined = self.accrued.declined(way_of(model.id), self.version.made)
        if declined:
            self.waiting.append(
                f"{said(model.name)}: {what} was cancelled or refused, so its payouts compound."
            )
        return declined

    def _realise(
        self, plan: Plan, states: Mapping[str, NetPosition], ways: Mapping[str, NMR]
    ) -> None:
        for index, step in enumerate(plan.steps):
            if step.model.id in ways:
                self._take(index, way_of(step.model.id), ZERO)
            elif step.kind is ChangeKind.INCREASE and step.nmr is not None:
                self._take(index, of_model(step.model.id), step.nmr)
            elif step.setting is not None:
                self._take_setting(index, step, states[step.model.id])

    def _take(self, step: int, destination: Destination, nmr: NMR) -> None:
        newest = self.accrued.newest
        self.realising.append(PolicyStep(step, self.tournament, destination, nmr, newest))

    def _take_setting(self, index: int, step: Step, net_position: NetPosition) -> None:
        """By how much a setting moves its model's total."""
        if step.setting is None or net_position.ramp is None:
            return
        rounds, before = net_position.ramp.rounds, net_position.eventual
        after = committed(step.setting.per_round, rounds) if step.setting.enabled else ZERO
        self._take(index, of_model(step.model.id), after - before)
        self.realising[-1] = replace(self.realising[-1], before=before, rounds=rounds)

    def _withdrawal(self, dues: Mapping[Destination, NMR], steps: list[Step]) -> list[Step]:
        """What wallet and pools are owed, from idle to the wallet, as far as idle goes."""
        claims = {
            destination: nmr
            for destination, nmr in dues.items()
            if destination.kind in FREE and nmr > ZERO
        }
        strategy = self.facts.strategies.get(self.tournament)
        if not claims or strategy is None:
            return []
        total = NMR.total(claims.values())
        own = strategy_id(self.tournament)
        queued = any(change.model_id == own for change in self.facts.open_changes)
        short = any(step.kind is ChangeKind.DEPOSIT for step in steps)
        if strategy.idle is None or queued or short:
            why = "a deposit or withdrawal is queued" if queued else "the next rounds lack idle NMR"
            why = "idle NMR is not known" if strategy.idle is None else why
            self.waiting.append(f"{total} NMR for the Numerai wallet waits: {why}.")
            return []
        left = strategy.idle
        for destination, nmr in sorted(claims.items()):
            part = min(nmr, left)
            left -= part
            if part:
                self._take(len(steps), destination, part)
        moved = strategy.idle - left
        if moved < total:
            rest = total - moved
            self.waiting.append(f"{rest} NMR for the Numerai wallet waits until idle has it.")
        if not moved:
            return []
        model = Model(own, f"{self.tournament.label} strategy", self.tournament)
        now = self.facts.now
        reason = f"{moved} NMR of payouts is to be kept free in the Numerai wallet."
        return [Step(ChangeKind.WITHDRAW, model, moved, Conditions(), None, now, now, reason)]

    def _take_profit(self, own: Collection[Model], first: int) -> list[Step]:
        """Take profit on for every source whose payouts would compound."""
        asked = {
            change.model_id for change in self.facts.open_changes if change.kind in TAKE_PROFIT
        }
        now = self.facts.now
        steps: list[Step] = []
        for model in giving(self.policy, own):
            stake = self.facts.stakes.get(model.id)
            doubt = uncertain(
                ChangeKind.TAKE_PROFIT_ON,
                model.id,
                model.tournament,
                self.facts.missing,
                name=model.name,
            )
            if doubt is not None:
                self.waiting.append(doubt)
                continue
            if stake is None or stake.take_profit is not False or not stake.settled:
                continue
            if model.id in asked or self._declined(model, "take profit"):
                continue
            self._take(first + len(steps), way_of(model.id), ZERO)
            reason = (
                f"{said(model.name)} gives payouts away, so they have to come to the Numerai "
                "wallet."
            )
            close = self.facts.schedules()[model.tournament].close_after(now)
            kind = ChangeKind.TAKE_PROFIT_ON
            steps.append(Step(kind, model, None, Conditions(), None, now, close, reason))
        return steps

    def _tell_shortage(self, plan: Plan) -> None:
        for outlook in plan.outlooks:
            if outlook.blocked is not None:
                self.waiting.append(outlook.blocked)
        if plan.missing:
            self.waiting.append(f"{plan.missing} NMR waits until so much is free.")

    def _named(self, step: Step) -> Step:
        return replace(step, reason=f"Payout allocation: {step.reason}")


def _busy(net_position: NetPosition) -> bool:
    return bool(net_position.pending or net_position.queue)
