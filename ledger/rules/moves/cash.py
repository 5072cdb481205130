"""When an amount of NMR can be had: by waiting, by releases, by settings that stake less.

What is free counts first: the wallets, and idle NMR beyond what the next rounds need. A release
comes back when the last round running at the request resolves. A setting of a strategy frees NMR
round by round, as positions resolve; it is there from the close on after which idle NMR pays for
all later rounds without it. Payouts are left out throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from ledger.domain.model import Model, System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.stakes.cash import CashAnswer, CashKind, CashRoute, FreeNmr
from ledger.domain.stakes.strategy import ModelSetting, strategy_id
from ledger.domain.stakes.unlock import Unlock, UnlockView
from ledger.domain.targets.plan import Plan, Step
from ledger.rules.moves import cash_sentences as words
from ledger.rules.queue.certainty import uncertain_wallet
from ledger.rules.stakes.holding import idle_needed
from ledger.rules.stakes.stepping import StrategySteps
from ledger.rules.stakes.strategy_facts import StrategyFacts, active, committed
from ledger.rules.stakes.unlocks import when_free
from ledger.rules.targets.net_position import NetPosition
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.strategy_net_position import eventual_setting, under_way

TYPED = 10**14
"""Wei. Lowered settings are whole ten-thousandths of an NMR: some are typed by hand."""


def cash_routes(facts: PlanFacts, unlocks: Sequence[Unlock], nmr: NMR) -> CashAnswer:
    """Every way to ``nmr`` NMR; ``unlocks`` are all that comes free by itself."""
    return _Cashier(facts, unlocks, nmr).answer()


class _Cashier:
    def __init__(self, facts: PlanFacts, unlocks: Sequence[Unlock], nmr: NMR) -> None:
        self._facts, self._unlocks, self._asked = facts, unlocks, nmr
        self._states = facts.net_positions()
        self._spare = {key: self._spare_idle(entry) for key, entry in facts.strategies.items()}
        self._free = tuple(self._free_parts())
        self._total = NMR.total(part.nmr for part in self._free if part.nmr is not None)
        self._short = max(ZERO, nmr - self._total)

    def answer(self) -> CashAnswer:
        routes = [*self._now(), self._wait(), *self._releases()]
        for strategy in self._facts.strategies.values():
            if self._short and strategy.idle is not None:
                routes += self._settings(strategy)
        routes.sort(key=lambda route: (route.at is None, route.at or self._facts.now))
        return CashAnswer(self._asked, self._facts.now, self._free, tuple(routes))

    # What is free

    def _free_parts(self) -> Iterator[FreeNmr]:
        certain = uncertain_wallet(self._facts.missing) is None
        wallet = self._facts.available if certain else None
        promised = NMR.total(
            [
                *(net_position.taken for net_position in self._continuous()),
                *(
                    change.nmr or ZERO
                    for net_position in self._continuous()
                    for change in net_position.queue
                    if change.kind is ChangeKind.INCREASE
                ),
            ]
        )
        yield FreeNmr(
            words.NUMERAI_WALLET, None if wallet is None else max(ZERO, wallet - promised)
        )
        strategies = self._facts.strategies.values()
        owners = [entry.wallet for entry in strategies if entry.own_wallet]
        owned = [wallet for wallet in owners if wallet is not None]
        if owned:
            yield FreeNmr(words.OWNERS_WALLET, max(owned))
        for tournament, spare in self._spare.items():
            yield FreeNmr(words.idle_of(tournament), spare)

    def _spare_idle(self, strategy: StrategyFacts) -> NMR | None:
        """Idle NMR that no round needs by the settings there will be."""
        if strategy.idle is None:
            return None
        idle = strategy.idle + min(ZERO, under_way(strategy, self._facts.open_changes))
        return max(ZERO, idle - idle_needed(strategy, settings=self._kept(strategy)))

    def _kept(self, strategy: StrategyFacts) -> dict[str, ModelSetting]:
        """What the strategy's models are set to once the queue is done, where that is known."""
        states = (self._states.get(model.id) for model in strategy.own_models())
        settings = {
            net_position.model.id: eventual_setting(net_position)
            for net_position in states
            if net_position is not None
        }
        return {key: setting for key, setting in settings.items() if setting is not None}

    # Without asking for anything

    def _now(self) -> Iterator[CashRoute]:
        if self._short:
            return
        steps: list[Step] = []
        lacking = self._asked - NMR.total(
            part.nmr or ZERO
            for part in self._free
            if part.place in {words.NUMERAI_WALLET, words.OWNERS_WALLET}
        )
        for tournament, spare in self._spare.items():
            nmr = min(lacking, spare or ZERO)
            if nmr > ZERO:
                lacking -= nmr
                steps.append(self._withdrawal(tournament, nmr, self._facts.now))
        plan = self._plan_of(steps) if steps else None
        yield CashRoute(
            "now",
            CashKind.NOW,
            self._facts.now,
            self._asked,
            words.free_now(plan is not None),
            (),
            plan,
        )

    def _wait(self) -> CashRoute:
        at = when_free(self._asked, self._total, self._unlocks, UnlockView.STAYS, self._facts.now)
        coming = (entry.free(UnlockView.STAYS) or ZERO for entry in self._unlocks)
        most = self._asked if at is not None else NMR.total([self._total, *coming])
        return CashRoute("wait", CashKind.WAIT, at, most, words.WAIT)

    # Continuous: releases

    def _releases(self) -> Iterator[CashRoute]:
        stakes = sorted(
            (net_position for net_position in self._continuous() if self._releasable(net_position)),
            key=lambda net_position: (-net_position.eventual.wei, net_position.model.name),
        )
        if not self._short or not stakes:
            return
        lacking, targets = self._short, {}
        for net_position in stakes:
            part = min(lacking, net_position.eventual)
            if part > ZERO:
                targets[net_position.model.id] = net_position.eventual - part
                lacking -= part
        plan = make_plan(replace(self._facts, targets=targets, strategies={}))
        plan = replace(plan, queue=self._facts.open_changes)
        names = [said(self._states[key].model.name) for key in targets]
        released = self._short - lacking
        yield CashRoute(
            "release",
            CashKind.RELEASE,
            plan.complete if not lacking else None,
            self._total + released,
            words.release(released, names),
            words.release_costs(released, plan.complete),
            plan,
        )

    def _releasable(self, net_position: NetPosition) -> bool:
        model = net_position.model
        return (
            self._facts.systems.get(model.tournament) is System.CONTINUOUS
            and net_position.pending is None
            and not net_position.queue
            and not model.archived
            and net_position.eventual > ZERO
            and self._facts.uncertain(model) is None
        )

    # Atomic: settings

    def _settings(self, strategy: StrategyFacts) -> Iterator[CashRoute]:
        kept = {
            key: setting
            for key, setting in self._kept(strategy).items()
            if active(setting) and not self._states[key].uncertain and not self._archived(key)
        }
        totals = {key: self._states[key].eventual for key in kept}
        whole = NMR.total(totals.values())
        if not whole:
            return
        tournament = strategy.tournament
        if self._short < whole:
            share = Fraction(self._short.wei, whole.wei)
            rounds = strategy.schedule.concurrent
            lower = {
                key: committed(_lowered(total, share, rounds), rounds)
                for key, total in totals.items()
            }
            yield self._setting_route(
                strategy, CashKind.LOWER, lower, words.lower(tournament, share)
            )
            few = _fewest(totals, self._short)
            if len(few) < len(totals):
                names = [said(self._states[key].model.name) for key in few]
                yield self._setting_route(
                    strategy, CashKind.DISABLE, dict.fromkeys(few, ZERO), words.disable(names)
                )
        everyone = dict.fromkeys(totals, ZERO)
        yield self._setting_route(
            strategy, CashKind.DISABLE_ALL, everyone, words.disable_all(tournament, len(everyone))
        )

    def _setting_route(
        self, strategy: StrategyFacts, kind: CashKind, targets: Mapping[str, NMR], sentence: str
    ) -> CashRoute:
        tournament = strategy.tournament
        constant = dict.fromkeys(targets, words.CONSTANT)
        alone = replace(
            self._facts, targets=targets, strategies={tournament: strategy}, modes=constant
        )
        plan = make_plan(alone)
        made = {step.model.id: step.setting for step in plan.steps if step.setting is not None}
        at, most = self._freed(strategy, self._kept(strategy) | made)
        steps = [step for step in plan.steps if step.setting is not None]
        if at is not None:
            steps.append(
                replace(self._withdrawal(tournament, self._short, at), after_step=len(steps) - 1)
            )
        before = NMR.total(self._states[key].eventual for key in targets)
        after = NMR.total(targets.values())
        return CashRoute(
            f"{kind.value}-{int(tournament)}",
            kind,
            at,
            self._total + (self._short if at is not None else most),
            sentence,
            words.setting_costs(tournament, before, after),
            replace(self._plan_of(steps), replaces=plan.replaces, complete=plan.complete),
        )

    def _freed(
        self, strategy: StrategyFacts, settings: Mapping[str, ModelSetting]
    ) -> tuple[datetime | None, NMR]:
        """From which close on idle can do without what is lacking, and the most it can spare."""
        spare = (self._spare.get(strategy.tournament) or ZERO).wei
        idle = (strategy.idle or ZERO).wei - spare
        closes = tuple(StrategySteps(strategy, settings).unlimited())
        at, most, lowest = None, 0, None
        for close in reversed(closes):
            left = idle + close.idle
            lowest = left if lowest is None else min(lowest, left)
            most = max(most, lowest)
            if lowest >= self._short.wei:
                at = close.at
        return at, NMR.from_wei(max(0, most))

    def _withdrawal(self, tournament: Tournament, nmr: NMR, at: datetime) -> Step:
        model = Model(strategy_id(tournament), f"{tournament.label} strategy", tournament)
        waits = Conditions(not_before=at if at > self._facts.now else None)
        reason = words.withdraw(tournament, nmr)
        return Step(ChangeKind.WITHDRAW, model, nmr, waits, None, at, at, reason)

    def _plan_of(self, steps: Iterable[Step]) -> Plan:
        return Plan(
            steps=tuple(steps),
            complete=None,
            outlooks=(),
            options=(),
            replaces=(),
            missing=ZERO,
            warnings=(),
            queue=self._facts.open_changes,
        )

    def _archived(self, model_id: str) -> bool:
        return self._states[model_id].model.archived

    def _continuous(self) -> list[NetPosition]:
        return [net_position for net_position in self._states.values() if net_position.ramp is None]


def _lowered(total: NMR, share: Fraction, rounds: int) -> NMR:
    """The per-round stake that leaves ``share`` of ``total`` away, in figures that can be typed
    where they are above the smallest of these."""
    wei = int(total.wei * (1 - share)) // rounds
    return NMR.from_wei(wei // TYPED * TYPED or wei)


def _fewest(totals: Mapping[str, NMR], nmr: NMR) -> list[str]:
    """The largest ones that hold ``nmr`` together."""
    chosen, held = [], ZERO
    for key, total in sorted(totals.items(), key=lambda entry: (-entry[1].wei, entry[0])):
        if held >= nmr:
            break
        chosen.append(key)
        held += total
    return chosen
