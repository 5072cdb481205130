"""From targets of models on atomic staking to settings of their allocation strategy.

A target is a total; spread over the rounds that run at a time it becomes a per-round stake, cut
to whole wei. A setting is always written as a whole, so one that is not known is not changed.
Settings in the queue count as made. What idle NMR can't pay for is deposited from the owner's
wallet as far as that goes; idle NMR that no round needs pays for targets elsewhere.
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
from ledger.domain.targets.plan import Outlook, Step
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
    from ledger.rules.targets.plan_facts import PlanFacts


@dataclass(slots=True)
class StrategyPart:
    """The part of a plan that is about allocation strategies.

    ``steps`` are in the order in which they are sent, ``outlooks`` by model id. ``replaces`` are
    ids of changes that have to be cancelled first. ``missing`` is the NMR that idle lacks and the
    wallet has not; ``warnings`` are sentences.
    """

    steps: list[Step] = field(default_factory=list)
    outlooks: dict[str, Outlook] = field(default_factory=dict)
    replaces: list[int] = field(default_factory=list)
    missing: NMR = ZERO
    warnings: list[str] = field(default_factory=list)


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
        return [] if setting == present else [self._step(model, setting, present, ramp.rounds)]

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

    def _step(
        self, model: Model, setting: ModelSetting, base: ModelSetting | None, rounds: int
    ) -> Step:
        now, complete = self._facts.now, self._complete(model.tournament)
        return Step(
            kind=_kind(setting, base),
            model=model,
            nmr=None,
            conditions=Conditions(),
            after_step=None,
            earliest=now,
            effect=complete,
            reason=words.set_to(model, setting, base, rounds, complete),
            setting=setting,
            base=base,
        )

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
        """Deposit what the next rounds lack, as far as the wallet goes."""
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
        nmr = min(short, self._cash(strategy))
        if nmr > ZERO:
            self._drawn += nmr
            reason = words.deposit(tournament, nmr, out)
            self._part.steps.append(self._transfer(strategy, ChangeKind.DEPOSIT, nmr, reason))
        if nmr < short:
            self._part.missing += short - nmr
            self._part.warnings.append(words.short_of_idle(tournament, short - nmr, out))

    def _to_be(self, strategy: StrategyFacts) -> dict[str, ModelSetting]:
        """Every model's setting once queue and plan are done, where it is known."""
        settings = {}
        for model in strategy.own_models():
            queued = eventual_setting(self._states[model.id])
            setting = self._settings.get(model.id, queued)
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
        """Idle NMR that no round needs, to the wallet, where other targets lack NMR."""
        funds = self._facts.open_changes
        strategies = [entry for entry in self._facts.strategies.values() if entry.idle is not None]
        coming = (min(ZERO, under_way(entry, funds)) for entry in strategies)
        lacking = self._demand + self._part.missing + NMR.total(coming)
        for strategy in strategies if lacking > ZERO else ():
            idle = (strategy.idle or ZERO) + min(ZERO, under_way(strategy, funds))
            spare = idle - idle_needed(strategy, settings=self._to_be(strategy))
            nmr = min(spare, lacking)
            if nmr > ZERO:
                lacking -= nmr
                reason = words.withdraw(strategy.tournament, nmr)
                self._part.steps.append(self._transfer(strategy, ChangeKind.WITHDRAW, nmr, reason))

    def _transfer(self, strategy: StrategyFacts, kind: ChangeKind, nmr: NMR, reason: str) -> Step:
        tournament, now = strategy.tournament, self._facts.now
        name = f"{tournament.label} strategy"
        model = Model(strategy_id(tournament), name, tournament)
        effect = strategy.schedule.close_after(now) if kind is ChangeKind.DEPOSIT else now
        return Step(kind, model, nmr, Conditions(), None, now, effect, reason)


def _kind(setting: ModelSetting, base: ModelSetting | None) -> ChangeKind:
    """What primarily differs: being switched off, the stake, being switched on, the mode."""
    if not setting.enabled:
        return ChangeKind.SET_ENABLED
    if base is None or setting.per_round != base.per_round:
        return ChangeKind.SET_PER_ROUND
    return ChangeKind.SET_MODE if base.enabled else ChangeKind.SET_ENABLED
