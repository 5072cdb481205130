"""The sandbox's Ethereum JSON-RPC endpoint: method and parameters in, result or error out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.sandbox.chain.chain import CHAIN_ID, GWEI, Chain, Mined, NotAccepted
from ledger.sandbox.chain.coding import Revert
from ledger.sandbox.chain.transactions import NoLibrary, Transaction, Undecodable, decode
from ledger.sandbox.server.api import Api

SEND = "eth_sendRawTransaction"
"""The method that hands a transaction over; faults can be set on it alone."""

_GAS_LIMIT = 36_000_000
"""The gas limit told of every block; no transaction here comes near it."""

_TIP = GWEI // 10
_MOST_BLOCKS = 1024
"""Blocks that a fee history covers at most, as with real nodes."""

_NOBODY = "0x" + "0" * 40


class RpcError(Exception):
    """An answer's ``error``."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class Rpc:
    """Answers JSON-RPC requests under the same lock, and at the same time, as GraphQL's."""

    def __init__(self, api: Api, chain: Chain) -> None:
        self._api = api
        self._chain = chain
        self._asked, self._behind = 0, 0
        self._methods: dict[str, Callable[..., Any]] = {
            "eth_blockNumber": lambda: hex(self._head),
            "eth_call": self._call,
            "eth_chainId": lambda: hex(CHAIN_ID),
            "eth_estimateGas": self._estimate,
            "eth_feeHistory": self._fee_history,
            "eth_gasPrice": lambda: hex(chain.base_fee + _TIP),
            "eth_getBalance": self._balance,
            "eth_getBlockByNumber": self._block,
            "eth_getCode": lambda address, _block="latest": chain.contracts.code(address),
            "eth_getLogs": self._logs,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionCount": self._count,
            "eth_getTransactionReceipt": self._receipt,
            "eth_maxPriorityFeePerGas": lambda: hex(_TIP),
            SEND: self._send,
            "eth_syncing": lambda: False,
            "net_version": lambda: str(CHAIN_ID),
            "web3_clientVersion": lambda: "numstake-sandbox",
        }

    def answers(self, body: list[object]) -> list[dict[str, Any]]:
        """The answers to the requests that came in one body: one node gives all of them."""
        with self._api.lock:
            self._asked += 1
            self._behind = self._chain.behind if self._asked % 2 else 0
            return [self.answer(request) for request in body]

    @property
    def _head(self) -> int:
        """The newest block of the node that answers."""
        return self._chain.block - self._behind

    def answer(self, request: object) -> dict[str, Any]:
        """The answer to one request object."""
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _failed(None, RpcError(-32600, "invalid request"))
        identity, method = request.get("id"), request["method"]
        params = request.get("params", [])
        with self._api.lock:
            self._api.now()
            try:
                result = self._run(method, params)
            except RpcError as error:
                self._api.note("rpc", (method,), applied=False)
                return _failed(identity, error)
            self._api.note("rpc", (method,), applied=method == SEND)
        return {"jsonrpc": "2.0", "id": identity, "result": result}

    def _run(self, method: str, params: object) -> Any:
        run = self._methods.get(method)
        if run is None:
            raise RpcError(-32601, f"the method {method} does not exist/is not available")
        if not isinstance(params, list):
            raise RpcError(-32602, "non-array args")
        try:
            return run(*params)
        except Revert as revert:
            raise RpcError(3, "execution reverted", revert.data) from None
        except NotAccepted as refusal:
            raise RpcError(-32000, str(refusal)) from None
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise RpcError(-32602, f"invalid argument: {error}") from None

    # reads

    def _balance(self, address: str, _block: object = "latest") -> str:
        return hex(self._chain.balance(address))

    def _count(self, address: str, block: object = "latest") -> str:
        if block == "pending":
            return hex(self._chain.nonce(address, pending=True))
        number = self._number(str(block))
        if number > self._head:
            raise RpcError(-32000, "header not found")
        return hex(self._chain.nonce(address, at=number))

    def _call(self, call: dict[str, Any], _block: object = "latest") -> str:
        return self._chain.run(*_called(call)).result

    def _estimate(self, call: dict[str, Any], _block: object = "latest") -> str:
        to, data, sender, value = _called(call)
        outcome = self._chain.run(to, data, sender, value)
        assumed = Transaction("", 2, CHAIN_ID, sender, 0, to, data, value, 0, 0, 0)
        return hex(self._chain.used(assumed, outcome))

    def _block(self, block: str, full: bool = False) -> dict[str, Any] | None:
        chain, number = self._chain, self._number(block)
        if number > self._head or number < 0:
            return None
        inside = [mined for mined in chain.mined.values() if mined.block == number]
        return {
            "number": hex(number),
            "hash": chain.block_hash(number),
            "parentHash": chain.block_hash(number - 1),
            "timestamp": hex(int(chain.block_time(number).timestamp())),
            "baseFeePerGas": hex(chain.base_fee),
            "gasLimit": hex(_GAS_LIMIT),
            "gasUsed": hex(sum(mined.gas_used for mined in inside)),
            "miner": _NOBODY,
            "transactions": [
                self._shown(mined) if full else mined.transaction.hash for mined in inside
            ],
        }

    def _fee_history(
        self, count: str | int, newest: str, percentiles: list[float] | None = None
    ) -> dict[str, Any]:
        blocks = int(count, 16) if isinstance(count, str) else count
        blocks = min(max(blocks, 0), _MOST_BLOCKS)
        history: dict[str, Any] = {
            "oldestBlock": hex(self._number(newest) - blocks + 1),
            "baseFeePerGas": [hex(self._chain.base_fee)] * (blocks + 1),
            "gasUsedRatio": [0.5] * blocks,
        }
        if percentiles:
            history["reward"] = [[hex(_TIP)] * len(percentiles)] * blocks
        return history

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        first, last = query.get("fromBlock", "latest"), query.get("toBlock", "latest")
        span = range(self._number(first), self._number(last) + 1)
        return [
            log
            for log in self._chain.events()
            if int(log["blockNumber"], 16) <= self._head
            and self._inside(log, query.get("blockHash"), span)
            and _fits(query.get("address"), log["address"])
            and all(
                index < len(log["topics"]) and _fits(topic, log["topics"][index])
                for index, topic in enumerate(query.get("topics") or [])
            )
        ]

    def _inside(self, log: dict[str, Any], block_hash: str | None, span: range) -> bool:
        if block_hash is not None:
            return bool(log["blockHash"] == block_hash)
        return int(log["blockNumber"], 16) in span

    def _number(self, block: str) -> int:
        if block in {"latest", "pending", "safe", "finalized"}:
            return self._head
        return 0 if block == "earliest" else int(block, 16)

    # transactions

    def _send(self, raw: str) -> str:
        try:
            return self._chain.send(decode(raw))
        except Undecodable as error:
            raise RpcError(-32000, str(error)) from None
        except NoLibrary:
            raise RpcError(
                -32603,
                "this sandbox can't recover senders: install numstake-tui[atomic] "
                "(eth-account) where it runs",
            ) from None

    def _transaction(self, tx_hash: str) -> dict[str, Any] | None:
        looked_up = self._chain.find(tx_hash)
        if isinstance(looked_up, Mined) and looked_up.block > self._head:
            looked_up = looked_up.transaction
        return None if looked_up is None else self._shown(looked_up)

    def _shown(self, looked_up: Mined | Transaction) -> dict[str, Any]:
        mined = looked_up if isinstance(looked_up, Mined) else None
        sent = looked_up.transaction if isinstance(looked_up, Mined) else looked_up
        return {
            "hash": sent.hash,
            "type": hex(sent.kind),
            "chainId": None if sent.chain_id is None else hex(sent.chain_id),
            "from": sent.sender,
            "to": sent.to,
            "nonce": hex(sent.nonce),
            "input": sent.data,
            "value": hex(sent.value),
            "gas": hex(sent.gas),
            "gasPrice": hex(mined.price if mined else sent.max_fee),
            "maxFeePerGas": hex(sent.max_fee),
            "maxPriorityFeePerGas": hex(sent.max_priority_fee),
            "blockNumber": hex(mined.block) if mined else None,
            "blockHash": self._chain.block_hash(mined.block) if mined else None,
            "transactionIndex": "0x0" if mined else None,
        }

    def _receipt(self, tx_hash: str) -> dict[str, Any] | None:
        mined = self._chain.mined.get(tx_hash.lower())
        if mined is None or mined.block > self._head:
            return None
        sent = mined.transaction
        return {
            "transactionHash": sent.hash,
            "status": hex(mined.success),
            "type": hex(sent.kind),
            "from": sent.sender,
            "to": sent.to,
            "contractAddress": None,
            "blockNumber": hex(mined.block),
            "blockHash": self._chain.block_hash(mined.block),
            "transactionIndex": "0x0",
            "gasUsed": hex(mined.gas_used),
            "cumulativeGasUsed": hex(mined.gas_used),
            "effectiveGasPrice": hex(mined.price),
            "logs": [e for e in self._chain.events() if e["transactionHash"] == sent.hash],
            "logsBloom": "0x" + "0" * 512,
        }


def _called(call: dict[str, Any]) -> tuple[str | None, str, str, int]:
    data = str(call.get("input") or call.get("data") or "0x")
    bytes.fromhex(data.removeprefix("0x"))
    value = int(str(call.get("value") or "0x0"), 16)
    return call.get("to"), data, str(call.get("from") or _NOBODY), value


def _fits(pattern: object, value: str) -> bool:
    if pattern is None:
        return True
    if isinstance(pattern, list):
        return not pattern or any(_fits(choice, value) for choice in pattern)
    return str(pattern).lower() == value


def _failed(identity: object, error: RpcError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    return {"jsonrpc": "2.0", "id": identity, "error": body}
