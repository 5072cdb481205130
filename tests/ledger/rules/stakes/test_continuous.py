"""The rules of continuous staking, as the change dialog relies on them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.queue.change import ChangeKind
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.stake import ContinuousStake, PendingKind, PendingRequest
from ledger.errors import ChangeError
from ledger.rules.rounds import calendar
from ledger.rules.rounds.timing import next_close, release_time
from ledger.rules.stakes.continuous import objection, parse_amount, stake_after

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def entry(number: int, *, resolved: bool = False) -> Round:
    return Round(
        tournament=Tournament.SIGNALS,
        number=number,
        opens=calendar.opens(number),
        closes=None,
        closes_staking=calendar.closes_staking(number, Tournament.SIGNALS),
        scored=None,
        resolves=calendar.resolves(number, 20),
        resolved=resolved,
        payout_factor=Decimal(1),
        stake_threshold=None,
    )


def stake(settled: str, pending: PendingRequest | None = None) -> ContinuousStake:
    return ContinuousStake("m", NMR(settled), NMR(settled), False, pending)


def pending(kind: PendingKind, amount: str) -> PendingRequest:
    return PendingRequest(kind, NMR(amount), NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("typed", "kind", "amount"),
    [
        ("2.5", ChangeKind.INCREASE, "2.5"),
        (" 2.5 NMR ", ChangeKind.DECREASE, "2.5"),
        ("1000", ChangeKind.INCREASE, "1000"),
        (".5", ChangeKind.INCREASE, "0.5"),
        ("25%", ChangeKind.DECREASE, "5"),
        ("12.5 %", ChangeKind.INCREASE, "2.5"),
        ("max", ChangeKind.INCREASE, "7"),
        ("MAX", ChangeKind.DECREASE, "20"),
    ],
)
def test_amounts_as_people_type_them(typed: str, kind: ChangeKind, amount: str) -> None:
    assert parse_amount(typed, kind=kind, staked=NMR(20), available=NMR(7)) == NMR(amount)


@pytest.mark.parametrize("typed", ["", "all", "-2", "1e3", "2.5.1", "%", "0.0000000000000000001"])
def test_what_is_no_amount_says_so(typed: str) -> None:
    with pytest.raises(ChangeError) as caught:
        parse_amount(typed, kind=ChangeKind.INCREASE, staked=NMR(1), available=NMR(1))
    assert caught.value.advice


@given(st.integers(1, 10**24), st.decimals(0, 100, places=3))
def test_a_share_is_never_rounded_up(wei: int, percent: Decimal) -> None:
    staked = NMR.from_wei(wei)
    amount = parse_amount(f"{percent:f}%", kind=ChangeKind.DECREASE, staked=staked, available=ZERO)
    assert amount.wei * 100_000 <= wei * int(percent * 1000)
    assert amount <= staked


def test_next_close_prefers_numerais_own_time() -> None:
    odd = replace(entry(1405), closes_staking=datetime(2026, 11, 24, 14, 30, tzinfo=UTC))
    close = next_close([odd, entry(1404)], Tournament.SIGNALS, NOW)
    assert (close.round, close.at) == (1405, odd.closes_staking)


def test_next_close_is_projected_for_rounds_to_come() -> None:
    close = next_close([entry(1404)], Tournament.SIGNALS, NOW)
    assert (close.round, close.at) == (1405, datetime(2026, 11, 24, 13, tzinfo=UTC))


def test_a_release_is_paid_when_the_last_running_round_resolves() -> None:
    rounds = [entry(1405), *(entry(number) for number in range(1404, 1380, -1))]
    assert release_time(rounds, NOW) == calendar.resolves(1404, 20)
    assert release_time([entry(1300, resolved=True)], NOW) is None


def test_the_stake_after_what_is_pending() -> None:
    assert stake_after(NMR(20), None) == NMR(20)
    assert stake_after(NMR(20), pending(PendingKind.INCREASE, "5")) == NMR(25)
    assert stake_after(NMR(20), pending(PendingKind.DECREASE, "5")) == NMR(15)
    assert stake_after(NMR(20), pending(PendingKind.DECREASE, "25")) == ZERO
    assert stake_after(NMR(20), pending(PendingKind.DRAIN, "11000000")) == ZERO


@pytest.mark.parametrize(
    ("kind", "amount", "held", "why"),
    [
        (ChangeKind.INCREASE, "7", stake("20"), None),
        (ChangeKind.INCREASE, "7.000000000000000001", stake("20"), "0.000000000000000001 NMR too"),
        (ChangeKind.INCREASE, "0", stake("20"), "more than zero"),
        (ChangeKind.INCREASE, "7", None, None),
        (ChangeKind.DECREASE, "20", stake("20"), None),
        (ChangeKind.DECREASE, "20.1", stake("20"), "Only 20 NMR"),
        (ChangeKind.DECREASE, "1", None, "Nothing is staked"),
        (ChangeKind.DRAIN, None, stake("20"), None),
        (ChangeKind.DRAIN, None, stake("0"), "Nothing is staked"),
        (ChangeKind.INCREASE, "1", stake("9", pending(PendingKind.DECREASE, "5")), "Cancel it"),
        (ChangeKind.DRAIN, None, stake("9", pending(PendingKind.INCREASE, "5")), "next staking"),
        (ChangeKind.CANCEL_RELEASE, None, stake("9", pending(PendingKind.DRAIN, "9")), None),
        (ChangeKind.CANCEL_RELEASE, None, stake("9"), "no pending release"),
        (
            ChangeKind.CANCEL_RELEASE,
            None,
            stake("9", pending(PendingKind.INCREASE, "5")),
            "no pending release",
        ),
        (ChangeKind.TAKE_PROFIT_ON, None, stake("9"), None),
        (ChangeKind.TAKE_PROFIT_OFF, None, stake("9"), "already"),
    ],
)
def test_objections(
    kind: ChangeKind, amount: str | None, held: ContinuousStake | None, why: str | None
) -> None:
    found = objection(kind, None if amount is None else NMR(amount), held, NMR(7))
    assert found is None if why is None else why in (found or "")
