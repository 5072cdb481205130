"""Submissions into slots."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection
from sys import intern

from ledger.domain.model import Tournament
from ledger.domain.slots.submission import Submission, SubmissionState
from ledger.store.rows import moment_or_none, time_text, upsert

_SUBMISSION = upsert(
    "submission", ("model_id", "round"), ("tournament", "state", "at", "submission_id")
)
_SINCE = (
    "SELECT model_id, round, tournament, state, at, submission_id FROM submission "
    "WHERE tournament = ? AND round >= ?"
)
_STATES = {state.value: state for state in SubmissionState}


def read_submissions(
    connection: Connection, tournament: Tournament, since: int | None
) -> tuple[Submission, ...]:
    """Submissions from round ``since`` on, newest round first, then by model id."""
    return tuple(
        Submission(
            intern(model_id), tournament, number, _STATES[state], moment_or_none(at), submission_id
        )
        for model_id, number, state, at, submission_id in connection.execute(
            "SELECT model_id, round, state, at, submission_id FROM submission "
            "WHERE tournament = ? AND round >= ? ORDER BY round DESC, model_id",
            (int(tournament), since or 0),
        )
    )


def write_submissions(connection: Connection, submissions: Sequence[Submission]) -> None:
    """Add or update submissions, one per model and round."""
    if not submissions:
        return
    rows = [
        (
            submission.model_id,
            submission.round,
            int(submission.tournament),
            submission.state.value,
            time_text(submission.at),
            submission.submission_id,
        )
        for submission in submissions
    ]
    # Most of them are there: to read those takes a fraction of looking each of them up.
    first: dict[int, int] = {}
    for _, number, tournament, *_ in rows:
        first[tournament] = min(number, first.get(tournament, number))
    there = {row for since in first.items() for row in connection.execute(_SINCE, since)}
    connection.executemany(_SUBMISSION, [row for row in rows if row not in there])
