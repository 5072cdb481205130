"""A real EVM for tests: anvil on a free loopback port, with the contracts of `contracts/`.

anvil comes from npm, pinned: `cp .ci/evm/*.json DIR; npm ci --ignore-scripts --prefix DIR`, then
NUMSTAKE_ANVIL=DIR/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil, or anvil on PATH.
Without it these tests skip and say so. `.ci/run` installs it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ledger.chain import abi
from ledger.chain.abi import Modes
from ledger.chain.rpc import Rpc
from ledger.chain.strategy import StrategyReader
from ledger.clock import FrozenClock
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.stakes.strategy import StrategyReading

_T = TypeVar("_T")
ARTEFACT = Path(__file__).parent / "contracts" / "strategy.json"
CHAIN = 31
MODES = Modes(constant=0, compound=1)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLASSIC = Tournament.CLASSIC
KEY = "0x" + "ab" * 32
ETHER = 10**18
OWNER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
OWNER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
OTHER_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
OTHER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
"""The first two of anvil's well-known accounts; it signs for them itself where asked to."""

_APPROVE, _PUT, _GIVE, _PAUSE = "0x095ea7b3", "0x3b61fc4b", "0xbdf86a66", "0x02329a29"
_LISTENING = re.compile(rb"Listening on (127\.0\.0\.1:\d+)")
_MISSING = (
    "no anvil: cp .ci/evm/*.json DIR; npm ci --ignore-scripts --prefix DIR; set NUMSTAKE_ANVIL to"
    " DIR/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil (or put anvil on PATH)"
)


def anvil_binary() -> str:
    """Where anvil is; skips the test when it is nowhere."""
    found = os.environ.get("NUMSTAKE_ANVIL") or shutil.which("anvil")
    if found is None:
        pytest.skip(_MISSING)
    return found


@contextlib.contextmanager
def running(*options: str) -> Iterator[str]:
    """The address of an anvil of one's own."""
    command = [anvil_binary(), "--port", "0", "--chain-id", str(CHAIN), *options]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)

        def address() -> str | None:
            assert process.poll() is None, "anvil ended at once"
            match = _LISTENING.search(os.pread(said.fileno(), 100_000, 0))
            return None if match is None else match[1].decode()

        try:
            yield f"http://{until(address)}"
        finally:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class World:
    """A chain with one strategy that belongs to :data:`OWNER`, who has 1000 NMR."""

    url: str
    rpc: Rpc
    reader: StrategyReader
    token: str
    staking: str
    strategy: str

    @classmethod
    def on(cls, url: str) -> World:
        rpc = Rpc(url)
        reader = StrategyReader(rpc, chain_id=CHAIN, modes=MODES, clock=FrozenClock(NOW))
        token = deploy(rpc, "Token", abi.address_word(OWNER), abi.uint(NMR(1000).wei))
        staking = deploy(rpc, "Staking")
        words = (abi.address_word(OWNER), abi.address_word(staking), abi.address_word(token))
        return cls(url, rpc, reader, token, staking, deploy(rpc, "Strategy", *words))

    def read(self, *, staking: str | None = None) -> StrategyReading:
        return self.reader.read(CLASSIC, self.strategy, staking=staking or self.staking)

    def approve(self, nmr: NMR) -> None:
        words = abi.address_word(self.strategy) + abi.uint(nmr.wei)
        send(self.rpc, OWNER, self.token, _APPROVE + words)

    def put(self, round_number: int, key: str, nmr: NMR) -> None:
        words = (
            abi.uint(round_number),
            abi.address_word(self.strategy),
            abi.key_word(key),
            abi.uint(nmr.wei),
        )
        send(self.rpc, OTHER, self.staking, _PUT + "".join(words))

    def give(self, owner: str) -> None:
        send(self.rpc, OTHER, self.strategy, _GIVE + abi.address_word(owner))

    def pause(self) -> None:
        send(self.rpc, OTHER, self.strategy, _PAUSE + abi.uint(1))

    def mine(self, blocks: int = 1) -> None:
        self.rpc.call("anvil_mine", [hex(blocks)])

    def automine(self, *, on: bool) -> None:
        self.rpc.call("evm_setAutomine", [on])

    def count(self, address: str = OWNER) -> int:
        return abi.quantity(self.rpc.call("eth_getTransactionCount", [address, "latest"]), "nonce")


def deploy(rpc: Rpc, name: str, *words: str) -> str:
    """The address of a new contract."""
    code = json.loads(ARTEFACT.read_text())["contracts"][name]["bytecode"]
    sent = {"from": OTHER, "data": code + "".join(words), "gas": hex(3_000_000)}
    receipt = mined(rpc, rpc.call("eth_sendTransaction", [sent]))
    return str(receipt["contractAddress"]).lower()


def send(rpc: Rpc, sender: str, to: str, data: str) -> None:
    """Mine a call that anvil signs itself."""
    call = {"from": sender, "to": to, "data": data, "gas": hex(500_000)}
    mined(rpc, rpc.call("eth_sendTransaction", [call]))


def mined(rpc: Rpc, tx_hash: object) -> dict[str, Any]:
    """The receipt of a transaction that succeeds."""
    receipt = until(lambda: rpc.call("eth_getTransactionReceipt", [tx_hash]))
    assert isinstance(receipt, dict)
    assert receipt["status"] == "0x1"
    return receipt


def until(look: Callable[[], _T | None]) -> _T:
    """What ``look()`` gives as soon as it gives anything."""
    deadline = time.monotonic() + 30
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
    return found
