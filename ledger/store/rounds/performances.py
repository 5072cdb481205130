"""How models did in rounds: the bulk of the ledger, so reading and writing it is kept lean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from sqlite3 import Connection
from sys import intern

from ledger.domain.model import Tournament
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.store.rows import (
    Row,
    decimal_or_none,
    moment_or_none,
    nmr_or_none,
    text,
    time_text,
    upsert,
)

_PERFORMANCE = upsert(
    "performance",
    ("model_id", "round"),
    (
        "tournament",
        "at_risk",
        "payout",
        "state",
        "source",
        "factor",
        "clip",
        "resolves",
        "submission_id",
    ),
)
_SCORE = upsert(
    "score",
    ("model_id", "round", "name"),
    ("position", "value", "percentile", "day", "multiplier"),
)
_COLUMNS = (
    "SELECT model_id, round, at_risk, payout, state, source, factor, clip, resolves, submission_id "
    "FROM performance "
)
# The plus keeps SQLite from looking for a range of rounds where one round is meant.
_SCORE_COLUMNS = (
    "SELECT score.model_id, score.round, score.name, value, percentile, day, multiplier "
    "FROM performance CROSS JOIN score "
    "ON score.model_id = performance.model_id AND score.round = +performance.round "
)
_OF_ALL = (
    "WHERE performance.tournament = ? AND performance.round >= ? "
    "ORDER BY performance.round DESC, performance.model_id"
)
_OF_ONE = (
    "WHERE performance.model_id = ? AND performance.tournament = ? AND performance.round >= ? "
    "ORDER BY performance.round DESC"
)

_STATES = {state.value: state for state in PayoutState}
_SOURCES: dict[str | None, PayoutSource | None] = {
    None: None,
    **{source.value: source for source in PayoutSource},
}

_Scores = dict[tuple[str, int], tuple[Score, ...]]


def read_performances(
    connection: Connection,
    tournament: Tournament,
    *,
    since: int | None,
    model_id: str | None,
    scores: bool,
) -> tuple[Performance, ...]:
    """Performances from round ``since`` on, newest round first, then by model id."""
    wanted: Row = (int(tournament), since or 0)
    which = _OF_ALL
    if model_id is not None:
        wanted, which = (model_id, *wanted), _OF_ONE
    found = _read_scores(connection, which, wanted) if scores else {}
    return tuple(
        Performance(
            intern(model),
            tournament,
            number,
            nmr_or_none(at_risk),
            nmr_or_none(payout),
            _STATES[state],
            _SOURCES[source],
            decimal_or_none(factor),
            decimal_or_none(clip),
            moment_or_none(resolves),
            submission_id,
            found.get((model, number), ()),
        )
        for (
            model,
            number,
            at_risk,
            payout,
            state,
            source,
            factor,
            clip,
            resolves,
            submission_id,
        ) in connection.execute(_COLUMNS + which, wanted)
    )


def _read_scores(connection: Connection, which: str, wanted: Row) -> _Scores:
    found: dict[tuple[str, int], list[Score]] = {}
    for model, number, name, value, percentile, day, multiplier in connection.execute(
        f"{_SCORE_COLUMNS}{which}, score.position", wanted
    ):
        score = Score(
            intern(name),
            None if value is None else Decimal(value),
            None if percentile is None else Decimal(percentile),
            day,
            decimal_or_none(multiplier),
        )
        found.setdefault((model, number), []).append(score)
    return {key: tuple(scores) for key, scores in found.items()}


def write_performances(connection: Connection, performances: Sequence[Performance]) -> None:
    """Add or update performances. One that comes without scores keeps those that are known."""
    connection.executemany(_PERFORMANCE, map(_performance_row, performances))
    scored = [one for one in performances if one.scores]
    connection.executemany(
        "DELETE FROM score WHERE model_id = ? AND round = ? AND name = ?",
        _vanished_scores(connection, scored),
    )
    connection.executemany(_SCORE, _score_rows(scored))


def _performance_row(one: Performance) -> Row:
    return (
        one.model_id,
        one.round,
        int(one.tournament),
        text(one.at_risk),
        text(one.payout),
        one.state.value,
        one.source.value if one.source else None,
        text(one.factor),
        text(one.clip),
        time_text(one.resolves),
        one.submission_id,
    )


def _score_rows(performances: Sequence[Performance]) -> Iterator[Row]:
    for one in performances:
        for position, score in enumerate(one.scores):
            yield (
                one.model_id,
                one.round,
                score.name,
                position,
                text(score.value),
                text(score.percentile),
                score.day,
                text(score.multiplier),
            )


def _vanished_scores(connection: Connection, performances: Sequence[Performance]) -> list[Row]:
    """The keys of stored scores that their performance no longer has."""
    fresh: dict[str, dict[int, set[str]]] = {}
    for one in performances:
        names = {score.name for score in one.scores}
        fresh.setdefault(one.model_id, {})[one.round] = names
    return [
        (model_id, number, name)
        for model_id, rounds in fresh.items()
        for number, name in connection.execute(
            "SELECT round, name FROM score WHERE model_id = ? AND round BETWEEN ? AND ?",
            (model_id, min(rounds), max(rounds)),
        )
        if number in rounds and name not in rounds[number]
    ]
