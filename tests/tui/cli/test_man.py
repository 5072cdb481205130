"""The manual page has every command, and man reads it without a complaint."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.tui.cli.walking import walk
from tui.cli import run


def test_it_has_every_command_and_its_place_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["man"]) == 0
    printed = capsys.readouterr()
    assert "man1/numstake-tui.1" in printed.err
    page = printed.out.replace("\\-", "-")
    for path, command in walk():
        if path:
            assert f'.SS "{" ".join(path)}' in page
        for parameter in command.params:
            if getattr(parameter, "help", None) and not getattr(parameter, "hidden", False):
                assert parameter.opts[-1] in page, path


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here")
def test_groff_has_nothing_to_say_against_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["man"]) == 0
    checked = subprocess.run(
        ["groff", "-ww", "-man", "-Tutf8", "-z"],
        input=capsys.readouterr().out,
        capture_output=True,
        text=True,
        check=True,
    )
    assert checked.stderr == ""
