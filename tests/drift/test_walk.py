"""A sample of the walk: whatever part of an answer is lost, the sync goes on and says so.

``python -m tests.benchmarks drift`` tries everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drift.elements import Element, names_of
from tests.drift.scene import SETTINGS, Scene
from tests.drift.walk import COSTS_NOTHING, Walk

EVERY = 47
"""One case in so many is tried here."""


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with Scene(tmp_path_factory.mktemp("drift")) as scene:
        yield Walk(scene)


def test_a_sample_of_parts_costs_its_own_fact_only(walk: Walk) -> None:
    cases = list(walk.cases())[::EVERY]
    assert len(cases) > 20
    verdicts = [walk.tried(case) for case in cases]
    assert [str(verdict) for verdict in verdicts if not verdict.sound] == []
    assert any(verdict.lost for verdict in verdicts)


def test_the_walk_meets_every_part_of_what_a_sync_sends(tmp_path: Path) -> None:
    """Each form that a document has is asked in one setting or another."""
    documents, met = {}, set()
    for number, setting in enumerate(SETTINGS):
        with Scene(tmp_path / str(number), setting) as scene:
            documents |= {(document.name, document.forms): document for document, _ in scene.sent}
            met |= {_name(case.element) for case in Walk(scene).cases()}
    assert names_of(documents.values()) <= met


def test_what_costs_nothing_is_asked_for(walk: Walk) -> None:
    """No entry outlives the part it is about."""
    asked = {str(case.element) for case in walk.cases()}
    elsewhere = {
        "RootQueryType.v2RoundModelPerformances(limit)",
        "RootQueryType.submissionScores(lastNRounds)",
    }
    assert COSTS_NOTHING.keys() <= asked | elsewhere


def _name(element: Element) -> tuple[str, str, str]:
    return element.type, element.field, element.argument
