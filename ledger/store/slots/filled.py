"""Performances, submissions and scores by round, joined: a row per model takes three times as long.

Texts of a round come joined; their order in one is their order in the others.
"""

from __future__ import annotations

from functools import cache, partial
from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.slots.filled import NONE, FilledRound, Joined, ScoreTexts

_BETWEEN = "\x1f"
"""Between texts that may hold a comma; a text that enters the ledger holds no control."""

_PLAYED = (
    "SELECT round, max(state = 'pending'), group_concat(model_id), "
    "group_concat(coalesce(at_risk, '')), group_concat(coalesce(clip, '')), group_concat(state), "
    "group_concat(submission_id IS NOT NULL) "
    "FROM performance WHERE tournament = ? AND round >= ? GROUP BY round"
)
_LISTED = (
    "SELECT round, group_concat(model_id), group_concat(state), group_concat(coalesce(at, '')) "
    "FROM submission WHERE tournament = ? AND round >= ? GROUP BY round"
)
# The plus keeps SQLite from looking for a range of rounds where one round is meant.
_SCORES = (
    "SELECT performance.round, group_concat(performance.model_id), group_concat(position), "
    "group_concat(replace(name, char(31), ' '), char(31)), group_concat(coalesce(value, '')), "
    "group_concat(coalesce(percentile, '')), group_concat(coalesce(day, '')), "
    "group_concat(coalesce(score.multiplier, '')) FROM performance CROSS JOIN score "
    "ON score.model_id = performance.model_id AND score.round = +performance.round "
    "WHERE performance.tournament = ? AND performance.round >= ? GROUP BY performance.round"
)


def read_filled(
    connection: Connection, tournament: Tournament, since: int, scored_since: int
) -> dict[int, FilledRound]:
    """Rounds from ``since`` on by number, their scores from ``scored_since`` on."""
    number = int(tournament)
    places = cache(_places)
    listed = {
        key: Joined(places(ids), texts)
        for key, ids, *texts in connection.execute(_LISTED, (number, since))
    }
    scores = {
        key: cache(partial(_scores_by_model, *joined))
        for key, *joined in connection.execute(_SCORES, (number, scored_since))
    }
    filled = {
        key: FilledRound(
            Joined(places(ids), texts),
            listed.pop(key, NONE),
            scores.get(key, dict),
            running,
        )
        for key, running, ids, *texts in connection.execute(_PLAYED, (number, since))
    }
    return filled | {key: FilledRound(listed=rows) for key, rows in listed.items()}


def _places(ids: str) -> dict[str, int]:
    """Most rounds repeat the models of the one before."""
    return {model_id: place for place, model_id in enumerate(ids.split(","))}


def _scores_by_model(
    ids: str, positions: str, names: str, *figures: str
) -> dict[str, list[ScoreTexts]]:
    texts = (positions.split(","), names.split(_BETWEEN), *(each.split(",") for each in figures))
    by_model: dict[str, list[ScoreTexts]] = {}
    for model_id, row in zip(ids.split(","), zip(*texts, strict=True), strict=True):
        by_model.setdefault(model_id, []).append(row)
    return by_model
