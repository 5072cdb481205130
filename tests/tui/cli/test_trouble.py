"""The command line when something goes wrong, and when it owns the terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.sandbox import Sandbox
from ledger.store import Store
from tests.conftest import CLOCK, NOW
from tests.tui.cli.shell import Shell
from tui.cli.output import Column, table

PATIENCE = 30.0
"""Seconds after which something that should happen counts as never happening."""

ALTERNATE_SCREEN_OFF, CURSOR_ON = b"\x1b[?1049l", b"\x1b[?25h"


@pytest.fixture
def world() -> Iterator[Sandbox]:
    with Sandbox(seed=5, models=4, rounds=30, now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, world: Sandbox) -> Shell:
    """With a key in the environment, which the config of ``tmp_path`` allows."""
    (tmp_path / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    return Shell(tmp_path, world.url)


def key(world: Sandbox) -> dict[str, str]:
    public_id, secret = world.keys["stake"]
    return {"NUMSTAKE_PUBLIC_ID": public_id, "NUMSTAKE_SECRET_KEY": secret}


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


class Screen:
    """The program on a pty of 100x30; ``everything`` is what it wrote, ``seen`` what of that
    a test has not set aside."""

    def __init__(self, shell: Shell, *arguments: str, **variables: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.seen = self.everything = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", "--at", str(shell.home), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            cwd=shell.home,
            env=shell.environment | {"TERM": "xterm-256color"} | variables,
        )
        os.close(slave)

    def read(self) -> bool:
        """Whether the program may still write."""
        if not select.select([self._master], [], [], 0.05)[0]:
            return True
        try:
            chunk = os.read(self._master, 1 << 16)
        except OSError:  # the other end was closed
            return False
        self.seen += chunk
        self.everything += chunk
        return bool(chunk)

    def wait_for(self, text: str) -> None:
        until(lambda: (self.read(), text.encode() in self.seen)[1], f"{text!r} never appeared")

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> int:
        """Ctrl+C, and again where one came just before the program began to read; the exit code."""
        heard = time.monotonic()

        def ended() -> bool:
            nonlocal heard
            if time.monotonic() >= heard:
                self.process.send_signal(signal.SIGINT)
                heard = time.monotonic() + 2
            return not self.read()

        until(ended, "the program did not hear Ctrl+C")
        return self.process.wait(PATIENCE)

    def end(self) -> int:
        """Read to the end; the exit code."""
        until(lambda: not self.read(), "the program never ended")
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


def test_the_secret_is_not_echoed(shell: Shell, world: Sandbox) -> None:
    public_id, secret = world.keys["stake"]
    with closing(Screen(shell, "--api-url", world.url, "login")) as screen:
        screen.wait_for("Public id")
        screen.type(f"{public_id}\n")
        screen.wait_for("Secret key")
        screen.type(f"{secret}\n")
        assert screen.end() == 0
        assert b"demo_quant" in screen.seen
        assert public_id.encode() in screen.seen
        assert secret.encode() not in screen.seen


def test_the_app_logs_in_and_nobody_hears_the_secret(shell: Shell, world: Sandbox) -> None:
    """Not the terminal, not the log, nor any of Textual's, however much they are asked for."""
    (shell.home / "config.toml").unlink()
    public_id, secret = world.keys["stake"]
    traces = {"TEXTUAL": "debug,devtools", "TEXTUAL_DEBUG": "1", "TEXTUAL_LOG": "textual.log"}
    with closing(Screen(shell, "--api-url", world.url, **traces)) as screen:
        screen.wait_for("Look at the demo")
        screen.type("\r")
        screen.wait_for("Secret key")
        screen.type(f"{public_id}\r")
        screen.wait_for("▏")
        screen.type(f"{secret}\r")
        screen.wait_for("Logged in")
        screen.type("\r")
        screen.wait_for("NMR")
        screen.type("q")
        assert screen.end() == 0
        assert public_id.encode() in screen.everything
        assert secret.encode() not in screen.everything
    files = [file for file in shell.home.rglob("*") if file.is_file()]
    assert not [file for file in files if file.name in {"textual.log", "keys.log"}]
    holding = [file.name for file in files if secret.encode() in file.read_bytes()]
    assert holding == []
    stored = [file.read_bytes() for file in files if file.name == "keyring_pass.cfg"]
    assert len(stored) == 1


def test_without_a_key_the_demo_is_one_key_away(shell: Shell) -> None:
    (shell.home / "config.toml").unlink()
    with closing(Screen(shell)) as screen:
        screen.wait_for("Look at the demo")
        screen.type("d")
        screen.wait_for("DEMO")
        screen.wait_for("A tour in eight steps")
        screen.type("q")
        assert screen.end() == 0


def test_an_owners_key_is_asked_for_hidden_and_twice(shell: Shell) -> None:
    pytest.importorskip("eth_account")
    key = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"  # one too many
    with closing(Screen(shell, "wallet", "import", "-")) as screen:

        def answer(question: str, text: str) -> None:
            screen.wait_for(question)
            # The question stands there a little before its answer is hidden; what was typed
            # until then is dropped.
            until(lambda: not screen.echoes, f"{question!r} would show its answer")
            screen.seen = b""
            screen.type(f"{text}\n")

        answer("Private key", key)
        answer("Repeat", key[:-1])
        screen.wait_for("do not match")
        answer("Private key", key)
        answer("Repeat", key)
        for question in ("Passphrase", "Repeat"):
            answer(question, "correct horse")
        assert screen.end() == 2
        assert b"zero or out of range" in screen.seen
        assert not any(text in screen.everything for text in (key.encode(), b"correct horse"))


def test_ctrl_c_at_a_question(shell: Shell, world: Sandbox) -> None:
    with closing(Screen(shell, "--api-url", world.url, "login")) as screen:
        screen.wait_for("Public id")
        assert screen.interrupt() == 130
        assert b"Traceback" not in screen.seen


@pytest.mark.parametrize("farewell", ["key", "SIGTERM"])
def test_the_app_gives_the_terminal_back(shell: Shell, ledger_file: Path, farewell: str) -> None:
    data = shell.home / "data"
    data.mkdir()
    ledger_file.rename(data / "default.sqlite3")
    (shell.home / "config.toml").write_text('[app]\nopens = "models"\nsync_on_start = false\n')
    with closing(Screen(shell, "--read-only")) as screen:
        screen.wait_for("alder")
        if farewell == "key":
            screen.type("q")
        else:
            screen.process.send_signal(signal.SIGTERM)
        assert screen.end() == (0 if farewell == "key" else 128 + signal.SIGTERM)
        assert screen.seen.rfind(ALTERNATE_SCREEN_OFF) > screen.seen.rfind(b"alder")
        assert CURSOR_ON in screen.seen[screen.seen.rfind(b"alder") :]
    assert (shell.home / "numstake-tui.log").read_text() == ""


def test_ctrl_c_stops_a_hanging_sync_at_once(shell: Shell, world: Sandbox) -> None:
    world.fail("hang", times=0, seconds=PATIENCE)
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "--at", str(shell.home), "--api-url", world.url, "sync"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=shell.home,
        env=shell.environment | key(world),
    )
    until(lambda: world.requests, "the sync never asked")
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=PATIENCE / 2)
    assert (process.returncode, said, complained.strip()) == (130, "", "Stopped.")
    with closing(Store.open(shell.home / "data/default.sqlite3", clock=CLOCK)) as store:
        assert store.check() == []
        assert store.last_sync() is None
        log = store.last_sync(done=False)
    assert log is not None
    assert log.outcome == "stopped"


def test_a_defect_is_logged_and_the_log_named(shell: Shell) -> None:
    code = (
        "from ledger.book import Book\n"
        "Book.portfolio = lambda self: 1 / 0\n"
        "from tui.__main__ import main\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "--at", str(shell.home), "models", "--json"],
        capture_output=True,
        text=True,
        cwd=shell.home,
        env=shell.environment,
        check=False,
    )
    log = shell.home / "numstake-tui.log"
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"Unexpected problem (ZeroDivisionError): Details are in {log}."
    ]
    assert "1 / 0" in log.read_text() or "division by zero" in log.read_text()


def test_a_locale_without_our_signs(shell: Shell, world: Sandbox) -> None:
    shell("--at", str(shell.home), "sync", **key(world))
    result = shell("--at", str(shell.home), "earnings", PYTHONIOENCODING="ascii")
    assert "Settled" in result.stdout


def test_an_account_without_models(shell: Shell, world: Sandbox) -> None:
    with Sandbox(seed=5, models=0, rounds=10, now=NOW, frozen=True) as deserted:
        said = shell("--at", str(shell.home), "sync", "--json", url=deserted.url, **key(deserted))
    assert '"problems": []' in said.stdout
    models = shell.json("--at", str(shell.home), "models")
    assert models["as_of"]
    assert models["models"] == []
    assert shell.json("--at", str(shell.home), "earnings") == {
        "rounds": [],
        "totals": {"settled": "0", "pending": "0"},
        "missing_facts": [],
    }


def test_rounds_come_newest_first_over_all_tournaments(shell: Shell, world: Sandbox) -> None:
    with Sandbox(seed=5, models=12, rounds=30, now=NOW, frozen=True) as wide:
        shell("--at", str(shell.home), "sync", url=wide.url, **key(wide))
    rows = shell.json("--at", str(shell.home), "earnings", "--last", "4")["rounds"]
    numbers = [row["round"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert len({row["tournament"] for row in rows if row["round"] == numbers[0]}) > 1


def test_without_a_keyring_login_shows_the_choices_before_it_asks(shell: Shell) -> None:
    result = shell("login", code=2, PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert "Secret Service" in result.stderr
    assert "keyrings.cryptfile" in result.stderr
    assert "allow_environment" in result.stderr


def test_doctor_accepts_a_key_from_the_environment(shell: Shell, world: Sandbox) -> None:
    (shell.home / "config.toml").write_text(
        '[credentials]\nallow_environment = true\n[keys]\nnonsense = "x"\n'
    )
    arguments = ("--at", str(shell.home), "doctor")
    nowhere = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    found = shell.json(*arguments, code=2, **nowhere, **key(world))
    config = next(check for check in found["checks"] if check["name"] == "config")
    assert config["status"] == "fail"
    assert "nonsense" in config["what"]
    (shell.home / "config.toml").write_text("[credentials]\nallow_environment = true\n")
    assert shell.json(*arguments, **nowhere, **key(world))["ok"] is True


def test_a_taken_port_is_said(shell: Shell, world: Sandbox) -> None:
    port = world.url.rstrip("/").rpartition(":")[2]
    result = shell("sandbox", "serve", "--port", port, "--models", "0", "--rounds", "1", code=1)
    assert f"Port {port}" in result.stderr


def test_a_name_can_not_steer_the_terminal() -> None:
    assert table([Column("Model")], [("evil\x1b[2J",)]) == ["Model", "evil?[2J"]
