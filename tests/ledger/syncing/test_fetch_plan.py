"""A sync asks for what is missing and what can change, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.model import Model, Tournament
from ledger.domain.rounds.round import Round
from ledger.domain.syncing.coverage import NO_ROUNDS, RoundRange, RoundRanges
from ledger.rules.rounds import calendar
from ledger.syncing import fetch_plan
from ledger.syncing.fetch_plan import Span

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
NEWEST = 1404
MODEL = Model("m", "M", Tournament.SIGNALS)
RUNNING = 24


def a_round(number: int, *, resolved: bool) -> Round:
    return Round(
        tournament=Tournament.SIGNALS,
        number=number,
        opens=calendar.opens(number),
        closes=None,
        closes_staking=None,
        scored=None,
        resolves=None,
        resolved=resolved,
        payout_factor=None,
        stake_threshold=None,
    )


def history(first: int, newest: int = NEWEST, running: int = RUNNING) -> dict[int, Round]:
    return {n: a_round(n, resolved=n <= newest - running) for n in range(first, newest + 1)}


def complete(first: int, last: int) -> RoundRanges:
    return RoundRanges.span(first, last)


def test_what_is_wanted_and_not_complete_is_asked_for() -> None:
    wanted = RoundRanges.span(1305, NEWEST)
    assert fetch_plan.gaps(wanted, NO_ROUNDS) == (RoundRange(1305, NEWEST),)
    assert fetch_plan.gaps(wanted, complete(1305, 1380)) == (RoundRange(1381, NEWEST),)
    assert fetch_plan.gaps(wanted, complete(1320, 1380)) == (
        RoundRange(1305, 1319),
        RoundRange(1381, NEWEST),
    )
    assert fetch_plan.gaps(wanted, wanted) == ()


def test_holes_close_to_each_other_are_asked_for_together() -> None:
    wanted = RoundRanges.span(1300, 1340)
    whole = wanted - RoundRanges.of([1310, 1315, 1330])
    assert fetch_plan.gaps(wanted, whole) == (RoundRange(1310, 1315), RoundRange(1330, 1330))


def test_the_current_round_has_opened() -> None:
    rounds = history(1400) | {1405: a_round(1405, resolved=False)}
    assert fetch_plan.current(rounds.values(), NOW) == 1404
    assert fetch_plan.current([], NOW) is None


def test_running_rounds_begin_where_not_all_is_over() -> None:
    assert fetch_plan.oldest_open(history(1000), NEWEST) == NEWEST - RUNNING + 1
    with_hole = history(1000)
    with_hole[1350] = replace(with_hole[1350], resolved=False)
    assert fetch_plan.oldest_open(with_hole, NEWEST) == 1350
    assert 1350 not in fetch_plan.ended(with_hole, NEWEST)


def test_a_round_that_never_resolved_does_not_hold_everything_up() -> None:
    rounds = history(1000)
    rounds[1100] = replace(rounds[1100], resolved=False)
    del rounds[1101]
    assert fetch_plan.oldest_open(rounds, NEWEST) == NEWEST - RUNNING + 1
    assert fetch_plan.ended(rounds, NEWEST) == RoundRanges.span(1, NEWEST - RUNNING)


def test_a_model_takes_part_from_when_it_was_made() -> None:
    rounds = history(1380)
    made = replace(MODEL, created=calendar.opens(1390) + timedelta(hours=1))
    assert fetch_plan.born(made, rounds) == 1391
    assert fetch_plan.at_home(made, rounds) == 1396
    assert fetch_plan.born(MODEL, rounds) == fetch_plan.at_home(MODEL, rounds) == 1


@given(
    first=st.integers(1, 300),
    length=st.integers(0, 900),
)
def test_slices_cover_every_round_once(first: int, length: int) -> None:
    pieces = list(fetch_plan.slices([Span(MODEL, first, first + length)]))
    covered = sorted(n for piece in pieces for n in range(piece.first, piece.last + 1))
    assert covered == list(range(first, first + length + 1))
    assert all(piece.last - piece.first < fetch_plan.SLICE_ROUNDS for piece in pieces)


@given(st.lists(st.integers(1, 200), max_size=40), st.integers(1, 3))
def test_batches_hold_every_slice_once(lengths: list[int], size: int) -> None:
    pieces = [Span(MODEL, 1, length) for length in lengths]
    batches = fetch_plan.batches(pieces, size)
    assert sorted(span.last for batch in batches for span in batch) == sorted(lengths)
    assert all(0 < len(batch) <= size for batch in batches)
    assert len(batches) == -(-len(pieces) // size)


def test_how_many_rounds_to_ask_for() -> None:
    assert fetch_plan.rounds_limit(NO_ROUNDS, None, NOW) is None
    assert fetch_plan.rounds_limit(NO_ROUNDS, 100, NOW) == 100 + fetch_plan.SPARE_ROUNDS
    synced = complete(1305, 1380)
    assert fetch_plan.rounds_limit(synced, 100, NOW) == RUNNING + fetch_plan.SPARE_ROUNDS
    assert fetch_plan.rounds_limit(synced, 200, NOW) == 200 + fetch_plan.SPARE_ROUNDS
    assert fetch_plan.rounds_limit(synced, None, NOW) is None, "everything is wanted, 100 are there"
    assert (
        fetch_plan.rounds_limit(complete(1, 1380), None, NOW) == RUNNING + fetch_plan.SPARE_ROUNDS
    )
    with_hole = complete(1, 1380) - RoundRanges.of([1375])
    assert (
        fetch_plan.rounds_limit(with_hole, None, NOW) == NEWEST - 1375 + 1 + fetch_plan.SPARE_ROUNDS
    )
    later = calendar.opens(NEWEST + 40)
    assert fetch_plan.rounds_limit(synced, 100, later) == RUNNING + 40 + fetch_plan.SPARE_ROUNDS
