"""Edited targets, and the steps by which they came to be: each can be undone and redone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from sqlite3 import Connection
from types import MappingProxyType

from ledger.domain.model import Tournament
from ledger.domain.targets.plan import OptionKind
from ledger.domain.targets.target import TargetDraft, TargetEntry
from ledger.store.rows import insert, upsert

STEPS_KEPT = 1000
"""How far back undoing goes."""

_TARGET = upsert("target", ("tournament", "model_id"), ("text", "locked", "option"))
_CURSOR = upsert("target_cursor", ("tournament",), ("step", "name"))
_STEP = insert("target_step", ("tournament", "step", "name_before", "name_after"))
_EDIT = insert(
    "target_edit",
    (
        "tournament",
        "step",
        "model_id",
        "text_before",
        "locked_before",
        "option_before",
        "text_after",
        "locked_after",
        "option_after",
    ),
)
_NOTHING = TargetEntry()


def read_targets(connection: Connection, tournament: Tournament) -> TargetDraft:
    """The edits of one tournament."""
    rows = connection.execute(
        "SELECT model_id, text, locked, option FROM target WHERE tournament = ? ORDER BY model_id",
        (int(tournament),),
    )
    step, name = _cursor(connection, tournament)
    return TargetDraft(
        tournament=tournament,
        entries={model_id: _entry(*rest) for model_id, *rest in rows},
        name=name,
        can_undo=_exists(connection, tournament, step),
        can_redo=_exists(connection, tournament, step + 1),
    )


def edit_targets(
    connection: Connection,
    tournament: Tournament,
    *,
    texts: Mapping[str, str],
    locks: Mapping[str, bool],
    options: Mapping[str, OptionKind | None] = MappingProxyType({}),
) -> None:
    """Alter the targets, locks and options that are named, as one step."""
    before = read_targets(connection, tournament)
    after = dict(before.entries)
    for model_id, text in texts.items():
        after[model_id] = replace(after.get(model_id, _NOTHING), text=text)
    for model_id, locked in locks.items():
        after[model_id] = replace(after.get(model_id, _NOTHING), locked=locked)
    for model_id, option in options.items():
        after[model_id] = replace(after.get(model_id, _NOTHING), option=option)
    _take_step(connection, before, after, before.name)


def replace_targets(
    connection: Connection,
    tournament: Tournament,
    entries: Mapping[str, TargetEntry],
    *,
    name: str | None,
) -> None:
    """Make ``entries`` all there is, as one step; ``name`` is what they are called."""
    before = read_targets(connection, tournament)
    _take_step(connection, before, entries, name)


def drop_options(
    connection: Connection, tournament: Tournament, stale: Mapping[str, TargetEntry]
) -> None:
    """Forget the options of rows that still are as in ``stale``; no step, since nobody did it."""
    there = read_targets(connection, tournament).entries
    same = {
        key: replace(entry, option=None) for key, entry in stale.items() if there.get(key) == entry
    }
    _put(connection, tournament, same)


def undo_targets(connection: Connection, tournament: Tournament) -> None:
    """Take back the last step in effect, if there is one."""
    step, _ = _cursor(connection, tournament)
    name = _step_name(connection, tournament, step, "name_before")
    if name is not None:
        _put(connection, tournament, _side(connection, tournament, step, "before"))
        connection.execute(_CURSOR, (int(tournament), step - 1, name[0]))


def redo_targets(connection: Connection, tournament: Tournament) -> None:
    """Take the last step that was undone once more, if there is one."""
    step = _cursor(connection, tournament)[0] + 1
    name = _step_name(connection, tournament, step, "name_after")
    if name is not None:
        _put(connection, tournament, _side(connection, tournament, step, "after"))
        connection.execute(_CURSOR, (int(tournament), step, name[0]))


def name_targets(connection: Connection, tournament: Tournament, name: str | None) -> None:
    """Say what the edits are called now; no step, since no target changes."""
    step, _ = _cursor(connection, tournament)
    connection.execute(_CURSOR, (int(tournament), step, name))


def _take_step(
    connection: Connection,
    before: TargetDraft,
    after: Mapping[str, TargetEntry],
    name: str | None,
) -> None:
    """Keep the way from ``before`` to ``after`` and what was undone no longer."""
    old = before.entries
    changed = {
        model_id: (old.get(model_id, _NOTHING), after.get(model_id, _NOTHING))
        for model_id in {**old, **after}
        if old.get(model_id, _NOTHING) != after.get(model_id, _NOTHING)
    }
    if not changed and name == before.name:
        return
    key = int(before.tournament)
    step = _cursor(connection, before.tournament)[0] + 1
    connection.execute(
        "DELETE FROM target_step WHERE tournament = ? AND (step >= ? OR step <= ?)",
        (key, step, step - STEPS_KEPT),
    )
    connection.execute(_STEP, (key, step, before.name, name))
    connection.executemany(
        _EDIT,
        [
            (key, step, model_id, *_columns(was), *_columns(now))
            for model_id, (was, now) in changed.items()
        ],
    )
    _put(connection, before.tournament, {model_id: now for model_id, (_, now) in changed.items()})
    connection.execute(_CURSOR, (key, step, name))


def _put(
    connection: Connection, tournament: Tournament, entries: Mapping[str, TargetEntry]
) -> None:
    key = int(tournament)
    connection.executemany(
        _TARGET,
        [
            (key, model_id, *_columns(entry))
            for model_id, entry in entries.items()
            if entry != _NOTHING
        ],
    )
    connection.executemany(
        "DELETE FROM target WHERE tournament = ? AND model_id = ?",
        [(key, model_id) for model_id, entry in entries.items() if entry == _NOTHING],
    )


def _side(
    connection: Connection, tournament: Tournament, step: int, side: str
) -> dict[str, TargetEntry]:
    """What one step's rows were ``before`` or ``after`` it."""
    rows = connection.execute(
        f"SELECT model_id, text_{side}, locked_{side}, option_{side} "  # noqa: S608
        "FROM target_edit WHERE tournament = ? AND step = ?",
        (int(tournament), step),
    )
    return {model_id: _entry(*rest) for model_id, *rest in rows}


def _columns(entry: TargetEntry) -> tuple[str, int, str | None]:
    return entry.text, int(entry.locked), entry.option and entry.option.value


def _entry(text: str, locked: int, option: str | None) -> TargetEntry:
    return TargetEntry(text, bool(locked), OptionKind(option) if option is not None else None)


def _cursor(connection: Connection, tournament: Tournament) -> tuple[int, str | None]:
    row = connection.execute(
        "SELECT step, name FROM target_cursor WHERE tournament = ?", (int(tournament),)
    ).fetchone()
    return (0, None) if row is None else (row[0], row[1])


def _exists(connection: Connection, tournament: Tournament, step: int) -> bool:
    return _step_name(connection, tournament, step, "name_after") is not None


def _step_name(
    connection: Connection, tournament: Tournament, step: int, column: str
) -> tuple[str | None] | None:
    """What the edits were called on one side of a step; ``None`` when there is no such step."""
    row: tuple[str | None] | None = connection.execute(
        f"SELECT {column} FROM target_step WHERE tournament = ? AND step = ?",  # noqa: S608
        (int(tournament), step),
    ).fetchone()
    return row
