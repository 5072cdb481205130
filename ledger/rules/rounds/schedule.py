"""Staking closes and releases at any time to come, for projection.

Numerai's own times come first wherever a round is known; the calendar fills in the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.domain.model import Tournament
from ledger.domain.rounds.round import Round
from ledger.rules.rounds import calendar
from ledger.rules.rounds.timing import resolve_time

_USUAL_SCORE_DAYS = 20
"""How many daily scores a round is taken to get where no round tells."""


class RoundSchedule:
    """The rounds of one tournament, known or projected. ``rounds`` may hold other tournaments."""

    def __init__(self, rounds: Iterable[Round], tournament: Tournament) -> None:
        self._tournament = tournament
        self._rounds = {entry.number: entry for entry in rounds if entry.tournament is tournament}
        self._score_days = _score_days(self._rounds)
        self._closes: dict[datetime, datetime] = {}
        self._paid: dict[datetime, datetime] = {}
        self._resolves: dict[int, datetime] = {}
        self._taken_over: dict[datetime, tuple[int, datetime]] = {}

    def close(self, number: int) -> datetime:
        """When the stakes of round ``number`` are fixed."""
        entry = self._rounds.get(number)
        if entry is not None and entry.closes_staking is not None:
            return entry.closes_staking
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
            self._paid[at] = max(at, self.resolves(number))
        return self._paid[at]

    @property
    def score_days(self) -> int:
        """How many daily scores a round gets: 20 or 60 so far, from the rounds themselves."""
        return self._score_days

    @property
    def concurrent(self) -> int:
        """How many rounds run at a time (R)."""
        return calendar.concurrent_rounds(self._score_days)

    def taken_over(self, at: datetime) -> tuple[int, datetime]:
        """By which round and staking close every position opened up to ``at`` has resolved.

        A setting made at ``at`` rules all of a model's positions from then on.
        """
        if at not in self._taken_over:
            number = self.next_round(at)
            last = self.resolves(number - 1)
            while self.close(number) < last:
                number += 1
            self._taken_over[at] = (number, self.close(number))
        return self._taken_over[at]

    def running(self, number: int, at: datetime) -> int:
        """How many of the rounds up to ``number`` resolve after ``at``."""
        count = 0
        while self.resolves(number - count) > at:
            count += 1
        return count

    def _opens(self, number: int) -> datetime:
        entry = self._rounds.get(number)
        return entry.opens if entry is not None else calendar.opens(number)

    def resolves(self, number: int) -> datetime:
        """When round ``number`` resolves."""
        at = self._resolves.get(number)
        if at is None:
            entry = self._rounds.get(number)
            own_time = resolve_time(entry) if entry is not None else None
            at = own_time or calendar.resolves(number, self._score_days)
            self._resolves[number] = at
        return at


def _score_days(rounds: dict[int, Round]) -> int:
    """The length of scoring in the newest round that tells it."""
    for number in sorted(rounds, reverse=True):
        entry = rounds[number]
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
