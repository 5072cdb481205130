"""The sandbox's Ethereum over HTTP, with transactions signed by eth-account."""

from __future__ import annotations

import sys

import pytest
import requests
from eth_account import Account
from eth_utils import keccak

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.stake import StakeMode
from ledger.sandbox import Sandbox, control
from ledger.sandbox.chain.coding import CONFIG_UPDATED, ERRORS, SELECTORS, address_word, word
from ledger.sandbox.world import addresses, owners
from ledger.sandbox.world.state import Slot
from tests.ledger.sandbox.ethereum import CONFIG, SET_ALL, STAKE, STRANGER, Wallet, data, setting

CRYPTO = Tournament.CRYPTO
SEND = "eth_sendRawTransaction"


@pytest.fixture
def wallet(sandbox: Sandbox) -> Wallet:
    return Wallet(sandbox, CRYPTO)


@pytest.fixture
def slot(sandbox: Sandbox) -> Slot:
    return next(s for s in sandbox.world.tournaments[CRYPTO].slots if s.locked and not s.stopped)


@pytest.fixture
def key(sandbox: Sandbox, slot: Slot) -> str:
    return addresses.model_key(sandbox.world, slot)


# constants


def test_selectors_errors_and_topics_are_what_keccak_says() -> None:
    for signature, selector in (SELECTORS | ERRORS).items():
        assert keccak(text=signature)[:4].hex() == selector, signature
    event = "ModelConfigUpdated(uint256,bytes32,uint128,uint8,bool)"
    assert "0x" + keccak(text=event).hex().removeprefix("0x") == CONFIG_UPDATED


def test_every_owners_address_belongs_to_its_key() -> None:
    for seed, address in enumerate(owners.ADDRESSES):
        assert Account.from_key(owners.private_key(seed)).address == address
    assert owners.owner(len(owners.ADDRESSES)).address == owners.ADDRESSES[0]


# reads


def test_a_strategy_answers_what_it_is(sandbox, wallet, slot, key) -> None:
    world = sandbox.world
    said = {
        "owner()": sandbox.owner_address,
        "operator()": addresses.operator(world),
        "staking()": addresses.staking(world, CRYPTO),
        "nmr()": addresses.NMR_TOKEN,
    }
    for function, address in said.items():
        assert wallet.call(function) == "0x" + address_word(address)
    assert wallet.numbers("availableBalance()") == [world.tournaments[CRYPTO].idle.wei]
    mode = 1 if slot.strategy.mode is StakeMode.COMPOUND else 0
    assert wallet.numbers(CONFIG, 12, key) == [slot.strategy.per_round.wei, mode, 1]
    assert wallet.numbers(CONFIG, 8, key) == [0, 0, 0]
    assert wallet.numbers(CONFIG, 12, "0x" + "ab" * 32) == [0, 0, 0]


def test_token_and_staking_contract(sandbox, wallet, slot, key) -> None:
    world = sandbox.world
    balance = "balanceOf(address)"
    token = addresses.NMR_TOKEN
    assert wallet.numbers(balance, sandbox.owner_address, to=token) == [world.owner.nmr.wei]
    assert wallet.numbers(balance, wallet.strategy, to=token) == [
        world.tournaments[CRYPTO].idle.wei
    ]
    assert wallet.numbers(balance, "0x" + "12" * 20, to=token) == [0]
    staking = addresses.staking(world, CRYPTO)
    for entry in slot.entries.values():
        held = entry.at_risk.wei if entry.position and entry.ending is None else 0
        if entry.position:
            assert wallet.numbers(STAKE, entry.number, wallet.strategy, key, to=staking) == [held]
    latest = max(n for n, e in slot.entries.items() if e.position)
    assert wallet.numbers(STAKE, latest, sandbox.owner_address, key, to=staking) == [0]


def test_code_is_where_contracts_are_and_names_their_functions(sandbox, wallet) -> None:
    code = wallet.ask("eth_getCode", wallet.strategy, "latest")
    assert len(code) % 2 == 0
    assert SELECTORS[CONFIG] in code
    bytes.fromhex(code[2:])
    for address in (sandbox.owner_address, sandbox.strategies[Tournament.SIGNALS]):
        assert wallet.ask("eth_getCode", address, "latest") == "0x"
        assert wallet.ask("eth_call", {"to": address, "data": "0x8da5cb5b"}, "latest") == "0x"


def test_an_unknown_function_reverts_without_a_reason(wallet) -> None:
    error = wallet.error("eth_call", {"to": wallet.strategy, "data": "0x12345678"}, "latest")
    assert (error["code"], error["data"]) == (3, "0x")


def test_blocks_follow_the_clock(sandbox, wallet) -> None:
    before = int(wallet.ask("eth_blockNumber"), 16)
    sandbox.advance(days=1)
    assert int(wallet.ask("eth_blockNumber"), 16) == before + 86400 // 12
    block = wallet.ask("eth_getBlockByNumber", "latest", False)
    assert int(block["timestamp"], 16) == pytest.approx(sandbox.now().timestamp(), abs=12)
    assert int(block["baseFeePerGas"], 16) == sandbox.chain.base_fee
    assert wallet.ask("eth_getBlockByNumber", hex(before + 10**6), False) is None
    history = wallet.ask("eth_feeHistory", "0x4", "latest", [10, 50])
    assert len(history["baseFeePerGas"]) == 5
    assert len(history["reward"]) == 4


def test_a_batch_is_answered_in_order_and_nonsense_as_an_error(sandbox, wallet) -> None:
    batch = [{"jsonrpc": "2.0", "id": i, "method": "eth_chainId", "params": []} for i in (4, 5)]
    answers = requests.post(sandbox.rpc_url, json=batch, timeout=20).json()
    assert [(a["id"], a["result"]) for a in answers] == [(4, "0x1"), (5, "0x1")]
    assert requests.post(sandbox.rpc_url, json=3, timeout=20).json()["error"]["code"] == -32600
    assert wallet.error("eth_mine")["code"] == -32601
    assert wallet.error("eth_getBalance")["code"] == -32602
    assert wallet.error("eth_call", {"to": wallet.strategy, "data": "0xzz"})["code"] == -32602


# settings


def test_a_signed_setting_is_mined_read_back_and_staked(sandbox, wallet, slot, key) -> None:
    tx_hash = wallet.send(setting(12, key, "0.25", mode=1))
    receipt = wallet.receipt(tx_hash)
    assert receipt["status"] == "0x1"
    assert receipt["from"] == sandbox.owner_address.lower()
    assert wallet.numbers(CONFIG, 12, key) == [NMR("0.25").wei, 1, 1]
    (log,) = receipt["logs"]
    assert log["topics"] == [CONFIG_UPDATED, "0x" + word(12), key]
    assert log["data"] == "0x" + word(NMR("0.25").wei) + word(1) + word(1)
    assert wallet.ask("eth_getTransactionByHash", tx_hash)["blockNumber"] == log["blockNumber"]
    assert [row["tx_hash"] for row in sandbox.mutations_applied] == [tx_hash]
    assert slot.strategy.mode is StakeMode.COMPOUND
    slot.strategy.mode = StakeMode.CONSTANT
    known = set(slot.entries)
    sandbox.advance(days=8)
    opened = [e.at_risk for n, e in slot.entries.items() if n not in known and e.position]
    assert set(opened) == {NMR("0.25")}


def test_several_settings_at_once_or_none(sandbox, wallet, slot, key) -> None:
    row = "".join(map(word, (12, int(key, 16), NMR("0.5").wei, 0, 1)))
    other = "".join(map(word, (12, 99, NMR("2").wei, 1, 0)))
    both = data(SET_ALL, 32, 2) + row + other
    assert wallet.receipt(wallet.send(both))["status"] == "0x1"
    assert wallet.numbers(CONFIG, 12, key) == [NMR("0.5").wei, 0, 1]
    assert wallet.numbers(CONFIG, 12, 99) == [NMR("2").wei, 1, 0]
    bad = data(SET_ALL, 32, 2) + row.replace(word(NMR("0.5").wei), word(1)) + word(11) + other[64:]
    assert wallet.receipt(wallet.send(bad))["status"] == "0x0"
    assert wallet.numbers(CONFIG, 12, key) == [NMR("0.5").wei, 0, 1]


def test_logs_are_found_by_topic_address_and_block(sandbox, wallet, slot, key) -> None:
    everywhere = {"fromBlock": "earliest", "toBlock": "latest"}
    logs = wallet.ask("eth_getLogs", {**everywhere, "address": wallet.strategy})
    keys = {addresses.model_key(sandbox.world, s) for s in sandbox.world.tournaments[CRYPTO].slots}
    assert {log["topics"][2] for log in logs} <= keys
    assert key in {log["topics"][2] for log in logs}
    topics = [CONFIG_UPDATED, None, ["0x" + "1" * 64, key]]
    assert all(
        log["topics"][2] == key
        for log in wallet.ask("eth_getLogs", {**everywhere, "topics": topics})
    )
    start = hex(int(wallet.ask("eth_blockNumber"), 16) + 1)
    assert wallet.ask("eth_getLogs", {"fromBlock": start, "toBlock": "latest"}) == []
    tx_hash = wallet.send(setting(12, key, "1"))
    found = wallet.ask("eth_getLogs", {"fromBlock": start, "toBlock": "latest"})
    assert [log["transactionHash"] for log in found] == [tx_hash]


# reverts


def test_a_stranger_is_told_that_it_is_not_the_owner(sandbox, key) -> None:
    stranger = Wallet(sandbox, CRYPTO, STRANGER)
    call = {
        "to": stranger.strategy,
        "data": setting(12, key, "1"),
        "from": stranger.account.address,
    }
    for method in ("eth_call", "eth_estimateGas"):
        error = stranger.error(method, call, "latest")
        assert (error["code"], error["data"]) == (3, "0x" + ERRORS["NotOwner()"])
    assert "insufficient funds" in stranger.error(SEND, stranger.sign(call["data"]))["message"]
    sandbox.chain.fund(stranger.account.address, 10**17)
    receipt = stranger.receipt(stranger.send(call["data"]))
    assert (receipt["status"], receipt["logs"]) == ("0x0", [])
    spent = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert int(stranger.ask("eth_getBalance", stranger.account.address), 16) == 10**17 - spent
    assert sandbox.mutations_applied == []


@pytest.mark.parametrize(
    ("calldata", "error"),
    [
        (setting(8, "0x1", "1"), "UnknownTournament(uint256)"),
        (setting(12, "0x1", "1", mode=2), "InvalidMode(uint8)"),
        (data("deposit(uint256)", 0), "ZeroAmount()"),
        (data("withdraw(uint256)", 10**30), "InsufficientBalance(uint256,uint256)"),
    ],
)
def test_what_makes_no_sense_reverts_with_its_reason(sandbox, wallet, calldata, error) -> None:
    total = sandbox.world.total()
    call = {"to": wallet.strategy, "data": calldata, "from": sandbox.owner_address}
    assert wallet.error("eth_call", call, "latest")["data"].startswith("0x" + ERRORS[error])
    assert wallet.receipt(wallet.send(calldata))["status"] == "0x0"
    assert sandbox.world.total() == total


@pytest.mark.parametrize(("value", "gas"), [(1, 150_000), (0, 30_000)])
def test_ether_and_too_little_gas_fail_on_chain(wallet, key, value, gas) -> None:
    receipt = wallet.receipt(wallet.send(setting(12, key, "1"), value=value, gas=gas))
    assert receipt["status"] == "0x0"
    assert int(receipt["gasUsed"], 16) <= gas


def test_deposit_and_withdraw_move_nmr_between_owner_and_idle(sandbox, wallet) -> None:
    world, competition = sandbox.world, sandbox.world.tournaments[CRYPTO]
    owner, idle, free = world.owner.nmr, competition.idle, world.wallet
    wallet.send(data("deposit(uint256)", NMR("2.5").wei))
    assert (world.owner.nmr, competition.idle) == (owner - NMR("2.5"), idle + NMR("2.5"))
    tx_hash = wallet.send(data("withdraw(uint256)", NMR(1).wei))
    assert (world.owner.nmr, competition.idle) == (owner - NMR("1.5"), idle + NMR("1.5"))
    assert world.wallet == free
    assert (world.account_wallet.rows[-1].kind, world.account_wallet.rows[-1].tx_hash) == (
        "withdrawal",
        tx_hash,
    )
    assert [row["field"] for row in sandbox.mutations_applied] == ["deposit", "withdraw"]


# nonces, fees and the pool


def test_a_transaction_waits_until_it_is_mined(sandbox, wallet, slot, key) -> None:
    sandbox.automine(False)
    raw = wallet.sign(setting(12, key, "0.75"))
    tx_hash = wallet.ask(SEND, raw)
    assert wallet.error(SEND, raw)["message"] == "already known"
    assert wallet.receipt(tx_hash) is None
    assert wallet.ask("eth_getTransactionByHash", tx_hash)["blockNumber"] is None
    address = sandbox.owner_address
    assert wallet.ask("eth_getTransactionCount", address, "latest") == "0x0"
    assert wallet.ask("eth_getTransactionCount", address, "pending") == "0x1"
    assert sandbox.mutations_applied == []
    assert sandbox.mine() == 1
    assert wallet.receipt(tx_hash)["status"] == "0x1"
    assert "nonce too low" in wallet.error(SEND, raw)["message"]
    assert len(sandbox.mutations_applied) == 1


def test_a_replacement_has_to_pay_a_tenth_more(sandbox, wallet, key) -> None:
    sandbox.automine(False)
    first = wallet.send(setting(12, key, "0.1"))
    dearer = {"maxFeePerGas": 11 * 10**9, "maxPriorityFeePerGas": 11 * 10**8}
    cheap = wallet.sign(setting(12, key, "0.2"), maxFeePerGas=11 * 10**9)
    assert wallet.error(SEND, cheap)["message"] == "replacement transaction underpriced"
    second = wallet.send(setting(12, key, "0.2"), **dearer)
    assert sandbox.mine() == 1
    assert wallet.ask("eth_getTransactionByHash", first) is None
    assert wallet.receipt(second)["status"] == "0x1"
    assert wallet.numbers(CONFIG, 12, key)[0] == NMR("0.2").wei


def test_a_gap_in_the_nonces_and_too_small_a_fee_wait(sandbox, wallet, key) -> None:
    later = wallet.send(setting(12, key, "0.4"), nonce=1)
    assert wallet.receipt(later) is None
    low = wallet.send(setting(12, key, "0.3"), maxFeePerGas=10**9, maxPriorityFeePerGas=10**8)
    assert wallet.receipt(low) is None
    sandbox.chain.base_fee = 10**9
    assert sandbox.mine() == 2
    blocks = [int(wallet.receipt(tx)["blockNumber"], 16) for tx in (low, later)]
    assert blocks == sorted(set(blocks))
    assert wallet.numbers(CONFIG, 12, key)[0] == NMR("0.4").wei


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chainId": 5}, "invalid chain id for signer: have 5 want 1"),
        ({"gas": 21_000}, "intrinsic gas too low"),
        ({"maxPriorityFeePerGas": 11 * 10**9}, "max priority fee per gas higher"),
        ({"maxFeePerGas": 10**13}, "insufficient funds for gas * price + value"),
    ],
)
def test_what_a_node_does_not_take(sandbox, wallet, key, changes, message) -> None:
    error = wallet.error(SEND, wallet.sign(setting(12, key, "1"), **changes))
    assert error["code"] == -32000
    assert message in error["message"]
    assert sandbox.chain.pool == {}
    assert sandbox.requests[-1] == {"kind": "rpc", "fields": (SEND,), "applied": False}


@pytest.mark.parametrize(
    "raw", ["0x", "0x02", "0x02c0", "0xdeadbeef", "nonsense", "0x02" + "f8" * 9]
)
def test_rubbish_is_no_transaction(wallet, raw) -> None:
    assert wallet.error(SEND, raw)["code"] == -32000


def test_the_high_twin_of_a_signature_is_not_taken(sandbox, wallet, key) -> None:
    import rlp
    from eth_account import Account

    *fields, parity, r, s = rlp.decode(bytes.fromhex(wallet.sign(setting(12, key, "1"))[4:]))
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    twin = [*fields, b"" if parity else b"\x01", r, (order - int.from_bytes(s)).to_bytes(32)]
    raw = "0x02" + rlp.encode(twin).hex()
    assert Account.recover_transaction(raw) == wallet.account.address
    assert "v, r, s values" in wallet.error(SEND, raw)["message"]
    assert sandbox.chain.pool == {}


def test_a_tampered_transaction_has_another_sender(sandbox, wallet, key) -> None:
    raw = wallet.sign(setting(12, key, "1"))
    forged = raw.replace(word(NMR(1).wei), word(NMR(9).wei))
    assert "insufficient funds" in wallet.error(SEND, forged)["message"]


def test_a_legacy_transaction_is_taken_too(wallet, key) -> None:
    fields = {
        "chainId": 1,
        "nonce": 0,
        "to": bytes.fromhex(wallet.strategy[2:]),
        "data": setting(12, key, "1"),
        "value": 0,
        "gas": 150_000,
        "gasPrice": 10 * 10**9,
    }
    signed = wallet.account.sign_transaction(fields)
    receipt = wallet.receipt(wallet.ask(SEND, "0x" + bytes(signed.raw_transaction).hex()))
    assert (receipt["status"], receipt["type"]) == ("0x1", "0x0")


def test_without_the_library_sending_says_what_to_install(wallet, key, monkeypatch) -> None:
    raw = wallet.sign(setting(12, key, "1"))
    monkeypatch.setitem(sys.modules, "eth_account", None)
    error = wallet.error(SEND, raw)
    assert "numstake-tui[atomic]" in error["message"]
    assert wallet.ask("eth_chainId") == "0x1"


# faults


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("status_before", (502, 0)),
        ("status_after", (502, 1)),
        ("html", (200, 0)),
        ("refuse", (400, 0)),
    ],
)
def test_faults_strike_one_method_before_or_after_it_took_effect(
    sandbox, wallet, key, fault, answer
) -> None:
    raw = wallet.sign(setting(12, key, "1"))
    sandbox.fail(fault, on=f"rpc:{SEND}")
    assert wallet.ask("eth_chainId") == "0x1"
    assert (wallet.post(SEND, raw).status_code, len(sandbox.chain.mined)) == answer
    assert wallet.post(SEND, raw).status_code == 200


def test_a_lost_reply_leaves_the_transaction_on_chain(sandbox, wallet, key) -> None:
    raw = wallet.sign(setting(12, key, "1"))
    sandbox.fail("drop_after", on="rpc")
    with pytest.raises(requests.ConnectionError):
        wallet.post(SEND, raw)
    tx_hash = "0x" + keccak(hexstr=raw).hex().removeprefix("0x")
    assert wallet.receipt(tx_hash)["status"] == "0x1"


def test_faults_of_graphql_leave_ethereum_alone(sandbox, wallet) -> None:
    sandbox.fail("status_before", on="query", times=0)
    assert wallet.ask("eth_chainId") == "0x1"
    sandbox.clear_faults()
    sandbox.fail("nulls", on="rpc")
    assert wallet.ask("eth_chainId") is None


def test_mining_is_controlled_over_http(sandbox, wallet, key) -> None:
    control.automine(sandbox.url, on=False)
    tx_hash = wallet.send(setting(12, key, "0.75"))
    assert control.mine(sandbox.url)["mined"] == 1
    assert wallet.receipt(tx_hash)["status"] == "0x1"
    dropped = wallet.send(setting(12, key, "0.5"))
    url = f"{sandbox.url}_sandbox/drop"
    assert requests.post(url, json={}, timeout=20).json()["dropped"] == 1
    assert wallet.ask("eth_getTransactionByHash", dropped) is None
    control.automine(sandbox.url, on=True)
    assert wallet.receipt(wallet.send(setting(12, key, "0.6")))["status"] == "0x1"
    bad = requests.post(f"{sandbox.url}_sandbox/migrate", json={}, timeout=20)
    assert bad.status_code == 400
