"""Dates to come agree with Numerai's where those are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.rules.rounds import calendar
from ledger.rules.rounds.timing import next_close, release_time
from ledger.rules.rounds.upcoming import RoundsAhead
from tests.ledger.accounts import NOW, PAID, entry

moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@settings(deadline=None)
@given(moments, st.sampled_from(Tournament))
def test_projection_agrees_with_the_rounds_once_they_are_known(
    at: datetime, tournament: Tournament
) -> None:
    newest = calendar.latest_round(at)
    rounds = [entry(number, tournament) for number in range(newest, newest - 30, -1)]
    rounds = [
        replace(known, resolved=bool(known.resolves and known.resolves <= at)) for known in rounds
    ]
    for ahead in (RoundsAhead((), tournament), RoundsAhead(rounds, tournament)):
        assert ahead.close_after(at) == next_close(rounds, tournament, at).at
        assert ahead.paid(at) == release_time(rounds, at)
        assert ahead.close(ahead.next_round(at)) == ahead.close_after(at)


def test_numerais_own_times_come_first() -> None:
    late = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    odd = replace(entry(1405), closes_staking=late, resolves=PAID + timedelta(days=9))
    ahead = RoundsAhead([odd, entry(1404), entry(1406, Tournament.CLASSIC)], Tournament.SIGNALS)
    assert ahead.close_after(late - timedelta(minutes=1)) == late
    assert ahead.close_after(late) == calendar.closes_staking(1406, Tournament.SIGNALS)
    assert ahead.paid(NOW) == PAID
    assert ahead.paid(late) == PAID + timedelta(days=9)


@pytest.mark.parametrize("days", [20, 60])
def test_the_length_of_scoring_is_read_from_the_rounds(days: int) -> None:
    known = replace(entry(1404), resolves=calendar.resolves(1404, days))
    ahead = RoundsAhead([known], Tournament.SIGNALS)
    later = calendar.opens(1410)
    assert ahead.paid(later) == calendar.resolves(1410, days)
