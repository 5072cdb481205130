"""Doctor: what is found, and what it is worth."""

from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger import doctor
from ledger.clock import FrozenClock, SystemClock
from ledger.config.config import Config, load
from ledger.doctor import Finding, Level, Terminal
from ledger.errors import MissingCredentials
from tests.conftest import NOW, make_client

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox

GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def terminal(
    environment: dict[str, str] = GOOD,
    *,
    columns: int = 120,
    rows: int = 36,
    encoding: str = "utf-8",
    attached: bool = True,
) -> Terminal:
    return Terminal(environment, columns, rows, encoding, attached)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


@pytest.mark.parametrize(
    ("failures", "code"),
    [([], 0), ([3], 3), ([2, 2], 2), ([3, 2], 2), ([1, 3], 3), ([1], 1)],
)
def test_the_exit_code_says_what_failed(failures: list[int], code: int) -> None:
    findings = [Finding("x", Level.FAIL, "", exit_code=failure) for failure in failures]
    assert doctor.exit_code([Finding("y", Level.WARN, "", exit_code=3), *findings]) == code


def test_versions_are_listed() -> None:
    (finding,) = doctor.check_versions()
    assert "numerapi 3" in finding.what
    assert "textual " in finding.what


def test_a_missing_numerapi_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    versions, numerapi = doctor.check_versions()
    assert "numerapi missing" in versions.what
    assert (numerapi.level, "can be sent" in numerapi.what) == (Level.WARN, True)


def test_a_bad_config_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    finding, config = doctor.check_config(path, lambda: load(path))
    assert (finding.level, config) == (Level.OK, Config())
    path.write_text("[nothing]\n")
    finding, config = doctor.check_config(path, lambda: load(path))
    assert (finding.level, finding.exit_code, config) == (Level.FAIL, 2, None)
    assert "[nothing]" in finding.what


class TestLedger:
    def test_a_sound_one(self, ledger_file: Path) -> None:
        ledger_file.chmod(0o600)
        finding = doctor.check_ledger(ledger_file, FrozenClock(NOW))
        assert finding.level is Level.OK
        assert "last sync 2026-11-24 09:00" in finding.what

    def test_none_yet_is_not_created(self, tmp_path: Path) -> None:
        path = tmp_path / "default.sqlite3"
        assert doctor.check_ledger(path, SystemClock()).level is Level.WARN
        assert not path.exists()

    def test_a_damaged_one_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "default.sqlite3"
        path.write_bytes(b"SQLite format 3\0" + b"\7" * 5000)
        before = path.read_bytes()
        finding = doctor.check_ledger(path, SystemClock())
        assert finding.level is Level.FAIL
        assert finding.advice
        assert path.read_bytes() == before

    def test_one_that_others_can_read(self, ledger_file: Path) -> None:
        ledger_file.chmod(0o644)
        finding = doctor.check_ledger(ledger_file, SystemClock())
        assert finding.level is Level.FAIL
        assert "chmod 600" in finding.what


def test_a_missing_key_is_a_finding() -> None:
    def load_nothing() -> None:
        raise MissingCredentials("Profile x has no API key.", "Run login.")

    finding, key = doctor.check_key(load_nothing)  # type: ignore[arg-type]
    assert (finding.level, finding.exit_code, key) == (Level.FAIL, 2, None)


class TestNumerai:
    def test_a_good_key(self, sandbox: "Sandbox") -> None:
        client = make_client(sandbox, "full")
        findings = doctor.check_numerai(client, with_key=True)
        assert all(finding.level is Level.OK for finding in findings)
        assert {"Numerai", "account", "clock"} == set(by_name(findings))

    def test_a_key_that_may_not_stake(self, sandbox: "Sandbox") -> None:
        findings = by_name(doctor.check_numerai(make_client(sandbox, "read_only"), with_key=True))
        assert findings["scope stake"].level is Level.WARN
        assert "no stake change" in findings["scope stake"].what

    def test_a_wrong_key(self, sandbox: "Sandbox") -> None:
        from ledger.credentials import Credentials, Secret
        from ledger.numerai.client import NumeraiClient

        client = NumeraiClient(
            Credentials("WRONG", Secret("KEY")), api_url=sandbox.url, clock=FrozenClock(NOW)
        )
        findings = by_name(doctor.check_numerai(client, with_key=True))
        assert findings["Numerai"].level is Level.OK
        assert (findings["account"].level, findings["account"].exit_code) == (Level.FAIL, 2)

    def test_without_a_key_only_the_way_is_checked(self, sandbox: "Sandbox") -> None:
        findings = by_name(doctor.check_numerai(make_client(sandbox), with_key=False))
        assert findings["Numerai"].level is Level.OK
        assert "account" not in findings

    def test_nobody_there(self, sandbox: "Sandbox") -> None:
        client = make_client(sandbox, retries=0)
        sandbox.stop()
        (finding,) = doctor.check_numerai(client, with_key=True)
        assert (finding.level, finding.exit_code) == (Level.FAIL, 3)


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, Level.OK, "0 s"),
        (-20, Level.OK, "20 s"),
        (95, Level.WARN, "behind"),
        (-95, Level.WARN, "95 s ahead"),
        (3 * 3600, Level.FAIL, "3 hours behind"),
    ],
)
def test_clock_skew(seconds: int, level: Level, words: str) -> None:
    (finding,) = doctor.check_clock(timedelta(seconds=seconds))
    assert finding.level is level
    assert words in finding.what


def test_a_sandbox_may_live_in_another_time() -> None:
    (finding,) = doctor.check_clock(timedelta(days=40), simulated=True)
    assert finding.level is Level.OK
    assert "40 days" in finding.what


def test_no_keyring_matters_only_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.fail import Keyring

    monkeypatch.setattr("keyring.get_keyring", Keyring)
    needed = doctor.check_keyring()
    assert (needed.level, needed.exit_code) == (Level.FAIL, 2)
    assert "Secret Service" in needed.advice
    assert doctor.check_keyring(needed=False).level is Level.WARN


def test_scopes_are_weighed() -> None:
    assert doctor.missing_scopes(set(doctor.SCOPES)) == {}
    assert {"stake", "read_submission_info"} <= set(doctor.missing_scopes({"read_user_info"}))


class TestTerminal:
    def test_a_good_one(self) -> None:
        assert {finding.level for finding in doctor.check_terminal(terminal())} == {Level.OK}

    @pytest.mark.parametrize(
        ("environment", "level", "words"),
        [
            ({"TERM": "dumb"}, Level.FAIL, "can't draw"),
            ({}, Level.FAIL, "not set"),
            ({"TERM": "screen"}, Level.WARN, "16 colours"),
            ({"TERM": "tmux-256color"}, Level.OK, "256 colours"),
            ({**GOOD, "NO_COLOR": "1"}, Level.OK, "NO_COLOR"),
        ],
    )
    def test_colours(self, environment: dict[str, str], level: Level, words: str) -> None:
        finding = by_name(doctor.check_terminal(terminal(environment)))["terminal"]
        assert finding.level is level
        assert words in finding.what

    def test_size_and_encoding(self) -> None:
        found = by_name(doctor.check_terminal(terminal(columns=79, encoding="ANSI_X3.4-1968")))
        assert found["size"].level is Level.WARN
        assert "ANSI_X3.4-1968" in found["locale"].what

    def test_tmux_gets_its_hints(self) -> None:
        tmux = {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}  # noqa: S108
        hint = by_name(doctor.check_terminal(terminal(tmux)))["tmux"].what
        assert "set-clipboard" in hint
        assert "RGB" in hint

    def test_a_pipe_is_not_judged(self) -> None:
        (finding,) = doctor.check_terminal(terminal(attached=False))
        assert finding.level is Level.WARN
