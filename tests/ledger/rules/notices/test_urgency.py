"""What deserves attention first: properties of the order, whatever is at stake."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.concern import Concern, Level, Outlook
from ledger.domain.nmr import NMR
from ledger.rules.notices.urgency import Rank, level, rank

NOW = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
LOUD = timedelta(hours=3)

amounts = st.integers(0, 10**22).map(NMR.from_wei)
spans = st.timedeltas(timedelta(0), timedelta(days=30))
outlooks = st.sampled_from(Outlook)
moments = st.none() | st.timedeltas(timedelta(days=-30), timedelta(days=30)).map(NOW.__add__)
concerns = st.builds(Concern, outlooks, st.none() | amounts, moments)


def ranked(concern: Concern, now: datetime = NOW) -> Rank:
    return rank(concern, now, LOUD)


def averted(nmr: NMR | None, ahead: timedelta) -> Concern:
    return Concern(Outlook.AVERTABLE, nmr, NOW + ahead)


@given(concerns, concerns)
def test_levels_come_before_all_else(one: Concern, other: Concern) -> None:
    order = list(Level)
    first, second = (order.index(level(concern, NOW, LOUD)) for concern in (one, other))
    if first < second:
        assert ranked(one) < ranked(other)


@given(concerns, amounts, amounts)
def test_more_at_stake_never_comes_later(concern: Concern, nmr: NMR, more: NMR) -> None:
    less, all_of_it = replace(concern, nmr=nmr), replace(concern, nmr=nmr + more)
    assert ranked(all_of_it) <= ranked(less)
    assert ranked(replace(concern, nmr=None)) < ranked(all_of_it)


@given(amounts, spans, spans)
def test_what_is_lost_sooner_never_comes_later(
    nmr: NMR, ahead: timedelta, later: timedelta
) -> None:
    assert ranked(averted(nmr, ahead)) <= ranked(averted(nmr, ahead + later))


@given(amounts, spans, spans)
def test_it_only_rises_as_its_time_comes_nearer(nmr: NMR, ahead: timedelta, on: timedelta) -> None:
    concern = averted(nmr, ahead + on)
    assert ranked(concern, NOW + on) <= ranked(concern)


@given(amounts, spans, spans)
def test_what_was_lost_fades(nmr: NMR, ago: timedelta, on: timedelta) -> None:
    lost = Concern(Outlook.LOST, nmr, NOW - ago - timedelta(seconds=1))
    assert ranked(lost) <= ranked(lost, NOW + on)


@given(st.none() | amounts, st.none() | amounts, spans, spans)
def test_what_can_be_averted_comes_before_what_is_lost(
    small: NMR | None, large: NMR | None, ahead: timedelta, ago: timedelta
) -> None:
    lost = Concern(Outlook.LOST, large, NOW - ago - timedelta(seconds=1))
    assert ranked(averted(small, ahead)) < ranked(lost)


@given(st.none() | amounts, spans)
def test_it_is_quiet_at_first_and_loud_in_the_last_hours(nmr: NMR | None, ahead: timedelta) -> None:
    loud = level(averted(nmr, ahead), NOW, LOUD) is Level.LOUD
    assert loud == (ahead <= LOUD)


def test_an_hour_and_what_is_at_stake_weigh_against_each_other() -> None:
    order = [
        averted(NMR(9), timedelta(hours=2)),
        averted(NMR(4), timedelta(hours=1)),
        averted(NMR(4), timedelta(minutes=90)),
        averted(NMR(10), timedelta(hours=3, seconds=1)),
        Concern(Outlook.DOUBTFUL, NMR(2), NOW - timedelta(days=9)),
        Concern(Outlook.DOUBTFUL, NMR(1), NOW - timedelta(hours=1)),
        Concern(Outlook.LOST, NMR(1_000), NOW - timedelta(hours=1)),
        Concern(Outlook.LOST, NMR(1_000), NOW - timedelta(hours=9)),
        Concern(Outlook.NEWS, None, NOW + timedelta(hours=1)),
        Concern(Outlook.NEWS, None, None),
    ]
    assert sorted(order, key=ranked) == order
