"""A plain JSON-RPC client and a wallet, for tests."""

from __future__ import annotations

from typing import Any

import requests
from eth_account import Account
from eth_utils import to_checksum_address

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from ledger.sandbox.chain.coding import SELECTORS, word

CONFIG = "modelConfig(uint256,bytes32)"
SET = "setModelConfig(uint256,bytes32,uint128,uint8,bool)"
SET_ALL = "setModelConfigs((uint256,bytes32,uint128,uint8,bool)[])"
STAKE = "stakeByRound(uint256,address,bytes32)"

STRANGER = "0x" + "77" * 32
"""Somebody else's key."""


def data(function: str, *words: int | str) -> str:
    """Calldata of static arguments; text is hex."""
    numbers = (int(w, 16) if isinstance(w, str) else w for w in words)
    return "0x" + SELECTORS[function] + "".join(map(word, numbers))


class Wallet:
    """Signs with one key and talks to one sandbox."""

    def __init__(self, sandbox: Sandbox, tournament: Tournament, key: str | None = None) -> None:
        self.sandbox = sandbox
        self.strategy = sandbox.strategies[tournament]
        self.account = Account.from_key(key or sandbox.owner_key)
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, method: str, *params: Any) -> requests.Response:
        body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
        return self.session.post(self.sandbox.rpc_url, json=body, timeout=20)

    def ask(self, method: str, *params: Any) -> Any:
        answer = self.post(method, *params).json()
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, *params: Any) -> dict[str, Any]:
        return self.post(method, *params).json()["error"]

    def call(self, function: str, *words: int | str, to: str | None = None) -> str:
        call = {"to": to or self.strategy, "data": data(function, *words)}
        return self.ask("eth_call", {**call, "from": self.account.address}, "latest")

    def numbers(self, function: str, *words: int | str, to: str | None = None) -> list[int]:
        answer = self.call(function, *words, to=to).removeprefix("0x")
        return [int(answer[at : at + 64], 16) for at in range(0, len(answer), 64)]

    def sign(self, calldata: str, **changes: Any) -> str:
        """A signed transaction to the strategy, raw."""
        fields = {
            "type": 2,
            "chainId": 1,
            "nonce": int(self.ask("eth_getTransactionCount", self.account.address, "latest"), 16),
            "to": to_checksum_address(self.strategy),
            "data": calldata,
            "value": 0,
            "gas": 150_000,
            "maxFeePerGas": 10 * 10**9,
            "maxPriorityFeePerGas": 10**9,
            **changes,
        }
        if changes.get("to", "") is None:
            del fields["to"]
        return "0x" + self.account.sign_transaction(fields).raw_transaction.hex().removeprefix("0x")

    def send(self, calldata: str, **changes: Any) -> str:
        """Sign and send; the hash."""
        return self.ask("eth_sendRawTransaction", self.sign(calldata, **changes))

    def receipt(self, tx_hash: str) -> Any:
        return self.ask("eth_getTransactionReceipt", tx_hash)


def setting(tournament: int, key: str, stake: str, mode: int = 0, enabled: int = 1) -> str:
    """Calldata of one ``setModelConfig``."""
    return data(SET, tournament, key, NMR(stake).wei, mode, enabled)
