"""How models did in rounds: the bulk of the ledger, so reading and writing it is kept lean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from sqlite3 import Connection
from sys import intern

from ledger.domain.model import Tournament
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.rules.rounds.payout import weighted_sum
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
    "WHERE performance.tournament = ? AND performance.round BETWEEN ? AND ? "
    "ORDER BY performance.round DESC, performance.model_id"
)
_UNSTAKED = _OF_ALL.replace("ORDER BY", "AND coalesce(performance.at_risk, '0') = '0' ORDER BY")
_OF_ONE = (
    "WHERE performance.model_id = ? AND performance.tournament = ? "
    "AND performance.round BETWEEN ? AND ? ORDER BY performance.round DESC"
)
_WEIGHTED = (
    "SELECT performance.model_id, performance.round, value, multiplier "
    "FROM performance LEFT JOIN score ON score.model_id = performance.model_id "
    "AND score.round = performance.round AND multiplier IS NOT NULL "
    "WHERE performance.tournament = ? "
    "ORDER BY performance.round DESC, performance.model_id, score.position"
)

_NO_ROUND = (1 << 63) - 1
"""Beyond every round's number."""

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
    before: int | None = None,
    unstaked: bool = False,
) -> tuple[Performance, ...]:
    """Performances from round ``since`` on up to the one ``before``, newest round first, then by
    model id; ``unstaked``: of all models, only those with nothing at risk that is known."""
    arguments: Row = (int(tournament), since or 0, _NO_ROUND if before is None else before - 1)
    which = _UNSTAKED if unstaked else _OF_ALL
    if model_id is not None:
        arguments, which = (model_id, *arguments), _OF_ONE
    scores_by_row = _read_scores(connection, which, arguments) if scores else {}
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
            scores_by_row.get((model, number), ()),
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
        ) in connection.execute(_COLUMNS + which, arguments)
    )


def _read_scores(connection: Connection, which: str, arguments: Row) -> _Scores:
    scores_by_row: dict[tuple[str, int], list[Score]] = {}
    for model, number, name, value, percentile, day, multiplier in connection.execute(
        f"{_SCORE_COLUMNS}{which}, score.position", arguments
    ):
        score = Score(
            intern(name),
            None if value is None else Decimal(value),
            None if percentile is None else Decimal(percentile),
            day,
            decimal_or_none(multiplier),
        )
        scores_by_row.setdefault((model, number), []).append(score)
    return {key: tuple(scores) for key, scores in scores_by_row.items()}


def read_weighted(
    connection: Connection, tournament: Tournament
) -> dict[tuple[str, int], Decimal | None]:
    """The sum of score times multiplier of every performance, by model id and round; ``None`` while
    it has none."""
    rows = connection.execute(_WEIGHTED, (int(tournament),))
    return {
        (intern(model), number): weighted_sum(
            [
                (None if value is None else Decimal(value), decimal_or_none(multiplier))
                for _, _, value, multiplier in scores
            ]
        )
        for (model, number), scores in groupby(rows, itemgetter(0, 1))
    }


def write_performances(connection: Connection, performances: Sequence[Performance]) -> None:
    """Add or update performances. One that comes without scores keeps those that are known."""
    connection.executemany(_PERFORMANCE, map(_performance_row, performances))
    scored = [row for row in performances if row.scores]
    connection.executemany(
        "DELETE FROM score WHERE model_id = ? AND round = ? AND name = ?",
        _vanished_scores(connection, scored),
    )
    connection.executemany(_SCORE, _score_rows(scored))


def _performance_row(performance: Performance) -> Row:
    return (
        performance.model_id,
        performance.round,
        int(performance.tournament),
        text(performance.at_risk),
        text(performance.payout),
        performance.state.value,
        performance.source.value if performance.source else None,
        text(performance.factor),
        text(performance.clip),
        time_text(performance.resolves),
        performance.submission_id,
    )


def _score_rows(performances: Sequence[Performance]) -> Iterator[Row]:
    for performance in performances:
        for position, score in enumerate(performance.scores):
            yield (
                performance.model_id,
                performance.round,
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
    for performance in performances:
        names = {score.name for score in performance.scores}
        fresh.setdefault(performance.model_id, {})[performance.round] = names
    return [
        (model_id, number, name)
        for model_id, rounds in fresh.items()
        for number, name in connection.execute(
            "SELECT round, name FROM score WHERE model_id = ? AND round BETWEEN ? AND ?",
            (model_id, min(rounds), max(rounds)),
        )
        if number in rounds and name not in rounds[number]
    ]
