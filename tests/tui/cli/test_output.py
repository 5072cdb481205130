"""Output that is full, closed, or not read: a quiet end with an exit code, for every command."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import pytest

from ledger.paths import Paths
from tests.tui.emulated import Emulated, environment
from tui.cli import run
from tui.cli.commands import cli
from tui.cli.printing import PlainStream

ROOT = Path(__file__).parents[3]
NOWHERE = ("--api-url", "http://127.0.0.1:9/")
REPORTS = (
    "models",
    "models --json",
    "earnings",
    "earnings --by month --json",
    "explain --tournament 8 --json --round 1",
    "targets show",
    "plan",
    "plan --json",
    "queue list",
    "queue list --json",
    "tx status",
    "positions",
    "unlocks --json",
    "strategy show",
    "slots show",
    "slots next",
    "predictors list",
    "predictors scores --json",
    "project --json",
    "policy show",
    "prices show",
    "export csv",
    "export hledger",
    "export beancount",
    "summary --year 2026",
    "notices",
    "doctor",
    "doctor --json",
    "--version",
)
"""What is read from the ledger of the tests and printed, whatever comes of it."""


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from leaves(below, (*path, name))


COMMANDS = tuple(leaves(cli))


def full() -> io.FileIO:
    return io.FileIO("/dev/full", "w")


def unread() -> io.FileIO:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return io.FileIO(writer, "w")


@contextmanager
def stream(raw: io.FileIO) -> Iterator[io.TextIOWrapper]:
    """As the interpreter makes standard output of a descriptor."""
    text = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")
    try:
        yield text
    finally:
        with suppress(OSError):
            text.close()


@pytest.mark.parametrize("lost", [full, unread])
def test_every_command_ends_quietly(
    home: Path, lost: Callable[[], io.FileIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [tuple(text.split()) for text in REPORTS]
    if lost is full:
        lines += [(*path, "--help") for path in COMMANDS]
    ends: dict[int, int] = {}
    for line in lines:
        errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with stream(lost()) as output, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", output)
            patch.setattr(sys, "stderr", errors)
            code = run(["--at", str(home), *NOWHERE, *line])
        errors.seek(0)
        said = errors.read()
        assert "Traceback" not in said, line
        assert "Unexpected problem" not in said, line
        if "--help" in line:
            assert (code, said) == (1, "The output can't be written: No space left on device.\n")
        ends[code] = ends.get(code, 0) + 1
    assert set(ends) <= {0, 1, 2}
    assert ends[1] > len(lines) - 6


def test_errors_that_nobody_can_be_told_keep_their_code(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in [*((*path, "--no-such-option") for path in COMMANDS), ("queue", "log", "77")]:
        with stream(full()) as errors, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", errors)
            code = run(["--at", str(home), *NOWHERE, *line])
        assert code == (1 if line[-1] == "77" else 2), line


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{} models > /dev/full", 1),
        ("{} models --json >&{unread}", 1),
        ("{} models >&-", 0),
        ("{} models <&- >&- 2>&-", 0),
        ("{} models > /dev/full 2> /dev/full", 1),
        ("{} nonsense 2>&-", 2),
    ],
)
def test_as_a_process_of_its_own(home: Path, line: str, code: int) -> None:
    program = f"{sys.executable} -m tui --at {home} {' '.join(NOWHERE)}"
    with unread() as pipe:
        command = line.replace("{unread}", str(pipe.fileno())).format(program)
        result = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            cwd=ROOT,
            pass_fds=[pipe.fileno()],
            check=False,
        )
    told = "The output can't be written: No space left on device.\n"
    assert result.returncode == code
    assert result.stderr == (told if line.endswith("models > /dev/full") else "")
    assert Paths.at(home).ledger_file("default").read_bytes().startswith(b"SQLite format 3")


class TestSize:
    """A size that the environment remembers is not the terminal's."""

    def test_of_a_table(self, home: Path) -> None:
        assert "Submission" in on_terminal(home, "models", columns=150, COLUMNS="40", LINES="5")

    def test_of_the_app(self, home: Path) -> None:
        (home / "config.toml").write_text('[app]\nopens = "models"\nsync_on_start = false\n')
        command = [sys.executable, "-m", "tui", "--at", str(home), "--read-only"]
        env = environment(COLUMNS="40", LINES="5", PYTHONPATH=str(ROOT))
        with Emulated(command, env=env) as app:
            app.wait(
                lambda: (
                    "alder" in app.text
                    and app.screen.display[-1].strip()
                    and any(line[60:].strip() for line in app.screen.display)
                )
            )


def on_terminal(home: Path, line: str, *, columns: int, **variables: str) -> str:
    """What the command ``line`` shows on a terminal that many cells wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    program = subprocess.Popen(
        [sys.executable, "-m", "tui", "--at", str(home), *line.split()],
        stdout=slave,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment(NO_COLOR="1", **variables),
    )
    os.close(slave)
    shown = b""
    with suppress(OSError):  # nobody writes any more
        while chunk := os.read(master, 1 << 16):
            shown += chunk
    os.close(master)
    assert program.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def in_pipe(home: Path, line: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "tui", "--at", str(home), *line.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment(),
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(("line", "columns"), [("models", 60), ("targets show", 50)])
def test_sentences_end_their_lines_between_words(home: Path, line: str, columns: int) -> None:
    broken, whole = on_terminal(home, line, columns=columns), in_pipe(home, line)
    sentences = [each for each in whole.splitlines() if "  " not in each and len(each) > columns]
    assert sentences
    assert all(sentence in " ".join(broken.split()) for sentence in sentences)
    assert max(map(len, broken.splitlines())) <= columns


def test_a_broken_line_goes_on_as_far_in_as_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    PlainStream(terminal).write(
        "Two models:\n  alder takes part in rounds\n\nno-blanks-in-a-very-long-word\n"
    )
    assert terminal.getvalue() == (
        "Two models:\n  alder takes part in\n  rounds\n\nno-blanks-in-a-very-long-word\n"
    )


@pytest.mark.parametrize("line", ["schema models", "export csv", "export hledger", "man"])
def test_what_a_program_reads_is_as_it_is_on_a_terminal_too(home: Path, line: str) -> None:
    shown = on_terminal(home, line, columns=60)
    assert max(map(len, shown.splitlines())) > 60
    assert shown == in_pipe(home, line)
