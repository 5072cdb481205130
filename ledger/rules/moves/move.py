"""From a move between models to the steps it takes, when each of them happens, and what it costs.

Continuous stakes give NMR back when the last round running at the request resolves. A model on
atomic staking gives it back round by round; where NMR goes to another model of the same strategy,
that one's new positions take over what the old ones leave. From one system, or one strategy, to
another it goes over the owner's wallet once all of it is free, in one piece.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.domain.model import Model, System, Tournament
from ledger.domain.names import said
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, Conditions
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, strategy_id
from ledger.domain.targets.move import Move, MovePlan, Stage
from ledger.domain.targets.plan import Plan, Step
from ledger.errors import ChangeError
from ledger.rules.moves import move_sentences as words
from ledger.rules.stakes.strategy_facts import active, per_round_of
from ledger.rules.targets import sentences, strategy_sentences
from ledger.rules.targets.net_position import NetPosition, settles
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.strategy_net_position import eventual_setting, under_way
from ledger.rules.targets.strategy_plan import setting_step


def plan_move(facts: PlanFacts, move: Move) -> MovePlan:
    """The steps of ``move``, as drafts would be made of them now.

    Raises:
        ChangeError: it can't be done; the advice says what would help.
    """
    return _Mover(facts, move).plan()


class _Mover:
    def __init__(self, facts: PlanFacts, move: Move) -> None:
        self.facts, self.move = facts, move
        self.models = {model.id: model for model in facts.models}
        self.states = facts.net_positions()
        self.schedules = facts.schedules()
        self._check()

    @property
    def source(self) -> NetPosition:
        return self.states[self.move.source]

    def plan(self) -> MovePlan:
        local = [share for share in self.move.shares if self._local(share[0])]
        abroad = [share for share in self.move.shares if not self._local(share[0])]
        out = self._leave(local)
        free_at = max(outlook.complete or self.facts.now for outlook in out.outlooks[:1])
        steps = list(out.steps)
        if abroad:
            steps = self._joined(steps, abroad, free_at)
        complete = max((step.effect for step in steps), default=self.facts.now)
        plan = replace(
            out, steps=tuple(steps), complete=complete, queue=self.facts.open_changes, offers=()
        )
        return MovePlan(
            move=self.move,
            plan=plan,
            statement=words.statement(self.move, self.models, complete),
            stages=tuple(sorted(self._stages(steps, free_at), key=lambda stage: stage.at)),
            costs=tuple(self._costs(abroad, free_at, complete)),
            complete=complete,
            ready=self._ready(abroad),
        )

    # What can't be done

    def _check(self) -> None:
        move, models = self.move, self.models
        if not move.shares:
            raise ChangeError("There is no model to move to yet.", "Name one.")
        for model_id in (move.source, *(model_id for model_id, _ in move.shares)):
            self._check_model(models[model_id])
        if any(model_id == move.source for model_id, _ in move.shares):
            raise ChangeError("NMR does not move from a model to itself.", "Name another one.")
        if any(share <= ZERO for _, share in move.shares):
            raise ChangeError("Every share must be above zero.", "Leave a model out, or give less.")
        held = self.source.eventual
        if move.nmr > held:
            raise ChangeError(
                f"{said(models[move.source].name)} will hold {held} NMR, less than {move.nmr}.",
                "Move that much, or less.",
            )
        ready = self._ready([share for share in move.shares if not self._local(share[0])])
        if move.at_once and (ready is None or ready < move.nmr):
            there = "not known" if ready is None else f"{ready} NMR"
            raise ChangeError(
                f"What is free to go at once is {there}.", "Wait for what leaves the model."
            )

    def _check_model(self, model: Model) -> None:
        why = self.facts.uncertain(model)
        if why is not None or model.id not in self.states:
            raise ChangeError(
                why or f"The stake of {said(model.name)} is not known.", "Sync first."
            )
        net_position = self.states[model.id]
        if net_position.uncertain:
            raise ChangeError(sentences.uncertain(net_position.uncertain[-1].id, model))
        if model.archived and model.id != self.move.source:
            raise ChangeError(f"{said(model.name)} is archived.", "Name another model.")
        if self._atomic(model.tournament) and eventual_setting(net_position) is None:
            raise ChangeError(
                f"What {said(model.name)} is set to now is not known.",
                "Sync, or set it once by its targets.",
            )

    # The steps

    def _leave(self, local: Sequence[tuple[str, NMR]]) -> Plan:
        """What the source gives up, and what models of its own strategy take over."""
        source = self.source
        targets = {source.model.id: source.eventual - self.move.nmr}
        targets |= {key: self.states[key].eventual + share for key, share in local}
        own = source.model.tournament
        alone = replace(
            self.facts,
            targets=targets,
            strategies={
                key: strategy for key, strategy in self.facts.strategies.items() if key is own
            },
            modes=dict.fromkeys(self._compounding(targets), StakeMode.CONSTANT),
        )
        plan = make_plan(alone)
        for outlook in plan.outlooks:
            if outlook.blocked is not None:
                raise ChangeError(outlook.blocked)
        if not plan.steps:
            raise ChangeError(
                f"The queue does that already for {said(source.model.name)}.", "See the queue."
            )
        return plan

    def _joined(
        self, steps: list[Step], abroad: Sequence[tuple[str, NMR]], free_at: datetime
    ) -> list[Step]:
        """``steps`` with those of models that are reached over the wallet."""
        now = self.facts.now
        at = now if self.move.at_once else free_at
        own = [index for index, step in enumerate(steps) if step.model.id == self.move.source]
        after = own[-1] if own and not self.move.at_once else None
        if self._atomic(self.source.model.tournament) and not self.move.at_once:
            nmr = NMR.total(share for _, share in abroad)
            steps.append(self._funds(self.source.model.tournament, nmr, at, after, out=True))
            after = len(steps) - 1
        funded: dict[Tournament, int] = {}
        for model_id, share in abroad:
            tournament = self.models[model_id].tournament
            if not self._atomic(tournament):
                steps.append(self._increase(model_id, share, at, after))
                continue
            if tournament not in funded:
                nmr = NMR.total(
                    entry for key, entry in abroad if self.models[key].tournament is tournament
                )
                steps.append(self._funds(tournament, nmr, at, after, out=False))
                funded[tournament] = len(steps) - 1
            steps.append(self._set(model_id, share, at, funded[tournament]))
        return steps

    def _increase(self, model_id: str, nmr: NMR, at: datetime, after: int | None) -> Step:
        net_position, now = self.states[model_id], self.facts.now
        schedule = self.schedules[net_position.model.tournament]
        waits = net_position.release_pending
        at = max(at, settles(net_position, schedule, now) or at)
        unsent = net_position.unsent
        counts = schedule.close_after(at)
        conditions = Conditions(
            not_before=at if at > now else None,
            after_change=unsent[-1].id if unsent and after is None else None,
            when_release_gone=waits,
            when_free=nmr if at > now else None,
        )
        reached = net_position.eventual + nmr
        sent = at if at > now else None
        reason = sentences.increase(net_position.model, nmr, reached, sent, counts)
        model = net_position.model
        return Step(ChangeKind.INCREASE, model, nmr, conditions, after, at, counts, reason)

    def _funds(
        self, tournament: Tournament, nmr: NMR, at: datetime, after: int | None, *, out: bool
    ) -> Step:
        """NMR from a strategy to its owner's wallet, or the other way."""
        kind = ChangeKind.WITHDRAW if out else ChangeKind.DEPOSIT
        model = Model(strategy_id(tournament), f"{tournament.label} strategy", tournament)
        waits = Conditions(not_before=at if at > self.facts.now else None)
        reason = words.funds(tournament, nmr, at, out=out)
        effect = at if out else self.schedules[tournament].close_after(at)
        return Step(kind, model, nmr, waits, after, at, effect, reason)

    def _set(self, model_id: str, share: NMR, at: datetime, after: int) -> Step:
        net_position = self.states[model_id]
        base, ramp = eventual_setting(net_position), net_position.ramp
        if ramp is None:
            raise ChangeError(f"What {said(net_position.model.name)} is set to now is not known.")
        rounds = ramp.rounds
        per_round = per_round_of(net_position.eventual + share, rounds)
        setting = ModelSetting(per_round, StakeMode.CONSTANT)
        complete = self.schedules[net_position.model.tournament].taken_over(at)[1]
        reason = strategy_sentences.set_to(net_position.model, setting, base, rounds, complete)
        step = setting_step(net_position.model, setting, base, reason, at=at, complete=complete)
        waits = Conditions(not_before=at if at > self.facts.now else None)
        return replace(step, conditions=waits, after_step=after)

    # What happens when

    def _stages(self, steps: Iterable[Step], free_at: datetime) -> Iterator[Stage]:
        for step in steps:
            yield Stage(step.earliest, words.goes_out(step))
            if step.effect > step.earliest:
                yield Stage(step.effect, words.takes_effect(step))
        source = self.source.model
        if self._atomic(source.tournament):
            yield Stage(free_at, words.all_left(source, self.move.nmr))

    def _costs(
        self, abroad: Sequence[tuple[str, NMR]], free_at: datetime, complete: datetime
    ) -> Iterator[str]:
        source, now = self.source.model, self.facts.now
        involved = (source.id, *(model_id for model_id, _ in self.move.shares))
        for model_id in self._compounding(involved):
            yield words.stops_compounding(self.models[model_id])
        if not abroad:
            yield words.TAKEN_OVER
            return
        if self.move.at_once:
            yield words.exposed_twice(self.move.nmr, source, free_at)
            return
        first = min(
            step.effect
            for step in self._joined([], abroad, free_at)
            if step.kind is not ChangeKind.WITHDRAW
        )
        if self._atomic(source.tournament):
            yield words.idle_meanwhile(self.move.nmr, free_at)
        else:
            schedule = self.schedules[source.tournament]
            missed = schedule.next_round(first) - schedule.next_round(now) - 1
            yield words.out_of_rounds(self.move.nmr, source, missed, first)
        ready = self._ready(abroad)
        if ready is not None and ready >= self.move.nmr:
            sooner = plan_move(self.facts, replace(self.move, at_once=True)).complete
            yield words.could_go_now(self.move.nmr, source, sooner, free_at, complete)

    # What there is

    def _local(self, model_id: str) -> bool:
        """Whether NMR gets to a model without leaving the source's strategy."""
        tournament = self.source.model.tournament
        return self._atomic(tournament) and self.models[model_id].tournament is tournament

    def _compounding(self, model_ids: Iterable[str]) -> list[str]:
        """Those in compound mode, where the per-round stake does not move what they hold."""
        settings = {
            key: eventual_setting(self.states[key])
            for key in model_ids
            if self._atomic(self.models[key].tournament)
        }
        return [
            key
            for key, setting in settings.items()
            if active(setting) and setting is not None and setting.mode is StakeMode.COMPOUND
        ]

    def _atomic(self, tournament: Tournament) -> bool:
        return self.facts.systems.get(tournament) is System.ATOMIC

    def _ready(self, abroad: Collection[tuple[str, NMR]]) -> NMR | None:
        """The NMR that every destination could get at once; ``None`` where that is not known."""
        if not abroad:
            return ZERO
        pots = [self._pot(self.models[model_id].tournament) for model_id, _ in abroad]
        known_pots = [pot for pot in pots if pot is not None]
        return min(known_pots) if len(known_pots) == len(pots) else None

    def _pot(self, tournament: Tournament) -> NMR | None:
        """Free NMR for a tournament: the wallet it is paid from, less what is promised."""
        taken = NMR.total(net_position.taken for net_position in self._continuous())
        promised = NMR.total(
            change.nmr or ZERO
            for net_position in self._continuous()
            for change in net_position.queue
            if change.kind is ChangeKind.INCREASE
        )
        wallet = self.facts.available
        if not self._atomic(tournament):
            return None if wallet is None else max(ZERO, wallet - taken - promised)
        strategy = self.facts.strategies[tournament]
        owner = wallet if strategy.wallet is None else strategy.wallet
        if owner is None:
            return None
        return max(ZERO, owner - max(ZERO, under_way(strategy, self.facts.open_changes)))

    def _continuous(self) -> list[NetPosition]:
        return [net_position for net_position in self.states.values() if net_position.ramp is None]
