"""A change is sent once, whatever happens to its answer, and ends up agreeing with the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.clock import FrozenClock
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, Change, ChangeKind, ChangeState, Conditions
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.errors import BadAnswer, ChangeError, LedgerBusy, Refused, Unreachable
from ledger.numerai.client import Answer
from ledger.queue.executor import SETTLING, Executor
from ledger.queue.settling import settle
from ledger.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MODEL = Model("model-1", "alder", Tournament.SIGNALS)
SECOND = Model("model-2", "birch", Tournament.SIGNALS)
QUIET = AccountSnapshot(
    taken=NOW,
    available=NMR(100),
    held=NMR(0),
    settled=NMR(20),
    take_profit=False,
    pending_kind=None,
    pending_amount=None,
    pending_due=None,
    pending_id=None,
    scheduled=0,
)


def invalid(words: str) -> Refused:
    """The refusal of a document that never ran."""
    refused = Refused(words)
    refused.never_ran = True
    return refused


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Account1:
    """An account at a Numerai that follows a script: apply or not, then answer.

    What is pending is of the model that was written for last, :data:`MODEL` at first.
    """

    clock: FrozenClock
    applies: bool = True
    answer: str = "ok"
    state: AccountSnapshot = QUIET
    applied: int = 0
    calls: int = 0
    owner: str = MODEL.id

    def snapshot(self, model: Model) -> AccountSnapshot:
        state = self.state
        if model.id != self.owner:
            state = replace(state, pending_kind=None, pending_amount=None, pending_id=None)
        return replace(state, taken=self.clock.now())

    def increase(self, model: Model, nmr: NMR) -> Answer:
        def apply() -> None:
            self.owner = model.id
            self.state = replace(
                self.state,
                available=self.state.available - nmr,
                held=self.state.held + nmr,
                pending_kind="increase",
                pending_amount=nmr,
                pending_id=f"request-{self.applied}",
                pending_made=self.clock.now(),
                scheduled=self.state.scheduled + 1,
            )

        return self._write("increase", nmr, apply)

    def decrease(self, model: Model, nmr: NMR) -> Answer:
        return self._write("decrease", nmr, lambda: self._release(model, "decrease", nmr))

    def drain(self, model: Model) -> Answer:
        everything = NMR(11_000_000)
        return self._write("drain", everything, lambda: self._release(model, "drain", everything))

    def cancel_release(self, model: Model) -> Answer:
        def apply() -> None:
            self.state = replace(
                self.state, pending_kind=None, pending_amount=None, pending_due=None,
                pending_id=None, scheduled=0,
            )  # fmt: skip

        return self._write(None, None, apply)

    def set_take_profit(self, model: Model, on: bool) -> Answer:
        def apply() -> None:
            self.state = replace(self.state, take_profit=on)

        return self._write(None, None, apply)

    def _release(self, model: Model, kind: str, nmr: NMR) -> None:
        self.owner = model.id
        self.state = replace(
            self.state,
            pending_kind=kind,
            pending_amount=nmr,
            pending_due=self.clock.now() + timedelta(days=31),
            pending_id=f"request-{self.applied}",
            pending_made=self.clock.now(),
            scheduled=self.state.scheduled + 1,
        )

    def _write(self, kind: str | None, nmr: NMR | None, apply: Callable[[], None]) -> Answer:
        self.calls += 1
        if self.applies:
            self.applied += 1
            apply()
        endings: dict[str, BaseException] = {
            "invalid": invalid("Cannot query field."),
            "refused": Refused("Not enough NMR."),
            "lost": Unreachable("The connection broke.", sent=True),
            "unsent": Unreachable("No connection.", sent=False),
            "garbled": BadAnswer("HTML instead of JSON."),
            "bug": RuntimeError("surprise"),
            "killed": Killed(),
        }
        if self.answer in endings:
            raise endings[self.answer]
        return Answer(status="pending", kind=kind, amount=nmr, due=None, text=f"{kind} {nmr}")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[Store]:
    with_models = open_store(tmp_path, clock)
    yield with_models
    with_models.close()


def open_store(folder: Path, clock: FrozenClock) -> Store:
    store = Store.open(folder / "ledger.sqlite3", clock=clock)
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR(20), NMR(20), False, None))
    return store


def sync_shows(store: Store, clock: FrozenClock, stake: ContinuousStake) -> None:
    """What a sync at this moment would have kept."""
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
    facts = SyncFacts(
        account=account,
        models=(MODEL, SECOND),
        stakes=(stake, ContinuousStake(SECOND.id, NMR(20), NMR(20), False, None)),
        scheduled=(),
        systems={Tournament.SIGNALS: System.CONTINUOUS},
    )
    store.apply(facts, SyncLog(clock.now(), clock.now(), "done", 1, 100, 0))


def queued(
    store: Store, kind: ChangeKind = ChangeKind.INCREASE, model: Model = MODEL, nmr: str = "2.5"
) -> Change:
    amount = NMR(nmr) if kind in {ChangeKind.INCREASE, ChangeKind.DECREASE} else None
    change = store.add_change(
        model=model,
        system=System.CONTINUOUS,
        kind=kind,
        nmr=amount,
        conditions=Conditions(),
        reason="Drafted.",
    )
    return store.move(change.id, ChangeState.QUEUED, expect=ChangeState.DRAFT, reason="Yes.")


def test_an_accepted_change_keeps_the_account_before_and_numerais_words(
    store: Store, clock: FrozenClock
) -> None:
    numerai = Account1(clock)
    change = Executor(store, numerai, clock).send(queued(store).id)
    assert change.state is ChangeState.ACCEPTED
    sending, accepted, afterwards = store.events(change.id)[-3:]
    assert sending.state is ChangeState.SENDING
    assert sending.before == QUIET
    assert sending.attempt and sending.attempt == accepted.attempt
    assert "increase 2.5 NMR on alder" in (sending.request or "")
    assert accepted.answer == "increase 2.5"
    assert afterwards.after == numerai.snapshot(MODEL)
    assert numerai.applied == 1


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ("invalid", ChangeState.REFUSED, "Cannot query field."),
        ("unsent", ChangeState.REFUSED, "No connection."),
        ("lost", ChangeState.UNKNOWN, "The connection broke."),
        ("garbled", ChangeState.UNKNOWN, "HTML instead of JSON."),
        ("bug", ChangeState.UNKNOWN, "Failed with RuntimeError."),
    ],
)
def test_every_answer_has_its_state(
    store: Store, clock: FrozenClock, answer: str, state: ChangeState, words: str
) -> None:
    numerai = Account1(clock, applies=False, answer=answer)
    change = Executor(store, numerai, clock).send(queued(store).id)
    assert change.state is state
    assert store.events(change.id)[-1].answer == words


@pytest.mark.parametrize("state", ["draft", "accepted", "cancelled", "refused"])
def test_only_confirmed_changes_leave(store: Store, clock: FrozenClock, state: str) -> None:
    numerai = Account1(clock, answer="invalid" if state == "refused" else "ok")
    executor = Executor(store, numerai, clock)
    if state == "draft":
        change = store.add_change(
            model=MODEL,
            system=System.CONTINUOUS,
            kind=ChangeKind.INCREASE,
            nmr=NMR(1),
            conditions=Conditions(),
            reason="Drafted.",
        )
    else:
        change = queued(store)
        if state == "cancelled":
            store.move(change.id, ChangeState.CANCELLED, expect=ChangeState.QUEUED, reason="No.")
        else:
            executor.send(change.id)
    calls = numerai.calls
    with pytest.raises(ChangeError):
        executor.send(change.id)
    assert numerai.calls == calls


@pytest.mark.parametrize("kind", [ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN])
def test_a_request_waits_until_the_pending_one_is_done(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    due = clock.now() + timedelta(days=31)
    numerai = Account1(clock)
    numerai.state = replace(
        QUIET, pending_kind="decrease", pending_amount=NMR(1), pending_due=due, pending_id="r"
    )
    pending = PendingRequest(PendingKind.DECREASE, NMR(1), due, "pending", "r")
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR(20), NMR(20), False, pending))
    executor = Executor(store, numerai, clock)
    change = queued(store, kind)
    held = executor.send(change.id)
    assert held.state is ChangeState.WAITING
    assert "decrease pending at Numerai" in store.events(change.id)[-1].reason
    assert numerai.calls == 0
    cancelled = executor.send(queued(store, ChangeKind.CANCEL_RELEASE).id)
    assert cancelled.state is ChangeState.ACCEPTED
    assert executor.send(change.id).state is ChangeState.ACCEPTED


def test_an_unknown_change_blocks_its_model_only(store: Store, clock: FrozenClock) -> None:
    numerai = Account1(clock, answer="lost")
    executor = Executor(store, numerai, clock)
    executor.send(queued(store).id)
    numerai.answer = "ok"
    with pytest.raises(ChangeError, match="not known"):
        executor.send(queued(store).id)
    assert executor.send(queued(store, model=SECOND).id).state is ChangeState.ACCEPTED
    assert numerai.calls == 2


def test_not_there_yet_is_no_proof_that_it_never_comes(store: Store, clock: FrozenClock) -> None:
    numerai = Account1(clock, applies=False, answer="lost")
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store).id)
    assert executor.reconcile(change.id).state is ChangeState.UNKNOWN
    clock.advance(SETTLING)
    assert executor.reconcile(change.id).state is ChangeState.REFUSED
    with pytest.raises(ChangeError, match="not unknown"):
        executor.reconcile(change.id)


def test_while_another_executes_nothing_is_sent(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    numerai = Account1(clock)
    change = queued(store)
    other = Store.open(tmp_path / "ledger.sqlite3", clock=clock)
    with other.executing(), pytest.raises(LedgerBusy):
        Executor(store, numerai, clock).send(change.id)
    other.close()
    assert numerai.calls == 0
    assert Executor(store, numerai, clock).send(change.id).state is ChangeState.ACCEPTED


KINDS = [
    ChangeKind.INCREASE,
    ChangeKind.DECREASE,
    ChangeKind.DRAIN,
    ChangeKind.TAKE_PROFIT_ON,
]
ANSWERS = ["ok", "lost", "garbled", "bug", "killed"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.booleans(), st.sampled_from(ANSWERS)),
        min_size=1,
        max_size=4,
    )
)
def test_never_twice_never_lost(script: list[tuple[ChangeKind, bool, str]]) -> None:
    with TemporaryDirectory() as folder:
        clock = FrozenClock(NOW)
        store = open_store(Path(folder), clock)
        state = QUIET
        for kind, applies, answer in script:
            applied = applies or answer == "ok"
            numerai = Account1(clock, applies=applied, answer=answer, state=state)
            off = kind is ChangeKind.TAKE_PROFIT_ON and state.take_profit
            change = queued(store, ChangeKind.TAKE_PROFIT_OFF if off else kind)
            with suppress(Killed):
                Executor(store, numerai, clock).send(change.id)
            with suppress(ChangeError):
                Executor(store, numerai, clock).reconcile(change.id)
            clock.advance(SETTLING)
            with suppress(ChangeError):
                Executor(store, numerai, clock).send(change.id)
            with suppress(ChangeError):
                Executor(store, numerai, clock).reconcile(change.id)
            assert numerai.calls == 1
            expected = ChangeState.ACCEPTED if applied else ChangeState.REFUSED
            assert store.change(change.id).state is expected
            state = carried_out(numerai.state)
            clock.advance(timedelta(days=32))
            staked = state.settled
            sync_shows(store, clock, ContinuousStake(MODEL.id, staked, staked, state.take_profit))
            settle(store, {})
        store.close()


def carried_out(state: AccountSnapshot) -> AccountSnapshot:
    """The account once what was pending has had its effect."""
    staked, amount = state.settled or NMR(0), state.pending_amount or NMR(0)
    if state.pending_kind == "increase":
        staked += amount
    elif state.pending_kind is not None:
        staked = max(NMR(0), staked - amount)
    return replace(
        state, settled=staked, held=NMR(0), scheduled=0, pending_kind=None, pending_amount=None,
        pending_due=None, pending_id=None,
    )  # fmt: skip


def released(store: Store, clock: FrozenClock, kind: ChangeKind) -> tuple[Change, ContinuousStake]:
    change = Executor(store, Account1(clock), clock).send(queued(store, kind).id)
    clock.advance(timedelta(minutes=1))
    pending = PendingRequest(PendingKind.DECREASE, NMR("2.5"), clock.now() + timedelta(days=31))
    stake = ContinuousStake(MODEL.id, NMR(20), NMR(20), False, pending)
    sync_shows(store, clock, stake)
    assert settle(store, {}) == ()
    return change, stake


def test_a_release_settles_when_it_was_paid(store: Store, clock: FrozenClock) -> None:
    change, pending = released(store, clock, ChangeKind.DECREASE)
    clock.advance(timedelta(days=32))
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR("17.5"), NMR(18), False, None))
    assert [moved.id for moved in settle(store, {MODEL.id: pending})] == [change.id]
    assert store.change(change.id).state is ChangeState.SETTLED


def test_a_release_that_vanished_early_was_withdrawn(store: Store, clock: FrozenClock) -> None:
    change, pending = released(store, clock, ChangeKind.DECREASE)
    clock.advance(timedelta(days=2))
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR(20), NMR(20), False, None))
    settle(store, {MODEL.id: pending})
    assert store.change(change.id).state is ChangeState.CANCELLED


def test_cancelling_a_release_ends_both_changes(store: Store, clock: FrozenClock) -> None:
    release, pending = released(store, clock, ChangeKind.DECREASE)
    assert pending.pending is not None
    pending_now = replace(
        QUIET,
        pending_kind="decrease",
        pending_amount=NMR("2.5"),
        pending_due=pending.pending.due,
    )
    cancel = Executor(store, Account1(clock, state=pending_now), clock).send(
        queued(store, ChangeKind.CANCEL_RELEASE).id
    )
    clock.advance(timedelta(minutes=1))
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR(20), NMR(20), False, None))
    settle(store, {MODEL.id: pending})
    assert store.change(release.id).state is ChangeState.CANCELLED
    assert f"change {cancel.id}" in store.events(release.id)[-1].reason
    assert store.change(cancel.id).state is ChangeState.SETTLED


def test_a_sync_from_before_the_answer_settles_nothing(store: Store, clock: FrozenClock) -> None:
    clock.advance(timedelta(minutes=1))
    change = Executor(store, Account1(clock), clock).send(queued(store).id)
    assert settle(store, {}) == ()
    clock.advance(timedelta(days=1))
    sync_shows(store, clock, ContinuousStake(MODEL.id, NMR("22.5"), NMR("22.5"), False, None))
    settle(store, {})
    assert store.change(change.id).state is ChangeState.SETTLED
