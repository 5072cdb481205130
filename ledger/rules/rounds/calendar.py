"""Round numbers and their dates, for projection only.

Numerai's own ``openTime``, ``closeStakingTime`` and ``resolveTime`` come first wherever a round
is known; these functions fill in the rounds that do not exist yet. All dates are UTC. Rule:
rounds open Tuesday to Saturday, numbered without gaps; checked against published rounds from
340 (2022-10-25) to 1370 (2026-10-06).
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta

from ledger.domain.model import Tournament

FIRST_DAILY_ROUND = 340
"""The first of the daily rounds; before it rounds were weekly and are not covered."""

_ANCHOR_ROUND = 1340
"""A round that opened on a Tuesday; others are counted from it."""

_ANCHOR_OPEN = date(2026, 8, 25)
_OPEN = time(12, tzinfo=UTC)
"""When rounds open on their day."""

_RESOLVE = time(16, tzinfo=UTC)
"""When rounds resolve on their day."""

_SCORING_LAG = 3
"""Weekdays from a round's opening to the one before its first scoring day."""

_SATURDAY = 4
"""The last of a week's rounds, counted from Tuesday as 0."""


HIGHEST_ROUND = 20_000
"""No round Numerai tells of has a higher number: it would open after the year 2090."""

_AHEAD = 500
"""Rounds that the newest may be ahead of this calendar: Numerai may open them on more days."""


def highest_round(now: datetime) -> int:
    """The highest number that a round can have by ``now``; a clock that stands back does not
    count."""
    return max(latest_round(now), _ANCHOR_ROUND) + _AHEAD


def open_date(number: int) -> date:
    """The day round ``number`` opens.

    Raises:
        ValueError: the round is older than daily rounds.
    """
    if number < FIRST_DAILY_ROUND:
        raise ValueError(f"round {number} is older than daily rounds ({FIRST_DAILY_ROUND})")
    weeks, day = divmod(number - _ANCHOR_ROUND, 5)
    return _ANCHOR_OPEN + timedelta(days=7 * weeks + day)


def opens(number: int) -> datetime:
    """When round ``number`` opens: 12:00 on its day."""
    return datetime.combine(open_date(number), _OPEN)


def opens_about(number: int) -> datetime:
    """The same for any number that somebody typed: of rounds before this calendar, and beyond all
    there will be, its first and its last."""
    return opens(min(max(number, FIRST_DAILY_ROUND), HIGHEST_ROUND))


def closes_staking(number: int, tournament: Tournament) -> datetime:
    """When stakes of round ``number`` are fixed.

    Classic and Signals: 13:00 the same day, a Saturday's round on Sunday 14:00. Crypto: 24
    hours later, a Saturday's round on Tuesday 12:00.
    """
    opened = opens(number)
    saturday = opened.weekday() == 5
    if tournament is Tournament.CRYPTO:
        return opened + timedelta(days=3 if saturday else 1)
    return opened + (timedelta(days=1, hours=2) if saturday else timedelta(hours=1))


def latest_round(now: datetime) -> int:
    """The newest round that has opened by ``now``."""
    days = (now - datetime.combine(_ANCHOR_OPEN, _OPEN)).days
    weeks, day = divmod(days, 7)
    return _ANCHOR_ROUND + 5 * weeks + min(day, _SATURDAY)


def add_weekdays(start: date, count: int) -> date:
    """``count`` weekdays (Monday to Friday) after ``start``; a weekend counts as its Monday."""
    if start.weekday() > 4:
        start += timedelta(days=7 - start.weekday())
    weeks, days = divmod(count, 5)
    result = start + timedelta(days=7 * weeks + days)
    return result + timedelta(days=2) if start.weekday() + days > 4 else result


def score_date(number: int, day: int) -> date:
    """The date on which scoring day ``day`` (from 1) of round ``number`` is published."""
    return add_weekdays(open_date(number), _SCORING_LAG + day)


def resolves(number: int, score_days: int) -> datetime:
    """When round ``number`` resolves: 16:00 on the day of its last of ``score_days`` scores.

    20-day scores end 23 weekdays after opening, 60-day scores 63; holidays are not skipped.
    """
    return datetime.combine(score_date(number, score_days), _RESOLVE)


def scoring_day(number: int, score_days: int, now: datetime) -> int:
    """How many daily scores round ``number`` has by ``now``: 0 to ``score_days``."""

    def published(day: int) -> datetime:
        return datetime.combine(score_date(number, day), _RESOLVE)

    return bisect_right(range(1, score_days + 1), now, key=published)


def concurrent_rounds(score_days: int) -> int:
    """How many rounds run at a time: 24 for 20-day scores, 64 for 60-day scores."""
    return score_days + _SCORING_LAG + 1
