"""Generating, records and the backtest from scripts, as real processes on a synced ledger."""

from __future__ import annotations

import csv
import random
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import pstdev
from typing import Any

import pytest

from ledger.domain.nmr import NMR
from ledger.sandbox import Sandbox
from tests.conftest import NOW
from tests.tui.cli.shell import UNREACHABLE
from tests.tui.cli.warm import WarmShell as Shell

PEOPLE = ("ant", "bee", "cat", "dog")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=8, rounds=90, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, world: Sandbox) -> Path:
    """The folder of a program that has synced once, with a log of 80 rounds; copy it."""
    folder = tmp_path_factory.mktemp("logged")
    (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    public_id, secret = world.keys["stake"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    shell = Shell(folder, world.url)
    shell("--at", str(folder), "sync", **key)
    found = json(shell, "slots", "next")
    slots = [slot["slot"] for slot in found["slots"]][:4]
    file = folder / "log.csv"
    with file.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["round", *slots])
        for at in range(found["round"] - 80, found["round"]):
            rows.writerow([at, *(PEOPLE[(at + place) % 4] for place in range(4))])
    run(shell, "slots", "import", str(file))
    return folder


@pytest.fixture
def shell(tmp_path: Path, logged: Path) -> Shell:
    """A synced ledger with that log, and no network."""
    shutil.copytree(logged, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, UNREACHABLE)


def run(shell: Shell, *arguments: str, code: int = 0) -> str:
    return shell("--at", str(shell.home), *arguments, code=code).stdout


def json(shell: Shell, *arguments: str, code: int = 0) -> Any:
    return shell.json("--at", str(shell.home), *arguments, code=code)


def seats(shell: Shell) -> dict[str, str | None]:
    return {slot["slot"]: slot["predictor"] for slot in json(shell, "slots", "next")["slots"]}


def test_a_seed_gives_the_same_seats_again(shell: Shell) -> None:
    before = seats(shell)
    tried = json(shell, "slots", "shuffle", "--seed", "3", "--dry-run")
    assert not tried["kept"]
    assert seats(shell) == before
    kept = json(shell, "slots", "shuffle", "--seed", "3")
    assert kept["kept"]
    assert kept["rounds"] == tried["rounds"]
    (made,) = kept["rounds"]
    assert {slot["slot"]: slot["predictor"] for slot in made["slots"]} == {
        name: who for name, who in seats(shell).items() if who is not None
    }
    assert sorted(slot["predictor"] for slot in made["slots"]) == sorted(PEOPLE)
    assert json(shell, "slots", "next")["slots"][0]["source"] == "generated"
    exposures = {one["predictor"]: one for one in kept["exposure"]}
    assert all(NMR(one["after"]) >= NMR(one["before"]) > NMR(0) for one in exposures.values())
    run(shell, "slots", "undo")
    assert seats(shell) == before


@pytest.mark.parametrize("kind", ["latin", "minimum-move", "stake-matched"])
def test_every_kind_seats_everybody(shell: Shell, kind: str) -> None:
    made = json(shell, "slots", "shuffle", "--kind", kind, "--rounds", "4")
    assert len(made["rounds"]) == 4
    for entry in made["rounds"]:
        assert sorted(slot["predictor"] for slot in entry["slots"]) == sorted(PEOPLE)
    if kind == "latin":
        for place in range(4):
            assert {entry["slots"][place]["predictor"] for entry in made["rounds"]} == set(PEOPLE)
    if kind == "minimum-move":
        unequal = made["unequal"]
        assert Decimal(unequal["after"]) <= Decimal(unequal["before"])
    assert "Unequal by" in run(shell, "slots", "shuffle", "--kind", kind, "--dry-run")


def test_pins_seats_and_choices_are_kept(shell: Shell) -> None:
    before = seats(shell)
    slots = [name for name, who in before.items() if who]
    pinned = slots[0]
    made = json(
        shell, "slots", "shuffle", "--seed", "9", "--pin-slots", pinned, "--predictors",
        "ant,bee,cat,dog", "--pin-predictors", str(before[slots[1]]), "--dry-run",
    )  # fmt: skip
    after = {slot["slot"]: slot["predictor"] for slot in made["rounds"][0]["slots"]}
    assert (after[pinned], after[slots[1]]) == (before[pinned], before[slots[1]])
    made = json(
        shell, "slots", "shuffle", "--predictors", "ant", "--seats", "ant=3", "--dry-run"
    )  # fmt: skip
    held = [slot["predictor"] for slot in made["rounds"][0]["slots"]]
    assert sorted(held, key=str) == [None, "ant", "ant", "ant"]
    run(shell, "slots", "shuffle", "--seats", "ant", code=2)


def test_records_add_up_to_the_wei(shell: Shell) -> None:
    found = json(shell, "predictors", "scores")
    assert {one["predictor"] for one in found["predictors"]} == set(PEOPLE)
    for figure in ("payouts", "burns", "net", "exposure"):
        people = NMR.total(NMR(one[figure]) for one in found["predictors"])
        slots = NMR.total(NMR(one[figure]) for one in found["slots"])
        assert people + NMR(found["unassigned"][figure]) == slots
    assert sorted(one["rank"] for one in found["predictors"]) == [1, 2, 3, 4]
    assert set(found["predictors"][0]["correlations"]) == set(PEOPLE) - {
        found["predictors"][0]["predictor"]
    }
    last = json(shell, "predictors", "scores", "--last", "5")
    assert last["rounds"] == 5
    text = run(shell, "predictors", "scores")
    assert all(name in text for name in PEOPLE)


def test_the_backtest_of_a_table_needs_no_ledger(tmp_path: Path) -> None:
    shell = Shell(tmp_path, UNREACHABLE)
    draw = random.Random(4)  # noqa: S311 - scores, not secrets
    table = [[number, *(draw.gauss(0.01, 0.02) for _ in range(4))] for number in range(800, 840)]
    file = tmp_path / "scores.csv"
    with file.open("w", newline="") as text:
        csv.writer(text).writerows([["roundNumber", "a", "b", "c", "d"], *table])
    svg = tmp_path / "charts.svg"
    command = ["shuffle", "backtest", "--csv", str(file), "--models", "a,c,d", "--from", "805",
               "--to", "830", "--shuffles", "200", "--seed", "5"]  # fmt: skip
    said = json(shell, *command, "--svg", str(svg))
    assert set(said) == {"rounds", "models", "keep", "average", "shuffle", "missing_cells"}
    assert (said["rounds"], said["models"], said["missing_cells"]) == (26, ["a", "c", "d"], 0)
    finals = {
        name: sum(row[place] for row in table if 805 <= row[0] <= 830)
        for name, place in {"a": 1, "c": 3, "d": 4}.items()
    }
    assert said["keep"]["final"] == pytest.approx(finals)
    assert said["keep"]["spread_sd"] == pytest.approx(pstdev(finals.values()))
    assert said["shuffle"]["spread_sd"]["p5"] < said["shuffle"]["spread_sd"]["p95"]
    assert json(shell, *command) == said, "the same seed gives the same figures"
    assert not list(tmp_path.rglob("*.sqlite3"))
    check_charts(svg, rounds=26, models=3)
    assert "Spread of final values" in run(shell, *command)
    file.write_text("roundNumber,a\n800,x\n")
    run(shell, *command, code=2)
    assert f"{file}, line 2, column a" in shell.spoken[-1]


def check_charts(svg: Path, *, rounds: int, models: int) -> None:
    """Two charts on one y axis: every slot in both, and the average in both at one height."""
    root = ET.fromstring(svg.read_text())  # noqa: S314 - our own file
    lines = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("class") == "s"]
    average = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("class") == "a"]
    assert len(lines) == 2 * models
    assert all(line.count("L") == rounds - 1 for line in lines)
    left, right = ([point.split()[1] for point in path[1:].split("L")] for path in average)
    assert left == right
    starts = [float(path[1:].split()[0]) for path in average]
    assert starts[0] < starts[1]


def test_the_backtest_of_the_ledger(shell: Shell) -> None:
    said = json(shell, "shuffle", "backtest", "--shuffles", "50", "--nmr")
    assert said["models"] == sorted(PEOPLE)
    assert set(said["nmr"]) == {"start", "compounding", "every", "keep", "rebalance", "shuffle"}
    slots = json(shell, "shuffle", "backtest", "--shuffles", "50", "--by-slot")["models"]
    assert set(slots) >= {name for name, who in seats(shell).items() if who}
    text = run(shell, "shuffle", "backtest", "--shuffles", "50", "--nmr")
    assert "rebalance every 20" in text
    run(shell, "shuffle", "backtest", "--models", "nobody", code=2)
    assert "nobody is not in the table" in shell.spoken[-1]
    run(shell, "shuffle", "backtest", "--csv", "pyproject.toml", "--nmr", code=2)
