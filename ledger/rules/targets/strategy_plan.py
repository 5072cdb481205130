"""From targets of models on atomic staking to settings of their allocation strategy.

A target is a total; spread over the rounds that run at a time it becomes a per-round stake, cut
to whole wei. A setting is always written as a whole, so one that is not known is not changed.
Settings in the queue count as made. What idle NMR can't pay for because of the targets is deposited
from the owner's wallet as far as that goes. What it could not pay for anyway is told, and a deposit
for it offered; so is idle NMR that no round needs where targets elsewhere lack NMR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, strategy_id
from ledger.domain.targets.plan import Outlook, Shortage, Step
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.stakes.holding import idle_needed, idle_runs_out
from ledger.rules.stakes.strategy_facts import StrategyFacts, per_round_of
from ledger.rules.targets import strategy_sentences as words
from ledger.rules.targets.net_position import NetPosition, Ramp
from ledger.rules.targets.sentences import uncertain
from ledger.rules.targets.strategy_net_position import (
    eventual_setting,
    strategy_net_positions,
    under_way,
)

if TYPE_CHECKING:
    from ledger.domain.stakes.holding import RunsOut
    from ledger.rules.targets.plan_facts import PlanFacts


@dataclass(slots=True)
class StrategyPart:
    """The part of a plan that is about allocation strategies.

    ``steps`` are in the order in which they are sent, ``outlooks`` by model id. ``replaces`` are
    ids of changes that have to be cancelled first. ``missing`` is the NMR that idle lacks because
    of the targets and the wallet has not; ``warnings`` are sentences. ``shortages`` were there
    before; ``offers`` are steps that nobody asked for.
    """

    steps: list[Step] = field(default_factory=list)
    outlooks: dict[str, Outlook] = field(default_factory=dict)
    replaces: list[int] = field(default_factory=list)
    missing: NMR = ZERO
    warnings: list[str] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)
    offers: list[Step] = field(default_factory=list)


def plan_strategies(
    facts: PlanFacts, targets: Mapping[str, NMR], *, drawn: NMR, demand: NMR
) -> StrategyPart:
    """Steps, dates and warnings for ``targets``, all of models with a strategy in ``facts``.

    ``drawn`` is what continuous stakes take from the wallet at once, ``demand`` what they lack.

    Raises:
        ValueError: a target is negative.
    """
    return _StrategyPlanner(facts, targets, drawn, demand).plan()


class _StrategyPlanner:
    def __init__(
        self, facts: PlanFacts, targets: Mapping[str, NMR], drawn: NMR, demand: NMR
    ) -> None:
        self._facts, self._targets = facts, targets
        self._drawn, self._demand = drawn, demand
        self._part = StrategyPart()
        self._settings: dict[str, ModelSetting] = {}
        self._states: dict[str, NetPosition] = {}
        self._schedules = {key: entry.schedule for key, entry in facts.strategies.items()}
        for strategy in facts.strategies.values():
            self._states |= strategy_net_positions(strategy, facts.open_changes)
            self._drawn += max(ZERO, under_way(strategy, facts.open_changes))

    def plan(self) -> StrategyPart:
        settings: list[Step] = []
        for model_id, target in self._targets.items():
            settings += self._set(self._states[model_id], target)
        touched = {self._states[key].model.tournament for key in self._targets}
        for tournament in sorted(touched):
            self._fund(self._facts.strategies[tournament])
        self._withdraw()
        self._part.steps += settings
        return self._part

    def _set(self, net_position: NetPosition, target: NMR) -> list[Step]:
        """The step that gets a model to its target, if it takes one."""
        model, ramp = net_position.model, net_position.ramp
        if target < ZERO:
            raise ValueError(f"a target of {target} NMR for {model.name}")
        present, queued = ramp.setting if ramp else None, eventual_setting(net_position)
        blocked = self._objection(net_position, queued)
        if blocked is not None or ramp is None:
            self._part.outlooks[model.id] = Outlook(model, target, None, ZERO, blocked)
            return []
        setting = self._setting_for(model.id, target, queued, ramp.rounds)
        self._settings[model.id] = setting
        self._outlook(net_position, ramp, target, setting)
        if setting == queued:
            return []
        self._part.replaces += [change.id for change in net_position.unsent]
        if setting == present:
            return []
        now, complete = self._facts.now, self._complete(model.tournament)
        reason = words.set_to(model, setting, present, ramp.rounds, complete)
        return [setting_step(model, setting, present, reason, at=now, complete=complete)]

    def _objection(self, net_position: NetPosition, queued: ModelSetting | None) -> str | None:
        model = net_position.model
        if model.archived:
            return f"{said(model.name)} is archived."
        if net_position.uncertain:
            return uncertain(net_position.uncertain[-1].id, model)
        if queued is None and model.id not in self._facts.modes:
            return words.unknown_setting(model)
        return None

    def _setting_for(
        self, model_id: str, target: NMR, base: ModelSetting | None, rounds: int
    ) -> ModelSetting:
        per_round = per_round_of(target, rounds)
        usual = base.mode if base is not None else StakeMode.CONSTANT
        mode = self._facts.modes.get(model_id, usual)
        if per_round:
            return ModelSetting(per_round, mode)
        return ModelSetting(base.per_round if base is not None else ZERO, mode, enabled=False)

    def _complete(self, tournament: Tournament) -> datetime:
        """When a setting made now rules every running position."""
        return self._schedules[tournament].taken_over(self._facts.now)[1]

    def _outlook(
        self, net_position: NetPosition, ramp: Ramp, target: NMR, setting: ModelSetting
    ) -> None:
        model, now = net_position.model, self._facts.now
        running = [row.stake for row in ramp.positions if row.state.running]
        schedule = self._schedules[model.tournament]
        rolls = setting.enabled and setting.mode is StakeMode.COMPOUND
        complete: datetime | None = self._complete(model.tournament)
        remark = None
        if not setting.enabled:
            there = not running
        else:
            there = len(running) == schedule.running(schedule.next_round(now) - 1, now)
            there = there and all(stake == setting.per_round for stake in running)
        if rolls and any(stake != setting.per_round for stake in running):
            complete, remark = None, words.STAYS_COMPOUND
            if setting != ramp.setting:
                sentence = words.compound_keeps(model, setting, NMR.total(running))
                self._part.warnings.append(sentence)
        date = now if there and not net_position.queue else complete
        self._part.outlooks[model.id] = Outlook(model, target, date, ZERO, remark=remark)

    def _fund(self, strategy: StrategyFacts) -> None:
        """Deposit what the next rounds lack because of the targets, as far as the wallet goes;
        offer to deposit what they lacked before."""
        tournament, facts = strategy.tournament, self._facts
        if strategy.idle is None:
            self._part.warnings.append(words.idle_unknown(tournament))
            return
        settings = self._to_be(strategy)
        self._warn_of_unknown(strategy, settings)
        idle = strategy.idle + under_way(strategy, facts.open_changes)
        funded = replace(strategy, idle=idle)
        short = idle_needed(funded, settings=settings) - idle
        if short <= ZERO:
            return
        unpaid = uncertain_wallet(facts.missing)
        if unpaid is not None:
            self._part.warnings.append(unpaid)
        out = idle_runs_out(funded, settings=settings)
        before = max(ZERO, idle_needed(funded, settings=self._to_be(strategy, {})) - idle)
        caused = max(ZERO, short - before)
        if caused > ZERO:
            self._deposit(strategy, caused, out)
        if caused < short:
            self._tell_of(strategy, short - caused, out)

    def _deposit(self, strategy: StrategyFacts, caused: NMR, out: RunsOut | None) -> None:
        """What the targets ask for; where they only take away, no more than an offer."""
        nmr = min(caused, self._cash(strategy))
        if nmr > ZERO:
            self._drawn += nmr
            asked = self._raises(strategy)
            (self._part.steps if asked else self._part.offers).append(
                self._transfer(
                    strategy, ChangeKind.DEPOSIT, nmr, words.deposit(strategy.tournament, nmr, out)
                )
            )
        if nmr < caused:
            self._part.missing += caused - nmr
            sentence = words.short_of_idle(strategy.tournament, caused - nmr, out)
            self._part.warnings.append(sentence)

    def _raises(self, strategy: StrategyFacts) -> bool:
        """Whether a target stakes more than before, or anew, or in another mode."""
        before = self._to_be(strategy, {})
        return any(
            setting.enabled and not _within(setting, before.get(model.id))
            for model in strategy.own_models()
            for setting in [self._settings.get(model.id)]
            if setting is not None
        )

    def _tell_of(self, strategy: StrategyFacts, short: NMR, out: RunsOut | None) -> None:
        """A shortage that was there before, and what the wallet could do about it."""
        tournament = strategy.tournament
        first = (out.round, out.at) if out is not None else (None, None)
        self._part.shortages.append(Shortage(tournament, short, *first))
        nmr = min(short, self._cash(strategy))
        if nmr > ZERO:
            reason = words.deposit(tournament, nmr, out)
            self._part.offers.append(self._transfer(strategy, ChangeKind.DEPOSIT, nmr, reason))

    def _to_be(
        self, strategy: StrategyFacts, planned: Mapping[str, ModelSetting] | None = None
    ) -> dict[str, ModelSetting]:
        """Every model's setting once queue and plan are done, where it is known; with others
        ``planned`` in place of the plan's."""
        planned = self._settings if planned is None else planned
        settings = {}
        for model in strategy.own_models():
            queued = eventual_setting(self._states[model.id])
            setting = planned.get(model.id, queued)
            if setting is not None:
                settings[model.id] = setting
        return settings

    def _warn_of_unknown(
        self, strategy: StrategyFacts, settings: Mapping[str, ModelSetting]
    ) -> None:
        rows = strategy.by_model()
        names = [
            model.name
            for model in strategy.own_models()
            if model.id not in settings and any(row.state.running for row in rows.get(model.id, ()))
        ]
        if names:
            self._part.warnings.append(words.left_out(names))

    def _cash(self, strategy: StrategyFacts) -> NMR:
        """What the owner's wallet can give: its own balance where known, else the account's."""
        wallet = self._facts.available if strategy.wallet is None else strategy.wallet
        if wallet is None or uncertain_wallet(self._facts.missing) is not None:
            return ZERO
        return max(ZERO, wallet - self._drawn)

    def _withdraw(self) -> None:
        """Offer idle NMR that no round needs to the wallet, where other targets lack NMR."""
        funds = self._facts.open_changes
        strategies = [entry for entry in self._facts.strategies.values() if entry.idle is not None]
        coming = (min(ZERO, under_way(entry, funds)) for entry in strategies)
        lacking = self._demand + self._part.missing + NMR.total(coming)
        lacking += NMR.total(shortage.nmr for shortage in self._part.shortages)
        for strategy in strategies if lacking > ZERO else ():
            idle = (strategy.idle or ZERO) + min(ZERO, under_way(strategy, funds))
            spare = idle - idle_needed(strategy, settings=self._to_be(strategy))
            nmr = min(spare, lacking)
            if nmr > ZERO:
                lacking -= nmr
                reason = words.withdraw(strategy.tournament, nmr)
                self._part.offers.append(self._transfer(strategy, ChangeKind.WITHDRAW, nmr, reason))

    def _transfer(self, strategy: StrategyFacts, kind: ChangeKind, nmr: NMR, reason: str) -> Step:
        tournament, now = strategy.tournament, self._facts.now
        name = f"{tournament.label} strategy"
        model = Model(strategy_id(tournament), name, tournament)
        effect = strategy.schedule.close_after(now) if kind is ChangeKind.DEPOSIT else now
        return Step(kind, model, nmr, Conditions(), None, now, effect, reason)


def setting_step(
    model: Model,
    setting: ModelSetting,
    base: ModelSetting | None,
    reason: str,
    *,
    at: datetime,
    complete: datetime,
) -> Step:
    """The step that makes ``base`` into ``setting`` at ``at`` for ``reason``; all positions hold
    it by ``complete``."""
    return Step(
        kind=_kind(setting, base),
        model=model,
        nmr=None,
        conditions=Conditions(),
        after_step=None,
        earliest=at,
        effect=complete,
        reason=reason,
        setting=setting,
        base=base,
    )


def _within(setting: ModelSetting, before: ModelSetting | None) -> bool:
    """Whether a setting takes no more than the one before it."""
    return (
        before is not None
        and before.enabled
        and setting.mode is before.mode
        and setting.per_round <= before.per_round
    )


def _kind(setting: ModelSetting, base: ModelSetting | None) -> ChangeKind:
    """What primarily differs: being switched off, the stake, being switched on, the mode."""
    if not setting.enabled:
        return ChangeKind.SET_ENABLED
    if base is None or setting.per_round != base.per_round:
        return ChangeKind.SET_PER_ROUND
    return ChangeKind.SET_MODE if base.enabled else ChangeKind.SET_ENABLED
