"""The walk over every door that a user's file comes in by: one sentence, exit code 2, no more."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bounds.files import DOORS, Door
from tui.cli import run

EMPTY_IS_FINE = {"config.toml"}
"""All settings are as without one."""

LONGEST = 1_000
"""Characters of what is said: a sentence and an advice."""


@pytest.fixture
def home(tmp_path: Path, ledger_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A synced ledger below one folder, and a passphrase on standard input."""
    (tmp_path / "data").mkdir(mode=0o700)
    ledger_file.rename(tmp_path / "data" / "default.sqlite3")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = {
        name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield tmp_path
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_what_a_file_holds_is_refused_in_a_sentence(
    door: Door, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / door.file
    if door.name == "keystore":
        (home / "config.toml").write_text(f"[atomic]\nkeystore = '{file}'\n")
    arguments = [str(file) if word == "FILE" else word for word in door.arguments]
    wrong = []
    for name, content in door.inputs():
        if content is None:
            file.unlink()
            file.mkdir()
        else:
            file.write_bytes(content)
            file.chmod(0o600)
        monkeypatch.setattr(sys, "stdin", io.StringIO("passphrase\n"))
        try:
            code = run(["--at", str(home), *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr().err
        if content is None:
            file.rmdir()
        sound = (code == 2 and str(file) in said) or (
            name == "empty" and door.file in EMPTY_IS_FINE
        )
        if not sound or len(said) > LONGEST or "Unexpected" in said or "Traceback" in said:
            wrong.append(f"{name}: {code} {said[:300]!r} {len(said)}")
    assert not wrong, "\n".join(wrong)
