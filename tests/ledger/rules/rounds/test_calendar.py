"""The calendar against published rounds, and against its own definition by counting days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.rules.rounds import calendar

numbers = st.integers(min_value=340, max_value=4000)

OPENED = {
    340: "2022-10-25",
    589: "2023-10-07",
    843: "2024-09-27",
    1100: "2025-09-23",
    1163: "2025-12-19",
    1284: "2026-06-06",
    1339: "2026-08-22",
    1343: "2026-08-28",
    1370: "2026-10-06",
}
RESOLVED = [
    (1339, 20, "2026-09-24"),
    (1343, 60, "2026-11-25"),
    (1347, 60, "2026-12-01"),
    (1370, 60, "2027-01-01"),
]


@pytest.mark.parametrize(("number", "day"), OPENED.items())
def test_published_opening_days(number: int, day: str) -> None:
    assert calendar.open_date(number) == date.fromisoformat(day)


@pytest.mark.parametrize(("number", "days", "day"), RESOLVED)
def test_published_resolutions(number: int, days: int, day: str) -> None:
    assert calendar.resolves(number, days) == datetime.fromisoformat(f"{day}T16:00:00+00:00")


def test_weekly_rounds_are_not_covered() -> None:
    with pytest.raises(ValueError, match="339"):
        calendar.open_date(339)


@given(numbers)
def test_rounds_open_tuesday_to_saturday_without_gaps(number: int) -> None:
    day, following = calendar.open_date(number), calendar.open_date(number + 1)
    assert 1 <= day.weekday() <= 5
    assert (following - day).days == (3 if day.weekday() == 5 else 1)


@given(numbers, st.integers(0, 1439))
def test_the_latest_round_is_the_one_that_opened_last(number: int, minutes: int) -> None:
    moment = calendar.opens(number) + timedelta(minutes=minutes)
    assert calendar.latest_round(moment) == number
    assert calendar.latest_round(calendar.opens(number) - timedelta(seconds=1)) == number - 1


@given(st.dates(date(2022, 1, 1), date(2035, 1, 1)), st.integers(0, 200))
def test_weekdays_are_counted_one_by_one(start: date, count: int) -> None:
    day = start
    while day.weekday() > 4:
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    assert calendar.add_weekdays(start, count) == day


@given(st.integers(500, 4000), st.sampled_from([20, 60]))
def test_as_many_rounds_run_at_an_opening_as_numerai_says(number: int, days: int) -> None:
    moment = calendar.opens(number)
    running = [
        other for other in range(number - 90, number + 1) if calendar.resolves(other, days) > moment
    ]
    assert len(running) == calendar.concurrent_rounds(days) == days + 4


@given(numbers, st.sampled_from([20, 60]))
def test_scoring_days_grow_from_none_to_all(number: int, days: int) -> None:
    assert calendar.scoring_day(number, days, calendar.opens(number)) == 0
    resolved = calendar.resolves(number, days)
    assert calendar.scoring_day(number, days, resolved) == days
    assert calendar.scoring_day(number, days, resolved - timedelta(minutes=1)) == days - 1


def test_staking_closes() -> None:
    friday, saturday = 1343, 1339
    assert calendar.closes_staking(friday, Tournament.CLASSIC) == datetime(
        2026, 8, 28, 13, tzinfo=UTC
    )
    assert calendar.closes_staking(saturday, Tournament.SIGNALS) == datetime(
        2026, 8, 23, 14, tzinfo=UTC
    )
    assert calendar.closes_staking(saturday, Tournament.CRYPTO) == datetime(
        2026, 8, 25, 12, tzinfo=UTC
    )
