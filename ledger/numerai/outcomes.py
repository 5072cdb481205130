"""What one HTTP request came to, read with the care a query or a write needs."""

from __future__ import annotations

from ledger.dataclass import dataclass
from ledger.errors import BadAnswer, NumeraiError, RateLimited, Refused, Unreachable
from ledger.exchange import Silence
from ledger.numerai import answers
from ledger.numerai.answers import Complaint, Reply
from ledger.numerai.refusals import no_to_a_write

_AGAIN_LATER = frozenset({408, 425, 429})
_TIMED_OUT = frozenset({408, 504, 524})
_LATER = "Check the connection, or try again later."
_LOOK_FIRST = "Compare the account before you try again."


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer, read to its end.

    ``kind`` is its content type, ``retry_after`` the seconds that the server asks to wait.
    """

    status: int
    kind: str
    retry_after: float | None
    body: bytes


def read_query(outcome: HttpAnswer | Silence) -> Reply | NumeraiError:
    """What a query's answer comes to. Partial data comes with its complaints."""
    if isinstance(outcome, Silence):
        return Unreachable(outcome.why, _LATER, sent=outcome.sent, timed_out=outcome.timed_out)
    payload = answers.parse(outcome.body)
    said = answers.complaints(payload) if payload is not None else ()
    if outcome.status >= 500 or outcome.status in _AGAIN_LATER:
        return _busy(outcome, answers.in_words(said))
    if payload is None:
        return answers.unreadable(outcome.status, outcome.kind)
    data = payload.get("data")
    reply = Reply(data, said) if isinstance(data, dict) and outcome.status < 300 else None
    if reply is not None and not (said and reply.empty):
        return reply
    return _no(outcome, said)


def _no(outcome: HttpAnswer, said: tuple[Complaint, ...]) -> NumeraiError:
    """An answer without data: a refusal, where it has words."""
    if answers.too_fast(said):
        return _busy(outcome, answers.in_words(said), too_fast=True)
    if said or outcome.status == 401:
        return answers.refusal(said, status=outcome.status)
    return answers.unreadable(outcome.status, outcome.kind)


def read_write(outcome: HttpAnswer | Silence) -> Reply | NumeraiError:
    """What a write's answer comes to: a yes, a no, or not known."""
    result = read_query(outcome)
    if isinstance(outcome, Silence):
        return result
    if _is_limited(outcome, result):
        return RateLimited(f"{_limited(outcome)} It is not known whether it was applied.", _LATER)
    if isinstance(result, Reply) and not result.empty:
        return result
    if isinstance(result, Reply):
        return BadAnswer("Numerai answered without saying what became of the change.", _LOOK_FIRST)
    if isinstance(result, Refused):
        payload = answers.parse(outcome.body) or {}
        return no_to_a_write(payload, answers.complaints(payload), outcome.status)
    return result


def _is_limited(outcome: HttpAnswer, result: Reply | NumeraiError) -> bool:
    """Whether a write was met with the rate limit; what came with a value was applied."""
    if isinstance(result, Reply) and not result.empty:
        return False
    payload = answers.parse(outcome.body) or {}
    return outcome.status == 429 or answers.too_fast(answers.complaints(payload))


def _limited(outcome: HttpAnswer) -> str:
    words = answers.in_words(answers.complaints(answers.parse(outcome.body) or {}))
    return f"Numerai answered the change with a request to slow down ({words or 'HTTP 429'})."


def _busy(outcome: HttpAnswer, words: str, *, too_fast: bool = False) -> Unreachable:
    what = f"Numerai is in trouble (HTTP {outcome.status})."
    if too_fast or outcome.status == 429:
        what = f"Numerai asks for fewer requests (HTTP {outcome.status})."
    return Unreachable(
        f"{what} It says: {words}" if words else what,
        _LATER,
        timed_out=outcome.status in _TIMED_OUT,
    )
