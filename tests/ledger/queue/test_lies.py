"""A Numerai that lies in its answers to changes: a sample; all of it by tests.benchmarks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.lies import LyingTrial

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
