"""Allocation strategies to plan and project: by hand, at random, and out of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import Change, ChangeState
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ModelSetting,
    Origin,
    Position,
    PositionState,
    SettingReading,
)
from ledger.domain.targets.plan import Plan
from ledger.rules.rounds import calendar
from ledger.rules.stakes.strategy_facts import StrategyFacts
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.sandbox.world.world import World
from tests.ledger.accounts import NOW, model

CLASSIC, SIGNALS, CRYPTO = Tournament.CLASSIC, Tournament.SIGNALS, Tournament.CRYPTO
CONSTANT, COMPOUND = StakeMode.CONSTANT, StakeMode.COMPOUND
DAYS = {CLASSIC: 60, SIGNALS: 60, CRYPTO: 20}
ROUNDS = {CLASSIC: 64, SIGNALS: 64, CRYPTO: 24}
"""How many rounds run at a time."""


def round_of(number: int, tournament: Tournament, now: datetime) -> Round:
    """An atomic round as Numerai lists it at ``now``."""
    days = DAYS[tournament]
    pays = ScoreConfig("mmc", "MMC", None, True, 1, 1, 1, None, days)  # type: ignore[arg-type]
    return Round(
        tournament=tournament,
        number=number,
        opens=calendar.opens(number),
        closes=None,
        closes_staking=calendar.closes_staking(number, tournament),
        scored=None,
        resolves=calendar.resolves(number, days),
        resolved=calendar.resolves(number, days) <= now,
        payout_factor=None,
        stake_threshold=None,
        scores=(pays,),
    )


def rounds_at(tournament: Tournament, now: datetime, count: int = 80) -> tuple[Round, ...]:
    """The newest rounds, newest first."""
    newest = calendar.latest_round(now)
    return tuple(round_of(number, tournament, now) for number in range(newest, newest - count, -1))


def constant(per_round: str, *, enabled: bool = True) -> ModelSetting:
    return ModelSetting(NMR(per_round), CONSTANT, enabled)


def compound(per_round: str) -> ModelSetting:
    return ModelSetting(NMR(per_round), COMPOUND)


def reading(
    name: str, setting: ModelSetting, tournament: Tournament, origin: Origin = Origin.CHAIN
) -> SettingReading:
    """What one source says."""
    return SettingReading(
        tournament, name, setting.per_round, setting.mode, setting.enabled, origin, NOW
    )


def position(
    name: str,
    number: int,
    stake: NMR,
    tournament: Tournament,
    *,
    state: PositionState = PositionState.LOCKED,
    payout: NMR | None = None,
    claimable: NMR | None = None,
) -> Position:
    """One position; its dates are the calendar's."""
    resolves = calendar.resolves(number, DAYS[tournament])
    return Position(
        tournament=tournament,
        round=number,
        model_id=name,
        stake=stake,
        state=state,
        opened=calendar.closes_staking(number, tournament),
        resolves=resolves,
        payout=payout,
        claimable=claimable,
        finalises=resolves + timedelta(days=7),
        tx_hash=None,
        origin=Origin.NUMERAI,
    )


def running(
    name: str, stakes: NMR | Mapping[int, NMR], tournament: Tournament, now: datetime = NOW
) -> list[Position]:
    """A position in every round that runs at ``now``, or in those given."""
    newest = calendar.latest_round(now)
    numbers = [
        number
        for number in range(newest, newest - 70, -1)
        if calendar.closes_staking(number, tournament) <= now
        and calendar.resolves(number, DAYS[tournament]) > now
    ]
    if isinstance(stakes, NMR):
        return [position(name, number, stakes, tournament) for number in numbers]
    return [position(name, n, stakes[n], tournament) for n in numbers if n in stakes]


def strategy(
    settings: Mapping[str, ModelSetting],
    positions: list[Position] | None = None,
    *,
    tournament: Tournament = CLASSIC,
    idle: str | None = "0",
    wallet: str | None = None,
    now: datetime = NOW,
    debts: Mapping[str, NMR] | None = None,
    unknown: tuple[str, ...] = (),
) -> StrategyFacts:
    """A strategy of models by name; ``unknown`` ones have no reading."""
    names = [*settings, *unknown]
    return StrategyFacts(
        tournament=tournament,
        now=now,
        models=tuple(model(name, tournament) for name in names),
        rounds=rounds_at(tournament, now),
        positions=tuple(positions or ()),
        readings=tuple(reading(name, entry, tournament) for name, entry in settings.items()),
        idle=None if idle is None else NMR(idle),
        wallet=None if wallet is None else NMR(wallet),
        finalise_days=7,
        debts=debts or {},
    )


def account(
    *strategies: StrategyFacts, targets: Mapping[str, str], wallet: str = "0", **more: object
) -> PlanFacts:
    """An account with these strategies and nothing else."""
    models: tuple[Model, ...] = tuple(entry for known in strategies for entry in known.models)
    return PlanFacts(
        now=strategies[0].now,
        models=models,
        systems={entry.tournament: System.ATOMIC for entry in strategies},
        stakes={},
        available=NMR(wallet),
        rounds=tuple(entry for known in strategies for entry in known.rounds),
        targets={name: NMR(target) for name, target in targets.items()},
        strategies={entry.tournament: entry for entry in strategies},
        **more,  # type: ignore[arg-type]
    )


def queued(before: PlanFacts, plan: Plan, state: ChangeState = ChangeState.QUEUED) -> PlanFacts:
    """The account once the steps of ``plan`` are in its queue, and what they replace is not."""
    kept = tuple(change for change in before.open_changes if change.id not in plan.replaces)
    first = max((change.id for change in before.open_changes), default=0) + 1
    changes = tuple(
        Change(
            id=first + index,
            tournament=step.model.tournament,
            model_id=step.model.id,
            model_name=step.model.name,
            system=System.ATOMIC,
            kind=step.kind,
            nmr=step.nmr,
            state=state,
            conditions=step.conditions,
            reason=step.reason,
            created=NOW,
            updated=NOW,
            setting=step.setting,
            base=step.base,
        )
        for index, step in enumerate(plan.steps)
    )
    return replace(before, open_changes=kept + changes)


def owned(facts: StrategyFacts) -> NMR:
    """All NMR of a strategy and its owner; positions that wait to be claimed included."""
    held = [
        row.claimable if row.claimable is not None else row.stake
        for row in facts.positions
        if row.state.running or row.state is PositionState.CLAIMABLE
    ]
    return NMR.total([facts.idle or ZERO, facts.wallet or ZERO, *held])


def out_of(world: World, tournament: Tournament) -> StrategyFacts:
    """A sandbox world's strategy as a reader with every scope and an RPC endpoint sees it."""
    competition = world.tournaments[tournament]
    now = world.now
    positions, readings = [], []
    for slot in competition.slots:
        for number, entry in slot.entries.items():
            if entry.position is not None and entry.payout is None:
                positions.append(position(slot.id, number, entry.at_risk, tournament))
        known = slot.strategy
        if known is not None and known.per_round is not None:
            setting = ModelSetting(known.per_round, known.mode, known.enabled)
            readings.append(reading(slot.id, setting, tournament))
    return StrategyFacts(
        tournament=tournament,
        now=now,
        models=tuple(model(slot.id, tournament) for slot in competition.slots if not slot.archived),
        rounds=rounds_at(tournament, now),
        positions=tuple(positions),
        readings=tuple(readings),
        idle=competition.idle,
        wallet=world.wallet,
        finalise_days=7,
    )


WEI = st.one_of(
    st.integers(1, 500).map(lambda cents: NMR.from_wei(cents * 10**16)),
    st.integers(1, 10**20).map(NMR.from_wei),
)


@st.composite
def settings_of(draw) -> ModelSetting:
    """Any setting."""
    return ModelSetting(draw(WEI), draw(st.sampled_from(StakeMode)), draw(st.booleans()))


@st.composite
def drawn_strategies(draw, *, tournaments=tuple(Tournament), modes=tuple(StakeMode)):
    """A strategy of one to four models on their way from older settings to the present ones."""
    tournament = draw(st.sampled_from(tournaments))
    now = NOW + timedelta(minutes=draw(st.integers(0, 9 * 24 * 60)))
    names = [f"model{index}" for index in range(draw(st.integers(1, 4)))]
    settings = {
        name: ModelSetting(draw(WEI), draw(st.sampled_from(modes)), draw(st.booleans()))
        for name in names
    }
    positions: list[Position] = []
    for name in names:
        before = draw(st.one_of(st.none(), WEI))
        rows = running(name, before, tournament, now) if before is not None else []
        skipped = draw(st.sets(st.integers(0, 63), max_size=5))
        positions += [row for index, row in enumerate(rows) if index not in skipped]
    return strategy(
        settings,
        positions,
        tournament=tournament,
        idle=str(draw(WEI)),
        wallet=str(draw(WEI)),
        now=now,
    )
