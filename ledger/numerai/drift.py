"""Asking a server that may have changed: lose a part, never the answer.

A query that the server refuses by the name of one of its parts is asked again without that part,
or in the next form. One that is too much for it is asked in pieces. What is learned that way is
shared by all requests (:class:`ledger.numerai.lessons.Lessons`). None of this touches a write.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from ledger.errors import BadAnswer, BadCredentials, CannotAsk, MissingScope, Refused, Unreachable
from ledger.numerai import answers
from ledger.numerai.answers import Complaint, Json, Reply
from ledger.numerai.lessons import NEWEST_FIRST, Lessons, PerformanceForm
from ledger.numerai.parts import (
    Arg,
    Asked,
    Document,
    Field,
    all_fields,
    argument_lesson,
    field_lesson,
    render,
    type_lesson,
)

MOST_TRIES = 8
"""How often one document is sent at most, each time without what was refused before."""

_Q = r"[\"'`]"
_FIELD = (
    re.compile(rf"cannot query field {_Q}(?P<field>\w+){_Q} on type {_Q}(?P<type>\w+){_Q}", re.I),
    re.compile(
        rf"field {_Q}(?P<field>\w+){_Q}(?P<type>) (?:of type {_Q}[^\"'`]+{_Q} )?"
        r"must (?:not )?have a (?:sub ?)?selection",
        re.I,
    ),
)
_ARGUMENT = re.compile(
    rf"unknown argument {_Q}(?P<arg>\w+){_Q} on field {_Q}(?:\w+\.)?(?P<field>\w+){_Q}", re.I
)
_BAD_ARGUMENT = (
    re.compile(rf"in argument {_Q}(?P<arg>\w+){_Q}", re.I),
    re.compile(rf"argument {_Q}(?P<arg>\w+){_Q} has (?:an )?invalid value", re.I),
)
_VARIABLE = re.compile(rf"variable {_Q}\$?(?P<variable>\w+){_Q}", re.I)
_UNKNOWN_TYPE = re.compile(rf"unknown type {_Q}(?P<type>\w+){_Q}", re.I)
_TOO_COMPLEX = re.compile(r"too complex|complexity|too deep|maximum depth|too many aliases", re.I)


class Send(Protocol):
    """One query on its way, repeated when Numerai is in trouble."""

    def __call__(
        self,
        document: Document,
        asked: Asked,
        variables: Mapping[str, Json],
        stop: threading.Event | None,
    ) -> Reply: ...


class Asking:
    """Asks documents. Usable from any thread."""

    def __init__(self, send: Send, lessons: Lessons) -> None:
        self._send = send
        self._lessons = lessons
        self._last: dict[str, tuple[Document, frozenset[str], Asked]] = {}

    def ask(
        self,
        document: Document,
        variables: Mapping[str, Json],
        stop: threading.Event | None = None,
    ) -> Reply:
        """The answer to what of ``document`` the server takes; surplus variables are not sent.

        Raises:
            CannotAsk: it refuses what the document can't do without.
            Refused, Unreachable, BadAnswer: as the sending of a query has it.
        """
        last: Refused | Unreachable | None = None
        for _ in range(MOST_TRIES):
            asked = self._rendered(document)
            if asked.aliases > self._lessons.aliases:
                return self._in_pieces(document, asked, variables, stop, self._lessons.aliases)
            try:
                reply = self._send(document, asked, _used(variables, asked), stop)
            except BadCredentials:
                raise
            except Refused as refused:
                last = refused
                if self._learned(document, asked, refused.message):
                    continue
                if len(asked.keys) > 1 and not isinstance(refused, MissingScope):
                    return self._in_pieces(document, asked, variables, stop, 1)
                raise
            except Unreachable as silence:
                last = silence
                if not (silence.timed_out and self._slower(document, asked, silence.what)):
                    raise
                continue
            if not self._taught(document, asked, reply):
                return self._sound(
                    replace(
                        reply, left_out=asked.left_out, replaced=asked.replaced, form=asked.form
                    )
                )
        raise last or CannotAsk(f"Numerai refuses more and more of its {document.name}.")

    def _rendered(self, document: Document) -> Asked:
        lessons = self._lessons.all()
        last = self._last.get(document.name)
        if last is not None and last[0] is document and last[1] == lessons:
            return last[2]
        asked = render(document, self._lessons.refusal)
        if isinstance(asked, str):
            raise CannotAsk(
                asked,
                f"Numerai no longer tells its {document.name}: {asked}",
                "Look for a newer version of this program.",
            )
        self._last[document.name] = document, lessons, asked
        return asked

    def _learned(self, document: Document, asked: Asked, message: str) -> bool:
        """Learn from a refusal; whether what is sent now differs from what was refused."""
        lessons = set(_lessons(asked, message))
        if lessons:
            self._lessons.learn(lessons, message)
            return self._rendered(document).text != asked.text
        if _TOO_COMPLEX.search(message):
            return self._too_complex(document, asked, message)
        return False

    def _taught(self, document: Document, asked: Asked, reply: Reply) -> bool:
        """Whether an answer with data in it refuses a part all the same."""
        said = [entry.message for entry in reply.complaints if not entry.path]
        return bool(said) and any(
            self._learned(document, asked, message)
            for message in said
            if set(_lessons(asked, message))
        )

    def _too_complex(self, document: Document, asked: Asked, message: str) -> bool:
        if asked.aliases > 1:
            self._lessons.fewer_aliases(asked.aliases, message)
            return True
        if asked.aliases and self._lessons.shallower(document.name, message):
            raise CannotAsk(message, f"That is too much for Numerai at once: {message}")
        return False

    def _slower(self, document: Document, asked: Asked, message: str) -> bool:
        """After repeated time-outs: whether less is asked for now."""
        if asked.aliases > 1:
            self._lessons.fewer_aliases(asked.aliases, message, lasting=False)
            return True
        if document.pacing is not None and asked.aliases == 1:
            self._lessons.shallower(document.name, message, lasting=False)
        return False

    def _in_pieces(
        self,
        document: Document,
        asked: Asked,
        variables: Mapping[str, Json],
        stop: threading.Event | None,
        size: int,
    ) -> Reply:
        """Top-level fields a few at a time; one that fails costs the others nothing."""
        replies: list[Reply] = []
        failures: list[Refused | Unreachable | BadAnswer] = []
        for at in range(0, len(asked.keys), size):
            keys = asked.keys[at : at + size]
            try:
                replies.append(self.ask(document.only(keys), variables, stop))
            except BadCredentials:
                raise
            except (Refused, Unreachable, BadAnswer) as error:
                failures.append(error)
                said = tuple(Complaint(answers.printable(error.what), (key,)) for key in keys)
                replies.append(Reply(dict.fromkeys(keys), said))
        if len(failures) == len(replies):
            raise failures[0]
        return _joined(replies)

    def _sound(self, reply: Reply) -> Reply:
        """``reply``, unless a form that needs rows to come oldest first got them otherwise."""
        if reply.form != PerformanceForm.FROM_LIMIT or all(map(_ascending, reply.data.values())):
            return reply
        words = "Numerai lists the newest rounds first, so that a limit cuts off the oldest."
        self._lessons.learn([NEWEST_FIRST], words)
        raise CannotAsk(words)


def _used(variables: Mapping[str, Json], asked: Asked) -> dict[str, Json]:
    return {name: variables[name] for name in asked.variables if name in variables}


def _joined(replies: list[Reply]) -> Reply:
    data: dict[str, Json] = {}
    left_out: dict[tuple[str, ...], str] = {}
    replaced: dict[tuple[str, ...], str] = {}
    for reply in replies:
        data |= reply.data
        left_out |= reply.left_out
        replaced |= reply.replaced
    complaints = tuple(entry for reply in replies for entry in reply.complaints)
    form = next((reply.form for reply in replies if reply.form), "")
    return Reply(data, complaints, left_out, replaced, form)


def _ascending(rows: Json) -> bool:
    if not isinstance(rows, list):
        return True
    numbers = [row.get("roundNumber") for row in rows if isinstance(row, dict)]
    integers = [number for number in numbers if isinstance(number, int)]
    return integers == sorted(integers)


def _lessons(asked: Asked, message: str) -> Iterator[str]:
    """What ``message`` teaches about what was asked: all refusals that are named in it."""
    fields = list(all_fields(asked.roots))
    for pattern in _FIELD:
        for match in pattern.finditer(message):
            yield from _fields(fields, match["type"], match["field"])
    for match in _ARGUMENT.finditer(message):
        for _, part, arg in _args(fields):
            if arg.name == match["arg"] and part.name == match["field"]:
                yield argument_lesson(part.name, arg.name)
    for pattern in _BAD_ARGUMENT:
        for match in pattern.finditer(message):
            for _, part, arg in _args(fields):
                if arg.name == match["arg"]:
                    yield _next_type(part, arg, asked)
    yield from _variables(fields, asked, message)


def _fields(fields: list[tuple[str, Field]], type_name: str, name: str) -> Iterator[str]:
    """By name and type; by name alone where the server calls the type something else."""
    exact = [(of, part) for of, part in fields if part.name == name and of == type_name]
    loose = [(of, part) for of, part in fields if part.name == name]
    for of, part in exact or [pair for pair in loose if not pair[1].must] or loose:
        yield field_lesson(of, part.name)


def _args(fields: list[tuple[str, Field]]) -> Iterator[tuple[str, Field, Arg]]:
    for of, part in fields:
        for arg in part.args:
            yield of, part, arg


def _variables(fields: list[tuple[str, Field]], asked: Asked, message: str) -> Iterator[str]:
    names = {match["variable"] for match in _VARIABLE.finditer(message)}
    types = {match["type"] for match in _UNKNOWN_TYPE.finditer(message)}
    names |= {name for name, declared in asked.variables.items() if declared.strip("[]!") in types}
    for _, part, arg in _args(fields):
        if arg.types and arg.value.removeprefix("$") in names & asked.variables.keys():
            yield _next_type(part, arg, asked)


def _next_type(part: Field, arg: Arg, asked: Asked) -> str:
    """The type an argument was sent with is refused; without another one, so is the argument."""
    now = asked.variables.get(arg.value.removeprefix("$"))
    if now is None or now == arg.types[-1]:
        return argument_lesson(part.name, arg.name)
    return type_lesson(part.name, arg.name, now)
