"""A sync asks for what is missing and what can change, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.facts import Fetched
from ledger.domain.model import Model, Tournament
from ledger.domain.round import Round
from ledger.numerai import plan
from ledger.syncing.plan import Span
from ledger.rules import calendar

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


def known(first: int, fetched: Fetched | None = None) -> Known:
    return Known({Tournament.SIGNALS: history(first)}, {"m": fetched} if fetched else {})


def wanted(
    have: dict[int, Round], fetched: Fetched | None, history_rounds: int | None
) -> list[tuple[int, int]]:
    rounds = {Tournament.SIGNALS: have}
    done = {"m": fetched} if fetched else {}
    spans = plan.spans([MODEL], rounds, done, history_rounds, NOW)
    return [(span.first, span.last) for span in spans]


def test_a_first_sync_wants_the_history_asked_for() -> None:
    assert wanted(history(1000), None, 100) == [(1305, 1404)]
    assert wanted(history(1350), None, 100) == [(1350, 1404)]
    assert wanted(history(1000), None, None) == [(1000, 1404)]


def test_a_following_sync_wants_what_is_not_final() -> None:
    assert wanted(history(1305), Fetched("m", 1305, 1380), 100) == [(1381, 1404)]
    assert wanted(history(1305), Fetched("m", 1305, None), 100) == [(1305, 1404)]
    assert wanted(history(1305), Fetched("m", 1305, NEWEST), 100) == []


def test_reaching_further_back_wants_only_the_older_part() -> None:
    assert wanted(history(1000), Fetched("m", 1305, 1380), 200) == [(1205, 1304), (1381, 1404)]
    assert wanted(history(1000), Fetched("m", 1305, 1380), None) == [(1000, 1304), (1381, 1404)]
    assert wanted(history(1000), Fetched("m", 1, 1380), None) == [(1381, 1404)]


def test_upcoming_rounds_are_not_asked_for() -> None:
    have = history(1400) | {1405: a_round(1405, resolved=False)}
    assert wanted(have, None, None) == [(1400, 1404)]


def test_no_rounds_no_questions() -> None:
    assert wanted({}, None, None) == []


@given(
    first=st.integers(1, 300),
    length=st.integers(0, 900),
)
def test_slices_cover_every_round_once(first: int, length: int) -> None:
    pieces = list(plan.slices([Span(MODEL, first, first + length)]))
    covered = sorted(n for piece in pieces for n in range(piece.first, piece.last + 1))
    assert covered == list(range(first, first + length + 1))
    assert all(piece.last - piece.first < plan.SLICE_ROUNDS for piece in pieces)


@given(st.lists(st.integers(1, 200), max_size=40), st.integers(1, 3))
def test_batches_hold_every_slice_once(lengths: list[int], size: int) -> None:
    pieces = [Span(MODEL, 1, length) for length in lengths]
    batches = plan.batches(pieces, size)
    assert sorted(span.last for batch in batches for span in batch) == sorted(lengths)
    assert all(0 < len(batch) <= size for batch in batches)
    assert len(batches) == -(-len(pieces) // size)


def final_to(
    have: dict[int, Round], before: Fetched, open_rounds: set[int], start: int = 1305
) -> Fetched:
    return plan.fetched_now(before, start, have, NEWEST, open_rounds)


def test_final_is_what_has_resolved_without_gap() -> None:
    have = history(1305)
    assert final_to(have, Fetched("m", 1305, None), set()) == Fetched("m", 1305, 1380)
    have[1350] = replace(have[1350], resolved=False)
    assert final_to(have, Fetched("m", 1305, None), set()) == Fetched("m", 1305, 1349)


def test_a_row_that_is_open_or_damaged_is_not_final() -> None:
    have = history(1305)
    before = Fetched("m", 1305, 1370)
    assert final_to(have, before, {1375, 1390}) == Fetched("m", 1305, 1374)
    assert final_to(have, before, {1371}) == before
    assert final_to(have, Fetched("m", 1305, None), {1305}) == Fetched("m", 1305, None)


def test_a_round_that_never_resolved_does_not_hold_everything_up() -> None:
    have = history(1000)
    have[1100] = replace(have[1100], resolved=False)
    del have[1101]
    assert final_to(have, Fetched("m", 1000, None), set(), 1000).final_to == 1380


def test_reaching_further_back_starts_from_there() -> None:
    have = history(1000)
    assert final_to(have, Fetched("m", 1305, 1380), set(), 1205) == Fetched("m", 1205, 1380)
    assert final_to(have, Fetched("m", 1390, None), set(), 1205) == Fetched("m", 1205, 1380)
    assert final_to(have, Fetched("m", 1305, 1380), {1300}, 1205) == Fetched("m", 1205, 1299)


def test_how_many_rounds_to_ask_for() -> None:
    def limit(have: Known, history_rounds: int | None, now: datetime = NOW) -> int | None:
        return plan.rounds_limit(Tournament.SIGNALS, have, history_rounds, now)

    assert limit(Known(), None) is None
    assert limit(Known(), 100) == 100 + plan.SPARE_ROUNDS
    synced = known(1305, Fetched("m", 1305, 1380))
    assert limit(synced, 100) == RUNNING + plan.SPARE_ROUNDS
    assert limit(synced, 200) == 200 + plan.SPARE_ROUNDS
    assert limit(synced, None) is None, "everything is wanted and only 100 rounds are there"
    complete = known(1000, Fetched("m", 1, 1380))
    assert limit(complete, None) == RUNNING + plan.SPARE_ROUNDS
    later = calendar.opens(NEWEST + 40)
    assert limit(synced, 100, later) == RUNNING + 40 + plan.SPARE_ROUNDS


@pytest.mark.parametrize(
    ("first_new", "gap"), [(1381, False), (1382, True), (1405, True), (1300, False)]
)
def test_a_gap_between_old_and_new_rounds_is_seen(first_new: int, gap: bool) -> None:
    new = {n: a_round(n, resolved=False) for n in range(first_new, first_new + 30)}
    assert plan.leaves_gap(history(1305), new, NOW) is gap


def test_submissions_reach_back_only_for_new_models() -> None:
    newest = {Tournament.SIGNALS: NEWEST}
    synced = known(1305, Fetched("m", 1305, 1380))
    tail = [Span(MODEL, 1381, NEWEST)]
    assert plan.submission_depth(tail, synced, newest, NOW) == plan.SPARE_ROUNDS
    fresh = [*tail, Span(replace(MODEL, id="new"), 1305, NEWEST)]
    assert plan.submission_depth(fresh, synced, newest, NOW) == 100
    assert plan.submission_depth([], Known(), {}, NOW) == 0
