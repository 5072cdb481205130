"""Policies over stakes: every wei is where the rules put it, at the rounds' own dates."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance, Score
from ledger.errors import Cancelled, TableError
from ledger.rules.rounds.payout import weighted_score
from ledger.rules.slots.permutations import Permutations
from ledger.rules.slots.stake_backtest import (
    StakeRound,
    concurrent_rounds,
    stake_backtest,
    stake_rounds,
)
from ledger.rules.slots.stake_beginnings import beginnings
from ledger.rules.slots.stake_world import Cut, Rates, StakeWorld

if TYPE_CHECKING:
    from ledger.rules.slots.permutations import Indices

START = datetime(2026, 1, 6, 13, tzinfo=UTC)
DAY = timedelta(days=1)


def rounds_of(
    *rates: str, length: int = 3, atomic: bool = False, step: int = 1
) -> list[StakeRound]:
    """A round a day, resolving ``length`` days after its close; rates as ``0.01 . -0.02``."""
    found = []
    for index, line in enumerate(rates):
        fixed = START + index * step * DAY
        cells = zip("ABCDEFGH", line.split(), strict=False)
        earns = {name: Decimal(text) for name, text in cells if text != "."}
        found.append(StakeRound(1000 + index, fixed, fixed + length * DAY + DAY / 8, atomic, earns))
    return found


def staked(*amounts: str | int) -> dict[str, NMR]:
    return {name: NMR(amount) for name, amount in zip("ABCDEFGH", amounts, strict=False)}


def test_overlapping_rounds_share_a_compounding_stake() -> None:
    """The first three rounds run on 100, the fourth closes before the first resolves too."""
    found = stake_backtest(
        rounds_of("0.1", "0.1", "-0.05", "0.1", "0.1"), staked(100), shuffles=1
    ).keep
    # Round 1004 closes after 1000 paid 10: it earns 11.
    assert found.final == NMR(100 + 10 + 10 - 5 + 10 + 11)
    assert [str(nmr) for _, nmr in found.path] == ["110", "120", "115", "125", "136"]
    assert found.drawdown == NMR(5)


def test_constant_stakes_do_not_grow() -> None:
    found = stake_backtest(
        rounds_of("0.1", "0.1", "-0.05", "0.1", "0.1"), staked(100), compounding=False, shuffles=1
    ).keep
    assert found.final == NMR(135)


def test_what_resolves_at_a_close_counts_for_it() -> None:
    first, second = rounds_of("0.1", "0.1")
    rounds = [replace(first, resolves=second.fixed), second]
    assert stake_backtest(rounds, staked(100), shuffles=1).keep.final == NMR(121)


def test_no_more_burns_than_there_is() -> None:
    found = stake_backtest(rounds_of("-0.6", "-0.6", "0.5", "0.5", "0.5", "0.5"), staked(100))
    # 40, then nothing is left; two rounds closed on 100, one on 40 and one on nothing.
    assert found.keep.final == NMR(50 + 50 + 20)
    assert found.keep.path[1][1] == ZERO


def test_an_atomic_stake_is_a_position_a_round() -> None:
    rounds = rounds_of("0.5", "-1", "0.5", "0.5", "0.5", "0.5", length=3, atomic=True)
    assert concurrent_rounds(rounds) == 4
    constant = stake_backtest(rounds, staked(40), compounding=False, shuffles=1)
    assert constant.concurrent == 4
    # 10 a round; round 1004 and 1005 find 15 and 5 idle once 1000 came back and 1001 did not.
    assert [str(nmr) for _, nmr in constant.keep.path] == ["45", "35", "40", "45", "50", "52.5"]
    compound = stake_backtest(rounds, staked(40), shuffles=1)
    # Round 1004 stakes the 15 that 1000 came to; 1001 came to nothing, and 1005 stakes that.
    assert [str(nmr) for _, nmr in compound.keep.path] == ["45", "35", "40", "45", "52.5", "52.5"]


def test_no_submission_no_position() -> None:
    rounds = rounds_of("0.5 0.5", "0.5 .", "0.5 0.5", atomic=True)
    found = stake_backtest(rounds, staked(30, 30), shuffles=1, concurrent=3)
    assert found.keep.final == NMR(60 + 5 * 5)


def test_a_tournament_that_moves() -> None:
    """Two continuous rounds run when the first atomic one closes with nothing idle yet."""
    rounds = [*rounds_of("0.1", "0.1", length=2), *rounds_of("1", "1", "1", atomic=True)]
    rounds = [
        replace(entry, number=1000 + index, fixed=START + index * DAY)
        for index, entry in enumerate(rounds)
    ]
    rounds = [replace(entry, resolves=entry.fixed + 2.5 * DAY) for entry in rounds]
    found = stake_backtest(rounds, staked(100), compounding=False, concurrent=2, shuffles=1).keep
    # 1002 finds nothing; 50 and 10 are idle for 1003; the other 50 and 10 for 1004.
    assert found.final == NMR(100 + 10 + 10 + 0 + 50 + 50)


def at_risk_in(number: int, start: Sequence[int], *, every: int, length: int = 3) -> list[int]:
    """What the slots have at risk in one round, told by paying that round alone."""
    cuts = [
        Cut(entry.number, entry.fixed, entry.resolves, entry.atomic)
        for entry in rounds_of(*["0"] * 16, length=length)
    ]
    world = StakeWorld(start, compounding=True, concurrent=1, rebalance_every=every)
    rates = {cut.number: Rates.of([Decimal(cut.number == number)] * len(start)) for cut in cuts}
    world.run(cuts, rates, lambda: None)
    return world.net


def test_a_rebalance_waits_for_its_release() -> None:
    start = [30, 10, 20]
    assert at_risk_in(1004, start, every=5) == [30, 10, 20]
    # Asked for at the close of 1005; 1004, still running then, resolves after 1007 closed.
    assert [at_risk_in(number, start, every=5) for number in (1005, 1006, 1007)] == [
        [20, 10, 20]
    ] * 3
    assert at_risk_in(1008, start, every=5) == [20, 20, 20]
    assert at_risk_in(1015, start, every=5) == [20, 20, 20]


def test_a_release_can_still_burn() -> None:
    """Half of A is being released while a round with all of it burns everything."""
    rounds = rounds_of("0 0", "-1 0", "0 0", "0 0", "0 0", "0 0", "0 1", "0 1")
    found = stake_backtest(rounds, staked(100, 0), every=2, shuffles=1).rebalance
    assert found.final == ZERO


def test_an_atomic_rebalance_ramps() -> None:
    rounds = rounds_of(*["1 0"] * 6, length=1, atomic=True)
    found = stake_backtest(rounds, staked(40, 0), every=3, compounding=False, shuffles=1)
    # Two positions at a time: 20 a round on A alone, from 1003 on 10 a round on both.
    assert found.keep.final == NMR(40 + 6 * 20)
    assert found.rebalance.final == NMR(40 + 3 * 20 + 3 * 10)


def test_months_and_drawdown() -> None:
    rounds = rounds_of("0.1", "-0.2", "0.05", "-0.01", step=20, length=3)
    found = stake_backtest(rounds, staked(100), compounding=False, shuffles=1).keep
    # Resolved on 9 January, 29 January, 18 February and 10 March.
    assert (found.month, found.worst_month) == ("2026-01", NMR(-10))
    assert found.drawdown == NMR(20)


rates = st.integers(-50, 50).map(lambda n: Decimal(n) / 1000)


@st.composite
def histories(draw: st.DrawFn, *, holes: bool = True) -> list[StakeRound]:
    size = draw(st.integers(1, 4))
    cell = st.none() | rates if holes else rates
    found: list[StakeRound] = []
    fixed = START
    moved = draw(st.integers(0, 8))
    for index in range(draw(st.integers(1, 8))):
        fixed += draw(st.integers(1, 3)) * DAY
        earns = {name: draw(cell) for name in "ABCD"[:size]}
        found.append(
            StakeRound(
                1000 + index,
                fixed,
                fixed + draw(st.integers(1, 5)) * DAY,
                holes and index >= moved,
                {name: rate for name, rate in earns.items() if rate is not None},
            )
        )
    return found


amounts = st.integers(1, 10**20).map(NMR.from_wei)
FOUR = st.tuples(amounts, amounts, amounts, amounts).map(
    lambda four: dict(zip("ABCD", four, strict=True))
)


@settings(max_examples=80, deadline=None)
@given(histories(), FOUR, st.booleans(), st.integers(1, 4))
def test_nothing_appears_and_nothing_is_lost(
    rounds: list[StakeRound], stakes: dict[str, NMR], compounding: bool, every: int
) -> None:
    cuts = [Cut(entry.number, entry.fixed, entry.resolves, entry.atomic) for entry in rounds]
    table = {entry.number: Rates.of([entry.rates.get(name) for name in stakes]) for entry in rounds}
    start = [nmr.wei for nmr in stakes.values()]
    for rebalance in (0, every):
        world = StakeWorld(start, compounding=compounding, concurrent=2, rebalance_every=rebalance)
        path = world.run(cuts, table, lambda: None)
        assert path[-1][1] == world.value == sum(start) + sum(world.net)
        assert min(value for _, value in path) >= 0 or not compounding


WILD = st.one_of(
    st.none(),
    rates,
    st.integers(-1_000, 1_000).map(lambda n: Decimal(n) / 1000),
    st.decimals(-1, 1, places=36),
    st.sampled_from(["1", "-1", "0", "-0.0", "1E-36", "-1E-36"]).map(Decimal),
)
"""Rates that may burn all there is, to the last place that is worked out together."""

BEYOND = WILD | st.sampled_from(["1.5", "-2", "1E-37"]).map(Decimal)
"""And some that are not."""

STAKES = st.integers(0, 10**25) | st.sampled_from([0, 1, 10**9 - 1, 10**27 - 1, 10**27, 10**40])


@settings(max_examples=150, deadline=None)
@given(st.data(), histories(), st.booleans(), st.integers(0, 9), st.booleans())
def test_runs_that_begin_together_end_the_same(
    data: st.DataObject, rounds: list[StakeRound], compounding: bool, seed: int, beyond: bool
) -> None:
    cells = BEYOND if beyond else WILD
    slots = range(data.draw(st.integers(1, 4)))
    start = [data.draw(STAKES) for _ in slots]
    table = {entry.number: Rates.of([data.draw(cells) for _ in slots]) for entry in rounds}
    cuts = [Cut(entry.number, entry.fixed, entry.resolves, entry.atomic) for entry in rounds]

    def seats(number: int) -> Indices:
        return Permutations(seed, len(slots)).of(number, 0, 3)

    begun = beginnings(
        *(start, cuts, table, seats), runs=3, compounding=compounding, stopped=lambda: None
    )
    for run, beginning in enumerate(begun):
        seated = {
            number: Rates([of.parts[model] for model in seats(number)[run]], of.whole)
            for number, of in table.items()
        }
        plain, fast = (StakeWorld(start, compounding=compounding, concurrent=2) for _ in range(2))
        path = plain.run(cuts, seated, lambda: None)
        assert fast.run(cuts, seated, lambda: None, beginning) == path
        assert (fast.net, fast.value) == (plain.net, plain.value)


@pytest.mark.parametrize("compounding", [True, False])
@pytest.mark.parametrize(
    ("rounds", "stake", "events"),
    [
        (rounds_of("0.5 -1", "-0.1 0.2", "-1 0.3", "0.1 ."), 10**26, 8),
        (rounds_of("0.5 -1", "1.01 0", "0 0", length=1), 10**20, 1),
        (rounds_of("0.5 -1", f"{Decimal('1E-37'):f} 0", "0 0", length=1), 10**20, 1),
        (rounds_of("0.5 -1", "0 0", "0 0", atomic=True), 10**20, 0),
        (rounds_of("0.5 -1", "0 0", "0 0"), 10**27, 0),
    ],
)
def test_how_far_runs_begin_together(
    rounds: list[StakeRound], stake: int, events: int, compounding: bool
) -> None:
    """As far as written down, so that it is them whom the comparison above compares."""
    cuts = [Cut(entry.number, entry.fixed, entry.resolves, entry.atomic) for entry in rounds]
    table = {entry.number: Rates.of([entry.rates.get(name) for name in "AB"]) for entry in rounds}
    begun = beginnings(
        *([stake, stake], cuts, table, lambda number: Permutations(1, 2).of(number, 0, 3)),
        runs=3,
        compounding=compounding,
        stopped=lambda: None,
    )
    assert [one.events for one in begun] == [events] * 3


def test_a_stake_that_grows_out_of_its_digits_goes_on_by_itself() -> None:
    rounds = rounds_of(*["1"] * 12, length=1, step=2)
    cuts = [Cut(entry.number, entry.fixed, entry.resolves, entry.atomic) for entry in rounds]
    table = {entry.number: Rates.of([entry.rates["A"]]) for entry in rounds}
    (begun,) = beginnings(
        *([10**26], cuts, table, lambda number: Permutations(1, 1).of(number, 0, 1)),
        runs=1,
        compounding=True,
        stopped=lambda: None,
    )
    assert 0 < begun.events < len(cuts)
    world = StakeWorld([10**26], compounding=True, concurrent=1)
    assert world.run(cuts, table, lambda: None, begun)[-1][1] == 10**26 * 2**12


def plain_keep(rounds: list[StakeRound], stakes: dict[str, NMR], compounding: bool) -> NMR:
    """Continuous staking, model by model, day by day."""
    total = ZERO
    for name, start in stakes.items():
        stake, purse, at_risk = start, ZERO, {}
        last = max(entry.resolves for entry in rounds)
        day = START
        while day <= last:
            for entry in sorted(rounds, key=lambda entry: entry.number):
                if entry.resolves == day and entry.number in at_risk:
                    payout = at_risk[entry.number].times(entry.rates.get(name, Decimal(0)))
                    if compounding:
                        stake = max(ZERO, stake + payout)
                    else:
                        purse += payout
            for entry in rounds:
                if entry.fixed == day:
                    at_risk[entry.number] = stake
            day += DAY
        total += stake + purse
    return total


@settings(max_examples=80, deadline=None)
@given(histories(), FOUR, st.booleans())
def test_keeping_against_a_plain_reference(
    rounds: list[StakeRound], stakes: dict[str, NMR], compounding: bool
) -> None:
    continuous = [replace(entry, atomic=False) for entry in rounds]
    found = stake_backtest(continuous, stakes, compounding=compounding, shuffles=1)
    assert found.keep.final == plain_keep(continuous, stakes, compounding)


@settings(max_examples=40, deadline=None)
@given(histories(holes=False), amounts)
def test_equal_constant_stakes_earn_the_same_however_they_are_shuffled(
    rounds: list[StakeRound], stake: NMR
) -> None:
    stakes = dict.fromkeys(rounds[0].rates, stake)
    found = stake_backtest(rounds, stakes, compounding=False, shuffles=5)
    assert {found.shuffle.final.p5, found.shuffle.final.p95} == {found.keep.final}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**24), st.none() | st.decimals(-1, 1, places=18) | rates),
        min_size=1,
        max_size=5,
    )
)
def test_payouts_are_what_nmr_makes_of_them(slots: list[tuple[int, Decimal | None]]) -> None:
    found = Rates.of([rate for _, rate in slots]).earned([wei for wei, _ in slots])
    assert found == [
        0 if rate is None else NMR.from_wei(wei).times(rate).wei for wei, rate in slots
    ]


def test_the_same_seed_is_the_same_result() -> None:
    rounds = rounds_of(*["0.1 -0.1 0.02"] * 6)
    stakes = staked(100, 50, 10)

    def run(seed: int) -> object:
        return stake_backtest(rounds, stakes, shuffles=20, seed=seed).shuffle

    assert run(4) == run(4)
    assert run(4).final != run(5).final  # type: ignore[attr-defined]


def test_terms_come_from_each_round() -> None:
    def row(number: int, **more: object) -> Performance:
        scores = (Score("corr", Decimal("0.02"), None, None, Decimal(3)),)
        return replace(
            Performance(
                *("A", Tournament.CLASSIC, number, NMR(1), None, PayoutState.SETTLED, None),
                *(Decimal("0.5"), Decimal("0.05"), START + number * DAY, None, scores),
            ),
            **more,  # type: ignore[arg-type]
        )

    rows = [
        row(1343, clip=Decimal(1), factor=Decimal(1)),
        row(1300),
        row(1301, clip=Decimal("0.01")),
        row(1302, state=PayoutState.PENDING),
        row(1303, factor=None),
        row(1304, resolves=None),
    ]
    scored = [(row, weighted_score(row.scores)) for row in rows]
    found = stake_rounds(scored, {1300: START})
    assert [entry.number for entry in found] == [1300, 1301, 1343]
    assert [entry.rates["A"] for entry in found] == [
        Decimal("0.03"),
        Decimal("0.01"),
        Decimal("0.06"),
    ]
    assert [entry.atomic for entry in found] == [False, False, True]
    assert found[0].fixed == START
    assert found[2].fixed == datetime(2026, 8, 28, 13, tzinfo=UTC)


def test_progress_is_told_and_a_stop_is_heard() -> None:
    heard: list[tuple[int, int]] = []
    stop = threading.Event()

    def progress(done: int, whole: int) -> None:
        heard.append((done, whole))
        if done == 3:
            stop.set()

    with pytest.raises(Cancelled, match="after 3 of 12"):
        stake_backtest(rounds_of("0.1"), staked(1), shuffles=10, progress=progress, stop=stop)
    assert heard == [(1, 12), (2, 12), (3, 12)]


@pytest.mark.parametrize(
    ("rounds", "stakes", "more"),
    [
        ([], staked(1), {}),
        (rounds_of("0", "0")[::-1], staked(1), {}),
        (rounds_of("0"), staked(0), {}),
        (rounds_of("0"), {}, {}),
        (rounds_of("0"), staked(5, -1), {}),
        (rounds_of("0"), staked(1), {"every": 0}),
        (rounds_of("0"), staked(1), {"shuffles": 0}),
        (rounds_of("0"), staked(1), {"concurrent": 0}),
        (rounds_of("0"), staked(1), {"seed": -1}),
    ],
)
def test_senseless_input_is_refused(
    rounds: list[StakeRound], stakes: dict[str, NMR], more: dict[str, int]
) -> None:
    with pytest.raises(TableError):
        stake_backtest(rounds, stakes, **more)
