"""Where files live."""

from pathlib import Path

import pytest

from ledger.paths import Paths


def test_one_folder_holds_everything(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "portable")
    root = (tmp_path / "portable").resolve()
    files = [paths.config_file, paths.log_file, paths.ledger_file("default")]
    files.append(paths.state_file("default"))
    assert all(file.is_relative_to(root) for file in files)
    assert len(set(files)) == 4


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Paths.at(Path("~/stakes")).config_file == tmp_path.resolve() / "stakes/config.toml"


def test_profiles_never_share_a_ledger(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path)
    assert paths.ledger_file("one") != paths.ledger_file("two")
    assert paths.state_file("one") != paths.state_file("two")


def test_no_profile_is_remembered_in_the_config(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path)
    assert paths.state_file("config").name != paths.config_file.name


def test_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in (("CONFIG", "c"), ("DATA", "d"), ("STATE", "s")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / folder))
    paths = Paths.system()
    assert paths.config_file == tmp_path / "c/numstake-tui/config.toml"
    assert paths.ledger_file("default") == tmp_path / "d/numstake-tui/default.sqlite3"
    assert paths.log_file.is_relative_to(tmp_path / "s")
    assert paths.state_file("default") == tmp_path / "s/numstake-tui/default.state.toml"
