"""What is known of atomic staking comes back as it was told, each source with its own word."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.clock import FrozenClock
from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import (
    ChainStake,
    Claim,
    ModelKey,
    ModelSetting,
    Origin,
    SettingReading,
    StakeRound,
    StakingContract,
    StrategyReading,
    SystemReason,
)
from ledger.domain.syncing.facts import StrategyNews
from ledger.store import Store
from tests.ledger.store.samples import ALPHA, BETA, FACTS, LATER, LOG, NOON

CLASSIC, CRYPTO = Tournament.CLASSIC, Tournament.CRYPTO
KEY, OTHER_KEY = "0x" + "ab" * 32, "0x" + "cd" * 32
CLAIM = Claim(CLASSIC, 1343, ALPHA.id, KEY, "0xme", NMR("0.5"), NMR(0), NMR("1.5"))
BURN = Claim(CLASSIC, 1344, ALPHA.id, KEY, "0xme", NMR(0), NMR("0.000000000000000001"), None)
READING = StrategyReading(
    CLASSIC,
    "0xstrategy",
    "0xowner",
    None,
    "0xstaking",
    NMR("12.000000000000000001"),
    NMR(0),
    10**30,
    1,
    21_000_000,
    NOON,
    "It does not answer owner().",
)
CHAIN = SettingReading(CLASSIC, ALPHA.id, NMR(1), StakeMode.COMPOUND, True, Origin.CHAIN, NOON)
POSITIONS = SettingReading(CLASSIC, ALPHA.id, NMR(2), None, None, Origin.POSITIONS, NOON)
NEWS = StrategyNews(
    as_of=NOON,
    contracts=(StakingContract(CLASSIC, "0xstaking", False, NOON),),
    claims={CLASSIC: (CLAIM, BURN)},
    stake_rounds=(StakeRound(CLASSIC, 1345, "Closed", LATER, False, "1.0"),),
    readings=(READING,),
    settings=(POSITIONS, CHAIN),
    keys=(ModelKey(CLASSIC, ALPHA.id, KEY, Origin.CLAIMS),),
    stakes=(ChainStake(CLASSIC, 1343, ALPHA.id, NMR("0.000000000000000001"), NOON),),
)


def test_everything_comes_back_as_it_was(store: Store, path: Path, clock: FrozenClock) -> None:
    store.apply(replace(FACTS, strategy=NEWS, reasons={CLASSIC: SystemReason.FORCED}), LOG)
    store.close()
    known = Store.open(path, clock=clock).strategies

    assert known.contracts() == {CLASSIC: NEWS.contracts[0]}
    assert known.claims(CLASSIC) == (BURN, CLAIM)
    assert known.claims_read() == {CLASSIC: NOON}
    assert known.stake_rounds() == NEWS.stake_rounds
    assert known.readings() == {CLASSIC: READING}
    assert known.settings(CLASSIC) == (CHAIN, POSITIONS), "the most trusted first"
    assert known.keys() == NEWS.keys
    assert known.chain_stakes() == NEWS.stakes
    assert known.reasons() == {CLASSIC: SystemReason.FORCED}
    assert (known.claims(CRYPTO), known.settings(CRYPTO), known.keys(CRYPTO)) == ((), (), ())


def test_claims_are_replaced_where_they_were_asked_for(store: Store) -> None:
    known = store.strategies
    known.apply(NEWS)
    known.apply(StrategyNews(LATER, claims={CRYPTO: ()}))
    assert known.claims() == (BURN, CLAIM), "nobody asked for those of Classic"
    known.apply(StrategyNews(LATER, claims={CLASSIC: (BURN,)}))
    assert known.claims() == (BURN,)
    assert known.claims_read() == {CLASSIC: LATER, CRYPTO: LATER}


def test_a_key_is_kept_and_only_a_better_source_replaces_it(store: Store) -> None:
    known = store.strategies
    first = ModelKey(CLASSIC, ALPHA.id, KEY, Origin.CLAIMS)
    known.learn_keys([first, ModelKey(CLASSIC, BETA.id, OTHER_KEY.upper().replace("X", "x"),
                                      Origin.USER)])  # fmt: skip
    known.learn_keys([ModelKey(CLASSIC, ALPHA.id, OTHER_KEY, Origin.USER)])
    keys = known.keys()
    assert {key.model_id: key.key for key in keys} == {ALPHA.id: KEY, BETA.id: OTHER_KEY}
    better = ModelKey(CLASSIC, ALPHA.id, OTHER_KEY, Origin.CHAIN)
    known.learn_keys([better])
    keys = known.keys()
    assert better in keys


@pytest.mark.parametrize("key", ["0x12", "0x" + "g" * 64, "ab" * 33])
def test_no_key_that_can_not_be_one_is_kept(store: Store, key: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.strategies.learn_keys([ModelKey(CLASSIC, ALPHA.id, key, Origin.USER)])
    assert store.strategies.keys() == ()


def test_the_users_word_stands_beside_the_others(store: Store, clock: FrozenClock) -> None:
    known = store.strategies
    known.apply(NEWS)
    told = known.set_user_setting(
        CLASSIC, ALPHA.id, ModelSetting(NMR("0.3"), StakeMode.CONSTANT, enabled=False)
    )
    assert told.as_of == clock.now()
    assert told.setting == ModelSetting(NMR("0.3"), StakeMode.CONSTANT, enabled=False)
    assert set(known.settings()) == {CHAIN, POSITIONS, told}


def test_a_refusal_moves_a_tournament(store: Store) -> None:
    store.apply(FACTS, LOG)
    assert store.systems()[Tournament.SIGNALS] is System.CONTINUOUS
    store.strategies.mark_moved(Tournament.SIGNALS, "v2 is disabled")
    assert store.systems()[Tournament.SIGNALS] is System.ATOMIC
    assert store.strategies.reasons()[Tournament.SIGNALS] is SystemReason.REFUSED
    assert store.strategies.moved() == {Tournament.SIGNALS: "v2 is disabled"}


def test_contract_rounds_of_a_tournament_are_replaced(store: Store) -> None:
    store.strategies.apply(NEWS)
    newer = StakeRound(CLASSIC, 1346, "Open", None, False)
    other = StakeRound(CRYPTO, 1346, "Open", LATER + timedelta(days=1), False)
    store.strategies.apply(StrategyNews(LATER, stake_rounds=(newer, other)))
    assert set(store.strategies.stake_rounds()) == {newer, other}
