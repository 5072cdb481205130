"""Starts workers by forking, so that a kill costs no second of imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_LOOP = """
import json, os, sys, traceback
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            work(**json.loads(line))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "failed" if status else "gone", flush=True)
"""


class Nursery:
    """A process with the imports done. ``source`` defines ``work``, which takes a job by names."""

    def __init__(self, source: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", source + _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._heard("ready")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def start(self, **job: Any) -> int:
        """Let a new worker do ``job``; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> bool:
        """Until the worker is gone; whether it was killed."""
        return self._heard("gone", "killed") == "killed"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _heard(self, *words: str) -> str:
        line = self._line()
        if line not in words:
            raise RuntimeError(f"the nursery said {line!r} instead of {' or '.join(words)}")
        return line


def kill(process: int) -> bool:
    """SIGKILL a worker; whether it was still alive then."""
    alive = _alive(process)
    if alive:
        os.kill(process, signal.SIGKILL)
    return alive


def _alive(process: int) -> bool:
    """Whether a process still works: neither gone nor waiting to be buried."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
