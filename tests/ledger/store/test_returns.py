"""What was sent goes out again in one case only, and neither code nor SQL can make up another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.domain.model import System
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import TRIES, Cause, Change, ChangeKind, ChangeState, Conditions
from ledger.errors import ChangeError
from ledger.store import Store
from tests.ledger.store.samples import AFTER, ALPHA, BEFORE

QUEUED, WAITING, SENDING = ChangeState.QUEUED, ChangeState.WAITING, ChangeState.SENDING
UNKNOWN, ACCEPTED, REFUSED = ChangeState.UNKNOWN, ChangeState.ACCEPTED, ChangeState.REFUSED
ONCE = "sent once|can return|can not be unsent"


@pytest.fixture
def change(store: Store) -> Change:
    wish = store.add_change(
        model=ALPHA,
        system=System.CONTINUOUS,
        kind=ChangeKind.INCREASE,
        nmr=NMR(2),
        conditions=Conditions(),
        reason="More.",
    )
    return store.move(wish.id, QUEUED, expect=ChangeState.DRAFT, reason="Yes.")


@pytest.fixture
def sql(store: Store, path: Path) -> Iterator[sqlite3.Connection]:
    other = sqlite3.connect(path, isolation_level=None)
    yield other
    other.close()


def send(store: Store, change: Change, attempt: str) -> Change:
    state = store.change(change.id).state
    return store.move(change.id, SENDING, expect=state, reason="", attempt=attempt, before=BEFORE)


def lose(store: Store, change: Change, attempt: str, cause: Cause | None = None) -> Change:
    return store.move(change.id, UNKNOWN, expect=SENDING, reason="", attempt=attempt, cause=cause)


def give_back(store: Store, change: Change, attempt: str) -> Change:
    return store.move(
        change.id,
        WAITING,
        expect=UNKNOWN,
        reason="",
        attempt=attempt,
        before=BEFORE,
        after=AFTER,
        cause=Cause.NOT_ARRIVED,
    )


def limited(store: Store, change: Change, attempt: str) -> Change:
    send(store, change, attempt)
    return lose(store, change, attempt, Cause.RATE_LIMITED)


def event(change: Change, state: str, attempt: str | None = None, cause: str | None = None) -> str:
    def quoted(text: str | None) -> str:
        return "NULL" if text is None else f"'{text}'"

    return (
        "INSERT INTO change_event (change_id, at, state, reason, attempt, cause) VALUES "
        f"({change.id}, '2026-11-24T09:00:00Z', '{state}', '', {quoted(attempt)}, {quoted(cause)})"
    )


def state(change: Change, to: str) -> str:
    return f"UPDATE change SET state = '{to}' WHERE id = {change.id}"


def cheat(sql: sqlite3.Connection, *statements: str) -> None:
    """All of it at once, as a program would that means to get around the fences."""
    sql.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            sql.execute(statement)
    finally:
        sql.execute("ROLLBACK")


def sendings(store: Store, change: Change) -> int:
    return sum(event.state is SENDING for event in store.events(change.id))


def test_limited_and_not_arrived_it_goes_out_three_times_in_all(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    for number in range(1, TRIES):
        limited(store, change, f"a-{number}")
        assert give_back(store, change, f"a-{number}").state is WAITING
    limited(store, change, f"a-{TRIES}")
    with pytest.raises(ChangeError, match=f"sent {TRIES} times"):
        give_back(store, change, f"a-{TRIES}")
    with pytest.raises(sqlite3.IntegrityError, match=ONCE):
        cheat(sql, state(change, "waiting"))
    assert store.change(change.id).state is UNKNOWN
    assert sendings(store, change) == TRIES


def test_a_return_keeps_its_cause_and_evidence(store: Store, change: Change) -> None:
    limited(store, change, "a-1")
    give_back(store, change, "a-1")
    answer, proof = store.events(change.id)[-2:]
    assert (answer.cause, proof.cause) == (Cause.RATE_LIMITED, Cause.NOT_ARRIVED)
    assert proof.after == AFTER


def test_each_sending_has_an_attempt_of_its_own(store: Store, change: Change) -> None:
    limited(store, change, "a-1")
    give_back(store, change, "a-1")
    with pytest.raises(ChangeError, match="already used"):
        send(store, change, "a-1")


def test_any_other_lost_answer_stays_lost(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    send(store, change, "a-1")
    lose(store, change, "a-1")
    with pytest.raises(ChangeError):
        give_back(store, change, "a-1")
    with pytest.raises(ChangeError):
        store.move(change.id, WAITING, expect=UNKNOWN, reason="", attempt="a-1", after=AFTER)
    for statements in (
        [state(change, "waiting")],
        [state(change, "queued")],
        [state(change, "draft")],
        [event(change, "sending", "a-2")],
        [event(change, "unknown", "a-1", "rate-limited"), state(change, "waiting")],
        [event(change, "waiting", "a-1", "not-arrived"), event(change, "sending", "a-2")],
    ):
        with pytest.raises(sqlite3.IntegrityError, match=f"{ONCE}|about its rate"):
            cheat(sql, *statements)
    assert sendings(store, change) == 1


def test_a_dead_process_proves_no_limit(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    send(store, change, "a-1")
    lose(store, change, "a-1")
    with pytest.raises(ChangeError):
        store.move(
            change.id, UNKNOWN, expect=UNKNOWN, reason="", attempt="a-1", cause=Cause.RATE_LIMITED
        )
    with pytest.raises(sqlite3.IntegrityError, match="about its rate"):
        cheat(sql, event(change, "unknown", "a-1", "rate-limited"))


@pytest.mark.parametrize("attempt", ["a-2", None])
def test_a_limit_is_about_the_sending_it_answers(
    store: Store, change: Change, sql: sqlite3.Connection, attempt: str | None
) -> None:
    send(store, change, "a-1")
    with pytest.raises(sqlite3.IntegrityError, match="about its rate"):
        cheat(sql, event(change, "unknown", attempt, "rate-limited"))


def test_what_arrived_never_returns(store: Store, change: Change, sql: sqlite3.Connection) -> None:
    limited(store, change, "a-1")
    store.move(change.id, ACCEPTED, expect=UNKNOWN, reason="It arrived.", after=AFTER)
    store.move(change.id, UNKNOWN, expect=ACCEPTED, reason="It is gone.", after=AFTER)
    with pytest.raises(ChangeError):
        give_back(store, change, "a-1")
    for statements in (
        [state(change, "waiting")],
        [event(change, "waiting", "a-1", "not-arrived")],
        [event(change, "sending", "a-2")],
    ):
        with pytest.raises(sqlite3.IntegrityError, match=ONCE):
            cheat(sql, *statements)


def test_a_return_without_an_account_sends_nothing(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    limited(store, change, "a-1")
    with pytest.raises(sqlite3.IntegrityError, match="sent once"):
        cheat(
            sql,
            state(change, "waiting"),
            event(change, "waiting", "a-1", "not-arrived"),
            state(change, "sending"),
        )
    store.move(
        change.id, WAITING, expect=UNKNOWN, reason="", attempt="a-1", cause=Cause.NOT_ARRIVED
    )
    with pytest.raises(ChangeError, match="sent before"):
        send(store, change, "a-2")


def test_one_proof_is_good_for_one_sending(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    limited(store, change, "a-1")
    give_back(store, change, "a-1")
    send(store, change, "a-2")
    lose(store, change, "a-2")
    for statements in (
        [state(change, "waiting")],
        [event(change, "waiting", "a-1", "not-arrived")],
        [event(change, "sending", "a-3")],
    ):
        with pytest.raises(sqlite3.IntegrityError, match=ONCE):
            cheat(sql, *statements)
    assert sendings(store, change) == 2


def test_history_can_not_be_put_before_what_happened(
    store: Store, change: Change, sql: sqlite3.Connection
) -> None:
    send(store, change, "a-1")
    lose(store, change, "a-1")
    for number in (-1, 0):
        statement = (
            event(change, "unknown")
            .replace("(change_id,", "(id, change_id,")
            .replace("VALUES (", f"VALUES ({number}, ")
        )
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            cheat(sql, statement)


def test_refused_stays_refused(store: Store, change: Change, sql: sqlite3.Connection) -> None:
    limited(store, change, "a-1")
    store.move(change.id, REFUSED, expect=UNKNOWN, reason="Not there.", after=AFTER)
    for statements in ([state(change, "waiting")], [event(change, "sending", "a-2")]):
        with pytest.raises(sqlite3.IntegrityError, match=f"{ONCE}|ended"):
            cheat(sql, *statements)
