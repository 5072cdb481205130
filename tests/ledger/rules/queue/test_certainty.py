"""What a change rests on has to be told before it is planned, confirmed or sent."""

from __future__ import annotations

import pytest

from ledger.domain.knowledge import NOTHING_MISSING, Fact
from ledger.domain.model import Tournament
from ledger.domain.queue.change import CONTINUOUS, FUNDS, SETTINGS, ChangeKind
from ledger.rules.queue.certainty import resting_on, uncertain, uncertain_wallet
from tests.ledger.untold import missing, never, old

SIGNALS = Tournament.SIGNALS
TAKE_PROFIT = {ChangeKind.TAKE_PROFIT_ON, ChangeKind.TAKE_PROFIT_OFF}


@pytest.mark.parametrize("kind", ChangeKind)
def test_nothing_missing_stands_in_no_way(kind: ChangeKind) -> None:
    assert uncertain(kind, "a", SIGNALS, NOTHING_MISSING) is None
    elsewhere = missing(*(old(fact, "b") for fact in Fact))
    assert uncertain(kind, "a", SIGNALS, elsewhere) is None


@pytest.mark.parametrize("kind", sorted(CONTINUOUS - TAKE_PROFIT))
@pytest.mark.parametrize("fact", [Fact.STAKE, Fact.PENDING, Fact.LISTED])
def test_a_stake_moves_on_what_is_told_now_only(kind: ChangeKind, fact: Fact) -> None:
    for entry in (never(fact, "a"), old(fact, "a"), old(fact, "a", acknowledged=True)):
        said = uncertain(kind, "a", SIGNALS, missing(entry), name="alder")
        assert said is not None
        assert "alder" in said
        assert "since 28 Nov 14:00" in said
        assert resting_on(kind, "a", missing(entry)) == entry


def test_the_sentence() -> None:
    said = uncertain(ChangeKind.DRAIN, "a", SIGNALS, missing(old(Fact.STAKE, "a")), name="alder")
    assert said == (
        "Numerai does not tell alder's stake since 28 Nov 14:00; nothing is planned for it."
    )


@pytest.mark.parametrize("kind", ChangeKind)
def test_only_what_is_paid_from_the_wallet_needs_it(kind: ChangeKind) -> None:
    wallet = missing(old(Fact.WALLET))
    spends = kind in {ChangeKind.INCREASE, ChangeKind.DEPOSIT}
    assert (uncertain(kind, "a", SIGNALS, wallet) is not None) is spends
    assert uncertain_wallet(wallet) is not None


@pytest.mark.parametrize("kind", ChangeKind)
def test_take_profit_is_for_take_profit(kind: ChangeKind) -> None:
    found = uncertain(kind, "a", SIGNALS, missing(never(Fact.TAKE_PROFIT, "a")))
    assert (found is not None) is (kind in TAKE_PROFIT)


@pytest.mark.parametrize("kind", sorted(SETTINGS))
@pytest.mark.parametrize("fact", [Fact.PERFORMANCES, Fact.AT_RISK])
def test_settings_rest_on_positions(kind: ChangeKind, fact: Fact) -> None:
    assert uncertain(kind, "a", SIGNALS, missing(old(fact, "a"))) is not None


@pytest.mark.parametrize("kind", sorted(SETTINGS | FUNDS))
def test_strategies_rest_on_what_they_staked(kind: ChangeKind) -> None:
    assert uncertain(kind, "a", SIGNALS, missing(old(Fact.STAKE_TRANSACTIONS))) is not None
    assert uncertain(kind, "a", SIGNALS, missing(old(Fact.RETURNS, "a"))) is None
