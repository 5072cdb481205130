"""Changes of a strategy's settings: the whole setting, what it replaces, and the way it takes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONTINUOUS,
    SETTINGS,
    Change,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting, strategy_id
from ledger.domain.targets.plan import Plan, Step
from ledger.errors import ChangeError
from ledger.store import Store, migrate
from ledger.store.connection import PATIENCE, connect
from ledger.store.files import create_private
from tests.ledger.store.samples import ALPHA, LATER, NOON

DRAFT, QUEUED, SENDING = ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.SENDING
LOWER = ModelSetting(NMR("0.000000000000000001"), StakeMode.CONSTANT)
BEFORE = ModelSetting(NMR(2), StakeMode.COMPOUND, enabled=False)
STRATEGY = Model(strategy_id(Tournament.CLASSIC), "Classic strategy", Tournament.CLASSIC)


def wanted(
    store: Store,
    *,
    kind: ChangeKind = ChangeKind.SET_PER_ROUND,
    nmr: NMR | None = None,
    channel: Channel | None = Channel.SIGNED,
    setting: ModelSetting | None = LOWER,
    base: ModelSetting | None = BEFORE,
    model: Model = ALPHA,
) -> Change:
    return store.add_change(
        model=model,
        system=System.CONTINUOUS if kind in CONTINUOUS else System.ATOMIC,
        kind=kind,
        nmr=nmr,
        conditions=Conditions(),
        reason="less on alpha",
        channel=channel,
        setting=setting,
        base=base,
    )


def test_a_setting_comes_back_as_it_was(store: Store) -> None:
    change = wanted(store)
    assert (change.setting, change.base, change.channel) == (LOWER, BEFORE, Channel.SIGNED)
    assert store.change(change.id) == change
    assert wanted(store, base=None).base is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"setting": None}, "needs a setting"),
        ({"setting": ModelSetting(NMR(-1), StakeMode.CONSTANT)}, "can't be staked per round"),
        ({"channel": None}, "can't be carried out"),
        ({"kind": ChangeKind.DEPOSIT, "setting": None}, "amount above zero"),
        ({"kind": ChangeKind.DEPOSIT, "nmr": NMR(1)}, "has no setting"),
        (
            {"kind": ChangeKind.INCREASE, "nmr": NMR(1), "setting": None},
            "can't be carried out the way 'signed'",
        ),
    ],
)
def test_what_can_not_be_wanted_is_refused(
    store: Store, more: dict[str, object], words: str
) -> None:
    with pytest.raises(ChangeError, match=words):
        wanted(store, **more)  # type: ignore[arg-type]
    assert store.changes() == ()


def test_setting_and_way_can_be_edited_while_nobody_said_yes(store: Store) -> None:
    change = wanted(store)
    edited = store.edit(
        change, nmr=None, conditions=Conditions(), reason="", channel=Channel.BY_HAND,
        setting=BEFORE, base=LOWER,
    )  # fmt: skip
    assert (edited.channel, edited.setting, edited.base) == (Channel.BY_HAND, BEFORE, LOWER)
    kept = store.edit(edited, nmr=None, conditions=Conditions(), reason="")
    assert (kept.channel, kept.setting, kept.base) == (Channel.BY_HAND, BEFORE, LOWER)
    with pytest.raises(ChangeError, match="edited meanwhile"):
        store.move(change.id, QUEUED, expect=DRAFT, reason="", last_read=change)
    with pytest.raises(ChangeError, match="can't be carried out"):
        store.edit(kept, nmr=None, conditions=Conditions(), reason="", channel=Channel.NUMERAI)


@pytest.mark.parametrize(
    "assignment",
    [
        "channel = 'by-hand'",
        "setting_per_round = '9'",
        "setting_mode = 'compound'",
        "setting_enabled = 0",
        "base_per_round = '9'",
    ],
)
def test_sql_can_not_alter_a_confirmed_setting(store: Store, path: Path, assignment: str) -> None:
    change = wanted(store)
    store.move(change.id, QUEUED, expect=DRAFT, reason="")
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="altered once it is confirmed"):
        other.execute(f"UPDATE change SET {assignment}")
    other.close()


@pytest.mark.parametrize(
    "assignment",
    [
        "setting_mode = NULL",
        "setting_per_round = NULL",
        "setting_per_round = NULL, setting_mode = NULL, setting_enabled = NULL",
        "base_enabled = NULL",
        "setting_per_round = '-1'",
        "setting_mode = 'other'",
        "channel = 'post'",
    ],
)
def test_sql_can_not_leave_half_a_setting(store: Store, path: Path, assignment: str) -> None:
    wanted(store)
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError):
        other.execute(f"UPDATE change SET {assignment}")
    other.close()


def test_a_strategy_has_one_transfer_under_way(store: Store) -> None:
    moves = [
        wanted(store, kind=kind, nmr=NMR(1), setting=None, base=None, model=STRATEGY)
        for kind in (ChangeKind.DEPOSIT, ChangeKind.WITHDRAW)
    ]
    for change in moves:
        store.move(change.id, QUEUED, expect=DRAFT, reason="")
    store.move(moves[0].id, SENDING, expect=QUEUED, reason="", attempt="a")
    with pytest.raises(ChangeError, match="one change under way"):
        store.move(moves[1].id, SENDING, expect=QUEUED, reason="", attempt="b")


def test_a_plan_of_both_systems(store: Store) -> None:
    def step(kind: ChangeKind, **more: object) -> Step:
        return Step(
            kind=kind,
            model=ALPHA,
            conditions=Conditions(),
            after_step=None,
            earliest=NOON,
            effect=LATER,
            reason="Planned.",
            **more,  # type: ignore[arg-type]
        )

    steps = (
        step(ChangeKind.INCREASE, nmr=NMR(1)),
        step(ChangeKind.SET_PER_ROUND, nmr=None, setting=LOWER, base=BEFORE),
    )
    plan = Plan(steps, LATER, (), (), (), NMR(0), ())
    added = store.add_plan(plan, channel=Channel.UNSIGNED)
    assert [(one.system, one.channel, one.setting, one.base) for one in added] == [
        (System.CONTINUOUS, Channel.NUMERAI, None, None),
        (System.ATOMIC, Channel.UNSIGNED, LOWER, BEFORE),
    ]
    again = replace(plan, queue=store.changes())
    assert [one.channel for one in store.add_plan(again)] == [Channel.NUMERAI, Channel.BY_HAND]


def test_changes_from_before_take_the_way_they_took(path: Path, clock: FrozenClock) -> None:
    path.parent.mkdir(parents=True)
    create_private(path)
    migrate.migrate(path, migrate.shipped()[:3], patience=PATIENCE)
    old = connect(path, read_only=False)
    for kind in ("increase", "set-mode"):
        old.execute(
            "INSERT INTO change (tournament, model_id, model_name, system, kind, nmr, state, "
            "when_release_gone, reason, created, updated) "
            "VALUES (8, 'm', 'alpha', 'atomic', ?, '1', 'draft', 0, 'why', ?, ?)",
            (kind, LATER.isoformat(), LATER.isoformat()),
        )
    old.close()
    store = Store.open(path, clock=clock)
    assert [(one.channel, one.setting) for one in store.changes()] == [(Channel.NUMERAI, None)] * 2
    store.close()


def test_every_kind_of_setting_is_one(store: Store) -> None:
    assert {wanted(store, kind=kind).setting for kind in SETTINGS} == {LOWER}
