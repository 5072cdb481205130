"""The walk over every door that a user's file comes in by: one sentence, exit code 2, no more."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import user_files
from ledger.errors import TableError
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
        sound &= content is None or "Usage:" not in said
        if not sound or len(said) > LONGEST or "Unexpected" in said or "Traceback" in said:
            wrong.append(f"{name}: {code} {said[:300]!r} {len(said)}")
    assert not wrong, "\n".join(wrong)


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """What is wrong further down is not met before, and said with its line."""
    file = tmp_path / "scores.csv"
    file.write_bytes(b"round,a\n1,2\n" + b"x" * (user_files.LONGEST_LINE + 1) + b"\n")
    lines = user_files.lines_of(file, TableError)
    assert [next(lines), next(lines)] == ["round,a\n", "1,2\n"]
    with pytest.raises(TableError, match=r"scores\.csv, line 3: it has more than 1,048,576"):
        next(lines)


def test_lines_and_bytes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "scores.csv"
    file.write_text("a\n" * 4)
    monkeypatch.setattr(user_files, "MOST_LINES", 3)
    with pytest.raises(TableError, match="line 4: there are more than 3 lines"):
        list(user_files.lines_of(file, TableError))
    with pytest.raises(TableError, match="larger than 7 bytes"):
        user_files.text_of(file, TableError, largest=7)
    assert user_files.text_of(file, TableError, largest=8) == "a\n" * 4
