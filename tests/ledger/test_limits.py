"""The user's own limits, each named where it stands against a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.change import ChangeKind
from ledger.domain.nmr import NMR, ZERO
from ledger.rules.limits import Limits, moved, never, same_day, today
from tests.ledger.test_conditions import change

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


def test_a_day_is_a_calendar_day_in_utc() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert same_day(noon, noon + timedelta(hours=11))
    assert not same_day(noon, noon + timedelta(hours=12))
