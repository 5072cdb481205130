"""Files are replaced when it is said, and how a command talks is heeded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ledger.book import Book
from tests.conftest import BookMaker
from tests.tui.cli.walking import walk
from tui.cli import run
from tui.cli.account.syncing import run_sync, showing
from tui.cli.manner import MANNER, begin

WRITING = {
    "backup": (),
    "export": ("csv", "-o"),
    "unlocks": ("--ics",),
    "slots export": (),
    "tx export": ("1", "-o"),
    "shuffle backtest": ("--svg",),
    "summary": ("--year", "2026", "--page", "csv", "-o"),
}
"""The commands that write a file where the user says, with the words before its name."""


def test_every_command_that_writes_a_file_asks_for_force() -> None:
    own = {"config init"}  # writes the config, where that is
    forcing = {
        " ".join(path)
        for path, command in walk()
        if any("--force" in parameter.opts for parameter in command.params)
    } - own
    assert forcing == set(WRITING)
    writing = {
        " ".join(path)
        for path, command in walk()
        for parameter in command.params
        if isinstance(parameter.type, click.Path) and not parameter.type.exists
        if parameter.name != "at"
    }
    elsewhere = {"sync", "restore"}  # sync --record takes new names only, restore reads
    assert writing - elsewhere == forcing


@pytest.mark.parametrize("name", ["backup", "export", "unlocks", "slots export", "summary"])
def test_nothing_is_overwritten_unasked(
    name: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.csv"
    command = ["--at", str(home), *name.split(), *WRITING[name], str(file)]
    assert run([*command, "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    first = file.stat()
    file.write_text("mine")
    assert run(command) != 0
    assert "--force" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert run([*command, "--force"]) == 0
    assert capsys.readouterr().out
    assert file.stat().st_size == first.st_size
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.skipif(os.name != "posix", reason="pipes with names")
def test_a_pipe_is_written_to_as_it_is(home: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with (tmp_path / "read").open("wb") as out, subprocess.Popen(["cat", pipe], stdout=out):
        assert run(["--at", str(home), "export", "csv", "-o", str(pipe)]) == 0
    assert (tmp_path / "read").read_text().count("\n") > 10
    assert pipe.is_fifo()


def test_verbose_tells_every_query_and_quiet_nothing(
    make_book: BookMaker, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    book: Book = make_book()
    monkeypatch.setattr(MANNER, "verbose", True)
    log = run_sync(book)
    assert capsys.readouterr().err.count(" ms  200  ") == log.requests
    monkeypatch.setattr(MANNER, "verbose", False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with showing("Shuffling"):
        pass
    assert "Shuffling" in capsys.readouterr().err
    monkeypatch.setattr(MANNER, "quiet", True)
    with showing("Shuffling"):
        pass
    assert capsys.readouterr().err == ""
