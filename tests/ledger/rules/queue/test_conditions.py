"""When a confirmed change is due, and what it says it waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import AccountSnapshot, Change, ChangeKind, ChangeState, Conditions
from ledger.rules.queue.conditions import stand_in, wait, wait_in_account
from ledger.rules.rounds import calendar

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROUND = calendar.latest_round(NOW) + 1
ACCOUNT = AccountSnapshot(NOW, NMR(10), NMR(0), NMR(20), False, None, None, None, None, 0)


def change(
    number: int, state: ChangeState = ChangeState.QUEUED, retry_of: int | None = None
) -> Change:
    return Change(
        number,
        Tournament.SIGNALS,
        f"m-{number}",
        f"model {number}",
        System.CONTINUOUS,
        ChangeKind.INCREASE,
        NMR(1),
        state,
        Conditions(),
        "",
        NOW,
        NOW,
        number,
        retry_of,
    )


def waits(conditions: Conditions, *others: Change, now: datetime = NOW) -> str | None:
    return wait(conditions, now=now, opens={}, changes={entry.id: entry for entry in others})


def test_without_conditions_a_change_is_due() -> None:
    assert waits(Conditions()) is None
    assert wait_in_account(Conditions(), ACCOUNT) is None


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_a_time_is_due_from_that_moment_on(distance: timedelta) -> None:
    waiting = waits(Conditions(not_before=NOW + distance))
    assert (waiting is None) == (distance <= timedelta(0))


@given(st.integers(340, 2500), st.integers(-3, 3))
def test_a_round_is_due_when_it_opens(number: int, hours: int) -> None:
    now = calendar.opens(number) + timedelta(hours=hours)
    waiting = waits(Conditions(not_before_round=number), now=now)
    assert (waiting is None) == (hours >= 0)
    assert waiting is None or f"round {number}" in waiting


def test_numerais_own_opening_time_counts_more_than_the_calendar() -> None:
    late = calendar.opens(ROUND) + timedelta(minutes=16)
    conditions = Conditions(not_before_round=ROUND)

    def at(now: datetime) -> str | None:
        return wait(conditions, now=now, opens={ROUND: late}, changes={})

    assert at(late - timedelta(seconds=1))
    assert at(late) is None


def test_rounds_older_than_the_calendar_are_over() -> None:
    assert waits(Conditions(not_before_round=1)) is None


@pytest.mark.parametrize("state", list(ChangeState))
def test_another_change_has_to_be_accepted_first(state: ChangeState) -> None:
    waiting = waits(Conditions(after_change=7), change(7, state))
    done = state in {ChangeState.ACCEPTED, ChangeState.SETTLED}
    assert (waiting is None) == done
    if waiting is not None:
        assert "change 7" in waiting
        ended = state in {ChangeState.REFUSED, ChangeState.CANCELLED}
        assert ("edit or cancel" in waiting) == ended


def test_a_retry_stands_in_for_what_was_refused() -> None:
    refused = change(7, ChangeState.REFUSED)
    again = change(8, ChangeState.REFUSED, retry_of=7)
    third = change(9, ChangeState.ACCEPTED, retry_of=8)
    assert waits(Conditions(after_change=7), refused, again, third) is None
    assert stand_in(7, {7: refused, 8: again}) == again
    assert "change 8" in (waits(Conditions(after_change=7), refused, again) or "")


def test_a_change_that_is_gone_is_waited_for_in_words() -> None:
    assert "does not exist" in (waits(Conditions(after_change=7)) or "")


@given(st.integers(0, 10**24), st.integers(0, 10**24))
def test_free_nmr_counts_to_the_wei(free: int, wanted: int) -> None:
    account = replace(ACCOUNT, available=NMR.from_wei(free))
    waiting = wait_in_account(Conditions(when_free=NMR.from_wei(wanted)), account)
    assert (waiting is None) == (free >= wanted)


@pytest.mark.parametrize(
    ("pending", "due"), [(None, True), ("increase", True), ("decrease", False), ("drain", False)]
)
def test_a_pending_release_is_waited_for(pending: str | None, due: bool) -> None:
    account = replace(ACCOUNT, pending_kind=pending)
    assert (wait_in_account(Conditions(when_release_gone=True), account) is None) is due


@given(
    st.sampled_from([None, NOW - timedelta(1), NOW + timedelta(1)]),
    st.sampled_from([None, ROUND - 10, ROUND]),
    st.sampled_from([None, 1, 2]),
)
def test_every_condition_has_to_hold(
    before: datetime | None, number: int | None, after: int | None
) -> None:
    others = (change(1, ChangeState.SETTLED), change(2))
    alone = (
        waits(Conditions(not_before=before), *others),
        waits(Conditions(not_before_round=number), *others),
        waits(Conditions(after_change=after), *others),
    )
    together = waits(Conditions(before, number, after), *others)
    assert (together is None) == all(entry is None for entry in alone)
    assert together is None or together in alone


@given(st.integers(1, 10**6))
def test_the_words_do_not_change_while_it_waits_for_the_same(minutes: int) -> None:
    conditions = Conditions(not_before=NOW + timedelta(minutes=10**6 + 1), when_free=NMR(50))
    later = NOW + timedelta(minutes=minutes)
    assert waits(conditions) == waits(conditions, now=later)
    poorer = replace(ACCOUNT, available=NMR(minutes).times(0))
    assert wait_in_account(conditions, ACCOUNT) == wait_in_account(conditions, poorer)
