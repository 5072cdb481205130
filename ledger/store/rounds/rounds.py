"""Rounds with the scores they are paid by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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
    arguments = (int(tournament), first)
    configs = _read_scores(connection, arguments) if scores else {}
    rows = connection.execute(
        "SELECT number, opens, closes, closes_staking, scored, resolves, resolved, payout_factor, "
        "stake_threshold, target FROM round WHERE tournament = ? AND number >= ? "
        "ORDER BY number DESC",
        arguments,
    )
    return tuple(_round(row, tournament, tuple(configs.get(row[0], ()))) for row in rows)


def read_first_resolving(
    connection: Connection, tournament: Tournament, since: datetime
) -> int | None:
    """The first round that resolves at ``since`` or later, or of which nobody knows when."""
    row = connection.execute(
        "SELECT min(number) FROM round "
        "WHERE tournament = ? AND (resolves IS NULL OR resolves >= ?)",
        (int(tournament), time_text(since)),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def read_numbers(connection: Connection) -> tuple[tuple[Tournament, int, bool], ...]:
    """Every round by tournament and number, newest first, and whether a model took part in it."""
    rows = connection.execute(
        "SELECT tournament, number, EXISTS (SELECT 1 FROM performance "
        "WHERE performance.tournament = round.tournament AND performance.round = round.number) "
        "FROM round ORDER BY number DESC, tournament"
    )
    return tuple(
        (Tournament(tournament), number, bool(played)) for tournament, number, played in rows
    )


def _first_of(connection: Connection, tournament: Tournament, newest: int) -> int:
    row = connection.execute(
        "SELECT min(number) FROM (SELECT number FROM round WHERE tournament = ? "
        "ORDER BY number DESC LIMIT ?)",
        (int(tournament), newest),
    ).fetchone()
    return int(row[0] or 0)


def _read_scores(
    connection: Connection, arguments: tuple[int, int]
) -> dict[int, list[ScoreConfig]]:
    configs: dict[int, list[ScoreConfig]] = {}
    for row in connection.execute(
        "SELECT round, name, display_name, version, is_payout, multiplier, clip, payout_factor, "
        "stake_threshold, days FROM round_score WHERE tournament = ? AND round >= ? "
        "ORDER BY round DESC, position",
        arguments,
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
    connection.executemany(_ROUND, [_round_row(entry) for entry in rounds])
    connection.executemany(
        _SCORE,
        [
            _score_row(entry, position, score)
            for entry in rounds
            for position, score in enumerate(entry.scores)
        ],
    )
    connection.executemany(
        "DELETE FROM round_score WHERE tournament = ? AND round = ? AND position >= ?",
        [
            (int(entry.tournament), entry.number, len(entry.scores))
            for entry in rounds
            if entry.scores
        ],
    )


def _round_row(entry: Round) -> Row:
    return (
        int(entry.tournament),
        entry.number,
        time_text(entry.opens),
        time_text(entry.closes),
        time_text(entry.closes_staking),
        time_text(entry.scored),
        time_text(entry.resolves),
        flag(entry.resolved),
        text(entry.payout_factor),
        text(entry.stake_threshold),
        entry.target,
    )


def _score_row(entry: Round, position: int, score: ScoreConfig) -> Row:
    return (
        int(entry.tournament),
        entry.number,
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
