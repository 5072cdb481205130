"""Help in whole lines, and what was probably meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from ledger.domain.model import Tournament
from ledger.domain.nearest import did_you_mean, nearest
from tests.tui.cli.walking import walk
from tui.cli import run
from tui.cli.arguments import tournament
from tui.cli.groups import Group, first_sentence
from tui.cli.listing import COMMANDS, SECTIONS

WIDTH = 80


def test_no_line_of_a_list_is_cut_or_broken() -> None:
    for path, command in walk():
        context = click.Context(command, info_name=" ".join(path), terminal_width=WIDTH)
        lines = command.get_help(context).splitlines()
        assert all(len(line) <= WIDTH and not line.endswith("...") for line in lines[1:]), path
        if isinstance(command, click.Group):
            assert isinstance(command, Group), path
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                said = first_sentence(inner)
                assert said.endswith("."), (path, name, said)
                assert any(line.split() == [name, *said.split()] for line in lines), (path, name)


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    sentences = {path[0]: first_sentence(command) for path, command in walk() if len(path) == 1}
    assert sentences == {name: entry.sentence for name, entry in COMMANDS.items()}
    assert len(COMMANDS) == sum(map(len, SECTIONS.values())), "each is in one section"


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from tui.cli import run; run(['--help']); "
        "print(*[name for name in sys.modules if name.startswith('tui.cli.')])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(printed.splitlines()[-1].split())
    assert loaded.isdisjoint(f"tui.cli.{entry.module}" for entry in COMMANDS.values())


@pytest.mark.parametrize(
    ("arguments", "suggested"),
    [
        (["modles"], "models"),
        (["queue", "reconcil"], "reconcile"),
        (["models", "--jsn"], "--json"),
        (["positions", "--tournament", "clasic"], "classic"),
        (["queue", "add", "--tournament", "sig", "--kind", "drain"], "signals"),
    ],
)
def test_a_mistake_is_answered_with_what_was_meant(
    arguments: list[str], suggested: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--at", str(tmp_path), *arguments]) == 2
    assert f"Did you mean {suggested}" in capsys.readouterr().err.replace("'", "")


def test_what_is_near() -> None:
    models = ("aspen_mmc", "birch_ridge", "Alder")
    assert nearest("aspen_mcm", models) == ("aspen_mmc",)
    assert nearest("ald", models) == ("Alder",)
    assert (nearest("", models), nearest("zzz", models)) == ((), ())
    assert did_you_mean("BIRCH_RIGDE", models) == "Did you mean birch_ridge? "
    assert did_you_mean("zzz", models) == ""


@pytest.mark.parametrize("spelled", ["8", "classic", "Classic", " CLASSIC "])
def test_a_tournament_by_number_and_name(spelled: str) -> None:
    assert tournament(spelled) is Tournament.CLASSIC


def test_every_command_takes_a_tournament_by_name() -> None:
    options = [
        parameter
        for _, command in walk()
        for parameter in command.params
        if parameter.name == "tournament"
    ]
    assert len(options) > 15
    for parameter in options:
        context = click.Context(click.Command("any"))
        assert parameter.type.convert("Signals", parameter, context) is Tournament.SIGNALS
