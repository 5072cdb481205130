"""``sync --record``: a recording is made, whatever becomes of the sync, and can be replayed."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.sandbox import Sandbox
from ledger.sandbox.replay.replay_server import ReplayServer
from tests.conftest import NOW
from tests.tui.cli.shell import files_with, login
from tests.tui.cli.warm import WarmShell as Shell


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=4, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, world: Sandbox) -> Shell:
    made = Shell(tmp_path, world.url)
    login(made, world)
    return made


def test_a_recorded_sync_and_its_replay(shell: Shell, world: Sandbox) -> None:
    file = shell.home / "first.jsonl"
    answer = shell.json("sync", "--record", str(file))
    assert answer["recording"] == str(file)
    assert "can still identify an account" in shell.spoken[-1]
    header, *exchanges = map(json.loads, file.read_text().splitlines())
    assert "can still identify an account" in header["warning"]
    assert len(exchanges) == answer["requests"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    public_id, secret = world.keys["stake"]
    for text in (secret, public_id, "Authorization", world.world.username):
        assert file not in files_with(shell.home, text)
    with ReplayServer(file) as server:
        other = ("--profile", "other", "--at", str(shell.home / "other"))
        shell(*other, "login", stdin="KEY\nSECRET\n", url=server.url)
        shell(*other, "sync", url=server.url)
        models = json.loads(shell(*other, "models", "--json", url=server.url).stdout)["models"]
    assert len(models) == len(shell.json("models")["models"])


def test_what_came_before_a_failure_is_kept(shell: Shell, world: Sandbox) -> None:
    file = shell.home / "failed.jsonl"
    world.fail("refuse", times=0, message="No such luck for demo_quant", on="query")
    shell("sync", "--record", str(file), code=1)
    assert f"is in {file}" in shell.spoken[-1]
    _, *exchanges = map(json.loads, file.read_text().splitlines())
    assert exchanges
    assert all(line["status"] == 400 for line in exchanges)
    assert "demo_quant" not in file.read_text()
    assert all("No such luck for" in line["body"]["errors"][0]["message"] for line in exchanges)


def test_nothing_is_overwritten(shell: Shell, world: Sandbox) -> None:
    asked = len(world.requests)
    file = shell.home / "mine.txt"
    file.write_text("precious")
    shell("sync", "--record", str(file), code=2)
    shell("sync", "--record", str(shell.home / "no" / "folder"), code=2)
    assert file.read_text() == "precious"
    assert len(world.requests) == asked
