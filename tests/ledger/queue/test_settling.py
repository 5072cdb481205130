"""An accepted change settles when its effect was seen, in a sync that told all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Account, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.errors import ChangeError
from ledger.queue.executor import Executor
from ledger.queue.settling import settle
from ledger.store import Store
from tests.ledger.queue.test_executor import MODEL, NOW, SECOND, Account1, queued

ACCEPTED, SETTLED, UNKNOWN = ChangeState.ACCEPTED, ChangeState.SETTLED, ChangeState.UNKNOWN
CANCELLED = ChangeState.CANCELLED
DUE = NOW + timedelta(days=31)
KINDS = [ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN]
PAID = {ChangeKind.INCREASE: "22.5", ChangeKind.DECREASE: "17.5", ChangeKind.DRAIN: "0"}


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "ledger.sqlite3", clock=clock)
    show(opened, clock)
    yield opened
    opened.close()


def show(
    store: Store,
    clock: FrozenClock,
    staked: str = "20",
    pending: PendingRequest | None = None,
    *,
    missing: tuple[Fact, ...] = (),
    payouts: tuple[Performance, ...] = (),
    take_profit: bool | None = False,
) -> ContinuousStake:
    """A sync at this moment."""
    now = clock.now()
    account = Account("user", now, None, NMR(100), NMR(0), NMR(0), "key", frozenset())
    stake = ContinuousStake(MODEL.id, NMR(staked), NMR(staked), take_profit, pending)
    other = ContinuousStake(SECOND.id, NMR(20), NMR(20), False)
    facts = SyncFacts(
        account,
        (MODEL, SECOND),
        (stake, other),
        (),
        {Tournament.SIGNALS: System.CONTINUOUS},
        performances=payouts,
        missing=tuple(MissingFact(fact, MODEL.id, NOW, now, "Not told.") for fact in missing),
    )
    store.apply(facts, SyncLog(now, now, "done", 1, 100, 0))
    return stake


def payout(number: int, nmr: str, state: PayoutState = PayoutState.SETTLED) -> Performance:
    return Performance(
        MODEL.id, Tournament.SIGNALS, number, NMR(20), NMR(nmr), state, PayoutSource.NUMERAI,
        None, None, NOW + timedelta(days=1), None,
    )  # fmt: skip


def request(kind: ChangeKind, due: datetime | None = DUE) -> PendingRequest:
    amount = NMR("11000000") if kind is ChangeKind.DRAIN else NMR("2.5")
    return PendingRequest(PendingKind(kind.value), amount, due)


def sent(
    store: Store, clock: FrozenClock, kind: ChangeKind, due: datetime | None = DUE
) -> tuple[Change, ContinuousStake]:
    """An accepted change, and the stake while a later sync shows it pending."""
    change = Executor(store, Account1(clock), clock).send(queued(store, kind).id)
    clock.advance(timedelta(minutes=2))
    shown = show(store, clock, pending=request(kind, due))
    assert settle(store, {}) == ()
    return change, shown


def ends(store: Store, change: Change, shown: ContinuousStake) -> ChangeState:
    settle(store, {MODEL.id: shown})
    return store.change(change.id).state


def reason(store: Store, change: Change) -> str:
    return store.events(change.id)[-1].reason


@pytest.mark.parametrize("fact", [Fact.STAKE, Fact.PENDING])
@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_that_was_not_told_settles_nothing(
    store: Store, clock: FrozenClock, kind: ChangeKind, fact: Fact
) -> None:
    change, shown = sent(store, clock, kind)
    clock.advance(timedelta(days=40))
    show(store, clock, PAID[kind], missing=(fact,))
    assert ends(store, change, shown) is ACCEPTED
    show(store, clock, PAID[kind])
    assert ends(store, change, shown) is SETTLED


def test_take_profit_settles_when_it_is_told(store: Store, clock: FrozenClock) -> None:
    change = Executor(store, Account1(clock), clock).send(
        queued(store, ChangeKind.TAKE_PROFIT_ON).id
    )
    clock.advance(timedelta(days=1))
    stake = show(store, clock, take_profit=True, missing=(Fact.TAKE_PROFIT,))
    assert ends(store, change, stake) is ACCEPTED
    show(store, clock, take_profit=None)
    assert ends(store, change, stake) is ACCEPTED
    show(store, clock, take_profit=True)
    assert ends(store, change, stake) is SETTLED


@pytest.mark.parametrize("kind", KINDS)
def test_paid_before_its_date_it_is_settled(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    change, shown = sent(store, clock, kind)
    clock.advance(timedelta(days=2))
    show(store, clock, PAID[kind])
    assert ends(store, change, shown) is SETTLED


@pytest.mark.parametrize("kind", KINDS)
def test_gone_before_its_date_with_the_stake_as_before_it_was_withdrawn(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    change, shown = sent(store, clock, kind)
    clock.advance(timedelta(days=2))
    show(store, clock)
    assert ends(store, change, shown) is CANCELLED
    assert "gone before its date" in reason(store, change)


@pytest.mark.parametrize("kind", [ChangeKind.INCREASE, ChangeKind.DECREASE])
def test_gone_with_a_stake_that_is_neither_it_is_in_doubt_with_both_figures(
    store: Store, clock: FrozenClock, kind: ChangeKind
) -> None:
    change, shown = sent(store, clock, kind)
    clock.advance(timedelta(days=2))
    show(store, clock, "20.9")
    assert ends(store, change, shown) is UNKNOWN
    assert "20 NMR staked" in reason(store, change)
    assert "20.9 NMR staked" in reason(store, change)
    event = store.events(change.id)[-1]
    assert event.after is not None and event.after.settled == NMR("20.9")


def test_gone_without_a_date_it_is_in_doubt(store: Store, clock: FrozenClock) -> None:
    change = Executor(store, Account1(clock), clock).send(queued(store).id)
    clock.advance(timedelta(minutes=2))
    show(store, clock)
    assert ends(store, change, ContinuousStake(MODEL.id, NMR(20), NMR(20), False)) is UNKNOWN
    assert "its date is unknown" in reason(store, change)


def test_right_after_the_answer_the_account_may_not_show_it_yet(
    store: Store, clock: FrozenClock
) -> None:
    change = Executor(store, Account1(clock), clock).send(queued(store).id)
    clock.advance(timedelta(seconds=30))
    stake = show(store, clock)
    assert ends(store, change, stake) is ACCEPTED


@pytest.mark.parametrize(
    ("staked", "state"), [("22.83", SETTLED), ("20.33", CANCELLED), ("21.5", UNKNOWN)]
)
def test_payouts_since_are_taken_into_account(
    store: Store, clock: FrozenClock, staked: str, state: ChangeState
) -> None:
    pending = (payout(1001, "0.4", PayoutState.PENDING), payout(1002, "-0.1", PayoutState.PENDING))
    show(store, clock, payouts=(payout(1000, "7"), *pending))
    change, shown = sent(store, clock, ChangeKind.INCREASE)
    clock.advance(timedelta(days=2))
    paid = (payout(1001, "0.4"), payout(1002, "-0.1"), payout(1003, "0.03"))
    show(store, clock, staked, payouts=paid)
    assert ends(store, change, shown) is state


def test_a_doubt_about_an_accepted_change_is_never_a_no(store: Store, clock: FrozenClock) -> None:
    change, shown = sent(store, clock, ChangeKind.INCREASE, due=None)
    clock.advance(timedelta(days=2))
    show(store, clock)
    assert ends(store, change, shown) is UNKNOWN
    account = Account1(clock)
    executor = Executor(store, account, clock)
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "had accepted it" in reason(store, change)
    with pytest.raises(ChangeError, match="not known"):
        executor.send(queued(store).id)
    assert account.calls == 0


def test_a_doubt_the_user_settled_stays_settled(store: Store, clock: FrozenClock) -> None:
    change, shown = sent(store, clock, ChangeKind.INCREASE)
    clock.advance(timedelta(days=2))
    show(store, clock, "20.9")
    assert ends(store, change, shown) is UNKNOWN
    numerai = Account1(clock)
    numerai.state = replace(numerai.state, settled=NMR("20.9"))
    judged = Executor(store, numerai, clock).judge(change.id, arrived=True)
    assert judged.state is ACCEPTED
    clock.advance(timedelta(days=1))
    show(store, clock, "20.9")
    assert ends(store, change, shown) is SETTLED


def test_while_another_change_of_the_model_is_sent_a_doubt_waits(
    store: Store, clock: FrozenClock
) -> None:
    change, shown = sent(store, clock, ChangeKind.INCREASE)
    other = queued(store, ChangeKind.TAKE_PROFIT_ON)
    store.move(other.id, ChangeState.SENDING, expect=other.state, reason="", attempt="other")
    clock.advance(timedelta(days=2))
    show(store, clock, "20.9")
    assert ends(store, change, shown) is ACCEPTED
    store.move(other.id, ChangeState.REFUSED, expect=ChangeState.SENDING, reason="No.")
    assert ends(store, change, shown) is UNKNOWN


def test_a_cancelled_release_that_was_paid_is_in_doubt(store: Store, clock: FrozenClock) -> None:
    _, shown = sent(store, clock, ChangeKind.DECREASE)
    numerai = Account1(clock)
    numerai.state = replace(
        numerai.state, pending_kind="decrease", pending_amount=NMR("2.5"), pending_due=DUE
    )
    cancel = Executor(store, numerai, clock).send(queued(store, ChangeKind.CANCEL_RELEASE).id)
    assert cancel.state is ACCEPTED
    clock.advance(timedelta(days=1))
    show(store, clock, "17.5")
    assert ends(store, cancel, shown) is UNKNOWN


def test_the_same_asked_for_again_on_the_website_is_another_request(
    store: Store, clock: FrozenClock
) -> None:
    change, shown = sent(store, clock, ChangeKind.DECREASE)
    seen = [event.after for event in store.events(change.id) if event.after is not None]
    assert seen[-1].pending_id == "request-1"
    clock.advance(timedelta(days=2))
    ours = replace(request(ChangeKind.DECREASE), request_id="request-1")
    show(store, clock, pending=ours)
    assert ends(store, change, shown) is ACCEPTED
    show(store, clock, pending=replace(ours, request_id="of-the-website"))
    assert ends(store, change, shown) is CANCELLED


def test_a_sync_keeps_beside_a_doubt_what_is_pending(store: Store, clock: FrozenClock) -> None:
    numerai = Account1(clock, applies=False, answer="lost")
    executor = Executor(store, numerai, clock)
    change = executor.send(queued(store, ChangeKind.DECREASE).id)
    clock.advance(timedelta(minutes=2))
    for _ in range(2):
        show(store, clock, pending=request(ChangeKind.DECREASE))
        settle(store, {})
    assert [event.reason for event in store.events(change.id)].count(reason(store, change)) == 1
    clock.advance(timedelta(minutes=2))
    assert executor.reconcile(change.id).state is UNKNOWN
    assert "withdrawn on the website" in reason(store, change)
