"""The queue: steps are compare-and-swap, history is append-only, nothing is sent twice."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Model, System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import (
    CONTINUOUS,
    SETTINGS,
    TRANSITIONS,
    Change,
    ChangeEvent,
    ChangeKind,
    ChangeState,
    Conditions,
)
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Channel, ModelSetting
from ledger.errors import ChangeError
from ledger.store import Store
from tests.ledger.store.samples import AFTER, ALPHA, BEFORE, BETA, LATER

DRAFT, QUEUED, SENDING = ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.SENDING
UNKNOWN, ACCEPTED, REFUSED = ChangeState.UNKNOWN, ChangeState.ACCEPTED, ChangeState.REFUSED

SETTING = ModelSetting(NMR("0.5"), StakeMode.CONSTANT)
ROUTES = {
    DRAFT: (),
    QUEUED: (QUEUED,),
    ChangeState.WAITING: (QUEUED, ChangeState.WAITING),
    SENDING: (QUEUED, SENDING),
    UNKNOWN: (QUEUED, SENDING, UNKNOWN),
    ACCEPTED: (QUEUED, SENDING, ACCEPTED),
    ChangeState.SETTLED: (QUEUED, SENDING, ACCEPTED, ChangeState.SETTLED),
    REFUSED: (QUEUED, SENDING, REFUSED),
    ChangeState.CANCELLED: (ChangeState.CANCELLED,),
}


def draft(
    store: Store,
    model: Model = ALPHA,
    *,
    kind: ChangeKind = ChangeKind.INCREASE,
    nmr: NMR | None = NMR("2.5"),  # noqa: B008
    conditions: Conditions = Conditions(),  # noqa: B008
    setting: ModelSetting | None = None,
) -> Change:
    continuous = kind in CONTINUOUS
    return store.add_change(
        model=model,
        system=System.CONTINUOUS if continuous else System.ATOMIC,
        kind=kind,
        nmr=nmr,
        conditions=conditions,
        reason="more on alpha",
        channel=Channel.NUMERAI if continuous else Channel.BY_HAND,
        setting=setting,
    )


def bring(store: Store, change: Change, state: ChangeState) -> Change:
    for step in ROUTES[state]:
        change = store.move(change.id, step, expect=change.state, reason="on its way")
    return change


def test_a_draft_is_kept_with_all_it_wants(store: Store, clock: FrozenClock) -> None:
    first = draft(store)
    conditions = Conditions(LATER, 1350, first.id, True, NMR("0.000000000000000001"))

    second = draft(store, BETA, kind=ChangeKind.DRAIN, nmr=None, conditions=conditions)

    assert second == Change(
        second.id,
        BETA.tournament,
        BETA.id,
        BETA.name,
        System.CONTINUOUS,
        ChangeKind.DRAIN,
        None,
        DRAFT,
        conditions,
        "more on alpha",
        clock.now(),
        clock.now(),
        second.position,
    )
    assert second.position > first.position
    assert store.change(second.id) == second
    assert store.changes() == (second, first)
    assert store.events(first.id) == (ChangeEvent(first.id, clock.now(), DRAFT, "more on alpha"),)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_can_be_kept(store: Store, kind: ChangeKind) -> None:
    setting = SETTING if kind in SETTINGS else None
    change = draft(store, kind=kind, nmr=NMR(1), setting=setting)
    assert (change.kind, change.setting) == (kind, setting)


@pytest.mark.parametrize("nmr", [None, NMR(0), NMR(-1)])
def test_an_increase_needs_an_amount(store: Store, nmr: NMR | None) -> None:
    with pytest.raises(ChangeError, match="above zero"):
        draft(store, nmr=nmr)
    assert store.changes() == ()


def test_a_change_can_wait_for_a_known_change_only(store: Store) -> None:
    with pytest.raises(ChangeError, match="no change 99"):
        draft(store, conditions=Conditions(after_change=99))


def test_a_step_is_kept_with_its_event(store: Store, clock: FrozenClock) -> None:
    change = bring(store, draft(store), QUEUED)
    clock.advance(timedelta(minutes=1))

    moved = store.move(
        change.id,
        SENDING,
        expect=QUEUED,
        reason="its turn",
        attempt="a-1",
        request="increase alpha by 2.5",
        before=BEFORE,
        after=AFTER,
    )
    refused = store.move(
        change.id,
        REFUSED,
        expect=SENDING,
        reason="Numerai",
        attempt="a-1",
        answer="no",
        after=AFTER,
    )

    assert moved.state is SENDING
    assert moved.updated == clock.now() > moved.created
    assert refused == store.change(change.id)
    assert refused.reason == "more on alpha"
    assert store.events(change.id)[2:] == (
        ChangeEvent(
            change.id,
            clock.now(),
            SENDING,
            "its turn",
            "a-1",
            "increase alpha by 2.5",
            None,
            BEFORE,
            AFTER,
        ),
        ChangeEvent(change.id, clock.now(), REFUSED, "Numerai", "a-1", None, "no", None, AFTER),
    )


@pytest.mark.parametrize("state", list(ChangeState))
def test_only_the_steps_in_the_table_can_be_taken(store: Store, state: ChangeState) -> None:
    for to in ChangeState:
        change = bring(store, draft(store, Model(f"m-{to}", to, ALPHA.tournament)), state)
        unproved = (state, to) == (UNKNOWN, ChangeState.WAITING)
        if to in TRANSITIONS[state] and not unproved:
            assert store.move(change.id, to, expect=state, reason="").state is to
        else:
            with pytest.raises(ChangeError, match=f"can't go from {state} to {to}"):
                store.move(change.id, to, expect=state, reason="")
            assert store.change(change.id) == change


def test_a_change_that_moved_meanwhile_stays_where_it_is(store: Store) -> None:
    change = bring(store, draft(store), ChangeState.CANCELLED)
    history = store.events(change.id)

    with pytest.raises(ChangeError, match="is cancelled, not draft any more"):
        store.move(change.id, QUEUED, expect=DRAFT, reason="")

    assert store.change(change.id) == change
    assert store.events(change.id) == history


def test_a_change_that_does_not_exist(store: Store) -> None:
    for act in (
        lambda: store.change(7),
        lambda: store.events(7),
        lambda: store.move(7, QUEUED, expect=DRAFT, reason=""),
    ):
        with pytest.raises(ChangeError, match="no change 7"):
            act()


@pytest.mark.parametrize("state", [SENDING, UNKNOWN])
def test_a_model_has_one_change_under_way(store: Store, state: ChangeState) -> None:
    first = bring(store, draft(store), state)
    second = bring(store, draft(store), QUEUED)

    with pytest.raises(ChangeError, match=f"change {first.id} on alpha is {state}"):
        store.move(second.id, SENDING, expect=QUEUED, reason="")

    assert store.change(second.id).state is QUEUED
    assert bring(store, draft(store, BETA), SENDING).state is SENDING
    store.move(first.id, REFUSED, expect=state, reason="")
    assert store.move(second.id, SENDING, expect=QUEUED, reason="").state is SENDING


def test_an_attempt_is_used_once(store: Store) -> None:
    first, second = (bring(store, draft(store, model), QUEUED) for model in (ALPHA, BETA))
    store.move(first.id, SENDING, expect=QUEUED, reason="", attempt="a-1")

    with pytest.raises(ChangeError, match=f"already used for change {first.id}"):
        store.move(second.id, SENDING, expect=QUEUED, reason="", attempt="a-1")


def test_changes_by_state(store: Store) -> None:
    queued, sending, cancelled = (
        bring(store, draft(store, Model(f"m{number}", "m", ALPHA.tournament)), state)
        for number, state in enumerate((QUEUED, SENDING, ChangeState.CANCELLED))
    )

    assert store.changes(states={QUEUED, SENDING}) == (sending, queued)
    assert store.changes(states=[ChangeState.CANCELLED]) == (cancelled,)
    assert store.changes(states=()) == ()


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("DELETE FROM change_event", "append-only"),
        ("UPDATE change_event SET reason = 'x'", "append-only"),
        (
            "INSERT OR REPLACE INTO change_event (id, change_id, at, state, reason) "
            "SELECT id, change_id, at, state, 'x' FROM change_event",
            "append-only",
        ),
        ("DELETE FROM change_snapshot", "append-only"),
        ("UPDATE change_snapshot SET available = '0'", "append-only"),
        ("DELETE FROM change", "never deleted"),
        ("UPDATE change SET nmr = '1000'", "altered"),
        ("UPDATE change SET state = 'sending'", "sent once"),
        ("UPDATE change SET state = 'lost'", "CHECK"),
        ("INSERT OR REPLACE INTO change SELECT * FROM change", "draft"),
        (
            "INSERT INTO change_event (change_id, at, state, reason) "
            "SELECT change_id, at, state, reason FROM change_event WHERE state = 'sending'",
            "sent once",
        ),
        (
            "INSERT INTO change_event (change_id, at, state, reason) VALUES (99, '', 'draft', '')",
            "FOREIGN KEY",
        ),
    ],
)
def test_sql_can_not_rewrite_history(
    store: Store, path: Path, statement: str, refusal: str
) -> None:
    change = bring(store, draft(store), QUEUED)
    store.move(change.id, SENDING, expect=QUEUED, reason="", before=BEFORE)
    unknown = store.move(change.id, UNKNOWN, expect=SENDING, reason="")
    history = store.events(change.id)
    other = sqlite3.connect(path)
    other.execute("PRAGMA foreign_keys = ON")

    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        other.execute(statement)
    other.close()

    assert store.change(change.id) == unknown
    assert store.events(change.id) == history


def test_sql_can_not_send_two_changes_of_a_model(store: Store, path: Path) -> None:
    bring(store, draft(store), UNKNOWN)
    second = bring(store, draft(store), QUEUED)
    other = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other.execute("UPDATE change SET state = 'sending' WHERE id = ?", (second.id,))
    other.close()


def test_an_ended_change_stays_ended_in_sql_too(store: Store, path: Path) -> None:
    bring(store, draft(store), REFUSED)
    other = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="ended"):
        other.execute("UPDATE change SET state = 'queued'")
    other.close()


def test_of_many_threads_one_takes_the_step(store: Store) -> None:
    change = bring(store, draft(store), QUEUED)

    def send(number: int) -> bool:
        try:
            store.move(change.id, SENDING, expect=QUEUED, reason="", attempt=f"a-{number}")
        except ChangeError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(send, range(24)))

    assert sent.count(True) == 1
    assert [event.state for event in store.events(change.id)] == [DRAFT, QUEUED, SENDING]
    assert store.events(change.id)[-1].attempt == f"a-{sent.index(True)}"


def test_of_two_changes_on_a_model_one_is_sent(store: Store) -> None:
    both = [bring(store, draft(store), QUEUED) for _ in range(2)]

    def send(change: Change) -> bool:
        try:
            store.move(change.id, SENDING, expect=QUEUED, reason="")
        except ChangeError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(send, both)) == [False, True]
    assert len(store.changes(states={SENDING})) == 1
