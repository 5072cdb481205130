"""A plan holds for the queue it was made from: of several enqueued at once, one goes in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState
from ledger.errors import ChangeError
from tests.conftest import BookMaker

SIGNALS = Tournament.SIGNALS


def free_model(book: Book) -> str:
    lines = book.targets.allocation(SIGNALS).lines
    return next(line.model_id for line in lines if line.pending is None and line.current)


def open_changes(book: Book) -> list[Change]:
    return [line.change for line in book.queue.report().lines if line.change.state.open]


def test_of_several_that_enqueue_one_plan_at_once_one_does(make_book: BookMaker) -> None:
    books = [make_book() for _ in range(4)]
    books[0].targets.set(SIGNALS, free_model(books[0]), "+3")
    plans = [book.targets.allocation(SIGNALS).plan for book in books]
    assert all(plan.steps and plan == plans[0] for plan in plans)
    start = threading.Barrier(len(books))

    def enqueue(place: int) -> object:
        start.wait()
        try:
            return books[place].queue.enqueue(plans[place])
        except ChangeError as error:
            return str(error)

    with ThreadPoolExecutor(len(books)) as threads:
        results = list(threads.map(enqueue, range(len(books))))
    refused = [result for result in results if isinstance(result, str)]
    assert len(refused) == len(books) - 1
    assert all("queue changed" in what for what in refused)
    assert len(open_changes(books[0])) == len(plans[0].steps)


def test_of_several_that_enqueue_the_targets_at_once_one_does(make_book: BookMaker) -> None:
    """Each plans for itself; whoever comes later finds nothing to do, or that the queue changed."""
    books = [make_book() for _ in range(4)]
    books[0].targets.set(SIGNALS, free_model(books[0]), "+3")
    start = threading.Barrier(len(books))

    def enqueue(book: Book) -> int:
        start.wait()
        try:
            return len(book.targets.enqueue(SIGNALS))
        except ChangeError:
            return 0

    with ThreadPoolExecutor(len(books)) as threads:
        assert sum(threads.map(enqueue, books)) == 1
    (draft,) = open_changes(books[0])
    assert (draft.kind, draft.nmr) == (ChangeKind.INCREASE, NMR(3))


@pytest.mark.parametrize("what", ["added", "confirmed", "cancelled", "edited"])
def test_a_plan_is_refused_when_the_queue_moved_on(book: Book, what: str) -> None:
    other = next(
        line.model_id
        for line in book.targets.allocation(SIGNALS).lines
        if line.pending is None and line.model_id != free_model(book)
    )
    queued = book.queue.add(other, ChangeKind.INCREASE, NMR(1))
    book.targets.set(SIGNALS, free_model(book), "+3")
    plan = book.targets.allocation(SIGNALS).plan
    assert plan.steps
    if what == "added":
        book.queue.add(other, ChangeKind.INCREASE, NMR(1))
    elif what == "confirmed":
        book.queue.confirm(queued.id)
    elif what == "cancelled":
        book.queue.cancel(queued.id)
    else:
        book.queue.edit(queued.id, nmr=NMR(2))
    before = open_changes(book)
    with pytest.raises(ChangeError, match="queue changed") as caught:
        book.queue.enqueue(plan)
    assert caught.value.advice == "Plan again."
    assert open_changes(book) == before
    (draft,) = book.queue.enqueue(book.targets.allocation(SIGNALS).plan)
    assert draft.state is ChangeState.DRAFT
