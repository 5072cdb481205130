"""Policies and accrued amounts in a real ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    WALLET,
    BurnRule,
    Destination,
    Policy,
    PolicyChange,
    PolicyStep,
    PolicyVersion,
    SettledPayout,
    Split,
)
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.rounds.performance import PayoutState
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.domain.targets.plan import Plan, Step
from ledger.errors import ChangeError, ReadOnly
from ledger.rules.policy.owed import balances_of
from ledger.rules.policy.split import split_payouts
from ledger.store import Store
from tests.ledger.accounts import NOW, model
from tests.ledger.allotting import (
    MODELS,
    SIGNALS,
    TAX,
    histories,
    paid,
    payouts,
    performance,
    policies,
    policy,
    to,
)

HALF = policy({None: {to("birch"): 50}, "alder": {WALLET: "12.5", TAX: 10}})
CANCELLED, REFUSED = ChangeState.CANCELLED, ChangeState.REFUSED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store.open(tmp_path / "ledger.sqlite3", clock=FrozenClock(NOW))
    yield found
    found.close()


# Policies


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(policies())
def test_edits_come_back_as_they_were(store: Store, one: Policy) -> None:
    whole = replace(one, threshold=NMR("0.000000000000000001"), every=7, pools=("tax", "a b"))
    store.policies.keep_edits(whole)
    assert store.policies.edits(SIGNALS) == whole
    assert store.policies.versions(SIGNALS) == ()


def test_before_the_first_edit_there_is_no_row(store: Store) -> None:
    assert store.policies.edits(SIGNALS) == Policy(SIGNALS)


def test_versions_are_kept_beside_the_edits(store: Store) -> None:
    store.policies.keep_edits(HALF)
    store.policies.put_in_force(HALF, 10, "autumn")
    store.policies.put_in_force(Policy(SIGNALS, burns=BurnRule.SHARE), 12, None)
    store.policies.keep_edits(Policy(SIGNALS))
    first, second = store.policies.versions(SIGNALS)
    assert (first.policy, first.since, first.name, first.made) == (HALF, 10, "autumn", NOW)
    assert (second.policy.burns, second.on, second.since) == (BurnRule.SHARE, False, 12)
    assert first.id < second.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy SET since = 1 WHERE since IS NOT NULL",
        "DELETE FROM policy WHERE since IS NOT NULL",
        "UPDATE policy_share SET percent = '1'",
        "DELETE FROM policy_share",
        "UPDATE policy_pool SET name = 'x'",
        "DELETE FROM policy_pool",
    ],
)
def test_a_version_is_never_altered(store: Store, statement: str) -> None:
    known = replace(HALF, pools=("tax",))
    store.policies.put_in_force(known, 10, None)
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError, match="a policy"):
            other.execute(statement)
    assert store.policies.versions(SIGNALS)[0].policy == known


# Payouts and their parts


def kept(store: Store, *found: SettledPayout, since: int = 0) -> tuple[Split, ...]:
    """Splits them all, but writes those from a round on only."""
    listed = [one for one in found if one.round >= since]
    carried = store.policies.carried(SIGNALS, since)
    splits = split_payouts(listed, store.policies.versions(SIGNALS), carried)
    store.policies.accrue(SIGNALS, since, splits)
    return splits


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(payouts(), histories(), st.integers(0, 13))
def test_balances_in_the_ledger_are_those_of_the_parts(
    tmp_path_factory: pytest.TempPathFactory,
    found: tuple[SettledPayout, ...],
    versions: tuple[PolicyVersion, ...],
    since: int,
) -> None:
    """To the wei, also when split round by round."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    store = Store.open(path, clock=FrozenClock(NOW))
    try:
        for one in versions:
            store.policies.put_in_force(one.policy, one.since, None)
        listed = [one for one in found if one.nmr]
        kept(store, *(one for one in listed if one.round < since))
        kept(store, *listed, since=since)
        whole = split_payouts(listed, versions)
        assert store.policies.balances(SIGNALS) == balances_of(whole)
        assert store.policies.balances(SIGNALS).total == NMR.total(one.nmr for one in listed)
        assert store.policies.payouts(SIGNALS) == tuple(one.payout for one in whole)
        assert store.policies.payouts(SIGNALS, since) == tuple(
            one.payout for one in whole if one.payout.round >= since
        )
    finally:
        store.close()


def test_a_correction_replaces_the_parts(store: Store) -> None:
    store.policies.put_in_force(HALF, 1, None)
    kept(store, paid(1, "birch", "4"), paid(2, "alder", "8"))
    kept(store, paid(2, "alder", "-8"), since=2)
    assert store.policies.payouts(SIGNALS) == (paid(1, "birch", "4"), paid(2, "alder", "-8"))
    assert store.policies.balances(SIGNALS).accrued == {
        ("birch", ITSELF): NMR(4),
        ("alder", ITSELF): NMR(-8),
    }
    assert store.policies.carried(SIGNALS, 3) == {"birch": ZERO, "alder": NMR(8)}


# What is to be split anew


def told(store: Store, *found: tuple[int, str, str], settled: bool = True) -> None:
    """Numerai's figures, as a sync brings them."""
    state = PayoutState.SETTLED if settled else PayoutState.PENDING
    rows = tuple(performance(number, name, nmr, state=state) for number, name, nmr in found)
    account = Account(
        username="user",
        as_of=NOW,
        wallet_address=None,
        available=NMR(100),
        held_increases=NMR(0),
        held_withdrawals=NMR(0),
        key_name="key",
        scopes=frozenset({"stake"}),
    )
    models = tuple(model(name) for name in MODELS)
    systems = {SIGNALS: System.CONTINUOUS}
    facts = SyncFacts(account, models, (), (), systems, performances=rows)
    store.apply(facts, SyncLog(NOW, NOW, "done", 1, 100, 0))


def stale(store: Store) -> int | None:
    return store.policies.stale_since(SIGNALS, store.policies.versions(SIGNALS))


def test_only_what_changed_is_split_anew(store: Store) -> None:
    store.policies.put_in_force(HALF, 5, None)
    told(store, (4, "alder", "1"), (5, "alder", "2"), (7, "birch", "0"), (8, "birch", "-1"))
    told(store, (9, "alder", "3"), settled=False)
    assert stale(store) == 5
    kept(store, paid(5, "alder", "2"), paid(8, "birch", "-1"))
    assert stale(store) is None
    told(store, (9, "alder", "3"))
    assert stale(store) == 9
    kept(store, paid(9, "alder", "3"), since=9)
    assert stale(store) is None
    told(store, (8, "birch", "-1.5"))
    assert stale(store) == 8
    kept(store, paid(8, "birch", "-1.5"), paid(9, "alder", "3"), since=8)
    told(store, (9, "alder", "0"))
    assert stale(store) == 9, "it paid, and does no more"


def test_another_version_is_another_split(store: Store) -> None:
    store.policies.put_in_force(HALF, 1, None)
    told(store, *((number, "alder", "1") for number in (3, 4, 5)))
    kept(store, *(paid(number, "alder", "1") for number in (3, 4, 5)))
    assert stale(store) is None
    store.policies.put_in_force(HALF, 6, None)
    assert stale(store) is None
    store.policies.put_in_force(Policy(SIGNALS), 4, None)
    assert stale(store) == 4


# What changes take


def step(kind: ChangeKind, nmr: str | None, setting: ModelSetting | None = None) -> Step:
    return Step(
        kind=kind,
        model=model("birch"),
        nmr=None if nmr is None else NMR(nmr),
        conditions=Conditions(),
        after_step=None,
        earliest=NOW,
        effect=NOW,
        reason="Payout allocation.",
        setting=setting,
    )


def drafted(store: Store, one: Step, *taken: PolicyStep) -> Change:
    (change,) = store.add_plan(Plan((one,), None, (), (), (), ZERO, ()), realising=taken)
    return change


def takes(place: Destination, nmr: str, **more: object) -> PolicyStep:
    return PolicyStep(0, SIGNALS, place, NMR(nmr), 7, **more)  # type: ignore[arg-type]


def realised(store: Store) -> list[tuple[Destination, str, bool]]:
    found = store.policies.realised(SIGNALS)
    return [(one.destination, str(one.nmr), one.dropped) for one in found]


def edited(
    store: Store, change: Change, nmr: str | None, setting: ModelSetting | None = None
) -> None:
    store.edit(
        change,
        nmr=None if nmr is None else NMR(nmr),
        conditions=change.conditions,
        reason="Edited.",
        setting=setting,
    )


def moved(store: Store, change: Change, *states: ChangeState) -> None:
    before = store.change(change.id).state
    for state in states:
        store.move(change.id, state, expect=before, reason="Moved.")
        before = state


SENT = (ChangeState.QUEUED, ChangeState.SENDING)


def again(store: Store, change: Change) -> Change:
    return store.add_change(
        model=Model("birch", "birch", SIGNALS),
        system=System.CONTINUOUS,
        kind=change.kind,
        nmr=change.nmr,
        conditions=change.conditions,
        reason="Retry.",
        retry_of=change.id,
    )


def test_what_a_draft_takes(store: Store) -> None:
    change = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    assert store.policies.realised(SIGNALS) == (
        PolicyChange(change.id, to("birch"), NMR(3), 7, NOW, dropped=False),
    )


def test_an_edited_increase_takes_what_it_asks_for_now(store: Store) -> None:
    change = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    edited(store, change, "1.25")
    assert realised(store) == [(to("birch"), "1.25", False)]


def test_a_cancelled_draft_gives_back(store: Store) -> None:
    change = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    moved(store, change, CANCELLED)
    assert realised(store) == [(to("birch"), "3", True)]


@pytest.mark.parametrize("last", [ChangeState.UNKNOWN, ChangeState.ACCEPTED])
def test_what_may_have_arrived_is_taken(store: Store, last: ChangeState) -> None:
    change = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    moved(store, change, *SENT, last)
    assert realised(store) == [(to("birch"), "3", False)]


def test_a_lost_change_that_did_not_arrive_gives_back(store: Store) -> None:
    change = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    moved(store, change, *SENT, ChangeState.UNKNOWN, REFUSED)
    assert realised(store) == [(to("birch"), "3", True)]


def test_a_refused_change_takes_again_while_it_is_retried(store: Store) -> None:
    """Also at the third attempt: the chain counts, not the first retry."""
    first = drafted(store, step(ChangeKind.INCREASE, "3"), takes(to("birch"), "3"))
    moved(store, first, *SENT, REFUSED)
    second = again(store, first)
    assert realised(store) == [(to("birch"), "3", False)]
    moved(store, second, *SENT, REFUSED)
    assert realised(store) == [(to("birch"), "3", True)]
    third = again(store, second)
    edited(store, third, "2")
    assert realised(store) == [(to("birch"), "2", False)]
    moved(store, third, CANCELLED)
    assert realised(store) == [(to("birch"), "3", True)]


def test_an_edited_per_round_stake_takes_what_it_leads_to(store: Store) -> None:
    setting = ModelSetting(NMR("1.5"), StakeMode.CONSTANT)
    change = drafted(
        store,
        step(ChangeKind.SET_PER_ROUND, None, setting),
        takes(to("birch"), "12", before=NMR(24), rounds=24),
    )
    assert realised(store) == [(to("birch"), "12", False)]
    edited(store, change, None, replace(setting, per_round=NMR("1.25")))
    assert realised(store) == [(to("birch"), "6", False)]
    edited(store, store.change(change.id), None, replace(setting, enabled=False))
    assert realised(store) == [(to("birch"), "-24", False)]


@pytest.mark.parametrize(
    ("asks", "taken"), [("5", ["3", "2"]), ("4", ["3", "1"]), ("2", ["2", "0"]), ("9", ["3", "2"])]
)
def test_an_edited_withdrawal_takes_in_turn(store: Store, asks: str, taken: list[str]) -> None:
    change = drafted(store, step(ChangeKind.WITHDRAW, "5"), takes(TAX, "3"), takes(WALLET, "2"))
    if asks != "5":
        edited(store, change, asks)
    assert realised(store) == [(TAX, taken[0], False), (WALLET, taken[1], False)]


def test_a_plan_that_is_refused_takes_nothing(store: Store) -> None:
    other = drafted(store, step(ChangeKind.INCREASE, "1"))
    stale = Plan((step(ChangeKind.INCREASE, "3"),), None, (), (), (), ZERO, ())
    with pytest.raises(ChangeError, match="queue changed"):
        store.add_plan(stale, realising=[takes(to("birch"), "3")])
    assert realised(store) == []
    assert [one.id for one in store.changes()] == [other.id]


def test_a_read_only_ledger_can_be_looked_at(store: Store) -> None:
    store.policies.put_in_force(HALF, 1, None)
    kept(store, paid(1, "alder", "4"))
    reader = Store.open(store.path, clock=FrozenClock(NOW), read_only=True)
    try:
        assert reader.policies.balances(SIGNALS) == store.policies.balances(SIGNALS)
        with pytest.raises(ReadOnly):
            reader.policies.keep_edits(HALF)
    finally:
        reader.close()
