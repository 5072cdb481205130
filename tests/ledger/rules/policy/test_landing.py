"""Where settled payouts land: in the wallet, in idle, or in their model's own stake."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ledger.domain.rounds.performance import PayoutState
from ledger.rules.policy.landing import Landing
from tests.ledger.accounts import NOW, facts
from tests.ledger.allotting import paid, performance
from tests.ledger.strategies import compound, constant

COMPOUNDING = facts({"alder": "100"}, {}).stakes
PROFIT = {key: replace(one, take_profit=True) for key, one in COMPOUNDING.items()}


def test_a_corrected_payout_stays_where_it_landed() -> None:
    first = Landing(atomic=False, stakes=PROFIT).payouts([performance(3, "alder", "2")], 1)
    assert first == (paid(3, "alder", "2", freed=True),)
    before = {(one.round, one.model_id): one for one in first}
    later = Landing(atomic=True, stakes=COMPOUNDING, before=before)
    assert later.payouts([performance(3, "alder", "2.5")], 1) == (
        paid(3, "alder", "2.5", freed=True),
    )
    assert later.payouts([performance(3, "alder", "-2.5")], 1) != (
        paid(3, "alder", "-2.5", freed=True),
    )


def test_only_settled_payouts_of_its_rounds_count() -> None:
    rows = [
        performance(2, "alder", "1"),
        performance(3, "alder", "1", state=PayoutState.PENDING),
        performance(4, "alder", "0"),
        performance(5, "alder", "-1"),
    ]
    found = Landing(atomic=False, stakes=PROFIT).payouts(rows, 3)
    assert found == (paid(5, "alder", "-1"),), "a burn takes from the stake, profit taken or not"


def test_take_profit_switched_on_after_the_close_did_not_count() -> None:
    closes = {5: NOW}
    rows = [performance(5, "alder", "1")]
    for at, freed in ((NOW - timedelta(hours=1), True), (NOW + timedelta(hours=1), False)):
        landing = Landing(atomic=False, stakes=PROFIT, closes=closes, switched={"alder": [at]})
        assert [one.freed for one in landing.payouts(rows, 1)] == [freed]


def test_an_atomic_round_lands_in_idle_where_the_mode_is_constant() -> None:
    rows = [performance(5, name, "1", clip=1) for name in ("alder", "birch")]
    settings = {"alder": constant("1"), "birch": compound("1")}
    found = Landing(atomic=False, settings=settings).payouts(rows, 1)
    assert [(one.freed, one.atomic) for one in found] == [(True, True), (False, True)]
