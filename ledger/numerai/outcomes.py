"""What one HTTP request came to, read with the care a query or a write needs."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import BadAnswer, NumeraiError, Refused, Unreachable
from ledger.numerai import answers
from ledger.numerai.answers import Reply

_AGAIN_LATER = frozenset({408, 425, 429})
_LATER = "Check the connection, or try again later."
_LOOK_FIRST = "Compare the account before you try again."


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer, read to its end."""

    status: int
    kind: str
    retry_after: float | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, and why. ``sent``: Numerai may have got the request."""

    why: str
    sent: bool


def read_query(outcome: HttpAnswer | Silence) -> Reply | NumeraiError:
    """What a query's answer comes to. Partial data comes with its complaints."""
    if isinstance(outcome, Silence):
        return Unreachable(outcome.why, _LATER, sent=outcome.sent)
    payload = answers.parse(outcome.body)
    said = answers.complaints(payload) if payload is not None else ()
    if outcome.status >= 500 or outcome.status in _AGAIN_LATER:
        return _busy(outcome, answers.in_words(said))
    if payload is None:
        return answers.unreadable(outcome.status, outcome.kind)
    data = payload.get("data")
    if isinstance(data, dict) and outcome.status < 300:
        reply = Reply(data, said)
        if not (said and reply.empty):
            return reply
    if said or outcome.status == 401:
        return answers.refusal(said, status=outcome.status)
    return answers.unreadable(outcome.status, outcome.kind)


def read_write(outcome: HttpAnswer | Silence) -> Reply | NumeraiError:
    """What a write's answer comes to: a clear yes, a clear no, or not known."""
    result = read_query(outcome)
    if isinstance(outcome, HttpAnswer) and outcome.status == 429:
        return Refused(str(result), f"{result} Nothing was changed.", _LATER)
    if isinstance(result, Reply) and result.empty:
        return BadAnswer("Numerai answered without saying what became of the change.", _LOOK_FIRST)
    if isinstance(result, Refused) and isinstance(outcome, HttpAnswer):
        payload = answers.parse(outcome.body) or {}
        if answers.own_fault(answers.complaints(payload)):
            return BadAnswer(f"Numerai failed at it: {result.message}", _LOOK_FIRST)
    return result


def _busy(outcome: HttpAnswer, words: str) -> Unreachable:
    what = (
        "Numerai asks for fewer requests (HTTP 429)."
        if outcome.status == 429
        else f"Numerai is in trouble (HTTP {outcome.status})."
    )
    return Unreachable(f"{what} It says: {words}" if words else what, _LATER)
