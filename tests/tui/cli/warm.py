"""The program's processes without the second that each spends on imports.

One process has them done and forks for every command; the fork is given the variables, the
folder and the streams of its own, and runs as the program does. It ends without taking the
interpreter down, which would take longer than most commands. What is tested about starting and
ending a process is tested on processes started as a user starts them.
"""

from __future__ import annotations

import atexit
import json
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.tui.cli.shell import ROOT, Shell

_PATIENCE = 90
"""Seconds for one command."""

_SOURCE = """
import atexit, gc, json, os, pkgutil, sys
from importlib import import_module
import eth_account, numerapi, requests, rlp, tomlkit
import ledger, tui.cli
from tui.__main__ import main
for package in ledger, tui.cli:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith("ledger.sandbox."):
            import_module(module.name)
assert "keyring" not in sys.modules, "it looks at its variable when it is imported"
gc.freeze()
os.write(1, b"ready\\n")
while job := b"".join(iter(lambda: os.read(0, 1), b"\\n")):
    job = json.loads(job)
    child = os.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update(job["env"])
        os.chdir(job["cwd"])
        for number, path in enumerate(job["streams"]):
            os.dup2(os.open(path, os.O_RDWR), number)
        sys.argv[1:] = job["arguments"]
        try:
            main()
        except SystemExit as end:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, f"{code}\\n".encode())
"""


class WarmShell(Shell):
    """A :class:`Shell` whose commands are forks."""

    def _run(
        self, arguments: list[str], stdin: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("in", "out", "err")]
            for stream, text in zip(streams, (stdin, "", ""), strict=True):
                stream.write_text(text, encoding="utf-8")
            job = {
                "arguments": arguments,
                "env": environment,
                "cwd": str(self.home),
                "streams": [str(stream) for stream in streams],
            }
            code = _forking(self.environment["LANG"]).does(job)
            said = [stream.read_text(encoding="utf-8") for stream in streams[1:]]
            return subprocess.CompletedProcess(arguments, code, *said)


class _Forking:
    """The process that has the imports done; it ends with this one."""

    def __init__(self, lang: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SOURCE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=ROOT,
            env={**Shell(ROOT, "").environment, "LANG": lang},
        )
        atexit.register(self._process.kill)
        self._line()

    def does(self, job: dict[str, Any]) -> int:
        """The exit code of a fork that does ``job``."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        return int(self._line())

    def _line(self) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], _PATIENCE)[0]:
            _forking.cache_clear()
            self._process.kill()
            raise AssertionError("a command never ended")
        return stdout.readline()


_forking = cache(_Forking)
