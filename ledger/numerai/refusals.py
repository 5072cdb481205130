"""Numerai's no to a write: which words and which shape of an answer count as one.

A no counts only if it can't come after the effect. A document that was refused as such never ran.
What the mutation itself says no to, in words that are listed here, did not happen either, though
only the account proves it. An error below the mutation is about a part of its answer: it ran.
Everything else tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ledger.errors import BadAnswer, NumeraiError, Ran, Refused
from ledger.numerai import answers
from ledger.numerai.answers import Complaint, Json

_LOOK_FIRST = "Compare the account before you try again."

_DOCUMENT = re.compile(
    r"^(?:Cannot query field\b"
    r"|Unknown (?:argument|type|directive|fragment|operation)\b"
    r"|In argument \""
    r"|In field \""
    r"|Argument \".{1,80}\" (?:has invalid value|of type|on field)"
    r"|Field \".{1,80}\" (?:argument|must not have|is not defined|of type)"
    r"|Variable \"?\$?\w+\"?(?:[: ]|$)"
    r"|Expected (?:type|value of type) "
    r"|Syntax error\b|syntax error before\b|Parsing failed\b"
    r"|Must provide an operation\b|No query document supplied\b"
    r"|Operation is too complex\b)",
    re.IGNORECASE,
)
"""Words of a server that did not run the document."""

_NO = re.compile(
    r"insufficient (?:funds|balance|nmr|stake)|not enough (?:nmr|funds|balance|stake)"
    r"|(?:already|only one) (?:a |an )?pending|already (?:has|have|is) (?:a |an )?.{0,30}pending"
    r"|only one .{0,30}(?:is )?allowed"
    r"|no (?:pending|outstanding) .{0,40}(?:release|request|change)|nothing to (?:cancel|release)"
    r"|must be (?:greater than|more than|at least|positive|above)"
    r"|cannot release|can't release|exceeds (?:the |your )?(?:stake|balance|available)"
    r"|invalid amount|amount is (?:too (?:small|large)|invalid)"
    r"|model (?:was )?not found|is (?:archived|not in tournament)|not in tournament"
    r"|unknown stake change type",
    re.IGNORECASE,
)
"""Words of a no that belongs to the business. What is not listed tells nothing."""


def no_to_a_write(
    payload: Mapping[str, Json], said: tuple[Complaint, ...], status: int
) -> NumeraiError:
    """What an answer without data, but with complaints, says of a write."""
    refused = answers.refusal(said, status=status)
    places = [complaint.path for complaint in said]
    if any(len(place) > 1 for place in places):
        return Ran(
            f"Numerai carried the change out and failed at its answer: {refused.message}",
            _LOOK_FIRST,
        )
    data = payload.get("data")
    if not any(places) and data is None and said and _all(_DOCUMENT, said):
        refused.never_ran = True
        return refused
    if _names_a_mutation(places, data) and _is_known(refused, said):
        refused.path = next((place for place in places if place), ())
        return refused
    return BadAnswer(f"Numerai failed at it, or does not tell: {refused.message}", _LOOK_FIRST)


def _names_a_mutation(places: list[tuple[str | int, ...]], data: Json) -> bool:
    """Whether every complaint is about the whole mutation, and none about another field.

    Who asks is checked before any mutation runs: such a complaint need not name a place.
    """
    if isinstance(data, Mapping):
        return all(place == () or place[0] in data for place in places)
    return all(place == () or isinstance(place[0], str) for place in places)


def _is_known(refused: Refused, said: tuple[Complaint, ...]) -> bool:
    if answers.own_fault(said):
        return False
    if type(refused) is not Refused:
        return True  # key, scope or tournament
    return bool(said) and all(complaint.path for complaint in said) and _all(_NO, said)


def _all(words: re.Pattern[str], said: tuple[Complaint, ...]) -> bool:
    return all(words.search(complaint.message) for complaint in said)
