"""The queue's order, edits of what is wanted, retries, and ledgers from before there were any."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import Change, ChangeState, Conditions
from ledger.errors import ChangeError
from ledger.store import Store, migrate
from ledger.store.connection import PATIENCE, connect
from ledger.store.files import create_private
from tests.ledger.store.queue.test_changes import ROUTES, bring, draft
from tests.ledger.store.samples import AFTER, ALPHA, BETA, LATER

DRAFT, QUEUED, WAITING = ChangeState.DRAFT, ChangeState.QUEUED, ChangeState.WAITING
UNSENT = {DRAFT, QUEUED, WAITING}


def order(store: Store) -> list[int]:
    return [change.id for change in sorted(store.changes(), key=lambda entry: entry.position)]


def edit(store: Store, seen: Change, nmr: str = "3") -> Change:
    return store.edit(seen, nmr=NMR(nmr), conditions=Conditions(when_free=NMR(7)), reason="Edited.")


@pytest.mark.parametrize("state", list(ROUTES))
def test_what_was_not_sent_can_be_edited_and_is_a_draft_again(
    store: Store, state: ChangeState
) -> None:
    seen = bring(store, draft(store), state)
    if state not in UNSENT:
        with pytest.raises(ChangeError, match=f"is {state}"):
            edit(store, seen)
        assert store.change(seen.id) == seen
        return
    edited = edit(store, seen)
    assert (edited.nmr, edited.conditions.when_free, edited.state) == (NMR(3), NMR(7), DRAFT)
    assert store.change(seen.id) == edited
    assert store.events(seen.id)[-1].reason == "Edited."
    assert store.check() == []


def test_an_edit_of_what_moved_or_was_edited_meanwhile_is_refused(store: Store) -> None:
    seen = draft(store)
    edit(store, seen, "4")
    with pytest.raises(ChangeError, match="edited meanwhile"):
        edit(store, seen)
    with pytest.raises(ChangeError, match="edited meanwhile"):
        store.move(seen.id, QUEUED, expect=DRAFT, reason="", last_read=seen)
    store.move(seen.id, QUEUED, expect=DRAFT, reason="")
    with pytest.raises(ChangeError, match="not draft any more"):
        edit(store, seen)
    assert store.change(seen.id).nmr == NMR(4)


def test_an_edit_needs_what_a_new_change_needs(store: Store) -> None:
    seen = draft(store)
    with pytest.raises(ChangeError, match="above zero"):
        edit(store, seen, "0")
    with pytest.raises(ChangeError, match="no change 99"):
        store.edit(seen, nmr=NMR(1), conditions=Conditions(after_change=99), reason="")
    with pytest.raises(ChangeError, match="wait for itself"):
        store.edit(seen, nmr=NMR(1), conditions=Conditions(after_change=seen.id), reason="")
    assert store.change(seen.id) == seen


@pytest.mark.parametrize("state", [QUEUED, WAITING, ChangeState.SENDING])
@pytest.mark.parametrize(
    "assignment",
    ["nmr = '1000'", "when_free = '0'", "after_change = NULL", "not_before = NULL"],
)
def test_sql_can_not_alter_what_was_confirmed(
    store: Store, path: Path, state: ChangeState, assignment: str
) -> None:
    change = bring(store, draft(store), state)
    other = sqlite3.connect(path)
    for statement in (
        f"UPDATE change SET {assignment}",
        f"UPDATE change SET state = 'draft', {assignment}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"altered|unsent"):
            other.execute(statement)
    other.close()
    assert store.change(change.id) == change


@pytest.mark.parametrize("column", ["model_id", "kind", "reason", "created", "retry_of"])
def test_sql_can_not_alter_what_a_change_is(store: Store, path: Path, column: str) -> None:
    draft(store)
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="altered"):
        other.execute(f"UPDATE change SET {column} = NULL")
    other.close()


def test_new_changes_go_to_the_end(store: Store) -> None:
    ids = [draft(store).id for _ in range(3)]
    store.place(ids[0], before=None, reason="")
    ids.append(draft(store).id)
    assert order(store) == [ids[1], ids[2], ids[0], ids[3]]


def test_what_was_sent_keeps_its_place(store: Store) -> None:
    first, sent, second, third = (draft(store, model) for model in (ALPHA, BETA, ALPHA, ALPHA))
    place = bring(store, sent, ChangeState.REFUSED).position
    store.place(third.id, before=first.id, reason="Before the first.")
    assert order(store) == [third.id, sent.id, first.id, second.id]
    assert store.change(sent.id).position == place
    assert store.events(third.id)[-1].reason == "Before the first."
    with pytest.raises(ChangeError, match="is refused"):
        store.place(sent.id, before=None, reason="")
    with pytest.raises(ChangeError, match="is refused"):
        store.place(first.id, before=sent.id, reason="")
    with pytest.raises(ChangeError, match="no change 9"):
        store.place(first.id, before=9, reason="")


@pytest.mark.parametrize(("state", "then"), [(DRAFT, DRAFT), (QUEUED, QUEUED), (WAITING, QUEUED)])
def test_another_place_leaves_a_yes_a_yes(
    store: Store, state: ChangeState, then: ChangeState
) -> None:
    change = bring(store, draft(store), state)
    assert store.place(change.id, before=None, reason="").state is then
    assert store.check() == []


def test_a_retry_names_a_known_change(store: Store) -> None:
    def retry(known: int) -> Change:
        return store.add_change(
            model=ALPHA,
            system=old.system,
            kind=old.kind,
            nmr=old.nmr,
            conditions=old.conditions,
            reason="Once more.",
            retry_of=known,
        )

    old = draft(store)
    again = retry(old.id)
    assert again.retry_of == old.id
    assert store.change(again.id) == again
    with pytest.raises(ChangeError, match="no change 99"):
        retry(99)
    assert store.changes() == (again, old)


def test_a_note_tells_about_the_state_it_was_made_in_only(store: Store) -> None:
    accepted = bring(store, draft(store), ChangeState.ACCEPTED)
    store.note(accepted, reason="Afterwards.", after=AFTER)
    assert store.events(accepted.id)[-1].after == AFTER
    store.move(accepted.id, ChangeState.SETTLED, expect=accepted.state, reason="Done.")
    store.note(accepted, reason="Too late.", after=AFTER)
    assert store.events(accepted.id)[-1].reason == "Done."
    assert store.check() == []


def test_a_ledger_from_before_keeps_its_changes_in_their_order(
    path: Path, clock: FrozenClock
) -> None:
    path.parent.mkdir(parents=True)
    create_private(path)
    migrate.migrate(path, migrate.shipped()[:1], patience=PATIENCE)
    old = connect(path, read_only=False)
    for number in (1, 2):
        old.execute(
            "INSERT INTO change (tournament, model_id, model_name, system, kind, nmr, state, "
            "when_release_gone, reason, created, updated) "
            "VALUES (11, 'm', 'alpha', 'continuous', 'increase', ?, 'draft', 0, 'why', ?, ?)",
            (str(number), LATER.isoformat(), LATER.isoformat()),
        )
        old.execute(
            "INSERT INTO change_event (change_id, at, state, reason) VALUES (?, ?, 'draft', 'why')",
            (number, LATER.isoformat()),
        )
    old.close()

    store = Store.open(path, clock=clock)

    assert order(store) == [1, 2]
    assert [change.retry_of for change in store.changes()] == [None, None]
    assert edit(store, store.change(1)).nmr == NMR(3)
    assert draft(store).position == 3
    assert store.check() == []
    store.close()
