"""Lists that are emptied, doubled, shuffled or cut short, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.knowledge import Fact
from ledger.errors import NumeraiError
from tests.ledger.syncing.conftest import Kept

LISTS = [
    ("Account", "walletTxns"),
    ("Model", "latestSubmissions"),
    ("RootQueryType", "rounds"),
    ("RootQueryType", "stakeTransactions"),
    ("RootQueryType", "v2RoundModelPerformances"),
    ("RootQueryType", "v3StakeClaims"),
    ("Round", "roundScoreConfigs"),
    ("UserPayouts", "actual"),
    ("V2RoundModelPerformance", "submissionScores"),
]


@pytest.mark.parametrize("fault", ["double_rows", "shuffle_rows"])
@pytest.mark.parametrize(("type_", "field"), LISTS)
def test_rows_twice_or_out_of_order_change_nothing(
    kept: Kept, fault: str, type_: str, field: str
) -> None:
    kept.fail(fault, type=type_, field=field)
    assert kept.later().outcome == "done"
    seen = kept.content()
    kept.sandbox.clear_faults()
    assert kept.lacks() == set()
    assert kept.unlike(seen) == []
    assert [line for line in kept.unlike(kept.first_synced()) if "covered" not in line] == []


@pytest.mark.parametrize("fault", [{"fault": "empty_list"}, {"fault": "cap_list", "first": 2}])
@pytest.mark.parametrize(("type_", "field"), LISTS)
def test_lists_that_end_early_take_nothing_away(
    kept: Kept, fault: dict[str, Any], type_: str, field: str
) -> None:
    before = kept.content()
    options = {name: value for name, value in fault.items() if name != "fault"}
    kept.fail(fault["fault"], type=type_, field=field, **options)
    assert kept.later().outcome == "done"
    held = kept.content()
    gone = [place for place in before if place not in held and place[0] != "covered"]
    assert gone == []
    kept.sandbox.clear_faults()
    kept.later()
    kept.later()
    assert kept.lacks() == set()
    assert kept.unlike(kept.first_synced()) == []


def test_models_that_are_suddenly_gone_stand_until_that_is_said_again(kept: Kept) -> None:
    before = {model.id: model for model in kept.store.models(archived=True)}
    stakes = kept.store.stakes()
    kept.fail("empty_list", type="Account", field="models")
    kept.sandbox.advance(days=5 / 1440)
    kept.sync()
    assert {model.id for model in kept.store.models(archived=True)} == set(before)
    assert kept.store.stakes() == stakes
    assert kept.lacks() >= {(Fact.LISTED, model_id) for model_id in before}
    assert all(model.missing_since for model in kept.store.models(archived=True))
    kept.sandbox.clear_faults()
    kept.later()
    assert kept.lacks() == set()
    assert not any(model.missing_since for model in kept.store.models(archived=True))


@pytest.mark.parametrize("status", [200, 404, 500, 502])
@pytest.mark.parametrize("form", ["html", "empty", "truncated"])
def test_bodies_that_are_no_answer_leave_the_ledger_as_it_was(
    kept: Kept, form: str, status: int
) -> None:
    before = kept.content()
    kept.fail("body", form=form, status=status)
    with pytest.raises(NumeraiError):
        kept.later()
    assert kept.unlike(before) == []
    kept.sandbox.clear_faults()
    kept.later()
    assert kept.lacks() == set()
    assert kept.unlike(kept.first_synced()) == []


@pytest.mark.parametrize("status", [200, 429])
def test_a_limited_rate_is_waited_for(kept: Kept, status: int) -> None:
    kept.sandbox.fail("rate_limited", times=2, on="query", status=status)
    assert kept.later().outcome == "done"
    assert kept.lacks() == set()
