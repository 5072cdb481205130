"""The app's own way in, beside the one that all other command lines take."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.cli.app import only_app
from tui.cli.commands import cli

WORDS = st.sampled_from(
    [
        "--at",
        "--at=",
        "--at=/x",
        "--profile",
        "--profile=me",
        "--demo",
        "--demo=1",
        "--read-only",
        "--api-url",
        "--api-url=http://127.0.0.1/",
        "--prof",
        "-h",
        "--help",
        "--version",
        "--",
        "-",
        "",
        "somewhere",
        "models",
        "--no-such",
    ]
)


@given(st.lists(WORDS, max_size=5))
def test_what_it_takes_is_understood_as_all_command_lines_are(arguments: list[str]) -> None:
    quick = only_app(arguments)
    if quick is not None:
        context = cli.make_context("numstake-tui", list(arguments))
        assert asdict(quick) == context.params
        assert context.args == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--demo"],
        ["--at", "somewhere", "--read-only"],
        ["--profile=me", "--api-url", "http://127.0.0.1/", "--demo"],
    ],
)
def test_it_takes_the_usual_ones(arguments: list[str]) -> None:
    assert only_app(arguments) is not None


@pytest.mark.parametrize("arguments", [["--prof", "me"], ["--at"], ["--demo=1"], ["--nothing"]])
def test_what_is_wrong_is_left_to_those_who_say_so(arguments: list[str]) -> None:
    assert only_app(arguments) is None
    with pytest.raises(click.UsageError):
        cli.make_context("numstake-tui", list(arguments))


CRASH = """\
import os, resource, sys
limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
os.chdir(sys.argv.pop(1))
try:
    if sys.argv[1:]:
        from tui.__main__ import main
        main()
except SystemExit:
    pass
os.abort()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="others say elsewhere what was dumped")
def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    def crash(*arguments: str) -> bool:
        """Whether a core was dumped by the program when it ends badly."""
        command = [sys.executable, "-c", CRASH, str(tmp_path), *arguments]
        silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
        status = os.waitpid(child, 0)[1]
        assert os.WTERMSIG(status) == signal.SIGABRT
        return os.WCOREDUMP(status)

    if not crash():
        pytest.skip("cores are never dumped here")
    assert not crash("--version")
