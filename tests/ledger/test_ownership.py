"""A config that others could have written runs nothing of theirs and sends nothing to them."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.config.config import Config, load
from ledger.doctor import Level, check_config

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners are POSIX's")

ME, SOMEBODY = 4710, 4711

TEXT = """
[app]
sync_every = 0
[display]
decimals = 5
[credentials]
allow_environment = true
[keys]
sync = "f5"
[numerai]
api_url = "https://elsewhere.example/"
[limits]
per_day_nmr = "1"
[atomic]
rpc_url = "https://elsewhere.example/key"
classic_strategy = "0xabababababababababababababababababababab"
[notices]
command = ["sh", "-c", "true"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "config.toml"
    path.parent.mkdir(mode=0o700)
    path.write_text(TEXT)
    path.chmod(0o600)
    return path


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says who is in the group that all files are given; everybody trusts the owner there is."""

    def say(*members: str, primary_of: int | None = None, listed: bool = True) -> None:
        def group(number: int) -> grp.struct_group:
            if not listed:
                raise KeyError(number)
            return grp.struct_group(("staff", "x", number, list(members)))

        own, hers = os.geteuid(), SOMEBODY if primary_of is None else primary_of
        entries = [
            pwd.struct_passwd(("me", "x", own, ME, "", "/", "")),
            pwd.struct_passwd(("ann", "x", SOMEBODY, hers, "", "/", "")),
        ]
        monkeypatch.setattr(grp, "getgrgid", group)
        monkeypatch.setattr(pwd, "getpwall", lambda: entries)

    return say


def counts(file: Path) -> bool:
    """Whether all of the config does; else all that could do harm is at its default."""
    config = load(file)
    if not config.ignored:
        assert config.notices.command == ("sh", "-c", "true")
        assert config.limits.per_day_nmr == "1"
        return True
    assert "[numerai], [limits], [atomic], [notices]: no limit" in config.ignored
    harmless = {"app": config.app, "display": config.display, "keys": config.keys}
    assert config == replace(
        Config(), **harmless, credentials=config.credentials, ignored=config.ignored
    )
    assert (config.app.sync_every, config.display.decimals) == (0, 5)
    assert dict(config.keys) == {"sync": "f5"}
    assert config.credentials.allow_environment
    return False


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400, 0o755])
def test_of_the_users_own_file_all_counts(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert counts(file)


@pytest.mark.parametrize("mode", [0o602, 0o646, 0o666, 0o777])
def test_of_one_that_everybody_may_write_the_harmless_counts(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert not counts(file)
    assert f"everybody may write {file}" in load(file).ignored


def test_of_somebody_elses_the_harmless_counts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(file, SOMEBODY, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    assert not counts(file)
    assert "belongs to" in load(file).ignored


def test_a_group_of_the_users_own_is_nobody_else(
    file: Path, people: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file.chmod(0o664)
    file.parent.chmod(0o775)
    monkeypatch.setattr(os, "getegid", lambda: file.stat().st_gid)
    for say in (people, lambda: people("me"), lambda: people(listed=False)):
        say()
        assert counts(file)


def test_a_group_with_others_is_somebody_else(
    file: Path, people: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = file.stat().st_gid
    monkeypatch.setattr(os, "getegid", lambda: group + 1)
    for place, mode in ((file, 0o664), (file.parent, 0o770)):
        file.chmod(0o600)
        file.parent.chmod(0o700)
        place.chmod(mode)
        for say in (
            lambda: people("me", "ann"),
            lambda: people(primary_of=group),
            lambda: people(listed=False),
        ):
            say()
            assert not counts(file)
            assert f"may write {place}" in load(file).ignored


def test_people_in_an_access_list_are_somebody_else(
    file: Path, people: Callable[..., None]
) -> None:
    people()
    everyone = 2**32 - 1
    entries = ((1, 6, everyone), (2, 6, SOMEBODY), (4, 4, everyone), (16, 6, everyone))
    packed = (struct.pack("<HHI", *entry) for entry in (*entries, (32, 0, everyone)))
    try:
        os.setxattr(file, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(packed))
    except (OSError, AttributeError):
        pytest.skip("no access lists here")
    assert not counts(file)
    assert f"access list of {file}" in load(file).ignored


def test_who_may_write_the_folder_may_put_another_file_there(file: Path, tmp_path: Path) -> None:
    file.parent.chmod(0o777)
    assert not counts(file)
    link = tmp_path / "config.toml"
    link.symlink_to(file)
    assert not counts(link)
    file.parent.chmod(0o1777)
    assert counts(file)
    assert counts(link)


def test_what_does_no_harm_needs_no_word(file: Path) -> None:
    file.write_text("[display]\ndecimals = 5\n")
    file.chmod(0o666)
    assert load(file) == replace(Config(), display=load(file).display)


def test_broken_tables_that_do_not_count_do_not_stop_it(file: Path) -> None:
    file.write_text("[display]\ndecimals = 5\n[numerai]\nbogus = 1\n[more]\n")
    file.chmod(0o666)
    assert "[numerai], [more]" in load(file).ignored


def test_doctor_says_it(file: Path) -> None:
    file.chmod(0o666)
    finding, config = check_config(file, lambda: load(file))
    assert (finding.level, config) == (Level.WARN, load(file))
    assert "no limit of yours is in force" in finding.what
