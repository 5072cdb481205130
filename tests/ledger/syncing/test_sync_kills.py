"""First syncs that are killed: what is committed is sound, and little is asked twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.syncing.run import WAVE
from tests.benchmarks.sync_kills import SyncTrial

pytestmark = pytest.mark.long


def test_a_killed_first_sync_goes_on_from_what_it_committed(tmp_path: Path) -> None:
    with SyncTrial(tmp_path, models=8, rounds=90) as trial:
        for _ in trial.run((3, 6, 9)):
            pass
    tally = trial.tally
    assert tally.wrong == []
    assert tally.rows[0] < tally.rows[1] < tally.rows[2]
    # A second attempt asks for the account anew, and for what the first had not yet committed.
    assert tally.most <= tally.clean + tally.again + WAVE
