"""How long a step of the first sync takes yet, by what was done."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.syncing.facts import SyncProgress, SyncStep
from ledger.reports.account.first_sync import StepWatch


def told(*notes: tuple[SyncStep, int, int, float]) -> StepWatch:
    watch = StepWatch()
    for step, done, total, at in notes:
        watch.note(SyncProgress("", 0, 0, step, done, total), at)
    return watch


@pytest.mark.parametrize(
    ("notes", "end"),
    [
        ([], "waiting for Numerai's first answer."),
        ([(1, 8, 5.0)], "account and rounds 1/8, time left not known yet"),
        ([(1, 8, 5.0), (2, 8, 7.0)], "2/8, about 6 s left"),
        ([(1, 200, 5.0), (2, 200, 7.0)], "2/200, about 3 min left"),
        ([(1, 8, 5.0), (7, 8, 5.7)], "7/8, a moment left"),
        ([(1, 8, 5.0), (8, 8, 7.0)], "8/8, done"),
    ],
)
def test_what_it_says(notes: Iterable[tuple[int, int, float]], end: str) -> None:
    watch = told(*((SyncStep.ACCOUNT, *note) for note in notes))
    assert watch.sentence().endswith(end)
    assert len(watch.sentence()) < 78


def test_each_step_has_a_pace_of_its_own() -> None:
    watch = told(
        (SyncStep.ACCOUNT, 1, 2, 0.0),
        (SyncStep.ACCOUNT, 2, 2, 100.0),
        (SyncStep.HISTORY, 1, 10, 101.0),
        (SyncStep.HISTORY, 2, 10, 102.0),
    )
    assert watch.seconds_left() == pytest.approx(8.0)
    assert watch.sentence().startswith("First sync, 3 of 4: history 2/10")


@given(st.integers(2, 500), st.integers(0, 500), st.floats(0.01, 1e4))
def test_an_even_pace_is_kept(done: int, rest: int, each: float) -> None:
    before = (SyncStep.ACCOUNT, 1, 1, 0.0)
    steps = ((SyncStep.DAYS, n, done + rest, n * each) for n in range(1, done + 1))
    assert told(before, *steps).seconds_left() == pytest.approx(rest * each)
