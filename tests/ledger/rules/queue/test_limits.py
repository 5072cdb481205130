"""The user's own limits, each named where it stands against a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind, ChangeState, Stamp
from ledger.rules.queue.limits import Limits, moved, never, of_today, today
from tests.ledger.rules.queue.test_conditions import change

CHANGE = replace(change(1), nmr=NMR("2.5"))
WEI = NMR.from_wei(1)


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (ChangeKind.INCREASE, "2.5"),
        (ChangeKind.DECREASE, "2.5"),
        (ChangeKind.DRAIN, "20"),
        (ChangeKind.CANCEL_RELEASE, "0"),
        (ChangeKind.TAKE_PROFIT_ON, "0"),
    ],
)
def test_what_a_change_moves(kind: ChangeKind, amount: str) -> None:
    assert moved(replace(CHANGE, kind=kind), NMR(20), 24) == NMR(amount)


def test_no_limits_let_everything_through() -> None:
    assert never(CHANGE, ZERO, Limits()) is None
    assert today(CHANGE, ZERO, NMR(10**6), Limits()) is None


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (Limits(per_change=NMR("2.5") - WEI), "limits.per_change_nmr"),
        (Limits(tournaments=(8, 12)), "limits.tournaments"),
        (Limits(models=("model 2",)), "limits.models"),
    ],
)
def test_a_limit_that_always_stands_is_named(limits: Limits, named: str) -> None:
    assert named in (never(CHANGE, ZERO, limits) or "")


@pytest.mark.parametrize(
    "limits",
    [Limits(per_change=NMR("2.5")), Limits(tournaments=(11,)), Limits(models=("model 1", "x"))],
)
def test_up_to_the_limit_is_allowed(limits: Limits) -> None:
    assert never(CHANGE, ZERO, limits) is None


def test_a_drain_is_measured_by_the_stake() -> None:
    drain = replace(CHANGE, kind=ChangeKind.DRAIN, nmr=None)
    limits = Limits(per_change=NMR(5))
    assert never(drain, NMR(5), limits) is None
    assert never(drain, NMR(5) + WEI, limits)


@given(st.integers(0, 100), st.integers(1, 100), st.integers(0, 100))
def test_a_day_is_never_overdrawn(spent: int, amount: int, limit: int) -> None:
    wanted = replace(CHANGE, nmr=NMR.from_wei(amount))
    limits = Limits(per_day=NMR.from_wei(limit))
    why = today(wanted, ZERO, NMR.from_wei(spent), limits)
    assert (why is None) == (spent + amount <= limit)
    if why is not None:
        assert "limits.per_day_nmr" in why
        assert ("another day" in why) == (amount <= limit)


def test_what_moves_nothing_passes_a_used_up_day() -> None:
    toggle = replace(CHANGE, kind=ChangeKind.TAKE_PROFIT_ON, nmr=None)
    assert today(toggle, NMR(20), NMR(9), Limits(per_day=NMR(1))) is None


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def stamps(*hours: float) -> list[Stamp]:
    """Sendings one after the other, each stamped so many hours from noon."""
    return [
        Stamp(number, number, ChangeState.SENDING, NOON + timedelta(hours=off))
        for number, off in enumerate(hours, 1)
    ]


@pytest.mark.parametrize(
    ("hours", "counted"),
    [
        ([-13, -12, -1, 0], {2, 3, 4}),  # a day is a calendar day in UTC
        ([-1, -30, -1], {1, 2, 3}),  # the clock went back for a while
        ([-1, -30], {1, 2}),  # and still is
        ([30], {1}),  # it was ahead
        ([30, -30], set()),  # it was ahead at least until yesterday
        ([30, -1], {1, 2}),  # or until today
        ([-30, 30, 40, -29, 50], {5}),
        ([-30, -40], set()),
    ],
)
def test_a_wrong_clock_lets_nothing_out_of_the_days_count(
    hours: list[float], counted: set[int]
) -> None:
    assert of_today(stamps(*hours), NOON) == counted


@given(
    st.lists(st.floats(-60, 0), min_size=1, max_size=8).map(sorted),
    st.lists(st.floats(-60, 60), min_size=8, max_size=8),
    st.sets(st.integers(0, 7)),
)
def test_what_was_sent_today_counts_unless_a_clock_put_an_earlier_day_on_it_and_all_before(
    true: list[float], wrong: list[float], off: set[int]
) -> None:
    """Those in ``off`` were stamped by a wrong clock. From the first one of today that was not on,
    all count."""
    told = [wrong[index] if index in off else hour for index, hour in enumerate(true)]
    counted = of_today(stamps(*told), NOON)
    sound = [index for index, hour in enumerate(true) if hour >= -12 and index not in off]
    if sound:
        assert counted >= {index + 1 for index in range(sound[0], len(true))}
    if not off:
        assert counted == {index + 1 for index, hour in enumerate(true) if hour >= -12}
