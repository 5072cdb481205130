"""What a shell offers: asked the way the shells' own scripts ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.paths import Paths
from tests.tui.cli.shell import ROOT
from tui.cli import run
from tui.cli.options import COMPLETE_VARIABLE

BASH = shutil.which("bash")


@pytest.fixture
def home(ledger_file: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    ledger = Paths.at(folder).ledger_file("default")
    ledger.parent.mkdir(parents=True)
    ledger_file.rename(ledger)
    (ledger.parent / "targets" / "default").mkdir(parents=True)
    (ledger.parent / "targets" / "default" / "autumn.toml").write_text("")
    return folder


@pytest.fixture
def names(home: Path) -> list[str]:
    from tests.ledger.targets.test_editor import offline

    book: Book = offline(Paths.at(home).ledger_file("default"))
    named = sorted({model.name for model in book.models() if not model.archived})
    book.slots.predictors.add("ant")
    book.close()
    return named


def offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> list[str]:
    """What bash is offered for the end of ``line``."""
    words = line.split(" ")
    monkeypatch.setenv(COMPLETE_VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    ended = run([])
    printed = capsys.readouterr()
    assert not printed.err
    assert ended == 0 or not printed.out
    return [entry.partition(",")[2] for entry in printed.out.split()]


def test_names_of_the_ledger_are_offered(
    home: Path,
    names: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = f"numstake-tui --at {home}"
    for line in ("positions --model ", "move 5 ", "slots assign ", "explain --model "):
        assert offered(monkeypatch, capsys, f"{start} {line}") == names, line
    first = names[0]
    assert (
        offered(monkeypatch, capsys, f"{start} queue add --model {first[:3].upper()}")[0] == first
    )
    assert offered(monkeypatch, capsys, f"{start} slots assign {first} ") == ["ant"]
    assert offered(monkeypatch, capsys, f"{start} targets set a") == ["autumn"]
    assert offered(monkeypatch, capsys, f"{start} plan --tournament s") == ["signals"]
    assert offered(monkeypatch, capsys, f"{start} mod") == ["models"]
    assert offered(monkeypatch, capsys, f"{start} queue rec") == ["reconcile"]


def test_nothing_is_said_where_there_is_no_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start = f"numstake-tui --at {tmp_path / 'nowhere'}"
    assert offered(monkeypatch, capsys, f"{start} positions --model ") == []
    assert offered(monkeypatch, capsys, f"{start} --profile ../x positions --model ") == []
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_its_place_said(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    printed = capsys.readouterr()
    assert COMPLETE_VARIABLE in printed.out
    assert "numstake-tui" in printed.err
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=printed.out, text=True, check=True)


@pytest.mark.skipif(BASH is None, reason="no bash here")
def test_bash_itself_completes(home: Path, names: list[str], tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "numstake-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
    program.chmod(0o700)
    script = (
        'eval "$(numstake-tui completion bash 2>/dev/null)"\n'
        f'COMP_WORDS=(numstake-tui --at "{home}" positions --model "")\n'
        "COMP_CWORD=5\n_numstake_tui_completion numstake-tui\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(BASH), "--norc", "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert done.stdout.split() == names
    assert not done.stderr
