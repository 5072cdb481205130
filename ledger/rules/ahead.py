"""Staking closes and releases at any time to come, for projection.

Numerai's own times come first wherever a round is known; the calendar fills in the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.round import Round
from ledger.rules import calendar
from ledger.rules.timing import resolve_time

_USUAL_SCORE_DAYS = 20


class RoundsAhead:
    """The rounds of one tournament, known or projected. ``rounds`` may hold other tournaments."""

    def __init__(self, rounds: Iterable[Round], tournament: Tournament) -> None:
        self._tournament = tournament
        self._known = {entry.number: entry for entry in rounds if entry.tournament is tournament}
        self._score_days = _score_days(self._known)
        self._closes: dict[datetime, datetime] = {}
        self._paid: dict[datetime, datetime] = {}

    def close(self, number: int) -> datetime:
        """When the stakes of round ``number`` are fixed."""
        known = self._known.get(number)
        if known is not None and known.closes_staking is not None:
            return known.closes_staking
        return calendar.closes_staking(number, self._tournament)

    def next_round(self, at: datetime) -> int:
        """The first round whose stakes are fixed after ``at``."""
        number = max(calendar.latest_round(at) - 1, calendar.FIRST_DAILY_ROUND)
        while self.close(number) <= at:
            number += 1
        return number

    def close_after(self, at: datetime) -> datetime:
        """The first staking close after ``at``: an increase asked for then counts from it."""
        if at not in self._closes:
            self._closes[at] = self.close(self.next_round(at))
        return self._closes[at]

    def paid(self, at: datetime) -> datetime:
        """When a release asked for at ``at`` is paid: the last round open by then resolves."""
        if at not in self._paid:
            number = calendar.latest_round(at) + 1
            while self._opens(number) > at:
                number -= 1
            self._paid[at] = max(at, self._resolves(number))
        return self._paid[at]

    def _opens(self, number: int) -> datetime:
        known = self._known.get(number)
        return known.opens if known is not None else calendar.opens(number)

    def _resolves(self, number: int) -> datetime:
        known = self._known.get(number)
        at = resolve_time(known) if known is not None else None
        return at or calendar.resolves(number, self._score_days)


def _score_days(known: dict[int, Round]) -> int:
    """The length of scoring in the newest round that tells it."""
    for number in sorted(known, reverse=True):
        entry = known[number]
        days = [score.days for score in entry.payout_scores if score.days]
        if days:
            return max(days)
        if entry.resolves is not None:
            return _days_until(number, entry.resolves)
    return _USUAL_SCORE_DAYS


def _days_until(number: int, resolves: datetime) -> int:
    days = 1
    while calendar.score_date(number, days) < resolves.date():
        days += 1
    return days
