"""What is checked before anybody may sign, against a real EVM."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ledger.chain import abi
from ledger.chain.building import TransactionBuilder
from ledger.chain.rpc import Rpc
from ledger.chain.strategy import StrategyReader
from ledger.chain.transactions import GWEI
from ledger.clock import FrozenClock
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import ChangeKind
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting
from ledger.errors import BadChainAnswer, ChangeError
from tests.ledger.chain import evm, samples
from tests.ledger.chain.evm import CHAIN, KEY, MODES, NOW, OTHER, OWNER, World
from tests.ledger.chain.node import Handler, Node, forwarding

ABSENT = "0x" + "cd" * 20


def refused(world: World, words: str, cap: int = samples.CAP, **more: object) -> None:
    """Building a setting's transaction fails, and says so."""
    fields: dict[str, object] = {"staking": world.staking, "key": KEY, **more}
    change = fields.pop("change", samples.setting_change())
    before = world.reader.block()
    with pytest.raises(ChangeError, match=words):
        samples.builder(world, cap).build(change, world.strategy, **fields)  # type: ignore[arg-type]
    assert world.reader.block() == before


def test_a_setting_becomes_a_transaction(world: World) -> None:
    made = samples.built(world)
    assert (made.sender, made.to, made.value, made.nonce) == (OWNER, world.strategy, 0, 0)
    assert made.chain_id == CHAIN
    assert made.data == abi.set_model_config(8, KEY, samples.SETTING, MODES)
    assert made.gas >= 50_000
    assert made.max_priority_fee <= made.max_fee <= samples.CAP * GWEI
    assert made.sentences[0] == "Sets “alpha” (Classic) to 1.5 NMR per round, compound mode."
    assert any("nonce 0" in sentence for sentence in made.sentences)


def test_an_export_says_all(world: World) -> None:
    made = samples.built(world)
    text = json.dumps(made.as_json())
    entry = json.loads(text)
    assert entry["transaction"] == {
        "type": "0x2",
        "chainId": hex(CHAIN),
        "from": OWNER,
        "to": world.strategy,
        "data": made.data,
        "value": "0x0",
        "nonce": "0x0",
        "gas": hex(made.gas),
        "maxFeePerGas": hex(made.max_fee),
        "maxPriorityFeePerGas": hex(made.max_priority_fee),
    }
    assert entry["call"]["function"] == "setModelConfig"
    assert entry["call"]["arguments"][0]["per round"] == "1.5 NMR"
    assert entry["call"]["arguments"] == [dict(row) for row in made.call.rows]
    assert entry["tournament"] == int(made.tournament)
    assert entry["description"] == list(made.sentences)
    assert entry["replaces"] is made.replaces


def test_several_settings_become_one_transaction(world: World) -> None:
    other = "0x" + "01" * 32
    one = samples.setting_change()
    two = samples.setting_change(ModelSetting(NMR(0), StakeMode.CONSTANT, enabled=False), "beta")
    made = samples.builder(world).build_settings(
        [one, two],
        world.strategy,
        staking=world.staking,
        keys={"id-alpha": KEY, "id-beta": other},
    )
    assert made.call.function == "setModelConfigs"
    assert "Stops new stakes of “beta” (Classic)." in made.sentences
    evm.send(world.rpc, OWNER, made.to, made.data)
    alpha, beta = world.reader.settings(evm.CLASSIC, made.to, {"a": KEY, "b": other})
    assert (alpha.setting, beta.setting) == (one.setting, two.setting)


@pytest.mark.parametrize("kind", [ChangeKind.DEPOSIT, ChangeKind.WITHDRAW])
def test_funds_move_between_wallet_and_idle(world: World, kind: ChangeKind) -> None:
    world.approve(NMR(500))
    evm.send(world.rpc, OWNER, world.strategy, abi.deposit(NMR(100)))
    moved = samples.change(kind, nmr=NMR(40))
    made = samples.builder(world).build(moved, world.strategy, staking=world.staking)
    evm.send(world.rpc, OWNER, made.to, made.data)
    assert world.read().idle == NMR(140 if kind is ChangeKind.DEPOSIT else 60)
    assert "40 NMR" in made.sentences[0]


def test_funds_that_are_not_there_are_not_moved(world: World) -> None:
    for kind, amount, words in (
        (ChangeKind.DEPOSIT, NMR(1001), "The owner's wallet holds 1000 NMR, less than 1001"),
        (ChangeKind.WITHDRAW, NMR(1), "Idle holds 0 NMR, less than 1"),
        (ChangeKind.DEPOSIT, NMR(0), "no amount"),
        (ChangeKind.DEPOSIT, None, "no amount"),
    ):
        refused(world, words, change=samples.change(kind, nmr=amount))
    world.approve(NMR("2.5"))
    short = samples.change(ChangeKind.DEPOSIT, nmr=NMR(3))
    refused(world, r"ERC20InsufficientAllowance.*take 2.5 NMR; allow more first", change=short)


def test_a_paused_contracts_words_are_told(world: World) -> None:
    world.approve(NMR(10))
    evm.send(world.rpc, OWNER, world.strategy, abi.deposit(NMR(10)))
    world.pause()
    change = samples.change(ChangeKind.WITHDRAW, nmr=NMR(1))
    refused(world, "“withdrawals are paused”", change=change)


@pytest.mark.parametrize(
    ("wei", "words"),
    [
        (13, "an error this program does not know, selector 0x"),
        (14, "would refuse this"),
        (15, "panic 0x01, an assertion failed"),
        (2**128, "does not fit uint128"),
    ],
)
def test_a_setting_the_contract_would_refuse(world: World, wei: int, words: str) -> None:
    setting = ModelSetting(NMR.from_wei(wei), StakeMode.CONSTANT)
    refused(world, words, change=samples.setting_change(setting))


def test_a_mode_number_the_contract_does_not_have(world: World) -> None:
    odd = StrategyReader(world.rpc, chain_id=CHAIN, modes=abi.Modes(0, 5), clock=FrozenClock(NOW))
    with pytest.raises(ChangeError, match=r"InvalidMode\(5\)"):
        TransactionBuilder(odd, max_fee_gwei=60).build(
            samples.setting_change(), world.strategy, staking=world.staking, key=KEY
        )


def test_only_the_owner_may_sign(world: World) -> None:
    refused(world, f"The key at hand is {OTHER}, but the strategy belongs to {OWNER}", sender=OTHER)
    world.give(OTHER)
    refused(world, "belongs to", sender=OWNER)


def test_nothing_is_built_on_shaky_ground(world: World) -> None:
    refused(world, "Numerai names", staking=ABSENT)
    refused(world, "has not named the staking contract", staking=None)
    refused(world, "key of alpha is not known", key=None)
    refused(world, "32 bytes", key="0x1234")
    refused(world, "no setting", change=replace(samples.setting_change(), setting=None))
    elsewhere = replace_chain(world, 1)
    refused(elsewhere, f"on chain {CHAIN}, not on chain 1")
    nowhere = replace(world, strategy=ABSENT)
    refused(nowhere, "Nothing is signed for this strategy. There is no contract")


def replace_chain(world: World, chain_id: int) -> World:
    reader = StrategyReader(world.rpc, chain_id=chain_id, modes=MODES, clock=FrozenClock(NOW))
    return replace(world, reader=reader)


def test_gas_has_to_be_covered(world: World) -> None:
    needed = samples.built(world).most_for_gas
    world.rpc.call("anvil_setBalance", [OWNER, hex(needed // 2)])
    refused(world, "holds .* ETH; gas may cost")


def test_a_fee_above_the_cap_is_refused_below_it_capped(world: World) -> None:
    refused(world, "more than the 1 gwei allowed", cap=1)
    assert (
        samples.builder(world, 2)
        .build(samples.setting_change(), world.strategy, staking=world.staking, key=KEY)
        .max_fee
        <= 2 * GWEI
    )
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(100 * GWEI)])
    world.mine()
    refused(world, "more than the 60 gwei allowed")


def test_one_transaction_at_a_time(world: World) -> None:
    world.automine(on=False)
    call = {"from": OWNER, "to": OTHER, "value": "0x1"}
    world.rpc.call("eth_sendTransaction", [call])
    refused(world, "Another transaction of .* is on its way")
    world.mine()
    assert samples.built(world).nonce == 1


def test_a_replacement_costs_an_eighth_more(world: World) -> None:
    pending = samples.on_disk(samples.built(world))
    again = samples.builder(world).replacement(pending, evm.CLASSIC)
    assert (again.nonce, again.to, again.data) == (pending.nonce, pending.to, pending.data)
    assert 8 * again.max_fee >= 9 * pending.max_fee
    assert 8 * again.max_priority_fee >= 9 * pending.max_priority_fee
    assert again.replaces == pending.hash
    dear = replace(pending, max_fee=59 * GWEI)
    with pytest.raises(ChangeError, match="more than the 60 gwei allowed"):
        samples.builder(world).replacement(dear, evm.CLASSIC)


def test_what_is_mined_is_not_replaced(world: World) -> None:
    pending = samples.on_disk(samples.built(world))
    evm.mined(world.rpc, world.rpc.tell("eth_sendRawTransaction", [pending.raw]))
    with pytest.raises(ChangeError, match="nonce 0 is used"):
        samples.builder(world).replacement(pending, evm.CLASSIC)


def test_a_chain_without_a_base_fee_is_refused(world: World, node: Node) -> None:
    def reply(handler: Handler, body: bytes) -> None:
        asked = json.loads(body)
        if isinstance(asked, dict) and asked["method"] == "eth_getBlockByNumber":
            answer = {"jsonrpc": "2.0", "id": asked["id"], "result": {"number": "0x1"}}
            handler.say(json.dumps(answer).encode())
        else:
            forwarding(world.url, lose="nothing")(handler, body)

    node.reply = reply
    reader = StrategyReader(Rpc(node.url), chain_id=CHAIN, modes=MODES, clock=FrozenClock(NOW))
    with pytest.raises(BadChainAnswer, match="base fee"):
        TransactionBuilder(reader, max_fee_gwei=60).build(
            samples.setting_change(), world.strategy, staking=world.staking, key=KEY
        )
