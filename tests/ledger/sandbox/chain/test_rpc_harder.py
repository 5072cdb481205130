"""What real Ethereum endpoints do to those who trust them: forks, late nodes, nameless requests."""

from __future__ import annotations

import pytest
import requests

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox, control
from ledger.sandbox.manners import KIND
from ledger.sandbox.world import addresses
from tests.ledger.sandbox.ethereum import CONFIG, Wallet, data, setting

CRYPTO = Tournament.CRYPTO


@pytest.fixture
def wallet(sandbox: Sandbox) -> Wallet:
    return Wallet(sandbox, CRYPTO)


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    slot = next(s for s in sandbox.world.tournaments[CRYPTO].slots if s.locked and not s.stopped)
    return addresses.model_key(sandbox.world, slot)


def test_a_reorganisation_undoes_a_setting_until_it_is_mined_again(sandbox, wallet, key) -> None:
    before = wallet.numbers(CONFIG, 12, key)
    gas = int(wallet.ask("eth_getBalance", sandbox.owner_address), 16)
    tx_hash = wallet.send(setting(12, key, "0.75"))
    receipt = wallet.receipt(tx_hash)
    number = receipt["blockNumber"]
    assert sandbox.reorganise(1) == 1
    assert wallet.receipt(tx_hash) is None
    assert wallet.ask("eth_getTransactionByHash", tx_hash)["blockNumber"] is None
    assert wallet.numbers(CONFIG, 12, key) == before
    assert wallet.ask("eth_getTransactionCount", sandbox.owner_address) == "0x0"
    assert int(wallet.ask("eth_getBalance", sandbox.owner_address), 16) == gas
    assert sandbox.mutations_applied == []
    assert wallet.ask("eth_getLogs", {"fromBlock": number, "toBlock": number}) == []
    assert wallet.ask("eth_getBlockByNumber", number)["hash"] != receipt["blockHash"]
    assert sandbox.mine() == 1
    assert wallet.numbers(CONFIG, 12, key)[0] == NMR("0.75").wei
    assert len(sandbox.mutations_applied) == 1
    assert wallet.receipt(tx_hash)["blockHash"] != receipt["blockHash"]


def test_a_reorganisation_gives_back_what_moved_and_may_forget_it(sandbox, wallet) -> None:
    competition, owner = sandbox.world.tournaments[CRYPTO], sandbox.world.owner
    idle, nmr, rows = competition.idle, owner.nmr, len(sandbox.world.account_wallet.rows)
    wallet.send(data("withdraw(uint256)", NMR("0.1").wei))
    assert (competition.idle, owner.nmr) == (idle - NMR("0.1"), nmr + NMR("0.1"))
    taken = control.reorganise(sandbox.url, 1, keep=False)
    assert taken["taken_back"] == 1
    assert (competition.idle, owner.nmr, len(sandbox.world.account_wallet.rows)) == (
        idle,
        nmr,
        rows,
    )
    assert sandbox.mine() == 0


def test_a_late_node_answers_every_other_request(sandbox, wallet, key) -> None:
    sandbox.advance(days=1)
    tx_hash = wallet.send(setting(12, key, "0.75"))
    head = int(wallet.ask("eth_blockNumber"), 16)
    control.behind(sandbox.url, 3)
    heads = {int(wallet.ask("eth_blockNumber"), 16) for _ in range(2)}
    assert heads == {head, head - 3}
    receipts = [wallet.receipt(tx_hash) for _ in range(2)]
    assert sum(receipt is None for receipt in receipts) == 1
    wanted = {"fromBlock": hex(head), "toBlock": hex(head)}
    found = [wallet.ask("eth_getLogs", wanted) for _ in range(2)]
    assert sorted(map(len, found)) == [0, 1], "above its head a node silently has no logs"
    counts = {wallet.ask("eth_getTransactionCount", sandbox.owner_address) for _ in range(2)}
    assert counts == {"0x0", "0x1"}


def test_a_nonce_counts_from_its_block_on(sandbox, wallet, key) -> None:
    before = wallet.ask("eth_blockNumber")
    wallet.send(setting(12, key, "0.75"))
    address = sandbox.owner_address
    assert wallet.ask("eth_getTransactionCount", address, before) == "0x0"
    assert wallet.ask("eth_getTransactionCount", address, "latest") == "0x1"


def test_a_request_without_a_name_is_refused_unless_the_sandbox_is_kind(sandbox) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}

    def ask(url: str) -> int:
        with requests.Session() as session:
            session.headers["User-Agent"] = ""
            return session.post(url, json=asked, timeout=20).status_code

    assert ask(sandbox.rpc_url) == 403
    with Sandbox(models=1, rounds=1, manners=KIND) as kind:
        assert ask(kind.rpc_url) == 200
