"""Which slot was filled in which round, and in time or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.model import Model, Tournament
from ledger.domain.payout import Performance
from ledger.domain.round import Round
from ledger.domain.slot import Submission, SubmissionState
from ledger.numerai.answers import Json
from ledger.numerai.wire.fields import Fields, Problems


@dataclass(frozen=True, slots=True)
class Listed:
    """Submissions by model id and round, and the ids of all models whose list was given."""

    submissions: Mapping[tuple[str, int], Submission] = field(default_factory=dict)
    models: frozenset[str] = frozenset()


def read_submissions(
    data: Mapping[str, Json],
    models: Mapping[str, Model],
    rounds: Mapping[Tournament, Mapping[int, Round]],
    problems: Problems,
) -> Listed:
    """``latestSubmissions``; of several for one round, the one that counts.

    A submission after the staking close is late.
    """
    found: dict[tuple[str, int], Submission] = {}
    given = set()
    account = Fields(dict(data), "submissions", problems).child("account")
    for entry in account.children("models") if account else ():
        model = models.get(entry.text("id") or "")
        if model is None:
            continue
        if "latestSubmissions" in entry:
            given.add(model.id)
        for row in entry.named(model.name).children("latestSubmissions"):
            submission = _submission(row, model, rounds)
            if submission is not None:
                key = (model.id, submission.round)
                found[key] = _counting(found.get(key), submission)
    for model_id in models.keys() - given:
        problems.add(models[model_id].name, "latestSubmissions", "missing")
    return Listed(found, frozenset(given))


def _submission(
    row: Fields, model: Model, rounds: Mapping[Tournament, Mapping[int, Round]]
) -> Submission | None:
    number = row.integer("roundNumber", low=1)
    if number is None:
        return None
    at = row.named(f"{model.name}, round {number}").time("timestamp", required=True)
    known = rounds.get(model.tournament, {}).get(number)
    close = known.closes_staking if known else None
    late = at is not None and close is not None and at > close
    return Submission(
        model_id=model.id,
        tournament=model.tournament,
        round=number,
        state=SubmissionState.LATE if late else SubmissionState.SUBMITTED,
        at=at,
        submission_id=row.text("id"),
    )


def _counting(one: Submission | None, other: Submission) -> Submission:
    """Of two submissions the one Numerai takes: in time before late, then the newer."""
    if one is None:
        return other
    if one.state is not other.state:
        return one if one.state is SubmissionState.SUBMITTED else other
    if one.at is None or other.at is None:
        return other if one.at is None else one
    return one if one.at > other.at else other


def fill_in(
    listed: Listed,
    models: Iterable[Model],
    rounds: Mapping[Tournament, Iterable[Round]],
    performances: Mapping[tuple[str, int], Performance],
    now: datetime,
) -> tuple[Submission, ...]:
    """``listed`` completed: what no list tells follows from the rounds themselves.

    ``rounds``: by tournament, those to settle. A row with a submission was submitted; without
    one a closed round was missed and an open one is awaited. A model that did not exist yet
    when a round closed, or is archived and has no row, says nothing; nor does one whose list
    was not given.
    """
    found = dict(listed.submissions)
    for model in models:
        if model.id not in listed.models:
            continue
        for entry in rounds.get(model.tournament, ()):
            key = (model.id, entry.number)
            if key not in found:
                state = _state(model, entry, performances.get(key), now)
                if state is not None:
                    row = performances.get(key)
                    found[key] = Submission(
                        model_id=model.id,
                        tournament=model.tournament,
                        round=entry.number,
                        state=state,
                        at=None,
                        submission_id=row.submission_id if row else None,
                    )
    return tuple(found.values())


def _state(
    model: Model, entry: Round, row: Performance | None, now: datetime
) -> SubmissionState | None:
    if entry.opens > now:
        return None
    if row is not None and row.submission_id is not None:
        return SubmissionState.SUBMITTED
    close = entry.closes_staking
    if close is not None and close > now:
        return None if model.archived else SubmissionState.AWAITED
    if row is None and (model.archived or close is None or _younger(model, close)):
        return None
    return SubmissionState.MISSED


def _younger(model: Model, close: datetime) -> bool:
    return model.created is None or model.created > close
