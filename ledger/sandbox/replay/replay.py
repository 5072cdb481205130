"""Answers questions from a recording, also those that are put a little differently.

The same field with the same arguments gets what was answered, in the recorded order; the last
answer repeats. Rows of rounds are found by whatever range they are asked for. What the recorded
server never answered is refused as a server refuses a field it does not have.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from ledger.exact_json import encode
from ledger.sandbox.replay import recorded_lists
from ledger.sandbox.replay.recorded_lists import merged
from ledger.sandbox.replay.recordings import (
    Field,
    Path_,
    Question,
    RecordedFailure,
    RecordedField,
    Recording,
    read,
)

_JSON = "application/json; charset=utf-8"
_ROOT = "RootQueryType"

_ARGUMENTS = {
    "v2RoundModelPerformances": {
        "modelId",
        "tournament",
        "lastNRounds",
        "distinctOnRound",
        "roundNumber__eq",
        "roundNumber__gte",
        "roundNumber__lte",
        "limit",
        "offset",
    },
    "rounds": {"tournament", "limit", "number"},
    "stakeTransactions": {"modelIds", "modelId", "type", "limit", "offset"},
    "latestSubmissions": {"latestNRounds"},
}
"""Arguments that fields are known to take, recorded or not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; ``status`` ``None``: none, the connection ends.

    ``body`` is of ``content_type``.
    """

    status: int | None
    content_type: str
    body: bytes


class _Refused(Exception):
    """The document asks for what the recorded server does not have."""


class Replay:
    """Answers from ``recording``. Usable from any thread; remembers what was served."""

    def __init__(self, recording: Recording) -> None:
        self.now: datetime = recording.now
        self._events = recording.events
        self._fields_by_name: defaultdict[str, list[RecordedField]] = defaultdict(list)
        self._by_call: defaultdict[str, list[int]] = defaultdict(list)
        self._paths: defaultdict[str, set[Path_]] = defaultdict(set)
        self._arguments: defaultdict[str, set[str]] = defaultdict(set)
        self._refusals: list[RecordedFailure] = []
        self._spent: set[int] = set()
        self._at: dict[tuple[str, frozenset[Path_]], int] = {}
        self._lock = threading.Lock()
        for number, event in enumerate(recording.events):
            self._index(number, event)

    def answer(self, document: object, variables: object) -> Reply:
        """What the recorded server says to this."""
        mapping = variables if isinstance(variables, Mapping) else None
        try:
            asked = read(document, mapping)
            with self._lock:
                return self._answer(asked)
        except (_Refused, GraphQLError, ValueError) as refused:
            return _json(200, {"errors": [{"message": str(refused)}]})

    def _index(self, number: int, event: RecordedField | RecordedFailure) -> None:
        fields = (event.field,) if isinstance(event, RecordedField) else event.fields
        if isinstance(event, RecordedFailure) and event.refusal:
            self._refusals.append(event)
        for field in fields:
            self._by_call[field.call].append(number)
            if isinstance(event, RecordedField):
                self._fields_by_name[field.name].append(event)
            if isinstance(event, RecordedField) or not event.refusal:
                self._paths[field.name] |= field.paths()
                for part in _all(field):
                    self._arguments[part.name] |= part.arguments.keys()

    def _answer(self, asked: Question) -> Reply:
        if asked.kind != "query":
            raise _Refused("This is a recording: nothing can be changed in it.")
        trouble = self._trouble(asked.fields)
        if trouble is not None:
            return _as_recorded(trouble)
        for field in asked.fields:
            refusal = self._unknown_argument(field, _ROOT)
            if refusal is not None:
                return refusal
            self._check_fields(field)
        return self._data(asked.fields)

    # what is refused

    def _unknown_argument(self, field: Field, kind: str) -> Reply | None:
        for name in field.arguments:
            answered = name in self._arguments[field.name]
            if answered:
                continue
            for refusal in self._refusals:
                if (field.name, name) in refusal.refused_arguments:
                    return _as_recorded(refusal)
            if name not in _ARGUMENTS.get(field.name, ()):
                raise _Refused(
                    f'Unknown argument "{name}" on field "{field.name}" of type "{kind}".'
                )
        replies = (self._unknown_argument(child, field.name) for child in field.children)
        return next((reply for reply in replies if reply is not None), None)

    def _check_fields(self, field: Field) -> None:
        if not self._by_call.get(field.call) and not self._fields_by_name[field.name]:
            raise _Refused(self._words(field.name, _ROOT))
        for path in sorted(field.paths() - self._paths[field.name], key=len):
            raise _Refused(self._words(path[-1], (field.name, *path)[-2]))

    def _words(self, name: str, above: str) -> str:
        """The recorded refusal of a field, or one like it."""
        start = f'Cannot query field "{name}"'
        for refusal in self._refusals:
            for message in refusal.messages:
                if message.startswith(start):
                    return message
        return f'{start} on type "{above}".'

    # what comes next

    def _next(self, field: Field, fields: tuple[Field, ...]) -> int | None:
        """The number of the event that answers ``field``, one of ``fields``; ``None`` where none
        does by itself."""
        paths = field.paths()
        last = self._at.get((field.whole_call, paths), -1)
        fitting, answers = [], []
        for number in self._closest(field):
            event = self._events[number]
            if isinstance(event, RecordedFailure):
                if event.concerns(field, fields):
                    fitting.append(number)
            elif paths <= event.field.paths():
                fitting.append(number)
                answers.append(number)
        unused = (number for number in fitting if number > last and number not in self._spent)
        return next(unused, answers[-1] if answers else fitting[-1] if fitting else None)

    def _closest(self, field: Field) -> list[int]:
        """The events of the same call, also below it where there are such."""
        numbers = self._by_call.get(field.call, [])
        exact = [
            number
            for number in numbers
            if not isinstance(event := self._events[number], RecordedField)
            or event.field.whole_call == field.whole_call
        ]
        answered = any(isinstance(self._events[number], RecordedField) for number in exact)
        return exact if answered else numbers

    def _trouble(self, fields: tuple[Field, ...]) -> RecordedFailure | None:
        """The recorded failure whose turn it is."""
        for field in fields:
            number = self._next(field, fields)
            event = None if number is None else self._events[number]
            if number is not None and isinstance(event, RecordedFailure):
                self._spent.add(number)
                return event
        return None

    def _data(self, fields: tuple[Field, ...]) -> Reply:
        data: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for field in fields:
            recorded = self._recorded(field, fields)
            if recorded is None:
                data[field.key] = None
                message = f"Not in this recording: {field.call}"
                errors.append({"message": message, "path": [field.key]})
                continue
            data[field.key] = self._projected(recorded.value, field)
            errors += _errors(recorded, field)
        return _json(200, {"data": data, "errors": errors} if errors else {"data": data})

    def _recorded(self, field: Field, fields: tuple[Field, ...]) -> RecordedField | None:
        number = self._next(field, fields)
        event = None if number is None else self._events[number]
        if number is not None and isinstance(event, RecordedField):
            self._at[field.whole_call, field.paths()] = number
            return event
        rows = recorded_lists.rows(field, self._fields_by_name[field.name])
        if rows is not None:
            return RecordedField(field, rows, ())
        parts = [part for part in self._fields_by_name[field.name] if part.field.call == field.call]
        return self._put_together(field, parts) if parts else None

    def _put_together(self, field: Field, parts: list[RecordedField]) -> RecordedField:
        """What several documents have of the same field."""
        value = parts[0].value
        paths: set[Path_] = set()
        for part in parts:
            value = merged(value, part.value)
            paths |= part.field.paths()
        lacking = sorted(field.paths() - paths)
        errors = [{"message": "Not in this recording", "path": list(path)} for path in lacking]
        return RecordedField(field, value, (*parts[-1].errors, *errors))

    def _projected(self, value: Any, field: Field) -> Any:
        if isinstance(value, list):
            rows = value
            if field.name == "latestSubmissions":
                rows = recorded_lists.newest(rows, field, self._depth())
            return [self._projected(entry, field) for entry in rows]
        if not isinstance(value, dict) or not field.children:
            return value
        return {
            child.key: self._projected(value.get(child.name), child) for child in field.children
        }

    def _depth(self) -> int:
        """The most rounds back for which submissions were asked."""
        depths = [
            int(part.arguments["latestNRounds"])
            for fields in self._fields_by_name.values()
            for recorded in fields
            for part in _all(recorded.field)
            if "latestNRounds" in part.arguments
        ]
        return max(depths, default=0)


def _all(field: Field) -> Iterator[Field]:
    yield field
    for child in field.children:
        yield from _all(child)


def _errors(recorded: RecordedField, field: Field) -> Iterator[dict[str, Any]]:
    """Numerai's complaints about what is asked for, at the place it has in this document."""
    asked = {part.name for part in _all(field)}
    for error in recorded.errors:
        path = [step for step in error.get("path") or () if step is not None]
        if all(step in asked for step in path if isinstance(step, str)):
            yield {**error, "path": [field.key, *path]}


def _as_recorded(trouble: RecordedFailure) -> Reply:
    body = trouble.body
    text = body if isinstance(body, str) else "" if body is None else encode(body)
    return Reply(trouble.status, trouble.content_type or _JSON, text.encode())


def _json(status: int, body: object) -> Reply:
    return Reply(status, _JSON, encode(body).encode())
