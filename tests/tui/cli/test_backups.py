"""``backup`` and ``restore``: what they print, say in JSON, and end with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.paths import Paths
from tui.cli import run


@pytest.fixture
def home(ledger_file: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    ledger = Paths.at(folder).ledger_file("default")
    ledger.parent.mkdir(parents=True)
    ledger_file.rename(ledger)
    return folder


def test_there_and_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at, copy = ("--at", str(home)), str(home / "copy.db")
    assert run([*at, "backup", copy]) == 0
    said = capsys.readouterr().out
    assert "is in " + copy in said
    assert "Not in it: the API key" in said
    assert run([*at, "backup", copy]) == 1
    assert "--force" in capsys.readouterr().err
    assert run([*at, "backup", copy, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": copy,
        "profile": "default",
        "bytes": Path(copy).stat().st_size,
    }
    assert run([*at, "restore", copy]) == 0
    said = capsys.readouterr().out
    assert f"{home}/data/default.sqlite3.replaced-1.bak" in said
    assert "sync" in said
    assert run([*at, "restore", copy, "--json"]) == 0
    restored = json.loads(capsys.readouterr().out)
    assert restored["aside"].endswith(".replaced-2.bak")
    assert restored["made"].endswith("Z")
    assert run([*at, "queue", "run"]) != 0
    assert run([*at, "models"]) == 0


def test_what_can_not_be_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", str(home))
    assert run([*at, "restore", str(home / "none.db")]) == 1
    assert "There is no file" in capsys.readouterr().err
    assert run([*at, "--profile", "other", "backup", str(home / "copy.db")]) == 1
    assert "no ledger" in capsys.readouterr().err
    assert not (home / "copy.db").exists()
    for command in ("backup", "restore"):
        assert run([*at, "--demo", command, str(home / "copy.db")]) == 2
        assert "demo" in capsys.readouterr().err
