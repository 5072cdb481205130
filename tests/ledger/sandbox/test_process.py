"""A sandbox's life as a process."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from ledger.clock import iso
from ledger.domain.model import Tournament
from ledger.errors import LedgerError, Unreachable
from ledger.sandbox import SandboxProcess, control
from ledger.sandbox.world.owners import private_key
from tests.ledger.sandbox.conftest import MONDAY

QUERY = "{ account { username models { id name } } }"


def test_a_sandbox_in_a_process_of_its_own() -> None:
    process = SandboxProcess(
        seed=3, models=4, rounds=10, now=MONDAY, built=MONDAY - timedelta(days=1)
    )
    process.start()
    try:
        process.wait_ready()
        assert MONDAY <= process.now() < MONDAY + timedelta(minutes=5)
        assert not process.touched
        assert process.advance(rounds=1) >= datetime(2026, 11, 24, 12, tzinfo=UTC)
        answer = requests.post(
            process.url,
            json={"query": QUERY},
            headers={"Authorization": f"Token {process.public_id}${process.secret_key}"},
            timeout=20,
        )
        assert len(answer.json()["data"]["account"]["models"]) == 4
        assert process.touched
        call = {"to": process.strategies[Tournament.CRYPTO], "data": "0x8da5cb5b"}
        owner = requests.post(
            process.rpc_url, json={"id": 1, "method": "eth_call", "params": [call]}, timeout=20
        )
        assert owner.json()["result"].endswith(process.owner_address[2:].lower())
        assert process.owner_key == private_key(3)
        assert process.migrate(Tournament.SIGNALS) == 1406
        with pytest.raises(LedgerError, match="already"):
            process.migrate(Tournament.SIGNALS)
        process.fail("status_before", status=503)
        assert requests.post(process.url, json={"query": QUERY}, timeout=20).status_code == 503
        process.fail("status_before", status=503, times=0)
        process.clear_faults()
        assert requests.post(process.url, json={"query": QUERY}, timeout=20).status_code == 200
        with pytest.raises(LedgerError, match="no model nobody"):
            process.happen("rename", model="nobody", name="x")
        url = process.url
    finally:
        process.stop()
    with pytest.raises(Unreachable):
        control.status(url)


def test_modules_in_the_current_folder_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("random", "ledger"):
        trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()\nraise SystemExit(3)\n"
        (tmp_path / f"{name}.py").write_text(trap)
    monkeypatch.chdir(tmp_path)
    process = SandboxProcess(models=1, rounds=2, now=MONDAY)
    process.start()
    try:
        process.wait_ready()
        assert control.status(process.url)["seed"] == 1
    finally:
        process.stop()
    assert not (tmp_path / "ran").exists()


def test_a_process_that_cannot_start_says_so() -> None:
    process = SandboxProcess(rounds=0)
    process.start()
    try:
        with pytest.raises(Unreachable, match="ended before it was ready"):
            process.wait_ready()
    finally:
        process.stop()


def test_a_sandbox_process_ends_with_its_parent() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from ledger.sandbox import SandboxProcess; import sys\n"
            "p = SandboxProcess(models=1, rounds=2); p.start(); p.wait_ready()\n"
            "print(p.url, flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert control.status(url)["seed"] == 1
    parent.kill()
    parent.communicate()
    patience = threading.Event()
    for _ in range(200):
        try:
            control.status(url)
        except Unreachable:
            return
        patience.wait(0.05)
    raise AssertionError("the sandbox outlived its parent")


def test_importing_the_package_costs_neither_numpy_nor_graphql() -> None:
    code = (
        "import sys; from ledger.sandbox import SandboxProcess, control\n"
        "print(sorted({'numpy', 'graphql', 'textual'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("rounds", [0, 1_072])
def test_the_module_says_what_is_wrong_with_its_options(rounds: int) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "ledger.sandbox",
            f"--rounds={rounds}",
            f"--now={iso(datetime(2026, 11, 29, tzinfo=UTC))}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "1 to 1070 rounds are possible: round 340 was the first daily one" in ended.stderr
