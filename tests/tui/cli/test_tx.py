"""Transactions and the owner's key from scripts, as processes on the sandbox's chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.model import Tournament
from ledger.sandbox import Sandbox
from tests.conftest import NOW, PASSPHRASE
from tests.tui.cli.shell import files_with
from tests.tui.cli.warm import WarmShell as Shell


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=7, models=16, rounds=60, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, world: Sandbox) -> Shell:
    """A synced ledger on the sandbox's chain; the key is kept in the keyring of these processes."""
    config = tmp_path / "config" / "numstake-tui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        "[credentials]\nallow_environment = true\n"
        f'[atomic]\nrpc_url = "{world.rpc_url}"\nreceipt_timeout = 0\nconfirmations = 0\n'
        f'classic_strategy = "{world.strategies[Tournament.CLASSIC]}"\n'
        f'crypto_strategy = "{world.strategies[Tournament.CRYPTO]}"\n'
    )
    public_id, secret = world.keys["full"]
    shell = Shell(tmp_path, world.url)
    shell.key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}  # type: ignore[attr-defined]
    run(shell, "sync")
    return shell


def run(shell: Shell, *arguments: str, stdin: str = "", code: int = 0) -> str:
    result = shell(*arguments, stdin=stdin, code=code, **shell.key)  # type: ignore[attr-defined]
    return result.stdout if code == 0 else result.stderr


def told(shell: Shell, *arguments: str, stdin: str = "") -> Any:
    return json.loads(run(shell, *arguments, "--json", stdin=stdin))


def added(shell: Shell, channel: str, per_round: str = "0.75") -> str:
    """The number of a confirmed change of a Crypto model."""
    models = told(shell, "strategy", "show")["tournaments"]
    crypto = next(entry for entry in models if entry["tournament"] == 12)
    name = next(model["model"] for model in crypto["models"] if model["key"])
    number = run(
        shell,
        *("queue", "add", "--tournament", "12", "--model", name, "--kind", "set-per-round"),
        *("--per-round", per_round, "--mode", "constant", "--enabled", "--channel", channel),
    ).strip()
    confirmed = run(shell, "queue", "confirm", number)
    assert f"{per_round} NMR per round" in confirmed
    return number


def applied(world: Sandbox) -> list[str]:
    return [str(one["field"]) for one in world.mutations_applied]


def test_signed_elsewhere(shell: Shell, world: Sandbox, tmp_path: Path) -> None:
    from eth_account import Account
    from eth_utils import to_checksum_address

    number = added(shell, "unsigned")
    file = tmp_path / "unsigned.json"
    assert "tx import" in run(shell, "tx", "export", number, "-o", str(file))
    assert "exists already" in run(shell, "tx", "export", number, "-o", str(file), code=2)
    document = json.loads(file.read_text())
    fields = {key: value for key, value in document["transaction"].items() if key != "from"}
    fields["to"] = to_checksum_address(fields["to"])
    wrong = Account.sign_transaction({**fields, "value": "0x1"}, world.owner_key).raw_transaction
    refused = run(shell, "tx", "import", number, "-", stdin=f"0x{bytes(wrong).hex()}\n", code=1)
    assert "value" in refused
    raw = bytes(Account.sign_transaction(fields, world.owner_key).raw_transaction).hex()
    kept = told(shell, "tx", "import", number, "-", stdin=f"0x{raw}\n")
    assert kept["state"] == "signed"
    assert applied(world) == []
    assert "accepted" in run(shell, "queue", "run")
    assert applied(world) == ["setModelConfig"]
    (sent,) = told(shell, "tx", "status", number)["transactions"]
    assert (sent["state"], sent["hash"]) == ("mined", kept["hash"])


def test_signed_here(shell: Shell, world: Sandbox) -> None:
    assert "No key" in shell("wallet", "show", code=1).stdout
    imported = told(shell, "wallet", "import", "-", stdin=f"{PASSPHRASE}\n{world.owner_key}\n")
    assert imported["address"].lower() == world.owner_address.lower()
    number = added(shell, "signed")
    assert "passphrase" in run(shell, "tx", "sign", number, stdin="wrong\n", code=2).lower()
    assert told(shell, "tx", "status", number)["transactions"] == []
    signed = told(shell, "tx", "sign", number, stdin=f"{PASSPHRASE}\n")
    assert signed["from"].lower() == world.owner_address.lower()
    assert "accepted" in run(shell, "queue", "run")
    assert applied(world) == ["setModelConfig"]
    assert told(shell, "wallet", "forget") == {"removed": True}
    assert "No key" in shell("wallet", "show", code=1).stdout
    bare = world.owner_key.removeprefix("0x")
    assert not any(bare in text or PASSPHRASE in text for text in shell.spoken)
    assert files_with(shell.home, bare) == []
    assert files_with(shell.home, PASSPHRASE) == []


def test_by_hand(shell: Shell) -> None:
    number = added(shell, "by-hand")
    assert "V3 Stakes page" in run(shell, "queue", "run")
    assert "accepted" in run(shell, "queue", "done", number)
    again = added(shell, "by-hand", "0.5")
    moved = told(shell, "queue", "way", again, "unsigned")
    assert (moved["channel"], moved["state"]) == ("unsigned", "draft")
    assert moved["setting"] == {"per_round": "0.5", "mode": "constant", "enabled": True}


def test_what_a_kind_needs_is_said(shell: Shell) -> None:
    kind = ("queue", "add", "--tournament", "12", "--kind")
    assert "needs --nmr" in run(shell, *kind, "deposit", code=2)
    assert "takes no --model" in run(
        shell, *kind, "withdraw", "--nmr", "1", "--model", "elm", code=2
    )
    assert "needs --per-round" in run(shell, *kind, "set-mode", "--model", "elm", code=2)
    number = run(shell, *kind, "deposit", "--nmr", "1").strip()
    assert told(shell, "queue", "log", number)["change"]["model"] == "Crypto strategy"
