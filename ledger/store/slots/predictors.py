"""Predictors, what was said of their slots, and every step by which that came to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection
from typing import TYPE_CHECKING

from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import (
    Assignment,
    AssignmentEdit,
    AssignmentLog,
    AssignmentPlace,
    AssignmentSource,
    AssignmentStep,
    Predictor,
)
from ledger.errors import AssignmentError
from ledger.store.rows import TOURNAMENTS, Row, insert, moment, time_text, upsert

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.store.connection import Connections

_PREDICTOR = insert("predictor", ("name", "notes", "colour", "retired"))
_ASSIGNMENT = upsert(
    "assignment", ("tournament", "round", "slot_id"), ("predictor_id", "source", "at")
)
_STEP = insert("assignment_step", ("tournament", "at", "what", "undoes"))
_EDIT = insert(
    "assignment_edit",
    (
        *("step", "round", "slot_id"),
        *("predictor_before", "source_before", "at_before"),
        *("predictor_after", "source_after", "at_after"),
    ),
)
_SOURCES = {source.value: source for source in AssignmentSource}
# The newest step that neither took another one back nor was taken back itself.
_LAST_STEP = (
    "SELECT id, what FROM assignment_step AS step WHERE tournament = ? AND undoes IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM assignment_step WHERE undoes = step.id) "
    "ORDER BY id DESC LIMIT 1"
)

Said = Mapping[AssignmentPlace, Assignment | None]
"""What is to be said of places; ``None`` says nothing any more."""


class PredictorStore:
    """The predictors' part of a ledger; every method is one transaction, from any thread."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock

    def all(self) -> tuple[Predictor, ...]:
        """Every predictor, also retired ones, by name."""
        with self._connections.reading() as connection:
            return read_predictors(connection)

    def add(self, predictors: Iterable[Predictor]) -> tuple[Predictor, ...]:
        """Add new ones, or none when one of them can't be; their ids are given here.

        Raises:
            AssignmentError: a name is taken.
        """
        with self._connections.writing() as connection:
            return add_predictors(connection, predictors)

    def alter(self, predictor: Predictor) -> Predictor:
        """Keep another name, notes, colour or retirement under the same id.

        Raises:
            AssignmentError: there is no such predictor, or the name is taken.
        """
        with self._connections.writing() as connection:
            _alter(connection, predictor)
            return predictor

    def log(self, tournament: Tournament) -> AssignmentLog:
        """What was said in one tournament, by round, then slot."""
        with self._connections.reading() as connection:
            return read_log(connection, tournament)

    def say(
        self,
        tournament: Tournament,
        said: Said,
        *,
        what: str,
        predictors: Iterable[Predictor] = (),
    ) -> AssignmentStep | None:
        """Keep all of ``said`` as one step, called ``what``; ``None`` when nothing changes.

        ``predictors`` are added (id 0) or altered in the same transaction; assignments refer to
        new ones by minus their place, from -1.

        Raises:
            AssignmentError: as for :meth:`add` and :meth:`alter`.
        """
        with self._connections.writing() as connection:
            ids = _keep_predictors(connection, tuple(predictors))
            final = {place: _renamed(one, ids) for place, one in said.items()}
            return take_step(connection, tournament, final, what=what, now=self._clock.now())

    def undo(self, tournament: Tournament) -> AssignmentStep | None:
        """Take the last step back by a new one; ``None`` when there is none."""
        with self._connections.writing() as connection:
            return undo_step(connection, tournament, self._clock.now())

    def last_step(self, tournament: Tournament) -> AssignmentStep | None:
        """The step that :meth:`undo` would take back."""
        with self._connections.reading() as connection:
            last = connection.execute(_LAST_STEP, (int(tournament),)).fetchone()
            return None if last is None else _read_step(connection, last[0])

    def history(
        self, tournament: Tournament, place: AssignmentPlace | None = None
    ) -> tuple[AssignmentStep, ...]:
        """All steps, oldest first; with ``place`` those that touched it, with their edits there."""
        with self._connections.reading() as connection:
            return read_history(connection, tournament, place)


def read_predictors(connection: Connection) -> tuple[Predictor, ...]:
    """Every predictor by name."""
    rows = connection.execute(
        "SELECT id, name, notes, colour, retired FROM predictor ORDER BY name"
    )
    return tuple(
        Predictor(id_, name, notes, colour, bool(retired))
        for id_, name, notes, colour, retired in rows
    )


def add_predictors(
    connection: Connection, predictors: Iterable[Predictor]
) -> tuple[Predictor, ...]:
    """Add new predictors; what comes back has ids."""
    added = []
    for predictor in predictors:
        _refuse_taken(connection, predictor)
        cursor = connection.execute(
            _PREDICTOR, (predictor.name, predictor.notes, predictor.colour, int(predictor.retired))
        )
        added.append(Predictor(cursor.lastrowid or 0, *_words(predictor)))
    return tuple(added)


def read_log(connection: Connection, tournament: Tournament) -> AssignmentLog:
    """What was said in one tournament."""
    rows = connection.execute(
        "SELECT round, slot_id, predictor_id, source, at FROM assignment "
        "WHERE tournament = ? ORDER BY round, slot_id",
        (int(tournament),),
    )
    said = tuple(
        Assignment(tournament, number, slot_id, predictor_id, _SOURCES[source], moment(at))
        for number, slot_id, predictor_id, source, at in rows
    )
    last = connection.execute(_LAST_STEP, (int(tournament),)).fetchone()
    return AssignmentLog(tournament, said, None if last is None else last[1])


def take_step(
    connection: Connection,
    tournament: Tournament,
    said: Said,
    *,
    what: str,
    now: datetime,
    undoes: int | None = None,
) -> AssignmentStep | None:
    """Keep ``said``, and what was there before it in the history."""
    edits = tuple(
        AssignmentEdit(place, before, after)
        for place, after in said.items()
        if not _alike(before := _read_place(connection, tournament, place), after)
    )
    if not edits and undoes is None:
        return None
    row = (int(tournament), time_text(now), what, undoes)
    step = connection.execute(_STEP, row).lastrowid or 0
    connection.executemany(_EDIT, [_edit_row(step, edit) for edit in edits])
    for edit in edits:
        _put(connection, tournament, edit)
    return AssignmentStep(step, tournament, now, what, undoes, edits)


def undo_step(
    connection: Connection, tournament: Tournament, now: datetime
) -> AssignmentStep | None:
    """Say again what was said before the last step."""
    last = connection.execute(_LAST_STEP, (int(tournament),)).fetchone()
    if last is None:
        return None
    step = _read_step(connection, last[0])
    said = {edit.place: edit.before for edit in step.edits}
    what = f"Undo: {step.what}"
    return take_step(connection, tournament, said, what=what, now=now, undoes=step.id)


def read_history(
    connection: Connection, tournament: Tournament, place: AssignmentPlace | None
) -> tuple[AssignmentStep, ...]:
    """Steps, oldest first."""
    if place is None:
        rows = connection.execute(
            "SELECT id FROM assignment_step WHERE tournament = ? ORDER BY id", (int(tournament),)
        )
    else:
        rows = connection.execute(
            "SELECT step FROM assignment_edit JOIN assignment_step ON step = id "
            "WHERE tournament = ? AND round = ? AND slot_id = ? ORDER BY step",
            (int(tournament), place.round, place.slot_id),
        )
    return tuple(_read_step(connection, step, place) for (step,) in rows.fetchall())


def _read_step(
    connection: Connection, step: int, only: AssignmentPlace | None = None
) -> AssignmentStep:
    number, at, what, undoes = connection.execute(
        "SELECT tournament, at, what, undoes FROM assignment_step WHERE id = ?", (step,)
    ).fetchone()
    tournament = TOURNAMENTS[number]
    rows = connection.execute(
        "SELECT round, slot_id, predictor_before, source_before, at_before, "
        "predictor_after, source_after, at_after FROM assignment_edit "
        "WHERE step = ? ORDER BY round, slot_id",
        (step,),
    )
    edits = tuple(_edit(tournament, row) for row in rows)
    if only is not None:
        edits = tuple(edit for edit in edits if edit.place == only)
    return AssignmentStep(step, tournament, moment(at), what, undoes, edits)


def _edit(tournament: Tournament, row: Row) -> AssignmentEdit:
    place = AssignmentPlace(row[0], row[1])
    return AssignmentEdit(
        place, _assignment(tournament, place, row[2:5]), _assignment(tournament, place, row[5:8])
    )


def _assignment(tournament: Tournament, place: AssignmentPlace, row: Row) -> Assignment | None:
    predictor_id, source, at = row
    if source is None:
        return None
    return Assignment(
        tournament, place.round, place.slot_id, predictor_id, _SOURCES[source], moment(at)
    )


def _read_place(
    connection: Connection, tournament: Tournament, place: AssignmentPlace
) -> Assignment | None:
    row = connection.execute(
        "SELECT predictor_id, source, at FROM assignment "
        "WHERE tournament = ? AND round = ? AND slot_id = ?",
        (int(tournament), place.round, place.slot_id),
    ).fetchone()
    return None if row is None else _assignment(tournament, place, row)


def _alike(before: Assignment | None, after: Assignment | None) -> bool:
    """Whether saying ``after`` is nothing new; when it was said does not count."""
    if before is None or after is None:
        return before is after
    return (before.predictor_id, before.source) == (after.predictor_id, after.source)


def _edit_row(step: int, edit: AssignmentEdit) -> Row:
    return (step, edit.place.round, edit.place.slot_id, *_side(edit.before), *_side(edit.after))


def _side(assignment: Assignment | None) -> Row:
    return (
        (None,) * 3
        if assignment is None
        else (assignment.predictor_id, assignment.source.value, time_text(assignment.at))
    )


def _put(connection: Connection, tournament: Tournament, edit: AssignmentEdit) -> None:
    key = (int(tournament), edit.place.round, edit.place.slot_id)
    if edit.after is not None:
        connection.execute(_ASSIGNMENT, (*key, *_side(edit.after)))
    else:
        connection.execute(
            "DELETE FROM assignment WHERE tournament = ? AND round = ? AND slot_id = ?", key
        )


def _keep_predictors(connection: Connection, predictors: tuple[Predictor, ...]) -> dict[int, int]:
    """Alter known ones and add new ones; the ids given, by the stand-ins used for them."""
    for predictor in predictors:
        if predictor.id:
            _alter(connection, predictor)
    added = add_predictors(connection, (predictor for predictor in predictors if not predictor.id))
    return {-place: predictor.id for place, predictor in enumerate(added, 1)}


def _renamed(assignment: Assignment | None, ids: Mapping[int, int]) -> Assignment | None:
    if assignment is None or assignment.predictor_id is None:
        return assignment
    return replace(
        assignment, predictor_id=ids.get(assignment.predictor_id, assignment.predictor_id)
    )


def _alter(connection: Connection, predictor: Predictor) -> None:
    _refuse_taken(connection, predictor)
    cursor = connection.execute(
        "UPDATE predictor SET name = ?, notes = ?, colour = ?, retired = ? WHERE id = ?",
        (*_words(predictor)[:3], int(predictor.retired), predictor.id),
    )
    if not cursor.rowcount:
        raise AssignmentError(f"There is no predictor {predictor.id}.")


def _refuse_taken(connection: Connection, predictor: Predictor) -> None:
    taken = connection.execute(
        "SELECT 1 FROM predictor WHERE name = ? AND id <> ?", (predictor.name, predictor.id)
    ).fetchone()
    if taken:
        raise AssignmentError(
            f"There is a predictor called “{predictor.name}” already.", "Choose another name."
        )


def _words(predictor: Predictor) -> tuple[str, str, str | None, bool]:
    return predictor.name, predictor.notes, predictor.colour, predictor.retired
