"""Slots and predictors from scripts, as real processes on a synced ledger."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.sandbox import Sandbox
from tests.conftest import NOW, ON_TIME
from tests.tui.cli.shell import ISO, ROOT, UNREACHABLE
from tests.tui.cli.warm import WarmShell as Shell


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=8, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, world: Sandbox) -> Path:
    """The folder of a program that has synced once, with three predictors; copy it."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    public_id, secret = world.keys["stake"]
    key = {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}
    shell = Shell(folder, world.url)
    shell("--at", str(folder), "sync", **key)
    for name in ("ant", "bee", "cat"):
        run(shell, "predictors", "add", name)
    return folder


@pytest.fixture
def shell(tmp_path: Path, named: Path) -> Shell:
    """A synced ledger with these predictors, and no network."""
    shutil.copytree(named, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path, UNREACHABLE)


def run(shell: Shell, *arguments: str, code: int = 0) -> str:
    return shell("--at", str(shell.home), *arguments, code=code).stdout


def json(shell: Shell, *arguments: str, code: int = 0) -> Any:
    return shell.json("--at", str(shell.home), *arguments, code=code)


def names(shell: Shell) -> list[str]:
    return [slot["slot"] for slot in json(shell, "slots", "next")["slots"]]


def test_from_an_assignment_to_an_upload_list(shell: Shell, world: Sandbox) -> None:
    first, second, *_ = names(shell)
    done = json(shell, "slots", "assign", first, "ant")
    assert [(one["slot"], one["predictor"]) for one in done["changed"]] == [(first, "ant")]
    run(shell, "slots", "assign", second, "-")
    run(shell, "slots", "swap", first, second)
    found = json(shell, "slots", "next")
    assert set(found) == {"tournament", "round", "closes", "slots"}
    assert ISO.fullmatch(found["closes"])
    ids = {slot.name: slot.id for slot in world.world.slots if int(slot.tournament) == 8}
    for slot in found["slots"]:
        assert set(slot) == {"slot", "model_id", "predictor", "source"}
        assert slot["model_id"] == ids[slot["slot"]]
    said = {slot["slot"]: (slot["predictor"], slot["source"]) for slot in found["slots"]}
    assert said[first] == (None, "typed")
    assert said[second] == ("ant", "typed")
    assert {what for name, what in said.items() if name not in {first, second}} == {(None, None)}
    text = run(shell, "slots", "next")
    assert f"Round {found['round']}" in text
    (line,) = [line.split() for line in text.splitlines() if line.startswith(second)]
    assert line[:3] == [second, "ant", "typed"]
    run(shell, "slots", "undo")
    assert json(shell, "slots", "next")["slots"][0]["predictor"] == "ant"
    ahead = str(found["round"] + 1)
    run(shell, "slots", "assign", first, "bee", "--round", ahead)
    shown = json(shell, "slots", "history", first, "--round", ahead)
    assert [(step["before"], step["after"]) for step in shown["steps"]] == [(None, "bee")]


def test_a_closed_round_needs_to_be_meant(shell: Shell) -> None:
    slot, *_ = names(shell)
    closed = str(json(shell, "slots", "next")["round"] - 2)
    run(shell, "slots", "assign", slot, "ant", "--round", closed)
    run(shell, "slots", "assign", slot, "bee", "--round", closed, code=1)
    assert "held “ant”" in shell.spoken[-1]
    assert "--closed" in shell.spoken[-1]
    run(shell, "slots", "assign", slot, "bee", "--round", closed, "--closed")
    steps = json(shell, "slots", "history", slot, "--round", closed)["steps"]
    assert [(step["before"], step["after"]) for step in steps] == [(None, "ant"), ("ant", "bee")]
    grid = json(shell, "slots", "show", "--last", "4")
    rows = {row["round"]: row for row in grid["rounds"]}
    assert rows[int(closed)]["closed"]
    cell = next(one for one in rows[int(closed)]["slots"] if one["slot"] == slot)
    assert (cell["predictor"], cell["source"]) == ("bee", "typed")
    after = next(one for one in rows[int(closed) + 1]["slots"] if one["slot"] == slot)
    assert (after["predictor"], after["source"]) == ("bee", "carried")
    assert "=bee" in run(shell, "slots", "show")


def test_files_come_back_as_they_went(shell: Shell) -> None:
    first, second, *_ = names(shell)
    number = json(shell, "slots", "next")["round"]
    wide = shell.home / "wide.csv"
    with wide.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["round", first, second], [number - 1, "ant", "dog"], [number, "bee", ""]]
        )
    done = json(shell, "slots", "import", str(wide))
    assert done == {"said": 3, "changed": 3, "new_predictors": ["dog"]}
    for form in ("long", "wide", "json"):
        file = shell.home / f"out.{'json' if form == 'json' else 'csv'}"
        said = json(shell, "slots", "export", str(file), "--format", form, "--force")
        assert (said["format"], said["assignments"]) == (form, 3)
        assert json(shell, "slots", "import", str(file), "--closed")["changed"] == 0
        assert run(shell, "slots", "export", "-", "--format", form) == file.read_text()
    other = shell.home / "other.csv"
    other.write_text(f"era,model,who\n{number},{first},bee\n")
    mapped = ("--round-column", "era", "--slot-column", "model", "--predictor-column", "who")
    assert json(shell, "slots", "import", str(other), *mapped)["said"] == 1
    wide.write_text(f"round,{first},oak\n{number},ant,bee\n")
    run(shell, "slots", "import", str(wide), code=2)
    assert f"{wide}, line 1, column 3 (oak)" in shell.spoken[-1]
    assert json(shell, "slots", "next")["slots"][0]["predictor"] == "bee"


def test_predictors_have_names_notes_and_an_end(shell: Shell) -> None:
    run(shell, "predictors", "rename", "bee", "wasp")
    run(shell, "predictors", "describe", "wasp", "--notes", "60 days", "--colour", "#aabbcc")
    run(shell, "predictors", "retire", "cat")
    listed = json(shell, "predictors", "list")["predictors"]
    assert [one["name"] for one in listed] == ["ant", "wasp"]
    assert listed[1] == {"name": "wasp", "notes": "60 days", "colour": "#aabbcc", "retired": False}
    assert "retired" in run(shell, "predictors", "list", "--all")
    run(shell, "predictors", "add", "ant", code=1)
    assert "already" in shell.spoken[-1]


def test_read_only_changes_nothing(shell: Shell) -> None:
    slot, *_ = names(shell)
    for command in (
        ["predictors", "add", "x"],
        ["slots", "assign", slot, "ant"],
        ["slots", "undo"],
    ):
        shell("--at", str(shell.home), "--read-only", *command, code=1)
        assert "--read-only" in shell.spoken[-1]
    assert json(shell, "slots", "next")["slots"][0]["predictor"] is None


def test_the_manuals_script_uploads_by_the_log(shell: Shell, world: Sandbox) -> None:
    """Its file names, model ids and round are those of `slots next`."""
    first, second, *_ = names(shell)
    run(shell, "slots", "assign", first, "ant")
    run(shell, "slots", "assign", second, "-")
    folder = shell.home / "script"
    folder.mkdir()
    program = folder / "numstake-tui"
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m tui --at {shell.home} --api-url {UNREACHABLE} "$@"\n'
    )
    program.chmod(0o700)
    number = json(shell, "slots", "next")["round"]
    (folder / "numerapi.py").write_text(STUB.format(round=number))
    chapter = (ROOT / "tui" / "help" / "slots.md").read_text()
    script = chapter.split("<!-- upload -->\n```python\n")[1].split("```")[0]
    assert len(script.strip().splitlines()) == 10
    path = f"{folder}:{shell.environment['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=shell.environment | {"PATH": path, "PYTHONPATH": f"{folder}:{ON_TIME['PYTHONPATH']}"},
    )
    ids = {slot.name: slot.id for slot in world.world.slots if int(slot.tournament) == 8}
    assert done.stdout.splitlines() == [f"ant.csv {ids[first]}"]


STUB = """
class NumerAPI:
    def get_current_round(self):
        return {round}

    def upload_predictions(self, path, model_id):
        print(path, model_id)
"""
