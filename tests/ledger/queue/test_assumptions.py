"""A change that is another one than was confirmed goes back to draft; what is expected does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.clock import FrozenClock
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Account, Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, Change, ChangeKind, ChangeState, Conditions
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.domain.syncing.facts import SyncFacts, SyncLog
from ledger.reports.account.portfolio import ModelLine
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.ledger.queue.test_executor import NOW, QUIET
from tests.ledger.queue.test_run import ALDER, Numerai, Rig

DRAFT, QUEUED, WAITING = ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.WAITING
ACCEPTED = ChangeState.ACCEPTED
STAKE = ContinuousStake(ALDER.id, NMR(20), NMR(20), False)
RELEASE = PendingRequest(
    PendingKind.DECREASE, NMR(3), NOW + timedelta(days=20), "pending", "request-1"
)
RELEASING = replace(
    QUIET,
    pending_kind="decrease",
    pending_amount=NMR(3),
    pending_due=RELEASE.due,
    pending_id="request-1",
)


def show(
    rig: Rig,
    stake: ContinuousStake = STAKE,
    *,
    model: Model = ALDER,
    missing: tuple[MissingFact, ...] = (),
) -> None:
    """A sync at this moment."""
    now = rig.clock.now()
    account = Account("user", now, None, NMR(100), NMR(0), NMR(0), "key", frozenset())
    facts = SyncFacts(
        account, (model,), (stake,), (), {model.tournament: System.CONTINUOUS}, missing=missing
    )
    rig.store.apply(facts, SyncLog(now, now, "done", 1, 100, 0))


def untold(*facts: Fact, subject: str = ALDER.id) -> tuple[MissingFact, ...]:
    return tuple(MissingFact(fact, subject, NOW, NOW, "Numerai did not tell.") for fact in facts)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    clock = FrozenClock(NOW)
    store = Store.open(tmp_path / "ledger.sqlite3", clock=clock)
    rig = Rig(store, Numerai(clock), clock)
    show(rig)
    yield rig
    store.close()


def returned(rig: Rig) -> str:
    """Run the queue; the reason why its one change is a draft again."""
    (entry,) = rig.run().returned
    assert entry.change.state is DRAFT
    assert rig.reasons(entry.change)[-1] == entry.why
    assert not rig.numerai.sent
    return entry.why


def test_a_stake_nobody_explains_makes_it_a_draft_with_all_it_had(rig: Rig) -> None:
    conditions = Conditions(not_before=NOW + timedelta(days=1))
    change = rig.queue(conditions=conditions)
    rig.run()
    rig.clock.advance(timedelta(days=1))
    rig.numerai.account = replace(QUIET, settled=NMR(25))
    show(rig, replace(STAKE, settled=NMR(25)))
    assert "20 NMR was staked; now it is 25 NMR" in returned(rig)
    draft = rig.store.change(change.id)
    assert (draft.id, draft.conditions, draft.nmr) == (change.id, conditions, change.nmr)
    assert "Waits until 2026-11-25 09:00 UTC." in rig.reasons(change)


def test_another_yes_lets_it_go(rig: Rig) -> None:
    change = rig.queue()
    rig.numerai.account = replace(QUIET, settled=NMR(25))
    show(rig, replace(STAKE, settled=NMR(25)))
    returned(rig)
    rig.store.move(change.id, QUEUED, expect=DRAFT, reason="Confirmed.")
    assert [sent.state for sent in rig.run().sent] == [ACCEPTED]


def test_a_ledger_that_is_behind_waits_for_its_sync(rig: Rig) -> None:
    change = rig.queue()
    rig.numerai.account = replace(QUIET, settled=NMR("20.4"))
    report = rig.run()
    assert report.unprepared == report.held
    assert "waits for a sync" in report.held[0].why
    assert rig.state(change) is WAITING


@pytest.mark.parametrize("kind", [ChangeKind.INCREASE, ChangeKind.DECREASE, ChangeKind.DRAIN])
def test_a_release_withdrawn_elsewhere_makes_it_a_draft(rig: Rig, kind: ChangeKind) -> None:
    show(rig, replace(STAKE, pending=RELEASE))
    rig.queue(kind=kind, nmr=None if kind is ChangeKind.DRAIN else "1")
    show(rig)
    assert "withdrawn" in returned(rig)


def test_a_release_that_was_paid_on_its_date_is_expected(rig: Rig) -> None:
    show(rig, replace(STAKE, pending=RELEASE))
    change = rig.queue(conditions=Conditions(when_release_gone=True))
    rig.numerai.account = RELEASING
    assert rig.run().held
    rig.clock.advance(timedelta(days=20))
    rig.numerai.account = replace(QUIET, settled=NMR(17))
    show(rig, replace(STAKE, settled=NMR(17)))
    assert [sent.id for sent in rig.run().sent] == [change.id]


def test_the_plans_own_earlier_steps_are_expected(rig: Rig) -> None:
    first = rig.queue(nmr="3", kind=ChangeKind.DECREASE)
    wanted = Conditions(not_before=NOW + timedelta(days=31), after_change=first.id)
    then = rig.queue(nmr="5", conditions=wanted)
    rig.run()
    assert rig.state(first) is ACCEPTED
    rig.clock.advance(timedelta(days=31))
    rig.numerai.account = replace(QUIET, settled=NMR(17))
    show(rig, replace(STAKE, settled=NMR(17)))
    assert [sent.id for sent in rig.run().sent] == [then.id]


def test_a_step_of_our_own_that_nobody_saw_is_waited_for(rig: Rig) -> None:
    first = rig.queue(nmr="3", kind=ChangeKind.DECREASE)
    rig.run()
    second = rig.queue(nmr="5", kind=ChangeKind.DECREASE)
    rig.clock.advance(timedelta(days=1))
    show(rig)
    rig.numerai.pending.clear()
    rig.numerai.account = replace(QUIET, settled=NMR(25))
    report = rig.run()
    assert [held.change.id for held in report.held] == [second.id]
    assert f"change {first.id}" in report.held[0].why


def test_only_the_release_that_was_meant_is_cancelled(rig: Rig) -> None:
    show(rig, replace(STAKE, pending=RELEASE))
    rig.queue(kind=ChangeKind.CANCEL_RELEASE, nmr=None)
    rig.numerai.account = replace(RELEASING, pending_id="request-2", pending_amount=NMR(9))
    assert "a decrease of 3 NMR was pending; now it is a decrease of 9 NMR" in returned(rig)


def test_a_release_that_is_gone_is_not_cancelled(rig: Rig) -> None:
    show(rig, replace(STAKE, pending=RELEASE))
    rig.queue(kind=ChangeKind.CANCEL_RELEASE, nmr=None)
    assert "not pending any more" in returned(rig)


def test_the_release_that_was_meant_is_cancelled_whatever_the_stake(rig: Rig) -> None:
    show(rig, replace(STAKE, pending=RELEASE))
    change = rig.queue(kind=ChangeKind.CANCEL_RELEASE, nmr=None)
    rig.numerai.account = replace(RELEASING, settled=NMR(21))
    assert [sent.id for sent in rig.run().sent] == [change.id]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (replace(ALDER, name="birch"), "confirmed for alder; that model is called birch now"),
        (replace(ALDER, tournament=Tournament.CRYPTO), "that model is in Crypto now"),
    ],
)
def test_another_name_or_tournament_needs_another_yes(rig: Rig, now: Model, words: str) -> None:
    rig.queue()
    show(rig, model=now)
    assert words in returned(rig)


def test_a_new_name_that_was_confirmed_is_fine(rig: Rig) -> None:
    change = rig.queue()
    show(rig, model=replace(ALDER, name="birch"))
    returned(rig)
    rig.store.move(change.id, QUEUED, expect=DRAFT, reason="Confirmed.")
    assert [sent.id for sent in rig.run().sent] == [change.id]


def test_limits_hold_for_the_old_name_and_the_new(rig: Rig) -> None:
    change = rig.queue()
    show(rig, model=replace(ALDER, name="birch"))
    returned(rig)
    rig.store.move(change.id, QUEUED, expect=DRAFT, reason="Confirmed.")
    rig.limits = replace(rig.limits, models=("alder",))
    assert "birch is not among the models" in rig.run().held[0].why
    rig.limits = replace(rig.limits, models=("birch",))
    assert "alder is not among the models" in rig.run().held[0].why
    assert not rig.numerai.sent


@pytest.mark.parametrize(
    ("kind", "fact", "subject"),
    [
        (ChangeKind.INCREASE, Fact.STAKE, ALDER.id),
        (ChangeKind.INCREASE, Fact.PENDING, ALDER.id),
        (ChangeKind.INCREASE, Fact.WALLET, ""),
        (ChangeKind.DECREASE, Fact.STAKE, ALDER.id),
        (ChangeKind.DRAIN, Fact.PENDING, ALDER.id),
        (ChangeKind.CANCEL_RELEASE, Fact.PENDING, ALDER.id),
        (ChangeKind.TAKE_PROFIT_ON, Fact.TAKE_PROFIT, ALDER.id),
    ],
)
def test_a_missing_fact_holds_what_rests_on_it(
    rig: Rig, kind: ChangeKind, fact: Fact, subject: str
) -> None:
    amounts = {ChangeKind.INCREASE, ChangeKind.DECREASE}
    change = rig.queue(kind=kind, nmr="1" if kind in amounts else None)
    show(rig, missing=untold(fact, subject=subject))
    report = rig.run()
    assert [held.change.id for held in report.unprepared] == [change.id]
    assert "does not tell" in report.held[0].why
    assert not rig.numerai.sent
    assert rig.run().unprepared == report.unprepared
    assert len(rig.reasons(change)) == 3


UNTOLD: list[tuple[ChangeKind, AccountSnapshot]] = [
    (ChangeKind.INCREASE, replace(QUIET, available=None)),
    (ChangeKind.INCREASE, replace(QUIET, settled=None)),
    (ChangeKind.INCREASE, replace(QUIET, pending_known=False)),
    (ChangeKind.DECREASE, replace(QUIET, settled=None)),
    (ChangeKind.DRAIN, replace(QUIET, pending_known=False)),
    (ChangeKind.CANCEL_RELEASE, replace(QUIET, pending_known=False)),
    (ChangeKind.TAKE_PROFIT_OFF, replace(QUIET, take_profit=None)),
]


@pytest.mark.parametrize(("kind", "account"), UNTOLD)
def test_an_account_that_does_not_tell_what_is_needed_holds_it(
    rig: Rig, kind: ChangeKind, account: AccountSnapshot
) -> None:
    amounts = {ChangeKind.INCREASE, ChangeKind.DECREASE}
    change = rig.queue(kind=kind, nmr="1" if kind in amounts else None)
    rig.numerai.account = account
    report = rig.run()
    assert [held.change.id for held in report.unprepared] == [change.id]
    assert report.held[0].why.startswith("Waits until Numerai tells")
    assert rig.state(change) is WAITING
    assert not rig.numerai.sent


def test_what_a_change_does_not_need_may_be_missing(rig: Rig) -> None:
    decrease = rig.queue(kind=ChangeKind.DECREASE)
    rig.numerai.account = replace(
        QUIET, available=None, held=None, take_profit=None, scheduled=None
    )
    assert [sent.id for sent in rig.run().sent] == [decrease.id]


def test_what_was_confirmed_without_knowing_the_stake_needs_another_yes(rig: Rig) -> None:
    show(rig, missing=untold(Fact.STAKE))
    rig.queue()
    show(rig)
    assert "not known" in returned(rig)


def signals_line(book: Book) -> ModelLine:
    return next(
        line
        for line in book.portfolio().lines
        if line.tournament is Tournament.SIGNALS and line.staked and line.pending is None
    )


def later(book: Book, line: ModelLine, days: int) -> Change:
    """A confirmed increase that is due in so many days."""
    wanted = Conditions(not_before=book.now() + timedelta(days=days))
    draft = book.queue.add(line.model_id, ChangeKind.INCREASE, NMR("1.5"), wanted)
    return book.queue.confirm(draft.id)


@pytest.mark.parametrize("days", [1, 4, 12])
def test_payouts_of_many_rounds_are_expected(book: Book, sandbox: Sandbox, days: int) -> None:
    line = signals_line(book)
    change = later(book, line, days)
    before = sandbox.world.slot(line.model_id).stake
    sandbox.advance(days=days)
    book.sync()
    assert sandbox.world.slot(line.model_id).stake != before
    assert [sent.id for sent in book.queue.run().sent] == [change.id]
    assert len(sandbox.mutations_applied) == 1


def test_a_change_on_the_website_is_told_from_payouts(book: Book, sandbox: Sandbox) -> None:
    line = signals_line(book)
    later(book, line, 4)
    sandbox.advance(days=4)
    sandbox.world.slot(line.model_id).stake += NMR(5)
    book.sync()
    report = book.queue.run()
    assert [entry.change.state for entry in report.returned] == [DRAFT]
    assert not sandbox.mutations_applied
