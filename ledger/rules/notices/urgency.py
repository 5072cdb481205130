"""In which order things deserve attention: by what is lost, and how soon.

First come levels: what is lost within hours or leaves nobody watching is loud, other harm is quiet,
what merely happened is news. Within a level comes what can still be averted, then what is so now,
then what is past; among these the most NMR per hour until it is lost, or since it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from ledger.domain.concern import Concern, Level, Outlook
from ledger.domain.nmr import NMR

_SHORTEST = timedelta(hours=1)
"""Less counts as an hour: minutes before a close, what is at stake decides alone."""

_MICROSECOND = timedelta(microseconds=1)

_LEVELS = {
    Outlook.UNGUARDED: Level.LOUD,
    Outlook.DOUBTFUL: Level.QUIET,
    Outlook.LOST: Level.QUIET,
    Outlook.NEWS: Level.NEWS,
}

_LASTING = frozenset({Outlook.UNGUARDED, Outlook.DOUBTFUL})
"""What is so until somebody does something, whenever it began."""

_LEVEL_RANKS = {value: place for place, value in enumerate(Level)}

Rank = tuple[int, int, bool, Fraction, timedelta]
"""Sorts what deserves attention, the most urgent first."""


def level(concern: Concern, now: datetime, loud_within: timedelta) -> Level:
    """What can be averted is loud in the last ``loud_within`` before it is lost, quiet earlier."""
    if concern.outlook is not Outlook.AVERTABLE:
        return _LEVELS[concern.outlook]
    soon = concern.at is None or concern.at - now <= loud_within
    return Level.LOUD if soon else Level.QUIET


def rank(concern: Concern, now: datetime, loud_within: timedelta) -> Rank:
    """By level, by what can still be averted, then by NMR per hour.

    An amount that nobody can say counts as more than any other: it may be all there is. Of two
    alike, that which is nearer in time comes first.
    """
    at = None if concern.outlook in _LASTING else concern.at
    away = timedelta(0) if at is None else abs(at - now)
    known = concern.nmr is not None
    return (
        _LEVEL_RANKS[level(concern, now, loud_within)],
        _place_in_time(at, now),
        known,
        -_per_hour(concern.nmr, away) if concern.nmr is not None else Fraction(0),
        away,
    )


def _place_in_time(at: datetime | None, now: datetime) -> int:
    """What is ahead, what is so now, what is past."""
    if at is None:
        return 1
    return 0 if at >= now else 2


def _per_hour(nmr: NMR, away: timedelta) -> Fraction:
    """Wei per hour."""
    hour = timedelta(hours=1) // _MICROSECOND
    return Fraction(abs(nmr.wei) * hour, max(away, _SHORTEST) // _MICROSECOND)
