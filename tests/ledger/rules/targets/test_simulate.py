"""A simulation carries a plan out under the same rules, and so does the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from ledger.domain.model import Model, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.plan import Plan, Simulation, Step
from ledger.numerai.client import NumeraiClient
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.simulate import simulate
from ledger.rules.targets.target import parse_target, resolve
from ledger.store import Store
from ledger.syncing.sync import sync
from tests.conftest import NOW as SANDBOX_NOW
from tests.conftest import SandboxClock, make_client
from tests.ledger.accounts import CLOSE, NOW, PAID, accounts, facts, owned, queue, queued
from tests.worlds import sandbox_of

LONG = 75
"""Rounds enough for two releases after each other."""


def staked(simulation: Simulation, at: int = -1) -> dict[str, NMR]:
    return {point.model_id: point.staked for point in simulation.points[at].models}


def test_points_lie_at_every_close_and_wherever_stakes_change() -> None:
    account = facts({"a": "10", "b": "1"}, {"a": "4", "b": "9"}, wallet="2")
    simulation = simulate(account, make_plan(account), rounds=30)
    closes = [point.round for point in simulation.points if point.round is not None]
    assert closes == list(range(1405, 1435))
    assert [point.at for point in simulation.points if point.round is None] == [NOW, PAID]
    first, second = simulation.points[:2]
    assert (first.free, first.held, first.releasing) == (ZERO, NMR(2), NMR(6))
    assert (second.at, second.held) == (CLOSE, ZERO)
    by_name = {point.model_id: point for point in second.models}
    assert (by_name["a"].staked, by_name["a"].counting) == (NMR(10), NMR(4))
    assert staked(simulation) == {"a": NMR(4), "b": NMR(9)}
    assert simulation.complete == make_plan(account).complete


def test_beyond_the_simulated_rounds_nothing_is_complete() -> None:
    account = facts({"a": "10"}, {"a": "4"})
    assert simulate(account, make_plan(account), rounds=5).complete is None
    with pytest.raises(ValueError, match="one round"):
        simulate(account, make_plan(account), rounds=0)


def test_an_account_without_models_has_one_point() -> None:
    account = facts({}, {}, wallet="3")
    simulation = simulate(account, make_plan(account))
    assert [point.free for point in simulation.points] == [NMR(3)]


@settings(max_examples=60, deadline=None)
@given(accounts())
def test_nmr_is_conserved_to_the_wei(account: PlanFacts) -> None:
    simulation = simulate(account, make_plan(account), rounds=LONG)
    for point in simulation.points:
        assert point.free + point.held + point.staked == owned(account)
        assert point.free >= ZERO
        assert all(entry.counting >= ZERO and entry.staked >= ZERO for entry in point.models)


@settings(max_examples=60, deadline=None)
@given(accounts(affordable=True))
def test_a_plan_breaks_no_rule_and_ends_when_and_where_it_says(account: PlanFacts) -> None:
    plan = make_plan(account)
    simulation = simulate(account, plan, rounds=LONG)
    final = staked(simulation)
    for name, target in account.targets.items():
        assert final[name] == target
    everything = [plan.complete, *_pending_dates(account, plan)]
    assert simulation.complete == max(at for at in everything if at is not None)


@settings(max_examples=40, deadline=None)
@given(accounts())
def test_a_queued_plan_goes_the_same_way(account: PlanFacts) -> None:
    plan = make_plan(account)
    after = queued(account, plan)
    direct = simulate(account, plan, rounds=LONG)
    through_queue = simulate(after, make_plan(after), rounds=LONG)
    assert staked(direct) == staked(through_queue)
    assert direct.complete == through_queue.complete


def _pending_dates(account: PlanFacts, plan: Plan) -> list[datetime | None]:
    """What is pending on models without a target, and is not the plan's business."""
    cancelled = {step.model.id for step in plan.steps if step.kind is ChangeKind.CANCEL_RELEASE}
    return [
        stake.pending.due
        for name, stake in account.stakes.items()
        if stake.pending is not None and name not in cancelled
    ]


def read(client: NumeraiClient, path: Path, clock: SandboxClock) -> PlanFacts:
    """The account as a sync brings it into a ledger."""
    store = Store.open(path, clock=clock)
    try:
        sync(client, store, clock, history_rounds=5)
        account = store.account()
        assert account is not None
        return PlanFacts(
            now=clock.now(),
            models=tuple(store.models()),
            systems=store.systems(),
            stakes=store.stakes(),
            available=account.available,
            rounds=store.rounds(Tournament.SIGNALS),
            targets={},
            as_of=account.as_of,
        )
    finally:
        store.close()


def send(client: NumeraiClient, step: Step) -> None:
    if step.kind is ChangeKind.INCREASE:
        client.increase(step.model, step.nmr or ZERO)
    elif step.kind is ChangeKind.DECREASE:
        client.decrease(step.model, step.nmr or ZERO)
    elif step.kind is ChangeKind.DRAIN:
        client.drain(step.model)
    else:
        client.cancel_release(step.model)


def signals(account: PlanFacts) -> list[Model]:
    return [model for model in account.models if model.tournament is Tournament.SIGNALS]


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        (["25%", "25%", "25%", "25%"], 0),
        (["drain", "keep", "-5", "max"], 3),
        (["max", "+10", "drain", "drain"], 0),
        (["-1.000000000000000001", "=0", "+0.5", "+0.25"], 8),
    ],
)
def test_the_executed_plan_ends_at_its_own_forecast(
    typed: list[str], days: int, tmp_path: Path
) -> None:
    with sandbox_of(seed=7, models=16, rounds=40, now=SANDBOX_NOW, payouts=False) as sandbox:
        clock = SandboxClock(sandbox)
        client = make_client(sandbox)
        sandbox.advance(days=days)
        account = read(client, tmp_path / "ledger.sqlite3", clock)
        rows = [
            parse_target(text, model.id)
            for text, model in zip(typed, signals(account), strict=True)
        ]
        states = {
            key: net_position
            for key, net_position in account.net_positions().items()
            if net_position.model.tournament is Tournament.SIGNALS
        }
        resolution = resolve(rows, states, account.available)
        assert not resolution.problems
        account = replace(account, targets=resolution.amounts)
        plan = make_plan(account)
        assert plan.complete is not None
        forecast = simulate(account, plan, rounds=LONG)

        changes = queue(plan)
        for index, step in enumerate(plan.steps):
            if step.earliest > sandbox.now():
                sandbox.advance(to=step.earliest)
            send(client, step)
            seen = read(client, tmp_path / "ledger.sqlite3", clock)
            under_way = replace(seen, targets=account.targets, open_changes=changes[index + 1 :])
            again = make_plan(under_way)
            assert (again.steps, again.replaces, again.missing) == ((), (), ZERO)
            assert again.complete == plan.complete
        sandbox.advance(to=max(plan.complete, forecast.complete or plan.complete))
        client.close()

        final = staked(forecast)
        for key in states:
            assert sandbox.world.slot(key).stake == final[key]
        for key, target in resolution.amounts.items():
            assert sandbox.world.slot(key).stake == target
        assert sandbox.world.wallet == forecast.points[-1].free
        assert sandbox.world.held == ZERO
