"""The app's own way in, beside the one that all other command lines take."""

from __future__ import annotations

from dataclasses import asdict

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
