"""Rounds with the scores they are paid by."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from ledger.domain.model import Tournament
from ledger.domain.rounds.round import Round, ScoreConfig
from ledger.store.rows import (
    Row,
    decimal_or_none,
    flag,
    moment,
    moment_or_none,
    text,
    time_text,
    upsert,
)

_ROUND = upsert(
    "round",
    ("tournament", "number"),
    (
        "opens",
        "closes",
        "closes_staking",
        "scored",
        "resolves",
        "resolved",
        "payout_factor",
        "stake_threshold",
        "target",
    ),
)
_SCORE = upsert(
    "round_score",
    ("tournament", "round", "position"),
    (
        "name",
        "display_name",
        "version",
        "is_payout",
        "multiplier",
        "clip",
        "payout_factor",
        "stake_threshold",
        "days",
    ),
)


def read_rounds(
    connection: Connection,
    tournament: Tournament,
    *,
    since: int | None,
    newest: int | None,
    scores: bool,
) -> tuple[Round, ...]:
    """Rounds from number ``since`` on, the ``newest`` ones of them, newest first."""
    first = since or 0
    if newest is not None:
        first = max(first, _first_of(connection, tournament, newest))
    wanted = (int(tournament), first)
    configs = _read_scores(connection, wanted) if scores else {}
    rows = connection.execute(
        "SELECT number, opens, closes, closes_staking, scored, resolves, resolved, payout_factor, "
        "stake_threshold, target FROM round WHERE tournament = ? AND number >= ? "
        "ORDER BY number DESC",
        wanted,
    )
    return tuple(_round(row, tournament, tuple(configs.get(row[0], ()))) for row in rows)


def _first_of(connection: Connection, tournament: Tournament, newest: int) -> int:
    row = connection.execute(
        "SELECT min(number) FROM (SELECT number FROM round WHERE tournament = ? "
        "ORDER BY number DESC LIMIT ?)",
        (int(tournament), newest),
    ).fetchone()
    return int(row[0] or 0)


def _read_scores(connection: Connection, wanted: tuple[int, int]) -> dict[int, list[ScoreConfig]]:
    configs: dict[int, list[ScoreConfig]] = {}
    for row in connection.execute(
        "SELECT round, name, display_name, version, is_payout, multiplier, clip, payout_factor, "
        "stake_threshold, days FROM round_score WHERE tournament = ? AND round >= ? "
        "ORDER BY round DESC, position",
        wanted,
    ):
        configs.setdefault(row[0], []).append(_score(row))
    return configs


def _score(row: Row) -> ScoreConfig:
    _, name, display_name, version, is_payout, multiplier, clip, factor, threshold, days = row
    return ScoreConfig(
        name,
        display_name,
        version,
        bool(is_payout),
        decimal_or_none(multiplier),
        decimal_or_none(clip),
        decimal_or_none(factor),
        decimal_or_none(threshold),
        days,
    )


def _round(row: Row, tournament: Tournament, scores: tuple[ScoreConfig, ...]) -> Round:
    number, opens, closes, staking, scored, resolves, resolved, factor, threshold, target = row
    return Round(
        tournament,
        number,
        moment(opens),
        moment_or_none(closes),
        moment_or_none(staking),
        moment_or_none(scored),
        moment_or_none(resolves),
        bool(resolved),
        decimal_or_none(factor),
        decimal_or_none(threshold),
        target,
        scores,
    )


def write_rounds(connection: Connection, rounds: Sequence[Round]) -> None:
    """Add or update rounds. One that comes without scores keeps those that are known."""
    connection.executemany(_ROUND, [_round_row(one) for one in rounds])
    connection.executemany(
        _SCORE,
        [
            _score_row(one, position, score)
            for one in rounds
            for position, score in enumerate(one.scores)
        ],
    )
    connection.executemany(
        "DELETE FROM round_score WHERE tournament = ? AND round = ? AND position >= ?",
        [(int(one.tournament), one.number, len(one.scores)) for one in rounds if one.scores],
    )


def _round_row(one: Round) -> Row:
    return (
        int(one.tournament),
        one.number,
        time_text(one.opens),
        time_text(one.closes),
        time_text(one.closes_staking),
        time_text(one.scored),
        time_text(one.resolves),
        flag(one.resolved),
        text(one.payout_factor),
        text(one.stake_threshold),
        one.target,
    )


def _score_row(one: Round, position: int, score: ScoreConfig) -> Row:
    return (
        int(one.tournament),
        one.number,
        position,
        score.name,
        score.display_name,
        score.version,
        flag(score.is_payout),
        text(score.multiplier),
        text(score.clip),
        text(score.payout_factor),
        text(score.stake_threshold),
        score.days,
    )
