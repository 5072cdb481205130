"""From a per-round stake as typed to the setting that stakes it, and what comes of that.

``0.5`` is the stake itself, ``+0.1`` and ``-0.1`` are more and less than what is set, ``off`` opens
no new positions. What settings in the queue will have changed counts as changed. A deposit is
never part of it: what idle NMR lacks is said, and the step that would bring it offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain import typed
from ledger.domain.model import Model
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.stakes.holding import RunsOut
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, strategy_id
from ledger.domain.targets.per_round import PerRoundPlan, PresentSetting
from ledger.domain.targets.plan import Step
from ledger.errors import ChangeError
from ledger.rules.moves import per_round_sentences as words
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.stakes.holding import idle_runs_out
from ledger.rules.stakes.strategy_facts import StrategyFacts, active
from ledger.rules.targets import sentences, strategy_sentences
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.strategy_net_position import (
    eventual_setting,
    strategy_net_positions,
    under_way,
)
from ledger.rules.targets.strategy_plan import setting_step

OFF = "off"
"""Typed for no new positions."""


def present_setting(facts: PlanFacts, model: Model, setting: ModelSetting | None) -> PresentSetting:
    """How a model is set; ``setting`` is all of it with the queue done, where that is known.

    Raises:
        ChangeError: it can't be set now.
    """
    why = facts.uncertain(model)
    if why is not None:
        raise ChangeError(why, "Sync and try again.")
    position = facts.net_positions()[model.id]
    if position.uncertain:
        raise ChangeError(sentences.uncertain(position.uncertain[-1].id, model))
    strategy = facts.strategies[model.tournament]
    parts = setting or strategy.best().get(model.id)
    present = PresentSetting(
        model=model,
        setting=setting,
        per_round=parts.per_round if parts is not None else None,
        mode=parts.mode if parts is not None else None,
        enabled=parts.enabled if parts is not None else None,
    )
    said_of_it = words.present(present, position.queue, strategy.schedule.concurrent)
    idle = _Idle(facts, strategy)
    lasts = words.lasts(idle.runs_out({}), strategy)
    return replace(present, sentences=(*said_of_it, lasts + words.without(idle.left_out())))


def per_round_typed(text: str, present: PresentSetting) -> NMR | None:
    """The per-round stake meant by ``text``; ``None`` for none at all.

    Raises:
        ChangeError: it is no amount, or there is nothing to add it to or take it from.
    """
    asked = text.strip().lower().replace("\N{MINUS SIGN}", "-")
    if asked == OFF:
        return None
    if asked[:1] not in {"+", "-"}:
        return typed.positive(asked)
    name = said(present.model.name)
    by = typed.positive(asked[1:])
    if present.enabled is False:
        raise ChangeError(f"{name} is switched off and stakes nothing.", "Type an amount: 0.5.")
    if present.per_round is None:
        raise ChangeError(f"What {name} stakes per round is not known.", "Type an amount: 0.5.")
    stake = present.per_round + by if asked[0] == "+" else present.per_round - by
    if stake <= ZERO:
        raise ChangeError(
            f"{name} stakes {present.per_round} NMR per round, no more than {by}.",
            f"Type {OFF} to open no new positions.",
        )
    return stake


def plan_per_round(
    facts: PlanFacts, present: PresentSetting, text: str, mode: StakeMode | None
) -> PerRoundPlan:
    """What setting a model to ``text`` as typed, in ``mode``, would do.

    Raises:
        ChangeError: it can't be meant, or changes nothing.
    """
    return _Setter(facts, present).plan(_setting(present, text, mode))


def _setting(present: PresentSetting, text: str, mode: StakeMode | None) -> ModelSetting:
    name = said(present.model.name)
    untyped = text in {"", "+", "-"}
    if untyped and mode is present.mode and present.setting is not None:
        raise ChangeError("Nothing is typed yet.", f"Type an amount: 0.5, +0.1 or {OFF}.")
    unchanged = untyped and present.setting is not None and present.setting.enabled
    per_round = present.per_round if unchanged else per_round_typed(text, present)
    if per_round is None and (present.setting is None or mode is None):
        raise ChangeError(strategy_sentences.unknown_setting(present.model))
    if mode is None:
        raise ChangeError(f"Which mode {name} is in is not known.", "Choose one: it is written.")
    if per_round is not None:
        setting = ModelSetting(per_round, mode)
    else:
        setting = ModelSetting(present.per_round or ZERO, mode, enabled=False)
    if setting == present.setting:
        raise ChangeError(f"{name} is set like that already.", "Nothing would change.")
    return setting


@dataclass(frozen=True, slots=True)
class _Idle:
    """A strategy's idle NMR once open deposits and withdrawals are done."""

    facts: PlanFacts
    strategy: StrategyFacts

    def runs_out(self, planned: Mapping[str, ModelSetting]) -> RunsOut | None:
        """When it does with the queue's settings, and others ``planned`` in place of those."""
        if self.strategy.idle is None:
            return None
        idle = self.strategy.idle + under_way(self.strategy, self.facts.open_changes)
        funded = replace(self.strategy, idle=idle)
        return idle_runs_out(funded, settings={**self.settings(), **planned})

    def settings(self) -> dict[str, ModelSetting]:
        """Every model's setting once the queue is done, where it is known."""
        positions = strategy_net_positions(self.strategy, self.facts.open_changes)
        eventual = {key: eventual_setting(position) for key, position in positions.items()}
        return {key: setting for key, setting in eventual.items() if setting is not None}

    def left_out(self, planned: str = "") -> list[str]:
        """Names of models with positions of which nobody knows what they will stake, but for the
        one with the id ``planned``."""
        settings, rows = self.settings(), self.strategy.by_model()
        return [
            model.name
            for model in self.strategy.own_models()
            if model.id not in settings
            and model.id != planned
            and any(row.state.running for row in rows.get(model.id, ()))
        ]

    def cash(self) -> NMR | None:
        """What the owner's wallet can give beyond the deposits in the queue, where known."""
        wallet = self.strategy.wallet
        wallet = self.facts.available if wallet is None else wallet
        if wallet is None or uncertain_wallet(self.facts.missing) is not None:
            return None
        flows = (
            under_way(entry, self.facts.open_changes) for entry in self.facts.strategies.values()
        )
        return max(ZERO, wallet - NMR.total(max(ZERO, flow) for flow in flows))


class _Setter:
    def __init__(self, facts: PlanFacts, present: PresentSetting) -> None:
        self._facts, self._present = facts, present
        self._model = present.model
        self._strategy = facts.strategies[present.model.tournament]
        self._idle = _Idle(facts, self._strategy)
        rows = self._strategy.by_model().get(self._model.id, [])
        self._newest = rows[0].round if rows else 0
        self._running = [row for row in rows if row.state.running]

    def plan(self, setting: ModelSetting) -> PerRoundPlan:
        schedule, now = self._strategy.schedule, self._facts.now
        number = max(schedule.next_round(now), self._newest + 1)
        complete = schedule.taken_over(now)[1]
        before = self._idle.runs_out({})
        after = self._idle.runs_out({self._model.id: setting})
        missing = after.missing if after is not None else ZERO
        return PerRoundPlan(
            present=self._present,
            step=self._step(setting, complete),
            first=schedule.close(number),
            complete=complete,
            effects=(
                *self._rounds(setting, number, complete),
                *words.idle(before, after, self._strategy),
                *self._positions(setting),
            ),
            warnings=tuple(self._warnings(setting, missing, after)),
            missing=missing,
            deposit=self._deposit(missing, after),
        )

    def _step(self, setting: ModelSetting, complete: datetime) -> Step:
        base, model = self._present.setting, self._model
        rounds = self._strategy.schedule.concurrent
        reason = strategy_sentences.set_to(model, setting, base, rounds, complete)
        return setting_step(model, setting, base, reason, at=self._facts.now, complete=complete)

    def _rounds(self, setting: ModelSetting, number: int, complete: datetime) -> Iterator[str]:
        """What the rounds to come take."""
        schedule = self._strategy.schedule
        yield words.first(setting, self._present, number, schedule.close(number))
        if setting.enabled:
            yield words.leads_to(setting, self._present, schedule.concurrent, complete)
        if setting.enabled and setting.mode is not self._present.mode:
            yield words.claims(setting.mode)

    def _positions(self, setting: ModelSetting) -> Iterator[str]:
        """What becomes of those that run."""
        resolve = [row.resolves for row in self._running if row.resolves is not None]
        if resolve:
            held = NMR.total(row.stake for row in self._running)
            yield words.stay_locked(held, len(self._running), max(resolve))
        if not setting.enabled:
            yield words.comes_back(self._strategy.finalise_days)

    def _warnings(self, setting: ModelSetting, missing: NMR, out: RunsOut | None) -> Iterator[str]:
        held = [row.stake for row in self._running]
        rolls = active(setting) and setting.mode is StakeMode.COMPOUND
        if rolls and any(stake != setting.per_round for stake in held):
            yield strategy_sentences.compound_keeps(self._model, setting, NMR.total(held))
        if self._strategy.idle is None:
            yield strategy_sentences.idle_unknown(self._strategy.tournament)
        left_out = self._idle.left_out(self._model.id)
        if left_out:
            yield strategy_sentences.left_out(left_out)
        if missing <= ZERO:
            return
        unpaid, cash = uncertain_wallet(self._facts.missing), self._idle.cash()
        if unpaid is not None:
            yield unpaid
        elif cash is not None and cash < missing:
            tournament = self._strategy.tournament
            yield strategy_sentences.short_of_idle(tournament, missing - cash, out)

    def _deposit(self, missing: NMR, out: RunsOut | None) -> Step | None:
        """The step that brings what is missing, as far as the wallet goes."""
        nmr, now = min(missing, self._idle.cash() or ZERO), self._facts.now
        if nmr <= ZERO:
            return None
        tournament = self._strategy.tournament
        model = Model(strategy_id(tournament), f"{tournament.label} strategy", tournament)
        effect = self._strategy.schedule.close_after(now)
        reason = strategy_sentences.deposit(tournament, nmr, out)
        return Step(ChangeKind.DEPOSIT, model, nmr, Conditions(), None, now, effect, reason)
