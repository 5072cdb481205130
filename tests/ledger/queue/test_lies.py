"""A Numerai that lies in its answers to changes: a sample; all of it by tests.benchmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.lies import LyingTrial
from tests.benchmarks.lying_kills import KilledTrial

pytestmark = pytest.mark.long

CHANGES = 60


def test_whatever_is_answered_no_change_is_doubled_lost_or_called_what_it_is_not(
    tmp_path: Path,
) -> None:
    with LyingTrial(tmp_path, seed=5) as trial:
        tally = trial.run(CHANGES)
    assert tally.changes >= CHANGES
    assert tally.wrong == []
    assert sum(tally.ends.values()) == tally.changes
    assert len(tally.left) < tally.changes / 2


def test_killed_before_a_slow_liar_no_change_is_sent_twice_or_lost(tmp_path: Path) -> None:
    with KilledTrial(tmp_path, seed=7, models=16) as trial:
        tally = trial.run_until_killed(6)
    assert trial.kills >= 6
    assert not tally.wrong
    assert tally.changes == sum(tally.ends.values())
