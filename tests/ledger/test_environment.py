"""Settings from the environment: those allowed by their definition, checked as in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.config.config import SETTINGS, Config, Takes, load, value_of
from ledger.environment import overlaid
from ledger.errors import ConfigError
from ledger.opening import Options, load_config
from ledger.paths import named_folder, named_profile
from tui.cli.app import only_app
from tui.cli.options import GlobalOptions

ALLOWED = {
    "app.charts": "plain",
    "app.glyphs": "ascii",
    "app.mouse": "false",
    "app.opens": "stakes",
    "app.paint": "full",
    "app.theme": "nord",
    "atomic.rpc_url": "https://rpc.example/v3/HUSHWORD",
    "display.decimals": "5",
}
"""What a container may say. Whoever adds to it shows that nothing is sent or run by it, and that no
key goes anywhere else."""


def test_a_setting_comes_from_the_environment_only_where_its_definition_allows_it() -> None:
    assert {name for name, one in SETTINGS.items() if one.from_environment} == set(ALLOWED)
    guarded = {name for name in ALLOWED if SETTINGS[name].takes.asks}
    assert guarded == {"atomic.rpc_url"}
    assert not any(SETTINGS[name].takes is Takes.LIMIT for name in ALLOWED)


def test_all_that_is_allowed_counts_before_the_file_and_is_told() -> None:
    file = Config(display=replace(Config().display, decimals=1))
    config = overlaid(file, {SETTINGS[name].variable: text for name, text in ALLOWED.items()})
    assert {name: str(value_of(config, name)).lower() for name in ALLOWED} == {
        name: text.lower() for name, text in ALLOWED.items()
    }
    assert config.elsewhere == {name: SETTINGS[name].variable for name in ALLOWED}
    assert SETTINGS["app.theme"].variable == "NUMSTAKE_APP__THEME"
    others = [name for name in SETTINGS if name not in ALLOWED]
    assert all(value_of(config, name) == value_of(file, name) for name in others)


@pytest.mark.parametrize("name", [name for name, one in SETTINGS.items() if name not in ALLOWED])
def test_what_is_not_allowed_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="does not come from the environment") as refused:
        overlaid(Config(), {SETTINGS[name].variable: "1"})
    assert SETTINGS[name].variable in refused.value.what
    assert f"[{SETTINGS[name].table}]" in refused.value.advice


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("NUMSTAKE_DISPLAY__DECIMALS", "99", "must be between 0 and 8, not 99"),
        ("NUMSTAKE_DISPLAY__DECIMALS", "many", "must be a whole number"),
        ("NUMSTAKE_APP__MOUSE", "yes", "must be true or false"),
        ("NUMSTAKE_APP__PAINT", "sometimes", 'one of "auto", "full", "diff"'),
        ("NUMSTAKE_ATOMIC__RPC_URL", "http://rpc.example/HUSHWORD", "unencrypted"),
        ("NUMSTAKE_ATOMIC__RPC_URL", "HUSHWORD", "not an endpoint"),
    ],
)
def test_a_wrong_value_names_the_variable(variable: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        overlaid(Config(), {variable: text})
    assert refused.value.what.startswith(f"{variable}: ") and words in refused.value.what
    assert "HUSHWORD" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("NUMSTAKE_APP__THEM", "NUMSTAKE_APP__THEME"),
        ("NUMSTAKE_APPS__THEME", "NUMSTAKE_APP__THEME"),
        ("NUMSTAKE_ATOMIC__RPCURL", "NUMSTAKE_ATOMIC__RPC_URL"),
        ("NUMSTAKE_PROFIL", "NUMSTAKE_PROFILE"),
        ("NUMSTAKE_SECRETKEY", "NUMSTAKE_SECRET_KEY"),
        ("NUMSTAKE_KEYS__SYNC", ""),
    ],
)
def test_a_slip_in_a_name_is_no_silence(variable: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable} is not a variable") as refused:
        overlaid(Config(), {variable: "x"})
    assert (f"Did you mean {meant}?" in refused.value.advice) is bool(meant)
    assert "NUMSTAKE_DISPLAY__DECIMALS" in refused.value.advice


def test_what_is_others_and_what_is_empty_changes_nothing() -> None:
    others = {"NUMSTAKE_TESTS_AHEAD": "3", "NUMSTAKE_BACKUPS": "/b", "NUMSTAKE_PUBLIC_ID": "X"}
    empty = {"NUMSTAKE_APP__THEME": "", "APP__THEME": "nord"}
    assert overlaid(Config(), {**others, **empty}) == Config()


def test_profile_and_folder_are_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (named_profile(), named_folder()) == ("default", None)
    monkeypatch.setenv("NUMSTAKE_PROFILE", "work")
    monkeypatch.setenv("NUMSTAKE_AT", "/data")
    assert (named_profile(), named_folder()) == ("work", Path("/data"))
    assert only_app(["--demo"]) == GlobalOptions(at=Path("/data"), profile="work", demo=True)
    assert only_app(["--profile", "mine", "--at=x"]) == GlobalOptions(Path("x"), "mine")
    monkeypatch.setenv("NUMSTAKE_PROFILE", "")
    monkeypatch.setenv("NUMSTAKE_AT", "")
    assert (named_profile(), named_folder()) == ("default", None)


def test_the_file_stays_as_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is checked is checked alone; what is opened by it goes by the environment."""
    (tmp_path / "config.toml").write_text("[display]\ndecimals = 2\n")
    monkeypatch.setenv("NUMSTAKE_DISPLAY__DECIMALS", "4")
    assert load(tmp_path / "config.toml").display.decimals == 2
    options = Options(at=tmp_path, api_url="http://127.0.0.1:1/")
    config = load_config(options)
    assert config.display.decimals == 4
    assert config.elsewhere == {
        "display.decimals": "NUMSTAKE_DISPLAY__DECIMALS",
        "numerai.api_url": "--api-url",
    }
