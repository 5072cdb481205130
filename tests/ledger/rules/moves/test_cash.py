"""Ways to an amount of NMR: what is free, waiting, releases, and settings that stake less."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.stakes.cash import CashAnswer, CashKind, CashRoute
from ledger.rules.moves.cash import cash_routes
from ledger.rules.stakes.projection import project
from ledger.rules.stakes.unlocks import unlocks
from ledger.rules.targets.plan_facts import PlanFacts
from tests.ledger import accounts
from tests.ledger.accounts import NOW, PAID, release
from tests.ledger.strategies import CLASSIC, WEI, account, constant, drawn_strategies, running
from tests.ledger.strategies import strategy as strategy_of

WITHDRAW, DECREASE = ChangeKind.WITHDRAW, ChangeKind.DECREASE


def asked(facts: PlanFacts, nmr: str | NMR) -> CashAnswer:
    coming = unlocks(facts.models, facts.stakes, facts.strategies.values(), facts.rounds, NOW)
    return cash_routes(facts, coming, NMR(nmr) if isinstance(nmr, str) else nmr)


def by_kind(answer: CashAnswer) -> dict[CashKind, CashRoute]:
    return {route.kind: route for route in answer.routes}


def steps(route: CashRoute) -> list[tuple[ChangeKind, str]]:
    return [] if route.plan is None else [(one.kind, one.model.id) for one in route.plan.steps]


def two(idle: str = "3", wallet: str = "0") -> PlanFacts:
    """Two constant models whose rounds all hold their settings."""
    rows = [*running("a", NMR(2), CLASSIC), *running("b", NMR(1), CLASSIC)]
    facts = strategy_of({"a": constant("2"), "b": constant("1")}, rows, idle=idle)
    return account(facts, targets={}, wallet=wallet)


def test_what_is_free_is_told_by_place() -> None:
    facts = two(idle="10", wallet="4")
    (strategy,) = facts.strategies.values()
    facts = replace(facts, strategies={CLASSIC: replace(strategy, wallet=NMR(6), own_wallet=True)})
    answer = asked(facts, "5")
    assert [(part.place, str(part.nmr)) for part in answer.free] == [
        ("Numerai wallet", "4"),
        ("owner's wallet", "6"),
        ("idle in Classic", "7"),
    ]
    assert answer.routes[0].kind is CashKind.NOW
    assert answer.routes[0].plan is None


def test_idle_that_no_round_needs_is_drawn_last() -> None:
    route = asked(two(idle="10", wallet="4"), "6").routes[0]
    assert (route.kind, route.at) == (CashKind.NOW, NOW)
    assert route.plan is not None
    assert [(one.kind, one.nmr) for one in route.plan.steps] == [(WITHDRAW, NMR(2))]


def test_releases_take_the_largest_stakes_that_have_nothing_pending() -> None:
    facts = accounts.facts({"a": "5", "b": "30", "c": ("50", release("1", PAID))}, {}, wallet="2")
    route = by_kind(asked(facts, "34"))[CashKind.RELEASE]
    assert set(steps(route)) == {(DECREASE, "a"), (ChangeKind.DRAIN, "b")}
    assert len(steps(route)) == 2
    assert route.at == PAID
    assert "can still burn" in route.costs[0]
    short = by_kind(asked(facts, "100"))[CashKind.RELEASE]
    assert (short.at, short.nmr) == (None, NMR(37))


def test_settings_free_nmr_as_positions_resolve() -> None:
    answer = asked(two(), "50")
    routes = by_kind(answer)
    assert [route.kind for route in answer.routes if route.at is None] == [CashKind.WAIT]
    lower, few, every = (
        routes[kind] for kind in (CashKind.LOWER, CashKind.DISABLE, CashKind.DISABLE_ALL)
    )
    assert steps(lower) == [
        (ChangeKind.SET_PER_ROUND, "a"),
        (ChangeKind.SET_PER_ROUND, "b"),
        (WITHDRAW, "strategy-8"),
    ]
    assert steps(few) == [(ChangeKind.SET_ENABLED, "a"), (WITHDRAW, "strategy-8")]
    assert every.at is not None and few.at is not None and lower.at is not None
    assert every.at <= few.at <= lower.at
    assert "141.9904 NMR instead of 192" in lower.costs[0]
    assert lower.plan is not None
    out = lower.plan.steps[-1]
    assert (out.nmr, out.after_step, out.conditions.not_before) == (NMR(50), 1, lower.at)


def test_more_than_there_is_has_no_date() -> None:
    answer = asked(two(), "500")
    assert all(route.at is None for route in answer.routes)
    assert all(route.nmr <= NMR(195) for route in answer.routes)


@settings(max_examples=40, deadline=None)
@given(drawn_strategies(), WEI, WEI)
def test_a_date_is_kept_by_the_projection(facts, wallet: NMR, nmr: NMR) -> None:
    before = account(facts, targets={}, wallet=str(wallet))
    for route in asked(before, nmr).routes:
        if route.kind not in {CashKind.LOWER, CashKind.DISABLE, CashKind.DISABLE_ALL}:
            continue
        if route.at is None or route.plan is None:
            continue
        made = {one.model.id: one.setting for one in route.plan.steps if one.setting is not None}
        taken = NMR.total(one.nmr or ZERO for one in route.plan.steps if one.nmr is not None)
        needed = project(facts, settings=made)
        later = [point.idle for point in needed.rounds if point.at >= route.at]
        if not any(point.missing for point in needed.rounds):
            assert min(later) >= taken


@given(WEI, WEI, st.booleans())
def test_nothing_promises_more_than_there_is(wallet: NMR, nmr: NMR, held: bool) -> None:
    stake = "20" if held else "0"
    facts = accounts.facts({"a": stake, "b": "1.5"}, {}, wallet=str(wallet))
    everything = wallet + NMR(stake) + NMR("1.5")
    for route in asked(facts, nmr).routes:
        assert route.nmr <= max(everything, nmr)
        if route.at is not None:
            assert nmr <= everything


def test_a_route_is_found_by_its_name() -> None:
    answer = asked(two(), "50")
    assert answer.route("lower-8") is by_kind(answer)[CashKind.LOWER]
    assert answer.route("lower-11") is None
