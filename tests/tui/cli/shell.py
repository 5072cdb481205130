"""The command line as processes, with a keyring in a file and everything below one folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import ON_TIME

if TYPE_CHECKING:
    from ledger.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
AMOUNT = re.compile(r"-?\d+(\.\d+)?")
UNREACHABLE = "http://127.0.0.1:9/"


@dataclass
class Shell:
    """Runs the program with everything it could write below one folder."""

    home: Path
    url: str
    spoken: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            **ON_TIME,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "share"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.home),
        }

    def __call__(
        self,
        *arguments: str,
        stdin: str = "",
        code: int = 0,
        url: str | None = None,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        words = ["--api-url", url or self.url, *arguments]
        result = self._run(words, stdin, self.environment | variables)
        self.spoken += [result.stdout, result.stderr]
        assert result.returncode == code, (arguments, result.stdout, result.stderr)
        assert "Traceback" not in result.stderr
        return result

    def json(self, *arguments: str, code: int = 0, **variables: str) -> Any:
        return json.loads(self(*arguments, "--json", code=code, **variables).stdout)

    def _run(
        self, arguments: list[str], stdin: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tui", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            cwd=self.home,
            env=environment,
            check=False,
        )


def login(shell: Shell, world: Sandbox, key: str = "stake", *arguments: str) -> str:
    public_id, secret = world.keys[key]
    return shell(*arguments, "login", stdin=f"{public_id}\n{secret}\n").stdout


def files_with(folder: Path, text: str) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
    ]
