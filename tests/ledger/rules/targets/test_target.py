"""What people type as a target, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.targets.target import Target, TargetKind
from ledger.errors import ChangeError
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.rules.targets.target import parse_target, pinned, resolve, target_text
from tests.ledger.accounts import PAID, accounts, facts, model, queued, release


def amounts(account: PlanFacts, **typed: str) -> dict[str, str]:
    """What the typed targets come to, as text."""
    rows = [parse_target(text, name) for name, text in typed.items()]
    found = resolve(rows, account.net_positions(), account.available)
    assert not found.problems
    return {name: str(nmr) for name, nmr in found.amounts.items()}


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("40", Target("a", TargetKind.NMR, nmr=NMR(40))),
        ("=40", Target("a", TargetKind.NMR, nmr=NMR(40))),
        (" = 1250.5 NMR", Target("a", TargetKind.NMR, nmr=NMR("1250.5"))),
        (".5", Target("a", TargetKind.NMR, nmr=NMR("0.5"))),
        ("0", Target("a", TargetKind.NMR, nmr=ZERO)),
        ("25%", Target("a", TargetKind.PERCENT, percent=Decimal(25))),
        ("12.5 %", Target("a", TargetKind.PERCENT, percent=Decimal("12.5"))),
        ("+3", Target("a", TargetKind.DELTA, nmr=NMR(3))),
        ("-2.5", Target("a", TargetKind.DELTA, nmr=NMR("-2.5"))),
        ("−2.5", Target("a", TargetKind.DELTA, nmr=NMR("-2.5"))),
        ("MAX", Target("a", TargetKind.MAX)),
        ("drain", Target("a", TargetKind.DRAIN)),
        ("", Target("a", TargetKind.KEEP)),
        ("keep", Target("a", TargetKind.KEEP)),
    ],
)
def test_targets_as_people_type_them(typed: str, target: Target) -> None:
    assert parse_target(typed, "a") == target
    assert parse_target(target_text(target), "a") == target


@pytest.mark.parametrize(
    "typed",
    ["all", "=-2", "1e3", "2.5.1", "%", "-5%", "1,5", "=max", "++3", "0.0000000000000000001"],
)
def test_what_is_no_target_says_so(typed: str) -> None:
    with pytest.raises(ChangeError) as caught:
        parse_target(typed, "a")
    assert caught.value.advice


@settings(deadline=None)
@given(st.integers(0, 10**24), st.sampled_from(["", "+", "-"]))
def test_amounts_survive_being_written_down(wei: int, sign: str) -> None:
    target = parse_target(f"{sign}{NMR.from_wei(wei)}", "a", locked=True)
    assert parse_target(target_text(target), "a", locked=True) == target


def test_amounts_are_meant_against_the_stake_after_what_is_pending() -> None:
    account = facts({"a": ("20", release("4", PAID)), "b": "24"}, {}, wallet="100")
    typed = {"a": "+3", "b": "25%"}
    assert amounts(account, **typed) == {"a": "19", "b": "10"}
    assert amounts(account, a="-16", b="=7") == {"a": "0", "b": "7"}
    assert amounts(account, a="drain", b="") == {"a": "0"}


def test_a_share_is_one_of_its_own_tournament() -> None:
    account = facts({"a": "20", "b": "60"}, {})
    account = replace(account, models=(model("a"), model("b", Tournament.CLASSIC)))
    assert amounts(account, a="50%", b="50%") == {"a": "10", "b": "30"}


def test_max_takes_what_no_other_row_wants() -> None:
    account = facts({"a": "20", "b": "5", "c": ("9", release("3", PAID))}, {}, wallet="10")
    assert amounts(account, a="12", b="max") == {"a": "12", "b": "26"}
    assert amounts(account, b="max", a="max") == {"b": "11.5", "a": "26.5"}
    assert amounts(account, a="50", b="max") == {"a": "50", "b": "5"}


def test_below_zero_is_a_problem_of_its_row_alone() -> None:
    account = facts({"a": "2", "b": "5"}, {})
    rows = [parse_target("-2.5", "a"), parse_target("4", "b"), parse_target("4", "z")]
    found = resolve(rows, account.net_positions(), ZERO)
    assert found.amounts == {"b": NMR(4)}
    assert "below zero" in found.problems["a"]
    assert set(found.problems) == {"a", "z"}


def test_queueing_does_not_move_what_targets_come_to() -> None:
    account = facts({"a": "20", "b": "5"}, {}, wallet="10")
    typed = {"a": "-6", "b": "max"}
    first = amounts(account, **typed)
    planned = replace(account, targets={name: NMR(nmr) for name, nmr in first.items()})
    assert amounts(queued(planned, make_plan(planned)), **typed) == first


def test_pinned_targets_stay_what_they_came_to() -> None:
    account = facts({"a": "20", "b": "5", "c": "1"}, {}, wallet="10")
    rows = [
        parse_target("-6", "a", locked=True),
        parse_target("max", "b"),
        parse_target("drain", "c"),
    ]
    fixed = pinned(rows, resolve(rows, account.net_positions(), account.available))
    assert fixed == (
        Target("a", TargetKind.NMR, nmr=NMR(14), locked=True),
        Target("b", TargetKind.NMR, nmr=NMR(22)),
        Target("c", TargetKind.DRAIN),
    )


@settings(deadline=None)
@given(accounts(), st.lists(st.integers(0, 100_000), min_size=6, max_size=6))
def test_shares_of_a_hundred_never_make_more_than_there_is(
    account: PlanFacts, parts: list[int]
) -> None:
    states = account.net_positions()
    names = [key for key, s in states.items() if s.model.tournament is Tournament.SIGNALS]
    whole = sum(parts[: len(names)]) or 1
    rows = [
        Target(name, TargetKind.PERCENT, percent=Decimal(part * 100) / whole)
        for name, part in zip(names, parts, strict=False)
    ]
    found = resolve(rows, states, account.available)
    total = NMR.total(states[name].effective for name in names)
    asked = sum((row.percent or Decimal(0) for row in rows), Decimal(0))
    assert NMR.total(found.amounts.values()) <= total.times(max(asked, Decimal(100)) / 100)


@settings(deadline=None)
@given(accounts(), st.lists(st.sampled_from(["max", "", "drain"]), min_size=6, max_size=6))
def test_max_leaves_nothing_and_asks_for_nothing_more(account: PlanFacts, typed: list[str]) -> None:
    states = account.net_positions()
    rows = [parse_target(text, key) for key, text in zip(states, typed, strict=False)]
    found = resolve(rows, states, account.available)
    assert not found.problems
    if any(row.kind is TargetKind.MAX for row in rows):
        wanted = [found.amounts.get(key, state.eventual) for key, state in states.items()]
        pool = account.available + NMR.total(s.effective + s.releasing for s in states.values())
        assert NMR.total(wanted) == pool
