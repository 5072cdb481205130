"""The single door, over a real store and the embedded Numerai."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind, ChangeState
from ledger.domain.syncing.facts import SyncProgress, SyncStep
from ledger.errors import Cancelled, ChangeError, ReadOnly, Unreachable
from ledger.queue.executor import SETTLING
from ledger.reports.account.portfolio import ModelLine
from ledger.reports.earnings.earnings import View
from ledger.reports.notices.notice import Notice
from ledger.reports.notices.notices import FIRST_SYNC, NEVER_SYNCED
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker


def signals_model(book: Book, *, staked: bool = True) -> ModelLine:
    """A continuously staked model without anything pending."""
    return next(
        line
        for line in book.portfolio().lines
        if line.tournament is Tournament.SIGNALS
        and line.pending is None
        and not line.archived
        and bool(line.staked) is staked
    )


def queue_change(book: Book, kind: ChangeKind, amount: str = "") -> int:
    preview = book.queue.preview(signals_model(book).model_id, kind, amount)
    assert preview.problem is None
    return book.queue.confirm(book.queue.draft(preview).id).id


def test_the_ledger_answers_without_numerai(book: Book, sandbox: Sandbox) -> None:
    sandbox.stop()
    portfolio = book.portfolio()
    assert len(portfolio.lines) >= 15
    assert portfolio.systems[Tournament.CLASSIC] is System.ATOMIC
    assert portfolio.systems[Tournament.SIGNALS] is System.CONTINUOUS
    assert portfolio.staked.known > NMR(0)
    assert all(line.recent for line in portfolio.lines if line.at_risk)
    for tournament in book.tournaments():
        earnings = book.earnings.report(View(tournament=tournament, last=30))
        assert len(earnings.groups) == 30
        assert sum(group.paid.total for group in earnings.groups) == earnings.paid.total
        newest = book.slots.report(tournament, 20).rounds[0].round
        assert newest >= earnings.groups[0].rounds[0]
    assert book.stakes.report().releases
    with pytest.raises(Unreachable):
        book.sync()


def test_an_increase_goes_all_the_way(book: Book, sandbox: Sandbox) -> None:
    line = signals_model(book)
    assert line.staked is not None
    before = book.portfolio().available
    change_id = queue_change(book, ChangeKind.INCREASE, "2.5")
    assert book.queue.send(change_id).state is ChangeState.ACCEPTED
    assert len(sandbox.mutations_applied) == 1
    book.sync()
    after = book.portfolio()
    assert before is not None and after.available == before - NMR("2.5")
    assert after.held and after.held >= NMR("2.5")
    assert book.queue.history(change_id).line.change.state is ChangeState.ACCEPTED
    sandbox.advance(rounds=1)
    sandbox.advance(days=0.2)
    book.sync()
    assert book.queue.history(change_id).line.change.state is ChangeState.SETTLED


def test_a_release_is_paid_when_the_preview_said(book: Book, sandbox: Sandbox) -> None:
    line = signals_model(book)
    preview = book.queue.preview(line.model_id, ChangeKind.DECREASE, "50%")
    change = book.queue.confirm(book.queue.draft(preview).id)
    assert book.queue.send(change.id).state is ChangeState.ACCEPTED
    book.sync()
    pending = next(
        entry.pending for entry in book.stakes.report().lines if entry.model_id == line.model_id
    )
    assert pending is not None and pending.amount == preview.nmr
    assert pending.due == preview.complete
    assert pending.due is not None
    sandbox.advance(to=pending.due + timedelta(hours=2))
    book.sync()
    assert book.queue.history(change.id).line.change.state is ChangeState.SETTLED


def test_a_pending_release_can_be_cancelled(book: Book, sandbox: Sandbox) -> None:
    release = queue_change(book, ChangeKind.DECREASE, "1")
    model_id = book.queue.history(release).line.change.model_id
    book.queue.send(release)
    book.sync()
    assert book.queue.preview(model_id, ChangeKind.INCREASE, "1").problem
    cancel = book.queue.draft(book.queue.preview(model_id, ChangeKind.CANCEL_RELEASE))
    book.queue.confirm(cancel.id)
    assert book.queue.send(cancel.id).state is ChangeState.ACCEPTED
    sandbox.advance(days=0.01)
    book.sync()
    assert book.queue.history(cancel.id).line.change.state is ChangeState.SETTLED
    assert book.queue.history(release).line.change.state is ChangeState.CANCELLED


def test_a_refusal_keeps_numerais_words(book: Book, sandbox: Sandbox) -> None:
    change_id = queue_change(book, ChangeKind.INCREASE, "1")
    words = 'Variable "$value": Stakes are being settled, try later.'
    sandbox.fail("refuse", on="mutation", message=words)
    change = book.queue.send(change_id)
    assert change.state is ChangeState.REFUSED
    answer = book.queue.history(change_id).line.last_answer or ""
    assert "Stakes are being settled, try later." in answer
    assert not sandbox.mutations_applied


@pytest.mark.parametrize("fault", ["status_after", "drop_after", "html"])
def test_what_arrived_without_an_answer_is_found(book: Book, sandbox: Sandbox, fault: str) -> None:
    change_id = queue_change(book, ChangeKind.INCREASE, "1.5")
    sandbox.fail(fault, on="mutation")
    change = book.queue.send(change_id)
    applied = len(sandbox.mutations_applied)
    assert applied <= 1
    if applied:
        assert change.state is ChangeState.ACCEPTED
    else:
        assert change.state is ChangeState.UNKNOWN


@pytest.mark.parametrize("fault", ["status_before", "drop_before"])
def test_what_never_arrived_is_told_after_a_minute(
    book: Book, sandbox: Sandbox, fault: str
) -> None:
    change_id = queue_change(book, ChangeKind.INCREASE, "1.5")
    sandbox.fail(fault, on="mutation")
    assert book.queue.send(change_id).state is ChangeState.UNKNOWN
    with pytest.raises(ChangeError):
        book.queue.send(change_id)
    sandbox.advance(days=SETTLING / timedelta(days=1) * 2)
    assert book.queue.reconcile(change_id).state is ChangeState.REFUSED
    assert not sandbox.mutations_applied


def test_a_sync_looks_into_lost_answers(book: Book, sandbox: Sandbox) -> None:
    change_id = queue_change(book, ChangeKind.INCREASE, "1.5")
    sandbox.fail("drop_before", on="mutation")
    book.queue.send(change_id)
    book.sync()
    events = book.queue.history(change_id).events
    book.sync()
    assert book.queue.history(change_id).events == events, "the same finding is not told twice"
    assert book.queue.history(change_id).line.change.state is ChangeState.UNKNOWN
    sandbox.advance(days=SETTLING / timedelta(days=1) * 2)
    book.sync()
    assert book.queue.history(change_id).line.change.state is ChangeState.REFUSED
    assert not sandbox.mutations_applied


def test_an_unreachable_numerai_leaves_the_change_queued(book: Book, sandbox: Sandbox) -> None:
    change_id = queue_change(book, ChangeKind.INCREASE, "1")
    sandbox.stop()
    with pytest.raises(Unreachable):
        book.queue.send(change_id)
    assert book.queue.history(change_id).line.change.state is ChangeState.QUEUED


@pytest.mark.parametrize(("key", "read_only"), [("full", True), ("read_only", False)])
def test_without_the_right_to_write_nothing_is_drafted(
    make_book: BookMaker, sandbox: Sandbox, key: str, read_only: bool
) -> None:
    book = make_book(key=key, read_only=read_only)
    book.sync()
    why = book.writable()
    assert why and ("--read-only" in why if read_only else "scope" in why)
    preview = book.queue.preview(signals_model(book).model_id, ChangeKind.INCREASE, "1")
    with pytest.raises(ReadOnly):
        book.queue.draft(preview)
    assert not sandbox.mutations_applied


def test_a_read_only_book_refuses_what_another_confirmed(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    change_id = queue_change(make_book(), ChangeKind.INCREASE, "1")
    reader = make_book(read_only=True)
    for act in (
        reader.queue.send,
        reader.queue.confirm,
        reader.queue.cancel,
        reader.queue.reconcile,
    ):
        with pytest.raises(ReadOnly):
            act(change_id)
    assert not sandbox.mutations_applied


def test_one_change_per_model_in_the_queue(book: Book) -> None:
    model_id = signals_model(book).model_id
    draft = book.queue.draft(book.queue.preview(model_id, ChangeKind.INCREASE, "1"))
    second = book.queue.preview(model_id, ChangeKind.INCREASE, "1")
    assert second.problem and f"Change {draft.id}" in second.problem
    with pytest.raises(ChangeError):
        book.queue.draft(second)
    review = book.queue.review(draft.id)
    assert review.problem is None and review.nmr == NMR(1) and review.effects
    book.queue.cancel(draft.id)
    assert book.queue.preview(model_id, ChangeKind.INCREASE, "1").problem is None


def test_atomic_models_take_no_continuous_change(book: Book) -> None:
    atomic = next(line for line in book.portfolio().lines if line.system is System.ATOMIC)
    problem = book.queue.preview(atomic.model_id, ChangeKind.INCREASE, "1").problem
    assert problem and "atomic" in problem


def test_what_another_process_synced_is_seen(make_book: BookMaker, sandbox: Sandbox) -> None:
    """Quick reports share what they read, until the ledger holds something new."""
    book, other = make_book(), make_book()
    before = book.stakes.report()
    assert book.stakes.report() == before
    at_risk = {line.model_id: line.at_risk for line in book.portfolio().lines}
    sandbox.advance(days=40)
    other.sync()
    after = book.portfolio()
    assert after == other.portfolio()
    assert {line.model_id: line.at_risk for line in after.lines} != at_risk
    assert book.stakes.report() == other.stakes.report() != before


def test_a_first_sync_under_way_is_not_told_as_one_that_is_lacking(
    make_book: BookMaker, tmp_path: Path
) -> None:
    book = make_book(path=tmp_path / "empty.sqlite3")
    stop = threading.Event()
    seen: list[tuple[Notice, ...]] = []

    def look(progress: SyncProgress) -> None:
        seen.append(book.notices.all())
        if progress.step is SyncStep.HISTORY and not again:
            stop.set()

    for again in (False, True):
        assert NEVER_SYNCED in book.notices.all()
        with nullcontext() if again else pytest.raises(Cancelled):
            book.sync(look, None if again else stop)
        assert all(FIRST_SYNC in notices and NEVER_SYNCED not in notices for notices in seen)
    assert len(seen) > 20
    assert not {FIRST_SYNC, NEVER_SYNCED} & set(book.notices.all())
    book.sync(lambda _: seen.append(book.notices.all()))
    assert FIRST_SYNC not in seen[-1]


def test_a_stopped_sync_changes_nothing(book: Book, stop: threading.Event) -> None:
    before = book.portfolio()
    stop.set()
    with pytest.raises(Cancelled):
        book.sync(stop=stop)
    assert book.portfolio() == before


def test_only_a_demo_moves_time(make_book: BookMaker) -> None:
    with pytest.raises(ChangeError):
        make_book().advance(rounds=1)
    demo = make_book(demo=True)
    before = demo.now()
    assert demo.advance(rounds=1) > before
    demo.sync()
    assert demo.portfolio().as_of == demo.now()
