"""The log of assignments as JSON: with predictors, sources and times, one entry a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ledger.clock import from_iso, iso
from ledger.domain.slots.predictor import Assignment, AssignmentSource, Predictor
from ledger.errors import ConfigError
from ledger.exact_json import decode
from ledger.slots.csv_files import Contents, Row, Slots, checked_name, checked_round
from ledger.user_files import cut, shown

VERSION = 1
"""Of the format; another one is refused."""

LONGEST_NOTES = 10_000
"""Characters of a predictor's notes, at most."""

_KEYS = ("version", "tournament", "predictors", "assignments")
_PREDICTOR = ("name", "notes", "colour", "retired")
_ASSIGNMENT = ("round", "slot", "model_id", "predictor", "source", "at")
_SOURCES = {
    source.value: source for source in AssignmentSource if source is not AssignmentSource.CARRIED
}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
"""How a colour is written: ``#rrggbb``."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
"""One piece of a JSON text: a string, a mark, or a number or word."""

Trail = tuple[str | int, ...]
"""The keys and places that lead to a value."""

T = TypeVar("T")


def write_json(said: Sequence[Assignment], predictors: Sequence[Predictor], slots: Slots) -> str:
    """The text of a file for what was said."""
    names = {predictor.id: predictor.name for predictor in predictors}
    assignments = sorted(said, key=lambda entry: (entry.round, slots.name(entry.slot_id)))
    rows = [
        {
            "round": assignment.round,
            "slot": slots.name(assignment.slot_id),
            "model_id": assignment.slot_id,
            "predictor": None
            if assignment.predictor_id is None
            else names[assignment.predictor_id],
            "source": assignment.source.value,
            "at": iso(assignment.at),
        }
        for assignment in assignments
    ]
    descriptions = [
        {
            "name": predictor.name,
            "notes": predictor.notes,
            "colour": predictor.colour,
            "retired": predictor.retired,
        }
        for predictor in sorted(predictors, key=lambda predictor: predictor.name)
    ]
    return (
        f'{{\n  "version": {VERSION},\n  "tournament": {int(slots.tournament)},\n'
        f'  "predictors": {_list(descriptions)},\n  "assignments": {_list(rows)}\n}}\n'
    )


def _list(entries: Sequence[dict[str, Any]]) -> str:
    if not entries:
        return "[]"
    lines = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    return f"[\n{lines}\n  ]"


def read_json(path: Path, text: str, slots: Slots, *, latest: int) -> Contents:
    """What a file says; see :func:`ledger.slots.csv_files.read_csv`.

    Raises:
        ConfigError: not JSON, or anything in it that can't be understood.
    """
    try:
        document = decode(text)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}, line {error.lineno}, column {error.colno}: this is not JSON ({error.msg}).",
            "Correct that place.",
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path}: this is not JSON that could be meant ({error}).") from error
    return _Reader(path, text, slots, latest).contents(document)


class _Reader:
    """Understands one parsed file, or says where it can't."""

    def __init__(self, path: Path, text: str, slots: Slots, latest: int) -> None:
        self._path = path
        self._text = text
        self._slots = slots
        self._latest = latest

    def contents(self, document: Any) -> Contents:
        fields = self._object(document, (), _KEYS)
        if fields.get("version") != VERSION:
            raise self._error(("version",), f"must be {VERSION}", "Export the log again.")
        if fields.get("tournament") != int(self._slots.tournament):
            label = self._slots.tournament.label
            number = int(self._slots.tournament)
            raise self._error(("tournament",), f"is not {number}, {label}", "Name another one.")
        predictors = tuple(
            self._predictor(entry, ("predictors", at))
            for at, entry in enumerate(self._array(fields, "predictors"))
        )
        rows = tuple(
            self._row(entry, ("assignments", at))
            for at, entry in enumerate(self._array(fields, "assignments"))
        )
        self._refuse_doubles("predictors", "name", [one.name for one in predictors])
        self._refuse_doubles("assignments", "slot", [(row.round, row.slot_id) for row in rows])
        return Contents(self._slots.tournament, rows, predictors)

    def _predictor(self, entry: Any, trail: Trail) -> Predictor:
        fields = self._object(entry, trail, _PREDICTOR)
        notes, colour = fields.get("notes", ""), fields.get("colour")
        retired = fields.get("retired", False)
        if not isinstance(notes, str) or len(notes) > LONGEST_NOTES:
            what = f"must be a text of at most {LONGEST_NOTES:,} characters"
            raise self._error((*trail, "notes"), what, 'Write "".')
        if colour is not None and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
            raise self._error((*trail, "colour"), "is no colour", 'Write "#8fbc8f" or null.')
        if not isinstance(retired, bool):
            raise self._error((*trail, "retired"), "must be true or false", "Write false.")
        return Predictor(
            0, self._name(fields.get("name"), (*trail, "name")), notes, colour, retired
        )

    def _row(self, entry: Any, trail: Trail) -> Row:
        fields = self._object(entry, trail, _ASSIGNMENT)
        predictor = fields.get("predictor")
        at = fields.get("at")
        return Row(
            round=self._checked(
                lambda: checked_round(_digits(fields.get("round")), self._latest), (*trail, "round")
            ),
            slot_id=self._slot(fields, trail),
            predictor=None if predictor is None else self._name(predictor, (*trail, "predictor")),
            source=self._source(fields.get("source", "imported"), (*trail, "source")),
            at=None if at is None else self._time(at, (*trail, "at")),
        )

    def _slot(self, fields: dict[str, Any], trail: Trail) -> str:
        key = "model_id" if "model_id" in fields else "slot"
        return self._checked(lambda: self._slots.find(str(fields.get(key, ""))), (*trail, key))

    def _name(self, value: Any, trail: Trail) -> str:
        if not isinstance(value, str):
            raise self._error(trail, "must be a name in quotes", 'Write "lgbm_a".')
        return self._checked(lambda: checked_name(value), trail)

    def _source(self, value: Any, trail: Trail) -> AssignmentSource:
        if not isinstance(value, str) or value not in _SOURCES:
            choices = ", ".join(_SOURCES)
            raise self._error(trail, f"can't be {shown(value)}", f"Choose one of {choices}.")
        return _SOURCES[value]

    def _time(self, value: Any, trail: Trail) -> datetime:
        try:
            return from_iso(value)
        except (TypeError, ValueError) as error:
            advice = 'Write it like "2026-08-28T13:00:00Z".'
            raise self._error(trail, "is no time", advice) from error

    def _object(self, value: Any, trail: Trail, keys: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._error(trail, "must be an object", f"It holds {', '.join(keys)}.")
        for key in value:
            if key not in keys:
                raise self._error((*trail, key), "is not a key here", f"Use {', '.join(keys)}.")
        return value

    def _array(self, fields: dict[str, Any], key: str) -> list[Any]:
        value = fields.get(key, [])
        if not isinstance(value, list):
            raise self._error((key,), "must be a list", "Write [] for none.")
        return value

    def _refuse_doubles(self, key: str, inner: str, entries: Sequence[object]) -> None:
        first: dict[object, int] = {}
        for at, entry in enumerate(entries):
            if first.setdefault(entry, at) != at:
                raise self._error((key, at, inner), "stands there twice", "Leave one out.")

    def _checked(self, check: Callable[[], T], trail: Trail) -> T:
        try:
            return check()
        except ValueError as error:
            what, advice = error.args
            raise self._error(trail, f"can't be so: {what}", advice) from error

    def _error(self, trail: Trail, what: str, advice: str) -> ConfigError:
        line, column = position(self._text, trail)
        name = next((str(key) for key in reversed(trail) if isinstance(key, str)), "the file")
        return ConfigError(
            f"{self._path}, line {line}, column {column}: {cut(name)} {what}.", advice
        )


def _digits(value: Any) -> str:
    return str(value) if type(value) is int else ""


def position(text: str, trail: Trail) -> tuple[int, int]:
    """Line and column, from 1, of the value that ``trail`` leads to in a valid JSON text.

    A value that is missing is looked for where it should be: in what holds it.
    """
    offsets = _offsets(text)
    while trail not in offsets:
        trail = trail[:-1]
    offset = offsets[trail]
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _offsets(text: str) -> dict[Trail, int]:
    """Where every value begins."""
    offsets: dict[Trail, int] = {}
    steps: list[str | int | None] = []
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in "}]":
            steps.pop()
        elif piece == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
        elif steps and steps[-1] is None:
            steps[-1] = json.loads(piece)
        elif piece != ":":
            offsets.setdefault(tuple(step for step in steps if step is not None), match.start())
            if piece in "{[":
                steps.append(None if piece == "{" else 0)
    return offsets
