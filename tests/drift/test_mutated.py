"""A few hundred mutated answers; ``python -m tests.benchmarks mutated`` tries ten thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drift.mutated import run
from tests.drift.scene import Scene

pytestmark = pytest.mark.long


def test_mutated_answers_invent_nothing_and_leave_nothing_behind(tmp_path: Path) -> None:
    with Scene(tmp_path) as scene:
        tally = run(scene, 300)
    assert tally.raised == []
    assert tally.invented == []
    assert tally.stuck == []
    assert tally.answers >= 300
    assert tally.failed < tally.syncs / 2
