"""Reading a strategy on a real EVM: figures, settings, stakes, events, and what is none."""

from __future__ import annotations

import itertools

import pytest

from ledger.chain import abi, contracts, surface
from ledger.chain.abi import Modes
from ledger.chain.rpc import Rpc
from ledger.chain.strategy import StrategyReader
from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, Origin
from ledger.errors import BadChainAnswer, ChainError
from tests.ledger.chain import evm
from tests.ledger.chain.evm import CHAIN, CLASSIC, ETHER, KEY, MODES, NOW, OTHER, OWNER, World
from tests.ledger.chain.node import Node, constant, refusing

ABSENT = "0x" + "cd" * 20


def set_on_chain(world: World, setting: ModelSetting, key: str = KEY) -> None:
    data = abi.set_model_config(8, key, setting, MODES)
    evm.send(world.rpc, OWNER, world.strategy, data)


def test_a_strategy_is_read(world: World) -> None:
    world.approve(NMR(250))
    evm.send(world.rpc, OWNER, world.strategy, abi.deposit(NMR("249.5")))
    reading = world.read()
    assert reading.trouble is None
    assert (reading.owner, reading.operator, reading.staking) == (OWNER, OTHER, world.staking)
    assert (reading.idle, reading.wallet) == (NMR("249.5"), NMR("750.5"))
    assert reading.gas_wei is not None
    assert 9_999 * ETHER < reading.gas_wei < 10_000 * ETHER
    assert (reading.chain_id, reading.as_of) == (CHAIN, NOW)
    assert reading.block == world.reader.block()


def test_a_contract_that_is_none_is_trouble(world: World) -> None:
    hollow = evm.deploy(world.rpc, "HollowProxy", abi.address_word(ABSENT))
    for address, words in (
        (ABSENT, "no contract at"),
        (OTHER, "no contract at"),
        (world.token, "does not answer owner()"),
        (world.staking, "does not answer owner()"),
        (hollow, "does not answer owner(), operator()"),
    ):
        reading = world.reader.read(CLASSIC, address, staking=world.staking)
        assert words in (reading.trouble or "")
        assert reading.owner is None


def test_code_that_lists_owner_but_no_write_is_trouble() -> None:
    assert surface.foreign_code(ABSENT, "0x63" + "8da5cb5b") is not None
    assert surface.foreign_code(ABSENT, "0x63" + "8da5cb5b" + "63" + "8859fd37") is None
    assert surface.foreign_code(ABSENT, "0x363d3d373d3d3d363d73") is None


def test_another_staking_contract_is_trouble(world: World) -> None:
    reading = world.read(staking=ABSENT)
    assert f"Numerai names {ABSENT}" in (reading.trouble or "")
    assert reading.idle == ZERO
    assert world.reader.read(CLASSIC, world.strategy, staking=None).trouble is None


def test_another_chain_is_trouble(world: World) -> None:
    elsewhere = StrategyReader(world.rpc, chain_id=1, modes=MODES, clock=FrozenClock(NOW))
    reading = elsewhere.read(CLASSIC, world.strategy, staking=world.staking)
    assert f"on chain {CHAIN}, not on chain 1" in (reading.trouble or "")


def test_settings_are_read_never_set_ones_too(world: World) -> None:
    set_on_chain(world, ModelSetting(NMR("1.5"), StakeMode.COMPOUND))
    never = "0x" + "01" * 32
    one, two = world.reader.settings(CLASSIC, world.strategy, {"a": KEY, "b": never})
    assert one.setting == ModelSetting(NMR("1.5"), StakeMode.COMPOUND)
    assert two.setting == ModelSetting(ZERO, StakeMode.CONSTANT, enabled=False)
    assert (one.model_id, two.model_id, one.origin) == ("a", "b", Origin.CHAIN)


def test_a_mode_the_config_does_not_name_is_not_guessed(world: World) -> None:
    set_on_chain(world, ModelSetting(NMR(2), StakeMode.COMPOUND))
    odd = StrategyReader(world.rpc, chain_id=CHAIN, modes=Modes(0, 2), clock=FrozenClock(NOW))
    (reading,) = odd.settings(CLASSIC, world.strategy, {"a": KEY})
    assert (reading.per_round, reading.mode, reading.setting) == (NMR(2), None, None)


def test_stakes_are_read_per_round_and_model(world: World) -> None:
    world.put(1343, KEY, NMR("1.25"))
    rows = [(1343, "a", KEY), (1344, "a", KEY), (1343, "b", "0x" + "01" * 32)]
    stakes = world.reader.stakes(CLASSIC, world.strategy, world.staking, rows)
    assert [(s.round, s.model_id, s.stake) for s in stakes] == [
        (1343, "a", NMR("1.25")),
        (1344, "a", ZERO),
        (1343, "b", ZERO),
    ]


def test_keys_are_learned_from_events_in_order(world: World) -> None:
    before = world.reader.block()
    other = "0x" + "01" * 32
    set_on_chain(world, ModelSetting(NMR(1), StakeMode.CONSTANT))
    set_on_chain(world, ModelSetting(NMR(2), StakeMode.COMPOUND, enabled=False), other)
    updates = world.reader.learn_keys(CLASSIC, world.strategy, since_block=before).events
    assert [(u.key, u.per_round, u.mode, u.enabled, u.tournament) for u in updates] == [
        (KEY, NMR(1), StakeMode.CONSTANT, True, 8),
        (other, NMR(2), StakeMode.COMPOUND, False, 8),
    ]
    assert updates[0].block == before + 1
    later = world.reader.learn_keys(CLASSIC, world.strategy, since_block=before + 2)
    assert later.events == updates[1:]
    assert later.reached == world.reader.block()
    none = world.reader.learn_keys(Tournament.CRYPTO, world.strategy, since_block=0)
    assert none.events == ()
    above = world.reader.learn_keys(CLASSIC, world.strategy, since_block=before + 50)
    assert (above.events, above.reached) == ((), before + 49)


def scripted(node: Node) -> StrategyReader:
    return StrategyReader(Rpc(node.url), chain_id=CHAIN, modes=MODES, clock=FrozenClock(NOW))


def test_a_long_range_is_asked_for_in_halves(node: Node) -> None:
    asked: list[tuple[int, int]] = []

    def logs(request: dict[str, list[dict[str, str]]]) -> object:
        (wanted,) = request["params"]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first > 1000:
            return refusing(-32005, "too many blocks")({})
        asked.append((first, last))
        return []

    node.results = {"eth_blockNumber": constant(hex(4321)), "eth_getLogs": logs}
    assert scripted(node).learn_keys(CLASSIC, ABSENT, since_block=20).events == ()
    assert asked[0][0] == 20
    assert asked[-1][1] == 4321
    assert all(one[1] + 1 == two[0] for one, two in itertools.pairwise(asked))


def test_an_endpoints_own_trouble_is_not_the_contracts(node: Node) -> None:
    node.results = {
        "eth_chainId": constant(hex(CHAIN)),
        "eth_blockNumber": constant("0x10"),
        "eth_getCode": constant("0x60"),
        "eth_call": refusing(-32005, "daily limit reached"),
    }
    with pytest.raises(ChainError, match="daily limit"):
        scripted(node).read(CLASSIC, ABSENT, staking=ABSENT)


@pytest.mark.parametrize("block", [None, "16", 16, "0x", "0x" + "f" * 65])
def test_a_block_that_is_no_number_is_refused(node: Node, block: object) -> None:
    node.results = {"eth_blockNumber": constant(block)}
    with pytest.raises(BadChainAnswer, match="newest block"):
        scripted(node).block()


def test_an_event_that_makes_no_sense_is_refused(node: Node) -> None:
    log = {
        "address": ABSENT,
        "topics": [contracts.MODEL_CONFIG_UPDATED_TOPIC, "0x" + abi.uint(8), KEY],
        "data": "0x" + "f" * 192,
    }
    node.results = {"eth_blockNumber": constant("0x1"), "eth_getLogs": constant([log])}
    with pytest.raises(BadChainAnswer):
        scripted(node).learn_keys(CLASSIC, ABSENT, since_block=0)
    node.results["eth_getLogs"] = constant([{**log, "removed": True}, {**log, "address": OWNER}])
    assert scripted(node).learn_keys(CLASSIC, ABSENT, since_block=0).events == ()


def test_events_reach_no_further_than_the_node_that_gave_them(node: Node) -> None:
    heads = iter(["0x20", "0x11"])
    node.results = {"eth_blockNumber": lambda _: next(heads), "eth_getLogs": constant([])}
    read = scripted(node).learn_keys(CLASSIC, ABSENT, since_block=3)
    assert (read.events, read.reached) == ((), 0x11)
