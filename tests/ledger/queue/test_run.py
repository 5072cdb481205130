"""One run of the queue: order, conditions, limits, and what ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, Change, ChangeKind, ChangeState, Conditions
from ledger.domain.queue.run import RunProgress, RunReport
from ledger.domain.stakes.stake import ContinuousStake
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.errors import (
    BadAnswer,
    BadCredentials,
    ChangeError,
    LedgerBusy,
    MissingScope,
    NumeraiError,
    TournamentMoved,
    Unreachable,
)
from ledger.numerai.client import Answer
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.run import run_queue
from ledger.rules.queue.limits import Limits
from ledger.store import Store
from tests.ledger.queue.test_executor import NOW, QUIET, invalid

ALDER = Model("model-1", "alder", Tournament.SIGNALS)
BIRCH = Model("model-2", "birch", Tournament.SIGNALS)
CEDAR = Model("model-3", "cedar", Tournament.CRYPTO)
ACCEPTED, REFUSED, UNKNOWN = ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNKNOWN
QUEUED, WAITING = ChangeState.QUEUED, ChangeState.WAITING


@dataclass
class Numerai:
    """Three models, whose requests are paid at once. ``answers`` are errors to the next changes of
    a model, ``closed`` to every look at its account; ``sent`` lists what arrived."""

    clock: FrozenClock
    account: AccountSnapshot = QUIET
    answers: dict[str, list[NumeraiError]] = field(default_factory=dict)
    closed: dict[str, NumeraiError] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    pending: dict[str, AccountSnapshot] = field(default_factory=dict)

    def snapshot(self, model: Model) -> AccountSnapshot:
        if model.id in self.closed:
            raise self.closed[model.id]
        return replace(self.pending.get(model.id, self.account), taken=self.clock.now())

    def increase(self, model: Model, nmr: NMR) -> Answer:
        return self._take(model, f"increase {nmr}", nmr)

    def decrease(self, model: Model, nmr: NMR) -> Answer:
        return self._take(model, f"decrease {nmr}", -nmr)

    def drain(self, model: Model) -> Answer:
        return self._take(model, "drain", -(self.account.settled or NMR(0)))

    def cancel_release(self, model: Model) -> Answer:
        return self._take(model, "cancel release")

    def set_take_profit(self, model: Model, on: bool) -> Answer:
        return self._take(model, f"take profit {on}")

    def _take(self, model: Model, what: str, paid: NMR = NMR(0)) -> Answer:  # noqa: B008 - frozen
        waiting = self.answers.get(model.id)
        if waiting:
            raise waiting.pop(0)
        self.sent.append((model.name, what))
        staked = (self.account.settled or NMR(0)) + paid
        self.pending[model.id] = replace(self.account, settled=staked)
        return Answer("pending", None, None, None, what)


@dataclass
class Rig:
    """A ledger and a Numerai to run its queue at; ``pauses`` are seconds that nobody slept."""

    store: Store
    numerai: Numerai
    clock: FrozenClock
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    pauses: list[float] = field(default_factory=list)

    def queue(
        self,
        model: Model = ALDER,
        nmr: str | None = "1",
        conditions: Conditions | None = None,
        kind: ChangeKind = ChangeKind.INCREASE,
    ) -> Change:
        change = self.store.add_change(
            model=model,
            system=System.CONTINUOUS,
            kind=kind,
            nmr=NMR(nmr) if nmr else None,
            conditions=conditions or Conditions(),
            reason="Drafted.",
        )
        return self.store.move(change.id, QUEUED, expect=change.state, reason="Confirmed.")

    def run(self, stop: threading.Event | None = None) -> RunReport:
        return run_queue(self.executor(), self.store, stop=stop)

    def executor(self) -> Executor:
        return Executor(self.store, self.numerai, self.clock, self.limits, pause=self.pauses.append)

    def state(self, change: Change) -> ChangeState:
        return self.store.change(change.id).state

    def reasons(self, change: Change) -> list[str]:
        return [event.reason for event in self.store.events(change.id)]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    clock = FrozenClock(NOW)
    store = Store.open(tmp_path / "ledger.sqlite3", clock=clock)
    show(store, clock, {Tournament.SIGNALS: System.CONTINUOUS})
    yield Rig(store, Numerai(clock), clock)
    store.close()


def show(
    store: Store,
    clock: FrozenClock,
    systems: dict[Tournament, System],
    staked: NMR = NMR(20),  # noqa: B008 - frozen
) -> None:
    """A sync: each model has ``staked`` and nothing pending."""
    account = Account(
        username="user",
        as_of=clock.now(),
        wallet_address=None,
        available=NMR(100),
        held_increases=NMR(0),
        held_withdrawals=NMR(0),
        key_name="key",
        scopes=frozenset({"stake"}),
    )
    models = (ALDER, BIRCH, CEDAR)
    stakes = tuple(ContinuousStake(model.id, staked, staked, False) for model in models)
    facts = SyncFacts(account, models, stakes, (), systems)
    store.apply(facts, SyncLog(clock.now(), clock.now(), "done", 1, 100, 0))


def ids(changes: tuple[Change, ...]) -> list[int]:
    return [change.id for change in changes]


def test_everything_due_leaves_in_the_queues_order(rig: Rig) -> None:
    first, second, third = rig.queue(ALDER), rig.queue(BIRCH), rig.queue(CEDAR)
    rig.store.place(third.id, before=first.id, reason="Moved.")
    report = rig.run()
    assert ids(report.sent) == [third.id, first.id, second.id]
    assert [name for name, _ in rig.numerai.sent] == ["cedar", "alder", "birch"]
    assert {rig.state(change) for change in (first, second, third)} == {ACCEPTED}
    assert rig.run() == RunReport()


def test_what_is_not_due_waits_and_says_so_once(rig: Rig) -> None:
    later = rig.queue(conditions=Conditions(not_before=NOW + timedelta(hours=1)))
    rich = rig.queue(BIRCH, conditions=Conditions(when_free=NMR(101)))
    report = rig.run()
    assert report.sent == ()
    assert [held.change.id for held in report.held] == [later.id, rich.id]
    assert "2026-11-24 10:00" in report.held[0].why
    assert rig.state(later) is rig.state(rich) is WAITING
    history = rig.store.events(rich.id)
    assert history[-1].reason == "Waits until 101 NMR is free in the Numerai wallet."
    rig.run()
    assert rig.store.events(rich.id) == history
    rig.clock.advance(timedelta(hours=1))
    rig.numerai.account = replace(QUIET, available=NMR(101))
    assert ids(rig.run().sent) == [later.id, rich.id]


def test_what_another_change_makes_due_leaves_in_the_same_run(rig: Rig) -> None:
    release = rig.queue(ALDER, "3", kind=ChangeKind.DECREASE)
    after = rig.queue(BIRCH, conditions=Conditions(after_change=release.id))
    rig.store.place(after.id, before=release.id, reason="Moved.")
    report = rig.run()
    assert ids(report.sent) == [release.id, after.id]
    assert report.held == ()


def test_what_comes_after_a_refused_change_waits_for_its_retry(rig: Rig) -> None:
    first = rig.queue(ALDER)
    after = rig.queue(BIRCH, conditions=Conditions(after_change=first.id))
    rig.numerai.answers[ALDER.id] = [invalid("Too small.")]
    report = rig.run()
    assert ids(report.sent) == [first.id]
    assert rig.state(first) is REFUSED
    assert "was refused" in report.held[0].why
    again = rig.store.add_change(
        model=ALDER,
        system=System.CONTINUOUS,
        kind=ChangeKind.INCREASE,
        nmr=NMR(1),
        conditions=Conditions(),
        reason="Retry.",
        retry_of=first.id,
    )
    rig.store.move(again.id, QUEUED, expect=again.state, reason="Confirmed.")
    assert ids(rig.run().sent) == [again.id, after.id]


MOVED = TournamentMoved("V2 staking is disabled for this tournament")


def test_a_moved_tournament_ends_its_own_run_only(rig: Rig) -> None:
    first, second = rig.queue(CEDAR), rig.queue(CEDAR)
    other = rig.queue(ALDER)
    rig.numerai.answers[CEDAR.id] = [MOVED]
    report = rig.run()
    assert ids(report.sent) == [first.id, other.id]
    assert (rig.state(first), rig.state(other)) == (UNKNOWN, ACCEPTED)
    assert rig.state(second) is QUEUED
    assert ids(report.left) == [second.id]
    assert [(halt.tournament, halt.error) for halt in report.halts] == [(Tournament.CRYPTO, MOVED)]
    answer = next(event.answer for event in rig.store.events(first.id) if event.answer)
    assert answer == "V2 staking is disabled for this tournament"
    assert rig.store.strategies.moved() == {Tournament.CRYPTO: answer}
    assert rig.store.systems()[Tournament.CRYPTO] is System.ATOMIC


def test_a_tournament_known_to_have_moved_is_not_even_asked(rig: Rig) -> None:
    change = rig.queue(CEDAR)
    show(rig.store, rig.clock, {Tournament.CRYPTO: System.ATOMIC})
    report = rig.run()
    assert [(entry.change.id, entry.change.state) for entry in report.returned] == [
        (change.id, ChangeState.DRAFT)
    ]
    assert "moved to atomic" in report.returned[0].why
    assert rig.reasons(change)[-1] == report.returned[0].why
    assert not rig.numerai.sent


@pytest.mark.parametrize(
    "error",
    [
        MissingScope("stake", "Insufficient permission for stake"),
        BadCredentials("Your API key is invalid"),
        Unreachable("No route.", sent=False),
    ],
)
def test_trouble_for_everybody_ends_the_run(rig: Rig, error: NumeraiError) -> None:
    first, second, third = rig.queue(ALDER), rig.queue(BIRCH), rig.queue(CEDAR)
    rig.numerai.answers[BIRCH.id] = [error]
    report = rig.run()
    assert ids(report.sent) == [first.id, second.id]
    assert rig.state(second) is (REFUSED if isinstance(error, Unreachable) else UNKNOWN)
    assert ids(report.left) == [third.id]
    assert rig.state(third) is QUEUED
    assert [(halt.tournament, halt.error) for halt in report.halts] == [(None, error)]


def test_an_account_that_can_not_be_read_leaves_its_change_queued(rig: Rig) -> None:
    first, second = rig.queue(ALDER), rig.queue(BIRCH)
    rig.numerai.closed[ALDER.id] = BadAnswer("No wallet in it.")
    report = rig.run()
    assert ids(report.sent) == [second.id]
    assert [(held.change.id, "No wallet" in held.why) for held in report.held] == [(first.id, True)]
    assert rig.state(first) is QUEUED
    rig.numerai.closed[ALDER.id] = Unreachable("Nobody answers.")
    report = rig.run()
    assert ids(report.left) == [first.id]
    assert report.halts[0].tournament is None


def test_a_lost_answer_blocks_its_model_and_is_looked_into_by_the_next_run(rig: Rig) -> None:
    lost, behind = rig.queue(ALDER), rig.queue(ALDER, "2")
    other = rig.queue(BIRCH)
    rig.numerai.answers[ALDER.id] = [Unreachable("The connection broke.")]
    report = rig.run()
    assert ids(report.sent) == [lost.id, other.id]
    assert (rig.state(lost), rig.state(behind)) == (UNKNOWN, WAITING)
    assert f"change {lost.id}" in report.held[0].why
    assert report.halts == ()
    rig.clock.advance(SETTLING)
    report = rig.run()
    assert [(change.id, change.state) for change in report.reconciled] == [(lost.id, REFUSED)]
    assert ids(report.sent) == [behind.id]
    assert rig.numerai.sent == [("birch", "increase 1"), ("alder", "increase 2")]


def test_the_user_stops_between_two_changes(rig: Rig) -> None:
    first, second = rig.queue(ALDER), rig.queue(BIRCH)
    stop = threading.Event()
    executor = rig.executor()
    report = run_queue(executor, rig.store, stop=stop, on_progress=lambda _: stop.set())
    assert report.stopped
    assert ids(report.sent) == [first.id]
    assert ids(report.left) == [second.id]
    assert rig.state(second) is QUEUED


def test_progress_counts_what_is_queued(rig: Rig) -> None:
    changes = [rig.queue(model) for model in (ALDER, BIRCH)]
    seen: list[RunProgress] = []
    executor = rig.executor()
    run_queue(executor, rig.store, on_progress=seen.append)
    assert [(step.change.id, step.done, step.total) for step in seen] == [
        (changes[0].id, 0, 2),
        (changes[1].id, 1, 2),
    ]


def test_only_one_process_runs_the_queue(rig: Rig) -> None:
    change = rig.queue()
    other = Store.open(rig.store.path, clock=rig.clock)
    with other.executing(), pytest.raises(LedgerBusy):
        rig.run()
    other.close()
    assert rig.state(change) is QUEUED
    assert not rig.numerai.sent


def test_limits_hold_back_what_was_confirmed(rig: Rig) -> None:
    rig.limits = Limits(per_change=NMR(5), per_day=NMR(7), tournaments=(11,), models=("alder",))
    large, first, second = rig.queue(nmr="6"), rig.queue(nmr="4"), rig.queue(nmr="4")
    foreign, unnamed = rig.queue(CEDAR), rig.queue(BIRCH)
    report = rig.run()
    assert ids(report.sent) == [first.id]
    why = {held.change.id: held.why for held in report.held}
    assert "limits.per_change_nmr" in why[large.id]
    assert "limits.per_day_nmr" in why[second.id]
    assert "limits.tournaments" in why[foreign.id]
    assert "limits.models" in why[unnamed.id]
    assert rig.state(second) is WAITING
    rig.clock.advance(timedelta(days=1))
    rig.numerai.account = replace(QUIET, settled=NMR(24))
    assert ids(rig.run().sent) == [second.id]


def test_a_lost_change_counts_towards_the_day_a_refused_one_does_not(rig: Rig) -> None:
    rig.limits = Limits(per_day=NMR(5))
    lost, refused = rig.queue(ALDER, "3"), rig.queue(BIRCH, "2")
    rig.numerai.answers = {ALDER.id: [Unreachable("Broken.")], BIRCH.id: [invalid("No.")]}
    rig.run()
    assert (rig.state(lost), rig.state(refused)) == (UNKNOWN, REFUSED)
    large, small = rig.queue(BIRCH, "3"), rig.queue(BIRCH, "2")
    report = rig.run()
    assert ids(report.sent) == [small.id]
    assert [held.change.id for held in report.held if held.change.id == large.id]


def test_a_drain_is_held_by_what_is_really_staked(rig: Rig) -> None:
    rig.limits = Limits(per_change=NMR(19))
    drain = rig.queue(nmr=None, kind=ChangeKind.DRAIN)
    assert "20 NMR is more than" in rig.run().held[0].why
    rig.numerai.account = replace(QUIET, settled=NMR(19))
    report = rig.run()
    assert report.unprepared == report.held
    assert "waits for a sync" in report.held[0].why
    show(rig.store, rig.clock, {}, staked=NMR(19))
    assert [entry.change.id for entry in rig.run().returned] == [drain.id]
    rig.store.move(drain.id, QUEUED, expect=ChangeState.DRAFT, reason="Confirmed.")
    assert ids(rig.run().sent) == [drain.id]


def test_what_was_edited_meanwhile_is_not_sent_as_it_was(rig: Rig) -> None:
    change = rig.queue(nmr="1")

    class Editing(Numerai):
        def snapshot(self, model: Model) -> AccountSnapshot:
            edited = rig.store.edit(
                rig.store.change(change.id), nmr=NMR(9), conditions=Conditions(), reason="Edited."
            )
            rig.store.move(edited.id, QUEUED, expect=edited.state, reason="Confirmed.")
            return super().snapshot(model)

    numerai, rig.numerai = rig.numerai, Editing(rig.clock)
    report = rig.run()
    assert report.sent == ()
    assert "edited meanwhile" in report.held[0].why
    assert not rig.numerai.sent
    rig.numerai = numerai
    rig.run()
    assert numerai.sent == [("alder", "increase 9")]


def test_judging_needs_a_lost_answer_and_keeps_the_evidence(rig: Rig) -> None:
    lost = rig.queue(ALDER)
    executor = rig.executor()
    rig.numerai.answers[ALDER.id] = [Unreachable("Broken.")]
    rig.run()
    rig.numerai.pending[ALDER.id] = replace(QUIET, settled=NMR("20.5"))
    judged = executor.judge(lost.id, arrived=True)
    assert judged.state is ACCEPTED
    event = rig.store.events(lost.id)[-1]
    assert event.reason.startswith("You judged that it arrived.")
    assert event.after is not None and event.after.settled == NMR("20.5")
    with pytest.raises(ChangeError, match="not unknown"):
        executor.judge(lost.id, arrived=False)


def test_judging_against_clear_evidence_is_refused(rig: Rig) -> None:
    lost = rig.queue(ALDER)
    executor = rig.executor()
    rig.numerai.answers[ALDER.id] = [Unreachable("Broken.")]
    rig.run()
    rig.numerai.pending[ALDER.id] = replace(
        QUIET, pending_kind="increase", pending_amount=NMR(1), pending_id="request-1"
    )
    with pytest.raises(ChangeError, match="says otherwise"):
        executor.judge(lost.id, arrived=False)
    assert rig.state(lost) is UNKNOWN


def test_judging_works_without_numerai(rig: Rig) -> None:
    lost = rig.queue(ALDER)
    rig.numerai.answers[ALDER.id] = [Unreachable("Broken.")]
    rig.run()
    rig.numerai.closed[ALDER.id] = Unreachable("Nobody answers.")
    judged = rig.executor().judge(lost.id, arrived=False)
    assert judged.state is REFUSED
    assert "could not be read" in rig.reasons(lost)[-1]
