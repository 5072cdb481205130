"""What ``--json`` prints is a contract: every command has a schema, and keeps to it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from keyrings.alt.file import PlaintextKeyring

from ledger.domain.model import Tournament
from ledger.sandbox import Sandbox
from tests.conftest import NOW, PASSPHRASE, SandboxClock
from tests.tui.cli.walking import walk
from tui.cli import run, schemas

PRINTED: set[str] = set()
"""The commands whose documents were held against their schemas."""


def strict(shape: Any) -> Any:
    """``shape`` without leave for fields that it does not name."""
    if isinstance(shape, list):
        return [strict(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    parts = {key: strict(part) for key, part in shape.items()}
    return parts | ({"additionalProperties": False} if "required" in shape else {})


class Shell:
    """Runs commands in this process; what they print as JSON has to follow its schema."""

    def __init__(self, home: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.url, self._capsys = home, url, capsys

    def __call__(self, *arguments: str, stdin: str = "", code: int | None = 0) -> str:
        before, sys.stdin = sys.stdin, io.StringIO(stdin)
        try:
            ended = run(["--at", str(self.home), "--api-url", self.url, *arguments])
        finally:
            sys.stdin = before
        printed = self._capsys.readouterr()
        assert code in {None, ended}, (arguments, printed)
        return printed.out

    def json(
        self, name: str, *arguments: str, stdin: str = "", code: int | None = 0
    ) -> dict[str, Any]:
        text = self(*name.split(), *arguments, "--json", stdin=stdin, code=code)
        document: dict[str, Any] = json.loads(text)
        checker = Draft202012Validator(strict(schemas.schema(name)), format_checker=FormatChecker())
        wrong = [f"{one.json_path}: {one.message[:300]}" for one in checker.iter_errors(document)]
        assert not wrong, (name, wrong[:5])
        PRINTED.add(name)
        return document


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=7, models=16, rounds=90, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def kept_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A keyring of this test's own, chosen by the user."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    backend, before = PlaintextKeyring(), keyring.get_keyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    keyring.set_keyring(backend)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def shell(
    tmp_path: Path,
    world: Sandbox,
    kept_keys: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """A home whose config names the sandbox's chain, and a key in the environment."""
    for place in ("ledger.opening.SystemClock", "tui.cli.status.SystemClock"):
        monkeypatch.setattr(place, lambda: SandboxClock(world))
    public_id, secret = world.keys["full"]
    monkeypatch.setenv("NUMSTAKE_PUBLIC_ID", public_id)
    monkeypatch.setenv("NUMSTAKE_SECRET_KEY", secret)
    (tmp_path / "config.toml").write_text(
        "[credentials]\nallow_environment = true\n"
        f'[atomic]\nrpc_url = "{world.rpc_url}"\nreceipt_timeout = 0\nconfirmations = 0\n'
        f'classic_strategy = "{world.strategies[Tournament.CLASSIC]}"\n'
        f'crypto_strategy = "{world.strategies[Tournament.CRYPTO]}"\n'
    )
    shell = Shell(tmp_path, world.url, capsys)
    shell.json("sync", code=None)
    return shell


def test_there_is_a_schema_for_every_command_that_prints_json_and_no_other() -> None:
    printing = {
        " ".join(path)
        for path, command in walk()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert printing == set(schemas.documents())
    for name in printing:
        Draft202012Validator.check_schema(schemas.schema(name))


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "queue", "list"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == schemas.schema("queue list")
    assert (printed["version"], printed["type"]) == (1, "object")
    assert run(["schema"]) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == sorted(schemas.documents())
    assert run(["schema", "queue", "lst"]) == 2
    assert "queue list" in capsys.readouterr().err


@pytest.mark.long
def test_every_command_keeps_to_its_schema(shell: Shell, world: Sandbox, tmp_path: Path) -> None:
    look(shell)
    change(shell, world)
    plan(shell, tmp_path)
    sign(shell, world)
    predict(shell, tmp_path)
    keep(shell, tmp_path)
    shell.json("sandbox advance", "--url", world.url)
    shell.json("sandbox migrate", "signals", "--url", world.url)
    assert set(schemas.documents()) == PRINTED


def look(shell: Shell) -> None:
    """What only reads."""
    shell.json("status")
    shell.json("models")
    shell.json("doctor", code=None)
    shell.json("doctor", "--api", code=None)
    shell.json("doctor", "--acknowledge", "all")
    shell.json("notices")
    for by in ("round", "model"):
        shell.json("earnings", "--by", by)
    shell.json("earnings", "--currency", "USD", "--interpolate")
    cells = shell.json("earnings", "--last", "40")["rounds"]
    for cell in (cells[0], cells[-1]):
        where = ("--tournament", str(cell["tournament"]), "--round", str(cell["round"]))
        shell.json("explain", *where, "--model", cell["model_id"])
    shell.json("positions", "--all")
    shell.json("unlocks", "--free", "5")
    shell.json("strategy show")
    shell.json("strategy learn-keys")
    shell.json("project", "--tournament", "crypto", "--rounds", "5", "--payouts", "history")
    shell.json("cash", "5")
    shell.json("risk")
    shell.json("config show")


def staked(shell: Shell) -> list[dict[str, Any]]:
    """Models of Signals with a stake and nothing pending."""
    models = shell.json("models")["models"]
    return [
        model
        for model in models
        if model["system"] == "continuous" and not model["pending"] and float(model["staked"]) > 2
    ]


def change(shell: Shell, world: Sandbox) -> None:
    """Changes from draft to what became of them."""
    model, other, *_ = staked(shell)
    drain = ("--tournament", "signals", "--model", model["id"], "--kind", "decrease")
    one, two, by_hand = (
        str(shell.json("queue add", *drain, "--nmr", "0.5")["id"]) for _ in range(3)
    )
    shell.json("queue edit", one, "--nmr", "0.25", "--not-before-round", "1")
    shell.json("queue move", two, "--before", one)
    shell.json("queue cancel", two)
    shell.json("queue cancel", by_hand)
    shell.json("queue list")
    shell.json("queue confirm", one)
    world.fail("drop_before", on="mutation")
    shell.json("queue run", code=1)
    shell.json("queue reconcile", code=1)
    shell.json("queue log", one)
    shell.json("queue judge", one, "missing")
    again = str(shell.json("queue retry", one)["id"])
    shell.json("queue confirm", again)
    shell.json("queue run", code=None)
    shell.json("move", "1", model["id"], other["id"], "--dry-run")


def plan(shell: Shell, folder: Path) -> None:
    """Targets, plans and policies."""
    other = staked(shell)[1]
    file = folder / "mine.toml"
    file.write_text(f'tournament = "signals"\n[targets]\n"{other["name"]}" = "+1"\n')
    (folder / "data" / "targets" / "default").mkdir(parents=True)
    (folder / "data" / "targets" / "default" / "mine.toml").write_text(file.read_text())
    shell.json("targets import", str(file))
    shell.json("targets set", "mine")
    shell.json("targets show", "--tournament", "signals")
    shell.json("targets export", "--tournament", "signals")
    shell.json("plan", "--tournament", "signals", "--simulate", "5")
    signals = ("--tournament", "signals")
    shell.json("policy set", *signals, "--from", "others", "--to", "wallet=50", "--every", "7")
    shell.json("policy on", *signals, "--name", "mine")
    shell.json("policy show", *signals)
    shell.json("policy simulate", *signals)
    shell.json("policy off", *signals)
    shell.json("policy history", *signals)
    shell.json("policy clear", *signals)


def sign(shell: Shell, world: Sandbox) -> None:
    """Atomic changes by hand and by a transaction."""
    tournaments = shell.json("strategy show")["tournaments"]
    crypto = next(entry for entry in tournaments if entry["tournament"] == 12)
    model = next(one["model_id"] for one in crypto["models"] if one["key"])
    add = ("--tournament", "crypto", "--model", model, "--kind", "set-per-round")
    setting = ("--per-round", "0.75", "--mode", "constant", "--enabled")
    shell.json("wallet show", code=1)
    shell.json("wallet import", "-", stdin=f"{PASSPHRASE}\n{world.owner_key}\n")
    shell.json("wallet show")
    number = str(shell.json("queue add", *add, *setting, "--channel", "unsigned")["id"])
    shell.json("queue way", number, "signed")
    shell.json("queue confirm", number)
    shell.json("tx sign", number, stdin=f"{PASSPHRASE}\n")
    world.automine(False)
    shell.json("queue run", code=None)
    shell.json("tx send-again", number, code=None)
    shell.json("tx bump", number, stdin=f"{PASSPHRASE}\n", code=None)
    shell.json("tx status", number)
    world.automine(True)
    world.mine()
    shell.json("queue run", code=None)
    signed_elsewhere(shell, world, (*add, "--per-round", "0.5", "--mode", "constant", "--enabled"))
    by_hand = str(shell.json("queue add", *add, *setting, "--channel", "by-hand")["id"])
    shell.json("queue confirm", by_hand)
    shell.json("queue done", by_hand)


def signed_elsewhere(shell: Shell, world: Sandbox, add: tuple[str, ...]) -> None:
    from eth_account import Account
    from eth_utils import to_checksum_address

    number = str(shell.json("queue add", *add, "--channel", "unsigned")["id"])
    shell.json("queue confirm", number)
    document = json.loads(shell("tx", "export", number))
    fields = {key: value for key, value in document["transaction"].items() if key != "from"}
    fields["to"] = to_checksum_address(fields["to"])
    raw = bytes(Account.sign_transaction(fields, world.owner_key).raw_transaction).hex()
    shell.json("tx import", number, "-", stdin=f"0x{raw}\n")
    shell.json("queue run", code=None)
    shell.json("wallet forget")


def predict(shell: Shell, folder: Path) -> None:
    """Predictors and slots."""
    for name in ("ant", "bee", "cat"):
        shell.json("predictors add", name)
    shell.json("predictors describe", "ant", "--notes", "six legs")
    shell.json("predictors rename", "cat", "cow")
    shell.json("predictors retire", "cow")
    shell.json("predictors list", "--all")
    first, second, *_ = (slot["slot"] for slot in shell.json("slots next")["slots"])
    shell.json("slots assign", first, "ant")
    shell.json("slots swap", first, second)
    shell.json("slots undo")
    shell.json("slots history", first)
    shell.json("slots shuffle", "--slots", f"{first},{second}", "--dry-run")
    shell.json("slots show")
    file = folder / "log.csv"
    shell.json("slots export", str(file))
    shell.json("slots import", str(file), "--closed")
    newest = shell.json("slots show", "--last", "8")["rounds"]
    for row in newest[2:]:
        shell.json("slots assign", first, "ant", "--round", str(row["round"]), "--closed")
    shell.json("predictors scores")
    shell.json("shuffle backtest", "--by-slot", "--shuffles", "20", "--nmr")


def keep(shell: Shell, folder: Path) -> None:
    """Records and backups."""
    file = folder / "prices.csv"
    file.write_text("date,price\n2026-10-01,10\n2026-10-02,11\n")
    shell.json("prices import", str(file), "--currency", "CHF")
    shell.json("prices show", "--currency", "CHF")
    shell.json("export", "csv", "-o", str(folder / "records.csv"))
    shell.json("summary")
    shell.json("backup", str(folder / "backup.sqlite3"))
    shell.json("restore", str(folder / "backup.sqlite3"))
