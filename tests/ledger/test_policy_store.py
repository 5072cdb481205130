"""Policies and accrued amounts in a real ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ledger.clock import FrozenClock
from ledger.domain.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.plan import Plan, Step
from ledger.domain.policy import (
    ITSELF,
    WALLET,
    BurnRule,
    Destination,
    Policy,
    Realised,
    Realising,
    SettledPayout,
)
from ledger.domain.stake import StakeMode
from ledger.domain.strategy import ModelSetting
from ledger.errors import ChangeError, ReadOnly
from ledger.rules.policy import allocate
from ledger.store import Store
from tests.ledger.accounts import NOW, model
from tests.ledger.allotting import SIGNALS, TAX, paid, payouts, policies, policy, to, version

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


def kept(store: Store, *found: SettledPayout) -> None:
    store.policies.accrue(SIGNALS, found, allocate(found, (version(HALF),)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(payouts())
def test_what_is_kept_adds_up_to_the_payouts(
    store: Store, found: tuple[SettledPayout, ...]
) -> None:
    listed = tuple(one for one in found if one.nmr)
    kept(store, *listed)
    assert store.policies.payouts(SIGNALS) == tuple(
        sorted(listed, key=lambda one: (one.round, one.model_id))
    )
    accruals = store.policies.accruals(SIGNALS)
    assert NMR.total(one.nmr for one in accruals) == NMR.total(one.nmr for one in listed)
    assert set(accruals) == set(allocate(listed, (version(HALF),)))


def test_a_correction_replaces_the_parts(store: Store) -> None:
    kept(store, paid(1, "birch", "4"), paid(2, "alder", "8"))
    kept(store, paid(2, "alder", "-8"))
    (only,) = store.policies.accruals(SIGNALS)
    assert (only.round, only.destination, only.nmr) == (2, ITSELF, NMR(-8))
    assert store.policies.payouts(SIGNALS) == (paid(2, "alder", "-8"),)


def test_what_stays_is_not_written_again(store: Store) -> None:
    rows = [paid(number, "alder", "4") for number in range(1, 40)]
    kept(store, *rows)
    with closing(sqlite3.connect(store.path)) as other:
        other.executescript("""
            CREATE TABLE touched (what TEXT);
            CREATE TRIGGER a AFTER UPDATE ON policy_payout
            BEGIN INSERT INTO touched VALUES ('payout'); END;
            CREATE TRIGGER b AFTER INSERT ON policy_accrual
            BEGIN INSERT INTO touched VALUES ('accrual'); END;
        """)
    kept(store, *rows)
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("SELECT * FROM touched").fetchall() == []


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


def drafted(store: Store, one: Step, *taken: Realising) -> Change:
    (change,) = store.add_plan(Plan((one,), None, (), (), (), ZERO, ()), realising=taken)
    return change


def takes(place: Destination, nmr: str, **more: object) -> Realising:
    return Realising(0, SIGNALS, place, NMR(nmr), 7, **more)  # type: ignore[arg-type]


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
        Realised(change.id, to("birch"), NMR(3), 7, NOW, dropped=False),
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
    kept(store, paid(1, "alder", "4"))
    reader = Store.open(store.path, clock=FrozenClock(NOW), read_only=True)
    try:
        assert reader.policies.accruals(SIGNALS) == store.policies.accruals(SIGNALS)
        with pytest.raises(ReadOnly):
            reader.policies.keep_edits(HALF)
    finally:
        reader.close()
