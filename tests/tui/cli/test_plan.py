"""Targets and plans from scripts, as real processes on a synced ledger."""

from __future__ import annotations

import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Book
from ledger.config.config import Config
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.targets.allocation import Allocation
from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import CLOCK, NOW
from tests.tui.cli.warm import WarmShell as Shell

UNREACHABLE = "http://127.0.0.1:9/"
STEP = {
    *("kind", "tournament", "model", "model_id", "nmr", "conditions", "after_step"),
    *("earliest", "effect", "reason"),
}


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=12, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, world: Sandbox) -> Path:
    """The folder of a program that has synced; copy it."""
    folder = tmp_path_factory.mktemp("synced")
    (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    public_id, secret = world.keys["stake"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    Shell(folder, world.url)("--at", str(folder), "sync", **key)
    return folder


@pytest.fixture
def shell(tmp_path: Path, synced: Path) -> Shell:
    """A synced ledger; from then on there is no network."""
    shutil.copytree(synced, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, UNREACHABLE)


def signals(shell: Shell) -> Allocation:
    return seen(shell, Tournament.SIGNALS)


def classic(shell: Shell) -> Allocation:
    return seen(shell, Tournament.CLASSIC)


def seen(shell: Shell, tournament: Tournament) -> Allocation:
    """The allocation as another process sees it."""
    store = Store.open(shell.home / "data" / "default.sqlite3", clock=CLOCK)
    book = Book(
        profile="default",
        store=store,
        clock=CLOCK,
        config=Config(),
        connect=lambda: pytest.fail("no network is needed"),
    )
    try:
        return book.targets.allocation(tournament)
    finally:
        book.close()


def run(shell: Shell, *arguments: str, code: int = 0) -> str:
    return shell("--at", str(shell.home), *arguments, code=code).stdout


def json(shell: Shell, *arguments: str) -> Any:
    return shell.json("--at", str(shell.home), *arguments)


def test_from_a_file_to_a_plan(shell: Shell) -> None:
    line = next(line for line in signals(shell).lines if line.pending is None and line.current)
    file = shell.home / "mine.toml"
    file.write_text(f'tournament = "signals"\n[targets]\n{line.name} = "+2.5"\n')

    planned = json(shell, "plan", "--targets", str(file), "--simulate", "5")
    (step,) = planned["steps"]
    assert set(step) == STEP
    assert (step["kind"], step["model"], step["nmr"]) == ("increase", line.name, "2.5")
    assert step["earliest"] <= step["effect"] == planned["complete"]
    effect = next(
        point for point in planned["simulation"]["points"] if point["at"] == step["effect"]
    )
    stakes = {stake["model_id"]: NMR(stake["staked"]) for stake in effect["models"]}
    assert stakes[line.model_id] == line.current + NMR("2.5")
    rounds = [point["round"] for point in planned["simulation"]["points"]]
    assert len([number for number in rounds if number is not None]) == 5
    assert json(shell, "plan")["steps"] == [], "nothing was kept"

    imported = json(shell, "targets", "import", str(file))
    texts = {model["model"]: model["text"] for model in imported["models"] if model["text"]}
    assert texts == {line.name: "+2.5"}
    assert signals(shell).edited
    shown = json(shell, "targets", "show")
    assert shown["models"] == imported["models"]
    printed = run(shell, "targets", "export")
    assert tomllib.loads(printed) == {"tournament": "signals", "targets": {line.name: "+2.5"}}
    text = run(shell, "plan", "--simulate", "2")
    assert text.startswith(f"1. {line.name} goes up by 2.5 NMR")
    assert "Complete " in text


def test_the_way_around_a_release_can_be_said(shell: Shell) -> None:
    lines = signals(shell).lines
    (line,) = [one for one in lines if one.pending and one.effective < one.current]
    file = shell.home / "mine.toml"
    file.write_text(f'tournament = "signals"\n[targets]\n{line.name} = "{line.current + NMR(1)}"\n')
    json(shell, "targets", "import", str(file))

    def ways(*arguments: str) -> dict[str, tuple[bool, bool, bool]]:
        options = json(shell, "plan", *arguments)["options"]
        return {
            option["kind"]: (option["chosen"], option["asked"], option["cheapest"])
            for option in options
        }

    by_itself = {"wait": (False, False, False), "cancel": (True, False, True)}
    assert ways() == by_itself
    wait = ("--option", f"{line.name}=wait")
    assert ways(*wait) == {"wait": (True, True, False), "cancel": (False, False, True)}
    assert ways() == by_itself, "nothing was kept"
    assert ways("--targets", str(file), *wait)["wait"] == (True, True, False)
    assert ways("--option", f"{line.model_id}=cheapest") == by_itself
    text = run(shell, "plan", *wait, "--simulate", "30")
    assert "Chosen by you: Wait until" in text
    assert "Instead, the cheapest: Cancel" in text


@pytest.mark.parametrize(
    ("option", "code", "says"),
    [
        ("{name}=hope", 2, "wait, cancel, keep"),
        ("{name}", 2, "MODEL=WAY"),
        ("nobody=wait", 2, "is no model"),
        ("{name}=wait", 1, "not on offer"),
    ],
)
def test_a_way_that_is_none_is_told(shell: Shell, option: str, code: int, says: str) -> None:
    name = next(line.name for line in signals(shell).lines if line.pending is None)
    shell("--at", str(shell.home), "plan", "--option", option.format(name=name), code=code)
    assert says in " ".join(shell.spoken[-1].split())


def test_named_targets_become_the_edited_ones(shell: Shell) -> None:
    name = signals(shell).lines[0].name
    folder = shell.home / "data" / "targets" / "default"
    folder.mkdir(parents=True)
    (folder / "autumn.toml").write_text(f'tournament = 11\n[targets]\n{name} = "drain"\n')
    assert "drain" in run(shell, "targets", "set", "autumn")
    assert json(shell, "targets", "show")["name"] == "autumn"
    shell("--at", str(shell.home), "targets", "set", "spring", code=2)
    assert "autumn" in shell.spoken[-1], "the names there are"


def test_a_tournament_has_to_be_named_where_several_are_continuous(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.home / "data" / "default.sqlite3")) as ledger:
        ledger.execute("UPDATE tournament_system SET system = 'continuous' WHERE tournament = 12")
        ledger.commit()
    shell("--at", str(shell.home), "plan", code=2)
    assert "--tournament" in shell.spoken[-1]
    assert "11 Signals, 12 Crypto" in shell.spoken[-1]
    assert run(shell, "plan", "--tournament", "12").startswith("Nothing to do.")


def test_targets_are_set_by_the_models_names(shell: Shell) -> None:
    def texts(*edits: str) -> dict[str, str]:
        shown = json(shell, "targets", "set", *edits)
        return {row["model"]: row["text"] for row in shown["models"] if row["text"]}

    first, second, third = (line.name for line in signals(shell).lines[:3])
    assert texts(f"{first}=40", f"{second}=+0.5", f"{third}=max") == {
        first: "40",
        second: "+0.5",
        third: "max",
    }
    assert texts(f"{first}=", f"{second}=25%") == {second: "25%", third: "max"}
    edited = signals(shell).edited
    elsewhere = classic(shell).lines[0].name
    for wrong, code, says in (
        ([f"{first}=forty"], 1, "is not a target"),
        ([f"{first}=1", f"{elsewhere}=1"], 2, "one at a time"),
        ([first, f"{second}=1"], 2, "alder=40"),
    ):
        shell("--at", str(shell.home), "targets", "set", *wrong, code=code)
        assert says in " ".join(shell.spoken[-1].split())
    assert signals(shell).edited == edited


def test_targets_of_an_atomic_tournament_are_blocked(shell: Shell) -> None:
    name = classic(shell).lines[0].name
    file = shell.home / "classic.toml"
    file.write_text(f'tournament = "classic"\n[targets]\n{name} = "5"\n')
    planned = json(shell, "plan", "--targets", str(file))
    assert planned["tournament"] == 8
    assert (planned["steps"], planned["complete"]) == ([], None)
    assert [blocked["model"] for blocked in planned["blocked"]] == [name]
    shell("--at", str(shell.home), "plan", "--targets", str(file), "--tournament", "11", code=2)
    assert "tournament 8" in shell.spoken[-1]


def test_a_file_with_a_mistake_is_told_by_line(shell: Shell) -> None:
    file = shell.home / "mine.toml"
    file.write_text('tournament = "signals"\n[targets]\nnobody_here = "1"\n')
    shell("--at", str(shell.home), "targets", "import", str(file), code=2)
    assert "line 3" in shell.spoken[-1]
    assert not signals(shell).edited


def test_a_move_is_told_first_and_drafted_then(shell: Shell) -> None:
    lines = signals(shell).lines
    source = next(line for line in lines if line.current and line.pending is None)
    other = next(line for line in lines if line is not source)
    words = ("move", "1.5", source.name, other.name)
    planned = json(shell, *words, "--dry-run")
    assert planned["drafts"] == []
    assert [step["kind"] for step in planned["steps"]] == ["decrease", "increase"]
    assert planned["to"] == [{"model_id": other.model_id, "nmr": "1.5"}]
    text = run(shell, *words)
    assert text.startswith(planned["statement"])
    assert "Nothing is sent" in text
    drafts = json(shell, "queue", "list")["changes"]
    assert {(draft["kind"], draft["nmr"], draft["state"]) for draft in drafts} == {
        ("decrease", "1.5", "draft"),
        ("increase", "1.5", "draft"),
    }
    assert (
        "no model here"
        in shell("--at", str(shell.home), "move", "1", source.name, "nobody", code=1).stderr
    )


def test_the_ways_to_an_amount_are_listed_and_one_is_drafted(shell: Shell) -> None:
    free = NMR.total(NMR(part["nmr"] or "0") for part in json(shell, "cash", "1")["free"])
    amount = str(int(free.amount) + 2)
    answer = json(shell, "cash", amount)
    ways = {way["way"]: way for way in answer["ways"]}
    assert ways["wait"]["steps"] == []
    assert {step["kind"] for step in ways["release"]["steps"]} <= {"decrease", "drain"}
    assert (
        "no way to that amount"
        in shell("--at", str(shell.home), "cash", amount, "--draft", "magic", code=1).stderr
    )
    assert json(shell, "queue", "list")["changes"] == []
    text = run(shell, "cash", amount, "--draft", "release")
    assert "Nothing is sent" in text
    assert {draft["state"] for draft in json(shell, "queue", "list")["changes"]} == {"draft"}
