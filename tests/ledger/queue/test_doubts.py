"""A no needs the account's word, an acceptance is looked for, a doubt lasts as long as it may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock, Uptime
from ledger.config.settings import NumeraiSettings
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, Change, ChangeKind, ChangeState, Observation
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.errors import BadAnswer, NumeraiError, Ran, Refused, Unreachable
from ledger.numerai.client import Answer
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.run import run_queue
from ledger.rules.queue.on_the_way import LAG, PROMPT
from ledger.store import Store
from tests.ledger.queue.test_executor import (
    MODEL,
    NOW,
    Account1,
    Killed,
    open_store,
    queued,
    sync_shows,
)

ACCEPTED, REFUSED, UNKNOWN = ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN
WAITING = ChangeState.WAITING
SECOND_LATER = timedelta(seconds=1)


@dataclass
class Numerai(Account1):
    """Answers a change with ``said``; ``reads`` are what the next readings show or raise."""

    said: Answer | NumeraiError | None = None
    reads: list[AccountSnapshot | NumeraiError] = field(default_factory=list)

    def snapshot(self, model: Model) -> AccountSnapshot:
        if not self.reads:
            return super().snapshot(model)
        read = self.reads.pop(0)
        if isinstance(read, NumeraiError):
            raise read
        return replace(read, taken=self.clock.now())

    def _write(self, *given: object, **also: object) -> Answer:
        answer = super()._write(*given, **also)  # type: ignore[arg-type]
        if isinstance(self.said, NumeraiError):
            raise self.said
        return self.said or answer


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[Store]:
    opened = open_store(tmp_path, clock)
    yield opened
    opened.close()


def reason(store: Store, change: Change) -> str:
    return store.events(change.id)[-1].reason


def lost(
    store: Store, clock: FrozenClock, kind: ChangeKind = ChangeKind.INCREASE
) -> tuple[Change, Numerai, Executor]:
    """A change that never arrived, and whose answer was lost."""
    numerai = Numerai(clock, applies=False, answer="lost")
    executor = Executor(store, numerai, clock)
    return executor.send(queued(store, kind).id), numerai, executor


NO = Refused("Not enough NMR.")


def test_a_no_after_the_effect_is_found_out(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock, said=NO)
    change = Executor(store, numerai, clock).send(queued(store).id)
    assert change.state is ACCEPTED
    assert numerai.calls == numerai.applied == 1


def test_a_no_counts_when_the_account_agrees(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock, applies=False, said=NO)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    assert change.state is UNKNOWN
    refusal = next(event for event in store.events(change.id) if event.observed is Observation.NO)
    assert refusal.reason == (
        "Numerai says no: Not enough NMR.; checked against the account after 125 seconds."
    )
    clock.advance(SETTLING - SECOND_LATER)
    assert executor.reconcile(change.id).state is UNKNOWN
    clock.advance(SECOND_LATER)
    assert executor.reconcile(change.id).state is REFUSED
    assert reason(store, change).startswith("Numerai refused it.")
    assert numerai.calls == 1


def test_what_numerai_says_it_ran_is_never_a_no(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock, applies=False, said=Ran("It failed at dueDate."))
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "carried out" in reason(store, change)
    numerai.applies = True
    applied = Numerai(clock, said=Ran("It failed at dueDate."))
    executor.judge(change.id, arrived=False)
    assert Executor(store, applied, clock).send(queued(store).id).state is ACCEPTED


@pytest.mark.parametrize("late", [True, False])
def test_what_is_accepted_and_not_seen_holds_its_model(
    store: Store, clock: FrozenClock, late: bool
) -> None:
    numerai = Numerai(clock)
    before = numerai.snapshot(MODEL)
    numerai.reads = [before, before if late else Unreachable("Nobody answers.")]
    executor = Executor(store, numerai, clock)
    change, behind = executor.send(queued(store).id), queued(store, ChangeKind.TAKE_PROFIT_ON)
    assert (change.state, store.events(change.id)[-1].observed) == (ACCEPTED, Observation.UNSEEN)
    assert "Not seen yet" in reason(store, change)
    assert executor.send(behind.id).state is WAITING
    assert "shows change" in reason(store, behind)
    assert numerai.calls == 1
    clock.advance(timedelta(seconds=20))
    report = run_queue(executor, store)
    assert store.events(change.id)[-1].observed is Observation.SEEN
    assert [sent.id for sent in report.sent] == [behind.id]
    assert store.longest_lag() == timedelta(0)


def test_what_the_account_contradicts_is_in_doubt_again(store: Store, clock: FrozenClock) -> None:
    yes = Answer("pending", "increase", NMR("2.5"), None, "increase 2.5")
    numerai = Numerai(clock, applies=False, said=yes)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    assert change.state is ACCEPTED
    clock.advance(LAG - SECOND_LATER)
    assert executor.reconcile(change.id).state is ACCEPTED
    clock.advance(SECOND_LATER)
    run_queue(executor, store)
    assert store.change(change.id).state is UNKNOWN
    assert "does not show it" in reason(store, change)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert executor.judge(change.id, arrived=False).state is REFUSED
    assert numerai.calls == 1


def test_readings_that_lag_lengthen_the_wait(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock)
    before = numerai.snapshot(MODEL)
    executor = Executor(store, numerai, clock)
    numerai.reads = [before] * 3
    seen = executor.send(queued(store).id)
    clock.advance(timedelta(seconds=45))
    executor.reconcile(seen.id)
    clock.advance(SECOND_LATER)
    executor.reconcile(seen.id)
    assert store.longest_lag() == timedelta(seconds=45)


def test_a_clock_that_is_set_changes_nothing(store: Store, clock: FrozenClock) -> None:
    change, _, executor = lost(store, clock)
    for hours in (5, -9):
        clock.jump(timedelta(hours=hours))
        assert executor.reconcile(change.id).state is UNKNOWN
        assert "on its way" in reason(store, change)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is REFUSED


def test_after_a_restart_it_counts_from_when_it_was_found(store: Store, clock: FrozenClock) -> None:
    change, _, executor = lost(store, clock)
    clock.advance(timedelta(days=1))
    clock.restart()
    for _ in range(2):
        assert executor.reconcile(change.id).state is UNKNOWN
        clock.advance(SETTLING - SECOND_LATER)
        assert executor.reconcile(change.id).state is UNKNOWN
        clock.restart()
    executor.reconcile(change.id)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is REFUSED


def test_of_a_dead_sender_it_counts_from_when_it_was_found(
    store: Store, clock: FrozenClock
) -> None:
    numerai = Numerai(clock, applies=False, answer="killed")
    change = queued(store)
    with suppress(Killed):
        Executor(store, numerai, clock).send(change.id)
    clock.advance(timedelta(days=1))
    executor = Executor(store, numerai, clock)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "on its way" in reason(store, change)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is REFUSED


def test_the_wait_is_as_long_as_the_timeouts_in_force(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock, applies=False, answer="lost")
    slow = NumeraiSettings(connect_timeout=10, read_timeout=300)
    change = Executor(store, numerai, clock, distances=slow).send(queued(store).id)
    executor = Executor(store, numerai, clock)
    clock.advance(timedelta(seconds=669))
    assert executor.reconcile(change.id).state is UNKNOWN
    clock.advance(SECOND_LATER)
    assert executor.reconcile(change.id).state is REFUSED


@pytest.mark.parametrize("kind", [ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN])
def test_the_same_asked_for_on_the_website_is_not_ours(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    change, numerai, executor = lost(store, clock, kind)
    clock.advance(timedelta(hours=3))
    numerai.applies, numerai.answer = True, "ok"
    amount = NMR("2.5")
    acts = {
        ChangeKind.INCREASE: lambda: numerai.increase(MODEL, amount),
        ChangeKind.DECREASE: lambda: numerai.decrease(MODEL, amount),
        ChangeKind.DRAIN: lambda: numerai.drain(MODEL),
    }
    acts[kind]()
    found = executor.reconcile(change.id)
    assert found.state is (REFUSED if kind is ChangeKind.INCREASE else UNKNOWN)
    assert "12:00:00" in reason(store, change)
    assert "not this one, sent at 2026-11-24 09:00:00" in reason(store, change)


@pytest.mark.parametrize("kind", [ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN])
def test_where_times_are_not_told_the_user_is_asked(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    change, numerai, executor = lost(store, clock, kind)
    clock.advance(timedelta(hours=3))
    numerai.state = replace(
        numerai.state, pending_kind=kind.value, pending_amount=NMR("2.5"), pending_id="r-1"
    )
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "nobody tells since when" in reason(store, change)
    numerai.state = replace(numerai.state, pending_made=NOW + SECOND_LATER)
    assert executor.reconcile(change.id).state is ACCEPTED


def test_what_was_seen_and_withdrawn_did_arrive(store: Store, clock: FrozenClock) -> None:
    change, numerai, executor = lost(store, clock, ChangeKind.DECREASE)
    clock.advance(timedelta(seconds=45))
    quiet = numerai.state
    numerai.state = replace(quiet, pending_kind="decrease", pending_amount=NMR("2.5"))
    assert executor.reconcile(change.id).state is UNKNOWN
    numerai.state = quiet
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "withdrawn on the website" in reason(store, change)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ChangeKind.INCREASE, REFUSED),
        (ChangeKind.DECREASE, UNKNOWN),
        (ChangeKind.TAKE_PROFIT_ON, UNKNOWN),
    ],
)
def test_long_after_no_trace_proves_nothing_of_what_can_be_withdrawn(
    store: Store, clock: FrozenClock, kind: ChangeKind, state: ChangeState
) -> None:
    change, _, executor = lost(store, clock, kind)
    clock.advance(SETTLING + PROMPT + SECOND_LATER)
    assert executor.reconcile(change.id).state is state


@pytest.mark.parametrize("answer", ["lost", "killed"])
def test_how_soon_somebody_looked_counts_from_the_sending(
    store: Store, clock: FrozenClock, answer: str
) -> None:
    """What came may have been withdrawn before the loss of its answer was found."""
    numerai = Numerai(clock, applies=False, answer=answer)
    executor = Executor(store, numerai, clock)
    change = queued(store, ChangeKind.DECREASE)
    with suppress(Killed):
        executor.send(change.id)
    clock.advance(timedelta(hours=1))
    clock.restart()
    assert executor.reconcile(change.id).state is UNKNOWN
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "long after it was sent" in reason(store, change)


def test_a_release_cancelled_on_the_website_is_left_to_the_user(
    store: Store, clock: FrozenClock
) -> None:
    due = NOW + timedelta(days=31)
    pending = PendingRequest(PendingKind.DECREASE, NMR(1), due, "pending", "r")
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR(20), NMR(20), False, pending))
    numerai = Numerai(clock, applies=False, answer="lost")
    quiet = numerai.state
    numerai.state = replace(
        quiet, pending_kind="decrease", pending_amount=NMR(1), pending_due=due, pending_id="r"
    )
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store, ChangeKind.CANCEL_RELEASE).id)
    assert change.state is UNKNOWN
    clock.advance(timedelta(minutes=1))
    numerai.state = quiet
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "cancelled on the website" in reason(store, change)


def test_a_broken_reading_after_a_no_changes_nothing(store: Store, clock: FrozenClock) -> None:
    numerai = Numerai(clock, applies=False, said=NO)
    numerai.reads = [numerai.snapshot(MODEL), BadAnswer("HTML")]
    executor = Executor(store, numerai, clock)
    assert executor.send(queued(store).id).state is UNKNOWN


def test_uptime_is_compared_within_one_start_only() -> None:
    early, late = Uptime("a", 10.0), Uptime("a", 15.5)
    assert late.since(early) == timedelta(seconds=5.5)
    assert early.since(late) is None
    assert Uptime("b", 99.0).since(early) is None
    assert early.since(None) is None
