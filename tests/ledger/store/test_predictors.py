"""The log of assignments on disk: steps that are appended, never altered."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import Assignment, AssignmentPlace, AssignmentSource, Predictor
from ledger.errors import AssignmentError, ReadOnly
from ledger.store import Store

CLASSIC, SIGNALS = Tournament.CLASSIC, Tournament.SIGNALS
TYPED = AssignmentSource.TYPED


def say(store: Store, number: int, slot: str, holder: int | None, what: str = "said") -> None:
    at = store._clock.now()  # the time a caller would give
    one = Assignment(CLASSIC, number, slot, holder, TYPED, at)
    store.predictors.say(CLASSIC, {AssignmentPlace(number, slot): one}, what=what)


def held(store: Store) -> dict[tuple[int, str], int | None]:
    return {
        (one.round, one.slot_id): one.predictor_id for one in store.predictors.log(CLASSIC).said
    }


def test_predictors_keep_their_ids(store: Store) -> None:
    added = store.predictors.add([Predictor(0, "b"), Predictor(0, "a", "mine", "#112233", True)])
    assert [one.id for one in added] == [1, 2]
    assert store.predictors.all() == (added[1], added[0])
    store.predictors.alter(Predictor(1, "c", "x"))
    assert [(one.id, one.name) for one in store.predictors.all()] == [(2, "a"), (1, "c")]


def test_two_predictors_never_share_a_name(store: Store) -> None:
    (one, _) = store.predictors.add([Predictor(0, "a"), Predictor(0, "b")])
    with pytest.raises(AssignmentError, match="“b” already"):
        store.predictors.alter(Predictor(one.id, "b"))
    with pytest.raises(AssignmentError, match="“a” already"):
        store.predictors.add([Predictor(0, "new"), Predictor(0, "a")])
    assert [each.name for each in store.predictors.all()] == ["a", "b"], "nothing by halves"
    with pytest.raises(AssignmentError, match="no predictor 99"):
        store.predictors.alter(Predictor(99, "z"))


def test_every_step_stays_in_the_history(store: Store, clock: FrozenClock) -> None:
    a, b = (one.id for one in store.predictors.add([Predictor(0, "a"), Predictor(0, "b")]))
    say(store, 5, "s", a, "first")
    clock.advance(timedelta(hours=1))
    say(store, 5, "s", b, "second")
    say(store, 5, "s", b, "the same again")
    step = store.predictors.undo(CLASSIC)
    assert step is not None
    assert step.what == "Undo: second"
    history = store.predictors.history(CLASSIC, AssignmentPlace(5, "s"))
    assert [each.what for each in history] == ["first", "second", "Undo: second"]
    moves = [
        tuple(side and side.predictor_id for side in (edit.before, edit.after))
        for each in history
        for edit in each.edits
    ]
    assert moves == [(None, a), (a, b), (b, a)]
    assert history[2].undoes == history[1].id
    assert history == store.predictors.history(CLASSIC)


def test_undo_goes_back_step_by_step_and_never_over_an_undo(store: Store) -> None:
    (a,) = (one.id for one in store.predictors.add([Predictor(0, "a")]))
    say(store, 1, "s", a, "one")
    say(store, 2, "s", None, "two")
    assert store.predictors.log(CLASSIC).can_undo == "two"
    store.predictors.undo(CLASSIC)
    assert held(store) == {(1, "s"): a}
    say(store, 3, "s", a, "three")
    store.predictors.undo(CLASSIC)
    assert store.predictors.log(CLASSIC).can_undo == "one"
    store.predictors.undo(CLASSIC)
    assert held(store) == {}
    assert store.predictors.log(CLASSIC).can_undo is None
    assert store.predictors.undo(CLASSIC) is None
    assert store.predictors.undo(SIGNALS) is None


def test_new_predictors_and_their_assignments_arrive_together(store: Store) -> None:
    (known,) = store.predictors.add([Predictor(0, "a")])
    at = store._clock.now()
    said = {
        AssignmentPlace(1, "s"): Assignment(CLASSIC, 1, "s", -1, TYPED, at),
        AssignmentPlace(1, "t"): Assignment(CLASSIC, 1, "t", known.id, TYPED, at),
    }
    store.predictors.say(CLASSIC, said, what="x", predictors=[Predictor(0, "b")])
    names = {one.id: one.name for one in store.predictors.all()}
    assert {slot: names[holder or 0] for (_, slot), holder in held(store).items()} == {
        "s": "b",
        "t": "a",
    }
    with pytest.raises(AssignmentError, match="already"):
        store.predictors.say(CLASSIC, dict.fromkeys(said), what="y", predictors=[Predictor(0, "a")])
    assert len(held(store)) == 2, "nothing by halves"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignment_step SET what = 'x'",
        "DELETE FROM assignment_step",
        "UPDATE assignment_edit SET predictor_before = NULL",
        "DELETE FROM assignment_edit",
        "INSERT OR REPLACE INTO assignment_step VALUES (1, 8, 'x', 'x', NULL)",
    ],
)
def test_the_history_can_not_be_rewritten(store: Store, statement: str) -> None:
    say(store, 1, "s", None)
    with (
        store._connections.writing() as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


def test_a_ledger_opened_for_reading_says_so(store: Store, clock: FrozenClock) -> None:
    reader = Store.open(store.path, clock=clock, read_only=True)
    try:
        with pytest.raises(ReadOnly):
            reader.predictors.add([Predictor(0, "a")])
        assert reader.predictors.all() == ()
    finally:
        reader.close()
