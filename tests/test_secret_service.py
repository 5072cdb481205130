"""API keys in a real Secret Service: Debian's gnome-keyring in a D-Bus session of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery staple"
SECRET = "HUSH-4711-HUSH-4711"

MISSING = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)]
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

SESSION = """
gnome-keyring-daemon --unlock --components=secrets --daemonize >daemon.log 2>&1
exec "$PYTHON" -c "$SCRIPT"
"""

LOCKED_SESSION = """
gnome-keyring-daemon --start --components=secrets --daemonize </dev/null >daemon.log 2>&1
exec "$PYTHON" -c "$SCRIPT"
"""

PREAMBLE = """
import json
from ledger import credentials
from ledger.credentials import Credentials, Secret
from ledger.errors import CredentialsError, MissingCredentials
from ledger.config.settings import DEFAULT_API_URL as NUMERAI

def load(profile):
    try:
        key = credentials.load(profile, api_url=NUMERAI, allow_environment=False)
    except MissingCredentials:
        return None
    return [key.public_id, key.secret_key.reveal()]
"""


@dataclass(frozen=True)
class Session:
    """A home folder in which D-Bus sessions can be run one after the other."""

    home: Path

    def run(self, script: str, *, shell: str = SESSION, password: str = PASSWORD) -> Any:
        """What ``script`` prints, as JSON, run beside an unlocked keyring."""
        try:
            completed = subprocess.run(
                ["dbus-run-session", "--", "sh", "-c", shell],
                input=password,
                text=True,
                capture_output=True,
                cwd=self.home,
                env=self.environment(script),
                timeout=60,
                check=False,
            )
        finally:
            self.end()
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout)

    def environment(self, script: str) -> dict[str, str]:
        """Nothing of the tester's own session gets in."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "SCRIPT": PREAMBLE + script,
        }

    def end(self) -> None:
        """End what a session left running: the daemon notices the bus's end a moment late."""
        deadline = time.monotonic() + 60
        while left := self.processes():
            assert time.monotonic() < deadline, f"still running: {left}"
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.02)

    def processes(self) -> set[int]:
        """Everything still running with this home folder."""
        mark = f"HOME={self.home}".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
            except OSError:
                continue
        return found


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Sessions in a home folder of this test's own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "run").mkdir(mode=0o700)
    return Session(home)


def test_a_key_is_kept_replaced_and_forgotten(session: Session) -> None:
    seen = session.run(f"""
seen = dict(backend=credentials.keyring_status().backend, before=load("main"))
credentials.save("main", Credentials("FIRST", Secret("first")))
credentials.save("main", Credentials("PUBLIC", Secret("{SECRET}")))
credentials.save("other", Credentials("OTHER", Secret("other-{SECRET}")))
seen.update(main=load("main"), other=load("other"))
seen.update(forgotten=[credentials.forget("main"), credentials.forget("main")])
seen.update(after=load("main"), left=load("other"))
print(json.dumps(seen))
""")
    assert seen == {
        "backend": "keyring.backends.SecretService.Keyring",
        "before": None,
        "main": ["PUBLIC", SECRET],
        "other": ["OTHER", f"other-{SECRET}"],
        "forgotten": [True, False],
        "after": None,
        "left": ["OTHER", f"other-{SECRET}"],
    }


def test_a_key_outlives_its_session_and_lies_nowhere_in_the_clear(session: Session) -> None:
    saved = session.run(
        f'credentials.save("main", Credentials("PUBLIC", Secret("{SECRET}"))); print("true")'
    )
    assert saved is True
    files = [file for file in session.home.rglob("*") if file.is_file()]
    assert any(file.suffix == ".keyring" for file in files)
    assert [file for file in files if SECRET.encode() in file.read_bytes()] == []
    assert session.run('print(json.dumps(load("main")))') == ["PUBLIC", SECRET]


def test_a_locked_keyring_is_explained(session: Session) -> None:
    session.run(
        f'credentials.save("main", Credentials("PUBLIC", Secret("{SECRET}"))); print("true")'
    )
    told = session.run(
        """
try:
    credentials.load("main", api_url=NUMERAI, allow_environment=False)
    told = ["loaded"]
except CredentialsError as error:
    told = [type(error).__name__, error.what, error.advice, str(error.__context__)]
print(json.dumps(told))
""",
        shell=LOCKED_SESSION,
    )
    kind, what, advice, context = told
    assert kind == "CredentialsError"
    assert "could not be used" in what
    assert "Unlock it" in advice
    assert context == "None"
