"""What came back over HTTP, sorted: data, Numerai's no in its own words, or noise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of a GraphQL ``errors`` list; ``path`` is ``account.models.3`` or empty."""

    message: str
    path: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """``data`` of an answer, by top-level field, and what Numerai complained about beside it."""

    data: dict[str, Json]
    complaints: tuple[Complaint, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no top-level field has a value."""
        return all(value is None for value in self.data.values())


def printable(text: str) -> str:
    """``text`` on one line without control characters, cut to a readable length."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= _LONGEST_MESSAGE else kept[: _LONGEST_MESSAGE - 1] + "…"


def parse(body: bytes) -> Mapping[str, Json] | None:
    """The JSON object in ``body``; ``None`` when it is anything else."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
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
    return Complaint(
        printable(str(message)), ".".join(str(step) for step in steps), str(entry.get("code") or "")
    )


def in_words(found: Iterable[Complaint]) -> str:
    """All messages in one sentence, each once."""
    return "; ".join(dict.fromkeys(complaint.message for complaint in found))


def refusal(found: Iterable[Complaint], *, status: int) -> Refused:
    """The typed error for a no of Numerai's."""
    said = tuple(found)
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


def own_fault(found: Iterable[Complaint]) -> bool:
    """Whether Numerai speaks of its own failure, which does not tell what became of a write."""
    return any(_OWN_FAULT.search(f"{entry.code} {entry.message}") for entry in found)


def unreadable(status: int, kind: str) -> BadAnswer:
    """The error for an answer that is no GraphQL answer; ``kind`` is its content type."""
    shown = printable(kind) or "no content type"
    return BadAnswer(
        f"Numerai's answer (HTTP {status}, {shown}) is not the JSON that was asked for.",
        "A proxy or a maintenance page may stand in between; try again later.",
    )
