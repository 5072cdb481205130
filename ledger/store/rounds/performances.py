"""How models did in rounds: the bulk of the ledger, so reading and writing it is kept lean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from sqlite3 import Connection
from sys import intern
from typing import Any

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState, Performance, Score
from ledger.rules.rounds.payout import weighted_sum
from ledger.store.rows import (
    TOURNAMENTS,
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
_ALTERED = (
    "UPDATE performance SET at_risk = ?, payout = ?, state = ?, source = ?, factor = ?, clip = ?, "
    "resolves = ?, submission_id = ? WHERE model_id = ? AND round = ? AND tournament = ?"
)
_SCORE = upsert(
    "score",
    ("model_id", "round", "name"),
    ("position", "value", "percentile", "day", "multiplier"),
)
_THERE = (
    "SELECT model_id, round, tournament, at_risk, payout, state, source, factor, clip, resolves, "
    "submission_id FROM performance WHERE model_id = ? AND round BETWEEN ? AND ?"
)
_SCORES_THERE = (
    "SELECT model_id, round, name, position, value, percentile, day, multiplier FROM score "
    "WHERE model_id = ? AND round BETWEEN ? AND ?"
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
# Texts come joined, by model and by round: fetching a row per score takes longer than all else.
_SCORED = (
    "SELECT model_id, group_concat(round), group_concat(coalesce(value, '')), "
    "group_concat(multiplier) FROM score WHERE multiplier IS NOT NULL AND model_id IN "
    "(SELECT model_id FROM performance WHERE tournament = ?) GROUP BY model_id"
)
_HAVE_SCORES = (
    "SELECT model_id, round FROM performance WHERE tournament = ? AND EXISTS (SELECT 1 FROM score "
    "WHERE score.model_id = performance.model_id AND score.round = performance.round)"
)
_SEATED = (
    "SELECT round, group_concat(model_id) FROM performance WHERE tournament = ? "
    "GROUP BY round ORDER BY round DESC"
)
_BY_KEY = (
    "SELECT model_id, round, at_risk, payout, state, source, factor, clip, resolves, "
    "submission_id, tournament FROM performance WHERE model_id = ? AND round = ?"
)
_PAID = (
    "SELECT model_id, round, payout FROM performance "
    "WHERE tournament = ? AND round >= ? AND state = 'settled' ORDER BY round DESC, model_id"
)

_WORSE = (
    "SELECT count(*) FROM (SELECT 1 FROM performance WHERE model_id = ? AND tournament = ? "
    "AND round < ? AND state = 'settled' AND CAST(at_risk AS REAL) > 0 "
    "AND CAST(payout AS REAL) / CAST(at_risk AS REAL) "
    "< CAST(? AS REAL) / CAST(? AS REAL) * 1.000000001 ORDER BY round DESC LIMIT ?)"
)
"""With some room for what is lost where shares are compared roughly."""

_EARLIER = "SELECT count(*) FROM performance WHERE model_id = ? AND tournament = ? AND round < ?"

_NO_ROUND = (1 << 63) - 1
"""Beyond every round's number."""

_STATES = {state.value: state for state in PayoutState}
_SOURCES: dict[str | None, PayoutSource | None] = {
    None: None,
    **{source.value: source for source in PayoutSource},
}

_SETTLED = PayoutState.SETTLED.value

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
    settled: bool = False,
) -> tuple[Performance, ...]:
    """Performances from round ``since`` on up to the one ``before``, newest round first, then by
    model id; ``unstaked``: of all models, only those with nothing at risk that is known;
    ``settled``: only those that can't move."""
    arguments: Row = (int(tournament), since or 0, _NO_ROUND if before is None else before - 1)
    which = _UNSTAKED if unstaked else _OF_ALL
    if model_id is not None:
        arguments, which = (model_id, *arguments), _OF_ONE
    if settled:
        which = which.replace("ORDER BY", "AND performance.state = 'settled' ORDER BY")
    scores_by_row = _read_scores(connection, which, arguments) if scores else {}
    return tuple(
        _performance(tournament, row, scores_by_row.get((row[0], row[1]), ()))
        for row in connection.execute(_COLUMNS + which, arguments)
    )


def _performance(tournament: Tournament, row: Row, scores: tuple[Score, ...]) -> Performance:
    model, number, at_risk, payout, state, source, factor, clip, resolves, submission_id = row
    return Performance(
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
        scores,
    )


class KeptPerformances(Mapping[int, Performance]):
    """A model's performances by round, each made into an object when it is looked at.

    Most of a sync's rows are only compared with what is kept of them: whether they tell less.
    """

    def __init__(self, rows: Iterable[Row], scores: Iterable[Row]) -> None:
        self._rows = {row[1]: row for row in rows}
        self._scores: dict[int, list[Row]] = {}
        for row in scores:
            self._scores.setdefault(row[1], []).append(row)

    def __getitem__(self, number: int) -> Performance:
        model_id, _, tournament, *others = self._rows[number]
        scores = sorted(self._scores.get(number, ()), key=itemgetter(3))
        return _performance(
            TOURNAMENTS[tournament],
            (model_id, number, *others),
            tuple(_score((name, *score)) for _, _, name, _, *score in scores),
        )

    def __contains__(self, number: object) -> bool:
        return number in self._rows

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def settled(self, number: int) -> bool:
        """Whether nothing of it could move any more."""
        return bool(self._rows[number][5] == _SETTLED)

    def tells_more(self, row: Performance) -> bool:
        """Whether anything is told of ``row``, which is kept, that it does not tell."""
        _, _, _, at_risk, payout, _, _, factor, clip, resolves, id_ = self._rows[row.round]
        if (
            (row.at_risk is None and at_risk is not None)
            or (row.payout is None and payout is not None)
            or (row.factor is None and factor is not None)
            or (row.clip is None and clip is not None)
            or (row.resolves is None and resolves is not None)
            or (row.submission_id is None and id_ is not None)
        ):
            return True
        own = {score.name: score for score in row.scores}
        for _, _, name, _, value, percentile, day, multiplier in self._scores.get(row.round, ()):
            score = own.get(name)
            if (
                score is None
                or (score.value is None and value is not None)
                or (score.percentile is None and percentile is not None)
                or (score.day is None and day is not None)
                or (score.multiplier is None and multiplier is not None)
            ):
                return True
        return False


def read_kept(
    connection: Connection, model_id: str, since: int, *, scores: bool
) -> KeptPerformances:
    """Those of a model from round ``since`` on; without ``scores`` they are lean."""
    span = (model_id, since, _NO_ROUND)
    rows = connection.execute(_THERE, span).fetchall()
    return KeptPerformances(rows, connection.execute(_SCORES_THERE, span) if scores else ())


def read_paid_otherwise(
    connection: Connection, tournament: Tournament, payouts: Mapping[tuple[str, int], NMR]
) -> tuple[Performance, ...]:
    """Settled ones, without scores, with another payout than ``payouts`` has for their model id and
    round; those that are not in it are left out."""
    first = min(number for _, number in payouts)
    paid = connection.execute(_PAID, (int(tournament), first)).fetchall()
    keys = [
        (model_id, number)
        for model_id, number, payout in paid
        if (model_id, number) in payouts and payout != text(payouts[model_id, number])
    ]
    return read_rows(connection, keys)


def read_rows(connection: Connection, keys: Iterable[tuple[str, int]]) -> tuple[Performance, ...]:
    """Those of ``keys``, model ids and rounds, that are there, without scores."""
    rows = (row for key in keys for row in connection.execute(_BY_KEY, key))
    return tuple(_performance(TOURNAMENTS[number], tuple(row), ()) for *row, number in rows)


def _read_scores(connection: Connection, which: str, arguments: Row) -> _Scores:
    scores_by_row: dict[tuple[str, int], list[Score]] = {}
    for model, number, *score in connection.execute(
        f"{_SCORE_COLUMNS}{which}, score.position", arguments
    ):
        scores_by_row.setdefault((model, number), []).append(_score(score))
    return {key: tuple(scores) for key, scores in scores_by_row.items()}


def _score(row: Sequence[Any]) -> Score:
    name, value, percentile, day, multiplier = row
    return Score(
        intern(name),
        None if value is None else Decimal(value),
        None if percentile is None else Decimal(percentile),
        day,
        decimal_or_none(multiplier),
    )


def read_scored(connection: Connection, tournament: Tournament) -> frozenset[tuple[str, int]]:
    """Model ids and rounds of the performances that have any score."""
    rows = connection.execute(_HAVE_SCORES, (int(tournament),))
    return frozenset((intern(model), number) for model, number in rows)


def read_weighted(
    connection: Connection, tournament: Tournament
) -> dict[tuple[str, int], Decimal | None]:
    """The sum of score times multiplier of every performance, by model id and round; ``None`` while
    it has none."""
    number = int(tournament)
    sums = {
        intern(model): _weighted_sums(*(text.split(",") for text in texts))
        for model, *texts in connection.execute(_SCORED, (number,))
    }
    nothing: dict[str, Decimal | None] = {}
    return {
        (intern(model), round_): sums.get(model, nothing).get(str(round_))
        for round_, models in connection.execute(_SEATED, (number,))
        for model in sorted(models.split(","))
    }


def _weighted_sums(
    rounds: Sequence[str], values: Sequence[str], multipliers: Sequence[str]
) -> dict[str, Decimal | None]:
    """The sums of one model, by the text of the round."""
    pairs_by_round: dict[str, list[tuple[Decimal | None, Decimal | None]]] = {}
    for number, value, multiplier in zip(rounds, values, multipliers, strict=True):
        pair = Decimal(value) if value else None, decimal_or_none(multiplier)
        pairs_by_round.setdefault(number, []).append(pair)
    return {number: weighted_sum(pairs) for number, pairs in pairs_by_round.items()}


def read_burned_beyond(
    connection: Connection, burns: Iterable[Performance], rank: int
) -> frozenset[str]:
    """The models of ``burns`` that may be worse than all but every ``rank``-th earlier round of
    theirs: shares of the stakes are compared roughly."""
    model_ids = set()
    for row in burns:
        if row.payout is None or not row.at_risk:
            continue
        share = str(row.payout), str(row.at_risk)
        key = (row.model_id, int(row.tournament), row.round)
        most = connection.execute(_EARLIER, key).fetchone()[0] // rank
        (worse,) = connection.execute(_WORSE, (*key, *share, most + 1)).fetchone()
        if worse <= most:
            model_ids.add(row.model_id)
    return frozenset(model_ids)


def write_performances(connection: Connection, performances: Sequence[Performance]) -> None:
    """Add or update performances. One that comes without scores keeps those that are known.

    What is there already is read first, which takes a fraction of writing it once more.
    """
    spans = _spans(performances)
    there = {row[:2]: row for span in spans for row in connection.execute(_THERE, span)}
    rows = [row for row in map(_performance_row, performances) if there.get(row[:2]) != row]
    # To alter a row by its key takes a fraction of what the statement for either case takes.
    kept_keys = {row[:3] for row in there.values()}
    connection.executemany(_ALTERED, [(*row[3:], *row[:3]) for row in rows if row[:3] in kept_keys])
    connection.executemany(_PERFORMANCE, [row for row in rows if row[:3] not in kept_keys])
    scores = {row for span in spans for row in connection.execute(_SCORES_THERE, span)}
    fresh = list(_score_rows(performances))
    names = {row[:3] for row in fresh}
    scored = {row[:2] for row in names}
    connection.executemany(
        "DELETE FROM score WHERE model_id = ? AND round = ? AND name = ?",
        [row[:3] for row in scores.difference(fresh) if row[:3] not in names and row[:2] in scored],
    )
    connection.executemany(_SCORE, [row for row in fresh if row not in scores])


def _spans(performances: Iterable[Performance]) -> list[Row]:
    """Of each model the first and the last of the rounds."""
    rounds: dict[str, list[int]] = {}
    for performance in performances:
        rounds.setdefault(performance.model_id, []).append(performance.round)
    return [(model_id, min(numbers), max(numbers)) for model_id, numbers in rounds.items()]


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
