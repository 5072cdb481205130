"""The command line as real processes, against a sandbox on loopback and a keyring in a file.

A first evening, the demo, and what starting and ending a process is about are processes started as
a user starts them; the rest are forks of one.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.tui.cli.shell import AMOUNT, ISO, ROOT, UNREACHABLE, Shell, files_with, login
from tests.tui.cli.warm import WarmShell
from tui.cli.output import Column, table


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=4, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, world: Sandbox) -> Shell:
    return WarmShell(tmp_path, world.url)


@pytest.fixture
def cold(tmp_path: Path, world: Sandbox) -> Shell:
    """A shell whose commands are started as a user starts them."""
    return Shell(tmp_path, world.url)


def test_a_first_evening(cold: Shell, world: Sandbox) -> None:
    """Login, sync, look at everything, logout; the secret is nowhere but in the keyring."""
    greeting = login(cold, world)
    assert "demo_quant" in greeting
    assert "stake" in greeting

    synced = cold.json("sync")
    assert set(synced) == {
        *("requests", "seconds", "rounds", "problems", "complete", "missing_facts"),
        "clock_shift_seconds",
    }
    assert (synced["complete"], synced["missing_facts"]) == (True, [])
    assert synced["requests"] > 0
    assert synced["rounds"] >= 30
    assert synced["problems"] == []

    check_models(cold.json("models"), world)
    check_earnings(cold.json("earnings", "--last", "3"))
    assert "rounds" in cold("sync").stdout
    assert "Settled" in cold("earnings", "--last", "1").stdout
    names = [slot.name for slot in world.world.slots if not slot.archived]
    printed = cold("models").stdout
    assert all(name in printed for name in names)

    found = {check["name"]: check for check in cold.json("doctor")["checks"]}
    assert found["Numerai"]["status"] == "ok"
    assert found["ledger"]["status"] == "ok"
    assert found["keyring"]["status"] == "warn"

    secret = world.keys["stake"][1]
    keyring_files = [path for path in cold.home.rglob("keyring_pass.cfg") if path.is_file()]
    assert len(keyring_files) == 1
    assert files_with(cold.home, secret) == []  # the keyring's own file is base64
    assert not any(secret in text for text in cold.spoken)

    assert "removed" in cold("logout").stdout
    assert "had no API key" in cold("logout").stdout
    assert "login" in cold("sync", code=2).stderr
    assert cold.json("models")["models"], "the ledger stays after logout"


def check_models(said: dict[str, Any], world: Sandbox) -> None:
    assert set(said) == {
        *("as_of", "profile", "wallet", "models", "staked", "pending_payout", "missing_facts")
    }
    assert ISO.fullmatch(said["as_of"])
    assert said["profile"] == "default"
    assert set(said["wallet"]) == {"available", "held"}
    assert all(AMOUNT.fullmatch(amount) for amount in said["wallet"].values())
    slots = {slot.id: slot for slot in world.world.slots if not slot.archived}
    assert {model["id"] for model in said["models"]} == set(slots)
    for model in said["models"]:
        assert set(model) == {
            "id",
            "name",
            "tournament",
            "system",
            "staked",
            "at_risk",
            "pending",
            "take_profit",
            "per_round",
            "mode",
            "submission",
            "archived",
            "missing_since",
            "missing_facts",
        }
        assert model["name"] == slots[model["id"]].name
        assert model["tournament"] in {8, 11, 12}
        assert model["system"] in {"continuous", "atomic"}
        assert model["staked"] is None or AMOUNT.fullmatch(model["staked"])
        assert AMOUNT.fullmatch(model["at_risk"])
        if model["pending"] is not None:
            assert set(model["pending"]) == {"kind", "nmr", "due"}


def check_earnings(said: dict[str, Any]) -> None:
    assert set(said) == {"rounds", "totals", "missing_facts"}
    assert set(said["totals"]) == {"settled", "pending"}
    assert all(AMOUNT.fullmatch(amount) for amount in said["totals"].values())
    assert said["rounds"]
    per_tournament: dict[int, set[int]] = {}
    for row in said["rounds"]:
        assert set(row) == {
            "tournament",
            "round",
            "model",
            "model_id",
            "at_risk",
            "payout",
            "state",
            "factor",
            "clip",
            "scores",
            "resolves",
        }
        assert AMOUNT.fullmatch(row["at_risk"])
        assert row["payout"] is None or AMOUNT.fullmatch(row["payout"])
        assert row["state"] in {"pending", "settled"}
        assert row["resolves"] is None or ISO.fullmatch(row["resolves"])
        assert all(set(score) == {"name", "value", "multiplier"} for score in row["scores"])
        per_tournament.setdefault(row["tournament"], set()).add(row["round"])
    assert all(len(rounds) <= 3 for rounds in per_tournament.values())


def test_every_query_can_be_tried_on_the_server(shell: Shell, world: Sandbox) -> None:
    login(shell, world, "full")
    said = shell.json("doctor", "--api")
    assert said["ok"]
    assert {entry["query"] for entry in said["queries"]} >= {"account", "performances, ranges"}
    lines = shell("doctor", "--api").stdout.splitlines()
    assert lines[0].split() == ["Query", "Part", "Numerai", "ms", "Rows", "Its", "words"]
    assert any(line.startswith("account details") and "taken" in line for line in lines)


def test_a_key_with_less_scopes_is_told_so(shell: Shell, world: Sandbox) -> None:
    assert "Without the scope stake" in login(shell, world, "read_only")


def test_a_key_is_taken_from_where_other_programs_keep_it(shell: Shell, world: Sandbox) -> None:
    public_id, secret = world.keys["read_only"]
    lines = f"NUMERAI_PUBLIC_ID={public_id}\nNUMERAI_SECRET_KEY={secret}\n"
    (shell.home / ".env").write_text(lines)
    said = shell("login", "--from-file", ".env").stdout
    assert "Without the scope stake" in said
    assert "make a new key" in said
    assert "read from .env" in said
    assert (shell.home / ".env").read_text() == lines
    (shell.home / ".numerai").mkdir()
    (shell.home / ".numerai" / ".keys").write_text(f"[numerai]\n{lines}")
    assert "demo_quant" in shell("login", "--from", "numerai-cli", HOME=str(shell.home)).stdout
    variables = {"NUMERAI_PUBLIC_ID": public_id, "NUMERAI_SECRET_KEY": secret}
    assert "demo_quant" in shell("login", "--from", "env", **variables).stdout
    shell("login", "--from", "env", code=2)
    assert secret not in "".join(shell.spoken)


def test_a_wrong_key_is_not_stored(shell: Shell, world: Sandbox) -> None:
    public_id = world.keys["stake"][0]
    result = shell("login", stdin=f"{public_id}\nWRONGWORD4711\n", code=2)
    assert "API key" in result.stderr
    assert "WRONGWORD4711" not in result.stdout + result.stderr
    assert "no API key" in shell("sync", code=2).stderr


def test_an_empty_answer_is_no_key(shell: Shell) -> None:
    assert "empty" in shell("login", stdin="", code=2).stderr


def test_nobody_answers(shell: Shell, world: Sandbox) -> None:
    public_id, secret = world.keys["stake"]
    result = shell("login", stdin=f"{public_id}\n{secret}\n", code=3, url=UNREACHABLE)
    assert "reached" in result.stderr
    assert secret not in result.stderr


def test_errors_never_mix_with_json(shell: Shell) -> None:
    result = shell("sync", "--json", code=2)
    assert result.stdout == ""
    assert "numstake-tui login" in result.stderr


def test_a_config_that_others_can_change_is_said(shell: Shell) -> None:
    folder = shell.home / "config" / "numstake-tui"
    folder.mkdir(parents=True)
    file = folder / "config.toml"
    file.write_text('[limits]\nper_day_nmr = "1"\n[notices]\ncommand = ["x"]\n')
    file.chmod(0o666)
    for command in ("models", "logout"):
        result = shell(command)
        assert f"everybody may write {file}" in result.stderr
        assert "[limits], [notices]: no limit of yours is in force" in result.stderr
        assert "config" not in result.stdout


def test_profiles_are_kept_apart(shell: Shell, world: Sandbox) -> None:
    login(shell, world, "stake", "--profile", "second")
    shell("sync", code=2)
    assert shell.json("--profile", "second", "sync")["rounds"] > 0
    empty = shell.json("models")
    assert (empty["as_of"], empty["models"]) == (None, [])
    assert shell.json("--profile", "second", "models")["profile"] == "second"


def test_one_folder_holds_everything(shell: Shell, world: Sandbox) -> None:
    login(shell, world)
    folder = shell.home / "portable"
    shell("--at", str(folder), "sync")
    assert (folder / "data" / "default.sqlite3").exists()
    assert not list((shell.home / "share").rglob("*.sqlite3"))


def test_the_environment_serves_where_the_config_allows_it(shell: Shell, world: Sandbox) -> None:
    public_id, secret = world.keys["stake"]
    variables = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    folder = shell.home / "portable"
    folder.mkdir()
    assert "allow_environment" in shell("--at", str(folder), "sync", code=2, **variables).stderr
    (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    assert shell.json("--at", str(folder), "sync", **variables)["rounds"] > 0
    assert files_with(shell.home, secret) == []
    assert not any(secret in text for text in shell.spoken)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--profile", "../x", "models"), "profile"),
        (("nonsense",), "No such command"),
        (("earnings", "--last", "0"), "--last"),
        (("models", "--nonsense"), "No such option"),
        (("--demo", "login"), "demo"),
        ((), "terminal"),
    ],
)
def test_wrong_usage_ends_with_2(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    assert words in shell(*arguments, code=2).stderr


def test_a_key_is_not_sent_in_the_clear(shell: Shell) -> None:
    result = shell("models", code=2, url="http://example.com/")
    assert "unencrypted" in result.stderr


def test_a_bad_config_is_told_at_the_start(shell: Shell) -> None:
    folder = shell.home / "portable"
    folder.mkdir()
    (folder / "config.toml").write_text("[app]\nthem = 'x'\n")
    result = shell("--at", str(folder), "models", code=2)
    assert "app.them" in result.stderr
    assert "theme" in result.stderr
    found = shell.json("--at", str(folder), "doctor", code=2)
    assert [c["name"] for c in found["checks"] if c["status"] == "fail"] == ["config"]


def test_a_damaged_ledger_is_named_and_kept(shell: Shell) -> None:
    ledger = shell.home / "portable/data/default.sqlite3"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"not a database, but long enough to be looked at" * 100)
    before = ledger.read_bytes()
    assert str(ledger) in shell("--at", str(shell.home / "portable"), "models", code=2).stderr
    assert ledger.read_bytes() == before


def test_help_and_version_load_nothing_else(cold: Shell) -> None:
    assert "numstake-tui" in cold("--version").stdout
    assert "earnings" in cold("--help").stdout
    code = (
        "import sys; from tui.cli import run; run(['--version'])\n"
        "heavy = {'textual', 'requests', 'keyring', 'numerapi', 'numpy', 'sqlite3', 'graphql'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_a_reader_that_leaves_early(shell: Shell) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "tui", "--at", str(shell.home), "models", "--json"],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            env=shell.environment,
            cwd=shell.home,
            check=False,
        )
    finally:
        os.close(writer)
    assert "BrokenPipe" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode == 1


def test_the_sandbox_serves_and_moves_on(shell: Shell) -> None:
    command = [sys.executable, "-m", "tui", "sandbox", "serve", "--port", "0", "--models", "2"]
    serving = subprocess.Popen(
        [*command, "--rounds", "5", "--now", "2026-11-24T09:00:00Z"],
        stdout=subprocess.PIPE,
        text=True,
        env=shell.environment,
    )
    try:
        assert serving.stdout is not None
        ready = json.loads(serving.stdout.readline())
        stdin = f"{ready['public_id']}\n{ready['secret_key']}\n"
        assert "demo_quant" in shell("login", stdin=stdin, url=ready["url"]).stdout
        moved = shell.json("sandbox", "advance", "--days", "2", "--url", ready["url"])
        assert moved["now"].startswith("2026-11-26T09:")
        said = shell("sandbox", "advance", "--url", ready["url"]).stdout
        assert "2026-11-26T12:" in said
        said = shell("sandbox", "migrate", "11", "--url", ready["url"]).stdout
        assert said == "Staking is atomic from round 1408 on.\n"
        again = shell("sandbox", "migrate", "11", "--url", ready["url"], code=1)
        assert "already" in again.stderr
    finally:
        serving.terminate()
        assert serving.wait(60) == 0
        serving.stdout.close()
    shell("sandbox", "advance", "--url", ready["url"], code=3)


@pytest.mark.long
def test_the_demo_needs_nothing_and_leaves_what_the_next_one_begins_as(cold: Shell) -> None:
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    said = cold.json("--demo", "models", **none)
    assert said["profile"] == "demo"
    assert len(said["models"]) == 32
    left = [path for path in cold.home.rglob("*") if path.is_file() and path.suffix != ".log"]
    (kept,) = left
    assert kept.parent == cold.home / ".cache" / "numstake-tui"
    assert re.fullmatch(r"demo-.*\.sqlite3", kept.name)
    again = cold.json("--demo", "models", **none)
    assert [model["staked"] for model in again["models"]] == [
        model["staked"] for model in said["models"]
    ]
    assert kept.exists()


def test_what_a_folder_is_made_for_is_private(shell: Shell) -> None:
    shell.home.chmod(0o755)
    at = shell.home / "new" / "at"
    shell("--at", str(at), "models")
    log = at / "numstake-tui.log"
    assert log.stat().st_mode & 0o077 == 0
    for folder in (at, at.parent, at / "data"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert shell.home.stat().st_mode & 0o777 == 0o755
    at.chmod(0o777)
    log.unlink()
    log.symlink_to(shell.home / "own")
    shell("--at", str(at), "models")
    assert not (shell.home / "own").exists()


def test_tables_fit_a_narrow_terminal() -> None:
    columns = [Column("Model"), Column("Staked", right=True), Column("System", rank=2)]
    rows = [("alder", "7.200", "atomic"), ("basalt_neutral", "12.000", "atomic")]
    wide = table(columns, rows)
    assert wide == [
        "Model           Staked  System",
        "alder            7.200  atomic",
        "basalt_neutral  12.000  atomic",
    ]
    narrow = table(columns, rows, width=24)
    assert narrow[2] == "basalt_neutral  12.000"
    assert table(columns, rows, width=5) == narrow, "what matters most stays"
