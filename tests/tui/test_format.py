"""What amounts, times and states read like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeState
from ledger.domain.slots.submission import SubmissionState
from ledger.domain.stakes.stake import PendingKind
from tui import changes, format

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

amounts = st.integers(min_value=-(10**26), max_value=10**26).map(NMR.from_wei)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("12.5", "12.50"),
        ("1234567.891", "1,234,567.89"),
        ("-3", "−3.00"),
        ("0.004", "<0.01"),
        ("-0.004", "−<0.01"),
        ("0.000000000000000001", "<0.01"),
        ("0.996", "1.00"),
    ],
)
def test_an_amount(amount: str, text: str) -> None:
    assert format.nmr(NMR(amount)) == text


def test_an_amount_nobody_knows_is_a_dot() -> None:
    assert format.nmr(None) == format.ABSENT


def test_a_payout_always_has_its_sign() -> None:
    assert format.payout(NMR("2")) == "+2.00"
    assert format.payout(NMR("-2")) == "−2.00"
    assert format.payout(NMR("0")) == "0.00"
    assert format.payout(NMR("0.0001"), 3) == "+<0.001"


def test_the_minus_can_be_the_one_of_ascii() -> None:
    assert format.nmr(NMR("-1"), minus="-") == "-1.00"


@given(amounts, st.integers(min_value=0, max_value=8))
def test_only_nothing_reads_as_nothing(amount: NMR, decimals: int) -> None:
    text = format.nmr(amount, decimals)
    zero = text.strip("−0,.") == ""
    assert zero == (not amount)


@given(amounts, st.integers(min_value=1, max_value=8))
def test_points_line_up_at_the_right(amount: NMR, decimals: int) -> None:
    assert format.nmr(amount, decimals)[-decimals - 1] == "."


@given(amounts)
def test_exact_keeps_every_digit(amount: NMR) -> None:
    text = format.exact(amount).replace(",", "").replace(format.MINUS, "-")
    assert NMR(text) == amount


def test_percentages_and_scores() -> None:
    assert format.percent(Decimal("0.0123")) == "1.2%"
    assert format.percent(Decimal("-0.0123"), signed=True) == "−1.2%"
    assert format.percent(Decimal("0.00001")) == "<0.1%"
    assert format.percent(None) == format.ABSENT
    assert format.score(Decimal("0.02134")) == "+0.0213"
    assert format.score(Decimal("-0.02")) == "−0.0200"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 24, 13, 0, tzinfo=UTC), "Tue 13:00"),
        (datetime(2026, 11, 21, 12, 5, tzinfo=UTC), "Sat 12:05"),
        (datetime(2026, 12, 24, 16, 0, tzinfo=UTC), "24 Dec"),
        (datetime(2027, 1, 5, 16, 0, tzinfo=UTC), "5 Jan"),
        (datetime(2027, 11, 5, 16, 0, tzinfo=UTC), "2027-11-05"),
        (datetime(2025, 11, 24, 16, 0, tzinfo=UTC), "2025-11-24"),
    ],
)
def test_a_moment_is_as_short_as_its_distance_allows(at: datetime, text: str) -> None:
    assert format.moment(at, NOW) == text


def test_dates_of_a_page_have_one_style() -> None:
    close, later, far = (NOW + timedelta(days=days) for days in (1, 90, 400))
    for furthest, texts in (
        (close, ["Wed 09:00"]),
        (later, ["25 Nov", "22 Feb"]),
        (far, ["2026-11-25", "2027-02-22", "2027-12-29"]),
    ):
        shown = [at for at in (close, later, far) if at <= furthest]
        dates = format.Dates.of([None, *shown], NOW)
        assert [dates.moment(at) for at in shown] == texts
        assert dates.moment(None) == format.ABSENT


def test_a_moment_close_by_in_another_year_still_has_its_time() -> None:
    new_year = datetime(2026, 12, 30, 9, 0, tzinfo=UTC)
    assert format.moment(datetime(2027, 1, 1, 16, 0, tzinfo=UTC), new_year) == "Fri 16:00"


def test_moments_are_shown_in_utc() -> None:
    east = datetime.fromisoformat("2026-11-24T14:00:00+01:00")
    assert format.moment(east, NOW) == "Tue 13:00"
    assert format.full(east) == "Tuesday 24 November 2026, 13:00 UTC"


@pytest.mark.parametrize(
    ("since", "text"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=3), "3 min"),
        (timedelta(hours=2, minutes=59), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=5), "5 d"),
        (-timedelta(seconds=5), "now"),
    ],
)
def test_an_age(since: timedelta, text: str) -> None:
    assert format.age(NOW - since, NOW) == text


def test_what_never_was_has_no_age() -> None:
    assert format.age(None, NOW) == "never"


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(hours=2, minutes=5), "2 h 05 min"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(seconds=30), "<1 min"),
        (timedelta(0), "now"),
        (-timedelta(hours=1), "now"),
    ],
)
def test_a_countdown(ahead: timedelta, text: str) -> None:
    assert format.countdown(NOW + ahead, NOW) == text


def test_a_small_graph_tells_burns_from_gains_without_colour() -> None:
    line = format.sparkline([NMR("1"), NMR("-1"), NMR("0.1"), NMR("-0.1"), NMR("0"), None])
    assert line == "█▀▁▔· "


def test_a_small_graph_shows_the_newest() -> None:
    payouts = [NMR(number) for number in range(1, 9)]
    assert format.sparkline(payouts, 3) == format.sparkline(payouts[-3:])
    assert format.sparkline(payouts, 20) == format.sparkline(payouts)


@given(st.lists(st.one_of(st.none(), amounts)))
def test_a_small_graph_has_one_cell_for_each_payout(payouts: list[NMR | None]) -> None:
    line = format.sparkline(payouts)
    assert len(line) == len(payouts)
    for cell, payout in zip(line, payouts, strict=True):
        burn = payout is not None and payout < NMR(0)
        assert (cell in format.BURN_BARS) == burn


@pytest.mark.parametrize("states", [SubmissionState, ChangeState])
def test_every_state_has_a_sign_of_its_own(
    states: type[SubmissionState] | type[ChangeState],
) -> None:
    signs = format.SUBMISSION_SIGNS if states is SubmissionState else changes.CHANGE_SIGNS
    assert len({signs[state] for state in states}) == len(states)  # type: ignore[index]


def test_states_are_said_in_words_too() -> None:
    assert format.submission(SubmissionState.LATE) == "! late"
    assert format.submission(SubmissionState.LATE, word=False) == "!"
    assert format.submission(None) == format.ABSENT
    assert changes.change_state(ChangeState.UNKNOWN) == "? unknown"


def test_a_pending_request_says_which_way_it_goes() -> None:
    assert format.pending(PendingKind.INCREASE, NMR("2.5")) == "+2.50"
    assert format.pending(PendingKind.DECREASE, NMR("2.5")) == "−2.50"
    assert format.pending(PendingKind.DRAIN, NMR("2.5")) == "−all"


def test_counting() -> None:
    assert format.count(1, "change") == "1 change"
    assert format.count(1200, "change") == "1,200 changes"
