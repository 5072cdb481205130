"""One setting out of what several sources tell about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from ledger.domain.model import Tournament
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Origin, Position, PositionState, SettingReading
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.atomic import infer_setting

_TRUST = (Origin.CHAIN, Origin.USER, Origin.CLAIMS, Origin.NUMERAI, Origin.POSITIONS)
"""Who is believed about a setting: what a model staked tells least about what it will stake."""

_Value = TypeVar("_Value")


def merged(readings: Iterable[SettingReading]) -> dict[str, SettingReading]:
    """The best reading of each model, field by field: chain, then user, then positions.

    Of one source the newest reading counts. ``origin`` and ``as_of`` are those of the per-round
    stake, or of the best reading where nobody tells one.
    """
    by_model: dict[str, list[SettingReading]] = {}
    for reading in readings:
        by_model.setdefault(reading.model_id, []).append(reading)
    return {key: _best(rows) for key, rows in by_model.items()}


def inferred(
    positions: Iterable[Position], schedules: Mapping[Tournament, RoundSchedule], now: datetime
) -> tuple[SettingReading, ...]:
    """What each model's own positions tell about its setting.

    In compound mode the newest stake is the newest claim, so the per-round stake stays unknown.
    A model that staked in the newest round whose staking has closed was enabled then; one that
    did not may have missed its submission.
    """
    by_model: dict[tuple[Tournament, str], list[Position]] = {}
    for position in positions:
        by_model.setdefault((position.tournament, position.model_id), []).append(position)
    return tuple(
        _inferred(sorted(rows, key=lambda row: -row.round), schedules.get(tournament), now)
        for (tournament, _), rows in by_model.items()
    )


def _best(rows: Sequence[SettingReading]) -> SettingReading:
    ranked = sorted(rows, key=lambda row: (_TRUST.index(row.origin), -row.as_of.timestamp()))
    source = next((row for row in ranked if row.per_round is not None), ranked[0])
    return SettingReading(
        tournament=source.tournament,
        model_id=source.model_id,
        per_round=source.per_round,
        mode=_first(row.mode for row in ranked),
        enabled=_first(row.enabled for row in ranked),
        origin=source.origin,
        as_of=source.as_of,
    )


def _first(values: Iterable[_Value | None]) -> _Value | None:
    return next((value for value in values if value is not None), None)


def _inferred(
    rows: list[Position], schedule: RoundSchedule | None, now: datetime
) -> SettingReading:
    newest = rows[0]
    resolved = any(not row.state.running for row in rows)
    stake, mode = infer_setting([row.stake for row in rows], paid_out=resolved)
    certain = mode is not StakeMode.COMPOUND and not (resolved and mode is None)
    recent = schedule is not None and newest.round >= schedule.next_round(now) - 1
    return SettingReading(
        tournament=newest.tournament,
        model_id=newest.model_id,
        per_round=stake if certain else None,
        mode=mode,
        enabled=True if recent or newest.state is PositionState.OPEN else None,
        origin=Origin.POSITIONS,
        as_of=now,
    )
