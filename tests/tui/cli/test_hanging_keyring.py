"""A keyring that asks where nobody sees it: given up after a while, by real processes."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.cli.shell import UNREACHABLE, Shell

LIMIT = "[credentials]\nkeyring_seconds = 0.3\n"
SENTENCE = "The keyring did not answer within 0.3 s"


@pytest.fixture
def shell(tmp_path: Path, ledger_file: Path) -> Shell:
    """A ledger that was synced before, and a limit that tests can wait for."""
    (tmp_path / "data").mkdir(mode=0o700)
    ledger_file.rename(tmp_path / "data" / "default.sqlite3")
    (tmp_path / "config.toml").write_text(LIMIT)
    return Shell(tmp_path, UNREACHABLE)


@pytest.mark.parametrize(
    ("backend", "command"),
    [
        ("Asking", ["sync"]),
        ("Asking", ["queue", "run"]),
        ("Asking", ["doctor"]),
        ("Asking", ["wallet", "show"]),
        ("Starting", ["sync"]),
        ("Starting", ["doctor"]),
    ],
)
def test_no_command_waits_for_what_nobody_sees(
    shell: Shell, backend: str, command: list[str]
) -> None:
    """The thread that hangs does not keep the process: the shell would run out of patience."""
    result = shell(
        "--at", str(shell.home), *command, code=2,
        PYTHON_KEYRING_BACKEND=f"tests.hanging.{backend}",
    )  # fmt: skip
    said = result.stdout + result.stderr
    assert SENTENCE in said
    assert "keyring_seconds" in said
    assert "Unexpected problem" not in said


def test_a_person_at_a_terminal_has_all_the_time_there_is(shell: Shell) -> None:
    """Long after the limit it still waits; the terminal's hang-up ends it."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "tui", "--at", str(shell.home), "sync"],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=shell.home, start_new_session=True,
        env=shell.environment | {"PYTHON_KEYRING_BACKEND": "tests.hanging.Speaking"},
    )  # fmt: skip
    os.close(theirs)
    try:
        said = b""
        while b"still waiting" not in said:
            assert select.select([ours], [], [], 60)[0], said
            said += os.read(ours, 1024)
        assert program.poll() is None
        assert b"did not answer" not in said
    finally:
        program.kill()
        program.wait()
        os.close(ours)
