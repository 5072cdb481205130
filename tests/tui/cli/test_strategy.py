"""Atomic staking from scripts, as real processes on a synced ledger."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.tui.cli.shell import AMOUNT, ISO
from tests.tui.cli.warm import WarmShell as Shell

UNREACHABLE = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=12, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, world: Sandbox) -> Shell:
    """A synced ledger, to be read only; from then on there is no network."""
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    public_id, secret = world.keys["full"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    shell = Shell(home, world.url)
    shell("--at", str(home), "sync", **key)
    shell.url = UNREACHABLE
    return shell


def run(shell: Shell, *arguments: str, code: int = 0) -> str:
    result = shell("--at", str(shell.home), *arguments, code=code)
    return result.stdout if code == 0 else result.stderr


def json(shell: Shell, *arguments: str) -> Any:
    return shell.json("--at", str(shell.home), *arguments)


def test_positions(shell: Shell) -> None:
    document = json(shell, "positions")
    assert [entry["tournament"] for entry in document["tournaments"]] == [8, 12]
    for entry in document["tournaments"]:
        rows = [row for model in entry["models"] for row in model["positions"]]
        running = [row for row in rows if row["state"] in {"open", "locked"}]
        assert NMR.total(NMR(row["stake"]) for row in running) == NMR(entry["locked"])
        assert all(
            AMOUNT.fullmatch(row["stake"]) and ISO.fullmatch(row["resolves"]) for row in rows
        )
        assert {row["state"] for row in rows} <= {"open", "locked", "claimable"}
    assert NMR(document["locked"]) == NMR.total(
        NMR(entry["locked"]) for entry in document["tournaments"]
    )
    text = run(shell, "positions")
    assert "Classic:" in text
    assert "NMR locked" in text


def test_positions_of_one_tournament_and_model(shell: Shell) -> None:
    (crypto,) = json(shell, "positions", "--tournament", "12", "--all")["tournaments"]
    states = {row["state"] for model in crypto["models"] for row in model["positions"]}
    assert states & {"claimed", "restaked", "finalised"}
    name = crypto["models"][0]["model"]
    (only,) = json(shell, "positions", "--tournament", "12", "--model", name.upper())["tournaments"]
    assert [model["model"] for model in only["models"]] == [name]
    assert only["locked"] == crypto["locked"], "sums are the tournament's"
    lines = run(shell, "positions", "--tournament", "12", "--model", name).splitlines()
    assert len(lines) == 2 + len(only["models"][0]["positions"])
    assert "“nobody” is no model" in run(shell, "positions", "--model", "nobody", code=2)
    run(shell, "positions", "--tournament", "9", code=2)


def test_unlocks(shell: Shell) -> None:
    document = json(shell, "unlocks", "--disabled")
    entries = document["unlocks"]
    assert document["view"] == "disabled"
    assert {entry["kind"] for entry in entries} >= {"resolution"}
    assert NMR(document["total"]) == NMR.total(NMR(entry["free"]) for entry in entries)
    assert NMR(document["weeks"][-1]["cumulative"]) == NMR(document["total"])
    stays = json(shell, "unlocks")
    assert NMR(stays["total"]) < NMR(document["total"])
    assert "NMR come free in all" in run(shell, "unlocks")


def test_unlocks_until_a_day_and_of_a_model(shell: Shell) -> None:
    every = json(shell, "unlocks", "--disabled")["unlocks"]
    day = (NOW + timedelta(days=7)).date().isoformat()
    soon = json(shell, "unlocks", "--disabled", "--until", day)["unlocks"]
    assert soon == [entry for entry in every if entry["at"][:10] <= day]
    name = every[0]["model"]
    own = json(shell, "unlocks", "--disabled", "--model", name)["unlocks"]
    assert own == [entry for entry in every if entry["model"] == name]
    crypto = json(shell, "unlocks", "--disabled", "--tournament", "12")["unlocks"]
    assert crypto == [entry for entry in every if entry["tournament"] == 12]
    assert "is no date" in run(shell, "unlocks", "--until", "soon", code=2)


def test_when_an_amount_is_free(shell: Shell) -> None:
    document = json(shell, "unlocks", "--disabled")
    first = document["unlocks"][0]
    amount = str(NMR(document["free_now"]) + NMR(first["free"]))
    when = json(shell, "unlocks", "--disabled", "--free", amount)["when_free"]
    assert when == {"nmr": amount, "at": first["at"]}
    assert run(shell, "unlocks", "--free", amount, "--disabled").endswith(f"{first['at']}.\n")
    assert "are free now" in run(shell, "unlocks", "--free", "0.001")
    assert "never" in run(shell, "unlocks", "--free", "10000000")
    assert json(shell, "unlocks", "--free", "10000000")["when_free"]["at"] is None
    run(shell, "unlocks", "--free", "-1", code=2)


def test_files(shell: Shell, tmp_path: Path) -> None:
    entries = json(shell, "unlocks")["unlocks"]
    table, calendar = tmp_path / "unlocks.csv", tmp_path / "unlocks.ics"
    assert f"{len(entries)} unlocks written" in run(shell, "unlocks", "--csv", str(table))
    with table.open(newline="") as file:
        assert [row["nmr"] for row in csv.DictReader(file)] == [one["nmr"] for one in entries]
    document = json(shell, "unlocks", "--ics", str(calendar))
    assert document["file"] == str(calendar)
    events = icalendar.Calendar.from_ical(calendar.read_bytes()).walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == len(events) > 0
    assert "not both" in run(shell, "unlocks", "--csv", "a", "--ics", "b", code=2)
    missing = str(tmp_path / "none" / "unlocks.csv")
    assert "can't be written" in run(shell, "unlocks", "--csv", missing, code=1)


def test_strategy_show(shell: Shell) -> None:
    document = json(shell, "strategy", "show")
    systems = {entry["tournament"]: entry["system"] for entry in document["tournaments"]}
    assert systems == {8: "atomic", 11: "continuous", 12: "atomic"}
    crypto = document["tournaments"][-1]
    assert crypto["reason"] == "positions"
    assert crypto["claims_as_of"] is not None
    keys = [model["key"] for model in crypto["models"] if model["key"]]
    assert keys and all(key["origin"] == "claims" and len(key["key"]) == 66 for key in keys)
    assert any(one["kind"] == "resolution" for one in document["callouts"])
    text = run(shell, "strategy", "show")
    assert text.startswith("! ")
    assert "Signals: continuous. Nothing says that it has left continuous staking." in text


def test_learning_keys_needs_a_chain(shell: Shell) -> None:
    assert "none is configured" in run(shell, "strategy", "learn-keys", code=1)


def test_nothing_before_the_first_sync(tmp_path: Path) -> None:
    shell = Shell(tmp_path, UNREACHABLE)
    assert run(shell, "positions").startswith("No tournament of this account")
    assert json(shell, "unlocks")["unlocks"] == []
    assert json(shell, "strategy", "show")["tournaments"] == []


def test_a_projection_conserves_nmr_and_says_when_it_is_there(shell: Shell) -> None:
    found = json(shell, "project", "--tournament", "12", "--rounds", "30")
    assert found["tournament"] == 12
    assert found["start"]["round"] is None
    assert len(found["rounds"]) == 30
    for entry in (found["start"], *found["rounds"]):
        parts = NMR.total(NMR(entry[key]) for key in ("locked", "claimable", "idle", "wallet"))
        assert parts == NMR(entry["total"])
        assert NMR.total(NMR(model["locked"]) for model in entry["models"]) == NMR(entry["locked"])
    assert {entry["total"] for entry in found["rounds"]} == {found["rounds"][0]["total"]}
    assert set(found["reached"]) == {"50", "90", "100"}
    richer = json(shell, "project", "--tournament", "12", "--rounds", "30", "--payouts", "5%")
    assert NMR(richer["rounds"][-1]["total"]) > NMR(found["rounds"][-1]["total"])
    text = run(shell, "project", "--tournament", "12", "--rounds", "3")
    assert text.splitlines()[0].split()[0] == "Round"
    assert "100 % of the way" in text


def test_which_tournament_is_projected_has_to_be_said(shell: Shell) -> None:
    assert "8 Classic, 12 Crypto" in run(shell, "project", code=2)
    assert "neither off" in run(shell, "project", "--payouts", "lots", code=2)
