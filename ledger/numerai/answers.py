"""What came back over HTTP, sorted: data, Numerai's no in its own words, or noise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ledger import exact_json
from ledger.dataclass import dataclass
from ledger.domain import text as texts
from ledger.errors import BadAnswer, BadCredentials, MissingScope, Refused, TournamentMoved

Json = Any
"""A parsed JSON value; numbers with a point are ``Decimal``, so no digit is lost."""

_SCOPE = re.compile(r"insufficient permissions? for ([\w.:-]+)", re.IGNORECASE)
_WHO_ARE_YOU = re.compile(
    r"not[ _]authenticated|unauthenticated|unauthori[sz]ed"
    r"|must be (?:logged in|signed in|authenticated)"
    r"|session (?:is invalid|has expired)"
    r"|(?:invalid|unknown|bad|revoked|expired|wrong) (?:api )?(?:token|key|credentials)"
    r"|(?:token|api key|credentials) (?:is |are |was |has been )?"
    r"(?:invalid|unknown|revoked|expired|wrong)",
    re.IGNORECASE,
)
_MOVED = re.compile(r"\bv2\b.{0,60}\bdisabled\b|\bdisabled\b.{0,60}\bv2\b", re.IGNORECASE)
_OWN_FAULT = re.compile(
    r"internal (?:server )?error|unexpected error|something went wrong|timed? ?out|timeout",
    re.IGNORECASE,
)
_TOO_FAST = re.compile(r"\brate[ _-]?limit|too many requests|\bthrottled\b", re.IGNORECASE)
_LONGEST_MESSAGE = 500
"""Characters kept of one of Numerai's messages: a whole web page may come in place of one."""

_LONGEST_LOOKED_AT = 4 * _LONGEST_MESSAGE
"""Characters that one is made of: blanks and control characters among them are dropped."""


Steps = tuple[str | int, ...]
"""A place in an answer: names of fields, and indexes into lists."""

NOT_THERE = "It is not in Numerai's answer."
"""Why a value is missing that the answer passes over without a complaint."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of a GraphQL ``errors`` list: Numerai's ``message`` about what lies at ``path``.

    ``path`` is empty where it names no place, ``code`` where it has none.
    """

    message: str
    path: Steps = ()
    code: str = ""

    @property
    def place(self) -> str:
        """``path`` in words: ``account.models.3``, or empty."""
        return ".".join(str(step) for step in self.path)


@dataclass(frozen=True)
class Reply:
    """``data`` of an answer, by top-level field, and what Numerai complained about beside it.

    ``left_out`` says of parts that were not asked for, because the server refuses them, why;
    ``replaced`` says it of those that another form stands in for.
    ``form`` is the form in which the document was sent, where it has several.
    """

    data: Mapping[str, Json]
    complaints: tuple[Complaint, ...] = ()
    left_out: Mapping[tuple[str, ...], str] = field(default_factory=lambda: MappingProxyType({}))
    replaced: Mapping[tuple[str, ...], str] = field(default_factory=lambda: MappingProxyType({}))
    form: str = ""

    @classmethod
    def failed(cls, why: str) -> Reply:
        """The reply to a document that got no answer: everything in it is missing."""
        return cls({}, (Complaint(why),))

    @property
    def empty(self) -> bool:
        """Whether no top-level field has a value."""
        return all(value is None for value in self.data.values())

    def asked(self, path: Steps) -> bool:
        """Whether the part at ``path`` was asked for."""
        return self._refused(path) is None

    def whole(self, path: Steps) -> bool:
        """Whether all that is at ``path`` was asked for, and nothing in the answer complained of:
        what is null there is told."""
        if self.complaints:
            return False
        names = tuple(step for step in path if isinstance(step, str))
        return not any(place[: len(names)] == names[: len(place)] for place in self.left_out)

    def why_missing(self, path: Steps, *, present: bool) -> str | None:
        """Why there is no value at ``path``; ``None`` when Numerai says that there is none.

        ``present``: the answer holds a null there. Such a null tells nothing when an error goes
        with it at this place, above it or below it, or without saying to which place it belongs.
        """
        why = self._refused(path) if self.left_out else None
        if why is None and self.complaints:
            why = self._complaint(path)
        return why if why is not None or present else NOT_THERE

    def _refused(self, path: Steps) -> str | None:
        names = tuple(step for step in path if isinstance(step, str))
        places = (names[: i + 1] for i in range(len(names)))
        return next((self.left_out[place] for place in places if place in self.left_out), None)

    def _complaint(self, path: Steps) -> str | None:
        message = self._around.get(path)
        places = (path[:length] for length in range(len(path) + 1))
        above = (self._at[place] for place in places if place in self._at)
        return next(above, None) if message is None else message

    @cached_property
    def _at(self) -> dict[Steps, str]:
        return {complaint.path: complaint.message for complaint in reversed(self.complaints)}

    @cached_property
    def _around(self) -> dict[Steps, str]:
        """Messages by all places from the top down to where they belong."""
        messages: dict[Steps, str] = {}
        for complaint in self.complaints:
            for length in range(1, len(complaint.path) + 1):
                messages.setdefault(complaint.path[:length], complaint.message)
        return messages


def printable(text: str) -> str:
    """``text`` on one line without control characters, cut to a readable length."""
    kept = " ".join(texts.line(text[:_LONGEST_LOOKED_AT]).split())
    return kept if len(kept) <= _LONGEST_MESSAGE else kept[: _LONGEST_MESSAGE - 1] + "…"


def parse(body: bytes) -> Mapping[str, Json] | None:
    """The JSON object in ``body``; ``None`` when it is anything else."""
    try:
        value = exact_json.answer(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def complaints(payload: Mapping[str, Json]) -> tuple[Complaint, ...]:
    """Numerai's words in an answer, wherever it put them: ``errors``, ``error``, ``detail``."""
    errors = payload.get("errors")
    if errors is None:
        errors = payload.get("error") or payload.get("detail")
    if not errors:
        return ()
    return tuple(_complaint(entry) for entry in (errors if isinstance(errors, list) else [errors]))


def _complaint(entry: Json) -> Complaint:
    if not isinstance(entry, dict):
        return Complaint(printable(str(entry)))
    message = entry.get("message") or entry.get("detail") or "no message"
    path = entry.get("path")
    steps = path if isinstance(path, list) else []
    return Complaint(printable(str(message)), tuple(map(_step, steps)), _code(entry))


def _step(step: Json) -> str | int:
    return step if isinstance(step, int) else printable(str(step))


def _code(entry: Mapping[str, Json]) -> str:
    extensions = entry.get("extensions")
    inner = extensions.get("code") if isinstance(extensions, dict) else None
    return str(entry.get("code") or inner or "")


def in_words(complaints: Iterable[Complaint]) -> str:
    """All messages in one sentence, each once."""
    return "; ".join(dict.fromkeys(complaint.message for complaint in complaints))


def refusal(complaints: Iterable[Complaint], *, status: int) -> Refused:
    """The typed error for a no of Numerai's."""
    said = tuple(complaints)
    message = in_words(said) or f"HTTP {status} without a message"
    if scope := _SCOPE.search(message):
        return MissingScope(
            scope[1],
            message,
            f"The API key may not do this: it lacks the scope {scope[1]}.",
            "Create a key with that scope in Numerai's settings and log in again.",
        )
    if status == 401 or any(_WHO_ARE_YOU.search(f"{entry.code} {entry.message}") for entry in said):
        return BadCredentials(
            message,
            f"Numerai does not accept this API key: {message}",
            "Log in again with a valid key.",
        )
    if _MOVED.search(message):
        return TournamentMoved(
            message,
            f"The tournament has left continuous staking: {message}",
            "Sync, then cancel what is still queued for it; stakes are set on Numerai's V3 Stakes "
            "page from now on.",
        )
    return Refused(message)


def own_fault(complaints: Iterable[Complaint]) -> bool:
    """Whether Numerai speaks of its own failure, which does not tell what became of a write."""
    return any(_OWN_FAULT.search(f"{entry.code} {entry.message}") for entry in complaints)


def too_fast(complaints: Iterable[Complaint]) -> bool:
    """Whether Numerai asks for fewer requests."""
    return any(_TOO_FAST.search(f"{entry.code} {entry.message}") for entry in complaints)


def unreadable(status: int, kind: str) -> BadAnswer:
    """The error for an answer that is no GraphQL answer; ``kind`` is its content type."""
    shown = printable(kind) or "no content type"
    return BadAnswer(
        f"Numerai's answer (HTTP {status}, {shown}) is not the JSON that was asked for.",
        "A proxy or a maintenance page may stand in between; try again later.",
    )
