"""Which slot was filled in which round, and in time or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Model, Tournament
from ledger.domain.names import said
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.numerai.answers import NOT_THERE, Json, Reply
from ledger.numerai.wire.fields import Fields, Problems, is_plain_text, moment
from ledger.rules.rounds.calendar import HIGHEST_ROUND

_NONE = "none"
"""The status of a row that stands for a round without a submission."""


@dataclass(frozen=True, slots=True)
class Listed:
    """``submissions`` by model id and round, and which rounds of each model were told at all.

    ``rounds_by_model`` holds the models whose list came; a round that is not in it may have been
    submitted or not.
    """

    submissions: Mapping[tuple[str, int], Submission] = field(default_factory=dict)
    rounds_by_model: Mapping[str, frozenset[int]] = field(default_factory=dict)


def read_submissions(
    reply: Reply,
    models: Mapping[str, Model],
    rounds: Mapping[Tournament, Mapping[int, Round]],
    problems: Problems,
) -> Listed:
    """``latestSubmissions``; of several for one round, the one that counts.

    A row with the status "none", or without a time, says that nothing was submitted. A
    submission after the staking close is late.
    """
    submissions: dict[tuple[str, int], Submission] = {}
    rounds_by_model: dict[str, set[int]] = {}
    account = Fields.top(reply, "submissions", problems).child("account")
    whole = account is not None and account.whole("models")
    for entry in account.children("models") if account else ():
        model = models.get(entry.text("id") or "")
        if model is None:
            continue
        rows = entry.named(model.name, model.id).children_or_none(
            "latestSubmissions", fact=Fact.SUBMISSIONS
        )
        if rows is not None:
            numbers = rounds_by_model.setdefault(model.id, set())
            own = rounds.get(model.tournament, {})
            for row in rows:
                if not (whole and _take_plain(row.payload, model, own, submissions, numbers)):
                    _take(row, model, own, submissions, numbers)
    for model_id in models.keys() - rounds_by_model:
        problems.add(models[model_id].name, "latestSubmissions", "missing")
        why = next((entry.message for entry in reply.complaints), NOT_THERE)
        problems.lacks(Fact.SUBMISSIONS, model_id, why)
    return Listed(
        submissions, {model_id: frozenset(numbers) for model_id, numbers in rounds_by_model.items()}
    )


def _take_plain(
    row: Mapping[str, Json],
    model: Model,
    rounds: Mapping[int, Round],
    submissions: dict[tuple[str, int], Submission],
    numbers: set[int],
) -> bool:
    """What :func:`_take` does, for a row in which everything is as it always is: there are
    thousands of them. ``False`` for any other, which is left alone."""
    try:
        number, status, time, id_ = (row[name] for name in _NAMES)
        if type(number) is not int or not 1 <= number <= HIGHEST_ROUND or not is_plain_text(status):
            return False
        if status.lower() != _NONE and time is not None:
            if type(time) is not str or not is_plain_text(id_):
                return False
            entry = _timed(model, number, rounds.get(number), moment(time), id_)
            submissions[model.id, number] = _counting(submissions.get((model.id, number)), entry)
    except (KeyError, ValueError):
        return False
    numbers.add(number)
    return True


_NAMES = ("roundNumber", "status", "timestamp", "id")


def _take(
    row: Fields,
    model: Model,
    rounds: Mapping[int, Round],
    submissions: dict[tuple[str, int], Submission],
    numbers: set[int],
) -> None:
    number = row.round_number("roundNumber")
    if number is None:
        row.lacks(Fact.SUBMISSIONS, "A submission without a round can't be placed.")
        return
    row = row.named(f"{said(model.name)}, round {number}")
    submitted = _submitted(row)
    if submitted is None:
        row.lacks(Fact.SUBMISSIONS, "Whether a round has a submission is not told.")
        return
    numbers.add(number)
    if submitted:
        entry = _submission(row, model, number, rounds.get(number))
        submissions[model.id, number] = _counting(submissions.get((model.id, number)), entry)


def _submitted(row: Fields) -> bool | None:
    """Whether the row stands for a submission; ``None`` when it does not tell."""
    status = row.text("status", fact=Fact.SUBMISSIONS)
    if status is not None and status.lower() == _NONE:
        return False
    if "timestamp" in row:
        return True
    if row.why_missing("timestamp") is None:
        return False
    if status is not None:
        return True
    return None if row.why_missing("id") else "id" in row


def _submission(row: Fields, model: Model, number: int, round_: Round | None) -> Submission:
    at = row.time("timestamp", required=True, fact=Fact.SUBMISSIONS)
    return _timed(model, number, round_, at, row.text("id", fact=Fact.SUBMISSION_ID))


def _timed(
    model: Model, number: int, round_: Round | None, at: datetime | None, id_: str | None
) -> Submission:
    close = round_.closes_staking if round_ else None
    late = at is not None and close is not None and at > close
    return Submission(
        model_id=model.id,
        tournament=model.tournament,
        round=number,
        state=SubmissionState.LATE if late else SubmissionState.SUBMITTED,
        at=at,
        submission_id=id_,
    )


def _counting(first: Submission | None, other: Submission) -> Submission:
    """Of two submissions the one Numerai takes: in time before late, then the newer."""
    if first is None:
        return other
    if first.state is not other.state:
        return first if first.state is SubmissionState.SUBMITTED else other
    if first.at is None or other.at is None:
        return other if first.at is None else first
    return first if first.at > other.at else other
