"""Positions out of what Numerai, its claims and the chain tell, and who says what."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ChainStake,
    Claim,
    Figure,
    Origin,
    Position,
    PositionState,
    SettingReading,
)
from ledger.rules.rounds import calendar
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.positions import positions
from ledger.rules.stakes.setting_readings import inferred, merged
from tests.ledger.accounts import NOW
from tests.ledger.strategies import CLASSIC, CRYPTO, WEI, position, rounds_at

OLD = 1340
"""A round that has resolved at NOW."""


def staked(number: int, nmr: str | NMR = "1", name: str = "a") -> StakeTransaction:
    amount = NMR(nmr) if isinstance(nmr, str) else nmr
    at = calendar.closes_staking(number, CLASSIC)
    return StakeTransaction(name, CLASSIC, number, STRATEGY_STAKE, amount, at, f"0x{number}")


def performed(
    number: int,
    nmr: str = "1",
    payout: str | None = None,
    *,
    score: str | None = None,
    name: str = "a",
) -> Performance:
    done = calendar.resolves(number, 60) <= NOW
    return Performance(
        model_id=name,
        tournament=CLASSIC,
        round=number,
        at_risk=NMR(nmr),
        payout=None if payout is None else NMR(payout),
        state=PayoutState.SETTLED if done else PayoutState.PENDING,
        source=None,
        factor=None,
        clip=Decimal(1),
        resolves=None,
        submission_id="x",
        scores=(Score("mmc", None if score is None else Decimal(score), None, 9, Decimal(3)),),
    )


def claimed(number: int, payout: str = "0", burn: str = "0", whole: str | None = None) -> Claim:
    claimable = None if whole is None else NMR(whole)
    return Claim(CLASSIC, number, "a", "0x1", "0x2", NMR(payout), NMR(burn), claimable)


def found(*transactions, performances=(), now: datetime = NOW, **more) -> tuple[Position, ...]:
    rounds = rounds_at(CLASSIC, now)
    return positions(transactions, performances, rounds, now, finalise_days=7, **more)


def states(rows: tuple[Position, ...]) -> dict[int, str]:
    return {row.round: row.state.value for row in rows}


def test_a_position_is_open_until_staking_closes_and_then_locked() -> None:
    midday = calendar.opens(1405) + timedelta(minutes=30)
    rows = found(staked(1405), staked(1404), now=midday)
    assert states(rows) == {1405: "open", 1404: "locked"}
    newest = rows[0]
    assert newest.resolves == calendar.resolves(1405, 60)
    assert newest.finalises == calendar.resolves(1405, 60) + timedelta(days=7)
    assert (newest.tx_hash, newest.origin, newest.also) == ("0x1405", Origin.NUMERAI, ())


def test_a_round_nobody_lists_is_dated_by_the_calendar() -> None:
    rows = positions([staked(1300), staked(1404)], [], rounds_at(CLASSIC, NOW, 3), NOW,
                     finalise_days=7)  # fmt: skip
    assert states(rows) == {1404: "locked", 1300: "resolved"}
    assert rows[1].resolves == calendar.resolves(1300, 60)


def test_the_payout_is_projected_from_the_rounds_own_scores() -> None:
    rows = found(staked(1404, "2"), performances=[performed(1404, "2", score="0.01")])
    assert rows[0].payout == NMR("0.06")
    told = found(staked(1404, "2"), performances=[performed(1404, "2", "0.05", score="0.01")])
    assert told[0].payout == NMR("0.05")
    assert found(staked(1404, "2"), performances=[performed(1404, "2")])[0].payout is None
    assert found(staked(1404, "2"))[0].payout is None


def test_a_continuous_performance_is_no_position() -> None:
    entry = performed(1404)
    other = Performance(
        **{field: getattr(entry, field) for field in entry.__slots__ if field != "clip"},
        clip=Decimal("0.05"),
    )
    assert found(performances=[other]) == ()
    assert len(found(performances=[entry])) == 1


def test_who_is_believed_and_who_disagrees() -> None:
    chain = [ChainStake(CLASSIC, 1404, "a", NMR(3), NOW)]
    rows = found(staked(1404, "2"), performances=[performed(1404, "1")], chain=chain)
    assert (rows[0].stake, rows[0].origin) == (NMR(3), Origin.CHAIN)
    assert rows[0].also == (Figure(Origin.NUMERAI, NMR(2)), Figure(Origin.NUMERAI, NMR(1)))
    same = found(staked(1404, "3"), performances=[performed(1404, "3")], chain=chain)
    assert same[0].also == ()


def test_what_the_contract_no_longer_holds_contradicts_only_a_running_position() -> None:
    gone = [ChainStake(CLASSIC, number, "a", ZERO, NOW) for number in (1404, OLD, 1399)]
    rows = {row.round: row for row in found(staked(1404), staked(OLD), chain=gone)}
    assert rows.keys() == {1404, OLD}
    assert (rows[1404].stake, rows[1404].also) == (ZERO, (Figure(Origin.NUMERAI, NMR(1)),))
    assert (rows[OLD].stake, rows[OLD].also) == (NMR(1), ())


def test_a_claim_tells_payout_worth_and_stake() -> None:
    row = found(staked(OLD, "2"), claims=[claimed(OLD, "0.5", whole="2.5")])[0]
    assert (row.state, row.payout, row.claimable) == (
        PositionState.CLAIMABLE,
        NMR("0.5"),
        NMR("2.5"),
    )
    assert (row.stake, row.origin, row.also) == (NMR(2), Origin.CLAIMS, ())
    bare = found(staked(OLD, "2"), claims=[claimed(OLD, burn="0.5")])[0]
    assert (bare.claimable, bare.payout) == (NMR("1.5"), NMR("-0.5"))
    odd = found(staked(OLD, "2"), claims=[claimed(OLD, whole="3")])[0]
    assert odd.also == (Figure(Origin.NUMERAI, NMR(2)),)


def test_without_the_scope_a_resolved_position_is_just_resolved() -> None:
    assert states(found(staked(OLD))) == {OLD: "resolved"}
    assert states(found(staked(OLD), staked(1404), claims=[])) == {OLD: "claimed", 1404: "locked"}


def test_one_left_until_its_time_was_up_is_finalised() -> None:
    old = 1330
    later = calendar.resolves(old, 60) + timedelta(days=7)
    assert later <= NOW
    assert states(found(staked(old), claims=[])) == {old: "finalised"}
    meanwhile = found(staked(old), staked(1396), claims=[])
    assert states(meanwhile)[old] == "claimed"


RESTAKED = 1404
"""The first round that could restake what OLD came to, on Friday at 16:00."""


def test_a_later_stake_that_can_only_be_the_claim_shows_a_restake() -> None:
    assert calendar.resolves(OLD, 60) < calendar.closes_staking(RESTAKED, CLASSIC)
    won = performed(OLD, "2", "0.0123")
    rows = found(staked(OLD, "2"), staked(RESTAKED, "2.0123"), performances=[won])
    assert states(rows)[OLD] == "restaked"
    assert states(found(staked(OLD, "2"), staked(RESTAKED, "2.0124"), performances=[won])) == {
        OLD: "resolved",
        RESTAKED: "locked",
    }


@pytest.mark.parametrize(
    ("stakes", "performances"),
    [
        ({OLD: "2", RESTAKED: "2"}, [(OLD, "2", "0")]),
        ({OLD: "2", 1390: "2.5"}, [(OLD, "2", "0.5")]),
        ({OLD: "2", RESTAKED: "2.5", 1403: "2.5"}, [(OLD, "2", "0.5")]),
        ({OLD: "2", 1339: "2.2", RESTAKED: "2.5"}, [(OLD, "2", "0.5"), (1339, "2.2", "0.3")]),
        ({OLD: "2", RESTAKED: "2"}, []),
    ],
)
def test_what_is_not_conclusive_is_no_restake(stakes, performances) -> None:
    rows = found(
        *(staked(number, nmr) for number, nmr in stakes.items()),
        performances=[performed(*row) for row in performances],
    )
    assert states(rows)[OLD] == "resolved"


def test_newest_rounds_come_first_and_stakes_of_a_round_add_up() -> None:
    rows = found(staked(1403), staked(1404, name="b"), staked(1404), staked(1403, "2"))
    told = [(row.round, row.model_id, str(row.stake)) for row in rows]
    assert told == [(1404, "a", "1"), (1404, "b", "1"), (1403, "a", "3")]


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(1320, 1405), st.sampled_from("abc")), WEI, max_size=40),
    st.integers(0, 14 * 24),
    st.booleans(),
)
def test_every_stake_is_found_once_and_in_one_state(stakes, hours, scoped) -> None:
    now = NOW + timedelta(hours=hours)
    rows = found(
        *(staked(number, nmr, name) for (number, name), nmr in stakes.items()),
        now=now,
        claims=[] if scoped else None,
    )
    assert {(row.round, row.model_id): row.stake for row in rows} == stakes
    for row in rows:
        resolved = calendar.resolves(row.round, 60) <= now
        assert row.state.running is not resolved
        assert row.claimable is None


# settings


def told(origin: Origin, per_round: str | None, mode=None, enabled=None, age=0) -> SettingReading:
    nmr = None if per_round is None else NMR(per_round)
    as_of = NOW - timedelta(days=age)
    return SettingReading(CLASSIC, "a", nmr, mode, enabled, origin, as_of)


def test_the_best_reading_is_taken_field_by_field() -> None:
    constant = StakeMode.CONSTANT
    user = told(Origin.USER, "2", constant)
    shown = told(Origin.POSITIONS, "3", None, True)
    best = merged([shown, user, told(Origin.USER, "9", age=3)])["a"]
    assert (best.per_round, best.mode, best.enabled) == (NMR(2), constant, True)
    assert best.origin is Origin.USER
    chain = told(Origin.CHAIN, "4", StakeMode.COMPOUND, False)
    assert merged([shown, user, chain])["a"] == chain


def test_positions_tell_what_they_can() -> None:
    schedules = {CLASSIC: RoundSchedule(rounds_at(CLASSIC, NOW), CLASSIC)}
    fresh = [position("a", number, NMR(2), CLASSIC) for number in (1404, 1403)]
    (reading,) = inferred(fresh, schedules, NOW)
    assert (reading.per_round, reading.mode, reading.enabled) == (NMR(2), None, True)
    done = position("a", 1330, NMR(2), CLASSIC, state=PositionState.CLAIMED)
    (paid,) = inferred([done, *fresh], schedules, NOW)
    assert paid.setting is not None
    assert paid.setting.mode is StakeMode.CONSTANT
    rolled = [position("a", 1400 + n, NMR(2 + n), CLASSIC) for n in range(3)]
    (compound,) = inferred([done, *rolled], schedules, NOW)
    assert (compound.per_round, compound.mode, compound.enabled) == (
        None,
        StakeMode.COMPOUND,
        None,
    )


def test_tournaments_do_not_mix() -> None:
    rows = [position("a", 1404, NMR(2), CLASSIC), position("a", 1404, NMR(1), CRYPTO)]
    readings = inferred(rows, {}, NOW)
    told = {(reading.tournament, reading.per_round) for reading in readings}
    assert told == {(Tournament.CLASSIC, NMR(2)), (Tournament.CRYPTO, NMR(1))}
