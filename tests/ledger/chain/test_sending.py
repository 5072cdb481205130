"""From signature to looked_up on a real EVM: sent once, found by hash, told in words."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.chain import abi
from ledger.chain.rpc import Rpc
from ledger.chain.sending import REPLACED_AFTER, Broadcaster, TransactionStatus
from ledger.chain.strategy import StrategyReader
from ledger.chain.transactions import Unsigned
from ledger.clock import FrozenClock
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ChainTransaction, ModelSetting, TransactionState
from ledger.errors import BadChainAnswer, ChainUnreachable, ChangeError
from tests.ledger.chain import evm, samples
from tests.ledger.chain.evm import CHAIN, CLASSIC, KEY, MODES, NOW, OTHER, OWNER, World
from tests.ledger.chain.node import Handler, Node, Reply, constant, forwarding

pytest.importorskip("eth_account")

ROOT = Path(__file__).parents[3]
SENDER = """
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from ledger.chain.abi import Modes
from ledger.chain import abi
from ledger.chain.rpc import Rpc
from ledger.chain.sending import Broadcaster
from ledger.chain.strategy import StrategyReader
from ledger.clock import SystemClock
from ledger.domain.stakes.strategy import ChainTransaction, TransactionState

url, chain, raw, tx_hash, sender, to, data = sys.argv[1:]
reader = StrategyReader(Rpc(url), chain_id=int(chain), modes=Modes(0, 1), clock=SystemClock())
tx = ChainTransaction(tx_hash, 7, int(chain), sender, 0, to, data, 0, 0, 0, 0, raw,
                      TransactionState.SIGNED, SystemClock().now())
Broadcaster(reader, confirmations=0).send(tx)
"""


def over(world: World, url: str, *, read_timeout: float = 5, confirmations: int = 0) -> Broadcaster:
    """A broadcaster of ``world``'s chain by another way."""
    rpc = Rpc(url, read_timeout=read_timeout)
    reader = StrategyReader(rpc, chain_id=CHAIN, modes=MODES, clock=FrozenClock(NOW))
    return Broadcaster(reader, confirmations=confirmations)


def looked_up(world: World, tx: ChainTransaction) -> TransactionStatus:
    """What becomes of ``tx`` once it is not pending any more."""

    def look() -> TransactionStatus | None:
        status = Broadcaster(world.reader, confirmations=0).look_up(tx)
        return None if status.state.pending else status

    return evm.until(look)


def test_a_setting_is_sent_mined_and_read_back(world: World) -> None:
    tx = samples.on_disk(samples.built(world))
    assert tx.state is TransactionState.SIGNED
    sent = Broadcaster(world.reader, confirmations=0).send(tx)
    assert (sent.state, sent.found) == (TransactionState.SENT, True)
    status = looked_up(world, tx)
    assert (status.state, status.block) == (TransactionState.MINED, world.reader.block())
    (update,) = status.updates
    assert (update.key, update.per_round, update.mode) == (KEY, NMR("1.5"), StakeMode.COMPOUND)
    assert update.tx_hash == tx.hash
    (reading,) = world.reader.settings(CLASSIC, world.strategy, {"id-alpha": KEY})
    assert reading.setting == samples.SETTING
    (event,) = world.reader.learn_keys(CLASSIC, world.strategy, since_block=0).events
    assert (event.key, event.setting, event.tx_hash) == (KEY, samples.SETTING, tx.hash)


def test_it_is_followed_until_decided_or_for_so_long(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))
    world.automine(on=False)
    broadcaster = Broadcaster(world.reader, confirmations=0)
    broadcaster.send(tx)
    assert broadcaster.follow(tx, seconds=0).state is TransactionState.SENT
    stop = threading.Event()
    stop.set()
    assert broadcaster.follow(tx, seconds=60, stop=stop).state is TransactionState.SENT
    node.reply = failing_once(world.url, world.mine)
    status = over(world, node.url).follow(tx, seconds=60, every=0.01)
    assert status.state is TransactionState.MINED


def failing_once(url: str, then: Callable[[], None]) -> Reply:
    """Hang up once, let something happen, and pass everything on from there."""

    def reply(handler: Handler, _body: bytes) -> None:
        handler.server.reply = forwarding(url, lose="nothing")
        then()
        handler.hang_up()

    return reply


def test_a_mined_revert_is_a_refusal_with_its_error(world: World) -> None:
    tx = samples.on_disk(samples.built(world))
    world.give(OTHER)
    assert Broadcaster(world.reader, confirmations=0).send(tx).state is TransactionState.SENT
    status = looked_up(world, tx)
    assert status.state is TransactionState.REVERTED
    assert status.reason == "The contract refused it: NotOwner()."
    assert status.updates == ()


def test_out_of_gas_is_told(world: World) -> None:
    tx = samples.on_disk(replace(samples.built(world), gas=30_000))
    Broadcaster(world.reader, confirmations=0).send(tx)
    status = looked_up(world, tx)
    assert status.state is TransactionState.REVERTED
    assert status.reason is not None
    assert "gas" in status.reason.lower()


def test_a_wrong_chain_gets_nothing(world: World) -> None:
    tx = samples.on_disk(replace(samples.built(world), chain_id=1))
    with pytest.raises(ChangeError, match=f"on chain {CHAIN}, not on chain 1.*Nothing was sent"):
        Broadcaster(world.reader, confirmations=0).send(tx)
    assert world.count() == 0


def test_another_chain_tells_nothing_of_a_transactions_fate(world: World) -> None:
    tx = samples.on_disk(replace(samples.built(world), chain_id=1))
    evm.send(world.rpc, OWNER, OTHER, "0x")
    world.mine(REPLACED_AFTER)
    with pytest.raises(BadChainAnswer, match=f"on chain {CHAIN}, not on chain 1"):
        Broadcaster(world.reader, confirmations=0).look_up(tx)


def test_a_used_nonce_is_a_replacement_after_some_blocks(world: World) -> None:
    tx = samples.on_disk(samples.built(world))
    evm.send(world.rpc, OWNER, OTHER, "0x")
    just_used = Broadcaster(world.reader, confirmations=0).send(tx)
    assert (just_used.state, just_used.found) == (TransactionState.SENT, False)
    assert "used a moment ago" in (just_used.reason or "")
    world.mine(REPLACED_AFTER)
    status = Broadcaster(world.reader, confirmations=0).look_up(tx)
    assert (status.state, status.found) == (TransactionState.REPLACED, False)
    assert "Another transaction used its nonce 0" in (status.reason or "")
    assert world.reader.learn_keys(CLASSIC, world.strategy, since_block=0).events == ()


def test_an_underpriced_replacement_is_not_taken_and_a_bump_is(world: World) -> None:
    world.automine(on=False)
    first = samples.built(world)
    tx = samples.on_disk(first)
    broadcaster = Broadcaster(world.reader, confirmations=0)
    assert broadcaster.send(tx).found is True
    lowered = ModelSetting(NMR(1), StakeMode.CONSTANT)
    under = samples.on_disk(same_nonce(world, first, lowered))
    status = broadcaster.send(under)
    assert (status.state, status.found) == (TransactionState.SENT, False)
    assert "endpoint says" in (status.reason or "")
    assert broadcaster.look_up(tx).found is True

    bumped = samples.on_disk(samples.builder(world).replacement(tx, CLASSIC))
    assert bumped.replaces == tx.hash
    assert broadcaster.send(bumped).found is True
    world.mine(1 + REPLACED_AFTER)
    assert looked_up(world, bumped).state is TransactionState.MINED
    assert looked_up(world, tx).state is TransactionState.REPLACED
    assert looked_up(world, under).state is TransactionState.REPLACED
    assert world.count() == 1


def same_nonce(world: World, first: Unsigned, setting: ModelSetting) -> Unsigned:
    return replace(first, data=abi.set_model_config(8, KEY, setting, MODES))


def test_a_reply_lost_after_forwarding_is_found_by_hash(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))
    node.reply = forwarding(world.url, lose="eth_sendRawTransaction")
    status = over(world, node.url).send(tx)
    assert status.found is True
    assert status.state in {TransactionState.SENT, TransactionState.MINED}
    assert looked_up(world, tx).state is TransactionState.MINED
    assert node.asked.count("eth_sendRawTransaction") == 1
    assert world.count() == 1


def test_sending_the_same_bytes_twice_is_harmless(world: World) -> None:
    world.automine(on=False)
    tx = samples.on_disk(samples.built(world))
    broadcaster = Broadcaster(world.reader, confirmations=0)
    assert broadcaster.send(tx).found is True
    assert broadcaster.send(tx).found is True
    world.mine()
    assert looked_up(world, tx).state is TransactionState.MINED
    assert broadcaster.send(tx).state is TransactionState.MINED
    assert world.count() == 1


def test_killed_between_send_and_receipt(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))
    node.reply = forwarding(world.url, lose="eth_sendRawTransaction", hang=True)
    arguments = (node.url, str(CHAIN), tx.raw, tx.hash, tx.sender, tx.to, tx.data)
    sender = subprocess.Popen([sys.executable, "-c", SENDER, *arguments], cwd=ROOT)
    try:
        evm.until(lambda: world.count() or None)
    finally:
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    status = looked_up(world, tx)
    assert status.state is TransactionState.MINED
    assert len(status.updates) == 1
    assert node.asked.count("eth_sendRawTransaction") == 1


def test_nothing_listens_so_nothing_left(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))
    node.shutdown()
    node.server_close()
    status = over(world, node.url).send(tx)
    assert (status.state, status.found) == (TransactionState.SIGNED, False)
    with pytest.raises(ChainUnreachable):
        over(world, node.url).look_up(tx)


def test_nothing_listens_any_more_so_nothing_left(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))

    def last_words(handler: Handler, body: bytes) -> None:
        handler.server.shutdown()
        handler.server.server_close()
        answer = {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": hex(CHAIN)}
        handler.say(json.dumps(answer).encode())

    node.reply = last_words
    status = over(world, node.url).send(tx)
    assert (status.state, status.found) == (TransactionState.SIGNED, False)
    assert node.asked == ["eth_chainId"]


def dying_at(method: str) -> Reply:
    def reply(handler: Handler, body: bytes) -> None:
        if method.encode() in body:
            handler.server.reply = lambda late, _body: late.hang_up()
        answer = {"jsonrpc": "2.0", "id": 1, "result": hex(CHAIN)}
        handler.say(json.dumps(answer).encode())

    return reply


def test_an_endpoint_that_dies_leaves_it_unknown(world: World, node: Node) -> None:
    tx = samples.on_disk(samples.built(world))
    node.reply = dying_at("eth_chainId")
    status = over(world, node.url).send(tx)
    assert (status.state, status.found) == (TransactionState.SENT, False)
    assert (status.reason or "").count("failed or was dropped") == 2
    assert node.asked.count("eth_sendRawTransaction") == 1


@pytest.mark.parametrize("answer", ["0x" + "00" * 32, None, {}, "yes"])
def test_an_odd_answer_to_the_send_is_looked_up(world: World, node: Node, answer: object) -> None:
    tx = samples.on_disk(samples.built(world))
    node.results = {
        "eth_chainId": constant(hex(CHAIN)),
        "eth_sendRawTransaction": constant(answer),
        "eth_getTransactionReceipt": constant(None),
        "eth_getTransactionByHash": constant(None),
        "eth_blockNumber": constant("0x9"),
        "eth_getTransactionCount": constant("0x0"),
    }
    status = over(world, node.url).send(tx)
    assert (status.state, status.found) == (TransactionState.SENT, False)
    assert "another hash" in (status.reason or "")
    assert "its nonce is free" in (status.reason or "")


@pytest.mark.parametrize(
    "receipt",
    [
        {},
        {"transactionHash": "0x" + "00" * 32, "status": "0x1", "blockNumber": "0x1"},
        {"status": None, "blockNumber": "0x1"},
        {"status": "0x1", "blockNumber": None},
    ],
)
def test_a_receipt_that_makes_no_sense_is_refused(
    world: World, node: Node, receipt: dict[str, object]
) -> None:
    tx = samples.on_disk(samples.built(world))
    node.results = {
        "eth_chainId": constant(hex(CHAIN)),
        "eth_getTransactionReceipt": constant({"transactionHash": tx.hash, **receipt}),
    }
    with pytest.raises(BadChainAnswer):
        over(world, node.url).look_up(tx)


def test_a_block_counts_once_others_follow_and_not_when_it_is_taken_back(world: World) -> None:
    tx = samples.on_disk(samples.built(world))
    broadcaster = Broadcaster(world.reader, confirmations=2)
    broadcaster.send(tx)

    def in_block() -> TransactionStatus | None:
        status = broadcaster.look_up(tx)
        return status if status.block is not None else None

    young = evm.until(in_block)
    assert (young.state, young.found) == (TransactionState.SENT, True)
    assert "0 of 2 blocks follow" in (young.reason or "")
    world.mine()
    assert broadcaster.look_up(tx).state is TransactionState.SENT
    world.rpc.call("anvil_reorg", [2, []])
    gone = broadcaster.look_up(tx)
    assert (gone.state, gone.block) == (TransactionState.SENT, None)
    if not gone.found:
        assert broadcaster.send(tx).found
    world.mine(3)
    status = looked_up(world, tx)
    assert status.state is TransactionState.MINED
    assert broadcaster.look_up(tx) == status
    assert world.count() == 1


def other_number(request: dict[str, Any]) -> object:
    """The block after the one that was asked for."""
    return {"number": hex(int(request["params"][0], 16) + 1), "hash": "0x" + "11" * 32}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (other_number, None),
        (lambda request: {"number": request["params"][0], "hash": "0x" + "22" * 32}, "not part of"),
        (lambda _: None, "not every node knows"),
    ],
)
def test_a_block_other_than_the_receipts_decides_nothing(
    world: World, node: Node, block: Callable[[dict[str, Any]], object], words: str | None
) -> None:
    tx = samples.on_disk(samples.built(world))
    receipt = {
        "transactionHash": tx.hash,
        "status": "0x1",
        "blockNumber": "0x5",
        "blockHash": "0x" + "11" * 32,
        "logs": [],
    }
    node.results = {
        "eth_chainId": constant(hex(CHAIN)),
        "eth_getTransactionReceipt": constant(receipt),
        "eth_getBlockByNumber": block,
        "eth_blockNumber": constant("0x99"),
    }
    if words is None:
        with pytest.raises(BadChainAnswer, match="another block"):
            over(world, node.url).look_up(tx)
        return
    status = over(world, node.url).look_up(tx)
    assert (status.state, status.found) == (TransactionState.SENT, True)
    assert words in (status.reason or "")
