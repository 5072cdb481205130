"""When stakes are fixed and when rounds resolve: Numerai's own times first, else projected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.rounds.round import Round
from ledger.rules.rounds import calendar


@dataclass(frozen=True, slots=True)
class NextClose:
    """The next moment stakes are fixed, ``at`` (UTC), and the ``round`` they are fixed for."""

    round: int
    at: datetime


def next_close(rounds: Iterable[Round], tournament: Tournament, now: datetime) -> NextClose:
    """The next staking close after ``now``: Numerai's own time where known, else projected."""
    closes = [
        NextClose(entry.number, entry.closes_staking)
        for entry in rounds
        if entry.closes_staking is not None and entry.closes_staking > now
    ]
    if closes:
        return min(closes, key=lambda close: close.at)
    number = calendar.latest_round(now)
    while (at := calendar.closes_staking(number, tournament)) <= now:
        number += 1
    return NextClose(number, at)


def resolve_time(entry: Round) -> datetime | None:
    """When a round resolves: Numerai's time, else projected from its longest paying score."""
    if entry.resolves is not None:
        return entry.resolves
    days = [score.days for score in entry.payout_scores if score.days]
    if not days or entry.number < calendar.FIRST_DAILY_ROUND:
        return None
    return calendar.resolves(entry.number, max(days))


def release_time(rounds: Iterable[Round], now: datetime) -> datetime | None:
    """When a release asked for at ``now`` is paid: the last resolution of a round active then."""
    active = [resolve_time(entry) for entry in rounds if entry.opens <= now and not entry.resolved]
    return max((at for at in active if at is not None), default=None)
