"""An answer is an acceptance as far as it names what was asked for; else the account decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.config.settings import NumeraiSettings
from ledger.domain.model import Model
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import TRIES, Cause, Change, ChangeKind, ChangeState
from ledger.errors import NumeraiError, RateLimited
from ledger.numerai.client import Answer
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.run import run_queue
from ledger.store import Store
from tests.ledger.queue.test_executor import MODEL, NOW, SECOND, Account1, open_store, queued

ACCEPTED, REFUSED, UNKNOWN = ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN
WAITING = ChangeState.WAITING


def answer(status: str | None = None, kind: str | None = None, amount: str | None = None) -> Answer:
    return Answer(status, kind, NMR(amount) if amount else None, None, status or "accepted")


@dataclass
class Liar(Account1):
    """Applies or does not, and answers with ``said`` whatever was asked for."""

    said: Answer | NumeraiError = field(default_factory=answer)

    def _write(self, *given: object, **also: object) -> Answer:
        super()._write(*given, **also)  # type: ignore[arg-type]
        if isinstance(self.said, NumeraiError):
            raise self.said
        return self.said


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[Store]:
    opened = open_store(tmp_path, clock)
    yield opened
    opened.close()


LIES = [
    (ChangeKind.INCREASE, answer()),
    (ChangeKind.INCREASE, answer("")),
    (ChangeKind.INCREASE, answer("error")),
    (ChangeKind.INCREASE, answer("failed")),
    (ChangeKind.INCREASE, answer("failed", "increase", "2.5")),
    (ChangeKind.INCREASE, answer("cancelled", "increase", "2.5")),
    (ChangeKind.INCREASE, answer("pending", "decrease", "77.7")),
    (ChangeKind.INCREASE, answer("pending", "increase", "77.7")),
    (ChangeKind.DECREASE, answer("pending", "drain", "2.5")),
    (ChangeKind.DRAIN, answer("pending", "decrease", "11000000")),
    (ChangeKind.DRAIN, answer("whatever")),
    (ChangeKind.TAKE_PROFIT_ON, answer("success")),
    (ChangeKind.TAKE_PROFIT_ON, answer("")),
]


@pytest.mark.parametrize(("kind", "said"), LIES)
@pytest.mark.parametrize("applied", [True, False])
def test_an_answer_that_proves_nothing_leaves_it_to_the_account(
    store: Store, clock: FrozenClock, kind: ChangeKind, said: Answer, *, applied: bool
) -> None:
    numerai = Liar(clock, applies=applied, said=said)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store, kind).id)
    assert change.state is (ACCEPTED if applied else UNKNOWN)
    assert UNKNOWN in [event.state for event in store.events(change.id)]
    if not applied:
        clock.advance(SETTLING)
        assert executor.reconcile(change.id).state is REFUSED
    assert numerai.calls == 1


def test_a_contradiction_is_told_with_both_figures(store: Store, clock: FrozenClock) -> None:
    numerai = Liar(clock, applies=False, said=answer("pending", "decrease", "77.7"))
    change = Executor(store, numerai, clock).send(queued(store).id)
    told = next(event.reason for event in store.events(change.id) if event.state is UNKNOWN)
    assert "“decrease” of 77.7 NMR" in told
    assert "“increase” of 2.5 NMR" in told


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ChangeKind.INCREASE, answer("pending")),
        (ChangeKind.INCREASE, answer(None, "increase", "2.5")),
        (ChangeKind.INCREASE, answer("some new word", "increase", "2.50")),
        (ChangeKind.DECREASE, answer(None, None, "2.5")),
        (ChangeKind.DRAIN, answer("pending", "drain", "19.9")),
    ],
)
def test_an_answer_that_names_what_was_asked_for_is_an_acceptance(
    store: Store, clock: FrozenClock, kind: ChangeKind, said: Answer
) -> None:
    numerai = Liar(clock, applies=False, said=said)
    change = Executor(store, numerai, clock).send(queued(store, kind).id)
    assert change.state is ACCEPTED


LIMITED = RateLimited("Numerai says: rate_limited")


def test_a_rate_limit_is_no_refusal(store: Store, clock: FrozenClock) -> None:
    numerai = Liar(clock, said=LIMITED)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    assert change.state is UNKNOWN
    assert store.events(change.id)[-1].cause is Cause.RATE_LIMITED
    assert executor.reconcile(change.id).state is ACCEPTED
    assert numerai.calls == 1


def test_limited_and_not_there_it_goes_out_again_three_times_at_most(
    store: Store, clock: FrozenClock
) -> None:
    numerai = Liar(clock, applies=False, said=LIMITED)
    executor = Executor(store, numerai, clock)
    change = queued(store)
    for number in range(1, TRIES + 1):
        assert [sent.id for sent in run_queue(executor, store).sent] == [change.id]
        assert numerai.calls == number
        run_queue(executor, store)
        assert store.change(change.id).state is UNKNOWN
        assert numerai.calls == number
        clock.advance(SETTLING)
    run_queue(executor, store)
    last = store.events(change.id)[-1]
    assert (last.state, numerai.calls) == (REFUSED, TRIES)
    assert "sent 3 times" in last.reason
    run_queue(executor, store)
    assert numerai.calls == TRIES


def test_what_went_out_again_and_is_taken_is_applied_once(store: Store, clock: FrozenClock) -> None:
    numerai = Liar(clock, applies=False, said=LIMITED)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is WAITING
    numerai.applies, numerai.said = True, answer("pending", "increase", "2.5")
    assert executor.send(change.id).state is ACCEPTED
    assert (numerai.calls, numerai.applied) == (2, 1)


def test_limited_then_lost_is_never_sent_again(store: Store, clock: FrozenClock) -> None:
    numerai = Liar(clock, applies=False, said=LIMITED)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    clock.advance(SETTLING)
    executor.reconcile(change.id)
    numerai.answer = "lost"
    executor.send(change.id)
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is REFUSED
    assert numerai.calls == 2


def test_limited_and_in_doubt_it_stays_with_the_user(store: Store, clock: FrozenClock) -> None:
    numerai = Liar(clock, applies=False, said=LIMITED)
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    clock.advance(SETTLING)
    numerai.state = replace(numerai.state, settled=NMR("20.1"))
    assert executor.reconcile(change.id).state is UNKNOWN
    assert executor.judge(change.id, arrived=False).state is REFUSED
    assert numerai.calls == 1


def test_a_change_that_went_out_again_counts_once_towards_the_day(
    store: Store, clock: FrozenClock
) -> None:
    from ledger.rules.queue.limits import Limits

    numerai = Liar(clock, applies=False, said=LIMITED)
    executor = Executor(store, numerai, clock, Limits(per_day=NMR(5)))
    change = executor.send(queued(store).id)
    clock.advance(SETTLING)
    executor.reconcile(change.id)
    numerai.said = answer("pending")
    assert executor.send(change.id).state is ACCEPTED
    assert executor.send(queued(store, model=SECOND).id).state is ACCEPTED


class Pauses:
    """A sleep that takes no time but the clock's."""

    def __init__(self, clock: FrozenClock) -> None:
        self._clock = clock
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(round(seconds, 6))
        self._clock.advance(timedelta(seconds=seconds))


def toggles(store: Store, *models: Model) -> list[Change]:
    return [queued(store, ChangeKind.TAKE_PROFIT_ON, model) for model in models]


def test_writes_keep_their_distance_in_a_run(store: Store, clock: FrozenClock) -> None:
    pauses = Pauses(clock)
    executor = Executor(store, Account1(clock), clock, pause=pauses)
    for model in (MODEL, SECOND):
        queued(store, model=model)
    toggles(store, MODEL, SECOND)
    run_queue(executor, store)
    assert pauses.taken == [0.5, 0.1]


def test_writes_keep_their_distance_over_processes(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    Executor(store, Account1(clock), clock).send(queued(store).id)
    clock.advance(timedelta(seconds=0.2))
    pauses = Pauses(clock)
    other = Store.open(tmp_path / "ledger.sqlite3", clock=clock)
    Executor(other, Account1(clock), clock, pause=pauses).send(queued(other, model=SECOND).id)
    other.close()
    assert pauses.taken == [0.3]


def test_a_killed_write_counts_from_when_it_was_found(store: Store, clock: FrozenClock) -> None:
    change = queued(store)
    store.move(change.id, ChangeState.SENDING, expect=change.state, reason="", attempt="a")
    clock.advance(timedelta(minutes=5))
    pauses = Pauses(clock)
    executor = Executor(store, Account1(clock), clock, pause=pauses)
    executor.send(queued(store, model=SECOND).id)
    assert store.change(change.id).state is UNKNOWN
    assert pauses.taken == [0.5]


@pytest.mark.parametrize(("hours", "paused"), [(-2, [0.5]), (2, [])])
def test_a_clock_that_jumps_costs_one_distance_at_most(
    store: Store, clock: FrozenClock, hours: int, paused: list[float]
) -> None:
    Executor(store, Account1(clock), clock).send(queued(store).id)
    clock.advance(timedelta(hours=hours))
    pauses = Pauses(clock)
    executor = Executor(store, Account1(clock), clock, pause=pauses)
    executor.send(queued(store, model=SECOND).id)
    assert pauses.taken == paused


def test_the_distances_are_settings(store: Store, clock: FrozenClock) -> None:
    pauses = Pauses(clock)
    distances = NumeraiSettings(stake_write_seconds=7.5, take_profit_write_seconds=0)
    executor = Executor(store, Account1(clock), clock, distances=distances, pause=pauses)
    for model in (MODEL, SECOND):
        queued(store, model=model)
    toggles(store, MODEL, SECOND)
    run_queue(executor, store)
    assert pauses.taken == [7.5]


def test_what_waits_costs_no_distance(store: Store, clock: FrozenClock) -> None:
    pauses = Pauses(clock)
    numerai = Account1(clock, applies=False, answer="lost")
    executor = Executor(store, numerai, clock, pause=pauses)
    executor.send(queued(store).id)
    queued(store)
    run_queue(executor, store)
    assert pauses.taken == []
