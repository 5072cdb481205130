"""``config``: the config file from a command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ledger.config.config import SETTINGS, Config, load
from tui import keys
from tui.cli.commands import cli

SECRET = "HUSHWORD"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "at"


def run(root: Path, *arguments: str, **variables: str) -> Result:
    """The command without a process of its own; an expected error is the result's exception."""
    return CliRunner().invoke(cli, ["--at", str(root), "config", *arguments], env=variables)


def done(result: Result) -> str:
    assert result.exception is None, result.exception
    return result.output


def failed(result: Result) -> Any:
    assert result.exception is not None
    return result.exception


def test_a_config_is_begun_checked_and_not_overwritten(root: Path) -> None:
    file = root / "config.toml"
    assert done(run(root, "path")).strip() == str(file)
    assert "does not exist" in done(run(root, "check"))
    done(run(root, "init"))
    text = file.read_text()
    assert load(file) == Config()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(f"# {setting.key} = " in text for setting in SETTINGS.values())
    assert all(f'# {action.id} = "' in text for action in keys.ACTIONS)
    file.write_text("# mine\n")
    assert "--force" in str(failed(run(root, "init")))
    assert file.read_text() == "# mine\n"
    done(run(root, "init", "--force"))
    assert file.read_text() == text
    assert "in order" in done(run(root, "check"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\n\nsort = "crtl+x"\n', "line 3: [keys] sort: 'crtl+x' is not a key."),
        ("[app]\ntheme = 'nrd'\n", "line 2: app.theme: there is no theme 'nrd'."),
        ("[app]\nsync_evry = 1\n", "line 2: app.sync_evry is not a setting."),
        ("[app]\ntheme = \n", "line 2"),
    ],
)
def test_what_the_app_would_refuse_is_said_with_its_line(root: Path, text: str, words: str) -> None:
    root.mkdir(mode=0o700)
    (root / "config.toml").write_text(text)
    error = failed(run(root, "check"))
    assert words in error.what
    assert error.exit_code == 2


def test_what_counts_is_shown_and_no_provider_key(root: Path) -> None:
    root.mkdir(mode=0o700)
    (root / "config.toml").write_text(
        f'[atomic]\nrpc_url = "https://rpc.example/{SECRET}"\n[limits]\ntournaments = [8]\n'
        '[keys]\nsync = "f5"\n'
    )
    shown = json.loads(done(run(root, "show", "--json")))
    rows = {row["name"]: row for row in shown["settings"]}
    assert list(rows) == [*SETTINGS, "keys.sync"]
    assert rows["atomic.rpc_url"] == {"name": "atomic.rpc_url", "value": "hidden", "from": "line 2"}
    assert rows["limits.tournaments"]["value"] == [8]
    assert rows["keys.sync"]["value"] == "f5"
    assert rows["app.theme"]["from"] == "default"
    text = done(run(root, "show"))
    assert SECRET not in text + json.dumps(shown)
    assert "line 4" in text


def editor(folder: Path, *texts: str) -> str:
    """A program that writes the next of ``texts`` each time it is started."""
    for number, text in enumerate(texts):
        (folder / f"text{number}").write_text(text)
    script = folder / "my editor"
    script.write_text(
        f"#!/bin/sh\nn=$(cat {folder}/turn 2>/dev/null || echo 0)\n"
        f'cat "{folder}/text$n" > "$2"\necho $((n + 1)) > {folder}/turn\n'
    )
    script.chmod(0o700)
    return f"'{script}' --wait"


def test_an_editor_is_run_and_what_it_leaves_is_checked(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = '[keys]\nsort = "crtl+x"\n', '[keys]\nsort = "ctrl+x"\n'
    command = editor(tmp_path, wrong, right, wrong)
    error = failed(run(root, "edit", VISUAL=command, EDITOR="false"))
    assert "Did you mean ctrl+x?" in error.advice
    assert "in order" in done(run(root, "edit", VISUAL=command))
    assert load(root / "config.toml").keys == {"sort": "ctrl+x"}
    assert "ended with 1" in str(failed(run(root, "edit", VISUAL="", EDITOR="false")))
    assert "can't be started" in str(failed(run(root, "edit", VISUAL="", EDITOR="/no/such")))


def test_on_a_terminal_a_mistake_can_be_corrected_at_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.cli.account import config as commands

    monkeypatch.setattr(commands, "_has_terminal", lambda: True)
    command = editor(tmp_path, '[keys]\nsort = "crtl+x"\n', '[keys]\nsort = "ctrl+x"\n')
    arguments = ["--at", str(root), "config", "edit"]
    result = CliRunner().invoke(cli, arguments, input="y\n", env={"VISUAL": command})
    assert "Did you mean ctrl+x?" in result.output
    assert "Edit it again?" in result.output
    assert "in order" in done(result)


def test_what_comes_from_the_environment_is_shown_as_such(root: Path) -> None:
    variables = {
        "NUMSTAKE_APP__THEME": "nord",
        "NUMSTAKE_ATOMIC__RPC_URL": f"https://rpc.example/{SECRET}",
    }
    output = done(run(root, "show", "--json", **variables))
    listed = {row["name"]: row for row in json.loads(output)["settings"]}
    assert listed["app.theme"] == {
        "name": "app.theme",
        "value": "nord",
        "from": "NUMSTAKE_APP__THEME",
    }
    assert listed["atomic.rpc_url"]["from"] == "NUMSTAKE_ATOMIC__RPC_URL"
    assert SECRET not in output


def test_a_theme_of_the_environment_there_is_none_of_names_the_variable(root: Path) -> None:
    error = failed(run(root, "check", NUMSTAKE_APP__THEME="nrd"))
    assert error.what == "NUMSTAKE_APP__THEME: app.theme: there is no theme 'nrd'."
    assert "Did you mean nord?" in error.advice


def test_the_environment_names_folder_and_profile(tmp_path: Path) -> None:
    there = {"NUMSTAKE_AT": str(tmp_path / "volume")}
    result = CliRunner().invoke(cli, ["config", "path"], env=there)
    assert done(result).strip() == str(tmp_path / "volume" / "config.toml")
    wrong = CliRunner().invoke(cli, ["config", "path"], env={**there, "NUMSTAKE_PROFILE": "a/b"})
    assert "“a/b” can't be a profile" in failed(wrong).what
