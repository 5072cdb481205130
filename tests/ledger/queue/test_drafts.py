"""Drafting, confirming, editing, ordering and retrying changes through the book."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.book import Book
from ledger.config.config import Config, LimitSettings
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeKind, ChangeState, Conditions
from ledger.domain.targets.plan import Plan, Step
from ledger.errors import ChangeError, ReadOnly
from ledger.queue.executor import SETTLING
from ledger.sandbox import Sandbox
from tests.conftest import BookMaker

INCREASE, DRAFT, QUEUED = ChangeKind.INCREASE, ChangeState.DRAFT, ChangeState.QUEUED


def free_models(book: Book) -> list[str]:
    """Continuously staked models without anything pending, by id."""
    return [
        line.model_id
        for line in book.portfolio().lines
        if line.tournament is Tournament.SIGNALS and line.staked and line.pending is None
    ]


def state(book: Book, change: Change) -> ChangeState:
    return book.queue.history(change.id).line.change.state


def queue_order(book: Book) -> list[int]:
    lines = sorted(book.queue.report().lines, key=lambda line: line.change.position)
    return [line.change.id for line in lines]


def test_a_whole_queue_from_drafts_to_numerai(book: Book, sandbox: Sandbox) -> None:
    first, second = free_models(book)[:2]
    release = book.queue.add(first, ChangeKind.DECREASE, NMR("1.25"), reason="Less here.")
    conditions = Conditions(after_change=release.id, when_free=NMR(2))
    increase = book.queue.add(second, INCREASE, NMR(2), conditions)
    toggle = book.queue.add(first, ChangeKind.TAKE_PROFIT_ON)
    book.queue.confirm_all([release.id, increase.id, toggle.id])
    seen: list[int] = []
    report = book.queue.run(lambda step: seen.append(step.change.id))
    assert seen == [release.id, increase.id, toggle.id]
    assert [change.state for change in report.sent] == [ChangeState.ACCEPTED] * 3
    assert [entry["model_id"] for entry in sandbox.mutations_applied] == [first, second, first]
    after = book.queue.history(release.id).events[-1].after
    assert after is not None and after.pending_amount == NMR("1.25")
    assert book.queue.run().sent == ()
    assert len(sandbox.mutations_applied) == 3


def test_previews_of_several_amounts_are_those_of_each(book: Book) -> None:
    first, second = free_models(book)[:2]
    book.queue.add(second, ChangeKind.DECREASE, NMR("1.25"))
    amounts = ("max", "", "2.5", "25%", "1000000", "nothing")
    for model in (first, second):
        for kind in (INCREASE, ChangeKind.DECREASE):
            each = tuple(book.queue.preview(model, kind, amount) for amount in amounts)
            assert book.queue.previews(model, kind, *amounts) == each
            assert len({preview.problem for preview in each}) > 1 or model == second


def plan_of(book: Book, *steps: Step, replaces: tuple[int, ...] = ()) -> Plan:
    """A plan made from the queue as it is."""
    queue = (line.change for line in book.queue.report().lines)
    seen = tuple(change for change in queue if change.state.open)
    return Plan(steps, None, (), (), replaces, NMR(0), (), seen)


def step(book: Book, model_id: str, kind: ChangeKind, nmr: str, after: int | None = None) -> Step:
    model = next(line for line in book.portfolio().lines if line.model_id == model_id)
    return Step(
        kind=kind,
        model=Model(model_id, model.name, model.tournament),
        nmr=NMR(nmr),
        conditions=Conditions(when_free=NMR(2)),
        after_step=after,
        earliest=book.now(),
        effect=book.now(),
        reason=f"Planned: {nmr}.",
    )


def test_a_plan_is_queued_as_a_whole(book: Book, sandbox: Sandbox) -> None:
    first, second = free_models(book)[:2]
    old = book.queue.confirm(book.queue.add(second, INCREASE, NMR(9)).id)
    steps = (
        step(book, first, ChangeKind.DECREASE, "1.5"),
        step(book, second, INCREASE, "1.5", after=0),
    )
    release, increase = book.queue.enqueue(plan_of(book, *steps, replaces=(old.id,)))
    assert state(book, old) is ChangeState.CANCELLED
    assert (release.state, release.reason) == (DRAFT, "Planned: 1.5.")
    assert increase.conditions == Conditions(after_change=release.id, when_free=NMR(2))
    book.queue.confirm_all([release.id, increase.id])
    assert len(book.queue.run().sent) == 2
    again = plan_of(book, step(book, second, INCREASE, "1"), replaces=(release.id,))
    with pytest.raises(ChangeError, match="is accepted"):
        book.queue.enqueue(again)
    assert len(book.queue.report().lines) == 3
    assert len(sandbox.mutations_applied) == 2


def test_a_plan_with_an_impossible_step_leaves_no_trace(book: Book) -> None:
    first, second = free_models(book)[:2]
    old = book.queue.add(first, INCREASE, NMR(1))
    steps = (step(book, first, INCREASE, "1"), step(book, second, INCREASE, "0"))
    with pytest.raises(ChangeError, match="above zero"):
        book.queue.enqueue(plan_of(book, *steps, replaces=(old.id,)))
    assert [line.change for line in book.queue.report().lines] == [old]


def test_all_are_confirmed_or_none(book: Book) -> None:
    models = free_models(book)
    first, second = (book.queue.add(model, INCREASE, NMR(1)) for model in models[:2])
    book.queue.cancel(second.id)
    with pytest.raises(ChangeError, match=f"Change {second.id} is cancelled"):
        book.queue.confirm_all([first.id, second.id])
    assert state(book, first) is DRAFT
    assert [change.id for change in book.queue.confirm_all([first.id, first.id])] == [first.id]


def test_a_confirmation_restates_everything(make_book: BookMaker) -> None:
    limits = LimitSettings(
        per_change_nmr="3", per_day_nmr="4", tournaments=(11,), confirm_by_typing_above="5"
    )
    book = make_book(config=replace(Config(), limits=limits))
    first, second = free_models(book)[:2]
    small = book.queue.add(first, INCREASE, NMR(2), Conditions(when_free=NMR(50)))
    large = book.queue.add(second, INCREASE, NMR("3.5"))
    toggle = book.queue.add(first, ChangeKind.TAKE_PROFIT_ON)
    said = book.queue.confirmation([small.id, large.id, toggle.id])
    assert said.total == NMR("5.5")
    assert said.type_total
    assert "by 2 NMR, when 50 NMR is free in the Numerai wallet." in said.sentences[0]
    assert "limits.per_day_nmr" in said.touched[0]
    assert len(said.problems) == 1
    assert f"Change {large.id}" in said.problems[0]
    with pytest.raises(ChangeError, match="per_change_nmr"):
        book.queue.confirm_all([small.id, large.id])
    assert state(book, small) is DRAFT
    quiet = book.queue.confirmation([small.id, toggle.id])
    assert (quiet.touched, quiet.problems, quiet.type_total) == ((), (), False)


@pytest.mark.parametrize(
    ("kind", "nmr"),
    [(INCREASE, None), (INCREASE, "0"), (ChangeKind.DRAIN, "1"), (ChangeKind.TAKE_PROFIT_ON, "1")],
)
def test_amounts_belong_to_kinds_that_have_one(
    book: Book, kind: ChangeKind, nmr: str | None
) -> None:
    with pytest.raises(ChangeError):
        book.queue.add(free_models(book)[0], kind, None if nmr is None else NMR(nmr))
    assert book.queue.report().lines == ()


def test_atomic_models_and_strangers_are_turned_away(book: Book) -> None:
    atomic = next(line for line in book.portfolio().lines if line.system is System.ATOMIC)
    with pytest.raises(ChangeError, match="atomic"):
        book.queue.add(atomic.model_id, INCREASE, NMR(1))
    with pytest.raises(ChangeError, match="not in the ledger"):
        book.queue.add("nobody", INCREASE, NMR(1))


def test_an_edited_change_needs_another_yes(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.add(
        free_models(book)[0], INCREASE, NMR(1), Conditions(when_free=NMR(10**9))
    )
    book.queue.confirm(change.id)
    assert book.queue.run().held[0].change.state is ChangeState.WAITING
    edited = book.queue.edit(change.id, nmr=NMR("1.5"), conditions=Conditions())
    assert (edited.nmr, edited.conditions, edited.state) == (NMR("1.5"), Conditions(), DRAFT)
    last = book.queue.history(change.id).events[-1]
    assert "1.5 NMR instead of 1" in last.reason
    assert book.queue.run().sent == ()
    book.queue.confirm(change.id)
    assert book.queue.run().sent[0].state is ChangeState.ACCEPTED
    assert sandbox.mutations_applied[0]["amount"] == "1.5"
    with pytest.raises(ChangeError, match="is accepted"):
        book.queue.edit(change.id, nmr=NMR(2))


def test_an_edit_that_alters_nothing_changes_nothing(book: Book) -> None:
    change = book.queue.confirm(book.queue.add(free_models(book)[0], INCREASE, NMR(1)).id)
    assert book.queue.edit(change.id, nmr=NMR("1.0")) == change
    assert state(book, change) is QUEUED


def test_changes_can_not_wait_for_themselves(book: Book) -> None:
    first, second = (book.queue.add(model, INCREASE, NMR(1)) for model in free_models(book)[:2])
    book.queue.edit(second.id, conditions=Conditions(after_change=first.id))
    for target in (first, second):
        with pytest.raises(ChangeError, match="wait for itself"):
            book.queue.edit(first.id, conditions=Conditions(after_change=target.id))
    assert book.queue.history(first.id).line.change.conditions == Conditions()


def test_the_order_is_the_users(book: Book) -> None:
    model = free_models(book)[0]
    ids = [book.queue.add(model, INCREASE, NMR(amount)).id for amount in (1, 2, 3)]
    one, two, three = ids
    book.queue.place(three, before=one)
    assert queue_order(book) == [three, one, two]
    book.queue.place(three)
    assert queue_order(book) == [one, two, three]
    book.queue.place(one, before=three)
    assert queue_order(book) == [two, one, three]
    book.queue.place(two, before=two)
    assert sorted(queue_order(book)) == ids
    assert "Moved" in book.queue.history(one).events[-1].reason
    book.queue.cancel(two)
    with pytest.raises(ChangeError, match="is cancelled"):
        book.queue.place(two)
    with pytest.raises(ChangeError, match="is cancelled"):
        book.queue.place(one, before=two)


def test_a_waiting_change_that_is_moved_is_looked_at_anew(book: Book) -> None:
    change = book.queue.add(
        free_models(book)[0], INCREASE, NMR(1), Conditions(when_free=NMR(10**9))
    )
    book.queue.confirm(change.id)
    book.queue.run()
    assert book.queue.place(change.id).state is QUEUED


def test_a_refused_change_is_asked_for_again_by_a_new_one(book: Book, sandbox: Sandbox) -> None:
    model = free_models(book)[0]
    old = book.queue.confirm(book.queue.add(model, INCREASE, NMR("1.5")).id)
    words = 'Variable "$value": Stakes are being settled.'
    sandbox.fail("refuse", on="mutation", message=words)
    assert book.queue.run().sent[0].state is ChangeState.REFUSED
    assert "Stakes are being settled." in book.queue.history(old.id).line.why
    again = book.queue.retry(old.id)
    assert (again.retry_of, again.nmr, again.state) == (old.id, NMR("1.5"), DRAFT)
    assert f"change {old.id}" in again.reason
    with pytest.raises(ChangeError, match=f"Change {again.id} is a retry"):
        book.queue.retry(old.id)
    with pytest.raises(ChangeError, match="Only refused"):
        book.queue.retry(again.id)
    book.queue.confirm(again.id)
    assert book.queue.run().sent[0].state is ChangeState.ACCEPTED
    assert state(book, old) is ChangeState.REFUSED
    assert len(sandbox.mutations_applied) == 1


def test_what_numerai_has_can_not_be_cancelled_here(book: Book) -> None:
    change = book.queue.confirm(
        book.queue.add(free_models(book)[0], ChangeKind.DECREASE, NMR(1)).id
    )
    book.queue.run()
    with pytest.raises(ChangeError, match="is accepted"):
        book.queue.cancel(change.id)
    assert state(book, change) is ChangeState.ACCEPTED


def test_numerais_no_to_a_moved_tournament_ends_the_run(book: Book, sandbox: Sandbox) -> None:
    first, second = (book.queue.add(model, INCREASE, NMR(1)) for model in free_models(book)[:2])
    book.queue.confirm_all([first.id, second.id])
    words = "V2 staking is disabled for this tournament"
    sandbox.fail("refuse", on="mutation", message=words)
    report = book.queue.run()
    assert [change.id for change in report.left] == [second.id]
    assert report.halts[0].tournament is Tournament.SIGNALS
    assert words in report.halts[0].error.what
    assert state(book, second) is QUEUED
    assert not sandbox.mutations_applied


def test_a_run_without_numerai_leaves_everything_queued(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.confirm(book.queue.add(free_models(book)[0], INCREASE, NMR(1)).id)
    sandbox.stop()
    report = book.queue.run()
    assert report.halts[0].error.exit_code == 3
    assert [left.id for left in report.left] == [change.id]
    assert state(book, change) is QUEUED


def test_the_user_judges_what_nothing_can_tell(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.confirm(book.queue.add(free_models(book)[0], INCREASE, NMR(1)).id)
    sandbox.fail("drop_before", on="mutation")
    assert book.queue.run().sent[0].state is ChangeState.UNKNOWN
    with pytest.raises(ChangeError, match="is unknown"):
        book.queue.cancel(change.id)
    assert book.queue.judge(change.id, arrived=False).state is ChangeState.REFUSED
    assert book.queue.retry(change.id).nmr == NMR(1)


def test_a_run_looks_into_what_was_lost_before(book: Book, sandbox: Sandbox) -> None:
    change = book.queue.confirm(book.queue.add(free_models(book)[0], INCREASE, NMR(1)).id)
    sandbox.fail("status_after", on="mutation")
    sandbox.fail("status_before", on="query", times=1)
    book.queue.run()
    sandbox.advance(days=SETTLING / timedelta(days=1) * 2)
    book.queue.run()
    assert state(book, change) is ChangeState.ACCEPTED
    assert len(sandbox.mutations_applied) == 1


def test_without_the_right_to_write_the_queue_is_only_shown(make_book: BookMaker) -> None:
    writer = make_book()
    model = free_models(writer)[0]
    change = writer.queue.add(model, INCREASE, NMR(1))
    reader = make_book(read_only=True)
    for act in (
        lambda: reader.queue.add(model, INCREASE, NMR(1)),
        lambda: reader.queue.confirm_all([change.id]),
        lambda: reader.queue.edit(change.id, nmr=NMR(2)),
        lambda: reader.queue.place(change.id),
        lambda: reader.queue.retry(change.id),
        lambda: reader.queue.judge(change.id, arrived=True),
        reader.queue.run,
    ):
        with pytest.raises(ReadOnly):
            act()
    assert reader.queue.confirmation([change.id]).total == NMR(1)
    assert [line.change for line in reader.queue.report().lines] == [change]
