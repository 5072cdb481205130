"""Ways around a pending release: chosen, kept with the target, forgotten when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import Book
from ledger.domain.model import Tournament
from ledger.domain.queue.change import ChangeKind
from ledger.domain.targets.allocation import Allocation
from ledger.domain.targets.plan import Option, OptionKind
from ledger.errors import ChangeError
from ledger.rules.targets.plan import make_plan
from ledger.rules.targets.plan_facts import PlanFacts
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import BookMaker
from tests.ledger.accounts import accounts

SIGNALS, CRYPTO = Tournament.SIGNALS, Tournament.CRYPTO
WAIT, CANCEL, KEEP = OptionKind.WAIT, OptionKind.CANCEL, OptionKind.KEEP
MORE, LESS = "20", "12"
"""Targets of the released model: above its stake, and between that and what will be left."""


def releasing(book: Book) -> str:
    """The id of the model with a pending release."""
    lines = book.targets.allocation(SIGNALS).lines
    (found,) = [line.model_id for line in lines if line.pending and line.effective < line.current]
    return found


def taken(allocation: Allocation) -> Option:
    (option,) = [option for option in allocation.plan.options if option.chosen]
    return option


def kinds(allocation: Allocation) -> list[ChangeKind]:
    return [step.kind for step in allocation.plan.steps]


@settings(deadline=None)
@given(accounts(), st.dictionaries(st.integers(0, 5), st.sampled_from(list(OptionKind))))
def test_what_is_asked_for_is_taken_where_it_is_on_offer(
    account: PlanFacts, asked: dict[int, OptionKind]
) -> None:
    cheapest = make_plan(account)
    choices = {f"model{place}": kind for place, kind in asked.items()}
    plan = make_plan(replace(account, choices=choices))
    offered = {(option.model.id, option.kind) for option in plan.options}
    assert offered == {(option.model.id, option.kind) for option in cheapest.options}
    for model_id in {option.model.id for option in plan.options}:
        ways = plan.ways(model_id)
        (chosen,) = [way for way in ways if way.chosen]
        (by_itself,) = [way for way in cheapest.ways(model_id) if way.chosen]
        (best,) = [way for way in ways if way.cheapest]
        assert best.kind is by_itself.kind
        wanted = choices.get(model_id)
        assert chosen.asked is ((model_id, wanted) in offered)
        assert chosen.kind is (wanted if chosen.asked else best.kind)
        assert not any(way.asked for way in ways if way is not chosen)
    if all((model_id, kind) not in offered for model_id, kind in choices.items()):
        assert plan == cheapest


def test_a_choice_is_kept_over_a_restart_and_changes_the_plan(make_book: BookMaker) -> None:
    book = make_book()
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    before = book.targets.allocation(SIGNALS)
    assert (taken(before).kind, taken(before).asked, taken(before).cheapest) == (
        *(CANCEL, False, True),
    )
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    chosen = book.targets.allocation(SIGNALS)
    assert (taken(chosen).kind, taken(chosen).asked, taken(chosen).cheapest) == (
        *(WAIT, True, False),
    )
    assert kinds(chosen) == [ChangeKind.INCREASE]
    book.close()

    again = make_book()
    kept = again.targets.allocation(SIGNALS)
    assert taken(kept).kind is WAIT
    assert kept.plan == chosen.plan
    complete = again.targets.simulation(SIGNALS, rounds=40).complete
    assert complete == kept.plan.complete > before.plan.complete
    again.targets.choose_option(SIGNALS, model_id, None)
    automatic = again.targets.allocation(SIGNALS)
    assert automatic.plan == before.plan


def test_choosing_can_be_undone_and_survives_another_amount(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    book.targets.set(SIGNALS, model_id, "30")
    assert taken(book.targets.allocation(SIGNALS)).kind is WAIT
    book.targets.undo(SIGNALS)
    book.targets.undo(SIGNALS)
    assert taken(book.targets.allocation(SIGNALS)).kind is CANCEL
    book.targets.redo(SIGNALS)
    assert taken(book.targets.allocation(SIGNALS)).kind is WAIT
    book.targets.clear(SIGNALS)
    assert book.targets.allocation(SIGNALS).plan.options == ()
    book.targets.set(SIGNALS, model_id, MORE)
    assert taken(book.targets.allocation(SIGNALS)).kind is CANCEL


def test_a_choice_on_offer_no_more_falls_back_and_is_forgotten(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    book.targets.set(SIGNALS, model_id, LESS)
    fallen = book.targets.allocation(SIGNALS)
    assert {option.kind for option in fallen.plan.options} == {KEEP, CANCEL}
    assert (taken(fallen).asked, taken(fallen).cheapest) == (False, True)
    book.targets.set(SIGNALS, model_id, MORE)
    again = book.targets.allocation(SIGNALS)
    assert not taken(again).asked, "it does not come back by itself"


def test_a_release_that_was_paid_takes_its_choice_along(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book()
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    sandbox.advance(days=40)
    book.sync()
    paid = book.targets.allocation(SIGNALS)
    assert paid.plan.options == ()
    assert taken_option(book, model_id) is None
    assert kinds(paid) == [ChangeKind.INCREASE]


def taken_option(book: Book, model_id: str) -> OptionKind | None:
    """What the ledger keeps for a model."""
    with_store = Store.open(book._store.path, clock=book.clock, read_only=True)
    try:
        return with_store.targets(SIGNALS).entries[model_id].option
    finally:
        with_store.close()


def test_reading_only_a_stale_choice_falls_back_and_stays_on_disk(
    make_book: BookMaker, sandbox: Sandbox
) -> None:
    book = make_book()
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    sandbox.advance(days=40)
    book.sync()
    reader = Book(
        profile="default",
        store=Store.open(book._store.path, clock=book.clock, read_only=True),
        clock=book.clock,
        config=book.config,
        connect=lambda: pytest.fail("nothing is asked"),
        read_only=True,
    )
    assert reader.targets.allocation(SIGNALS).plan.options == ()
    reader.close()
    assert taken_option(book, model_id) is WAIT


def test_what_is_not_on_offer_is_refused(book: Book) -> None:
    model_id = releasing(book)
    with pytest.raises(ChangeError, match="not on offer"):
        book.targets.choose_option(SIGNALS, model_id, WAIT)
    book.targets.set(SIGNALS, model_id, LESS)
    with pytest.raises(ChangeError, match="“wait” is not on offer") as caught:
        book.targets.choose_option(SIGNALS, model_id, WAIT)
    assert "keep" in caught.value.advice
    other = book.targets.allocation(CRYPTO).lines[0].model_id
    with pytest.raises(ChangeError, match="not in Signals"):
        book.targets.choose_option(SIGNALS, other, None)
    quiet = next(line for line in book.targets.allocation(SIGNALS).lines if line.pending is None)
    with pytest.raises(ChangeError, match="No pending release"):
        book.targets.next_option(SIGNALS, quiet.model_id)


def test_the_ways_go_round(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    seen = [taken(book.targets.allocation(SIGNALS))]
    for _ in range(3):
        book.targets.next_option(SIGNALS, model_id)
        seen.append(taken(book.targets.allocation(SIGNALS)))
    assert [(way.kind, way.asked) for way in seen] == [
        (CANCEL, False),
        (WAIT, True),
        (CANCEL, True),
        (CANCEL, False),
    ]


def test_options_asked_for_in_passing_are_not_kept(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    kept = book.targets.allocation(SIGNALS)
    looked = book.targets.allocation(SIGNALS, options={model_id: WAIT})
    assert taken(looked).kind is WAIT
    simulated = book.targets.simulation(SIGNALS, rounds=40, options={model_id: WAIT})
    assert simulated.complete == looked.plan.complete
    assert book.targets.allocation(SIGNALS).plan == kept.plan
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    assert book.targets.allocation(SIGNALS, options={model_id: None}).plan == kept.plan
    assert taken(book.targets.allocation(SIGNALS)).asked


def test_the_plan_that_was_chosen_is_what_is_queued(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    chosen = book.targets.allocation(SIGNALS)
    (draft,) = book.targets.enqueue(SIGNALS)
    assert (draft.kind, draft.conditions.when_release_gone) == (ChangeKind.INCREASE, True)
    after = book.targets.allocation(SIGNALS).plan
    assert (after.steps, after.replaces) == ((), ())
    assert after.complete == chosen.plan.complete
    assert after.complete is not None and after.complete - book.now() > timedelta(days=20)


def test_what_the_queue_carries_out_is_still_chosen(book: Book) -> None:
    model_id = releasing(book)
    book.targets.set(SIGNALS, model_id, MORE)
    book.targets.choose_option(SIGNALS, model_id, WAIT)
    chosen = book.targets.allocation(SIGNALS)
    (draft,) = book.targets.enqueue(SIGNALS)
    assert book.targets.allocation(SIGNALS).plan.steps == ()
    book.targets.set(SIGNALS, model_id, "30")
    more = book.targets.allocation(SIGNALS)
    assert all(step.kind is ChangeKind.INCREASE for step in more.plan.steps)
    book.targets.undo(SIGNALS)
    book.queue.cancel(draft.id)
    again = book.targets.allocation(SIGNALS)
    assert (taken(again).kind, taken(again).asked) == (WAIT, True)
    assert again.plan.steps == chosen.plan.steps
