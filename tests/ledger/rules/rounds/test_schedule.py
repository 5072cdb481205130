"""Dates to come agree with Numerai's where those are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.rules.rounds import calendar
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.rounds.timing import next_close, release_time
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
    for schedule in (RoundSchedule((), tournament), RoundSchedule(rounds, tournament)):
        assert schedule.close_after(at) == next_close(rounds, tournament, at).at
        assert schedule.paid(at) == release_time(rounds, at)
        assert schedule.close(schedule.next_round(at)) == schedule.close_after(at)


def test_numerais_own_times_come_first() -> None:
    late = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    odd = replace(entry(1405), closes_staking=late, resolves=PAID + timedelta(days=9))
    schedule = RoundSchedule(
        [odd, entry(1404), entry(1406, Tournament.CLASSIC)], Tournament.SIGNALS
    )
    assert schedule.close_after(late - timedelta(minutes=1)) == late
    assert schedule.close_after(late) == calendar.closes_staking(1406, Tournament.SIGNALS)
    assert schedule.paid(NOW) == PAID
    assert schedule.paid(late) == PAID + timedelta(days=9)


@pytest.mark.parametrize("days", [20, 60])
def test_the_length_of_scoring_is_read_from_the_rounds(days: int) -> None:
    known = replace(entry(1404), resolves=calendar.resolves(1404, days))
    schedule = RoundSchedule([known], Tournament.SIGNALS)
    later = calendar.opens(1410)
    assert schedule.paid(later) == calendar.resolves(1410, days)
